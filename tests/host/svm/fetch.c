/* SPDX-License-Identifier: BSD-2-Clause */
/* The linear address of a fetch, from RIP and the physical address that AMD's CPUs report. */
#include "pure/refusals.h"

#include "svm/fetch.h"

enum code { BITS_16, BITS_32, BITS_64 };

static const struct row {
    enum code code;
    uint64_t base, rip, physical;
    bool told;
    uint64_t linear;
} rows[] = {
    {BITS_64, 0, 0x401234, 0x7234, true, 0x401234},
    {BITS_64, 0, 0x401000, 0x7000, true, 0x401000},
    /* The base of CS does not count in 64-bit mode. */
    {BITS_64, 0x100000, 0x401234, 0x7234, true, 0x401234},
    /* The rest of an instruction, which has at most 15 bytes. */
    {BITS_64, 0, 0x401fff, 0x9000, true, 0x402000},
    {BITS_64, 0, 0x401ff2, 0x9000, true, 0x402000},
    {BITS_64, 0, 0x401ff1, 0x9000, false, 0},
    {BITS_64, 0, 0x401ff2, 0x9001, false, 0},
    /* The highest addresses. */
    {BITS_64, 0, 0xffffffffffffffff, 0x9fff, true, 0xffffffffffffffff},
    {BITS_64, 0, 0xffffffffffffffff, 0x9000, true, 0},
    {BITS_32, 0, 0xffffffff, 0x9000, true, 0},
    /* Addresses that no fetch at RIP can have. */
    {BITS_64, 0, 0x401234, 0x7238, false, 0},
    {BITS_64, 0, 0x401234, 0x7000, false, 0},
    /* With a base, by which addresses may wrap. */
    {BITS_32, 0x10004, 0x1230, 0x7234, true, 0x11234},
    {BITS_32, 0x10004, 0x1ffb, 0x9000, true, 0x12000},
    {BITS_32, 0xfffff000, 0x1234, 0x7234, true, 0x234},
    {BITS_16, 0xf0000, 0xfff0, 0xfff0, true, 0xffff0},
};

static struct vmcb vmcb_of(const struct row *row)
{
    struct vmcb v = {.rip = row->rip, .exit_info2 = row->physical, .cs.base = row->base};

    v.efer = row->code == BITS_16 ? 0 : EFER_LMA;
    v.cs.attributes = row->code == BITS_64   ? ATTRIBUTES_LONG
                      : row->code == BITS_32 ? ATTRIBUTES_BIG
                                             : 0;
    return v;
}

static void each_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct vmcb v = vmcb_of(&rows[i]);
        uint64_t linear = 0;

        if (vmcb_fetch_address(&v, &linear) != rows[i].told || linear != rows[i].linear)
            fail_msg("row %zu: %#llx", i, (unsigned long long)linear);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_row)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
