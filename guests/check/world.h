/* SPDX-License-Identifier: BSD-2-Clause */
/* The setting of the checks: the mode, the table's size, some pages, and helpers. */
#ifndef CHECK_WORLD_H
#define CHECK_WORLD_H

#include "altp2m.h"
#include "console.h"
#include "memory.h"
#include "probe.h"
#include "ve.h"

#include <stdbool.h>
#include <stdint.h>

enum world_mode { MODE_DISABLED, MODE_MIXED, MODE_EXTERNAL, MODE_LIMITED, MODE_COUNT };

struct world {
    enum world_mode mode;
    bool altview;              /* it answers altview's own sub-operations */
    unsigned int vmfunc_exits; /* the number of VM exits of a VMFUNC */
    uint16_t views;            /* slots of the table of views */
    uint64_t hole;             /* a gfn that maps to nothing */
    uint64_t huge;             /* a gfn no CPU can have: 2^40 */
    volatile uint8_t *pages;   /* WORLD_PAGES next to each other to play with */
};

/* The offset at which the checks read and write world_fill's byte, after the function at the start
 * of the page; the value that world_touch writes there. */
#define WORLD_BYTE   64
#define WORLD_TOUCH  0x77
#define WORLD_PAGES  8
#define GFN_BITS     36 /* the limit of a 4-level EPT */
#define APIC_ADDRESS 0xfee00000U
#define GFN_APIC     (APIC_ADDRESS / PAGE_SIZE) /* device memory */
#define UNUSED_GFN   (UINT64_C(1) << 35)

extern struct world world;

/* Reads mode=... from the command line; false, with a message, if it is no mode. */
bool world_init(void);
const char *world_mode_name(void);

/* altp2m off and on again: view 0 alone, VMFUNC and #VE off. */
void world_reset(void);
/* The same, then #VE and VMFUNC on. */
void world_reset_with_notify(void);

/* Indices without a live view, while `live` is the only view besides view 0. */
#define WORLD_BAD_VIEWS 6
struct bad_view {
    const char *name;
    uint16_t view;
};
struct bad_view world_bad_view(unsigned int i, uint16_t live);

/* A new view; on failure 0xffff and a failed check. */
uint16_t world_view(uint16_t access);
uint64_t world_gfn(unsigned int page);
/* Fill a page with a byte, except for a function at its start. */
void world_fill(unsigned int page, uint8_t value);

/* Result and value in one: the error, or the access (the index, the bit). */
long world_access(uint16_t view, uint64_t gfn);
long world_suppress(uint16_t view, uint64_t gfn);
long world_index(void);

/* One access in a view, by VMFUNC there and back to view 0. */
enum access_kind { ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE, ACCESS_KINDS };
struct trap world_touch(uint16_t view, enum access_kind kind, volatile uint8_t *page);
const char *access_kind_name(enum access_kind kind);
/* The page's content in a view: world_fill's byte, or a negative vector if the guest can't read
 * it. */
int world_shows(uint16_t view, const volatile uint8_t *page);

/* VM exits between two calls, without those of the calls themselves: start, act, end. */
uint64_t world_exits_start(void);
uint64_t world_exits_end(uint64_t start);

#endif
