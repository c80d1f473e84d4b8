/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction's bytes (SDM Vol. 2, VMFUNC: "NP 0F 01 D4"). LOCK is #UD (Vol. 2A 2.1.1), and so
 * are 66, F2 and F3, which NP excludes (3.1.1.2). Segments, address size and REX change nothing.
 */
#include "vmfunc_code.h"

#include <stdbool.h>

#define REX 0x40 /* to 0x4f, in 64-bit mode; one that is not the last prefix is ignored */

static bool changes_nothing(uint8_t byte, unsigned int bits)
{
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case 0x67:
        return true;
    default:
        return bits == 64 && (byte & ~0xfU) == REX;
    }
}

unsigned int vmfunc_length(const uint8_t *code, unsigned int count, unsigned int bits)
{
    static const uint8_t opcode[] = {0x0f, 0x01, 0xd4};
    unsigned int prefixes;

    for (prefixes = 0; prefixes < count && changes_nothing(code[prefixes], bits); prefixes++) {
    }
    for (unsigned int i = 0; i < sizeof(opcode); i++) {
        if (prefixes + i >= count || code[prefixes + i] != opcode[i]) {
            return 0;
        }
    }
    return prefixes + sizeof(opcode);
}
