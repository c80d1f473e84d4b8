/* SPDX-License-Identifier: BSD-2-Clause */
/* The mapping of a measured hypercall's envelope in the guest's page tables. */
#ifndef COST_BUFFER_H
#define COST_BUFFER_H

#include <stdint.h>
#include <xen/hvm/hvm_op.h>

enum buffer_place {
    BUFFER_LARGE,  /* in a page of 2 MiB, as all else of the guest's */
    BUFFER_SMALL,  /* of 4 KiB */
    BUFFER_USER,   /* that user mode may access as well */
    BUFFER_ACROSS, /* half in one, half in another */
    BUFFER_COLD,   /* of 2 MiB, and CR3 is another in each run */
    BUFFER_PLACES,
};
extern const char *const buffer_names[BUFFER_PLACES];

void buffer_init(void);
/* From now on. */
void buffer_choose(enum buffer_place place);
struct xen_hvm_altp2m_op *buffer(void);
/* Before run n: load the page tables for it. */
void buffer_prepare(unsigned int n);

#endif
