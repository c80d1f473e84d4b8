/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paging off and on again, PAE, real mode, task switches, and code at the ends of address spaces.
 */
#include "hostile.h"
#include "layout.h"

#define CODE32    0x08
#define USER32    0x4b
#define TASK_GATE UINT64_C(0x0000850000000000)
#define INT_GATE  UINT64_C(0x00008e0000000000)
#define TASK_B    0x38U

#define STUB_SIZE 8
#define GATES     33
#define NO_VECTOR 0xff
#define XEN_4_17  (4 << 16 | 17)
#define EFAULT32  0xfffffff2

/* modes.S */
void modes_run(void (*part)(void));
void modes_plain(void), modes_pae(void), modes_tasks(void), modes_task16(void), modes_real(void);
void modes_alignment(void);
void modes_wrap(uintptr_t at);
extern const uint64_t modes_tables[5];
extern uint64_t modes_idt[GATES];
extern uint32_t modes_seen[32], modes_own, modes_pae_own, modes_pdpt, modes_real_own;

static void set_base(uint64_t *descriptor, uint64_t base)
{
    *descriptor |= (base & 0xffffff) << 16 | (base >> 24) << 56;
}

static uint64_t make_gate(uint64_t stub, uint64_t selector)
{
    return INT_GATE | selector << 16 | (stub & 0xffff) | (stub >> 16) << 48;
}

static void make_tables(void)
{
    uint64_t *gdt = (uint64_t *)modes_tables[0], stubs = modes_tables[4];

    if (modes_own)
        return;
    for (unsigned int i = 0; i < 3; i++)
        set_base(&gdt[6 + i], modes_tables[1 + i]);
    for (unsigned int i = 0; i < GATES; i++)
        modes_idt[i] = make_gate(stubs + (uint64_t)i * STUB_SIZE, CODE32);
    modes_idt[GATES - 1] = TASK_GATE | TASK_B << 16;
    modes_own = modes_real_own = (uint32_t)(OWN_HOLE_GFN * PAGE_SIZE);
}

/* PAE tables for the first gigabyte, one to one. */
static void make_pae(void)
{
    uint64_t *pdpt = (uint64_t *)(VICTIM_GFN * PAGE_SIZE), *directory = pdpt + 512;

    memset(pdpt, 0, PAGE_SIZE);
    pdpt[0] = (uintptr_t)directory | LAYOUT_PRESENT;
    for (uint64_t i = 0; i < 512; i++)
        directory[i] = i << 21 | LAYOUT_PRESENT_WRITABLE | LAYOUT_LARGE;
    modes_pdpt = (uint32_t)(uintptr_t)pdpt;
}

struct expectation {
    const char *name;
    uint32_t value;
};

static void run(const char *part, void (*code)(void), const struct expectation *expected,
                size_t count)
{
    printf("mode %s\n", part); /* in case it does not come back */
    memset(modes_seen, 0, 32 * sizeof(modes_seen[0]));
    modes_run(code);
    for (size_t i = 0; i < count; i++)
        check_value(check_name("%s.%s", part, expected[i].name), expected[i].value, modes_seen[i]);
    hostile_exit();
}

