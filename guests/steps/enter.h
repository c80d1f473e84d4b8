/* SPDX-License-Identifier: BSD-2-Clause */
/* Into a sequence, and out of it by its last exception: enter.S. */
#ifndef STEPS_ENTER_H
#define STEPS_ENTER_H

#define ENTER_VECTOR_SIZE 2688 /* up to ZMM31, SDM Vol. 1 13.5.6 */
#define ENTER_INDEX_ROWS  8

/* Offsets in struct event, for assembly; its first part is a start, too. */
#define EVENT_GPR(n) (8 * (n))
#define EVENT_VECTOR 128
#define EVENT_CS     152
#define EVENT_FLAGS  160
#define EVENT_SP     168
#define EVENT_SS     176
#define EVENT_FRAME  184
#define EVENT_CR2    192
#define EVENT_DR6    200
#define EVENT_RESUME 208

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, GPRS };

/* An exception or interrupt that arrived, or what a sequence starts with. */
struct event {
    uint64_t gpr[GPRS];
    uint64_t vector, error_code, ip, cs, flags, sp, ss; /* the CPU's frame */
    uint64_t frame;                                     /* where that is */
    uint64_t cr2, dr6;
    uint64_t resume; /* where to go on */
};

/* Start with these registers; vector 2 means in the handler of an NMI, which event_nmi sends.
 * Returns when event_handle ends it. */
void enter(const struct event *start);
void event_nmi(void);
/* In run.c: returns the code to go on with, at `resume` and with the registers there; NULL to end.
 * Stores in enter_cursor the place for the next event. */
const struct event *event_handle(struct event *event);
extern struct event *enter_cursor;

/* XSAVE areas: to start with, and how it ended. */
extern uint8_t enter_vectors[ENTER_VECTOR_SIZE], enter_vectors_end[ENTER_VECTOR_SIZE];
extern const char enter_stubs[];
#endif

#endif
