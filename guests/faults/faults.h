/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The faults guest: every operation that takes table pages, with fewer and fewer of them left. It
 * uses the pages up itself: each fresh view takes one. Run with the option pool=, so that a table
 * of views is enough for that.
 */
#ifndef FAULTS_FAULTS_H
#define FAULTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

/* View 1, in which operations act; it allows rwx. Views from 2 upwards hold pages. */
#define ACTED_ON 1

/* Pages: two that share their tables, others in other 2 MiB regions of the same GiB; the last two
 * are neighbours, in two regions. */
enum { NEAR, NEXT, FAR, FARTHER, BEFORE_EDGE, BEHIND_EDGE, PLACES };
uint64_t place_gfn(unsigned int place);
volatile uint8_t *place_page(unsigned int place);

/* One more than any operation takes. */
#define MOST_PAGES 16

struct operation {
    const char *name;
    void (*prepare)(void); /* NULL: nothing */
    long (*run)(void);
    long refused, done;    /* `run`'s result without enough pages, and with them */
    void (*restore)(void); /* what turning altp2m off does not; NULL: nothing */
    unsigned int pages;    /* the pages that it needs: it fails with one less */
    unsigned int spare;    /* how many of them it then does not use */
};

extern const struct operation operations[];
extern const unsigned int operation_count;
/* The tables that the operations on the host p2m leave: those of holes, and of split superpages. */
extern const unsigned int base_pages_taken;

/* Pages that are left: views are made until there is none, then as many destroyed. */
void pool_leave(unsigned int pages);
/* How many there are. It makes and destroys views. */
unsigned int pool_count(void);

/* All state of its views, and of the pages above in them, that a guest can see. */
void state_remember(void);
/* The number of differences from the stored state: 0 if none. Prints them. */
unsigned int state_differences(void);

#endif
