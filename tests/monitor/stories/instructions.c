/* SPDX-License-Identifier: BSD-2-Clause */
/* One instruction at a time, by a policy: it has the same effect on the guest as without a view. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <stdio.h>
#include <string.h>

#define REASON_EPT_VIOLATION 48

enum page { CODE, STACK = 2 };

struct world {
    struct guest *g;
    unsigned int view, open; /* CODE is not executable in the first; the second allows all */
};

static void set_policy(struct world *w, enum altview_policy policy, unsigned int in)
{
    need("a policy is set", altview_set_policy(w->g->handle, w->view, policy, in));
}

/* Copies code onto the page CODE, and returns its address. */
static uint64_t put_code(struct world *w, const uint8_t *code, size_t size)
{
    guest_put_bytes(w->g, guest_address(w->g, CODE), code, size);
    return guest_address(w->g, CODE);
}

/* VMFUNC, stepped in one view, switches to another view, which may be the view of the step, or that
 * which the vCPU came from. */
static void check_vmfunc(struct world *w)
{
    uint8_t code[] = {
        0x31, 0xc0,       /*  0: xor %eax, %eax */
        0x6a, 0x00, 0x59, /*  2: push $VIEW; pop %rcx */
        0x0f, 0x01, 0xd4, /*  5: vmfunc */
        0xc3,             /*  8: ret */
    };
    const unsigned int in[] = {0, w->open};
    char what[64];

    need("VMFUNC is turned on", altview_set_vmfunc(w->g->handle, 0, true));
    for (unsigned int i = 0; i < 2; i++) {
        for (unsigned int to = 0; to <= w->open; to++) {
            code[3] = (uint8_t)to;
            put_code(w, code, sizeof(code));
            set_policy(w, ALTVIEW_POLICY_STEP, in[i]);
            guest_do(w->g, MAILBOX_CALL, guest_address(w->g, CODE), 0, 0);
            snprintf(what, sizeof(what), "step-in %u: VMFUNC to view %u stays there", in[i], to);
            check_equal(what, to, guest_view(w->g));
            need("all are in the view again", altview_switch_to_view(w->g->handle, w->view));
        }
    }
    need("VMFUNC is turned off", altview_set_vmfunc(w->g->handle, 0, false));
}

/* The function itself sets TF: a trap is due after the next instruction, and after each further
 * one. */
static const uint8_t sets_tf[] = {
    0x9c,                                     /*  0: pushf */
    0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00, /*  1: orl $0x100, (%rsp) */
    0x9d,                                     /*  8: popf */
    0x90,                                     /*  9: nop */
    0x9c,                                     /* 10: pushf */
    0x81, 0x24, 0x24, 0xff, 0xfe, 0xff, 0xff, /* 11: andl $~0x100, (%rsp) */
    0x9d,                                     /* 18: popf */
    0xc3,                                     /* 19: ret */
};
static const uint8_t sets_tf_traps[] = {10, 11, 18, 19};

/* Traps that the function makes itself: INT1 and INT. Neither of them sees TF. */
static const uint8_t interrupts[] = {
    0xf1,                 /* 0: int1 */
    0xcd, MAILBOX_VECTOR, /* 1: int */
    0xf1,                 /* 3: int1 */
    0xc3,                 /* 4: ret */
};
static const uint8_t interrupts_traps[] = {1, 3, 4};

/* Instructions that delay interrupts, NMIs and traps: the hypervisor must delay them too. */
static const uint8_t blocks[] = {
    0x8c, 0xd0, /*  0: mov %ss, %eax */
    0xfa,       /*  2: cli */
    0x8e, 0xd0, /*  3: mov %eax, %ss */
    0xfb,       /*  5: sti, behind it */
    0xf1,       /*  6: int1, behind that */
    0x8e, 0xd0, /*  7: mov %eax, %ss */
    0x90,       /*  9: nop */
    0xf1,       /* 10: int1 */
    0xfa,       /* 11: cli */
    0xc3,       /* 12: ret */
};
static const uint8_t blocks_traps[] = {7, 11};

/* The flags that an instruction stores: TF must never be in them. */
static const uint8_t tells_flags[] = {
    0x9c, 0x58,                   /*  0: pushf; pop %rax */
    0x25, 0x00, 0x01, 0x00, 0x00, /*  2: and $0x100, %eax */
    0xc3,                         /*  7: ret */
};

