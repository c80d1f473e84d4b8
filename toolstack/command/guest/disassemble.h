/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_DISASSEMBLE_H
#define COMMAND_DISASSEMBLE_H

#include <stddef.h>
#include <stdint.h>

/* The first instruction among `bytes`, which lie at `address`, in code of 16, 32 or 64 bits: "mov
 * rax, qword ptr [rbx]". Returns its length, or 0 if it is invalid or incomplete. */
size_t disassemble(const uint8_t *bytes, size_t size, unsigned int bits, uint64_t address,
                   char *text, size_t room);

#endif
