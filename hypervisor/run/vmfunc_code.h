/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VMFUNC_CODE_H
#define CORE_VMFUNC_CODE_H

#define VMFUNC_MOST 15 /* bytes of any instruction: with more it is #GP, not #UD */

#include <stdint.h>

/*
 * The length of the VMFUNC that begins with these `count` bytes, at most VMFUNC_MOST, in code of
 * 16, 32 or 64 bits. 0: it is another instruction, or has a prefix that makes it #UD. Pure.
 */
unsigned int vmfunc_length(const uint8_t *code, unsigned int count, unsigned int bits);

#endif
