/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels within the domain, their upcalls, and a vCPU's timer. */
#include "areas.h"
#include "check.h"
#include "cpu.h"
#include "string.h"
#include "world.h"

#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/vcpu.h>

#define STRANGER    0x1234 /* a domain that is not there */
#define BAD_PORT    0xffff
#define BAD_POINTER memory_window_clear(0)
#define MILLISECOND UINT64_C(1000000)
#define LONG        (600 * 1000 * MILLISECOND) /* no load reaches it, and a test lasts longer */

#define VECTOR_CALLBACK 0x40
#define VECTOR_APIC     0x41
#define CALLBACK_GSI    1 /* ignored, without an I/O APIC */
#define CALLBACK_VECTOR ((uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | VECTOR_CALLBACK)

#define APIC(offset)     (*(volatile uint32_t *)(uintptr_t)(APIC_ADDRESS + (offset)))
#define APIC_EOI         0xb0
#define APIC_SPURIOUS    0xf0
#define APIC_BY_SOFTWARE 0x1ff /* on; spurious interrupts at the highest vector */

#define PIC_MASK_1 0x21
#define PIC_MASK_2 0xa1

static struct shared_info *shared;
static volatile struct vcpu_info *info;
static volatile unsigned int upcalls;

static long event_op(unsigned int command, void *argument)
{
    return hypercall(__HYPERVISOR_event_channel_op, command, (uintptr_t)argument, 0, 0);
}

/* Result and value in one: the error, or the port. */

static long alloc(domid_t domain, domid_t remote)
{
    struct evtchn_alloc_unbound a = {.dom = domain, .remote_dom = remote};
    long rc = event_op(EVTCHNOP_alloc_unbound, &a);

    return rc ? rc : (long)a.port;
}

static long bind_interdomain(domid_t remote, evtchn_port_t port)
{
    struct evtchn_bind_interdomain a = {.remote_dom = remote, .remote_port = port};
    long rc = event_op(EVTCHNOP_bind_interdomain, &a);

    return rc ? rc : (long)a.local_port;
}

static long bind_virq(uint32_t virq, uint32_t vcpu)
{
    struct evtchn_bind_virq a = {.virq = virq, .vcpu = vcpu};
    long rc = event_op(EVTCHNOP_bind_virq, &a);

    return rc ? rc : (long)a.port;
}

static long bind_ipi(uint32_t vcpu)
{
    struct evtchn_bind_ipi a = {.vcpu = vcpu};
    long rc = event_op(EVTCHNOP_bind_ipi, &a);

    return rc ? rc : (long)a.port;
}

static long bind_vcpu(evtchn_port_t port, uint32_t vcpu)
{
    struct evtchn_bind_vcpu a = {.port = port, .vcpu = vcpu};

    return event_op(EVTCHNOP_bind_vcpu, &a);
}

static long close(evtchn_port_t port)
{
    struct evtchn_close a = {.port = port};

    return event_op(EVTCHNOP_close, &a);
}

static long unmask(evtchn_port_t port)
{
    struct evtchn_unmask a = {.port = port};

    return event_op(EVTCHNOP_unmask, &a);
}

static long status(domid_t domain, evtchn_port_t port, struct evtchn_status *a)
{
    *a = (struct evtchn_status){.dom = domain, .port = port};
    return event_op(EVTCHNOP_status, a);
}

static long kind(evtchn_port_t port)
{
    struct evtchn_status a;
    long rc = status(DOMID_SELF, port, &a);

    return rc ? rc : (long)a.status;
}

#define WORD_BITS (sizeof(xen_ulong_t) * 8)

static bool is_pending(evtchn_port_t port)
{
    return __atomic_load_n(&shared->evtchn_pending[port / WORD_BITS], __ATOMIC_SEQ_CST) >>
               port % WORD_BITS &
           1;
}

/* No longer pending, and its word not selected. */
static void clear(evtchn_port_t port)
{
    __atomic_fetch_and(&shared->evtchn_pending[port / WORD_BITS],
                       ~((xen_ulong_t)1 << port % WORD_BITS), __ATOMIC_SEQ_CST);
    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
}

static void set_mask(evtchn_port_t port, bool masked)
{
    xen_ulong_t *word = &shared->evtchn_mask[port / WORD_BITS],
                bit = (xen_ulong_t)1 << port % WORD_BITS;

    if (masked)
        __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST);
}

/* shared_info, with every port masked, because the checks do not use the console's and the store's
 * events. */
