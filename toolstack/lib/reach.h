/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's memory, where the line leads to it: a file, and which of the guest's pages lies
 * where in it. What a page lies in is asked once and kept, until the machine's counter says that
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
    int error; /* nor can it be opened; 0: it may be */
};

struct reach {
    pthread_mutex_t lock; /* guards what follows; who has it may ask the domain */
    unsigned int reads;   /* short ones so far */
    struct reach_file reading, writing;
    struct altview_layout layout;
    const uint64_t *counter; /* mapped; NULL: not yet */
    void *counter_page;
    uint64_t counter_at; /* its physical address */
    struct {             /* what is known: gfns from `first` up to `end` of a view */
        bool known;
        unsigned int view;
        uint64_t first, end;
        struct located found;
    } window;
};

void reach_init(struct reach *r);
void reach_free(struct reach *r);
/* In a child after fork(2): the descriptors alone. */
void reach_abandon(struct reach *r);

/*
 * With the lock. 0 or a negative errno value; -EOPNOTSUPP: the memory is out of reach. open: the
 * file, and how memory lies in it, from then on. counter: the machine's counter is mapped, too.
 */
int reach_open(struct altview *h, bool writes);
int reach_counter(struct altview *h, const struct altview_located *located);
/* LOCATE. The reply is good. */
int reach_locate(struct altview *h, unsigned int view, uint64_t gfn, uint64_t count,
                 struct located *found);
/* Where in the file so many bytes of physical memory lie, in one piece; or -1. */
off_t reach_offset(const struct reach *r, uint64_t address, uint64_t size);

static inline uint64_t reach_generation(const struct reach *r)
{
    return __atomic_load_n(r->counter, __ATOMIC_SEQ_CST);
}

/*
 * Without the lock. Guest memory, as much of it as one stretch has from the start, and 1 MiB at
 * most: how many bytes. 0: it takes a request, which also tells what is wrong. -EAGAIN: it does, as
 * pages have moved at each try. `much`: worth the way to the memory even if nothing else is asked
 * for.
 */
ssize_t reach_read(struct altview *h, unsigned int view, uint64_t address, void *to, size_t size,
                   bool much);
ssize_t reach_write(struct altview *h, unsigned int view, uint64_t address, const void *from,
                    size_t size);

#endif
