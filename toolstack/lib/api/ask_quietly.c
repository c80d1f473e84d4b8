/* SPDX-License-Identifier: BSD-2-Clause */
/* A request without an explanation of its failure: the code that explains a failure makes requests
 * too. */
#include "../clock.h"
#include "../handle.h"

#include <errno.h>

/* The time that the call has left. Outside of a call there is no deadline, and the handle's timeout
 * holds. */
static unsigned int time_to_ask(altview *h)
{
    int left = time_left(deadline_of_call());

    return left < 0 ? h->timeout_ms : (unsigned int)left;
}

int ask_quietly(altview *h, enum altview_request type, const void *payload, size_t size,
                void *reply, size_t *reply_size)
{
    unsigned int time = time_to_ask(h);
    size_t room = *reply_size;

    *reply_size = 0;
    if (!time) {
        return -ETIMEDOUT;
    }
    int rc = h->transport->ops->request(h->transport, type, payload, size, reply, room, reply_size,
                                        time);
    /* There is room for any reply of the protocol. */
    return rc == -EMSGSIZE ? -EPROTO : rc ? rc : decode_reply(type, reply, *reply_size);
}