static void start(void)
{
    struct xen_add_to_physmap add = {.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info};

    shared = memory_pages(1);
    info = &shared->vcpu_info[0];
    add.gpfn = (xen_pfn_t)memory_gfn(shared);
    check_result("shared_info", 0, xen_memory(XENMEM_add_to_physmap, &add));
    check_result("width", 0, xen_set_param(HVM_PARAM_CALLBACK_IRQ, 0)); /* it takes the check's
                                                                         * port */
    memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
    cpu_out8(PIC_MASK_1, 0xff);
    cpu_out8(PIC_MASK_2, 0xff);
}

static void check_alloc(void)
{
    long port = alloc(DOMID_SELF, DOMID_SELF);
    struct evtchn_status a;

    check_true("alloc", port > 0);
    check_result("alloc.status", 0, status(DOMID_SELF, (evtchn_port_t)port, &a));
    check_value("alloc.status_kind", EVTCHNSTAT_unbound, a.status);
    check_value("alloc.status_domain", 1, a.u.unbound.dom);
    check_value("alloc.status_vcpu", 0, a.vcpu);
    check_result("alloc.send", 0, xen_event_send((uint32_t)port));
    check_result("alloc.next", port + 1, alloc(DOMID_SELF, 0));
    check_result("alloc.close", 0, close((evtchn_port_t)port));
    check_result("alloc.close_again", -XEN_EINVAL, close((evtchn_port_t)port));
    check_result("alloc.send_closed", -XEN_EINVAL, xen_event_send((uint32_t)port));
    check_result("alloc.status_closed", EVTCHNSTAT_closed, kind((evtchn_port_t)port));
    check_result("alloc.lowest", port, alloc(DOMID_SELF, STRANGER));
    close((evtchn_port_t)port);
    close((evtchn_port_t)port + 1);
    check_result("alloc.stranger", -XEN_ESRCH, alloc(STRANGER, DOMID_SELF));
    check_result("alloc.domain_0", -XEN_EPERM, alloc(0, DOMID_SELF));
}

static void check_interdomain(void)
{
    evtchn_port_t waits = (evtchn_port_t)alloc(DOMID_SELF, DOMID_SELF), ours;
    evtchn_port_t others = (evtchn_port_t)alloc(DOMID_SELF, 0);
    long port = bind_interdomain(DOMID_SELF, waits);
    struct evtchn_status a;

    ours = (evtchn_port_t)port;
    check_true("interdomain", port > 0);
    check_true("interdomain.pending_at_once", is_pending(ours));
    check_true("interdomain.not_the_other", !is_pending(waits));
    check_result("interdomain.status", 0, status(DOMID_SELF, waits, &a));
    check_value("interdomain.kind", EVTCHNSTAT_interdomain, a.status);
    check_value("interdomain.domain", 1, a.u.interdomain.dom);
    check_value("interdomain.port", ours, a.u.interdomain.port);
    check_result("interdomain.send", 0, xen_event_send(ours));
    check_true("interdomain.other_pending", is_pending(waits));
    check_result("interdomain.again", -XEN_EINVAL, bind_interdomain(DOMID_SELF, waits));
    check_result("interdomain.not_for_us", -XEN_EINVAL, bind_interdomain(DOMID_SELF, others));
    check_result("interdomain.no_port", -XEN_EINVAL, bind_interdomain(DOMID_SELF, BAD_PORT));
    check_result("interdomain.stranger", -XEN_ESRCH, bind_interdomain(STRANGER, waits));
    check_result("interdomain.domain_0", -XEN_EINVAL, bind_interdomain(0, BAD_PORT));
    check_result("interdomain.vcpu", 0, bind_vcpu(ours, 0));
    check_result("interdomain.vcpu_99", -XEN_ENOENT, bind_vcpu(ours, 99));
    check_result("interdomain.close", 0, close(ours));
    check_true("interdomain.close_clears", !is_pending(ours));
    check_result("interdomain.other_waits", EVTCHNSTAT_unbound, kind(waits));
    close(waits);
    close(others);
    clear(waits);
}

