/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/report/reason.h"

/* SDM Vol. 3D, appendix C. A number that is not here is an instruction's (Vol. 3C 26.1.2): VMX and
 * SMX ones, SEAMCALL, TDCALL, and future ones. */
static const uint8_t kinds[REASON_UNSERVED] = {
    [REASON_EXCEPTION] = REASON_IS_SERVED,
    [1] = REASON_IS_OFF, /* external interrupt */
    [REASON_TRIPLE_FAULT] = REASON_IS_SERVED,
    [REASON_INIT] = REASON_IS_SERVED,
    [REASON_SIPI] = REASON_IS_SERVED,
    [5] = REASON_IS_OFF, /* I/O SMI: to the dual monitor of SMM only, as the next */
    [REASON_SMI] = REASON_IS_OFF,
    [REASON_INTERRUPT_WINDOW] = REASON_IS_SERVED,
    [REASON_NMI_WINDOW] = REASON_IS_SERVED,
    [REASON_TASK_SWITCH] = REASON_IS_SERVED,
    [REASON_CPUID] = REASON_IS_SERVED,
    [REASON_HLT] = REASON_IS_OFF,
    [REASON_INVD] = REASON_IS_SERVED,
    [14] = REASON_IS_OFF, /* INVLPG */
    [15] = REASON_IS_OFF, /* RDPMC */
    [16] = REASON_IS_OFF, /* RDTSC */
    [17] = REASON_IS_OFF, /* RSM: in SMM only */
    [REASON_VMCALL] = REASON_IS_SERVED,
    [REASON_CR_ACCESS] = REASON_IS_SERVED,
    [29] = REASON_IS_OFF, /* MOV DR */
    [REASON_IO] = REASON_IS_SERVED,
    [REASON_RDMSR] = REASON_IS_SERVED,
    [REASON_WRMSR] = REASON_IS_SERVED,
    [REASON_GUEST_STATE] = REASON_IS_ENTRY,
    [34] = REASON_IS_ENTRY, /* MSR loading */
    [36] = REASON_IS_OFF,   /* MWAIT */
    [REASON_MONITOR_TRAP] = REASON_IS_SERVED,
    [39] = REASON_IS_OFF, /* MONITOR */
    [40] = REASON_IS_OFF, /* PAUSE */
    [REASON_MACHINE_CHECK] = REASON_IS_ENTRY,
    [43] = REASON_IS_OFF, /* TPR below threshold */
    [44] = REASON_IS_OFF, /* APIC access */
    [45] = REASON_IS_OFF, /* virtualized EOI */
    [46] = REASON_IS_OFF, /* access to GDTR or IDTR */
    [47] = REASON_IS_OFF, /* access to LDTR or TR */
    [REASON_EPT_VIOLATION] = REASON_IS_SERVED,
    [REASON_EPT_MISCONFIGURATION] = REASON_IS_SERVED,
    [51] = REASON_IS_OFF, /* RDTSCP */
    [REASON_TIMER] = REASON_IS_SERVED,
    [54] = REASON_IS_OFF, /* WBINVD, WBNOINVD */
    [REASON_XSETBV] = REASON_IS_SERVED,
    [56] = REASON_IS_OFF, /* APIC write */
    [57] = REASON_IS_OFF, /* RDRAND */
    [58] = REASON_IS_OFF, /* INVPCID */
    [REASON_VMFUNC] = REASON_IS_SERVED,
    [60] = REASON_IS_OFF, /* ENCLS */
    [61] = REASON_IS_OFF, /* RDSEED */
    [62] = REASON_IS_OFF, /* page-modification log full */
    [63] = REASON_IS_OFF, /* XSAVES */
    [64] = REASON_IS_OFF, /* XRSTORS */
    [65] = REASON_IS_OFF, /* PCONFIG */
    [66] = REASON_IS_OFF, /* SPP event */
    [67] = REASON_IS_OFF, /* UMWAIT */
    [68] = REASON_IS_OFF, /* TPAUSE */
    [69] = REASON_IS_OFF, /* LOADIWKEY */
    [70] = REASON_IS_OFF, /* ENCLV */
    [72] = REASON_IS_OFF, /* ENQCMD, ENQCMDS: PASID translation */
    [73] = REASON_IS_OFF,
    [74] = REASON_IS_OFF, /* bus lock */
    [REASON_INSTRUCTION_TIMEOUT] = REASON_IS_SERVED,
    [78] = REASON_IS_OFF, /* RDMSRLIST */
    [79] = REASON_IS_OFF, /* WRMSRLIST */
    [80] = REASON_IS_OFF, /* URDMSR */
    [81] = REASON_IS_OFF, /* UWRMSR */
    [84] = REASON_IS_OFF, /* RDMSR and WRMSR with an immediate: #UD without their control */
    [85] = REASON_IS_OFF,
};

enum reason_kind reason_kind(uint64_t basic)
{
    return basic < REASON_UNSERVED ? (enum reason_kind)kinds[basic] : REASON_IS_INSTRUCTION;
}
