/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that change a control register: told, done, skipped, denied, and with steps. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <stdio.h>

#define CODE 1 /* page of the area */

#define EVERY_REGISTER ALTVIEW_REGISTER_EVENTS
#define RAX            0
#define ANOTHER        0x1234
#define CR0_TS         8

/* Each changes a bit of its register that has no effect on the guest, and returns the register. */
static const uint8_t cr0[] = {
    0x0f, 0x20, 0xc0,       /*  0: mov %cr0, %rax */
    0x48, 0x83, 0xf0, 0x02, /*  3: xor $MP, %rax */
    0x0f, 0x22, 0xc0,       /*  7: mov %rax, %cr0 */
    0x0f, 0x20, 0xc0, 0xc3, /* 10: mov %cr0, %rax; ret */
};
static const uint8_t lmsw[] = {
    0x0f, 0x20, 0xc0,       /*  0: mov %cr0, %rax */
    0x48, 0x83, 0xf0, 0x02, /*  3: xor $MP, %rax */
    0x0f, 0x01, 0xf0,       /*  7: lmsw %ax */
    0x0f, 0x20, 0xc0, 0xc3, /* 10: mov %cr0, %rax; ret */
};
static const uint8_t cr3[] = {
    0x0f, 0x20, 0xd8,       /*  0: mov %cr3, %rax */
    0x48, 0x83, 0xf0, 0x08, /*  3: xor $PWT, %rax */
    0x0f, 0x22, 0xd8,       /*  7: mov %rax, %cr3 */
    0x0f, 0x20, 0xd8, 0xc3, /* 10: mov %cr3, %rax; ret */
};
static const uint8_t cr4[] = {
    0x0f, 0x20, 0xe0,       /*  0: mov %cr4, %rax */
    0x48, 0x83, 0xf0, 0x04, /*  3: xor $TSD, %rax */
    0x0f, 0x22, 0xe0,       /*  7: mov %rax, %cr4 */
    0x0f, 0x20, 0xe0, 0xc3, /* 10: mov %cr4, %rax; ret */
};
static const uint8_t xcr0[] = {
    0x0f, 0x20, 0xe0,                   /*  0: mov %cr4, %rax */
    0x48, 0x0d, 0x00, 0x00, 0x04, 0x00, /*  3: or $OSXSAVE, %rax */
    0x0f, 0x22, 0xe0,                   /*  9: mov %rax, %cr4 */
    0x31, 0xc9, 0x0f, 0x01, 0xd0,       /* 12: xor %ecx, %ecx; xgetbv */
    0x83, 0xf0, 0x02,                   /* 17: xor $SSE, %eax */
    0x0f, 0x01, 0xd1,                   /* 20: xsetbv */
    0x0f, 0x01, 0xd0, 0xc3,             /* 23: xgetbv; ret */
};

static const struct row {
    const char *name;
    enum altview_event_type type;
    const uint8_t *code;
    size_t size, at, length; /* the instruction that changes the register */
    uint64_t bit;
} rows[] = {
    {"CR0", ALTVIEW_EVENT_CR0, cr0, sizeof(cr0), 7, 3, 2},
    {"CR0 by LMSW", ALTVIEW_EVENT_CR0, lmsw, sizeof(lmsw), 7, 3, 2},
    {"CR3", ALTVIEW_EVENT_CR3, cr3, sizeof(cr3), 7, 3, 8},
    {"CR4", ALTVIEW_EVENT_CR4, cr4, sizeof(cr4), 7, 3, 4},
    {"XCR0", ALTVIEW_EVENT_XCR0, xcr0, sizeof(xcr0), 20, 3, 2},
};
#define ROW_CR3 2

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

static void put(struct guest *g, const struct row *row)
{
    guest_put_bytes(g, code(g), row->code, row->size);
}

static void call(struct guest *g)
{
    guest_order(g, MAILBOX_CALL, code(g), 0, 0);
}

/* The event of the row's instruction. */
static struct altview_event told(struct guest *g, const struct row *row)
{
    struct altview_event event = event_next(g);

    check_equal(of(row, "type"), row->type, event.type);
    check_equal(of(row, "the bit that changes"), row->bit, event.value ^ event.old);
    check_equal(of(row, "where"), code(g) + row->at, event.general.rip);
    return event;
}

static void check_done_and_told(struct guest *g, const struct row *row)
{
    struct altview_event event;

    event_listen(g, 0, EVERY_REGISTER);
    call(g);
    event = told(g, row);
    check_equal(of(row, "only reported: what became of it"), ALTVIEW_OUTCOME_DONE, event.outcome);
    guest_check_result(g, of(row, "only reported: written"), event.value);
}

