/* SPDX-License-Identifier: BSD-2-Clause */
#include "mailbox.h"

#include "apic.h"
#include "console.h"
#include "cpu.h"
#include "memory.h"
#include "probe.h"
#include "trap.h"
#include "user.h"
#include "xen.h"

#include <xen/event_channel.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#define BYTES(...)      BYTES_TEXT(__VA_ARGS__)
#define BYTES_TEXT(...) ".byte " #__VA_ARGS__

static uint64_t read_word(const uint64_t *arguments)
{
    uint64_t value = 0;

    __asm__ volatile(BYTES(MAILBOX_READ_CODE) : "+a"(value) : "S"(arguments[0]) : "memory");
    return value;
}

static uint64_t write_word(const uint64_t *arguments)
{
    __asm__ volatile(BYTES(MAILBOX_WRITE_CODE) : : "D"(arguments[0]), "a"(arguments[1]) : "memory");
    return 0;
}

static uint64_t read_many(const uint64_t *arguments)
{
    uint64_t value = 0;

    for (uint64_t i = 0; i < arguments[1]; i++)
        value = read_word(arguments);
    return value;
}

static uint64_t move(const uint64_t *arguments)
{
    uint64_t to = arguments[0], from = arguments[1];

    __asm__ volatile("cld; movsq" : "+D"(to), "+S"(from) : : "memory");
    return 0;
}

