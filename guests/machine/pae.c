/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A 32-bit guest that goes from 32-bit paging to PAE and back, setting CR0.NE and CR0.PG in one
 * write: the hypervisor then has to do what the CPU does when paging starts.
 */
#include "machine.h"
#include "world.h"

#define CR0_NE  0x20UL
#define CR0_CD  0x40000000UL
#define CR0_PG  0x80000000UL
#define CR4_PAE 0x20UL

#define PTE_PRESENT  1
#define PTE_WRITABLE 2
#define PTE_LARGE    0x80
#define PTE_RESERVED (UINT64_C(1) << 60) /* in every level of PAE */

#define PDPTE_RESERVED 2 /* in the top level, which is no table like the others */

static uint64_t root[4] __attribute__((aligned(32)));
static uint64_t (*tables)[512];

static unsigned long cr0_read(void)
{
    unsigned long value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static void cr0_write(unsigned long value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static unsigned long cr3_read(void)
{
    unsigned long value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static void cr3_write(unsigned long value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

/* The first 4 GiB, one to one, in 2 MiB pages. */
static void build_tables(void)
{
    tables = memory_pages(4);
    for (uint64_t i = 0; i < 2048; i++)
        tables[i / 512][i % 512] = i << 21 | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
    for (unsigned int i = 0; i < 4; i++)
        root[i] = (uintptr_t)tables[i] | PTE_PRESENT;
}

static unsigned long old_cr3, paging_bits;

static void enter_pae(void *unused)
{
    (void)unused;
    old_cr3 = cr3_read();
    cr0_write(cr0_read() & ~CR0_PG);
    cpu_write_cr4(cpu_read_cr4() | CR4_PAE);
    cr3_write((uintptr_t)root);
    cr0_write(cr0_read() | paging_bits);
}

static void leave_pae(void)
{
    cr0_write(cr0_read() & ~(CR0_PG | CR0_NE));
    cpu_write_cr4(cpu_read_cr4() & ~CR4_PAE);
    cr3_write(old_cr3);
    cr0_write(cr0_read() | CR0_PG);
}

static long get_extraversion(char *to)
{
    return xen_version(XENVER_extraversion, to);
}

static void check_hypercalls(const char *prefix)
{
    static char text[2][16] __attribute__((aligned(16)));
    /* It maps its page as text, which also holds this code. */
    char *far_away = (char *)(uintptr_t)0xc0000000 + ((uintptr_t)text[1] & 0x1fffff);
    uint64_t saved = tables[3][0];

    check_result(check_name("%s.hypercall", prefix), 0, get_extraversion(text[0]));
    tables[3][0] = ((uintptr_t)text & ~UINT64_C(0x1fffff)) | PTE_PRESENT | PTE_WRITABLE | PTE_LARGE;
    cr3_write(cr3_read());
    check_result(check_name("%s.remapped", prefix), 0, get_extraversion(far_away));
    check_value(check_name("%s.same_text", prefix), 0,
                (uint64_t)memcmp(text[0], text[1], sizeof(text[0])));
    tables[3][0] &= ~(uint64_t)PTE_WRITABLE;
    cr0_write(cr0_read() | 0x10000);
    check_result(check_name("%s.read_only", prefix), -XEN_EFAULT, get_extraversion(far_away));
    cr0_write(cr0_read() & ~0x10000UL);
    check_result(check_name("%s.read_only_without_wp", prefix), 0, get_extraversion(far_away));
    tables[3][0] |= PTE_WRITABLE | PTE_RESERVED;
    check_result(check_name("%s.reserved_bit", prefix), -XEN_EFAULT, get_extraversion(far_away));
    tables[3][0] = 0;
    check_result(check_name("%s.absent", prefix), -XEN_EFAULT, get_extraversion(far_away));
    tables[3][0] = saved;
    cr3_write(cr3_read());
}

static void write_cr0(void *value)
{
    cr0_write(*(const unsigned long *)value);
}

/*
 * CR0.CD and NW: a change loads the top level anew (SDM Vol. 3A 4.4.1), and #GP if it can't be.
 * With nested paging AMD's CPUs read it from memory at each walk.
 */
static void check_caches(void)
{
    const volatile void *far_away = (const volatile void *)(uintptr_t)0xc0000000;
    unsigned long off = cr0_read() | CR0_CD, on = cr0_read();
    uint64_t *empty = memory_pages(1), saved = root[3], low = tables[3][0];
    uint8_t byte;

    tables[3][0] = tables[0][0]; /* memory, whatever is in it */
    cr3_write(cr3_read());
    root[3] = (uintptr_t)empty | PTE_PRESENT;
    check_trap("caches.top_level_kept", TRAP_NONE, probe_read(far_away, &byte));
    check_trap("caches.off", TRAP_NONE, trap_try(write_cr0, &off));
    cpu_invalidate_page((uintptr_t)far_away);
    check_trap("caches.top_level_loaded", TRAP_PF, probe_read(far_away, &byte));
    root[3] = saved | PDPTE_RESERVED;
    check_trap("caches.malformed", TRAP_GP, trap_try(write_cr0, &on));
    check_value("caches.unchanged", CR0_CD, cr0_read() & CR0_CD);
    root[3] = saved;
    check_trap("caches.on", TRAP_NONE, trap_try(write_cr0, &on));
    tables[3][0] = low;
    cr3_write(cr3_read());
}

unsigned int guest_main(void)
{
    world.altview = true;
    check_area("pae");
    build_tables();
    paging_bits = CR0_PG;
    check_trap("enter", TRAP_NONE, trap_try(enter_pae, NULL));
    check_hypercalls("native");
    if (!cpu_is_amd())
        check_caches();
    leave_pae();
    paging_bits = CR0_PG | CR0_NE;
    check_trap("enter_with_ne", TRAP_NONE, trap_try(enter_pae, NULL));
    check_value("ne", CR0_NE, cr0_read() & CR0_NE);
    check_hypercalls("emulated");
    leave_pae();
    check_value("ne_clear", 0, cr0_read() & CR0_NE);
    return check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash;
}
