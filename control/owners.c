/* SPDX-License-Identifier: BSD-2-Clause */
/* Binding and unbinding owners. */
#include "control/server.h"

#define MAX_TIMEOUT_MS 3600000

_Static_assert(ALTVIEW_OWNERS < 32, "each has a bit");

static bool owner_named(uint32_t number, unsigned int *owner)
{
    *owner = (unsigned int)altp2m_clamp(number, ALTVIEW_OWNERS + 1);
    return *owner;
}

int request_bind(struct control *c, struct exchange *x)
{
    const struct altview_bind *b = x->payload;
    unsigned int owner;

    if (!owner_named(b->owner, &owner) || b->timeout_ms > MAX_TIMEOUT_MS) {
        return -XEN_EINVAL;
    }
    if (c->undo.owners[owner].ending) {
        return -XEN_EBUSY;
    }
    c->undo.owners[owner] = (struct control_owner){.bound = true, .timeout_ms = b->timeout_ms};
    c->undo.present |= 1U << owner;
    return 0;
}

int request_unbind(struct control *c, struct exchange *x)
{
    const struct altview_unbind *u = x->payload;
    bool keeps = u->flags & ALTVIEW_UNBIND_KEEP;
    unsigned int owner;
    bool named = owner_named(u->owner, &owner);
    struct control_owner *o = &c->undo.owners[owner];

    if (!named || !(o->bound || o->ending) || u->flags & ~ALTVIEW_UNBIND_KEEP ||
        listen_check(&u->listen)) {
        return -XEN_EINVAL;
    }
    if (keeps) {
        undo_forget(c, owner);
    } else if (undo_some(c, owner)) {
        return -ALTP2M_ERESTART;
    }
    *o = (struct control_owner){0};
    c->undo.present &= ~(1U << owner);
    listen_after_unbind(c, &u->listen, c->listener == owner);
    return 0;
}
