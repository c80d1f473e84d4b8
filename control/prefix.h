/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prefixes of an instruction (SDM Vol. 2A 2.1.1 and 2.2.1). Shared by the code that looks for the
 * opcode after them: the vendors' single steps and a monitor's INT3.
 */
#ifndef CONTROL_PREFIX_H
#define CONTROL_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#define PREFIX_REX 0x40 /* to 0x4f, in 64-bit mode */

static inline bool prefix_is_rex(uint8_t byte, unsigned int bits)
{
    return bits == 64 && (byte & 0xf0) == PREFIX_REX;
}

/* LOCK is left out: the instructions looked for are #UD with it. */
static inline bool prefix_is_one(uint8_t byte, unsigned int bits)
{
    static const uint8_t prefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

    for (unsigned int i = 0; i < sizeof(prefixes); i++) {
        if (byte == prefixes[i]) {
            return true;
        }
    }
    return prefix_is_rex(byte, bits);
}

#endif
