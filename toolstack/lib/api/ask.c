/* SPDX-License-Identifier: BSD-2-Clause */
#include "../handle.h"

#include <errno.h>
#include <string.h>

int ask_quietly(altview *h, enum altview_request type, const void *payload, size_t size,
                void *reply, size_t *reply_size)
{
    size_t room = *reply_size;

    *reply_size = 0;
    int rc = h->transport->ops->request(h->transport, type, payload, size, reply, room, reply_size,
                                        h->timeout_ms);
    /* There is room for all that the protocol has as a reply. */
    return rc == -EMSGSIZE ? -EPROTO : rc;
}

int ask(altview *h, enum altview_request type, const void *payload, size_t size, void *reply,
        size_t reply_size, const struct about *about)
{
    uint8_t bytes[ALTVIEW_CONTROL_MAX_PAYLOAD];
    size_t got = sizeof(bytes);
    int rc = ask_quietly(h, type, payload, size, bytes, &got);

    if (!rc && got != reply_size) {
        rc = -EPROTO;
    }
    if (rc) {
        return explain(h, rc, about);
    }
    if (got) {
        memcpy(reply, bytes, got);
    }
    return 0;
}

int ask_in_steps(altview *h, enum altview_request type, void *payload, size_t size, uint64_t *done,
                 const struct about *about)
{
    struct altview_progress progress;
    size_t got;
    int rc;

    do {
        got = sizeof(progress);
        rc = ask_quietly(h, type, payload, size, &progress, &got);
        /* Without progress it would never end. */
        if (rc == -ERESTART && (got != sizeof(progress) || progress.done <= *done)) {
            rc = -EPROTO;
        }
        *done = got == sizeof(progress) ? progress.done : *done;
    } while (rc == -ERESTART);
    return rc ? explain(h, rc, about) : 0;
}