static void check_ports(void)
{
    struct evtchn_status a;

    check_result("port.send_0", -XEN_EINVAL, xen_event_send(0));
    check_result("port.close_0", -XEN_EINVAL, close(0));
    check_result("port.close_bad", -XEN_EINVAL, close(BAD_PORT));
    check_result("port.unmask_bad", -XEN_EINVAL, unmask(BAD_PORT));
    check_result("port.status_bad", -XEN_EINVAL, kind(BAD_PORT));
    check_result("port.status_0", EVTCHNSTAT_closed, kind(0));
    check_result("port.status_stranger", -XEN_ESRCH, status(STRANGER, 1, &a));
    check_result("port.vcpu_bad", -XEN_EINVAL, bind_vcpu(BAD_PORT, 0));
    check_result("port.console", EVTCHNSTAT_interdomain, kind(2));
    for (unsigned int command = EVTCHNOP_bind_interdomain; command <= EVTCHNOP_unmask; command++)
        if (command != EVTCHNOP_bind_pirq)
            check_result(check_name("port.pointer_%u", command), -XEN_EFAULT,
                         event_op(command, BAD_POINTER));
}

static evtchn_port_t check_virq(void)
{
    long port = bind_virq(VIRQ_TIMER, 0);

    check_true("virq", port > 0);
    check_result("virq.kind", EVTCHNSTAT_virq, kind((evtchn_port_t)port));
    check_result("virq.again", -XEN_EEXIST, bind_virq(VIRQ_TIMER, 0));
    check_result("virq.vcpu_99", -XEN_ENOENT, bind_virq(VIRQ_TIMER, 99));
    check_result("virq.beyond", -XEN_EINVAL, bind_virq(NR_VIRQS, 0));
    check_result("virq.global", -XEN_EINVAL, bind_virq(VIRQ_CONSOLE, 1));
    check_result("virq.send", -XEN_EINVAL, xen_event_send((uint32_t)port));
    check_result("virq.vcpu", -XEN_EINVAL, bind_vcpu((evtchn_port_t)port, 0));
    return (evtchn_port_t)port;
}

static evtchn_port_t check_ipi(void)
{
    evtchn_port_t port = (evtchn_port_t)bind_ipi(0);

    check_result("ipi.kind", EVTCHNSTAT_ipi, kind(port));
    check_result("ipi.vcpu_99", -XEN_ENOENT, bind_ipi(99));
    check_result("ipi.vcpu", -XEN_EINVAL, bind_vcpu(port, 0));
    clear(port);
    check_result("ipi.send_masked", 0, xen_event_send(port));
    check_true("ipi.masked_pending", is_pending(port));
    check_value("ipi.masked_no_upcall", 0, info->evtchn_upcall_pending);
    check_result("ipi.unmask", 0, unmask(port));
    check_value("ipi.unmask_upcall", 1, info->evtchn_upcall_pending);
    check_value("ipi.selector", (uint64_t)1 << port / WORD_BITS, info->evtchn_pending_sel);
    clear(port);
    check_result("ipi.unmask_nothing", 0, unmask(port));
    check_value("ipi.unmask_no_upcall", 0, info->evtchn_upcall_pending);
    return port;
}

static long register_info(unsigned int vcpu, uint64_t gfn, uint32_t offset)
{
    struct vcpu_register_vcpu_info a = {.mfn = gfn, .offset = offset};

    return xen_vcpu_op(VCPUOP_register_vcpu_info, vcpu, &a);
}

static void check_info(void)
{
    char *page = memory_pages(1);
    uint32_t end = PAGE_SIZE - sizeof(struct vcpu_info);

    check_result("info.pointer", -XEN_EFAULT,
                 xen_vcpu_op(VCPUOP_register_vcpu_info, 0, BAD_POINTER));
    check_result("info.vcpu_99", -XEN_ENOENT, register_info(99, memory_gfn(page), 0));
    check_result("info.misplaced", -XEN_ENXIO, register_info(0, memory_gfn(page), 2));
    check_result("info.over_the_end", -XEN_ENXIO, register_info(0, memory_gfn(page), end + 8));
    check_result("info.hole", -XEN_EINVAL, register_info(0, world.hole, 0));
    check_result("info", 0, register_info(0, memory_gfn(page), end));
    check_result("info.again", -XEN_EINVAL, register_info(0, memory_gfn(page), 0));
    info = (volatile struct vcpu_info *)(page + end);
    check_value("info.upcall", 1, info->evtchn_upcall_pending);
    check_true("info.all_selected", info->evtchn_pending_sel == (xen_ulong_t)-1);
    check_value("info.time_is_whole", 0, info->time.version & 1);
    check_true("info.time_has_scale", info->time.tsc_to_system_mul != 0);
    clear(0);
}

