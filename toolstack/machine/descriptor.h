/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors that go to another process with bytes (unix(7), SCM_RIGHTS). */
#ifndef MACHINE_DESCRIPTOR_H
#define MACHINE_DESCRIPTOR_H

#include <sys/types.h>

/* The bytes, and a descriptor with the first of them. Returns as sendmsg does, whose `flags` are
 * added to MSG_NOSIGNAL. */
ssize_t descriptor_send(int socket, const void *bytes, size_t size, int file, int flags);

#endif
