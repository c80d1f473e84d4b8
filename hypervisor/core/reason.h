/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cause of a VM exit, by Intel's basic exit reasons (SDM Vol. 3D, appendix C) on any CPU:
 * altview counts exits by them, and the interface has these numbers.
 */
#ifndef CORE_REASON_H
#define CORE_REASON_H

enum exit_reason {
    REASON_EXCEPTION = 0, /* or NMI */
    REASON_TRIPLE_FAULT = 2,
    REASON_INIT = 3,
    REASON_SIPI = 4,
    REASON_SMI = 6, /* with AMD-V */
    REASON_INTERRUPT_WINDOW = 7,
    REASON_NMI_WINDOW = 8,
    REASON_TASK_SWITCH = 9,
    REASON_CPUID = 10,
    REASON_GETSEC = 11,
    REASON_HLT = 12, /* where HLT causes an exit */
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
    REASON_UNSERVED = 86, /* not a CPU's reason: an instruction that altview does not serve */
    EXIT_REASONS,
};

#endif