static void check_runstate(void)
{
    static struct vcpu_runstate_info state;
    struct vcpu_register_runstate_memory_area area = {.addr.v = &state};

    state.state = RUNSTATE_offline;
    check_result("runstate", 0, xen_vcpu_op(VCPUOP_get_runstate_info, 0, &state));
    check_value("runstate.runs", RUNSTATE_running, (uint32_t)state.state);
    check_true("runstate.has_run", state.time[RUNSTATE_running] != 0);
    check_result("runstate.pointer", -XEN_EFAULT,
                 xen_vcpu_op(VCPUOP_get_runstate_info, 0, BAD_POINTER));
    state.state = RUNSTATE_offline;
    check_result("runstate.area", 0, xen_vcpu_op(VCPUOP_register_runstate_memory_area, 0, &area));
    check_value("runstate.area_runs", RUNSTATE_running, (uint32_t)state.state);
    check_result("runstate.area_pointer", -XEN_EFAULT,
                 xen_vcpu_op(VCPUOP_register_runstate_memory_area, 0, BAD_POINTER));
}

/* Nanoseconds, as <xen/xen.h> says. */
static uint64_t now(void)
{
    uint64_t ticks = cpu_read_tsc() - info->time.tsc_timestamp, mul = info->time.tsc_to_system_mul;
    int8_t shift = info->time.tsc_shift;

    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return info->time.system_time + (ticks >> 32) * mul + (((uint32_t)ticks * mul) >> 32);
}

static bool take_upcall(struct trap_frame *frame)
{
    upcalls++;
    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    if (frame->vector == VECTOR_APIC)
        APIC(APIC_EOI) = 0;
    return true;
}

/* Upcalls that come while interrupts are on for a moment. */
static unsigned int upcalls_now(void)
{
    upcalls = 0;
    __asm__ volatile("sti; nop; nop; cli" : : : "memory");
    return upcalls;
}

/* Until an interrupt comes: STI holds it off until HLT is executed. */
static unsigned int upcalls_in_sleep(void)
{
    upcalls = 0;
    __asm__ volatile("sti; hlt; cli" : : : "memory");
    return upcalls;
}

/* The guest has set the kind of upcall. Each event brings this many. */
static void check_upcalls(const char *way, evtchn_port_t port, unsigned int upcalls_each)
{
    clear(port);
    xen_event_send(port);
    check_value(check_name("%s.held_off", way), 1, info->evtchn_upcall_pending);
    check_value(check_name("%s.comes", way), upcalls_each, upcalls_now());
    check_value(check_name("%s.comes_once", way), 0, upcalls_now());
    xen_event_send(port);
    check_value(check_name("%s.still_pending", way), 0, upcalls_now());
    clear(port);
    set_mask(port, true);
    xen_event_send(port);
    check_value(check_name("%s.masked", way), 0, upcalls_now());
    unmask(port);
    check_value(check_name("%s.unmasked", way), upcalls_each, upcalls_now());
    clear(port);
    xen_event_send(port);
    check_value(check_name("%s.wakes", way), upcalls_each, upcalls_in_sleep());
    clear(port);
}

static long set_timer(uint64_t when)
{
    struct vcpu_set_singleshot_timer a = {.timeout_abs_ns = when};

    return xen_vcpu_op(VCPUOP_set_singleshot_timer, 0, &a);
}

/* STI holds interrupts off until VMCALL: the upcall of a timer that has expired by then comes after
 * it, and wakes the vCPU. */
static unsigned int upcalls_in_block(void)
{
    unsigned long number = __HYPERVISOR_sched_op, command = SCHEDOP_block;

    set_timer(now() + 20 * MILLISECOND);
    upcalls = 0;
#ifdef __x86_64__
    __asm__ volatile("sti; vmcall; cli" : "+a"(number), "+D"(command) : "S"(0) : "memory");
#else
    __asm__ volatile("sti; vmcall; cli" : "+a"(number), "+b"(command) : "c"(0) : "memory");
#endif
    return upcalls;
}

static long timer_op(uint64_t when)
{
    return sizeof(long) == 8 ? hypercall(__HYPERVISOR_set_timer_op, (unsigned long)when, 0, 0, 0)
                             : hypercall(__HYPERVISOR_set_timer_op, (unsigned long)when,
                                         (unsigned long)(when >> 32), 0, 0);
}

static void check_timer(const char *way, evtchn_port_t port, unsigned int upcalls_each)
{
    uint64_t when = now() + MILLISECOND;

    clear(port);
    unmask(port);
    check_result(check_name("%s.timer", way), 0, set_timer(when));
    check_value(check_name("%s.timer_wakes", way), upcalls_each, upcalls_in_sleep());
    check_true(check_name("%s.timer_pending", way), is_pending(port));
    check_true(check_name("%s.timer_not_early", way), now() >= when);
    clear(port);
    check_result(check_name("%s.timer_op", way), 0, timer_op(now() + MILLISECOND));
    check_value(check_name("%s.timer_op_wakes", way), upcalls_each, upcalls_in_sleep());
    clear(port);
    check_value(check_name("%s.block_wakes", way), upcalls_each, upcalls_in_block());
    clear(port);
}

