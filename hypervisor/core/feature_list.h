/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every feature bit of CPUID that the guest may see: leaf, subleaf, register, bit, and the control
 * that serves it (SDM Vol. 2A, CPUID; Instruction Set Extensions reference). A bit that is not here
 * reads as 0, so altview hides features of future CPUs until someone adds them here.
 *
 * PLAIN: nothing is needed. Instructions, or information; MSRs, CR4 bits and XSAVE components that
 * come with it stand in feature.c and msr.c. NEEDS: of enum feature_need, without which it does not
 * work in a guest, or lasts into root mode.
 *
 * Not here on purpose, with what they would do:
 *  - VMX, SMX, SGX, key locker, TME, PCONFIG: have controls, exits or keys that are not served;
 *  - DS area, PEBS, processor trace, hardware feedback: the CPU writes past EPT or in root mode;
 *  - architectural LBR: a bit of IA32_XSS has XRSTORS switch on recording that lasts into root
 *    mode; the LBRs before it are stopped by the exit, with IA32_DEBUGCTL;
 *  - user interrupts, PASID (ENQCMD), HDC and HRESET: their MSRs or XSS components are not served;
 *  - FRED: VM entry would have to deliver events with its data; MSRLIST, USER_MSR: need tertiary
 *    controls; WRMSRNS with an immediate operand, RDMSR likewise: exits of their own;
 *  - MPX: a component of XCR0 with an MSR that lasts into root mode, and no CPU has it any more;
 *  - resource director, PPIN, split-lock and UC-lock detection: MSRs that reach beyond the guest;
 *  - LAM, LASS, APX: the walk of guest memory and the exits do not know them.
 */
#ifndef CORE_FEATURE_LIST_H
#define CORE_FEATURE_LIST_H

