/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest of guests/monitored, under the control of a monitor outside. An unexpected failure of a
 * call ends the program. */
#ifndef MONITOR_GUEST_H
#define MONITOR_GUEST_H

#include "guests/monitored/mailbox.h"

#include <altview/altview.h>

#define PAGE_SIZE 4096
#define PATIENCE  600000 /* milliseconds to wait for something that must happen */

/* xenmem_access_t */
enum access {
    ACCESS_N,
    ACCESS_R,
    ACCESS_W,
    ACCESS_RW,
    ACCESS_X,
    ACCESS_RX,
    ACCESS_WX,
    ACCESS_RWX,
    ACCESS_N2RWX = 9
};

#define VECTOR_BP 3
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

struct guest {
    const char *where;
    altview *handle;
    uint64_t mailbox;   /* its physical address */
    struct mailbox box; /* the last copy read */
    uint64_t area;
    uint64_t events; /* the number sent when the story took its last one */
    uint8_t expected[MAILBOX_AREA_PAGES * PAGE_SIZE]; /* the area's required contents at the end */
};

/* Find the mailbox in the guest's output in that file, and connect. */
void guest_connect(struct guest *g, const char *where, const char *output);
/* The same, and turn altp2m on. */
void guest_open(struct guest *g, const char *where, const char *output);

/* The area's pages, by number. */
uint64_t guest_address(const struct guest *g, unsigned int page);
uint64_t guest_gfn(const struct guest *g, unsigned int page);

/* guest_order does not wait. guest_wait waits for the end of the last order; the results are in
 * g->box. */
void guest_order(struct guest *g, enum mailbox_command command, uint64_t a, uint64_t b, uint64_t c);
bool guest_is_done(struct guest *g);
void guest_wait(struct guest *g);
/* Waits by polling until this holds, because no event tells the caller. */
void guest_wait_until(struct guest *g, bool (*holds)(struct guest *), const char *what);
void guest_do(struct guest *g, enum mailbox_command command, uint64_t a, uint64_t b, uint64_t c);

/* The monitor writes to the guest's word at an address. */
void guest_put(struct guest *g, uint64_t address, uint64_t value);
void guest_put_bytes(struct guest *g, uint64_t address, const void *bytes, size_t size);
/* Expects a successful write of the guest's. */
void guest_expect(struct guest *g, uint64_t address, uint64_t value);
void guest_expect_bytes(struct guest *g, uint64_t address, const void *bytes, size_t size);

/* The guest has finished the last order without an exception, and returned this. */
void guest_check_result(struct guest *g, const char *what, uint64_t expected);
void guest_check_trap(struct guest *g, const char *what, int vector);

unsigned int guest_view(struct guest *g);
unsigned int guest_access(struct guest *g, unsigned int view, unsigned int page);
/* A new view, into which the guest moves; its default access is rwx. */
unsigned int guest_new_view(struct guest *g);
void guest_restrict(struct guest *g, unsigned int view, unsigned int page, enum access access);
struct altview_view guest_describe(struct guest *g, unsigned int view);
struct altview_statistics guest_statistics(struct guest *g);
/* The first vCPU. */
struct altview_vcpu guest_vcpu(struct guest *g);

/* The guest adds up its memory itself, and must find the expected sum; it ends, for the expected
 * reason. */
void guest_check_memory(struct guest *g);
void guest_end(struct guest *g, unsigned int reason);

void sleep_ms(unsigned int milliseconds);

#endif
