/* SPDX-License-Identifier: BSD-2-Clause */
/* Views of a working Linux, made, changed and destroyed at random; see main.c. */
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
 * The hypervisor can step over an instruction that touches at most 8 restricted pages; otherwise it
 * stops the guest. So a wide view may restrict many pages, and its policy lifts the restrictions.
 * Other views restrict so few pages that every policy works.
 */
struct soak_view {
    bool live, hidden, wide;
    unsigned int restricted; /* unless it is wide: the most restricted pages */
};

/* A page that Linux never writes, and a page outside of Linux's memory with the same contents. */
struct soak_copy {
    uint64_t gfn, copy;
};

struct soak {
    altview *handle;
    struct altview_hello hello;
    FILE *output;  /* the guest's output (scripts/linux/hash) */
    double uptime; /* from the last line of output that has it */
    struct soak_view views[SOAK_VIEWS];
    unsigned int current; /* the view of the vCPUs */
    uint64_t random;
    uint64_t gfns[SOAK_GFNS]; /* the program changes them again and again */
    struct soak_copy copies[SOAK_COPIES];
    uint64_t created, destroyed, wrong;
};

/* From 0 to below `limit`. */
uint64_t soak_random(struct soak *s, uint64_t limit);

/* Counts and reports a call's answer that is not the expected one. */
bool soak_expect(struct soak *s, const char *what, int expected, int seen);

/* Ends the program, because it can't go on. */
__attribute__((noreturn)) void soak_give_up(const char *what);
void soak_need(const char *what, int rc);

/* Makes copies of some of `pages` constant pages from `first` on. */
void copies_make(struct soak *s, uint64_t first, uint64_t pages);
/* Checks that they are unchanged. */
void copies_check(struct soak *s);

/* A page that a vCPU uses now: of its code, its stack, its tables, its paging structures. */
uint64_t hot_gfn(struct soak *s);

/* A random operation. */
void operation_any(struct soak *s);
/* Destroy views while few pages for tables are free. */
void operation_make_room(struct soak *s);
/* Take everything back; altp2m stays on. */
void operation_clear(struct soak *s);
/* The count of each operation, one a line. */
void operation_print(void);

#endif
