/* SPDX-License-Identifier: BSD-2-Clause */
/* HVMOP_altp2m: fill in the envelope, and send it again until the operation is done. */
#include "../handle.h"

#include <errno.h>
#include <string.h>

/* Progress of the one operation with a range of any length. The others take a few steps. */
static bool is_honest_step(const struct xen_hvm_altp2m_op *was, const struct xen_hvm_altp2m_op *is)
{
    const struct xen_hvm_altp2m_suppress_ve_multi *from = &was->u.suppress_ve_multi;
    const struct xen_hvm_altp2m_suppress_ve_multi *to = &is->u.suppress_ve_multi;

    return was->cmd == HVMOP_altp2m_set_suppress_ve_multi && to->first_gfn > from->first_gfn &&
           to->first_gfn <= from->last_gfn && to->last_gfn <= from->last_gfn &&
           to->first_gfn - from->first_gfn >= HONEST_STEP;
}

/* One request. The call replaces the structure at the start of `memory` by the reply's. */
static int ask_once(altview *h, void *memory, size_t size)
{
    struct xen_hvm_altp2m_op left;
    size_t got = sizeof(left);
    int rc = ask_quietly(h, ALTVIEW_HVMOP, memory, size, &left, &got);

    if (got != sizeof(left)) {
        return rc && rc != -ERESTART ? rc : -EPROTO;
    }
    if (rc == -ERESTART && !memcmp(memory, (const char *)&left, sizeof(left))) {
        return -EPROTO; /* no progress: it would never end */
    }
    if (is_honest_step(memory, &left)) {
        deadline_renew();
    }
    memcpy(memory, &left, sizeof(left));
    return rc;
}

static int ask_to_the_end(altview *h, void *memory, size_t size, const struct about *about)
{
    bool outermost = call_begin(h);
    int rc;

    do {
        rc = ask_once(h, memory, size);
    } while (rc == -ERESTART);
    return call_end(h, outermost, rc, about);
}

int altview_hvmop(altview *h, void *memory, size_t size)
{
    if (size < sizeof(struct xen_hvm_altp2m_op) || size > ALTVIEW_CONTROL_MAX_PAYLOAD) {
        return altview_fail(-EINVAL, "a HVMOP takes %zu to %d bytes of memory, not %zu",
                            sizeof(struct xen_hvm_altp2m_op), ALTVIEW_CONTROL_MAX_PAYLOAD, size);
    }
    return ask_to_the_end(h, memory, size, &(struct about){.has = ABOUT_ALTP2M});
}

int ask_altp2m_list(altview *h, uint32_t command, union altp2m_arguments *a, size_t size,
                    const struct about *about)
{
    struct about more = *about;

    more.has |= ABOUT_ALTP2M;
    a->op.version = HVMOP_ALTP2M_INTERFACE_VERSION;
    a->op.cmd = command;
    a->op.domain = h->domid;
    return ask_to_the_end(h, a, size, &more);
}

int ask_altp2m(altview *h, uint32_t command, union altp2m_arguments *a, const struct about *about)
{
    return ask_altp2m_list(h, command, a, sizeof(a->op), about);
}
