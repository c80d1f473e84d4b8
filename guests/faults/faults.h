/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The faults guest: every operation that takes table pages, with ever fewer of them. It uses the
 * pages up itself: each fresh view takes one. Run with the option pool=, so that a table of views
 * is enough for that.
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

/* One more than what any operation takes. */
#define MOST_PAGES 16

struct operation {
    const char *name;
    void (*prepare)(void); /* NULL: nothing */
    long (*run)(void);
    long refused, done;    /* what `run` gives without enough pages, and with them */
    void (*restore)(void); /* what turning altp2m off does not; NULL: nothing */
    unsigned int pages;    /* what it needs: one less is refused */
    unsigned int spare;    /* how many of them it does not use after all */
};

extern const struct operation operations[];
extern const unsigned int operation_count;
/* What the operations on the host p2m leave there: tables of holes, and of superpages split. */
extern const unsigned int base_pages_taken;

/* Pages that are left: views are made until there is none, then as many destroyed. */
void pool_leave(unsigned int pages);
/* How many there are. It makes and destroys views. */
unsigned int pool_count(void);

/* All that a guest can see of its views, and of the pages above in them. */
void state_remember(void);
/* What is not as remembered: 0 if nothing. Says it. */
unsigned int state_differences(void);

#endif
