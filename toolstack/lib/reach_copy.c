/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory to and from this process through the machine's memory, without mapping it. */
#include "handle.h"
#include "reach.h"

#include <errno.h>
#include <unistd.h>

#define SHIFT 12
#define PAGE  (UINT64_C(1) << SHIFT)

#define AHEAD (UINT64_C(1) << 20) /* pages in one LOCATE: 4 GiB */
#define TRIES 3                   /* while pages move */
#define PIECE (UINT64_C(1) << 20) /* bytes to copy between two checks that no page has moved */

/* Is the gfn in the known part, and is that part still valid? */
static bool window_has(const struct reach *r, unsigned int view, uint64_t gfn)
{
    return r->window.known && r->window.view == view && gfn >= r->window.first &&
           gfn < r->window.end && r->window.found.head.generation == reach_generation(r);
}

/* Call with the lock. False: there is no answer. */
static bool look(altview *h, unsigned int view, uint64_t gfn)
{
    struct reach *r = &h->reach;
    uint64_t count = AHEAD < ALTVIEW_NO_GFN - gfn ? AHEAD : ALTVIEW_NO_GFN - gfn;
    struct located *found = &r->window.found;

    r->window.known = false;
    if (reach_open(h, false) || reach_locate(h, view, gfn, count, found) ||
        reach_counter(h, &found->head)) {
        return false;
    }
    r->window.known = true;
    r->window.view = view;
    r->window.first = gfn;
    r->window.end = found->head.next == ALTVIEW_NO_GFN ? gfn + count : found->head.next;
    return true;
}

/* The elements are in order: the last that begins at or below the gfn. */
static const struct altview_frames *frames_of(const struct located *l, uint64_t gfn)
{
    uint32_t low = 0, high = l->head.count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (l->frames[middle].gfn <= gfn) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return l->head.count && gfn >= l->frames[low].gfn &&
                   gfn - l->frames[low].gfn < l->frames[low].nr
               ? &l->frames[low]
               : NULL;
}

/* A range of the file with the guest's memory from an address on, valid while `generation`
 * holds. */
struct stretch {
    int fd;
    off_t offset;
    size_t size;
    uint64_t generation;
};

static bool find(altview *h, unsigned int view, uint64_t address, size_t size, struct stretch *s)
{
    struct reach *r = &h->reach;
    uint64_t gfn = address >> SHIFT, room;
    const struct altview_frames *f;

    if (!window_has(r, view, gfn) && !look(h, view, gfn)) {
        return false;
    }
    f = frames_of(&r->window.found, gfn);
    if (!f) {
        return false;
    }
    room = ((f->gfn + f->nr) << SHIFT) - address;
    room = room < PIECE ? room : PIECE;
    s->size = size < room ? size : (size_t)room;
    s->offset = reach_offset(r, ((f->mfn + (gfn - f->gfn)) << SHIFT) + address % PAGE, s->size);
    s->fd = r->reading.fd;
    s->generation = r->window.found.head.generation;
    /* The caller expects all or nothing, so do not split the copy. */
    return s->offset >= 0 && (s->size == size || size > ALTVIEW_MEMORY_MAX);
}

/* The memory outlives a run that is killed, and the counter then stands still. */
static bool is_there(const altview *h)
{
    struct transport *t = h->transport;

    return !t->ops->is_there || t->ops->is_there(t);
}

ssize_t reach_read(altview *h, unsigned int view, uint64_t address, void *to, size_t size,
                   bool much)
{
    struct reach *r = &h->reach;
    struct stretch s;

    for (unsigned int i = 0; i < TRIES; i++) {
        bool found;
        ssize_t got;

        pthread_mutex_lock(&r->lock);
        found = (much || r->reads++) && find(h, view, address, size, &s);
        pthread_mutex_unlock(&r->lock);
        got = found ? pread(s.fd, to, s.size, s.offset) : 0;
        if (got <= 0 || !is_there(h)) {
            return 0;
        }
        if (reach_generation(r) == s.generation) {
            return got;
        }
    }
    return -EAGAIN;
}

/*
 * Translated CPUs would go on to execute the old code, so only a request works as a store of
 * theirs.
 */
static bool can_write(altview *h)
{
    return !reach_open(h, false) && h->reach.layout.flags & ALTVIEW_LAYOUT_EXECUTES &&
           !reach_open(h, true);
}

ssize_t reach_write(altview *h, unsigned int view, uint64_t address, const void *from, size_t size)
{
    struct reach *r = &h->reach;
    struct stretch s;
    bool found;
    ssize_t done;

    pthread_mutex_lock(&r->lock);
    found = can_write(h) && find(h, view, address, size, &s);
    s.fd = r->writing.fd;
    pthread_mutex_unlock(&r->lock);
    done = found ? pwrite(s.fd, from, s.size, s.offset) : 0;
    if (done <= 0 || !is_there(h)) {
        return 0;
    }
    return reach_generation(r) == s.generation ? done : -EAGAIN;
}
