/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls through Xen's libxencall, if this machine has it. */
#ifndef LIB_TRANSPORT_XENCALL_H
#define LIB_TRANSPORT_XENCALL_H

#include <stddef.h>
#include <stdint.h>
#include <xencall.h>

struct xencall {
    void *library;
    xencall_handle *handle;
    /* Of <xencall.h>. */
    xencall_handle *(*open)(struct xentoollog_logger *logger, unsigned open_flags);
    int (*close)(xencall_handle *handle);
    void *(*alloc_buffer)(xencall_handle *handle, size_t size);
    void (*free_buffer)(xencall_handle *handle, void *buffer);
    int (*call2)(xencall_handle *handle, unsigned int op, uint64_t arg1, uint64_t arg2);
};

/* A negative errno value, with the error text set, where there is no libxencall or no Xen. */
int xencall_start(struct xencall *x);
void xencall_end(struct xencall *x);

/*
 * A hypercall whose second argument is the address of a structure. The hypervisor reaches only
 * memory that libxencall has prepared: the structure, and what it points to, must be in one buffer
 * of xencall_buffer. Returns the hypercall's result, or a negative errno value.
 */
int xencall_make(const struct xencall *x, unsigned int hypercall, unsigned int command,
                 void *buffer);
/* Zeroed; NULL if there is no memory. xencall_free takes NULL too. */
void *xencall_buffer(const struct xencall *x, size_t size);
void xencall_free(const struct xencall *x, void *buffer);

#endif