static const uint8_t tells_r11[] = {
    0xb9, 0x80, 0x00, 0x00, 0xc0,             /*  0: mov $IA32_EFER, %ecx */
    0x0f, 0x32, 0x83, 0xc8, 0x01, 0x0f, 0x30, /*  5: rdmsr; or $SCE, %eax; wrmsr */
    0xff, 0xc1,                               /* 12: inc %ecx: IA32_STAR */
    0x31, 0xc0, 0xba, 0x18, 0x00, 0x00, 0x00, /* 14: xor %eax, %eax; mov $CODE64, %edx */
    0x0f, 0x30, 0xff, 0xc1,                   /* 21: wrmsr; inc %ecx: IA32_LSTAR */
    0x48, 0x8d, 0x05, 0x0c, 0x00, 0x00, 0x00, /* 25: lea 12(%rip), %rax: 44 */
    0x31, 0xd2, 0x0f, 0x30,                   /* 32: xor %edx, %edx; wrmsr */
    0x8c, 0xd7,                               /* 36: mov %ss, %edi */
    0x0f, 0x05,                               /* 38: syscall */
    0x0f, 0x0b, 0x0f, 0x0b,                   /* 40: ud2; ud2 */
    0x8e, 0xd7,                               /* 44: mov %edi, %ss */
    0x44, 0x89, 0xd8,                         /* 46: mov %r11d, %eax */
    0x25, 0x00, 0x01, 0x00, 0x00,             /* 49: and $0x100, %eax */
    0xc3,                                     /* 54: ret */
};

/* Sleeps until the timer ticks. */
static const uint8_t sleeps[] = {
    0xfb, /* 0: sti */
    0xf4, /* 1: hlt */
    0xfa, /* 2: cli */
    0xc3, /* 3: ret */
};

/* Exceptions; their frames must not show TF. */
static const uint8_t faults[] = {
    0x0f, 0x0b,           /* 0: ud2 */
    0xcc,                 /* 2: int3 */
    0xcd, MAILBOX_VECTOR, /* 3: int */
    0xc3,                 /* 5: ret */
};
static const uint8_t faults_traps[] = {0, 3, 5};

static uint64_t traps_at(const uint8_t *offsets, size_t count)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < count; i++) {
        bits |= UINT64_C(1) << offsets[i];
    }
    return (uint64_t)count << 32 | bits;
}

#define FLAGS_IF 0x200
#define ROW(name, code, command, result)                                                           \
    {                                                                                              \
        name, code, sizeof(code), command, NULL, result                                            \
    }
#define ROW_TRAPS(name, code)                                                                      \
    {                                                                                              \
        name, code, sizeof(code), MAILBOX_TRAPS, code##_traps, sizeof(code##_traps)                \
    }

static const struct row {
    const char *name;
    const uint8_t *code;
    size_t size;
    enum mailbox_command command;
    const uint8_t *traps;
    size_t result; /* or the number of traps */
} rows[] = {
    ROW_TRAPS("TF is set", sets_tf),
    ROW_TRAPS("INT1, INT", interrupts),
    ROW_TRAPS("MOV SS, STI", blocks),
    ROW_TRAPS("UD2, INT3, INT", faults),
    ROW("PUSHF", tells_flags, MAILBOX_CALL, 0),
    ROW("SYSCALL", tells_r11, MAILBOX_CALL, 0),
    ROW("HLT", sleeps, MAILBOX_NAP, 1),
};

/* In an NMI's handler, or not. */
static void carry_out(struct world *w, bool in_nmi, enum mailbox_command command, uint64_t flags)
{
    uint64_t code = guest_address(w->g, CODE);

    if (in_nmi) {
        guest_do(w->g, MAILBOX_IN_NMI, command, code, flags);
    } else {
        guest_do(w->g, command, code, flags, 0);
    }
}

static void check_row(struct world *w, const char *how, const struct row *row, bool in_nmi, bool on)
{
    char what[96];

    put_code(w, row->code, row->size);
    snprintf(what, sizeof(what), "%s%s, IF %d: %s", how, in_nmi ? ", in an NMI" : "", on,
             row->name);
    carry_out(w, in_nmi, row->command, on ? FLAGS_IF : 0);
    guest_check_result(w->g, what,
                       row->traps ? traps_at(row->traps, row->result) : (uint64_t)row->result);
}

static void check_rows(struct world *w, const char *how)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned int j = 0; j < 4 && check_is_made(rows[i].name); j++) {
            check_row(w, how, &rows[i], j / 2, j % 2);
        }
    }
}

