/* SPDX-License-Identifier: BSD-2-Clause */
#include "run.h"

#include "apic.h"
#include "cpu.h"
#include "string.h"
#include "trap.h"

#define INTERRUPT  0xf0
#define TRAPS_MOST 8 /* then the trap flag is taken away */

#define FLAGS_TF 0x100
#define FLAGS_RF 0x10000

#define DR6_NONE        0xffff0ff0UL
#define DR6_BREAKPOINTS 0xf
#define DR7_NONE        0x400UL

#define MSR_EFER        0xc0000080
#define MSR_STAR        0xc0000081
#define MSR_LSTAR       0xc0000082
#define MSR_FMASK       0xc0000084
#define MSR_FS          0xc0000100
#define MSR_SYSENTER_CS 0x174
#define MSR_SYSENTER_SP 0x175
#define MSR_SYSENTER_IP 0x176
#define EFER_SCE        1
#define FMASK           0x44700 /* AC, NT, DF, IF, TF */
#define CR0_MP_NE_AM    0x40022UL
#define CR0_EM_TS       0xcUL
#define CR4_OSFXSR_XMM  0x600UL
#define CR4_OSXSAVE     0x40000UL
#define XCR0_WANTED     0xe7U

/* The bases that a sequence starts with: small, as they are added to pointers. */
static const uint64_t bases[RUN_BASES] = {0x18, 0x1005, 0x33};

static const struct sequence *running;
static struct outcome *filled;

static bool no_interrupt(struct trap_frame *frame)
{
    (void)frame;
    apic_eoi();
    return true;
}

static void set_xcr0(void)
{
    uint32_t low = cpu_id(0xd, 0).eax & XCR0_WANTED;

    __asm__ volatile("xsetbv" : : "a"(low), "d"(0), "c"(0));
}

void run_init(void)
{
    unsigned long cr0;

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    __asm__ volatile("mov %0, %%cr0" : : "r"((cr0 | CR0_MP_NE_AM) & ~CR0_EM_TS));
    cpu_write_cr4(cpu_read_cr4() | CR4_OSFXSR_XMM | CR4_OSXSAVE);
    set_xcr0();
    cpu_write_msr(MSR_EFER, cpu_read_msr(MSR_EFER) | EFER_SCE);
    cpu_write_msr(MSR_STAR, (uint64_t)ARENA_CODE << 32 | (uint64_t)ARENA_USER_CODE32 << 48);
    cpu_write_msr(MSR_FMASK, FMASK);
    cpu_write_msr(MSR_SYSENTER_CS, ARENA_CODE);
    pic_stop();
    apic_set_mode(APIC_XAPIC);
    trap_set_handler(INTERRUPT, no_interrupt);
}

/* After a fault go on after its unit, with the old pointers. False: it is in no unit. */
static bool skip(struct event *e)
{
    static const uint8_t pointers[] = {RBX, RBP, RSI, RDI, R12, R13, R14, R15};
    unsigned int unit = 0;

    while (unit < running->units && e->ip >= running->ends[unit])
        unit++;
    if (e->ip < running->start.resume || unit == running->units)
        return false;
    e->resume = running->ends[unit];
    for (unsigned int i = 0; i < sizeof(pointers); i++)
        e->gpr[pointers[i]] = running->start.gpr[pointers[i]];
    return true;
}

/* Faults are at the instruction, traps after it (SDM Vol. 3A 6.5). */
static bool is_trap(const struct event *e)
{
    return e->vector == 1 || e->vector == 3 || e->vector == 4 || e->vector >= TRAP_FREE;
}

static void tidy(struct event *e)
{
    struct event *frame = (struct event *)(uintptr_t)(e->frame - offsetof(struct event, vector));

    if (~running->flags)
        frame->flags = e->flags &= running->flags;
    if (e->vector != TRAP_PF)
        e->cr2 = 0;
    if (e->vector == TRAP_DB)
        __asm__ volatile("mov %0, %%dr6" : : "r"(DR6_NONE));
    else
        e->dr6 = 0;
    if (!running->dr6)
        e->dr6 &= DR6_BREAKPOINTS;
    if (e->vector == INTERRUPT)
        apic_eoi();
}

static void stop_tracing(struct event *e)
{
    unsigned int traps = 0;

    for (unsigned int i = 0; i < filled->count; i++)
        traps += filled->events[i].vector == TRAP_DB;
    if (traps >= TRAPS_MOST)
        e->flags &= ~(uint64_t)FLAGS_TF;
}

/* An instruction with a breakpoint is executed the second time (SDM Vol. 3B 18.3.1.1). */
static void pass_breakpoint(struct event *e)
{
    if (e->dr6 & DR6_BREAKPOINTS)
        e->flags |= FLAGS_RF;
}

const struct event *event_handle(struct event *e)
{
    static struct event next;

    tidy(e);
    filled->count++;
    if ((e->vector == TRAP_UD && e->ip == running->end) || filled->count == RUN_EVENTS)
        return NULL;
    next = *e;
    next.resume = e->ip;
    if (!is_trap(e) && !skip(&next))
        return NULL;
    stop_tracing(&next);
    pass_breakpoint(&next);
    enter_cursor = e + 1;
    return &next;
}

void event_nmi(void)
{
    apic_send(apic_id(), APIC_NMI);
}

static void set_msrs(const struct sequence *s)
{
    cpu_write_msr(MSR_LSTAR, s->system_call);
    cpu_write_msr(MSR_SYSENTER_IP, s->system_enter);
    cpu_write_msr(MSR_SYSENTER_SP, arena_end(AREA_STACK));
    for (unsigned int i = 0; i < RUN_BASES; i++)
        cpu_write_msr(MSR_FS + i, bases[i]);
}

/* One that has not come may come now. */
static void take_interrupt(void)
{
    __asm__ volatile("sti; nop; nop; cli");
}

static void collect(struct outcome *o, uint64_t view, uint64_t own)
{
    o->view = view == own ? VIEW_STAYED : view;
    for (unsigned int i = 0; i < RUN_BASES; i++)
        o->bases[i] = cpu_read_msr(MSR_FS + i);
    memcpy(o->vectors, enter_vectors_end, sizeof(o->vectors));
}

void run(const struct sequence *s, enum way way, struct outcome *o)
{
    uint64_t view;

    running = s;
    filled = o;
    o->count = 0;
    enter_cursor = o->events;
    arena_reset();
    memset(enter_vectors_end, 0, sizeof(enter_vectors_end));
    set_msrs(s);
    __asm__ volatile("mov %0, %%dr7" : : "r"(DR7_NONE));
    if (s->interrupt)
        apic_send(apic_id(), APIC_FIXED | INTERRUPT);
    arena_enter();
    views_enter(way, s->accesses);
    enter(&s->start);
    view = views_leave(way);
    arena_leave();
    take_interrupt();
    collect(o, view, view_of(way));
}
