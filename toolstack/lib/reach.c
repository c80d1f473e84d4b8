/* SPDX-License-Identifier: BSD-2-Clause */
#include "reach.h"

#include "handle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIFT 12
#define PAGE  (UINT64_C(1) << SHIFT)

void reach_init(struct reach *r)
{
    *r = (struct reach){.reading.fd = -1, .writing.fd = -1};
    pthread_mutex_init(&r->lock, NULL);
}

static void forget_file(struct reach_file *f)
{
    if (f->fd >= 0) {
        close(f->fd);
    }
    f->fd = -1;
}

void reach_abandon(struct reach *r)
{
    forget_file(&r->reading);
    forget_file(&r->writing);
}

void reach_free(struct reach *r)
{
    if (r->counter_page) {
        munmap(r->counter_page, PAGE);
    }
    forget_file(&r->reading);
    forget_file(&r->writing);
    pthread_mutex_destroy(&r->lock);
}

static bool is_in(uint64_t at, uint64_t size, uint64_t whole)
{
    return at <= whole && size <= whole - at;
}

static bool piece_is_good(const struct altview_layout_piece *p, uint64_t from, uint64_t file_size)
{
    return !((p->address | p->size | p->offset) % PAGE) && p->size && p->address >= from &&
           is_in(p->address, p->size, UINT64_C(1) << 52) && is_in(p->offset, p->size, file_size);
}

/* The file must not become shorter: touching its former bytes would end this process (SIGBUS). */
static bool layout_is_good(const struct altview_layout *l, int fd)
{
    struct stat file;
    uint64_t from = 0;
    int seals = fcntl(fd, F_GET_SEALS);

    if (seals < 0 || !(seals & F_SEAL_SHRINK) || fstat(fd, &file) || !l->count ||
        l->count > ALTVIEW_LAYOUT_PIECES) {
        return false;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        if (!piece_is_good(&l->pieces[i], from, (uint64_t)file.st_size)) {
            return false;
        }
        from = l->pieces[i].address + l->pieces[i].size;
    }
    return true;
}

static int ask_for_file(altview *h, bool writes, struct altview_layout *layout, int *fd)
{
    struct transport *t = h->transport;
    int rc = t->ops->memory ? t->ops->memory(t, writes, layout, fd, h->timeout_ms) : -EOPNOTSUPP;

    if (!rc && !layout_is_good(layout, *fd)) {
        close(*fd);
        rc = -EPROTO;
    }
    return rc;
}

/* May a later request get another answer? */
static bool may_change(int rc)
{
    return rc == -ETIMEDOUT || rc == -ENOTCONN || rc == -EMFILE || rc == -ENFILE;
}

int reach_open(altview *h, bool writes)
{
    struct reach *r = &h->reach;
    struct reach_file *f = writes ? &r->writing : &r->reading;
    struct altview_layout layout;
    int rc;

    if (f->fd >= 0 || f->error) {
        return f->error;
    }
    rc = ask_for_file(h, writes, &layout, &f->fd);
    if (rc) {
        rc = rc == -ENOSYS ? -EOPNOTSUPP : rc;
        f->fd = -1;
        f->error = may_change(rc) ? 0 : rc;
        return rc;
    }
    r->layout = layout;
    return 0;
}

off_t reach_offset(const struct reach *r, uint64_t address, uint64_t size)
{
    for (uint32_t i = 0; i < r->layout.count; i++) {
        const struct altview_layout_piece *p = &r->layout.pieces[i];

        if (address >= p->address && is_in(address - p->address, size, p->size)) {
            return (off_t)(p->offset + (address - p->address));
        }
    }
    return -1;
}

int reach_counter(altview *h, const struct altview_located *located)
{
    struct reach *r = &h->reach;
    uint64_t at = located->counter;
    off_t offset = reach_offset(r, at & ~(PAGE - 1), PAGE);
    void *page;

    if (r->counter) {
        return at == r->counter_at ? 0 : -EPROTO;
    }
    if (!at) {
        return -EOPNOTSUPP;
    }
    if (at % sizeof(*r->counter) || offset < 0) {
        return -EPROTO;
    }
    page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, r->reading.fd, offset);
    if (page == MAP_FAILED) {
        return -errno;
    }
    r->counter_page = page;
    r->counter = (const uint64_t *)((const uint8_t *)page + at % PAGE);
    r->counter_at = at;
    return 0;
}

/* The elements are in order, within the requested range, and don't wrap. */
static bool located_is_good(const struct located *l, size_t size, uint64_t gfn, uint64_t count)
{
    uint64_t from = gfn, end = gfn + count;

    if (size < sizeof(l->head) || l->head.count > REACH_FRAMES ||
        size != sizeof(l->head) + l->head.count * sizeof(l->frames[0]) || l->head.next <= gfn) {
        return false;
    }
    for (uint32_t i = 0; i < l->head.count; i++) {
        const struct altview_frames *f = &l->frames[i];

        if (f->gfn < from || f->gfn >= end || !f->nr || f->nr > end - f->gfn ||
            f->mfn >> (52 - SHIFT) || f->nr >> (52 - SHIFT)) {
            return false;
        }
        from = f->gfn + f->nr;
    }
    return l->head.next >= from;
}

int reach_locate(altview *h, unsigned int view, uint64_t gfn, uint64_t count, struct located *found)
{
    const struct altview_locate l = {
        .gfn = gfn,
        .count = count,
        .view = view == ALTVIEW_NO_VIEW ? ALTVIEW_NO_VIEW : narrow(view),
    };
    size_t size = sizeof(*found);
    int rc = ask_quietly(h, ALTVIEW_LOCATE, &l, sizeof(l), found, &size);

    if (rc) {
        return rc == -ENOSYS ? -EOPNOTSUPP : rc;
    }
    return located_is_good(found, size, gfn, count) ? 0 : -EPROTO;
}
