/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU that reports each of its instructions takes interrupts where it would take them without
 * steps. Steps may begin and end at any moment. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <stdio.h>

#define FLAGS_TF UINT64_C(0x100)
#define RSP      4

enum page { CODE, END };

/* A word of an interrupt's frame, after RSP. */
enum frame { FRAME_RIP = 0, FRAME_FLAGS = 16 };

/* Until the monitor has written to END. */
static const uint8_t spins[] = {
    0xfb,                   /*  0: sti */
    0x48, 0x83, 0x3d, 0, 0, /*  1: cmpq $0, END(%rip) */
    0,    0,    0,          /* */
    0x74, 0xf6,             /*  9: je 1 */
    0xfa,                   /* 11: cli */
    0xc3,                   /* 12: ret */
};
#define SPINS_END_AT 4
#define SPINS_BEHIND 9 /* the instruction that names it */

static const uint8_t sleeps[] = {
    0xfb,                   /*  0: sti */
    0xf4,                   /*  1: hlt */
    0xfa,                   /*  2: cli */
    0x48, 0x83, 0x3d, 0, 0, /*  3: cmpq $0, END(%rip) */
    0,    0,    0,          /* */
    0x74, 0xf3,             /* 11: je 0 */
    0xc3,                   /* 13: ret */
};
#define SLEEPS_END_AT 6
#define SLEEPS_BEHIND 11

static void put_code(struct guest *g, const uint8_t *code, size_t size, size_t end_at,
                     size_t behind)
{
    uint64_t at = guest_address(g, CODE), end = guest_address(g, END);
    uint32_t distance = (uint32_t)(end - (at + behind));

    guest_put_bytes(g, at, code, size);
    guest_put_bytes(g, at + end_at, &distance, sizeof(distance));
    guest_put(g, end, 0);
}

static bool is_in_code(const struct guest *g, uint64_t rip)
{
    return rip - guest_address(g, CODE) < PAGE_SIZE;
}

static void set_steps(struct guest *g, bool on)
{
    need(on ? "single steps are turned on" : "single steps are turned off",
         altview_single_step(g->handle, 0, on));
}

