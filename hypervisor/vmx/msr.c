/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/msr.h"

#include "base/string.h"
#include "domain.h"
#include "smp/apic.h"
#include "vmx/event.h"
#include "vmx/icr.h"
#include "xen/face.h"

#include <stddef.h>

#define MSR_IA32_TSC             0x10U
#define MSR_IA32_TSC_ADJUST      0x3bU
#define MSR_IA32_UCODE_TRIGGER   0x79U
#define MSR_IA32_SMM_MONITOR_CTL 0x9bU
#define MSR_IA32_MISC_ENABLE     0x1a0U
#define MSR_MTRR_BASES           0x200U
#define MSR_MTRR_FIXED           0x250U
#define MSR_MTRR_DEFAULT         0x2ffU
#define MSR_VMX_FIRST            0x480U
#define MSR_VMX_LAST             0x493U
#define MSR_IA32_XSS             0xda0U

#define CPUID_XSAVE         0xd
#define XSS_PROCESSOR_TRACE (UINT64_C(1) << 8)

#define CPUID_1_X2APIC (1U << 21)

/* False: #GP. */
typedef bool msr_reader(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
typedef bool msr_writer(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* Locked with VMX off: to the guest this CPU has no VMX. */
static bool read_feature_control(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    (void)vcpu, (void)msr;
    *value = 1;
    return true;
}

/* The writes the CPU would answer with #GP (SDM Vol. 3A 11.12.5): here that would be our end. */
static bool apic_base_is_valid(const struct vcpu *vcpu, uint64_t value)
{
    const struct cpu_capabilities *cpu = &vcpu->domain->boot->cpu;
    uint64_t old = rdmsr(MSR_IA32_APIC_BASE);
    uint64_t reserved = 0x2ff | ~((UINT64_C(1) << cpu->physical_bits) - 1);
    bool x2apic = value & APIC_BASE_X2APIC, enabled = value & APIC_BASE_ENABLED;

    reserved |= cpu->cpuid1_ecx & CPUID_1_X2APIC ? 0 : APIC_BASE_X2APIC;
    if (x2apic && (!enabled || !(old & APIC_BASE_ENABLED))) {
        return false;
    }
    return !(value & reserved) && !(old & APIC_BASE_X2APIC && enabled && !x2apic);
}

/* CPUs reach each other through their APICs: with several, none is switched off. */
static bool leaves_reach(const struct vcpu *vcpu, uint64_t value)
{
    return vcpu->domain->vcpu_count == 1 || value & APIC_BASE_ENABLED;
}

/* It stays where it is: the APIC's page would hide ours, or one that xen/physmap.c keeps a list in.
 */
static bool write_apic_base(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    if (!leaves_reach(vcpu, value) || (value ^ rdmsr(msr)) & APIC_BASE_ADDRESS ||
        !apic_base_is_valid(vcpu, value & ~APIC_BASE_BSP)) {
        return false;
    }
    wrmsr(msr, value);
    return true;
}

/* Processor trace is what XRSTORS would start behind the hypervisor's back. */
static bool write_xss(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    struct cpuid_regs supported;

    if (!(vcpu->secondary_controls & SECONDARY_XSAVES)) {
        return false;
    }
    supported = cpuid(CPUID_XSAVE, 1);
    if (value & ~(supported.ecx | (uint64_t)supported.edx << 32) || value & XSS_PROCESSOR_TRACE) {
        return false;
    }
    wrmsr(msr, value);
    return true;
}

static bool ignore_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    (void)vcpu, (void)msr, (void)value;
    return true;
}

/*
 * What is dropped without a word, the guest may want for itself, and lives without:
 *  - microcode, as in Xen: a guest's is not for this CPU;
 *  - the time-stamp counter: a monitor's time is counted by it;
 *  - the memory types of MTRRs: under EPT they are nothing to the guest (SDM Vol. 3C 29.3.7.2), but
 *    rule the hypervisor's own accesses;
 *  - IA32_MISC_ENABLE: without execute-disable our page tables are malformed.
 *
 * NULL: #GP. A reader that needs no exit has `native_read`.
 */
static const struct {
    uint32_t first, last;
    msr_reader *read;
    msr_writer *write;
    bool native_read;
} registers[] = {
    {MSR_IA32_TSC, MSR_IA32_TSC, NULL, ignore_write, true},
    {MSR_IA32_APIC_BASE, MSR_IA32_APIC_BASE, NULL, write_apic_base, true},
    {MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_ADJUST, NULL, ignore_write, true},
    {MSR_IA32_FEATURE_CONTROL, MSR_IA32_FEATURE_CONTROL, read_feature_control, NULL, false},
    {MSR_IA32_UCODE_TRIGGER, MSR_IA32_UCODE_TRIGGER, NULL, ignore_write, false},
    {MSR_IA32_SMM_MONITOR_CTL, MSR_IA32_SMM_MONITOR_CTL, NULL, NULL, false},
    {MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE, NULL, ignore_write, true},
    {MSR_MTRR_BASES, MSR_MTRR_BASES + 0x1f, NULL, ignore_write, true},
    {MSR_MTRR_FIXED, MSR_MTRR_FIXED + 0x1f, NULL, ignore_write, true},
    {MSR_MTRR_DEFAULT, MSR_MTRR_DEFAULT, NULL, ignore_write, true},
    {MSR_VMX_FIRST, MSR_VMX_LAST, NULL, NULL, false},
    {MSR_X2APIC_ICR, MSR_X2APIC_ICR, NULL, icr_write_msr, true},
    {MSR_IA32_XSS, MSR_IA32_XSS, NULL, write_xss, true},
    {XEN_MSR_HYPERCALL_PAGE, XEN_MSR_HYPERCALL_PAGE, xen_read_hypercall_msr,
     xen_write_hypercall_msr, false},
};

#define REGISTERS (sizeof(registers) / sizeof(registers[0]))

/*
 * What a guest writes itself, and nothing else (SDM Vol. 4, table 2-2): registers that the CPU
 * switches at exit and entry, or that mean nothing in root mode, or that do no worse than slow the
 * CPU down. Not here are, above all, those by which a CPU writes to memory past EPT, or by linear
 * address in root mode: processor trace (0x560 to 0x58f; SDM Vol. 3C 33.5), PEBS (0x3f1) and
 * IA32_DS_AREA (0x600; Vol. 3B 20.6.3); and voltages.
 */
static const struct {
    uint32_t first, last;
} own[] = {
    {0x48, 0x49},             /* speculation control */
    {0x8b, 0x8b},             /* microcode's revision */
    {0xc1, 0xc8},             /* performance counters */
    {0xe1, 0xe1},             /* user waits */
    {0xe7, 0xe8},             /* MPERF, APERF */
    {0x10b, 0x10b},           /* cache flush */
    {0x122, 0x123},           /* TSX, mitigations */
    {0x174, 0x17b},           /* SYSENTER; machine check */
    {0x186, 0x18d},           /* what is counted */
    {0x199, 0x19c},           /* speed, temperature */
    {0x1b0, 0x1b2},           /* the same */
    {0x1c4, 0x1c9},           /* XFD; last branches */
    {0x1d9, 0x1d9},           /* IA32_DEBUGCTL: 0 in root mode (28.5.1) */
    {0x277, 0x29f},           /* PAT; corrected machine checks */
    {0x309, 0x30c},           /* fixed counters */
    {0x38d, 0x391},           /* and their control */
    {0x400, 0x47f},           /* banks of machine checks */
    {0x680, 0x6e1},           /* last branches, CET, TSC deadline, protection keys */
    {0x770, 0x777},           /* speed */
    {0x800, 0x8ff},           /* x2APIC */
    {0xc0000080, 0xc0000084}, /* EFER, SYSCALL */
    {0xc0000100, 0xc0000103}, /* segment bases, TSC_AUX */
};

/* SDM Vol. 3C 25.6.9: reads of MSRs 0 to 0x1fff, of those from 0xc0000000 on, then writes. All
 * others leave the guest anyway. */
#define BITMAP_REACH 0x2000U
#define BITMAP_HIGH  0xc0000000U
#define BITMAP_PART  1024
#define BITMAP_WRITE 2048

static void change_bit(uint8_t *part, uint32_t msr, bool on)
{
    uint8_t *byte = part + (msr >= BITMAP_HIGH ? BITMAP_PART : 0) + msr % BITMAP_REACH / 8;
    uint8_t bit = (uint8_t)(1U << msr % 8);

    *byte = on ? *byte | bit : *byte & (uint8_t)~bit;
}

void msr_fill_bitmap(uint8_t *bitmap)
{
    memset(bitmap + BITMAP_WRITE, 0xff, 2 * (size_t)BITMAP_PART);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        for (uint32_t msr = own[i].first; msr <= own[i].last; msr++) {
            change_bit(bitmap + BITMAP_WRITE, msr, false);
        }
    }
    for (size_t i = 0; i < REGISTERS; i++) {
        for (uint32_t m = registers[i].first; m <= registers[i].last && m < BITMAP_REACH; m++) {
            change_bit(bitmap, m, !registers[i].native_read);
        }
    }
    msr_watch_icr(bitmap, false);
}

void msr_watch_icr(uint8_t *bitmap, bool on)
{
    change_bit(bitmap + BITMAP_WRITE, MSR_X2APIC_ICR, on);
}

static size_t find(uint32_t msr)
{
    size_t i = 0;

    while (i < REGISTERS && (msr < registers[i].first || msr > registers[i].last)) {
        i++;
    }
    return i;
}

void msr_handle_read(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;
    size_t i = find(msr);
    uint64_t value;

    if (i == REGISTERS || !registers[i].read || !registers[i].read(vcpu, msr, &value)) {
        event_raise_error(VECTOR_GP, 0);
        return;
    }
    vcpu->registers.rax = (uint32_t)value;
    vcpu->registers.rdx = value >> 32;
    event_skip_instruction();
}

void msr_handle_write(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;
    uint64_t value = (uint32_t)vcpu->registers.rax | vcpu->registers.rdx << 32;
    size_t i = find(msr);

    if (i == REGISTERS || !registers[i].write || !registers[i].write(vcpu, msr, value)) {
        event_raise_error(VECTOR_GP, 0);
        return;
    }
    event_skip_instruction();
}
