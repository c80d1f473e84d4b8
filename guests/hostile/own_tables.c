/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures that the CPU itself reads, placed in the hypervisor's range. */
#include "hostile.h"
#include "layout.h"
#include "user.h"

#define LEVELS   4
#define ADDRESS  (UINT64_C(1) << 46) /* linear, in a root entry the runtime does not use */
#define INDEX(l) (ADDRESS >> (12 + 9 * ((l)-1)) & 511)

#define PF_RESERVED 0x8 /* error code: a reserved bit was set in an entry */

static uint64_t *root(void)
{
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    return (uint64_t *)(cr3 & ~UINT64_C(0xfff));
}

static void reload(void)
{
    uint64_t cr3;

    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=&r"(cr3) : : "memory");
}

/* A path to ADDRESS whose table of that level is a page of the hypervisor's. */
static void make_path(uint64_t (*tables)[512], unsigned int level)
{
    uint64_t *table = root();

    for (unsigned int l = LEVELS; l > level; l--) {
        bool last = l - 1 == level;
        uint64_t next = last ? OWN_HOLE_GFN * PAGE_SIZE : (uintptr_t)tables[l - 2];

        table[INDEX(l)] = next | LAYOUT_PRESENT_WRITABLE;
        table = tables[l - 2];
    }
    reload();
}

/* The walk reads ones: every reserved bit is set. Its write of the accessed flag goes nowhere. */
void attack_page_tables(void)
{
    uint64_t(*tables)[512] = (void *)(VICTIM_GFN * PAGE_SIZE);
    uint8_t value;

    memset(tables, 0, 3 * sizeof(tables[0]));
    for (unsigned int level = LEVELS - 1; level; level--) {
        struct trap trap;

        make_path(tables, level);
        trap = probe_read((void *)ADDRESS, &value);
        check_trap(check_name("level_%u.read", level), TRAP_PF, trap);
        check_value(check_name("level_%u.error", level), PF_RESERVED,
                    trap.error_code & PF_RESERVED);
        check_trap(check_name("level_%u.write", level), TRAP_PF, probe_write((void *)ADDRESS, 1));
        check_result(check_name("level_%u.hypercall", level), -XEN_EFAULT,
                     xen_version(XENVER_extraversion, (void *)ADDRESS));
        memset(tables, 0, 3 * sizeof(tables[0]));
    }
    root()[INDEX(LEVELS)] = 0;
    reload();
}

struct __attribute__((packed)) pointer {
    uint16_t limit;
    uint64_t base;
};

/* Loading ES from a descriptor of ones works. Its content does not matter in 64-bit mode. */
static void load_from_own_gdt(void)
{
    const struct pointer gdt = {0xffff, OWN_HOLE_GFN * PAGE_SIZE};
    struct pointer old, seen;

    __asm__ volatile("sgdt %0\n\t"
                     "lgdt %2\n\t"
                     "mov %3, %%es\n\t"
                     "sgdt %1\n\t"
                     "lgdt %0\n\t"
                     "mov %4, %%es"
                     : "+m"(old), "+m"(seen)
                     : "m"(gdt), "r"(0x13), "r"(LAYOUT_DATA)
                     : "memory");
    check_value("gdt.base", gdt.base, seen.base);
}

static void load_own_idt(void)
{
    const struct pointer idt = {0xffff, OWN_HOLE_GFN * PAGE_SIZE};
    struct pointer old, seen;

    __asm__ volatile("sidt %0\n\tlidt %2\n\tsidt %1" : "+m"(old), "+m"(seen) : "m"(idt) : "memory");
    hostile_exit(); /* with no event there is nothing to read */
    __asm__ volatile("lidt %0" : : "m"(old));
    check_value("idt.base", idt.base, seen.base);
}

#define TSS_SIZE   0x68
#define TSS_IO_MAP 0x66
#define TSS_BUSY   (UINT64_C(2) << 40)

/* A 64-bit TSS of 4 KiB (SDM Vol. 3A 8.2.3). */
static void describe(uint64_t *descriptor, uint64_t base)
{
    descriptor[0] =
        UINT64_C(0x0000890000000fff) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    descriptor[1] = base >> 32;
}

/* The descriptor that TR was loaded from: two places of the GDT. */
static uint64_t *task_descriptor(uint16_t *selector)
{
    struct pointer gdt;

    __asm__ volatile("sgdt %0" : "=m"(gdt));
    __asm__ volatile("str %0" : "=m"(*selector));
    return (uint64_t *)(gdt.base + *selector);
}