/* On a busy computer the timer may expire first: then with more time. Returns after that time. */
static long stop_timer_in_time(evtchn_port_t port)
{
    uint64_t when, stopped, time = MILLISECOND;
    long rc;

    do {
        clear(port);
        time *= 2;
        when = now() + time;
        set_timer(when);
        rc = xen_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
        stopped = now();
    } while (!rc && stopped >= when);
    while (now() < when + time) {
    }
    return rc;
}

static void check_timer_edges(evtchn_port_t port)
{
    set_mask(port, true);
    check_result("timer.pointer", -XEN_EFAULT,
                 xen_vcpu_op(VCPUOP_set_singleshot_timer, 0, BAD_POINTER));
    check_result("timer.past", 0, set_timer(1));
    check_true("timer.past_at_once", is_pending(port));
    clear(port);
    check_result("timer.stop", 0, stop_timer_in_time(port));
    check_result("timer.stop_periodic", 0, xen_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL));
    check_true("timer.stopped", !is_pending(port));
}

static long poll(evtchn_port_t *ports, unsigned int count, uint64_t timeout)
{
    struct sched_poll a = {.nr_ports = count, .timeout = timeout};

    set_xen_guest_handle(a.ports, ports);
    return hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&a, 0, 0);
}

/* With interrupts off and the port masked, so that only the poll ends the wait. */
static void check_poll(evtchn_port_t port)
{
    evtchn_port_t bad = BAD_PORT;
    uint64_t until = now() + MILLISECOND;
    long result;

    check_result("poll.too_many", -XEN_EINVAL, poll(&port, 129, 1));
    check_result("poll.bad_port", -XEN_EINVAL, poll(&bad, 1, 1));
    check_result("poll.timeout", 0, poll(&port, 1, until));
    check_true("poll.timeout_not_early", now() >= until);
    until = now() + MILLISECOND;
    set_timer(until);
    result = poll(&port, 1, until + LONG);
    until = now() - until;
    check_result("poll.event", 0, result);
    check_true("poll.event_pending", is_pending(port));
    check_true("poll.event_in_time", until < LONG);
    check_result("poll.pending", 0, poll(&port, 1, now() + LONG));
    clear(port);
}

static long set_upcall_vector(uint32_t vcpu, uint8_t vector)
{
    struct xen_hvm_evtchn_upcall_vector a = {.vcpu = vcpu, .vector = vector};

    return hypercall(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, (uintptr_t)&a, 0, 0);
}

static void check_callback(evtchn_port_t ipi, evtchn_port_t timer)
{
    trap_set_handler(VECTOR_CALLBACK, take_upcall);
    check_result("callback", 0, xen_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_VECTOR));
    check_upcalls("callback", ipi, 1);
    check_timer("callback", timer, 1);
}

/* A vCPU with its own vector also gets the callback's: a PVH guest can't undo the callback. */
static void check_apic(evtchn_port_t ipi, evtchn_port_t timer)
{
    trap_set_handler(VECTOR_APIC, take_upcall);
    APIC(APIC_SPURIOUS) |= APIC_BY_SOFTWARE;
    check_result("apic.low", -XEN_EINVAL, set_upcall_vector(0, 0xf));
    check_result("apic.vcpu_99", -XEN_ENOENT, set_upcall_vector(99, VECTOR_APIC));
    check_result("apic", 0, set_upcall_vector(0, VECTOR_APIC));
    check_value("apic.first", 1, upcalls_now());
    check_result("apic.gsi", 0, xen_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_GSI));
    check_upcalls("apic", ipi, 2);
    check_timer("apic", timer, 2);
}

void area_events(void)
{
    evtchn_port_t ipi, timer;

    start();
    check_alloc();
    check_interdomain();
    check_ports();
    timer = check_virq();
    ipi = check_ipi();
    check_info();
    check_runstate();
    check_callback(ipi, timer);
    check_timer_edges(timer);
    check_poll(timer);
    check_apic(ipi, timer);
    check_result("close_virq", 0, close(timer));
    check_result("close_ipi", 0, close(ipi));
    check_true("virq.free_again", bind_virq(VIRQ_TIMER, 0) > 0);
}