/* Each answer that such an event can have. */
static void check_answers(struct guest *g, const struct row *row)
{
    struct altview_event event;
    struct altview_answer answer;
    uint64_t value;

    event_listen(g, EVERY_REGISTER, 0);
    call(g);
    event = told(g, row);
    check_equal(of(row, "the vCPU waits"), ALTVIEW_EVENT_SYNC, event.flags & ALTVIEW_EVENT_SYNC);
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
    check_equal(of(row, "denied: at the instruction"), code(g) + row->at, g->box.ip);
    call(g);
    event = told(g, row);
    value = event.value;
    answer = event_answer(&event, ALTVIEW_ANSWER_SET);
    answer.mask = ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP;
    answer.general.gpr[RAX] = ANOTHER;
    answer.general.rip = code(g) + row->size - 1;
    need("registers are set", altview_answer(g->handle, &answer));
    guest_check_result(g, of(row, "registers set: the function returns them"), ANOTHER);
    call(g);
    event = told(g, row);
    check_equal(of(row, "registers set: written all the same"), value, event.old);
    event_reply(g, &event, 0);
    guest_wait(g);
}

/* A change of ignored bits alone, and a write that changes nothing, send no event. */
static void check_ignored(struct guest *g, const struct row *row)
{
    struct altview_listen listen = {.sync = EVERY_REGISTER, .timeout_ms = PATIENCE};
    const unsigned int i = row->type - ALTVIEW_EVENT_CR0;
    struct altview_event event;

    listen.ignore[i] = row->bit;
    need("the monitor listens", altview_listen(g->handle, &listen));
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    event_check_none(g, of(row, "the bit is ignored: no event"));
    listen.ignore[i] = ~row->bit;
    need("the monitor listens", altview_listen(g->handle, &listen));
    call(g);
    event = told(g, row);
    event_reply(g, &event, 0);
    guest_check_result(g, of(row, "all others are ignored: written"), event.value);
}

/* CLTS changes CR0.TS if that is set, and nothing else. */
static void check_clts(struct guest *g)
{
    static const uint8_t clts[] = {
        0x0f, 0x20, 0xc0,       /*  0: mov %cr0, %rax */
        0x48, 0x83, 0xc8, 0x08, /*  3: or $TS, %rax */
        0x0f, 0x22, 0xc0,       /*  7: mov %rax, %cr0 */
        0x0f, 0x06, 0x0f, 0x06, /* 10: clts; clts */
        0x0f, 0x20, 0xc0, 0xc3, /* 14: mov %cr0, %rax; ret */
    };
    struct altview_event event;

    guest_put_bytes(g, code(g), clts, sizeof(clts));
    event_listen(g, EVENT(CR0), 0);
    call(g);
    event = event_next(g);
    check_equal("TS is set", CR0_TS, event.value & ~event.old);
    event_reply(g, &event, 0);
    event = event_next(g);
    check_equal("CLTS: the bit that changes", CR0_TS, event.old & ~event.value);
    check_equal("CLTS: where", code(g) + 10, event.general.rip);
    event_reply(g, &event, 0);
    guest_check_result(g, "a CLTS that changes nothing: no event", event.value);
}

/* Paging can't be switched off in 64-bit mode: the CPU refuses it, and there is no event. */
static void check_refused(struct guest *g)
{
    static const uint8_t paging_off[] = {
        0x0f, 0x20, 0xc0,             /*  0: mov %cr0, %rax */
        0x0f, 0xba, 0xf0, 0x1f,       /*  3: btr $31, %eax */
        0x0f, 0x22, 0xc0,             /*  7: mov %rax, %cr0 */
        0x0f, 0x20, 0xc0, 0xc3, 0x90, /* 10: mov %cr0, %rax; ret */
    };

    guest_put_bytes(g, code(g), paging_off, sizeof(paging_off));
    event_listen(g, EVENT(CR0), 0);
    call(g);
    guest_check_trap(g, "paging off: #GP", VECTOR_GP);
    check_equal("paging off: at the instruction", code(g) + 7, g->box.ip);
    event_check_none(g, "paging off: no event");
}

static struct altview_event stepped(struct guest *g, const char *what, uint64_t rip)
{
    struct altview_event event = event_next(g);

    check_equal(what, ALTVIEW_EVENT_SINGLE_STEP, event.type);
    check_equal(what, rip, event.general.rip);
    return event;
}