static void load_task(uint64_t *descriptor, const uint64_t *value, uint16_t selector)
{
    memcpy(descriptor, value, 2 * sizeof(*value));
    descriptor[0] &= ~TSS_BUSY;
    __asm__ volatile("ltr %0" : : "m"(selector) : "memory");
}

static uint64_t base_of(const uint64_t *descriptor)
{
    return (descriptor[0] >> 16 & 0xffffff) | (descriptor[0] >> 56) << 24 | descriptor[1] << 32;
}

/* A task whose I/O permission map lies in the range: all ones, so no port is permitted. */
static bool user_in_is_refused(struct trap_frame *frame)
{
    frame->ax = TRAP_GP;
    frame->ip += 1; /* IN AL, DX: to the UD2 after it */
    return true;
}

static void use_own_task(void)
{
    static const uint8_t code[] = {0xec, 0x0f, 0x0b}; /* in %dx, %al; ud2 */
    uint64_t base = OWN_HOLE_GFN * PAGE_SIZE - TSS_SIZE, old[2], own_task[2];
    uint64_t *descriptor;
    uint16_t selector;

    user_enter();
    descriptor = task_descriptor(&selector);
    memcpy(old, descriptor, sizeof(old));
    memcpy((void *)base, (void *)base_of(old), TSS_SIZE);
    *(uint16_t *)(base + TSS_IO_MAP) = TSS_SIZE;
    describe(own_task, base);
    load_task(descriptor, own_task, selector);
    trap_set_handler(TRAP_GP, user_in_is_refused);
    check_value("task.user_in", TRAP_GP, user_run(code, 0, 0).ax);
    trap_set_handler(TRAP_GP, NULL);
    load_task(descriptor, old, selector);
    user_leave();
}

void attack_descriptors(void)
{
    load_from_own_gdt();
    load_own_idt();
    use_own_task();
}

/* VMX and SMX instructions with operands in the range: the guest's CPU has no VMX. */
#define TRY(name, text)                                                                            \
    static void name(void *operand)                                                                \
    {                                                                                              \
        /* NOLINTNEXTLINE(bugprone-macro-parentheses): text of an instruction */                   \
        __asm__ volatile(text : : "r"(operand), "a"(0UL), "c"(0UL) : "memory", "cc");              \
    }

TRY(do_vmxon, "vmxon (%0)")
TRY(do_vmclear, "vmclear (%0)")
TRY(do_vmptrld, "vmptrld (%0)")
TRY(do_vmptrst, "vmptrst (%0)")
TRY(do_vmread, "vmread %%rax, (%0)")
TRY(do_vmwrite, "vmwrite (%0), %%rax")
TRY(do_vmlaunch, "vmlaunch")
TRY(do_vmresume, "vmresume")
TRY(do_vmxoff, "vmxoff")
TRY(do_invept, "invept (%0), %%rax")
TRY(do_invvpid, "invvpid (%0), %%rax")
TRY(do_getsec, "getsec")

static const struct {
    const char *name;
    void (*run)(void *operand);
} vmx[] = {
    {"vmxon", do_vmxon},       {"vmclear", do_vmclear},   {"vmptrld", do_vmptrld},
    {"vmptrst", do_vmptrst},   {"vmread", do_vmread},     {"vmwrite", do_vmwrite},
    {"vmlaunch", do_vmlaunch}, {"vmresume", do_vmresume}, {"vmxoff", do_vmxoff},
    {"invept", do_invept},     {"invvpid", do_invvpid},   {"getsec", do_getsec},
};

void attack_vmx_structures(void)
{
    uint64_t *page = memory_window_map(0, VICTIM_GFN), places[2] = {0, OWN_HOLE_GFN * PAGE_SIZE};

    memset(page, 0, PAGE_SIZE);
    for (size_t place = 0; place < 2; place++) {
        page[0] = places[place];
        for (size_t i = 0; i < sizeof(vmx) / sizeof(vmx[0]); i++)
            check_trap(check_name("%s.%u", vmx[i].name, (unsigned int)place), TRAP_UD,
                       trap_try(vmx[i].run, page));
    }
    check_trap("cr4.vmxe", TRAP_GP, try_write_cr4(cpu_read_cr4() | 0x2000));
}