/* clang-format off */
#define FEATURE_LIST(X) \
    X(SSE3,              1, 0, ECX, 0, PLAIN) \
    X(PCLMULQDQ,         1, 0, ECX, 1, PLAIN) \
    X(MONITOR,           1, 0, ECX, 3, PLAIN) \
    X(EIST,              1, 0, ECX, 7, PLAIN) \
    X(TM2,               1, 0, ECX, 8, PLAIN) \
    X(SSSE3,             1, 0, ECX, 9, PLAIN) \
    X(CNXT_ID,           1, 0, ECX, 10, PLAIN) \
    X(FMA,               1, 0, ECX, 12, PLAIN) \
    X(CMPXCHG16B,        1, 0, ECX, 13, PLAIN) \
    X(PDCM,              1, 0, ECX, 15, PLAIN) \
    X(PCID,              1, 0, ECX, 17, PLAIN) \
    X(SSE4_1,            1, 0, ECX, 19, PLAIN) \
    X(SSE4_2,            1, 0, ECX, 20, PLAIN) \
    X(X2APIC,            1, 0, ECX, 21, PLAIN) \
    X(MOVBE,             1, 0, ECX, 22, PLAIN) \
    X(POPCNT,            1, 0, ECX, 23, PLAIN) \
    X(TSC_DEADLINE,      1, 0, ECX, 24, PLAIN) \
    X(AES,               1, 0, ECX, 25, PLAIN) \
    X(XSAVE,             1, 0, ECX, 26, PLAIN) \
    X(OSXSAVE,           1, 0, ECX, 27, PLAIN) \
    X(AVX,               1, 0, ECX, 28, PLAIN) \
    X(F16C,              1, 0, ECX, 29, PLAIN) \
    X(RDRAND,            1, 0, ECX, 30, PLAIN) \
    X(FPU,               1, 0, EDX, 0, PLAIN) \
    X(VME,               1, 0, EDX, 1, PLAIN) \
    X(DE,                1, 0, EDX, 2, PLAIN) \
    X(PSE,               1, 0, EDX, 3, PLAIN) \
    X(TSC,               1, 0, EDX, 4, PLAIN) \
    X(MSR,               1, 0, EDX, 5, PLAIN) \
    X(PAE,               1, 0, EDX, 6, PLAIN) \
    X(MCE,               1, 0, EDX, 7, PLAIN) \
    X(CMPXCHG8B,         1, 0, EDX, 8, PLAIN) \
    X(APIC,              1, 0, EDX, 9, PLAIN) \
    X(SYSENTER,          1, 0, EDX, 11, PLAIN) \
    X(MTRR,              1, 0, EDX, 12, PLAIN) \
    X(PGE,               1, 0, EDX, 13, PLAIN) \
    X(MCA,               1, 0, EDX, 14, PLAIN) \
    X(CMOV,              1, 0, EDX, 15, PLAIN) \
    X(PAT,               1, 0, EDX, 16, PLAIN) \
    X(PSE36,             1, 0, EDX, 17, PLAIN) \
    X(CLFLUSH,           1, 0, EDX, 19, PLAIN) \
    X(ACPI,              1, 0, EDX, 22, PLAIN) \
    X(MMX,               1, 0, EDX, 23, PLAIN) \
    X(FXSR,              1, 0, EDX, 24, PLAIN) \
    X(SSE,               1, 0, EDX, 25, PLAIN) \
    X(SSE2,              1, 0, EDX, 26, PLAIN) \
    X(SELF_SNOOP,        1, 0, EDX, 27, PLAIN) \
    X(HTT,               1, 0, EDX, 28, PLAIN) \
    X(TM,                1, 0, EDX, 29, PLAIN) \
    X(PBE,               1, 0, EDX, 31, PLAIN) \
    X(THERMAL_SENSOR,    6, 0, EAX, 0, PLAIN) \
    X(TURBO,             6, 0, EAX, 1, PLAIN) \
    X(ARAT,              6, 0, EAX, 2, PLAIN) \
    X(POWER_LIMIT_EVENT, 6, 0, EAX, 4, PLAIN) \
    X(CLOCK_DUTY,        6, 0, EAX, 5, PLAIN) \
    X(PACKAGE_THERMAL,   6, 0, EAX, 6, PLAIN) \
    X(HWP,               6, 0, EAX, 7, PLAIN) \
    X(HWP_NOTIFICATION,  6, 0, EAX, 8, PLAIN) \
    X(HWP_WINDOW,        6, 0, EAX, 9, PLAIN) \
    X(HWP_PREFERENCE,    6, 0, EAX, 10, PLAIN) \
    X(HWP_PACKAGE,       6, 0, EAX, 11, PLAIN) \
    X(TURBO_MAX_3,       6, 0, EAX, 14, PLAIN) \
    X(HWP_CAPABILITIES,  6, 0, EAX, 15, PLAIN) \
    X(HWP_PECI,          6, 0, EAX, 16, PLAIN) \
    X(HWP_FLEXIBLE,      6, 0, EAX, 17, PLAIN) \
    X(HWP_IDLE,          6, 0, EAX, 20, PLAIN) \
    X(APERFMPERF,        6, 0, ECX, 0, PLAIN) \
    X(ENERGY_BIAS,       6, 0, ECX, 3, PLAIN) \
    X(FSGSBASE,          7, 0, EBX, 0, PLAIN) \
    X(TSC_ADJUST,        7, 0, EBX, 1, PLAIN) \
    X(BMI1,              7, 0, EBX, 3, PLAIN) \
    X(HLE,               7, 0, EBX, 4, PLAIN) \
    X(AVX2,              7, 0, EBX, 5, PLAIN) \
    X(FDP_EXCEPTION,     7, 0, EBX, 6, PLAIN) \
    X(SMEP,              7, 0, EBX, 7, PLAIN) \
    X(BMI2,              7, 0, EBX, 8, PLAIN) \
    X(ERMS,              7, 0, EBX, 9, PLAIN) \
    X(INVPCID,           7, 0, EBX, 10, NEEDS(INVPCID)) \
    X(RTM,               7, 0, EBX, 11, PLAIN) \
    X(NO_FCS_FDS,        7, 0, EBX, 13, PLAIN) \
    X(AVX512F,           7, 0, EBX, 16, PLAIN) \
    X(AVX512DQ,          7, 0, EBX, 17, PLAIN) \
    X(RDSEED,            7, 0, EBX, 18, PLAIN) \
    X(ADX,               7, 0, EBX, 19, PLAIN) \
    X(SMAP,              7, 0, EBX, 20, PLAIN) \
    X(AVX512_IFMA,       7, 0, EBX, 21, PLAIN) \
    X(CLFLUSHOPT,        7, 0, EBX, 23, PLAIN) \
    X(CLWB,              7, 0, EBX, 24, PLAIN) \
    X(AVX512PF,          7, 0, EBX, 26, PLAIN) \
    X(AVX512ER,          7, 0, EBX, 27, PLAIN) \
    X(AVX512CD,          7, 0, EBX, 28, PLAIN) \
    X(SHA,               7, 0, EBX, 29, PLAIN) \
    X(AVX512BW,          7, 0, EBX, 30, PLAIN) \
    X(AVX512VL,          7, 0, EBX, 31, PLAIN) \
    X(PREFETCHWT1,       7, 0, ECX, 0, PLAIN) \
    X(AVX512_VBMI,       7, 0, ECX, 1, PLAIN) \
    X(UMIP,              7, 0, ECX, 2, PLAIN) \
    X(PKU,               7, 0, ECX, 3, PLAIN) \
    X(OSPKE,             7, 0, ECX, 4, PLAIN) \
    X(WAITPKG,           7, 0, ECX, 5, NEEDS(WAITPKG)) \
    X(AVX512_VBMI2,      7, 0, ECX, 6, PLAIN) \
    X(CET_SS,            7, 0, ECX, 7, NEEDS(CET)) \
    X(GFNI,              7, 0, ECX, 8, PLAIN) \
    X(VAES,              7, 0, ECX, 9, PLAIN) \
    X(VPCLMULQDQ,        7, 0, ECX, 10, PLAIN) \
    X(AVX512_VNNI,       7, 0, ECX, 11, PLAIN) \
    X(AVX512_BITALG,     7, 0, ECX, 12, PLAIN) \
    X(AVX512_VPOPCNTDQ,  7, 0, ECX, 14, PLAIN) \
    X(LA57,              7, 0, ECX, 16, PLAIN) \
    X(RDPID,             7, 0, ECX, 22, NEEDS(RDTSCP)) \
    X(BUS_LOCK_DETECT,   7, 0, ECX, 24, PLAIN) \
    X(CLDEMOTE,          7, 0, ECX, 25, PLAIN) \
    X(MOVDIRI,           7, 0, ECX, 27, PLAIN) \
    X(MOVDIR64B,         7, 0, ECX, 28, PLAIN) \
    X(PKS,               7, 0, ECX, 31, PLAIN) \
    X(AVX512_4VNNIW,     7, 0, EDX, 2, PLAIN) \
    X(AVX512_4FMAPS,     7, 0, EDX, 3, PLAIN) \
    X(FSRM,              7, 0, EDX, 4, PLAIN) \
    X(VP2INTERSECT,      7, 0, EDX, 8, PLAIN) \
    X(SRBDS_CTRL,        7, 0, EDX, 9, PLAIN) \
    X(MD_CLEAR,          7, 0, EDX, 10, PLAIN) \
    X(RTM_ALWAYS_ABORT,  7, 0, EDX, 11, PLAIN) \
    X(SERIALIZE,         7, 0, EDX, 14, PLAIN) \
    X(HYBRID,            7, 0, EDX, 15, PLAIN) \
    X(TSXLDTRK,          7, 0, EDX, 16, PLAIN) \
    X(CET_IBT,           7, 0, EDX, 20, NEEDS(CET)) \
    X(AMX_BF16,          7, 0, EDX, 22, PLAIN) \
    X(AVX512_FP16,       7, 0, EDX, 23, PLAIN) \
    X(AMX_TILE,          7, 0, EDX, 24, PLAIN) \
    X(AMX_INT8,          7, 0, EDX, 25, PLAIN) \
    X(IBRS,              7, 0, EDX, 26, PLAIN) \
    X(STIBP,             7, 0, EDX, 27, PLAIN) \
    X(L1D_FLUSH,         7, 0, EDX, 28, PLAIN) \
    X(ARCH_CAPABILITIES, 7, 0, EDX, 29, PLAIN) \
    X(SSBD,              7, 0, EDX, 31, PLAIN) \
    X(SHA512,            7, 1, EAX, 0, PLAIN) \
    X(SM3,               7, 1, EAX, 1, PLAIN) \
    X(SM4,               7, 1, EAX, 2, PLAIN) \
    X(RAO_INT,           7, 1, EAX, 3, PLAIN) \
    X(AVX_VNNI,          7, 1, EAX, 4, PLAIN) \
    X(AVX512_BF16,       7, 1, EAX, 5, PLAIN) \
    X(CMPCCXADD,         7, 1, EAX, 7, PLAIN) \
    X(FZRM,              7, 1, EAX, 10, PLAIN) \
    X(FSRS,              7, 1, EAX, 11, PLAIN) \
    X(FSRC,              7, 1, EAX, 12, PLAIN) \
    X(AMX_FP16,          7, 1, EAX, 21, PLAIN) \
    X(AVX_IFMA,          7, 1, EAX, 23, PLAIN) \
    X(AVX_VNNI_INT8,     7, 1, EDX, 4, PLAIN) \
    X(AVX_NE_CONVERT,    7, 1, EDX, 5, PLAIN) \
    X(AMX_COMPLEX,       7, 1, EDX, 8, PLAIN) \
    X(AVX_VNNI_INT16,    7, 1, EDX, 10, PLAIN) \
    X(PREFETCHI,         7, 1, EDX, 14, PLAIN) \
    X(PSFD,              7, 2, EDX, 0, PLAIN) \
    X(IPRED_CTRL,        7, 2, EDX, 1, PLAIN) \
    X(RRSBA_CTRL,        7, 2, EDX, 2, PLAIN) \
    X(DDPD_U,            7, 2, EDX, 3, PLAIN) \
    X(BHI_CTRL,          7, 2, EDX, 4, PLAIN) \
    X(MCDT_NO,           7, 2, EDX, 5, PLAIN) \
    X(MONITOR_MITG_NO,   7, 2, EDX, 7, PLAIN) \
    X(XSAVEOPT,          0xd, 1, EAX, 0, PLAIN) \
    X(XSAVEC,            0xd, 1, EAX, 1, PLAIN) \
    X(XGETBV_1,          0xd, 1, EAX, 2, PLAIN) \
    X(XSAVES,            0xd, 1, EAX, 3, NEEDS(XSAVES)) \
    X(XFD,               0xd, 1, EAX, 4, PLAIN) \
    X(LAHF_64,           0x80000001, 0, ECX, 0, PLAIN) \
    X(LZCNT,             0x80000001, 0, ECX, 5, PLAIN) \
    X(PREFETCHW,         0x80000001, 0, ECX, 8, PLAIN) \
    X(SYSCALL,           0x80000001, 0, EDX, 11, PLAIN) \
    X(NX,                0x80000001, 0, EDX, 20, PLAIN) \
    X(PAGES_1G,          0x80000001, 0, EDX, 26, PLAIN) \
    X(RDTSCP,            0x80000001, 0, EDX, 27, NEEDS(RDTSCP)) \
    X(LONG_MODE,         0x80000001, 0, EDX, 29, PLAIN) \
    X(INVARIANT_TSC,     0x80000007, 0, EDX, 8, PLAIN) \
    X(WBNOINVD,          0x80000008, 0, EBX, 9, PLAIN)
/* clang-format on */

#endif
