/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory, in pieces that fit a frame. */
#include "../handle.h"
#include "../reach.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

/* While pages move all the time, the library makes this many requests before it tries the mapping
 * again. So it copies in vain at most a few times as much as the caller asks for. */
#define REQUESTS 256

static struct altview_memory piece(unsigned int view, uint64_t address, size_t size)
{
    return (struct altview_memory){
        .address = address,
        .length = size < ALTVIEW_MEMORY_MAX ? (uint32_t)size : ALTVIEW_MEMORY_MAX,
        .view = view == ALTVIEW_NO_VIEW ? ALTVIEW_NO_VIEW : narrow(view),
    };
}

static int explain_memory(altview *h, int rc, const struct altview_memory *m, unsigned int view)
{
    unsigned long long from = m->address, to = m->address + m->length - 1;

    if (rc == -EFAULT) {
        return altview_fail(rc, "0x%llx to 0x%llx is not RAM throughout", from, to);
    }
    return explain(h, rc,
                   &(struct about){.has = view == ALTVIEW_NO_VIEW ? 0 : ABOUT_VIEW, .view = view});
}

static int read_piece(altview *h, const struct altview_memory *m, void *to)
{
    uint8_t bytes[ALTVIEW_MEMORY_MAX];
    size_t got = sizeof(bytes);
    int rc = ask_quietly(h, ALTVIEW_READ, m, sizeof(*m), bytes, &got);

    if (!rc && got != m->length) {
        rc = -EPROTO;
    }
    if (!rc) {
        memcpy(to, bytes, got);
    }
    return rc;
}

static int write_piece(altview *h, const struct altview_memory *m, const void *from)
{
    uint8_t bytes[sizeof(*m) + ALTVIEW_MEMORY_MAX];
    size_t got = 0;

    memcpy(bytes, m, sizeof(*m));
    memcpy(bytes + sizeof(*m), from, m->length);
    return ask_quietly(h, ALTVIEW_WRITE, bytes, sizeof(*m) + m->length, NULL, &got);
}

static int check_range(uint64_t address, size_t size)
{
    return size && address + (size - 1) < address
               ? altview_fail(-EINVAL, "0x%zx bytes from 0x%llx on are beyond any address", size,
                              (unsigned long long)address)
               : 0;
}

/* By request. Advances *done. */
static int read_some(altview *h, unsigned int view, uint64_t address, void *to, size_t size,
                     size_t *done)
{
    const struct altview_memory m = piece(view, address, size);
    int rc = read_piece(h, &m, to);

    *done += m.length;
    return rc ? explain_memory(h, rc, &m, view) : 0;
}

/* The number of requests after this one, by the mapping's answer. */
static size_t requests_left(size_t requests, ssize_t said)
{
    if (said == -EAGAIN) {
        requests = REQUESTS;
    }
    return requests ? requests - 1 : 0;
}

static int read_all(altview *h, unsigned int view, uint64_t address, void *to, size_t size)
{
    int rc = check_range(address, size);

    for (size_t done = 0, requests = 0; !rc && done < size; deadline_renew()) {
        uint8_t *at = (uint8_t *)to + done;
        ssize_t got = requests ? 0
                               : reach_read(h, view, address + done, at, size - done,
                                            size > ALTVIEW_MEMORY_MAX);

        if (got > 0) {
            done += (size_t)got;
        } else {
            requests = requests_left(requests, got);
            rc = read_some(h, view, address + done, at, size - done, &done);
        }
    }
    return rc;
}

static int write_some(altview *h, unsigned int view, uint64_t address, const void *from,
                      size_t size, size_t *done)
{
    const struct altview_memory m = piece(view, address, size);
    int rc = write_piece(h, &m, from);

    *done += m.length;
    return rc ? explain_memory(h, rc, &m, view) : 0;
}

/* The domain must note what it can take back: so no store through a mapping. */
static bool is_tied(const altview *h, size_t size)
{
    return h->transport->owner && size <= ALTVIEW_TIED_WRITE;
}

static int write_all(altview *h, unsigned int view, uint64_t address, const void *from, size_t size)
{
    int rc = check_range(address, size);

    for (size_t done = 0, requests = 0; !rc && done < size; deadline_renew()) {
        const uint8_t *at = (const uint8_t *)from + done;
        bool asks = requests || is_tied(h, size);
        ssize_t put = asks ? 0 : reach_write(h, view, address + done, at, size - done);

        if (put > 0) {
            done += (size_t)put;
        } else {
            requests = requests_left(requests, put);
            rc = write_some(h, view, address + done, at, size - done, &done);
        }
    }
    return rc;
}

int altview_read(altview *h, unsigned int view, uint64_t address, void *to, size_t size)
{
    bool outermost = call_begin(h);
    int rc = read_all(h, view, address, to, size);

    deadline_end(outermost);
    return rc;
}

int altview_write(altview *h, unsigned int view, uint64_t address, const void *from, size_t size)
{
    bool outermost = call_begin(h);
    int rc = write_all(h, view, address, from, size);

    deadline_end(outermost);
    return rc;
}
