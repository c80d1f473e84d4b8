/* SPDX-License-Identifier: BSD-2-Clause */
/* Views of a Linux that works are made, changed and destroyed at random; see main.c. */
#ifndef SOAK_SOAK_H
#define SOAK_SOAK_H

#include <altview/altview.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_SIZE   4096
#define SOAK_VIEWS  512
#define SOAK_GFNS   64
#define SOAK_COPIES 8

/*
 * One instruction may touch 8 restricted pages at most if it is to be stepped over, else the guest
 * is stopped. So a view is either wide: much of it may be restricted, and what is refused is
 * lifted; or it is not, and then so few pages are that every policy will do.
 */
struct soak_view {
    bool live, hidden, wide;
    unsigned int restricted; /* unless it is wide: how many pages at most */
};

/* A page that Linux never writes, and one outside of Linux's memory that holds the same. */
struct soak_copy {
    uint64_t gfn, copy;
};

struct soak {
    altview *handle;
    struct altview_hello hello;
    FILE *output;  /* what the guest prints (scripts/linux/hash) */
    double uptime; /* in the last line of it that tells */
    struct soak_view views[SOAK_VIEWS];
    unsigned int current; /* where the vCPUs are */
    uint64_t random;
    uint64_t gfns[SOAK_GFNS]; /* that are changed again and again */
    struct soak_copy copies[SOAK_COPIES];
    uint64_t created, destroyed, wrong;
};

/* From 0 to below `limit`. */
uint64_t soak_random(struct soak *s, uint64_t limit);

/* A call has answered: if not as expected, that is told and counted. */
bool soak_expect(struct soak *s, const char *what, int expected, int seen);

/* There is no point in going on. */
__attribute__((noreturn)) void soak_give_up(const char *what);
void soak_need(const char *what, int rc);

/* Of some of `pages` constant pages from `first` on. */
void copies_make(struct soak *s, uint64_t first, uint64_t pages);
/* Are they still the same? */
void copies_check(struct soak *s);

/* A page a vCPU uses just now: of its code, its stack, its tables, its paging structures. */
uint64_t hot_gfn(struct soak *s);

/* Do something at random. */
void operation_any(struct soak *s);
/* Destroy views while there are few pages for tables. */
void operation_make_room(struct soak *s);
/* Take everything back; altp2m stays on. */
void operation_clear(struct soak *s);
/* How often each was done, a line each. */
void operation_print(void);

#endif
