/* SPDX-License-Identifier: BSD-2-Clause */
/* A line behind a file descriptor: socket or tty. */
#ifndef LIB_TRANSPORT_FD_H
#define LIB_TRANSPORT_FD_H

#include "../transport.h"

/* Takes the descriptor over, also when it fails. */
int transport_over_fd(int fd, struct transport **transport);

#endif
