/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels from CPU to CPU: each event brings an upcall by the APIC, and then one by each
 * vector. */
#include "smp.h"

#include "clock.h"
#include "memory.h"

#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define VECTOR_CALLBACK 0x42
#define VECTOR_APIC     0x43
#define ROUNDS          smp_rounds(200)
#define MILLISECOND     1000000
#define FLAGS_IF        (1UL << 9)

#define CALLBACK_VECTOR ((uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | VECTOR_CALLBACK)
#define WORD_BITS       (sizeof(xen_ulong_t) * 8)

static struct shared_info *shared;
static evtchn_port_t ports[CPUS_MAX];
static unsigned long upcalls[CPUS_MAX], quit;

static void change_bit(xen_ulong_t *words, evtchn_port_t port, bool set)
{
    xen_ulong_t bit = (xen_ulong_t)1 << port % WORD_BITS;

    if (set)
        __atomic_fetch_or(&words[port / WORD_BITS], bit, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(&words[port / WORD_BITS], ~bit, __ATOMIC_SEQ_CST);
}

static bool on_upcall(struct trap_frame *frame)
{
    unsigned int cpu = cpu_number();
    volatile struct vcpu_info *info = &shared->vcpu_info[cpu];

    info->evtchn_upcall_pending = 0;
    info->evtchn_pending_sel = 0;
    change_bit(shared->evtchn_pending, ports[cpu], false);
    shared_add(&upcalls[cpu], 1);
    if (frame->vector == VECTOR_APIC)
        apic_eoi();
    return true;
}

static void wait_asleep(void *argument)
{
    (void)argument;
    while (!shared_read(&quit))
        __asm__ volatile("sti; hlt; cli" : : : "memory");
}

static void start(void)
{
    struct xen_add_to_physmap add = {.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info};

    trap_set_handler(VECTOR_CALLBACK, on_upcall);
    trap_set_handler(VECTOR_APIC, on_upcall);
    shared = memory_pages(1);
    add.gpfn = (xen_pfn_t)memory_gfn(shared);
    check_result("shared_info", 0, xen_memory(XENMEM_add_to_physmap, &add));
    check_result("width", 0, xen_set_param(HVM_PARAM_CALLBACK_IRQ, 0)); /* it takes the check's
                                                                         * port */
    memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
}

static void bind(unsigned int cpu)
{
    struct evtchn_bind_ipi a = {.vcpu = cpu};

    check_result(check_name("bind.cpu_%u", cpu), 0,
                 hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, (uintptr_t)&a, 0, 0));
    ports[cpu] = a.port;
    change_bit(shared->evtchn_mask, a.port, false);
}

/* The test waits for each before the next: none may be lost or come twice. */
static void send_to(unsigned int cpu, const char *way, unsigned int upcalls_each)
{
    unsigned long first = shared_read(&upcalls[cpu]);

    for (unsigned long i = 1; i <= ROUNDS; i++) {
        xen_event_send(ports[cpu]);
        smp_await(&upcalls[cpu], first + i * upcalls_each, "an upcall");
    }
    check_value(check_name("%s.cpu_%u", way, cpu), ROUNDS * upcalls_each,
                shared_read(&upcalls[cpu]) - first);
}

/* The first comes at once. */
static void set_vector(unsigned int cpu)
{
    struct xen_hvm_evtchn_upcall_vector a = {.vcpu = cpu, .vector = VECTOR_APIC};
    unsigned long before = shared_read(&upcalls[cpu]);

    check_result(
        check_name("vector.cpu_%u", cpu), 0,
        hypercall(__HYPERVISOR_hvm_op, HVMOP_set_evtchn_upcall_vector, (uintptr_t)&a, 0, 0));
    smp_await(&upcalls[cpu], before + 1, "the first upcall");
}

/* All by one VMCALL. With interrupts on, an upcall that waits for that comes right before it. */
__attribute__((noinline)) static long call_with(unsigned long flags, unsigned long number,
                                                unsigned long a1, unsigned long a2)
{
#ifdef __x86_64__
    __asm__ volatile("push %[flags]; popf; vmcall; cli"
                     : "+a"(number), "+D"(a1), "+S"(a2)
                     : [flags] "r"(flags)
                     : "memory", "cc");
#else
    __asm__ volatile("push %[flags]; popf; vmcall; cli"
                     : "+a"(number), "+b"(a1), "+c"(a2)
                     : [flags] "r"(flags)
                     : "memory", "cc");
#endif
    return (long)number;
}

