/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of a guest in this process, as the host p2m has them. What is mapped to be read is the
 * guest's own memory, where the machine's memory is in reach (altview_map); else it is a copy, and
 * does not change. What may be written is always a copy, which is compared with what was read, and
 * the difference goes to the guest by altview_write: so CPUs that are translated see stored code.
 * That happens when the program unmaps it, if `altview xen-env` started the program, and at the
 * latest with its next call of libxenctrl or libxenforeignmemory.
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

/* What has been stored goes to the guests; what was unmapped is forgotten. */
void altview_xen_write_back(void);
/* Of one mapping, which is about to go. */
void altview_xen_before_munmap(const void *address);

#endif
