/* SPDX-License-Identifier: BSD-2-Clause */
#include "disassemble.h"

#include <capstone/capstone.h>
#include <stdio.h>

static cs_mode mode_of(unsigned int bits)
{
    return bits == 16 ? CS_MODE_16 : bits == 32 ? CS_MODE_32 : CS_MODE_64;
}

bool disassemble(const uint8_t *bytes, size_t size, unsigned int bits, uint64_t address, char *text,
                 size_t room)
{
    csh handle;
    cs_insn *found;
    size_t count;

    if (cs_open(CS_ARCH_X86, mode_of(bits), &handle) != CS_ERR_OK) {
        return false;
    }
    count = cs_disasm(handle, bytes, size, address, 1, &found);
    if (count) {
        snprintf(text, room, "%s%s%s", found->mnemonic, *found->op_str ? " " : "", found->op_str);
        cs_free(found, count);
    }
    cs_close(&handle);
    return count;
}