/* Makes the call many times, until the time has come. */
static long poll_a_while(void)
{
    struct sched_poll poll = {.nr_ports = 1, .timeout = clock_nanoseconds() + MILLISECOND};

    set_xen_guest_handle(poll.ports, &ports[0]);
    return call_with(0, __HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll);
}

/* An upcall ends a poll that waits. It must not end another call made at the same address. */
static void call_where_one_has_polled(void)
{
    long version = call_with(FLAGS_IF, __HYPERVISOR_xen_version, XENVER_version, 0);
    unsigned long before = upcalls[0]; /* pending upcalls have come */

    bind(0);
    check_result("poll.timeout", 0, poll_a_while());
    check_result("poll.send", 0, xen_event_send(ports[0]));
    check_value("poll.version", (uint64_t)version,
                (uint64_t)call_with(FLAGS_IF, __HYPERVISOR_xen_version, XENVER_version, 0));
    check_value("poll.upcall", 1, upcalls[0] - before);
}

/* Xen checks first that it fits an int. */
static void count_too_much(void)
{
    struct gnttab_get_version a = {.dom = DOMID_SELF};

    check_result("grant.count", -XEN_EINVAL,
                 hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_get_version, (uintptr_t)&a,
                           UINT32_C(1) << 31, 0));
}

static bool is_pending(evtchn_port_t port)
{
    xen_ulong_t word = __atomic_load_n(&shared->evtchn_pending[port / WORD_BITS], __ATOMIC_SEQ_CST);

    return word >> port % WORD_BITS & 1;
}

/* At once: it has passed when it is set. */
static bool rings(evtchn_port_t port, uint64_t when)
{
    struct vcpu_set_singleshot_timer a = {.timeout_abs_ns = when};

    change_bit(shared->evtchn_pending, port, false);
    xen_vcpu_op(VCPUOP_set_singleshot_timer, 0, &a);
    return is_pending(port);
}

/* Nanoseconds have a sign, and the largest are centuries away. */
static void set_odd_timers(void)
{
    struct evtchn_bind_virq a = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct evtchn_close end = {0};

    check_result("timer.bind", 0,
                 hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, (uintptr_t)&a, 0, 0));
    check_true("timer.passed", rings(a.port, 1));
    check_true("timer.negative", rings(a.port, UINT64_MAX));
    check_true("timer.most_negative", rings(a.port, UINT64_C(1) << 63));
    check_true("timer.most", !rings(a.port, INT64_MAX));
    xen_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
    end.port = a.port;
    check_result("timer.close", 0,
                 hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_close, (uintptr_t)&end, 0, 0));
}

static void wait_busily(void *argument)
{
    const evtchn_port_t *port = argument;
    struct vcpu_set_singleshot_timer a = {.timeout_abs_ns = clock_nanoseconds() + MILLISECOND};
    uint64_t start = cpu_read_tsc();

    xen_vcpu_op(VCPUOP_set_singleshot_timer, cpu_number(), &a);
    while (!is_pending(*port) && cpu_read_tsc() - start < smp_patience())
        cpu_relax();
}

/* A timer needs no exit of the vCPU's own. */
static void check_busy_timer(unsigned int cpu)
{
    struct evtchn_bind_virq a = {.virq = VIRQ_TIMER, .vcpu = cpu};

    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, (uintptr_t)&a, 0, 0);
    change_bit(shared->evtchn_pending, a.port, false);
    smp_call(cpu, wait_busily, &a.port);
    check_true(check_name("timer.busy.cpu_%u", cpu), is_pending(a.port));
}

/* The last setting of upcalls stays, and with all ports masked none comes. */
static void end(void)
{
    shared_write(&quit, 1);
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++) {
        xen_event_send(ports[cpu]);
        smp_wait(cpu);
    }
    memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
}

void area_events(void)
{
    if (!xen_present())
        return;
    start();
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++) {
        bind(cpu);
        cpu_run(cpu, wait_asleep, NULL);
        set_vector(cpu);
        send_to(cpu, "apic", 1);
    }
    check_result("callback", 0, xen_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_VECTOR));
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        send_to(cpu, "both", 2);
    call_where_one_has_polled();
    count_too_much();
    set_odd_timers();
    end();
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        check_busy_timer(cpu);
}
