/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's memory, if the line leads to it: a file, and the places of the guest's pages in it.
 * The library asks for a page's place once and keeps it, until the machine's counter says that
 * pages have moved.
 */
#ifndef LIB_REACH_H
#define LIB_REACH_H

#include <altview/control.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct altview;

#define REACH_FRAMES                                                                               \
    ((ALTVIEW_CONTROL_MAX_PAYLOAD - sizeof(struct altview_located)) / sizeof(struct altview_frames))

/* The reply to LOCATE. */
struct located {
    struct altview_located head;
    struct altview_frames frames[REACH_FRAMES];
};

struct reach_file {
    int fd;    /* -1: not open */
    int error; /* it can't be opened either; 0: it may be */
};

struct reach {
    pthread_mutex_t lock; /* guards the fields below; a thread that holds it may send requests */
    unsigned int reads;   /* small copies so far */
    struct reach_file reading, writing;
    struct altview_layout layout;
    const uint64_t *counter; /* mapped; NULL: not yet */
    void *counter_page;
    uint64_t counter_at; /* its physical address */
    struct {             /* the known part: gfns from `first` up to `end` of a view */
        bool known;
        unsigned int view;
        uint64_t first, end;
        struct located found;
    } window;
};

void reach_init(struct reach *r);
void reach_free(struct reach *r);
/* In a child after fork(2): close only the descriptors. */
void reach_abandon(struct reach *r);

/*
 * Call with the lock. 0 or a negative errno value; -EOPNOTSUPP: the memory is out of reach. open:
 * the file and the layout of memory in it are valid from then on. counter: also maps the machine's
 * counter.
 */
int reach_open(struct altview *h, bool writes);
int reach_counter(struct altview *h, const struct altview_located *located);
/* LOCATE. Checks the reply. */
int reach_locate(struct altview *h, unsigned int view, uint64_t gfn, uint64_t count,
                 struct located *found);
/* The file offset of this many bytes of physical memory, in one piece; or -1. */
off_t reach_offset(const struct reach *r, uint64_t address, uint64_t size);

static inline uint64_t reach_generation(const struct reach *r)
{
    return __atomic_load_n(r->counter, __ATOMIC_SEQ_CST);
}

/*
 * Call without the lock. Copies guest memory: as much as one contiguous range has from the start,
 * and at most 1 MiB. Returns the number of bytes. 0: a request is needed, which also gives the
 * error. -EAGAIN: a request is needed, because pages moved at each try. `much`: the copy alone is
 * worth opening the memory.
 */
ssize_t reach_read(struct altview *h, unsigned int view, uint64_t address, void *to, size_t size,
                   bool much);
ssize_t reach_write(struct altview *h, unsigned int view, uint64_t address, const void *from,
                    size_t size);

#endif
