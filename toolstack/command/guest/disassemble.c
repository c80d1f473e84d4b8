/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/disassemble.h"

#include <capstone/capstone.h>
#include <stdio.h>

static cs_mode mode_of(unsigned int bits)
{
    return bits == 16 ? CS_MODE_16 : bits == 32 ? CS_MODE_32 : CS_MODE_64;
}

size_t disassemble(const uint8_t *bytes, size_t size, unsigned int bits, uint64_t address,
                   char *text, size_t room)
{
    csh handle;
    cs_insn *found;
    size_t count, length = 0;

    if (cs_open(CS_ARCH_X86, mode_of(bits), &handle) != CS_ERR_OK) {
        return 0;
    }
    count = cs_disasm(handle, bytes, size, address, 1, &found);
    if (count) {
        snprintf(text, room, "%s%s%s", found->mnemonic, *found->op_str ? " " : "", found->op_str);
        length = found->size;
        cs_free(found, count);
    }
    cs_close(&handle);
    return length;
}