static uint64_t word_at(struct guest *g, uint64_t address)
{
    uint64_t word;

    need("the guest's stack is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, address, &word, sizeof(word)));
    return word;
}

/* Answer each step until the next one is inside, or outside, the function. */
static struct altview_event step_until(struct guest *g, bool in_code, uint64_t *before)
{
    struct altview_event event;

    for (;;) {
        event = event_next(g);
        if (is_in_code(g, event.general.rip) == in_code) {
            return event;
        }
        *before = event.general.rip;
        event_reply(g, &event, 0);
    }
}

/* The vCPU enters the handler, the event tells what it interrupts, and that goes on. */
static void check_taken(struct guest *g, const char *how)
{
    uint64_t end = guest_address(g, END), at, last = 0;
    struct altview_event event;
    char what[64];

    event_listen(g, EVENT(SINGLE_STEP), 0);
    set_steps(g, true);
    guest_order(g, MAILBOX_NAP, guest_address(g, CODE), 0, 0);
    event = step_until(g, true, &last);
    event_reply(g, &event, 0);
    for (unsigned int i = 0; i < 2; i++) {
        event = step_until(g, false, &last);
        at = last;
        snprintf(what, sizeof(what), "%s: the frame says where it was", how);
        check_equal(what, at, word_at(g, event.general.gpr[RSP] + FRAME_RIP));
        snprintf(what, sizeof(what), "%s: the frame has no TF", how);
        check_equal(what, 0, word_at(g, event.general.gpr[RSP] + FRAME_FLAGS) & FLAGS_TF);
        event_reply(g, &event, 0);
        event = step_until(g, true, &last);
        snprintf(what, sizeof(what), "%s: it goes on there", how);
        check_equal(what, at, event.general.rip);
        last = event.general.rip;
        event_reply(g, &event, 0);
    }
    event = event_next(g);
    set_steps(g, false);
    guest_put(g, end, 1);
    event_reply(g, &event, 0);
    snprintf(what, sizeof(what), "%s: the timer has ticked", how);
    guest_check_result(g, what, 1);
    event_listen(g, 0, 0);
}

static const uint8_t opens[] = {
    0xfb, /* 0: sti */
    0x90, /* 1: nop */
    0x90, /* 2: nop */
    0xfa, /* 3: cli */
    0xc3, /* 4: ret */
};
#define OPENS_CLOSED 4

#define VECTOR_NMI 2
#define VECTOR_MC  18

/* The local APIC sends the vector of an NMI, which it may refuse, or that of a machine check, while
 * the guest has the CPU's status say that one runs: the same as without steps. */
static void check_low_vector(struct guest *g, unsigned int vector)
{
    uint64_t code = guest_address(g, CODE), plain;
    struct altview_event event;
    char what[64];

    guest_put_bytes(g, code, opens, sizeof(opens));
    guest_do(g, MAILBOX_LOW_VECTOR, code, vector, 0);
    plain = g->box.result;
    if (vector == VECTOR_MC) {
        guest_check_result(g, "a machine check's vector comes", 1);
    }
    event_listen(g, EVENT(SINGLE_STEP), 0);
    set_steps(g, true);
    guest_order(g, MAILBOX_LOW_VECTOR, code, vector, 0);
    while ((event = event_next(g)).general.rip != code + OPENS_CLOSED) {
        event_reply(g, &event, 0);
    }
    set_steps(g, false);
    event_reply(g, &event, 0);
    snprintf(what, sizeof(what), "vector %u comes in steps as it does without", vector);
    guest_check_result(g, what, plain);
    event_listen(g, 0, 0);
}

#define IDLE_EVENTS 100 /* more than one interrupt's handler takes */

/* The monitor asks for steps, most likely while the vCPU sleeps. The vCPU reports the next
 * instruction that it executes, whenever that is, and only once. */
static void check_idle(struct guest *g)
{
    uint64_t end = guest_address(g, END), last = 0;
    unsigned int again = 0;
    struct altview_event event;

    event_listen(g, EVENT(SINGLE_STEP), 0);
    guest_put(g, end, 0);
    guest_order(g, MAILBOX_IDLE, end, 0, 0);
    sleep_ms(200);
    set_steps(g, true);
    for (unsigned int i = 0; i < IDLE_EVENTS; i++) {
        event = event_next(g);
        again += event.general.rip == last;
        last = event.general.rip;
        event_reply(g, &event, 0);
    }
    check_equal("idle: no instruction is told twice", 0, again);
    event = event_next(g);
    set_steps(g, false);
    event_reply(g, &event, 0);
    guest_put(g, end, 7);
    guest_check_result(g, "idle: the guest goes on", 7);
    event_listen(g, 0, 0);
}

/* Enough that some come with an exit at which the hypervisor looks at the port anyway. */
#define TOGGLES_ASLEEP 64
#define TOGGLES_AWAKE  128

static void toggle(struct guest *g, unsigned int times)
{
    event_listen(g, 0, EVENT(SINGLE_STEP));
    for (unsigned int i = 0; i < times; i++) {
        set_steps(g, i % 2 == 0);
    }
}

/* The monitor asks for steps again and again while the vCPU sleeps. */
static void check_toggles(struct guest *g)
{
    uint64_t end = guest_address(g, END);

    guest_put(g, end, 0);
    guest_order(g, MAILBOX_IDLE, end, 0, 0);
    toggle(g, TOGGLES_ASLEEP);
    guest_put(g, end, 8);
    guest_check_result(g, "toggled in HLT: the guest goes on", 8);
    event_end(g);
}

/* Until END: each turn leaves the guest, by an instruction that altview emulates. */
static const uint8_t exits[] = {
    0x53,                   /*  0: push %rbx */
    0x31, 0xc0,             /*  1: xor %eax, %eax */
    0x0f, 0xa2,             /*  3: cpuid */
    0x48, 0x83, 0x3d, 0, 0, /*  5: cmpq $0, END(%rip) */
    0,    0,    0,          /* */
    0x74, 0xf2,             /* 13: je 1 */
    0x31, 0xc0,             /* 15: xor %eax, %eax */
    0x5b,                   /* 17: pop %rbx */
    0xc3,                   /* 18: ret */
};
#define EXITS_END_AT 8
#define EXITS_BEHIND 13

/* The exit that is under way when the monitor asks for a step is not part of that step. */
static void check_toggled_exits(struct guest *g)
{
    put_code(g, exits, sizeof(exits), EXITS_END_AT, EXITS_BEHIND);
    guest_order(g, MAILBOX_CALL, guest_address(g, CODE), 0, 0);
    toggle(g, TOGGLES_AWAKE);
    guest_put(g, guest_address(g, END), 1);
    guest_check_result(g, "toggled in exits: the guest goes on", 0);
    event_end(g);
}

void story_interrupts(struct guest *g)
{
    put_code(g, spins, sizeof(spins), SPINS_END_AT, SPINS_BEHIND);
    check_taken(g, "running");
    put_code(g, sleeps, sizeof(sleeps), SLEEPS_END_AT, SLEEPS_BEHIND);
    check_taken(g, "asleep");
    check_low_vector(g, VECTOR_NMI);
    check_low_vector(g, VECTOR_MC);
    check_idle(g);
    check_toggles(g);
    check_toggled_exits(g);
}

#define SLEEPS_RETURN 13

/* An upcall, which does not go through the APIC, wakes the vCPU from HLT as well. */
void story_upcalls(struct guest *g)
{
    uint64_t code = guest_address(g, CODE);
    struct altview_event event;

    put_code(g, sleeps, sizeof(sleeps), SLEEPS_END_AT, SLEEPS_BEHIND);
    event_listen(g, EVENT(SINGLE_STEP), 0);
    set_steps(g, true);
    guest_order(g, MAILBOX_UPCALL, code, guest_address(g, END), 0);
    while ((event = event_next(g)).general.rip != code + SLEEPS_RETURN) {
        event_reply(g, &event, 0);
    }
    set_steps(g, false);
    guest_put(g, guest_address(g, END), 1); /* the guest expects it too */
    event_reply(g, &event, 0);
    guest_check_result(g, "asleep: an upcall wakes it", 1);
    event_listen(g, 0, 0);
}