/* The same code without steps, stepped by each policy, and with an event for each instruction. */
static void check_traps(struct world *w)
{
    guest_restrict(w->g, w->view, CODE, ACCESS_RWX);
    check_rows(w, "unwatched");
    guest_restrict(w->g, w->view, CODE, ACCESS_RW);
    set_policy(w, ALTVIEW_POLICY_REPORT, 0);
    check_rows(w, "report");
    set_policy(w, ALTVIEW_POLICY_STEP, w->open);
    check_rows(w, "step-in");
    guest_restrict(w->g, w->view, CODE, ACCESS_RWX);
    event_listen(w->g, 0, EVENT(SINGLE_STEP));
    need("single steps are turned on", altview_single_step(w->g->handle, 0, true));
    check_rows(w, "single steps");
    need("single steps are turned off", altview_single_step(w->g->handle, 0, false));
    event_end(w->g);
}

/* Each function has its own stack. */
static const uint8_t on_stack[] = {
    0x48, 0x89, 0xe2,                      /*  0: mov %rsp, %rdx */
    0x48, 0xbc, 0,    0, 0, 0, 0, 0, 0, 0, /*  3: mov $STACK, %rsp */
    0x90, 0x90,                            /* place for the instruction */
    0x48, 0x89, 0xd4,                      /* 15: mov %rdx, %rsp */
    0xc3,                                  /* 18: ret */
};
#define STACK_AT  5
#define RAISES_AT 13

static uint64_t count_violations(struct world *w, bool in_nmi)
{
    uint64_t before = guest_statistics(w->g).exits[REASON_EPT_VIOLATION];

    carry_out(w, in_nmi, MAILBOX_TRAPS, 0);
    return guest_statistics(w->g).exits[REASON_EPT_VIOLATION] - before;
}

/* Without a watcher, in a view that restricts nothing. */
static uint64_t traps_of_open(struct world *w)
{
    uint64_t traps;

    need("all are in an open view", altview_switch_to_view(w->g->handle, w->open));
    carry_out(w, false, MAILBOX_TRAPS, 0);
    traps = w->g->box.result;
    need("all are in the view again", altview_switch_to_view(w->g->handle, w->view));
    return traps;
}

/* The handler of an exception does not have the loans of the instruction, or of the delivery, any
 * more: in an NMI's handler it meets as many refusals as elsewhere. */
static void check_loans(struct world *w)
{
    static const uint8_t zeros[PAGE_SIZE];
    static const struct {
        const char *name;
        uint8_t code[2];
    } raise[] = {{"UD2", {0x0f, 0x0b}},
                 {"INT3", {0x90, 0xcc}},
                 {"INT", {0xcd, MAILBOX_VECTOR}},
                 {"INT1", {0x90, 0xf1}}};
    uint64_t stack = guest_address(w->g, STACK + 1), code = put_code(w, on_stack, sizeof(on_stack));
    uint64_t traps;
    uint64_t others; /* by what sends the NMI, where the APIC is watched */
    char what[96];

    guest_put_bytes(w->g, code + STACK_AT, &stack, sizeof(stack));
    set_policy(w, ALTVIEW_POLICY_REPORT, 0);
    guest_restrict(w->g, w->view, CODE, ACCESS_RWX);
    others = count_violations(w, true);
    for (unsigned int page = CODE; page <= STACK; page += STACK - CODE) {
        guest_restrict(w->g, w->view, CODE, page == CODE ? ACCESS_N : ACCESS_RWX);
        guest_restrict(w->g, w->view, STACK, page == STACK ? ACCESS_N : ACCESS_RWX);
        for (unsigned int i = 0; i < sizeof(raise) / sizeof(raise[0]); i++) {
            guest_put_bytes(w->g, code + RAISES_AT, raise[i].code, sizeof(raise[i].code));
            traps = traps_of_open(w);
            snprintf(what, sizeof(what), "%s, %s closed: refusals in an NMI", raise[i].name,
                     page == CODE ? "code" : "stack");
            check_equal(what, count_violations(w, false) + others, count_violations(w, true));
            snprintf(what, sizeof(what), "%s, %s closed: it traps as it does with both open",
                     raise[i].name, page == CODE ? "code" : "stack");
            carry_out(w, false, MAILBOX_TRAPS, 0);
            check_equal(what, traps, w->g->box.result);
        }
    }
    guest_restrict(w->g, w->view, STACK, ACCESS_RWX);
    guest_put_bytes(w->g, guest_address(w->g, STACK), zeros, sizeof(zeros));
}

void story_instructions(struct guest *g)
{
    struct world w = {.g = g, .view = guest_new_view(g)};

    need("a view is made", altview_create_view(g->handle, ACCESS_RWX, &w.open));
    guest_restrict(g, w.view, CODE, ACCESS_RW);
    check_vmfunc(&w);
    check_loans(&w);
    check_traps(&w);
}
