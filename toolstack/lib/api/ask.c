/* SPDX-License-Identifier: BSD-2-Clause */
#include "../clock.h"
#include "../handle.h"

#include <errno.h>
#include <string.h>

int call_end(altview *h, bool outermost, int rc, const struct about *about)
{
    if (rc) {
        explain(h, rc, about);
    }
    deadline_end(outermost);
    return rc;
}

/* Its reply has exactly reply_size bytes. */
static int ask_exactly(altview *h, enum altview_request type, const void *payload, size_t size,
                       void *reply, size_t reply_size)
{
    uint8_t bytes[ALTVIEW_CONTROL_MAX_PAYLOAD];
    size_t got = sizeof(bytes);
    int rc = ask_quietly(h, type, payload, size, bytes, &got);

    if (!rc && got != reply_size) {
        rc = -EPROTO;
    }
    if (!rc && got) {
        memcpy(reply, bytes, got);
    }
    return rc;
}

int ask(altview *h, enum altview_request type, const void *payload, size_t size, void *reply,
        size_t reply_size, const struct about *about)
{
    bool outermost = call_begin(h);
    int rc = ask_exactly(h, type, payload, size, reply, reply_size);

    return call_end(h, outermost, rc, about);
}

/* -ERESTART: not done yet, but further than before. */
static int ask_for_a_step(altview *h, enum altview_request type, const void *payload, size_t size,
                          uint64_t *done, uint64_t nr)
{
    struct altview_progress progress;
    size_t got = sizeof(progress);
    int rc = ask_quietly(h, type, payload, size, &progress, &got);

    if (got != sizeof(progress) || progress.done < *done || progress.done > nr) {
        return rc && rc != -ERESTART ? rc : -EPROTO;
    }
    if (rc == -ERESTART && progress.done == *done) {
        return -EPROTO; /* it would never end */
    }
    if (progress.done - *done >= HONEST_STEP) {
        deadline_renew();
    }
    *done = progress.done;
    return rc;
}

int ask_in_steps(altview *h, enum altview_request type, void *payload, size_t size, uint64_t *done,
                 uint64_t nr, const struct about *about)
{
    bool outermost = call_begin(h);
    int rc;

    do {
        rc = ask_for_a_step(h, type, payload, size, done, nr);
    } while (rc == -ERESTART);
    return call_end(h, outermost, rc, about);
}