static uint64_t copy(const uint64_t *arguments)
{
    uint64_t to = arguments[0], from = arguments[1], count = arguments[2];

    __asm__ volatile("cld; rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
    return count;
}

static uint64_t call(const uint64_t *arguments)
{
    return ((uint64_t(*)(void))arguments[0])();
}

static uint64_t do_vmfunc(const uint64_t *arguments)
{
    vmfunc(arguments[0], arguments[1]);
    return 0;
}

static struct user_end run_in_ring3(const uint8_t *code, uint64_t ax, uint64_t cx)
{
    struct user_end end;

    user_enter();
    end = user_run(code, ax, cx);
    user_leave();
    return end;
}

/* Comes back by #UD in either case: at the VMFUNC, or at the UD2 after it. */
static uint64_t user_vmfunc(const uint64_t *arguments)
{
    static const uint8_t code[] = {0x0f, 0x01, 0xd4, 0x0f, 0x0b};

    return run_in_ring3(code, arguments[0], arguments[1]).ip - (uintptr_t)code;
}

static uint64_t user_read(const uint64_t *arguments)
{
    static const uint8_t code[] = {0x48, 0x8b, 0x00, 0x0f, 0x0b}; /* mov (%rax), %rax; ud2 */
    struct user_end end = run_in_ring3(code, arguments[0], 0);

    return end.vector == TRAP_PF ? MAILBOX_FAULT | end.error_code : 0;
}

static uint64_t cpuid_many(const uint64_t *arguments)
{
    for (uint64_t i = 0; i < arguments[0]; i++)
        cpu_id(0, 0);
    return 0;
}

static uint64_t hypercall_many(const uint64_t *arguments)
{
    uint64_t version = 0;

    for (uint64_t i = 0; i < arguments[0]; i++)
        version = (uint64_t)xen_version(XENVER_version, NULL);
    return version;
}

/* The BIOS has left a timer running: its interrupt is masked. */
static uint64_t sleep(const uint64_t *arguments)
{
    (void)arguments;
    pic_stop();
    __asm__ volatile("sti; hlt; cli" : : : "memory");
    return 0;
}

#define VECTOR_TIMER TRAP_FREE
#define PIT_LINE     0
#define PIT_DATA     0x40
#define PIT_MODE     0x43
#define PIT_DIVISOR  11932 /* 100 Hz */

static volatile unsigned int ticks;

static bool tick(struct trap_frame *frame)
{
    (void)frame;
    ticks++;
    pic_eoi(PIT_LINE);
    return true;
}

static void start_timer(void)
{
    ticks = 0;
    trap_set_handler(VECTOR_TIMER, tick);
    pic_start(VECTOR_TIMER, 1U << PIT_LINE);
    cpu_out8(PIT_MODE, 0x34);
    cpu_out8(PIT_DATA, PIT_DIVISOR & 0xff);
    cpu_out8(PIT_DATA, PIT_DIVISOR >> 8);
}

static uint64_t nap(const uint64_t *arguments)
{
    bool ticked;

    start_timer();
    call(arguments);
    ticked = ticks;
    pic_stop();
    return ticked;
}

static uint64_t idle(const uint64_t *arguments)
{
    const volatile uint64_t *end = (const volatile uint64_t *)arguments[0];

    start_timer();
    while (!*end)
        __asm__ volatile("sti; hlt; cli" : : : "memory");
    pic_stop();
    return *end;
}

#define TRAP_BP      3
#define UD2_LENGTH   2
#define FLAGS_TF     0x100UL
#define FLAGS_TF_IF  0x300UL
#define PAGE_OF(ip)  ((ip) >> 12)
#define TF_SEEN      30
#define OUT_OF_ORDER 31

static struct {
    uint64_t function, last, bits, count;
} trace;

static bool record(struct trap_frame *frame)
{
    uint64_t at = frame->ip - trace.function;

    (void)*(const volatile uint8_t *)trace.function;
    if (frame->vector != TRAP_DB && frame->flags & FLAGS_TF)
        trace.bits |= UINT64_C(1) << TF_SEEN;
    if (PAGE_OF(frame->ip) != PAGE_OF(trace.function))
        return true;
    trace.bits |= UINT64_C(1) << (at >= TF_SEEN || at < trace.last ? OUT_OF_ORDER : at);
    trace.last = at + 1;
    if (frame->vector == TRAP_UD)
        frame->ip += UD2_LENGTH;
    if (++trace.count == MAILBOX_TRACE_MOST)
        frame->flags &= ~FLAGS_TF;
    return true;
}

static void set_recorder(trap_handler *handler)
{
    static const uint8_t vectors[] = {TRAP_DB, TRAP_BP, TRAP_UD, MAILBOX_VECTOR};

    for (unsigned int i = 0; i < sizeof(vectors); i++)
        trap_set_handler(vectors[i], handler);
}

/* With these flags set. */
static uint64_t call_recorded(uint64_t function, unsigned long flags, unsigned long si,
                              unsigned long di)
{
    trace.function = function;
    trace.last = trace.bits = trace.count = 0;
    pic_stop(); /* as in sleep */
    set_recorder(record);
    __asm__ volatile("pushf; pushf\n\t"
                     "or %[flags], (%%rsp)\n\t"
                     "popf\n\t"
                     "call *%[function]\n\t"
                     "popf"
                     : "+S"(si), "+D"(di)
                     : [function] "b"(function), [flags] "r"(flags)
                     : "rax", "rcx", "rdx", "memory", "cc");
    set_recorder(NULL);
    return trace.count << 32 | trace.bits;
}

static uint64_t do_trace(const uint64_t *arguments)
{
    return call_recorded(arguments[0], FLAGS_TF_IF, arguments[1], arguments[2]);
}

static uint64_t traps(const uint64_t *arguments)
{
    return call_recorded(arguments[0], arguments[1], 0, 0);
}

static struct {
    const uint64_t *arguments;
    uint64_t result;
    volatile bool done;
} in_nmi;

static bool nmi(struct trap_frame *frame)
{
    (void)frame;
    in_nmi.result = mailbox_handlers[in_nmi.arguments[0]](in_nmi.arguments + 1);
    in_nmi.done = true;
    return true;
}

static uint64_t do_in_nmi(const uint64_t *arguments)
{
    in_nmi.arguments = arguments;
    in_nmi.done = false;
    trap_set_handler(TRAP_NMI, nmi);
    apic_set_mode(APIC_XAPIC);
    apic_send(apic_id(), APIC_NMI);
    while (!in_nmi.done)
        cpu_relax();
    trap_set_handler(TRAP_NMI, NULL);
    return in_nmi.result;
}

#define VECTOR_UPCALL   0x40
#define CALLBACK_VECTOR ((uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | VECTOR_UPCALL)
#define UPCALL_IN_NS    UINT64_C(500000000) /* some 50 instructions earlier than that, it sleeps */

static struct shared_info *shared;
static volatile uint64_t *upcalls;

static bool take_upcall(struct trap_frame *frame)
{
    (void)frame;
    shared->vcpu_info[0].evtchn_upcall_pending = 0;
    ++*upcalls;
    return true;
}

static void share_info(void)
{
    struct xen_add_to_physmap add = {.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info};
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER};

    shared = memory_pages(1);
    add.gpfn = memory_gfn(shared);
    xen_memory(XENMEM_add_to_physmap, &add);
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, (uintptr_t)&bind, 0, 0);
    trap_set_handler(VECTOR_UPCALL, take_upcall);
    xen_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_VECTOR);
}