/* A step ends after the instruction, also one that has had an event before it. */
static void check_steps(struct guest *g)
{
    static const uint8_t twice[] = {
        0x0f, 0x20, 0xd8, 0x48, 0x89, 0xc1,             /*  0: mov %cr3, %rax; ...%rcx */
        0x48, 0x83, 0xf0, 0x08, 0x0f, 0x22, 0xd8,       /*  6: xor $PWT, %rax; mov to CR3 */
        0x0f, 0x22, 0xd9, 0x90, 0x0f, 0x20, 0xd8, 0xc3, /* 13: %rcx to CR3; nop; %cr3; ret */
    };
    struct altview_event event;
    uint64_t old;

    guest_put_bytes(g, code(g), twice, sizeof(twice));
    event_listen(g, EVENT(CR3) | EVENT(SINGLE_STEP), 0);
    call(g);
    event = event_next(g);
    check_equal("stepped: CR3", ALTVIEW_EVENT_CR3, event.type);
    old = event.old;
    need("steps begin", altview_single_step(g->handle, 0, true));
    event_reply(g, &event, 0);
    event = event_next(g); /* steps begin after the instruction of the event, as in Xen */
    check_equal("stepped: CR3 again", ALTVIEW_EVENT_CR3, event.type);
    check_equal("stepped: CR3 is the new one", old ^ 8, event.cr3);
    check_equal("stepped: back to the old one", old, event.value);
    event_reply(g, &event, ALTVIEW_ANSWER_SKIP);
    event = stepped(g, "stepped: after that one, which was skipped", code(g) + 16);
    check_equal("stepped: CR3 is not written", old ^ 8, event.cr3);
    event_reply(g, &event, 0);
    event = stepped(g, "stepped: after another", code(g) + 17);
    need("steps end", altview_single_step(g->handle, 0, false));
    event_reply(g, &event, 0);
    guest_check_result(g, "stepped: and runs on", old ^ 8);
}

/* A page that a policy steps, in another view, which the vCPU is in. */
static unsigned int begin_policy(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    guest_restrict(g, view, CODE, ACCESS_RW);
    need("a policy is set", altview_set_policy(g->handle, view, ALTVIEW_POLICY_STEP, 0));
    return view;
}

static void end_policy(struct guest *g, unsigned int view)
{
    event_listen(g, 0, 0);
    need("the vCPU leaves the view", altview_switch_to_view(g->handle, 0));
    need("the view goes", altview_destroy_view(g->handle, view));
}

static void check_policy(struct guest *g, const struct row *row)
{
    unsigned int view = begin_policy(g);
    struct altview_event event;

    put(g, row);
    event_listen(g, EVERY_REGISTER, 0);
    call(g);
    event = told(g, row);
    event_reply(g, &event, 0);
    guest_check_result(g, of(row, "stepped by a policy: written"), event.value);
    check_equal(of(row, "stepped by a policy: the vCPU is back"), view, guest_view(g));
    end_policy(g, view);
}

/* With AMD-V altview clears EFER.SCE for a step of most instructions. Whatever the answer is, the
 * guest has it again. */
static void check_policy_keeps_sce(struct guest *g)
{
    static const uint8_t reads_sce[] = {
        0xb9, 0x80, 0x00, 0x00, 0xc0, 0x0f, 0x32, /*  0: mov $EFER, %ecx; rdmsr */
        0x83, 0xc8, 0x01, 0x0f, 0x30,             /*  7: or $SCE, %eax; wrmsr */
        0x0f, 0x20, 0xd8, 0x48, 0x83, 0xf0, 0x08, /* 12: mov %cr3, %rax; xor $PWT, %rax */
        0x0f, 0x22, 0xd8,                         /* 19: mov %rax, %cr3 */
        0x0f, 0x32, 0x83, 0xe0, 0x01, 0xc3,       /* 22: rdmsr; and $SCE, %eax; ret */
    };
    static const uint32_t answers[] = {0, ALTVIEW_ANSWER_SKIP};
    unsigned int view = begin_policy(g);
    struct altview_event event;

    guest_put_bytes(g, code(g), reads_sce, sizeof(reads_sce));
    event_listen(g, EVENT(CR3), 0);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        call(g);
        event = event_next(g);
        check_equal("EFER.SCE: where", code(g) + 19, event.general.rip);
        event_reply(g, &event, answers[i]);
        guest_check_result(g, answers[i] ? "EFER.SCE: skipped" : "EFER.SCE: written", 1);
    }
    end_policy(g, view);
}

#define REASON_CR_ACCESS 28

/* MOV to CR3 is no VM exit while nobody listens for it. */
static void check_free(struct guest *g, const char *what)
{
    uint64_t before = guest_statistics(g).exits[REASON_CR_ACCESS];

    put(g, &rows[ROW_CR3]);
    for (unsigned int i = 0; i < 4; i++) {
        guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    }
    check_equal(what, before, guest_statistics(g).exits[REASON_CR_ACCESS]);
}

void story_registers(struct guest *g)
{
    check_free(g, "before: CR3 costs no exit");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!check_is_made(of(&rows[i], "type"))) {
            continue;
        }
        put(g, &rows[i]);
        guest_do(g, MAILBOX_CALL, code(g), 0, 0); /* XCR0's sets CR4.OSXSAVE the first time */
        check_done_and_told(g, &rows[i]);
        check_answers(g, &rows[i]);
        check_ignored(g, &rows[i]);
        event_listen(g, 0, 0);
        check_policy(g, &rows[i]);
    }
    check_clts(g);
    check_refused(g);
    check_policy_keeps_sce(g);
    check_steps(g);
    event_listen(g, 0, 0);
    check_free(g, "after: CR3 costs no exit");
    event_check_none(g, "nobody listens: no event");
}
