/* SPDX-License-Identifier: BSD-2-Clause */
/* A line behind a file descriptor: socket or tty. */
#ifndef LIB_TRANSPORT_FD_H
#define LIB_TRANSPORT_FD_H

#include "../transport.h"

#define SILENCE_MS 5000 /* to a domain that is not told when its peer goes */

/* Takes the descriptor over, also when it fails. `silence_ms`: of struct transport. */
int transport_over_fd(int fd, uint32_t silence_ms, struct transport **transport);

#endif
