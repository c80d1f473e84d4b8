/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control and debug registers: each bit, and random values, and exits while they are set. The guest
 * must be able to go on itself. modes.c tries values that would end its paging.
 */
#include "hostile.h"

#define CR0_KEPT    0x80000001UL /* PG, PE */
#define CR0_VALID   0xe005003fUL
#define CR4_PAE     0x20UL
#define CR4_OSXSAVE 0x40000UL
#define CR4_SMEP    0x100000UL
#define CR4_UMIP    0x800UL

#define MSR_EFER  0xc0000080U
#define EFER_KEPT 0x500UL /* LME, LMA */
#define EFER_BITS 0xd01UL
#define ROUNDS    2000

/* Set it, cause an exit, and restore it. False: it was refused. */
static bool try_value(struct trap (*set)(unsigned long), unsigned long value, unsigned long before)
{
    if (set(value).vector != TRAP_NONE)
        return false;
    hostile_exit();
    set(before);
    return true;
}

static void each_bit(const char *name, struct trap (*set)(unsigned long), unsigned long before,
                     unsigned long must_refuse, unsigned long must_take)
{
    unsigned long taken = 0;

    for (unsigned int bit = 0; bit < 64; bit++)
        if (try_value(set, before ^ 1UL << bit, before))
            taken |= 1UL << bit;
    check_value(check_name("%s.refused_bits", name), 0, taken & must_refuse);
    check_value(check_name("%s.taken_bits", name), must_take, taken & must_take);
}

static void random_values(const char *name, struct trap (*set)(unsigned long), unsigned long before,
                          unsigned long kept)
{
    struct random r = {box->arguments[0]};
    unsigned int taken = 0;

    for (unsigned int i = 0; i < ROUNDS; i++)
        taken += try_value(set, (before & kept) | (random_awkward(&r) & ~kept), before);
    check_true(check_name("%s.some_random_values_taken", name), taken);
    check_true(check_name("%s.some_random_values_refused", name), taken < ROUNDS);
}

/* CR0's reserved low bits are ignored (SDM Vol. 3A 2.5), which is why they are no attack. */
static void attack_cr0(void)
{
    unsigned long before = cr0_read(), high_half = cpu_is_qemu() ? 0 : ~0UL << 32;

    /* The high half, which QEMU 7.2 ignores; NW without CD; PG off in 64-bit mode; PE off with PG
     * on. */
    each_bit("cr0", try_write_cr0, before, high_half | 0xa0000001UL, 0x4005002eUL);
    random_values("cr0", try_write_cr0, before, CR0_KEPT);
    check_trap("cr0.cd_and_nw", TRAP_NONE, try_write_cr0(before | 0x60000000));
    check_value("cr0.cd_and_nw_read", 0x60000000, cr0_read() & 0x60000000);
    hostile_exit();
    try_write_cr0(before);
    check_value("cr0.as_before", before & CR0_VALID, cr0_read() & CR0_VALID);
}

/* Not SMEP and SMAP, as the paging has user pages, nor what changes how the guest pages. */
static void attack_cr4(void)
{
    unsigned long before = cpu_read_cr4();

    each_bit("cr4", try_write_cr4, before, 0xffffffff00003020UL, 0x000402dfUL);
    random_values("cr4", try_write_cr4, before, CR4_PAE);
    check_value("cr4.as_before", before, cpu_read_cr4());
}

static struct trap write_efer(unsigned long value)
{
    return probe_write_msr(MSR_EFER, value);
}

static void attack_efer(void)
{
    uint64_t before = cpu_read_msr(MSR_EFER);

    each_bit("efer", write_efer, before, ~EFER_BITS | 0x100, 0x801);
    random_values("efer", write_efer, before, EFER_KEPT);
    check_value("efer.as_before", before, cpu_read_msr(MSR_EFER));
}

struct xcr {
    uint32_t index;
    uint64_t value;
};

static void xcr_write(void *argument)
{
    const struct xcr *xcr = argument;

    __asm__ volatile("xsetbv"
                     :
                     : "c"(xcr->index), "a"((uint32_t)xcr->value),
                       "d"((uint32_t)(xcr->value >> 32)));
}

static struct trap write_xcr0(unsigned long value)
{
    struct xcr xcr = {0, value};

    return trap_try(xcr_write, &xcr);
}

static void attack_xcr0(void)
{
    struct cpuid supported = cpu_id(0xd, 0);
    uint64_t unknown = ~(supported.eax | (uint64_t)supported.edx << 32);
    unsigned int refused = 0;

    check_trap("xcr0.without_osxsave", TRAP_UD, write_xcr0(1));
    cpu_write_cr4(cpu_read_cr4() | CR4_OSXSAVE);
    each_bit("xcr0", write_xcr0, 1, unknown | 1, 0x2);
    random_values("xcr0", write_xcr0, 3, 1);
    for (uint32_t index = 1; index; index <<= 1) {
        struct xcr xcr = {index, 1};

        refused += trap_try(xcr_write, &xcr).vector == TRAP_GP;
    }
    check_value("xcr.others_refused", 32, refused);
    write_xcr0(1);
    cpu_write_cr4(cpu_read_cr4() & ~CR4_OSXSAVE);
}

void attack_control_registers(void)
{
    attack_cr0();
    attack_cr4();
    attack_efer();
    attack_xcr0();
}

/* Breakpoints on the hypervisor's code and data. It must not hit them: DR7 is the guest's alone. */
void attack_debug_registers(void)
{
    uint64_t image = UINT64_C(0xffffffff80200000), direct = UINT64_C(0xffff800000000000);

    for (unsigned int page = 0; page < 64; page++) {
        __asm__ volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr3; mov %4, %%dr7"
                         :
                         : "r"(image + page * 0x400), "r"(image + page * 0x400 + 1),
                           "r"(direct + own.first * PAGE_SIZE + (uint64_t)page * PAGE_SIZE),
                           "r"(direct + (own.first + 1) * PAGE_SIZE), "r"(0xff0007ffUL)
                         : "memory");
        hostile_exit();
    }
    __asm__ volatile("mov %0, %%dr7" : : "r"(0x400UL));
}
