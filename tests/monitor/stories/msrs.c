/* SPDX-License-Identifier: BSD-2-Clause */
/* WRMSR: told, done, skipped, denied, refused after the event, and only of the MSRs asked for. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CODE 1 /* page of the area */

#define RAX          0
#define ANOTHER      0x1234
#define APIC_BASE    0x1b
#define APIC_ADDRESS 0x1000 /* a bit of it, which altview keeps */
#define LSTAR        0xc0000082

#define AT_WRMSR 12 /* of the function below */
#define AT_RET   23

/* Some are switched at exits and entries, on either vendor's CPUs, some are the CPU's. The bits
 * have no effect on the guest. */
static const struct row {
    const char *name;
    uint32_t msr, bit;
} rows[] = {
    {"SYSENTER_CS", 0x174, 8},  {"SYSENTER_ESP", 0x175, 8},        {"PAT", 0x277, 1U << 24},
    {"EFER", 0xc0000080, 1},    {"STAR", 0xc0000081, 8},           {"LSTAR", LSTAR, 8},
    {"FS_BASE", 0xc0000100, 8}, {"KERNEL_GS_BASE", 0xc0000102, 8},
};

static char text[96];

static const char *of(const struct row *row, const char *what)
{
    snprintf(text, sizeof(text), "%s: %s", row->name, what);
    return text;
}

static uint64_t code(struct guest *g)
{
    return guest_address(g, CODE);
}

/* A function that flips these bits of the MSR, and returns what it then has. */
static void put(struct guest *g, uint32_t msr, uint32_t bits)
{
    uint8_t bytes[] = {
        0xb9, 0,    0,    0,    0,          /*  0: mov $MSR, %ecx */
        0x0f, 0x32,                         /*  5: rdmsr */
        0x35, 0,    0,    0,    0,          /*  7: xor $BITS, %eax */
        0x0f, 0x30, 0x0f, 0x32,             /* 12: wrmsr; rdmsr */
        0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, /* 16: shl $32, %rdx; */
        0xd0, 0xc3,                         /*     or %rdx, %rax; ret */
    };

    memcpy(bytes + 1, &msr, sizeof(msr));
    memcpy(bytes + 8, &bits, sizeof(bits));
    guest_put_bytes(g, code(g), bytes, sizeof(bytes));
}

static void call(struct guest *g)
{
    guest_order(g, MAILBOX_CALL, code(g), 0, 0);
}

static void listen_for(struct guest *g, uint32_t sync, uint32_t msr, bool changes)
{
    const struct altview_listen listen = {
        .sync = sync,
        .report = EVENT(MSR),
        .timeout_ms = PATIENCE,
        .msrs = {.count = 1, .numbers = {msr}, .changes = changes},
    };

    need("the monitor listens", altview_listen(g->handle, &listen));
}

static struct altview_event told(struct guest *g, const struct row *row)
{
    struct altview_event event = event_next(g);

    check_equal(of(row, "type"), ALTVIEW_EVENT_MSR, event.type);
    check_equal(of(row, "number"), row->msr, event.status);
    check_equal(of(row, "the bit that changes"), row->bit, event.value ^ event.old);
    check_equal(of(row, "where"), code(g) + AT_WRMSR, event.general.rip);
    return event;
}

