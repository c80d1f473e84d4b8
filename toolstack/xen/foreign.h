/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of a guest in this process, as the host p2m has them. A page mapped for reading is the
 * guest's own memory, if altview_map reaches the machine's memory. Else it is a copy, which does
 * not change. A page mapped for writing is always a copy. The library compares it with the original
 * and writes the difference to the guest by altview_write, so that translated CPUs notice stored
 * code. That happens when the program unmaps it, if `altview xen-env` started the program, and at
 * the latest with its next call of libxenctrl or libxenforeignmemory.
 */
#ifndef TOOLSTACK_XEN_FOREIGN_H
#define TOOLSTACK_XEN_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/*
 * `count` pages, anywhere in the guest. With `errors`, what can't be mapped has its negative errno
 * value there and is not accessible; else nothing is mapped then. NULL: errno is set. The program
 * takes it back by munmap(2).
 */
void *altview_xen_map(uint32_t domid, int prot, const uint64_t *gfns, int *errors, size_t count);

/* Write stored bytes to the guests, and drop unmapped pages. */
void altview_xen_write_back(void);
/* Of one mapping, which is about to go. */
void altview_xen_before_munmap(const void *address);

#endif
