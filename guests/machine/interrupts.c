/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts and HLT are the guest's own; NMIs come back to it. */
#include "machine.h"

#define MSR_APIC_BASE 0x1b
#define APIC_SPURIOUS 0xf0
#define APIC_TPR      0x80
#define APIC_ICR_LOW  0x300
#define APIC_ICR_HIGH 0x310
#define ICR_NMI       0x4400 /* to the CPU that ICR_HIGH names, delivery mode NMI */

#define VECTOR_NMI 2

#define EXIT_PREEMPTION_TIMER 52 /* basic exit reason */

/* The masks of the two 8259s. */
#define PIC_MASK_MASTER 0x21
#define PIC_MASK_SLAVE  0xa1

static volatile unsigned int nmis;
static volatile unsigned int nested_nmis;

static volatile uint32_t *apic(unsigned int reg)
{
    return (volatile uint32_t *)(uintptr_t)((cpu_read_msr(MSR_APIC_BASE) & 0xfffff000) + reg);
}

static void send_nmi(void)
{
    *apic(APIC_ICR_HIGH) = cpu_id(1, 0).ebx & 0xff000000;
    *apic(APIC_ICR_LOW) = ICR_NMI;
}

static bool count_nmi(struct trap_frame *frame)
{
    (void)frame;
    if (++nmis == 1) {
        send_nmi(); /* held back until this handler's IRET */
        for (volatile unsigned int i = 0; i < 1000; i++) {
        }
        nested_nmis = nmis - 1;
    }
    return true;
}

/* REP writes a register of the APIC's, and then an address without a register, which must not undo
 * it. Not if the access reaches the APIC, because an emulator may not accept it. */
static void check_repeated(void)
{
    volatile uint32_t *to = apic(APIC_TPR);
    unsigned long count = 2;

    if (!cpu_is_amd())
        return;
    __asm__ volatile("cld; rep stosl" : "+D"(to), "+c"(count) : "a"(0x20) : "memory");
    check_value("apic.repeated", 0x20, *apic(APIC_TPR));
    *apic(APIC_TPR) = 0;
}

static void check_nmi(void)
{
    trap_set_handler(VECTOR_NMI, count_nmi);
    *apic(APIC_SPURIOUS) |= 0x100;
    send_nmi();
    for (volatile unsigned int i = 0; i < 1000; i++) {
    }
    check_value("nmi.arrives_and_again_after_iret", 2, nmis);
    check_value("nmi.held_during_handler", 0, nested_nmis);
    send_nmi();
    for (volatile unsigned int i = 0; i < 1000; i++) {
    }
    check_value("nmi.arrives_a_third_time", 3, nmis);
}

/* Exits, except those of these calls, those by which altview polls its port, and on AMD those of
 * HLT: AMD-V can't enter a halted guest. */
static uint64_t own_exits(bool amd)
{
    uint64_t all, others, timer;

    do {
        timer = exits(EXIT_PREEMPTION_TIMER);
        others = timer + (amd ? exits(EXIT_HLT) : 0) + exits(EXIT_VMCALL);
        all = exits(ALTVIEW_EXIT_ALL);
    } while (exits(EXIT_PREEMPTION_TIMER) != timer);
    return all - others;
}

static void check_hlt(void)
{
    unsigned long start = timer_ticks(), woken = 0;
    bool amd = cpu_is_amd(); /* which is an exit */
    uint64_t before = own_exits(amd);

    timer_start(1000);
    for (; timer_ticks() < start + 20; woken++)
        __asm__ volatile("sti; hlt; cli");
    check_value("hlt.no_exits", 0, own_exits(amd) - before);
    check_true("hlt.ticks", timer_ticks() - start >= woken); /* two may come at once */
}

static void check_block(void)
{
    unsigned long start = timer_ticks();

    interrupts_on();
    for (unsigned int i = 0; i < 5; i++)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0);
    interrupts_off();
    check_true("block.wakes", timer_ticks() >= start + 5);
    check_result("block.without_if", 0, hypercall(__HYPERVISOR_sched_op, SCHEDOP_block, 0, 0, 0));
    check_result("yield", 0, hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0));
}

/* The guest has used no interrupt so far: STI alone brings none that the guest did not ask for. */
static void check_pics(void)
{
    check_value("pic.masked_at_start", 0xffff,
                (uint64_t)cpu_in8(PIC_MASK_SLAVE) << 8 | cpu_in8(PIC_MASK_MASTER));
}

void area_interrupts(void)
{
    check_pics();
    altp2m_set_state(1); /* the exit counters are an altp2m operation */
    check_hlt();
    altp2m_set_state(0);
    check_block();
    timer_start(0);
    check_repeated();
    check_nmi();
}
