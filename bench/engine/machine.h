/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's machine here: memory for tables, a guest of some size, some live views. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include <altview/altp2m.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define die(...)                                                                                   \
    do {                                                                                           \
        fprintf(stderr, "bench-engine: " __VA_ARGS__);                                             \
        fputc('\n', stderr);                                                                       \
        exit(1);                                                                                   \
    } while (0)

/* Pages for the engine's tables: an arena, and a list of free pages. */
struct pages {
    uint8_t *arena;
    size_t fresh; /* pages never handed out start here */
    void *free;   /* linked through their first words */
    size_t used;
};

void pages_init(struct pages *pages);
void *pages_alloc(struct pages *pages);
void pages_free(struct pages *pages, void *page);

#define MACHINE_LIST 512 /* elements of the list operations: the most that one call takes */

struct guest {
    const char *name;
    uint64_t pages;
    bool superpages; /* the host p2m uses 2 MiB and 1 GiB entries where they fit */
};

struct machine {
    struct pages pages;
    const struct guest *guest;
    unsigned int views; /* live ones, view 0 included */
    unsigned int view;  /* the one under test: the last */
    int error;          /* of any call that was not meant to fail */
    uint64_t sink;      /* results go here, so that no compiler drops a call */
    uint64_t list_gfns[MACHINE_LIST];
    uint8_t list_accesses[2][MACHINE_LIST];
    struct altp2m_vcpu vcpu;
    struct altp2m_domain domain;
};

/* The guest: its virtual addresses are this process's. */
extern const struct altp2m_caller machine_caller;

/* A domain with altp2m on, `guest` mapped one to one, and `views` live views. */
void machine_start(struct machine *m, const struct guest *guest, unsigned int views);
/* Also checks that no call failed and every page came back. */
void machine_stop(struct machine *m);

#endif