#define RUN(part, ...)                                                                             \
    do {                                                                                           \
        static const struct expectation expected[] = {__VA_ARGS__};                                \
                                                                                                   \
        run(#part, modes_##part, expected, sizeof(expected) / sizeof(expected[0]));                \
    } while (0)

/* AMD's CPUs read the top level as they walk (APM Vol. 2 15.25.10): the guest would be lost with
 * tables that are not its own, because neither the CPU nor altview refuses the MOV. */
static void run_pae(void)
{
    if (cpu_is_amd()) {
        modes_pae_own = modes_pdpt;
        RUN(pae, {"table", NO_VECTOR}, {"table_by_exit", NO_VECTOR}, {"good_table", NO_VECTOR},
            {"hypercall", 0}, {"cr3_to_table", NO_VECTOR});
        return;
    }
    modes_pae_own = modes_own;
    RUN(pae, {"own_table", TRAP_GP}, {"own_table_by_exit", TRAP_GP}, {"good_table", NO_VECTOR},
        {"hypercall", 0}, {"cr3_to_own", TRAP_GP});
}

void attack_modes(void)
{
    make_tables();
    make_pae();
    RUN(plain, {"version", XEN_4_17}, {"text_into_own", EFAULT32}, {"text_over_the_end", EFAULT32},
        {"com2", 0xff}, {"vmx_msr", TRAP_GP}, {"vmxoff", TRAP_UD}, {"cr0_nw", TRAP_GP},
        {"cr0_ne", NO_VECTOR});
    run_pae();
    RUN(real, {"version", XEN_4_17}, {"text_into_own", EFAULT32}, {"com2", 0xff}, {"vmx_msr", 1},
        {"vmxoff", 1}, {"pg_without_pe", 1});
    if (cpu_is_qemu())
        return; /* 7.2 takes any TSS to 64-bit mode, and its task switches don't leave the guest */
    RUN(task16, {"by_the_cpu", TRAP_GP}, {"by_exit", TRAP_GP});
    /* altview does not emulate task switches: it refuses them (docs/reference/xen-compat.md). */
    RUN(tasks, {"jump", TRAP_GP}, {"call", TRAP_GP}, {"iret", TRAP_GP}, {"gate", TRAP_GP});
}

static void misalign(void)
{
    RUN(alignment, {"by_its_own_delivery", TRAP_AC});
}

/* The gate leads to ring 3, on whose stack the frame is not aligned. */
void attack_alignment_checks(void)
{
    uint64_t *gate = &modes_idt[TRAP_AC], good;

    make_tables();
    good = *gate;
    *gate = make_gate(modes_tables[4] + (uint64_t)TRAP_AC * STUB_SIZE, USER32);
    recursion_lose(gate, good, misalign);
}

extern uintptr_t memory_low_table[];

static const uint8_t cpuid_code[] = {0x0f, 0xa2}, vmcall_code[] = {0x0f, 0x01, 0xc1};

/* In compatibility mode, the last bytes below 4 GiB: the next instruction is at 0. */
static void wrap_in_32_bits(const uint8_t *code, size_t size)
{
    uint64_t cr3, *table = (uint64_t *)(VICTIM_GFN * PAGE_SIZE), *entry, old_entry, old_low;
    uint8_t *last = (uint8_t *)((VICTIM_GFN + 1) * PAGE_SIZE);
    uint8_t *first = (uint8_t *)((VICTIM_GFN + 2) * PAGE_SIZE);

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    entry = (uint64_t *)(*(uint64_t *)cr3 & ~UINT64_C(0xfff)) + 3;
    entry = (uint64_t *)(*entry & ~UINT64_C(0xfff)) + 511;
    memset(table, 0, PAGE_SIZE);
    table[511] = (uintptr_t)last | LAYOUT_PRESENT_WRITABLE;
    memcpy(last + PAGE_SIZE - size, code, size);
    first[0] = 0xff; /* jmp *%esi */
    first[1] = 0xe6;
    old_entry = *entry;
    old_low = memory_low_table[0];
    *entry = (uintptr_t)table | LAYOUT_PRESENT_WRITABLE;
    memory_low_table[0] = (uintptr_t)first | LAYOUT_PRESENT_WRITABLE;
    __asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
    modes_wrap((UINT64_C(1) << 32) - size);
    *entry = old_entry;
    memory_low_table[0] = old_low;
    __asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
}

#define ROOT_INDEX(address) ((address) >> 39 & 511)

static void call_it(void *at)
{
    unsigned long a = 17, b, c, d, di = 0, si = 0;

    __asm__ volatile("call *%[at]"
                     : "+a"(a), "=b"(b), "=c"(c), "=d"(d), "+D"(di), "+S"(si)
                     : [at] "r"(at)
                     : "memory", "cc");
}

/* The last bytes before a linear address that 4-level paging has, in 64-bit mode. */
static struct trap run_before(uint64_t end, const uint8_t *code, size_t size)
{
    uint64_t cr3, (*tables)[512] = (void *)(VICTIM_GFN * PAGE_SIZE);
    uint64_t last_page = end - PAGE_SIZE;
    struct trap trap;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    memset(tables, 0, 4 * sizeof(tables[0]));
    ((uint64_t *)cr3)[ROOT_INDEX(last_page)] = (uintptr_t)tables[0] | LAYOUT_PRESENT_WRITABLE;
    tables[0][511] = (uintptr_t)tables[1] | LAYOUT_PRESENT_WRITABLE;
    tables[1][511] = (uintptr_t)tables[2] | LAYOUT_PRESENT_WRITABLE;
    tables[2][511] = (uintptr_t)tables[3] | LAYOUT_PRESENT_WRITABLE;
    memcpy((uint8_t *)tables[3] + PAGE_SIZE - size, code, size);
    __asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
    trap = trap_try(call_it, (void *)(end - size));
    ((uint64_t *)cr3)[ROOT_INDEX(last_page)] = 0;
    __asm__ volatile("mov %0, %%cr3" : : "r"(cr3) : "memory");
    return trap;
}

/* An exit there: the hypervisor goes on after the instruction, at an address that the guest may not
 * have. */
void attack_ends_of_memory(void)
{
    const uint64_t canonical_end = UINT64_C(1) << 47;
    uint8_t *zero = (uint8_t *)((VICTIM_GFN + 4) * PAGE_SIZE);
    uint64_t low = memory_low_table[0];

    make_tables();
    printf("mode ends, 32 bits\n");
    wrap_in_32_bits(cpuid_code, sizeof(cpuid_code));
    wrap_in_32_bits(vmcall_code, sizeof(vmcall_code));
    printf("mode ends, canonical\n");
    check_trap("canonical.cpuid", TRAP_GP,
               run_before(canonical_end, cpuid_code, sizeof(cpuid_code)));
    check_trap("canonical.vmcall", TRAP_GP,
               run_before(canonical_end, vmcall_code, sizeof(vmcall_code)));
    printf("mode ends, top\n");
    zero[0] = 0xc3; /* ret: RIP wraps as well */
    memory_low_table[0] = (uintptr_t)zero | LAYOUT_PRESENT_WRITABLE;
    cpu_invalidate_page(0);
    check_trap("top.cpuid", TRAP_NONE, run_before(0, cpuid_code, sizeof(cpuid_code)));
    check_trap("top.vmcall", TRAP_NONE, run_before(0, vmcall_code, sizeof(vmcall_code)));
    memory_low_table[0] = low;
    cpu_invalidate_page(0);
}