static void check_row(struct guest *g, const struct row *row)
{
    struct altview_event event;
    struct altview_answer answer;

    put(g, row->msr, row->bit);
    listen_for(g, 0, row->msr, false);
    call(g);
    event = told(g, row);
    check_equal(of(row, "only reported: what became of it"), ALTVIEW_OUTCOME_DONE, event.outcome);
    guest_check_result(g, of(row, "only reported: written"), event.value);
    listen_for(g, EVENT(MSR), row->msr, false);
    call(g);
    event = told(g, row);
    answer = event_answer(&event, ALTVIEW_ANSWER_STEP);
    check_answer(of(row, "a step is refused"), -EINVAL, altview_answer(g->handle, &answer));
    event_reply(g, &event, 0);
    guest_check_result(g, of(row, "answered: written"), event.value);
    call(g);
    event = told(g, row);
    event_reply(g, &event, ALTVIEW_ANSWER_SKIP);
    guest_check_result(g, of(row, "skipped: not written"), event.old);
    call(g);
    event = told(g, row);
    event_deny(g, &event, VECTOR_GP, 0, 0);
    guest_check_trap(g, of(row, "denied: #GP"), VECTOR_GP);
    check_equal(of(row, "denied: at the instruction"), code(g) + AT_WRMSR, g->box.ip);
    call(g);
    event = told(g, row);
    answer = event_answer(&event, ALTVIEW_ANSWER_SET);
    answer.mask = ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP;
    answer.general.gpr[RAX] = ANOTHER;
    answer.general.rip = code(g) + AT_RET;
    need("registers are set", altview_answer(g->handle, &answer));
    guest_check_result(g, of(row, "registers set: the function returns them"), ANOTHER);
    call(g);
    check_equal(of(row, "registers set: the event's value is written"), event.value,
                told(g, row).old);
    event_listen(g, 0, 0);
    guest_wait(g);
}

/* Only of another value, if the monitor wants that, and of no other MSR. */
static void check_choice(struct guest *g)
{
    struct altview_event event;

    put(g, LSTAR, 0);
    listen_for(g, EVENT(MSR), LSTAR, true);
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    event_check_none(g, "the same value: no event of a change");
    listen_for(g, EVENT(MSR), LSTAR, false);
    call(g);
    event = event_next(g);
    check_equal("the same value: an event of a write", event.old, event.value);
    event_reply(g, &event, 0);
    guest_wait(g);
    listen_for(g, EVENT(MSR), LSTAR + 1, false);
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    event_check_none(g, "another MSR: no event");
}

/* The event comes first; then altview's rule for that MSR holds. */
static void check_rule(struct guest *g)
{
    struct altview_event event;

    put(g, APIC_BASE, APIC_ADDRESS);
    listen_for(g, EVENT(MSR), APIC_BASE, false);
    call(g);
    event = event_next(g);
    check_equal("the APIC's base: told", APIC_BASE, event.status);
    check_equal("the APIC's base: the bit", APIC_ADDRESS, event.value ^ event.old);
    event_reply(g, &event, 0);
    guest_check_trap(g, "the APIC's base: #GP all the same", VECTOR_GP);
    check_equal("the APIC's base: at the instruction", code(g) + AT_WRMSR, g->box.ip);
}

static void check_refused(struct guest *g)
{
    struct altview_listen listen = {.report = EVENT(MSR), .msrs = {.count = ALTVIEW_MSRS + 1}};

    check_answer("too many MSRs", -EINVAL, altview_listen(g->handle, &listen));
    listen.msrs = (struct altview_msrs){.count = 1, .numbers = {0x12345678}};
    check_answer("an MSR of another range", -EINVAL, altview_listen(g->handle, &listen));
}

#define REASON_RDMSR 31 /* of both instructions, with AMD-V */
#define REASON_WRMSR 32

/* WRMSR is no VM exit while nobody listens for that MSR. */
static void check_free(struct guest *g, const char *what)
{
    struct altview_statistics before = guest_statistics(g), after;

    put(g, LSTAR, 8);
    for (unsigned int i = 0; i < 4; i++) {
        guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    }
    after = guest_statistics(g);
    check_equal(what, before.exits[REASON_RDMSR] + before.exits[REASON_WRMSR],
                after.exits[REASON_RDMSR] + after.exits[REASON_WRMSR]);
}

void story_msrs(struct guest *g)
{
    check_free(g, "before: it costs no exit");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_row(g, &rows[i]);
    }
    check_choice(g);
    check_free(g, "another MSR is watched: it costs no exit");
    check_rule(g);
    check_refused(g);
    event_listen(g, 0, 0);
    check_free(g, "after: it costs no exit");
    event_check_none(g, "nobody listens: no event");
}
