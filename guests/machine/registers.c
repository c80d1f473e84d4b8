/* SPDX-License-Identifier: BSD-2-Clause */
/* Control registers, XCR0, MSRs and ports that the hypervisor partly controls. */
#include "machine.h"

#define CR0_NE        0x20UL
#define CR0_WP        0x10000UL
#define CR0_NW        0x20000000UL
#define CR0_PG        0x80000000UL
#define CR4_PAE       0x20UL
#define CR4_MCE       0x40UL
#define CR4_OSFXSR    0x200UL
#define CR4_VMXE      0x2000UL
#define CR4_OSXSAVE   0x40000UL
#define CPUID_OSXSAVE (1U << 27)
#define COM2          0x2f8

static unsigned long cr0_read(void)
{
    unsigned long value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static void cr0_write(void *value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(*(unsigned long *)value) : "memory");
}

static struct trap try_cr0(unsigned long value)
{
    return trap_try(cr0_write, &value);
}

static void check_cr0(void)
{
    unsigned long start = cr0_read();

    check_value("cr0.ne_clear_at_start", 0, start & CR0_NE);
    check_trap("cr0.set_ne", TRAP_NONE, try_cr0(start | CR0_NE | CR0_WP));
    check_value("cr0.ne_is_set", CR0_NE | CR0_WP, cr0_read() & (CR0_NE | CR0_WP));
    check_trap("cr0.nw_without_cd", TRAP_GP, try_cr0(start | CR0_NW));
    check_trap("cr0.clear_pg_in_64_bit_mode", TRAP_GP, try_cr0(start & ~CR0_PG));
    check_trap("cr0.high_bits", TRAP_GP, try_cr0(start | 1UL << 32));
    check_trap("cr0.clear_ne", TRAP_NONE, try_cr0(start));
    check_value("cr0.as_before", start, cr0_read());
}

static void cr4_write(void *value)
{
    cpu_write_cr4(*(unsigned long *)value);
}

static struct trap try_cr4(unsigned long value)
{
    return trap_try(cr4_write, &value);
}

/* The guest sees its own MCE, whatever the CPU has. A write has all its other effects. */
static void check_cr4(void)
{
    unsigned long start = cpu_read_cr4();

    check_value("cr4.mce_clear_at_start", 0, start & CR4_MCE);
    check_trap("cr4.set_mce", TRAP_NONE, try_cr4(start | CR4_MCE));
    check_value("cr4.mce_is_set", start | CR4_MCE, cpu_read_cr4());
    check_trap("cr4.clear_mce_and_vmxe", TRAP_GP, try_cr4(start | CR4_VMXE));
    check_trap("cr4.clear_mce_and_pae", TRAP_GP, try_cr4(start & ~CR4_PAE));
    check_trap("cr4.clear_mce_and_unknown", TRAP_GP, try_cr4(start | 1UL << 63));
    check_value("cr4.mce_stays", start | CR4_MCE, cpu_read_cr4());
    check_trap("cr4.clear_mce_set_osfxsr", TRAP_NONE, try_cr4(start | CR4_OSFXSR));
    check_value("cr4.both_are_done", start | CR4_OSFXSR, cpu_read_cr4());
    check_trap("cr4.set_mce_with_osfxsr", TRAP_NONE, try_cr4(start | CR4_MCE | CR4_OSFXSR));
    check_value("cr4.both_are_done_again", start | CR4_MCE | CR4_OSFXSR, cpu_read_cr4());
    check_trap("cr4.back", TRAP_NONE, try_cr4(start));
    check_value("cr4.as_before", start, cpu_read_cr4());
}

static void cr3_write(void *value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(*(unsigned long *)value) : "memory");
}

/* Bits 61:52 are reserved on any CPU (SDM Vol. 3A 4.5). */
static void check_cr3(void)
{
    unsigned long start, value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(start));
    value = start | 1UL << 60;
    check_trap("cr3.reserved", TRAP_GP, trap_try(cr3_write, &value));
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    check_value("cr3.as_before", start, value);
    check_trap("cr3.same", TRAP_NONE, trap_try(cr3_write, &value));
}

struct xcr {
    uint32_t index, value;
};

static void xcr_write(void *argument)
{
    const struct xcr *xcr = argument;

    __asm__ volatile("xsetbv" : : "c"(xcr->index), "a"(xcr->value), "d"(0));
}

static struct trap try_xcr(uint32_t index, uint32_t value)
{
    struct xcr xcr = {index, value};

    return trap_try(xcr_write, &xcr);
}

