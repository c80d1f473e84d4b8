/* SPDX-License-Identifier: BSD-2-Clause */
/* VMFUNC among bytes: 0F 01 D4, after prefixes without effect. */
#include "pure/refusals.h"

#include "run/vmfunc_code.h"

#include <stdlib.h>

#define VMFUNC 0x0f, 0x01, 0xd4

/* Its length in code of 16, 32 and 64 bits; 0: it is not VMFUNC. */
static const struct {
    const char *name;
    uint8_t code[VMFUNC_MOST];
    unsigned int count, length[3];
} rows[] = {
    {"plain", {VMFUNC}, 3, {3, 3, 3}},
    {"more behind", {VMFUNC, 0xcc}, 4, {3, 3, 3}},
    {"cut off", {0x0f, 0x01}, 2, {0, 0, 0}},
    {"one byte", {0x0f}, 1, {0, 0, 0}},
    {"nothing", {0}, 0, {0, 0, 0}},
    {"VMCALL", {0x0f, 0x01, 0xc1}, 3, {0, 0, 0}},
    {"VMMCALL", {0x0f, 0x01, 0xd9}, 3, {0, 0, 0}},
    {"XEND", {0x0f, 0x01, 0xd5}, 3, {0, 0, 0}},
    {"UD2", {0x0f, 0x0b, 0xd4}, 3, {0, 0, 0}},
    {"LOCK", {0xf0, VMFUNC}, 4, {0, 0, 0}},
    {"operand size", {0x66, VMFUNC}, 4, {0, 0, 0}},
    {"REPNE", {0xf2, VMFUNC}, 4, {0, 0, 0}},
    {"REP", {0xf3, VMFUNC}, 4, {0, 0, 0}},
    {"address size", {0x67, VMFUNC}, 4, {4, 4, 4}},
    {"ES", {0x26, VMFUNC}, 4, {4, 4, 4}},
    {"CS", {0x2e, VMFUNC}, 4, {4, 4, 4}},
    {"SS", {0x36, VMFUNC}, 4, {4, 4, 4}},
    {"DS", {0x3e, VMFUNC}, 4, {4, 4, 4}},
    {"FS", {0x64, VMFUNC}, 4, {4, 4, 4}},
    {"GS", {0x65, VMFUNC}, 4, {4, 4, 4}},
    {"REX", {0x40, VMFUNC}, 4, {0, 0, 4}},
    {"REX.WRXB", {0x4f, VMFUNC}, 4, {0, 0, 4}},
    {"REX twice", {0x48, 0x41, VMFUNC}, 5, {0, 0, 5}},
    {"REX, then a prefix", {0x48, 0x67, VMFUNC}, 5, {0, 0, 5}},
    {"REX, then REP", {0x48, 0xf3, VMFUNC}, 5, {0, 0, 0}},
    {"LOCK first", {0xf0, 0x2e, VMFUNC}, 5, {0, 0, 0}},
    {"LOCK last", {0x2e, 0xf0, VMFUNC}, 5, {0, 0, 0}},
    {"PUSH", {0x50, VMFUNC}, 4, {0, 0, 0}},
    {"VEX", {0xc5, 0xf8, 0x01, 0xd4}, 4, {0, 0, 0}},
    {"prefixes only", {0x2e, 0x67, 0x2e}, 3, {0, 0, 0}},
    {"15 bytes",
     {0x2e, 0x3e, 0x2e, 0x3e, 0x2e, 0x3e, 0x2e, 0x3e, 0x2e, 0x3e, 0x2e, 0x3e, VMFUNC},
     15,
     {15, 15, 15}},
};

static void every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (unsigned int mode = 0; mode < 3; mode++) {
            /* In a block of exactly its size, so that the sanitizer detects a read beyond it. */
            uint8_t *code = malloc(rows[i].count + 1);
            unsigned int bits = 16U << mode, length;

            memcpy(code + 1, rows[i].code, rows[i].count);
            length = vmfunc_length(code + 1, rows[i].count, bits);
            free(code);
            if (length != rows[i].length[mode])
                fail_msg("%s in %u bits: %u bytes, not %u", rows[i].name, bits, length,
                         rows[i].length[mode]);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
