/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping the guest's own pages into this process. */
#include "../handle.h"
#include "../reach.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define SHIFT 12
#define PAGE  (UINT64_C(1) << SHIFT)

/* The pages to map, and the place for them. */
struct mapping {
    unsigned int view;
    uint64_t gfn, count;
    int prot;
    uint8_t *address;
};

static int out_of_reach(void)
{
    return altview_fail(-EOPNOTSUPP, "this connection does not reach the machine's memory; start "
                                     "the run with --machine qemu, or use altview_read and "
                                     "altview_write");
}

static int explain_map(altview *h, int rc, unsigned int view)
{
    if (rc == -EOPNOTSUPP) {
        return out_of_reach();
    }
    if (rc == -EMFILE) {
        return altview_fail(rc, "this process has no descriptor left for the machine's memory: "
                                "close some, or allow more (ulimit -n)");
    }
    if (rc == -EPERM) {
        return altview_fail(rc, "the machine's memory is for the run's own user, and root: use "
                                "altview_read and altview_write, or be that user");
    }
    return explain(h, rc,
                   &(struct about){.has = view == ALTVIEW_NO_VIEW ? 0 : ABOUT_VIEW, .view = view});
}

static int hole(uint64_t gfn)
{
    return altview_fail(-EFAULT, "gfn 0x%llx is not RAM of the guest's own",
                        (unsigned long long)gfn);
}

static int map_frames(const altview *h, const struct mapping *m, const struct altview_frames *f)
{
    const struct reach *r = &h->reach;
    off_t offset = reach_offset(r, f->mfn << SHIFT, f->nr << SHIFT);
    int fd = m->prot & PROT_WRITE ? r->writing.fd : r->reading.fd;

    if (offset < 0) {
        return altview_fail(-EPROTO, "gfn 0x%llx lies in no memory of the machine's",
                            (unsigned long long)f->gfn);
    }
    if (mmap(m->address + ((f->gfn - m->gfn) << SHIFT), f->nr << SHIFT, m->prot,
             MAP_SHARED | MAP_FIXED, fd, offset) == MAP_FAILED) {
        return altview_fail(-errno, "mmap: %s; map fewer pieces at a time", strerrordesc_np(errno));
    }
    return 0;
}

/* Map the pages of one LOCATE, and advance *from. */
static int map_some(altview *h, const struct mapping *m, uint64_t *from)
{
    uint64_t end = m->gfn + m->count;
    struct located found;
    int rc = reach_locate(h, m->view, *from, end - *from, &found);

    if (!rc) {
        rc = reach_counter(h, &found.head);
    }
    if (rc) {
        return explain_map(h, rc, m->view);
    }
    for (uint32_t i = 0; !rc && i < found.head.count; i++) {
        const struct altview_frames *f = &found.frames[i];

        rc = f->gfn == *from ? map_frames(h, m, f) : hole(*from);
        *from = f->gfn + f->nr;
    }
    if (rc) {
        return rc;
    }
    deadline_renew();
    return *from == (found.head.next < end ? found.head.next : end) ? 0 : hole(*from);
}

/* Call with the lock. */
static int map_all(altview *h, struct mapping *m)
{
    uint64_t from = m->gfn;
    int rc = reach_open(h, false);
    void *address;

    if (!rc && m->prot & PROT_WRITE) {
        rc = reach_open(h, true);
    }
    if (rc) {
        return explain_map(h, rc, ALTVIEW_NO_VIEW);
    }
    address = mmap(NULL, m->count << SHIFT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (address == MAP_FAILED) {
        return altview_fail(-errno, "mmap: %s", strerrordesc_np(errno));
    }
    m->address = address;
    while (!rc && from < m->gfn + m->count) {
        rc = map_some(h, m, &from);
    }
    if (rc) {
        munmap(address, m->count << SHIFT);
    }
    return rc;
}

static int check(uint64_t gfn, size_t count, int prot)
{
    if (!count || count > SIZE_MAX >> SHIFT || gfn >> (64 - SHIFT) ||
        count > (UINT64_C(1) << (64 - SHIFT)) - gfn) {
        return altview_fail(-EINVAL, "%zu pages from gfn 0x%llx on can't be mapped", count,
                            (unsigned long long)gfn);
    }
    if (prot != PROT_READ && prot != (PROT_READ | PROT_WRITE)) {
        return altview_fail(-EINVAL, "a mapping is PROT_READ or PROT_READ | PROT_WRITE");
    }
    return 0;
}

int altview_map(altview *h, unsigned int view, uint64_t gfn, size_t count, int prot, void **address)
{
    struct mapping m = {.view = view, .gfn = gfn, .count = count, .prot = prot};
    int rc = check(gfn, count, prot);
    bool outermost;

    if (rc) {
        return rc;
    }
    outermost = call_begin(h);
    pthread_mutex_lock(&h->reach.lock);
    rc = map_all(h, &m);
    pthread_mutex_unlock(&h->reach.lock);
    deadline_end(outermost);
    if (!rc) {
        *address = m.address;
    }
    return rc;
}

int altview_unmap(altview *h, void *address, size_t count)
{
    (void)h;
    if (!count || count > SIZE_MAX >> SHIFT || munmap(address, count << SHIFT)) {
        return altview_fail(-EINVAL, "%p is no mapping of %zu pages", address, count);
    }
    return 0;
}

/* The page at gfn 0 does not matter: the reply gives the counter's place. */
static int find_counter(altview *h, const uint64_t **counter)
{
    struct located found;
    int rc = reach_open(h, false);

    if (!rc) {
        rc = reach_locate(h, ALTVIEW_NO_VIEW, 0, 1, &found);
    }
    if (!rc) {
        rc = reach_counter(h, &found.head);
    }
    if (rc) {
        return explain_map(h, rc, ALTVIEW_NO_VIEW);
    }
    *counter = h->reach.counter;
    return 0;
}

int altview_generation(altview *h, const uint64_t **counter)
{
    bool outermost = call_begin(h);
    int rc;

    pthread_mutex_lock(&h->reach.lock);
    rc = find_counter(h, counter);
    pthread_mutex_unlock(&h->reach.lock);
    deadline_end(outermost);
    return rc;
}
