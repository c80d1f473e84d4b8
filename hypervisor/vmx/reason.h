/* SPDX-License-Identifier: BSD-2-Clause */
/* Basic exit reasons that altview does something about (SDM Vol. 3D, appendix C). */
#ifndef VMX_REASON_H
#define VMX_REASON_H

#include <stdint.h>

enum vmx_reason {
    REASON_EXCEPTION = 0, /* or NMI */
    REASON_TRIPLE_FAULT = 2,
    REASON_INIT = 3,
    REASON_SIPI = 4,
    REASON_INTERRUPT_WINDOW = 7,
    REASON_NMI_WINDOW = 8,
    REASON_TASK_SWITCH = 9,
    REASON_CPUID = 10,
    REASON_GETSEC = 11,
    REASON_INVD = 13,
    REASON_VMCALL = 18,
    REASON_VMCLEAR = 19,
    REASON_VMLAUNCH = 20,
    REASON_VMPTRLD = 21,
    REASON_VMPTRST = 22,
    REASON_VMREAD = 23,
    REASON_VMRESUME = 24,
    REASON_VMWRITE = 25,
    REASON_VMXOFF = 26,
    REASON_VMXON = 27,
    REASON_CR_ACCESS = 28,
    REASON_IO = 30,
    REASON_RDMSR = 31,
    REASON_WRMSR = 32,
    REASON_GUEST_STATE = 33, /* of a VM entry that failed */
    REASON_MONITOR_TRAP = 37,
    REASON_MACHINE_CHECK = 41, /* the same */
    REASON_EPT_VIOLATION = 48,
    REASON_EPT_MISCONFIGURATION = 49,
    REASON_INVEPT = 50,
    REASON_TIMER = 52,
    REASON_INVVPID = 53,
    REASON_XSETBV = 55,
    REASON_VMFUNC = 59,
    REASON_INSTRUCTION_TIMEOUT = 75,
    REASON_UNSERVED = 86, /* not the CPU's: an instruction that altview does not serve */
    EXIT_REASONS,
};

#define REASON_BASIC        0xffffU
#define REASON_ENTRY_FAILED (1U << 31)

/* What a basic exit reason is to altview. */
enum reason_kind {
    REASON_IS_INSTRUCTION, /* one that exits whatever the controls are, and is not there: #UD */
    REASON_IS_SERVED,
    REASON_IS_OFF,   /* it takes a control that altview leaves off */
    REASON_IS_ENTRY, /* it comes of a VM entry that has failed */
};

/*
 * Pure. Numbers without a name are instructions: every other exit takes a control, and one that
 * altview does not know of is off.
 */
enum reason_kind reason_kind(uint64_t basic);

#endif
