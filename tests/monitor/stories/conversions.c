/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * n2rwx reports the first touch. Reads of the hypervisor itself are not the guest's: while a
 * listener would get an event, the hypervisor refuses a hypercall's buffer. It reads the code for
 * an event without a conversion.
 */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <string.h>

enum page { CLOSED, BUFFER, ANOTHER, CALLER = 7, CODE, BEHIND };

#define XEN_EINVAL UINT64_C(22)
#define XEN_EFAULT UINT64_C(14)

/* EVTCHNOP_send to port 0, which does not exist: -EINVAL after the read of the port. */
static const uint8_t caller[] = {
    0xb8, 32,   0,    0, 0,                /* mov $__HYPERVISOR_event_channel_op, %eax */
    0xbf, 4,    0,    0, 0,                /* mov $EVTCHNOP_send, %edi */
    0x48, 0xbe, 0,    0, 0, 0, 0, 0, 0, 0, /* mov $address, %rsi */
    0x0f, 0x01, 0xc1,                      /* vmcall */
    0xc3,                                  /* ret */
};
#define BUFFER_AT 12

static const uint8_t code[] = {
    0x48, 0xa1, 0, 0, 0, 0, 0, 0, 0, 0, /* mov (address), %rax */
    0xc3,                               /* ret, the page's last byte */
};
#define CLOSED_AT 2

static void call_with(struct guest *g, enum page buffer)
{
    uint64_t address = guest_address(g, buffer);

    guest_put_bytes(g, guest_address(g, CALLER), caller, sizeof(caller));
    guest_put_bytes(g, guest_address(g, CALLER) + BUFFER_AT, &address, sizeof(address));
    guest_do(g, MAILBOX_CALL, guest_address(g, CALLER), 0, 0);
}

static void check_policy(struct guest *g, unsigned int view)
{
    need("a policy is set", altview_set_policy(g->handle, view, ALTVIEW_POLICY_REPORT, 0));
    call_with(g, BUFFER);
    guest_check_result(g, "a policy decides: the hypercall", -XEN_EFAULT);
    check_equal("a policy decides: access", ACCESS_N2RWX, guest_access(g, view, BUFFER));
    need("the policy is taken back", altview_set_policy(g->handle, view, ALTVIEW_POLICY_NONE, 0));
}

static void check_listener(struct guest *g, unsigned int view)
{
    struct altview_event event;

    event_listen(g, 0, EVENT(MEM_ACCESS));
    call_with(g, BUFFER);
    guest_check_result(g, "the monitor listens: the hypercall", -XEN_EFAULT);
    check_equal("the monitor listens: access", ACCESS_N2RWX, guest_access(g, view, BUFFER));
    event_check_none(g, "the monitor listens: nothing was touched");
    guest_do(g, MAILBOX_READ, guest_address(g, BUFFER), 0, 0);
    guest_check_result(g, "the first touch: value", 0);
    event = event_next(g);
    check_equal("the first touch: outcome", ALTVIEW_OUTCOME_CONVERTED, event.outcome);
    check_equal("the first touch: access", ACCESS_RWX, guest_access(g, view, BUFFER));
}

static void check_nobody(struct guest *g, unsigned int view)
{
    event_listen(g, 0, 0);
    guest_restrict(g, view, ANOTHER, ACCESS_N2RWX);
    call_with(g, ANOTHER);
    guest_check_result(g, "nobody listens: the hypercall", -XEN_EINVAL);
    check_equal("nobody listens: access", ACCESS_RWX, guest_access(g, view, ANOTHER));
}

/* An event has 15 bytes of code, or as many as are readable: here, up to the page's end. */
static void check_code(struct guest *g, unsigned int view)
{
    uint64_t function = guest_address(g, BEHIND) - sizeof(code), closed = guest_address(g, CLOSED);
    struct altview_event event;

    guest_put_bytes(g, function, code, sizeof(code));
    guest_put_bytes(g, function + CLOSED_AT, &closed, sizeof(closed));
    guest_restrict(g, view, CLOSED, ACCESS_N);
    guest_restrict(g, view, BEHIND, ACCESS_N2RWX);
    event_listen(g, EVENT(MEM_ACCESS), 0);
    guest_order(g, MAILBOX_CALL, function, 0, 0);
    event = event_refused(g);
    check_equal("the event's code: size", sizeof(code), event.instruction_size);
    check_equal("the event's code: its bytes", 0,
                (uint64_t)(memcmp(event.instruction, code, CLOSED_AT) != 0));
    check_equal("the page behind it: access", ACCESS_N2RWX, guest_access(g, view, BEHIND));
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    guest_check_result(g, "the event's code has run", 0);
    event_listen(g, 0, 0);
}

void story_conversions(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    guest_restrict(g, view, BUFFER, ACCESS_N2RWX);
    check_policy(g, view);
    check_listener(g, view);
    check_nobody(g, view);
    check_code(g, view);
}