/* Xen's time at a tick, as the public header vcpu_time_info has it. */
static uint64_t xen_time(const volatile struct vcpu_time_info *time)
{
    uint64_t elapsed = cpu_read_tsc() - time->tsc_timestamp, mul = time->tsc_to_system_mul;

    elapsed = time->tsc_shift < 0 ? elapsed >> -time->tsc_shift : elapsed << time->tsc_shift;
    return time->system_time + (elapsed >> 32) * mul + (((uint32_t)elapsed * mul) >> 32);
}

static uint64_t upcall(const uint64_t *arguments)
{
    struct vcpu_set_singleshot_timer timer;

    upcalls = (volatile uint64_t *)arguments[1];
    pic_stop(); /* as in sleep */
    if (!shared)
        share_info();
    timer.timeout_abs_ns = xen_time(&shared->vcpu_info[0].time) + UPCALL_IN_NS;
    timer.flags = 0;
    xen_vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
    call(arguments);
    return *upcalls;
}

static unsigned int low_vectors;

static bool low_vector(struct trap_frame *frame)
{
    (void)frame;
    low_vectors++;
    apic_eoi();
    return true;
}

/* The CPU's status, in which a guest can say that a machine check runs (SDM Vol. 3B 16.3.1.2). */
#define MSR_MCG_STATUS         0x17a
#define MCG_STATUS_IN_PROGRESS 4

/* A vector that exceptions have, too. Local APICs may refuse that of NMIs: QEMU's does not. */
static uint64_t do_low_vector(const uint64_t *arguments)
{
    uint8_t vector = (uint8_t)arguments[1];

    low_vectors = 0;
    pic_stop(); /* as in sleep */
    trap_set_handler(vector, low_vector);
    apic_set_mode(APIC_XAPIC);
    probe_write_msr(MSR_MCG_STATUS, vector == TRAP_MC ? MCG_STATUS_IN_PROGRESS : 0);
    apic_send(apic_id(), APIC_FIXED | vector);
    call(arguments);
    probe_write_msr(MSR_MCG_STATUS, 0);
    trap_set_handler(vector, NULL);
    return low_vectors;
}

static uint64_t checksum(const uint64_t *arguments)
{
    return mailbox_checksum((const void *)arguments[0], arguments[1]);
}

static uint64_t end(const uint64_t *arguments)
{
    printf("the end: %#lx\n", (unsigned long)read_word(&arguments[1]));
    xen_shutdown((unsigned int)arguments[0]);
}

mailbox_handler *const mailbox_handlers[MAILBOX_COMMANDS] = {
    [MAILBOX_READ] = read_word,
    [MAILBOX_WRITE] = write_word,
    [MAILBOX_READ_MANY] = read_many,
    [MAILBOX_MOVE] = move,
    [MAILBOX_COPY] = copy,
    [MAILBOX_CALL] = call,
    [MAILBOX_VMFUNC] = do_vmfunc,
    [MAILBOX_USER_VMFUNC] = user_vmfunc,
    [MAILBOX_USER_READ] = user_read,
    [MAILBOX_CPUID] = cpuid_many,
    [MAILBOX_HYPERCALL] = hypercall_many,
    [MAILBOX_SLEEP] = sleep,
    [MAILBOX_IDLE] = idle,
    [MAILBOX_TRACE] = do_trace,
    [MAILBOX_TRAPS] = traps,
    [MAILBOX_NAP] = nap,
    [MAILBOX_LOW_VECTOR] = do_low_vector,
    [MAILBOX_UPCALL] = upcall,
    [MAILBOX_IN_NMI] = do_in_nmi,
    [MAILBOX_CHECKSUM] = checksum,
    [MAILBOX_END] = end,
};
