/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_LOG_REGISTERS_H
#define BASE_LOG_REGISTERS_H

#include <stdint.h>

/* Lines of the log: general registers, as instructions number them, but for RSP. */
void log_registers(const uint64_t numbered[16], uint64_t rip, uint64_t rsp, uint64_t rflags);

#endif
