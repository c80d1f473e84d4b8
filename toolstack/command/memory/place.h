/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A place in the guest's memory, as on a command line: range.h's forms, or after "va:" the same
 * with virtual addresses, which may begin with a symbol:
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

/* Whether it is "va:...". */
bool place_is_virtual(const char *text);

/* Before the connection: 0, or EXIT_USAGE after a message with the error. `parse` is for other
 * places than virtual ones. check_address: a number, or the part after "va:". */
int place_check(const struct place *place, const char *what, const char *text, range_parser *parse);
int place_check_address(const struct place *place, const char *text);

/* After the connection: 0, or EXIT_FAILED after a message with the cause. A start alone means
 * `one`. */
int place_address(struct session *s, const struct place *place, const char *text,
                  uint64_t *address);
int place_range(struct session *s, const struct place *place, const char *text, uint64_t one,
                struct range *range);

/* The pieces of guest physical memory, which the caller frees. bytes: as in range_bytes. pages:
 * gfns, as in range_pages; of virtual addresses each page that the range touches. */
int place_bytes(struct session *s, const struct place *place, unsigned int view, const char *text,
                struct altview_run **runs, size_t *count);
int place_pages(struct session *s, const struct place *place, unsigned int view, const char *text,
                struct range **gfns, size_t *count);

#endif