static void check_xcr0(void)
{
    check_value("cpuid.osxsave_clear", 0, cpu_id(1, 0).ecx & CPUID_OSXSAVE);
    cpu_write_cr4(cpu_read_cr4() | CR4_OSXSAVE);
    check_value("cpuid.osxsave_follows_cr4", CPUID_OSXSAVE, cpu_id(1, 0).ecx & CPUID_OSXSAVE);
    check_trap("xcr0.x87_sse", TRAP_NONE, try_xcr(0, 3));
    check_trap("xcr0.avx_too", TRAP_NONE, try_xcr(0, 7));
    check_trap("xcr0.without_x87", TRAP_GP, try_xcr(0, 2));
    check_trap("xcr0.avx_without_sse", TRAP_GP, try_xcr(0, 5));
    check_trap("xcr0.unknown_bits", TRAP_GP, try_xcr(0, 0x80000001));
    check_trap("xcr0.index_1", TRAP_GP, try_xcr(1, 1));
    cpu_write_cr4(cpu_read_cr4() & ~CR4_OSXSAVE);
    check_value("cpuid.osxsave_clear_again", 0, cpu_id(1, 0).ecx & CPUID_OSXSAVE);
}

#define APIC_BASE_BSP (UINT64_C(1) << 8)

static struct trap try_read(uint32_t msr)
{
    uint64_t value;

    return probe_read_msr(msr, &value);
}

static void check_msrs(void)
{
    uint64_t apic_base = cpu_read_msr(0x1b), own;
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    check_value("msr.feature_control", 1, cpu_read_msr(0x3a));
    check_trap("msr.feature_control.write", TRAP_GP, probe_write_msr(0x3a, 5));
    check_trap("msr.vmx_basic", TRAP_GP, try_read(0x480));
    check_trap("msr.vmx_vmfunc", TRAP_GP, try_read(0x491));
    check_trap("msr.unknown", TRAP_GP, try_read(0x12345));
    check_trap("msr.unknown.write", TRAP_GP, probe_write_msr(0x12345, 0));
    check_trap("msr.microcode.write", TRAP_NONE, probe_write_msr(0x79, 0));
    check_trap("msr.apic_base.same", TRAP_NONE, probe_write_msr(0x1b, apic_base));
    /* A CPU that boots runs the firmware after an INIT, it does not wait for a SIPI: which one does
     * is not the guest's to choose. */
    check_trap("msr.apic_base.bsp", TRAP_NONE, probe_write_msr(0x1b, apic_base ^ APIC_BASE_BSP));
    check_value("msr.apic_base.bsp.stays", apic_base, cpu_read_msr(0x1b));
    check_trap("msr.apic_base.reserved", TRAP_GP, probe_write_msr(0x1b, apic_base | 1));
    check_trap("msr.apic_base.beyond", TRAP_GP,
               probe_write_msr(0x1b, apic_base | UINT64_C(1) << 51));
    for (uint32_t i = 0; i < count; i++) {
        if (map[i].type != XEN_HVM_MEMMAP_TYPE_RESERVED || map[i].size % 0x200000)
            continue;
        own = map[i].addr + 0x10000;
        check_trap("msr.apic_base.hypervisor", TRAP_GP, probe_write_msr(0x1b, own | 0x900));
    }
    check_value("msr.hypercall_page.read", 0, cpu_read_msr(0x40000000));
    check_trap("msr.hypercall_page.offset", TRAP_GP, probe_write_msr(0x40000000, 1));
    check_trap("msr.hypercall_page.mmio", TRAP_GP, probe_write_msr(0x40000000, 0xfee00000));
    check_trap("msr.hypercall_page.nowhere", TRAP_GP,
               probe_write_msr(0x40000000, UINT64_C(1) << 50));
}

/* All of RAX: IN of 32 bits clears the upper half, the others leave what they don't read. */
static void check_ports(void)
{
    const uint64_t before = 0x0123456789abcdef;
    uint64_t value = before;

    cpu_out8(COM2, 'X');
    __asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(COM2 + 5));
    check_value("port.com2.byte", 0x0123456789abcdff, value);
    value = before;
    __asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(COM2));
    check_value("port.com2.word", 0x0123456789abffff, value);
    value = before;
    __asm__ volatile("inl %w1, %k0" : "+a"(value) : "d"(COM2));
    check_value("port.com2.dword", 0xffffffff, value);
}

void area_registers(void)
{
    check_cr0();
    check_cr3();
    check_cr4();
    check_xcr0();
    check_msrs();
    check_ports();
}
