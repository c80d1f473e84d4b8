/* SPDX-License-Identifier: BSD-2-Clause */
/* The x86 instructions that C can't express. VMX instructions are in vmx/. */
#ifndef X86_X86_H
#define X86_X86_H

#include <stdbool.h>
#include <stdint.h>

#define PAGE_SIZE   UINT64_C(4096)
#define PAGE_SIZE2M (UINT64_C(1) << 21)
#define PAGE_SIZE1G (UINT64_C(1) << 30)

/* Control register bits (SDM Vol. 3A 2.5). */
#define CR0_PE       (1UL << 0)
#define CR0_NE       (1UL << 5)
#define CR0_WP       (1UL << 16)
#define CR0_NW       (1UL << 29)
#define CR0_CD       (1UL << 30)
#define CR0_PG       (1UL << 31)
#define CR4_PSE      (1UL << 4)
#define CR4_PAE      (1UL << 5)
#define CR4_MCE      (1UL << 6)
#define CR4_PGE      (1UL << 7)
#define CR4_UMIP     (1UL << 11)
#define CR4_LA57     (1UL << 12)
#define CR4_VMXE     (1UL << 13)
#define CR4_FSGSBASE (1UL << 16)
#define CR4_PCIDE    (1UL << 17)
#define CR4_OSXSAVE  (1UL << 18)
#define CR4_SMEP     (1UL << 20)
#define CR4_SMAP     (1UL << 21)
#define CR4_PKE      (1UL << 22)
#define CR4_CET      (1UL << 23)
#define CR4_PKS      (1UL << 24)
#define RFLAGS_FIXED (1UL << 1)
#define RFLAGS_TF    (1UL << 8)
#define RFLAGS_IF    (1UL << 9)
#define RFLAGS_RF    (1UL << 16)
#define RFLAGS_VM    (1UL << 17)
#define RFLAGS_AC    (1UL << 18)

/* Model-specific registers (SDM Vol. 4). */
#define MSR_IA32_FEATURE_CONTROL 0x3aU
#define MSR_IA32_SYSENTER_CS     0x174U
#define MSR_IA32_SYSENTER_ESP    0x175U
#define MSR_IA32_SYSENTER_EIP    0x176U
#define MSR_IA32_DEBUGCTL        0x1d9U
#define MSR_IA32_PAT             0x277U
#define MSR_IA32_PKRS            0x6e1U
#define MSR_IA32_EFER            0xc0000080U
#define MSR_STAR                 0xc0000081U
#define MSR_LSTAR                0xc0000082U
#define MSR_CSTAR                0xc0000083U
#define MSR_SYSCALL_MASK         0xc0000084U
#define MSR_FS_BASE              0xc0000100U
#define MSR_GS_BASE              0xc0000101U
#define MSR_KERNEL_GS_BASE       0xc0000102U
#define MSR_VM_CR                0xc0010114U /* APM Vol. 2 15.30.1 */

#define PAT_AT_RESET UINT64_C(0x0007040600070406) /* SDM Vol. 3A 12.12.4 */
#define EFER_SCE     (1UL << 0)                   /* SYSCALL and SYSRET are there */
#define EFER_LME     (1UL << 8)
#define EFER_LMA     (1UL << 10)
#define EFER_NXE     (1UL << 11)
#define EFER_SVME    (1UL << 12)
#define EFER_WRITTEN (EFER_SCE | EFER_LME | EFER_NXE) /* bits of a guest's EFER; the CPU sets LMA */

struct cpuid_regs {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_regs r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* Write a value of the guest's, or read what it would. False if the CPU refuses it (#GP).
 * exceptions.c handles that. */
bool wrmsr_try(uint32_t msr, uint64_t value);
bool rdmsr_try(uint32_t msr, uint64_t *value);
bool xsetbv_try(uint32_t index, uint64_t value);

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint32_t in_sized(uint16_t port, unsigned int size)
{
    uint32_t value = 0;

    if (size == 1) {
        value = in8(port);
    } else if (size == 2) {
        __asm__ volatile("inw %1, %w0" : "+a"(value) : "Nd"(port) : "memory");
    } else {
        __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    }
    return value;
}

static inline void out_sized(uint16_t port, uint32_t value, unsigned int size)
{
    if (size == 1) {
        out8(port, (uint8_t)value);
    } else if (size == 2) {
        __asm__ volatile("outw %w0, %1" : : "a"(value), "Nd"(port) : "memory");
    } else {
        __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
    }
}

#define X86_CONTROL_REGISTER(name)                                                                 \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value) : : "memory");                        \
        return value;                                                                              \
    }                                                                                              \
    static inline void write_##name(uint64_t value)                                                \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");                            \
    }

X86_CONTROL_REGISTER(cr0)
X86_CONTROL_REGISTER(cr2)
X86_CONTROL_REGISTER(cr3)
X86_CONTROL_REGISTER(cr4)
X86_CONTROL_REGISTER(cr8)
X86_CONTROL_REGISTER(dr0)
X86_CONTROL_REGISTER(dr1)
X86_CONTROL_REGISTER(dr2)
X86_CONTROL_REGISTER(dr3)
X86_CONTROL_REGISTER(dr6)
X86_CONTROL_REGISTER(dr7)

static inline uint64_t xgetbv(uint32_t index)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
    return (uint64_t)high << 32 | low;
}

/* #UD unless CR4.PKE is set. */
static inline uint32_t rdpkru(void)
{
    uint32_t value, zero;

    __asm__ volatile("rdpkru" : "=a"(value), "=d"(zero) : "c"(0));
    return value;
}

static inline void invlpg(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void wbinvd(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

/* For a loop that waits for another CPU. */
static inline void cpu_relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

/* Sleep until an NMI comes: interrupts are off. An NMI that came just before does not wake it. */
static inline void cpu_sleep(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

/* Operand of LGDT, LIDT, SGDT, SIDT. */
struct __attribute__((packed)) descriptor_table {
    uint16_t limit;
    uint64_t base;
};

static inline void lgdt(const struct descriptor_table *table)
{
    __asm__ volatile("lgdt %0" : : "m"(*table) : "memory");
}

static inline void lidt(const struct descriptor_table *table)
{
    __asm__ volatile("lidt %0" : : "m"(*table) : "memory");
}

static inline void ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

/* Stop this CPU for good; an NMI does not wake it for more than an instant. */
__attribute__((noreturn)) static inline void cpu_stop(void)
{
    for (;;) {
        __asm__ volatile("cli; hlt" : : : "memory");
    }
}

/* Leave one stack for another, for good. */
__attribute__((noreturn)) static inline void go_on(void *stack, void (*function)(void *argument),
                                                   void *argument)
{
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "call *%1\n\t"
                     "ud2"
                     :
                     : "r"(stack), "r"(function), "D"(argument)
                     : "memory");
    __builtin_unreachable();
}

#endif
