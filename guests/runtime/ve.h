/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtualization exceptions: the information page and a recorder of the exceptions. Each CPU has
 * its own of both.
 */
#ifndef RUNTIME_VE_H
#define RUNTIME_VE_H

#include <stdbool.h>
#include <stdint.h>

/* SDM Vol. 3C 26.5.7.2, table 26-1. */
struct ve_info {
    uint32_t reason; /* 48: EPT violation */
    uint32_t busy;   /* VE_BUSY until the guest clears it; while set there is no further #VE */
    uint64_t qualification;
    uint64_t gla, gpa;
    uint16_t eptp_index;
} __attribute__((packed));

#define VE_BUSY           0xffffffffU
#define VE_REASON         48
#define VE_QUALIFY_READ   (1U << 0)
#define VE_QUALIFY_WRITE  (1U << 1)
#define VE_QUALIFY_FETCH  (1U << 2)
#define VE_QUALIFY_ENTRY  (7U << 3) /* what the entry grants: read, write, execute */
#define VE_QUALIFY_LINEAR (1U << 7) /* gla is valid */
#define VE_QUALIFY_FINAL  (1U << 8) /* the access itself, not the guest's page walk */

/* The handler's record. */
struct ve_record {
    unsigned int count;
    struct ve_info last;
};

struct ve_state {
    volatile struct ve_info *page;
    struct ve_record record;
};

/*
 * Install the handler, once on each CPU that wants #VE; returns the gfn of the information page,
 * for altp2m_enable_notify. The handler copies the page into the record, clears the busy word
 * unless told otherwise, and lets the exception end the trap_try it happened in.
 */
uint64_t ve_init(void);
volatile struct ve_info *ve_page(void);
struct ve_record *ve_record(void);

/* Clear the record and the busy word before an experiment. */
void ve_reset(void);
/* These two are for all CPUs. */
void ve_keep_busy(bool keep);
/*
 * Resume after a #VE outside any trap_try, with the busy word set: the access then leaves the
 * guest. For Xen, where touching a page for the first time in a view raises #VE.
 */
void ve_resume_unexpected(bool resume);

/* A name for what the access was: "read", "write", "fetch". */
const char *ve_access_name(const struct ve_info *info);

#endif
