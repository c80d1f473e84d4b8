/* SPDX-License-Identifier: BSD-2-Clause */
#include "foreign.h"

#include "domains.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHIFT 12
#define PAGE  ((size_t)1 << SHIFT)

/* A mapping that the program may write. Both mappings are of one memory. */
struct copy {
    struct copy *next;
    uint32_t domid;
    size_t count;
    uint8_t *theirs; /* the program's mapping, which it may have unmapped */
    uint8_t *ours;
    uint8_t *before; /* the guest's content, as last known here */
    uint64_t gfns[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the list */
static struct copy *copies;
static pid_t owner; /* a child after fork(2) has none: they are its parent's */
/* This thread runs this library: its unmaps are not the program's. */
static _Thread_local bool inside;

/* In the library that `altview xen-env` preloads (env.c): the function to call before munmap(2). */
extern void (*altview_xen_munmap_hook)(const void *address) __attribute__((weak));

__attribute__((constructor)) static void hear_of_munmap(void)
{
    if (&altview_xen_munmap_hook) {
        altview_xen_munmap_hook = altview_xen_before_munmap;
    }
}

static void enter(void)
{
    pthread_mutex_lock(&lock);
    inside = true;
    if (owner != getpid()) {
        owner = getpid();
        copies = NULL;
    }
}

static void leave(void)
{
    inside = false;
    pthread_mutex_unlock(&lock);
}

static void free_copy(struct copy *c)
{
    if (c->ours) {
        munmap(c->ours, c->count << SHIFT);
    }
    free(c->before);
    free(c);
}

/* Write each run of changed bytes separately: the guest may have changed the bytes between them. */
static void write_page(altview *h, struct copy *c, size_t page)
{
    uint8_t *now = c->ours + (page << SHIFT), *before = c->before + (page << SHIFT);
    size_t from = 0;

    while (from < PAGE) {
        size_t to = from;

        while (to < PAGE && now[to] != before[to]) {
            to++;
        }
        if (to > from && !altview_write(h, ALTVIEW_NO_VIEW, (c->gfns[page] << SHIFT) + from,
                                        now + from, to - from)) {
            memcpy(before + from, now + from, to - from);
        }
        from = to + 1;
    }
}

static void write_copy(struct copy *c)
{
    altview *h = altview_xen_domain(c->domid);

    for (size_t i = 0; h && i < c->count; i++) {
        if (memcmp(c->ours + (i << SHIFT), c->before + (i << SHIFT), PAGE) != 0) {
            write_page(h, c, i);
        }
    }
}

static bool is_unmapped(const struct copy *c)
{
    unsigned char *resident = malloc(c->count);
    bool gone = resident && mincore(c->theirs, c->count << SHIFT, resident) && errno == ENOMEM;

    free(resident);
    return gone;
}

void altview_xen_write_back(void)
{
    int error = errno;

    enter();
    for (struct copy **link = &copies; *link;) {
        struct copy *c = *link;

        write_copy(c);
        if (is_unmapped(c)) {
            *link = c->next;
            free_copy(c);
        } else {
            link = &c->next;
        }
    }
    leave();
    errno = error;
}

void altview_xen_before_munmap(const void *address)
{
    if (inside) {
        return;
    }
    enter();
    for (struct copy **link = &copies; *link; link = &(*link)->next) {
        struct copy *c = *link;

        if (c->theirs == address) {
            write_copy(c);
            *link = c->next;
            free_copy(c);
            break;
        }
    }
    leave();
}

/* How many gfns from the first on count up. */
static size_t run_of(const uint64_t *gfns, size_t count)
{
    size_t n = 1;

    while (n < count && gfns[n] == gfns[0] + n) {
        n++;
    }
    return n;
}

/* A way to have some neighbours at `to`: 0 or a negative errno value. */
typedef int fill_function(altview *h, uint64_t gfn, size_t count, uint8_t *to);

static int fill_live(altview *h, uint64_t gfn, size_t count, uint8_t *to)
{
    void *at;
    int rc = altview_map(h, ALTVIEW_NO_VIEW, gfn, count, PROT_READ, &at);

    if (!rc && mremap(at, count << SHIFT, count << SHIFT, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
                   MAP_FAILED) {
        rc = -errno;
        altview_unmap(h, at, count);
    }
    return rc;
}

static int fill_copy(altview *h, uint64_t gfn, size_t count, uint8_t *to)
{
    return altview_read(h, ALTVIEW_NO_VIEW, gfn << SHIFT, to, count << SHIFT);
}

/* All; with `errors` as many as can be, page by page where a run fails. */
static int fill(altview *h, fill_function *how, const uint64_t *gfns, int *errors, size_t count,
                uint8_t *to)
{
    size_t n;

    for (size_t i = 0; i < count; i += n) {
        n = run_of(gfns + i, count - i);
        int rc = how(h, gfns[i], n, to + (i << SHIFT));
        if (rc == -EOPNOTSUPP || (rc && !errors)) {
            return rc;
        }
        for (size_t k = 0; errors && k < n; k++) {
            errors[i + k] = rc ? how(h, gfns[i + k], 1, to + ((i + k) << SHIFT)) : 0;
        }
    }
    return 0;
}

static void *reserve(size_t count, int prot, int fd)
{
    int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
    void *at = mmap(NULL, count << SHIFT, prot, flags, fd, 0);

    return at == MAP_FAILED ? NULL : at;
}

static int map_live(altview *h, const uint64_t *gfns, int *errors, size_t count, void **address)
{
    void *at = reserve(count, PROT_NONE, -1);
    int rc = at ? fill(h, fill_live, gfns, errors, count, at) : -errno;

    if (rc && at) {
        munmap(at, count << SHIFT);
    }
    *address = at;
    return rc;
}

static struct copy *new_copy(uint32_t domid, const uint64_t *gfns, size_t count)
{
    struct copy *c = calloc(1, sizeof(*c) + count * sizeof(c->gfns[0]));
    int fd = memfd_create("altview-foreign", MFD_CLOEXEC);

    if (c && fd >= 0 && !ftruncate(fd, (off_t)(count << SHIFT))) {
        c->domid = domid;
        c->count = count;
        memcpy(c->gfns, gfns, count * sizeof(gfns[0]));
        c->ours = reserve(count, PROT_READ | PROT_WRITE, fd);
        c->theirs = c->ours ? reserve(count, PROT_READ | PROT_WRITE, fd) : NULL;
        c->before = c->theirs ? malloc(count << SHIFT) : NULL;
    }
    if (fd >= 0) {
        close(fd);
    }
    return c;
}

static void drop(struct copy *c)
{
    if (c->theirs) {
        munmap(c->theirs, c->count << SHIFT);
    }
    free_copy(c);
}

static void protect(const struct copy *c, int prot, const int *errors)
{
    mprotect(c->theirs, c->count << SHIFT, prot);
    for (size_t i = 0; errors && i < c->count; i++) {
        if (errors[i]) {
            mprotect(c->theirs + (i << SHIFT), PAGE, PROT_NONE);
        }
    }
}

/* Pages that can't be written need no further work. */
static void keep(struct copy *c, int prot)
{
    if (prot & PROT_WRITE) {
        memcpy(c->before, c->ours, c->count << SHIFT);
        c->next = copies;
        copies = c;
    } else {
        free_copy(c);
    }
}

static int map_copy(altview *h, struct copy *c, int prot, int *errors, void **address)
{
    int rc = c && c->before ? fill(h, fill_copy, c->gfns, errors, c->count, c->ours) : -ENOMEM;

    if (rc) {
        if (c) {
            drop(c);
        }
        return rc;
    }
    *address = c->theirs;
    protect(c, prot, errors);
    keep(c, prot);
    return 0;
}

void *altview_xen_map(uint32_t domid, int prot, const uint64_t *gfns, int *errors, size_t count)
{
    altview *h = altview_xen_domain(domid);
    void *address = NULL;
    int rc = -EOPNOTSUPP;

    if (!h || !count || count > SIZE_MAX >> (SHIFT + 1)) {
        errno = h ? EINVAL : errno;
        return NULL;
    }
    enter();
    if (!(prot & PROT_WRITE)) {
        rc = map_live(h, gfns, errors, count, &address);
    }
    if (rc == -EOPNOTSUPP) {
        rc = map_copy(h, new_copy(domid, gfns, count), prot, errors, &address);
    }
    leave();
    errno = -rc;
    return rc ? NULL : address;
}
