/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place in the guest's memory as a command line names it: what range.h knows, or after "va:" the
 * same with virtual addresses, which may begin with a symbol:
 *
 *     va:0xffffffff81000000+64      va:sys_getpid      va:sys_getpid+0x10+64
 *
 * After a symbol the first + is an offset, the second a size. A command checks its arguments,
 * connects, and then finds the places.
 */
#ifndef COMMAND_PLACE_H
#define COMMAND_PLACE_H

#include "memory/space.h"
#include "range.h"
#include "session.h"
#include "symbols/names.h"

/* The options. */
struct place {
    struct altview_space space;
    struct names names;
};

#define OPTIONS_PLACE(place) OPTIONS_SPACE(&(place)->space), OPTIONS_NAMES(&(place)->names)

/* Is it "va:..."? */
bool place_is_virtual(const char *text);

/* Without a connection: 0, or EXIT_USAGE after having said what is wrong. `parse` is for what is
 * not virtual. check_address: a number, or what is behind "va:". */
int place_check(const struct place *place, const char *what, const char *text, range_parser *parse);
int place_check_address(const struct place *place, const char *text);

/* With one: 0, or EXIT_FAILED after having said why. A start alone stands for `one`. */
int place_address(struct session *s, const struct place *place, const char *text,
                  uint64_t *address);
int place_range(struct session *s, const struct place *place, const char *text, uint64_t one,
                struct range *range);

/* The pieces of guest physical memory, to be freed. bytes: as range_bytes has them. pages: gfns, as
 * range_pages has them; of virtual addresses each page that the range touches. */
int place_bytes(struct session *s, const struct place *place, unsigned int view, const char *text,
                struct altview_run **runs, size_t *count);
int place_pages(struct session *s, const struct place *place, unsigned int view, const char *text,
                struct range **gfns, size_t *count);

#endif
