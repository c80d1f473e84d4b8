/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libxencall without a Xen behind it. It records each hypercall with all bytes that Xen would
 * read from the caller's memory. It also checks that these bytes lie in hypercall buffers, because
 * Xen could reach no others. Offsets and sizes are those of a 64-bit caller.
 */
#ifndef XEN_FAKE_H
#define XEN_FAKE_H

#include <stddef.h>
#include <stdint.h>

#define FAKE_DOMAIN     5
#define FAKE_ALTP2M     80 /* bytes of struct xen_hvm_altp2m_op */
#define FAKE_ACCESS     32 /* of struct xen_mem_access_op */
#define FAKE_PARAM      16 /* of struct xen_hvm_param */
#define FAKE_LIST_MAX   1024
#define FAKE_FIELDS_MAX 4

/* A number in a structure. A list of them ends with size 0. */
struct fake_field {
    unsigned int offset, size;
    uint64_t value;
};

/* A hypercall as Xen saw it: addresses of lists are 0 in `bytes`, and the lists themselves are
 * copied. */
struct fake_call {
    unsigned int hypercall;
    uint64_t command;
    size_t size;
    uint8_t bytes[FAKE_ALTP2M];
    uint32_t nr;
    uint64_t gfns[FAKE_LIST_MAX];
    uint8_t accesses[FAKE_LIST_MAX];
};

struct fake {
    int open_error;               /* xencall_open fails with it */
    int error;                    /* hypercalls fail with it, except those that ask for the state */
    int param_error, param_value; /* HVM_PARAM_ALTP2M */
    struct fake_field leaves[FAKE_FIELDS_MAX]; /* what Xen writes to the structure */
    unsigned int out_of_buffers_in;            /* the n-th allocation from now fails; 0: none */

    unsigned int calls;
    unsigned int orders; /* calls other than queries of the domain's state */
    struct fake_call last;
    unsigned int handles, buffers; /* not given back yet */
    const char *fault;             /* an access that Xen could not have made; NULL: none */
};
extern struct fake fake;

/* The state after a fresh load: domain FAKE_DOMAIN exists, in external mode, and nothing fails. */
void fake_reset(void);

uint64_t fake_get(const void *bytes, struct fake_field field);
void fake_put(void *bytes, struct fake_field field);

#endif
