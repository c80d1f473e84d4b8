/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction at a time, by a policy: what it does to the guest is what it does unwatched.
 */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <stdio.h>
#include <string.h>

enum page { CODE };

struct world {
    struct guest *g;
    unsigned int view, open; /* in which CODE may not be executed; in which all is allowed */
};

static void set_policy(struct world *w, enum altview_policy policy, unsigned int in)
{
    need("a policy is set", altview_set_policy(w->g->handle, w->view, policy, in));
}

/* Onto the page CODE; its address. */
static uint64_t put_code(struct world *w, const uint8_t *code, size_t size)
{
    guest_put_bytes(w->g, guest_address(w->g, CODE), code, size);
    return guest_address(w->g, CODE);
}

/* VMFUNC, stepped in one view, goes to another, which may be where it is stepped, or came from. */
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

void story_instructions(struct guest *g)
{
    struct world w = {.g = g, .view = guest_new_view(g)};

    need("a view is made", altview_create_view(g->handle, ACCESS_RWX, &w.open));
    guest_restrict(g, w.view, CODE, ACCESS_RW);
    check_vmfunc(&w);
}
