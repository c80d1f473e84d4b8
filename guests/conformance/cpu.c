/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU that the guest sees: it has no VT-x, and holes map to nothing. */
#include "cpu.h"
#include "areas.h"
#include "check.h"
#include "world.h"

static uint64_t operand[2];

#define INSTRUCTION(name, text)                                                                    \
    static void do_##name(void *unused)                                                            \
    {                                                                                              \
        (void)unused;                                                                              \
        __asm__ volatile(text "\n" : : "m"(operand), "a"(&operand), "c"(1UL) : "memory", "cc");    \
    }

INSTRUCTION(vmxon, "vmxon %0")
INSTRUCTION(vmxoff, "vmxoff")
INSTRUCTION(vmclear, "vmclear %0")
INSTRUCTION(vmptrld, "vmptrld %0")
INSTRUCTION(vmptrst, "vmptrst %0")
INSTRUCTION(vmlaunch, "vmlaunch")
INSTRUCTION(vmresume, "vmresume")
#ifdef __x86_64__
INSTRUCTION(vmread, "vmread %%rcx, %%rcx")
INSTRUCTION(vmwrite, "vmwrite %%rcx, %%rcx")
INSTRUCTION(invept, "invept %0, %%rcx")
INSTRUCTION(invvpid, "invvpid %0, %%rcx")
#else
INSTRUCTION(vmread, "vmread %%ecx, %%ecx")
INSTRUCTION(vmwrite, "vmwrite %%ecx, %%ecx")
INSTRUCTION(invept, "invept %0, %%ecx")
INSTRUCTION(invvpid, "invvpid %0, %%ecx")
#endif

struct row {
    const char *name;
    void (*run)(void *unused);
};

static const struct row instructions[] = {
    {"vmxon", do_vmxon},       {"vmxoff", do_vmxoff},   {"vmclear", do_vmclear},
    {"vmptrld", do_vmptrld},   {"vmptrst", do_vmptrst}, {"vmlaunch", do_vmlaunch},
    {"vmresume", do_vmresume}, {"vmread", do_vmread},   {"vmwrite", do_vmwrite},
    {"invept", do_invept},     {"invvpid", do_invvpid},
};

#define CR4_VMXE           0x2000UL
#define CPUID_1_VMX        (1U << 5)
#define CPUID_1_HYPERVISOR (1U << 31)
#define MSR_VMX_BASIC      0x480

static void set_vmxe(void *unused)
{
    (void)unused;
    cpu_write_cr4(cpu_read_cr4() | CR4_VMXE);
}

static void read_vmx_basic(void *unused)
{
    (void)unused;
    cpu_read_msr(MSR_VMX_BASIC);
}

static void check_hole(void)
{
    volatile uint8_t *hole = (volatile uint8_t *)(uintptr_t)(world.hole * PAGE_SIZE);
    uint8_t byte = 0;

    check_trap("hole.read", TRAP_NONE, probe_read(hole, &byte));
    check_value("hole.reads_ones", 0xff, byte);
    check_trap("hole.write", TRAP_NONE, probe_write(hole, 0));
    probe_read(hole, &byte);
    check_value("hole.write_is_dropped", 0xff, byte);
    probe_read(hole + PAGE_SIZE - 1, &byte);
    check_value("hole.last_byte", 0xff, byte);
}

void area_cpu(void)
{
    for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
        check_trap(instructions[i].name, TRAP_UD, trap_try(instructions[i].run, NULL));
    check_value("cr4.vmxe_is_clear", 0, cpu_read_cr4() & CR4_VMXE);
    check_trap("cr4.set_vmxe", TRAP_GP, trap_try(set_vmxe, NULL));
    check_value("cr4.vmxe_stays_clear", 0, cpu_read_cr4() & CR4_VMXE);
    check_value("cpuid.no_vmx", 0, cpu_id(1, 0).ecx & CPUID_1_VMX);
    check_value("cpuid.hypervisor", CPUID_1_HYPERVISOR, cpu_id(1, 0).ecx & CPUID_1_HYPERVISOR);
    check_trap("msr.vmx_basic", TRAP_GP, trap_try(read_vmx_basic, NULL));
    check_hole();
}
