/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual machine control block (APM Vol. 2, appendix B), and the meaning of its fields. */
#ifndef SVM_VMCB_H
#define SVM_VMCB_H

#include "core/segment.h"

#include <stddef.h>
#include <stdint.h>

/* Exit codes (APM Vol. 2, appendix C). */
#define SVM_EXIT_CR_WRITE(n)  (0x10 + (n))
#define SVM_EXIT_EXCEPTION(n) (0x40U + (n))
#define SVM_EXIT_INTR         0x60
#define SVM_EXIT_NMI          0x61
#define SVM_EXIT_SMI          0x62
#define SVM_EXIT_VINTR        0x64
#define SVM_EXIT_CR0_BITS     0x65
#define SVM_EXIT_PUSHF        0x70
#define SVM_EXIT_POPF         0x71
#define SVM_EXIT_CPUID        0x72
#define SVM_EXIT_RSM          0x73
#define SVM_EXIT_IRET         0x74
#define SVM_EXIT_INT          0x75 /* INT n */
#define SVM_EXIT_INVD         0x76
#define SVM_EXIT_PAUSE        0x77
#define SVM_EXIT_HLT          0x78
#define SVM_EXIT_INVLPGA      0x7a
#define SVM_EXIT_IO           0x7b
#define SVM_EXIT_MSR          0x7c
#define SVM_EXIT_TASK_SWITCH  0x7d
#define SVM_EXIT_SHUTDOWN     0x7f
#define SVM_EXIT_VMRUN        0x80
#define SVM_EXIT_VMMCALL      0x81
#define SVM_EXIT_VMLOAD       0x82
#define SVM_EXIT_VMSAVE       0x83
#define SVM_EXIT_STGI         0x84
#define SVM_EXIT_CLGI         0x85
#define SVM_EXIT_SKINIT       0x86
#define SVM_EXIT_ICEBP        0x88 /* INT1 */
#define SVM_EXIT_XSETBV       0x8d
#define SVM_EXIT_CODES        0x8e /* all that are numbered in a row */
#define SVM_EXIT_NPF          0x400

/* Words of intercepts, and their bits (APM Vol. 2, table B-1). */
#define INTERCEPT_CR_WRITE(n)  (1U << (16 + (n))) /* word 0 */
#define INTERCEPT_EXCEPTION(n) (1U << (n))        /* word 2 */
#define INTERCEPT_EXCEPTIONS   UINT32_MAX         /* word 2: all */
#define INTERCEPT_INTR         (1U << 0)          /* word 3 */
#define INTERCEPT_NMI          (1U << 1)
#define INTERCEPT_SMI          (1U << 2)
#define INTERCEPT_VINTR        (1U << 4)
#define INTERCEPT_CR0_BITS     (1U << 5) /* writes of other bits than TS and MP */
#define INTERCEPT_RDTSC        (1U << 14)
#define INTERCEPT_PUSHF        (1U << 16)
#define INTERCEPT_POPF         (1U << 17)
#define INTERCEPT_CPUID        (1U << 18)
#define INTERCEPT_RSM          (1U << 19)
#define INTERCEPT_IRET         (1U << 20)
#define INTERCEPT_INT          (1U << 21) /* INT n */
#define INTERCEPT_INVD         (1U << 22)
#define INTERCEPT_PAUSE        (1U << 23)
#define INTERCEPT_HLT          (1U << 24)
#define INTERCEPT_INVLPGA      (1U << 26)
#define INTERCEPT_IO           (1U << 27)
#define INTERCEPT_MSR          (1U << 28)
#define INTERCEPT_TASK_SWITCH  (1U << 29)
#define INTERCEPT_SHUTDOWN     (1U << 31)
#define INTERCEPT_VMRUN        (1U << 0) /* word 4 */
#define INTERCEPT_VMMCALL      (1U << 1)
#define INTERCEPT_VMLOAD       (1U << 2)
#define INTERCEPT_VMSAVE       (1U << 3)
#define INTERCEPT_STGI         (1U << 4)
#define INTERCEPT_CLGI         (1U << 5)
#define INTERCEPT_SKINIT       (1U << 6)
#define INTERCEPT_ICEBP        (1U << 8) /* INT1 */
#define INTERCEPT_XSETBV       (1U << 13)

/* TLB_CONTROL. */
#define TLB_KEEP      0
#define TLB_FLUSH_ALL 1

/* The virtual interrupt control (offset 0x60). */
#define VIRTUAL_IRQ        (UINT64_C(1) << 8)
#define VIRTUAL_IRQ_HIGH   (UINT64_C(0xf) << 16) /* its priority */
#define VIRTUAL_IRQ_NO_TPR (UINT64_C(1) << 20)
#define VIRTUAL_MASKING    (UINT64_C(1) << 24)
#define VIRTUAL_TPR        UINT64_C(0xff)

#define SHADOW (UINT64_C(1) << 0) /* of `interrupt_shadow`: by STI or MOV SS */

#define NESTED_PAGING (UINT64_C(1) << 0)

/* EVENTINJ and EXITINTINFO (APM Vol. 2 15.20). */
#define SVM_EVENT_VECTOR      UINT64_C(0xff)
#define SVM_EVENT_TYPE        (UINT64_C(7) << 8)
#define SVM_EVENT_INTERRUPT   (UINT64_C(0) << 8) /* external */
#define SVM_EVENT_NMI         (UINT64_C(2) << 8)
#define SVM_EVENT_EXCEPTION   (UINT64_C(3) << 8)
#define SVM_EVENT_SOFTWARE    (UINT64_C(4) << 8) /* INT n */
#define SVM_EVENT_ERROR_CODE  (UINT64_C(1) << 11)
#define SVM_EVENT_VALID       (UINT64_C(1) << 31)
#define SVM_EVENT_ERROR_SHIFT 32

/* A nested page fault's EXITINFO1 (APM Vol. 2 15.25.6). */
#define NPF_PRESENT (UINT64_C(1) << 0)
#define NPF_WRITE   (UINT64_C(1) << 1)
#define NPF_FETCH   (UINT64_C(1) << 4)
#define NPF_WALK    (UINT64_C(1) << 33)

struct __attribute__((packed)) vmcb_segment {
    uint16_t selector, attributes;
    uint32_t limit;
    uint64_t base;
};

struct __attribute__((packed, aligned(4096))) vmcb {
    uint32_t intercepts[6];
    uint8_t reserved1[0x3c - 0x18];
    uint16_t pause_threshold, pause_count;
    uint64_t io_map, msr_map; /* physical addresses */
    uint64_t tsc_offset;
    uint32_t asid;
    uint8_t tlb_control, reserved2[3];
    uint64_t virtual_interrupt;
    uint64_t interrupt_shadow;
    uint64_t exit_code, exit_info1, exit_info2, exit_event;
    uint64_t nested_control;
    uint8_t reserved3[0xa8 - 0x98];
    uint64_t event;
    uint64_t nested_root;
    uint64_t last_branch_control;
    uint32_t clean, reserved4;
    uint64_t next_rip;
    uint8_t reserved5[0x400 - 0xd0];
    /* The state save area. */
    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved6[0x4cb - 0x4a0];
    uint8_t cpl;
    uint8_t reserved7[4];
    uint64_t efer;
    uint8_t reserved8[0x548 - 0x4d8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved9[0x5d8 - 0x580];
    uint64_t rsp, s_cet, ssp, interrupt_ssp_table;
    uint64_t rax, star, lstar, cstar, syscall_mask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint8_t reserved10[0x668 - 0x648];
    uint64_t pat, debugctl;
    uint8_t reserved11[0x1000 - 0x678];
};

_Static_assert(offsetof(struct vmcb, io_map) == 0x40, "APM Vol. 2 table B-1");
_Static_assert(offsetof(struct vmcb, asid) == 0x58, "APM Vol. 2 table B-1");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "APM Vol. 2 table B-1");
_Static_assert(offsetof(struct vmcb, nested_control) == 0x90, "APM Vol. 2 table B-1");
_Static_assert(offsetof(struct vmcb, event) == 0xa8, "APM Vol. 2 table B-1");
_Static_assert(offsetof(struct vmcb, next_rip) == 0xc8, "APM Vol. 2 table B-1");
_Static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "APM Vol. 2 table B-2");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "APM Vol. 2 table B-2");
_Static_assert(offsetof(struct vmcb, cr4) == 0x548, "APM Vol. 2 table B-2");
_Static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "APM Vol. 2 table B-2");
_Static_assert(offsetof(struct vmcb, rax) == 0x5f8, "APM Vol. 2 table B-2");
_Static_assert(offsetof(struct vmcb, cr2) == 0x640, "APM Vol. 2 table B-2");
_Static_assert(offsetof(struct vmcb, pat) == 0x668, "APM Vol. 2 table B-2");
_Static_assert(sizeof(struct vmcb) == 4096, "a page");

/* Attributes of a segment have no gap where rights (core/segment.h) have bits 11:8. */
#define ATTRIBUTES_LOW     0xffU
#define ATTRIBUTES_HIGH    0xf00U
#define ATTRIBUTES_GAP     4
#define ATTRIBUTES_PRESENT (1U << 7)
#define ATTRIBUTES_LONG    (1U << 9)
#define ATTRIBUTES_BIG     (1U << 10)

static inline uint32_t vmcb_rights(uint16_t attributes)
{
    uint32_t rights = (attributes & ATTRIBUTES_LOW) | (attributes & ATTRIBUTES_HIGH)
                                                          << ATTRIBUTES_GAP;

    return attributes & ATTRIBUTES_PRESENT ? rights : rights | RIGHTS_UNUSABLE;
}

static inline uint16_t vmcb_attributes(uint32_t rights)
{
    if (rights & RIGHTS_UNUSABLE) {
        return 0;
    }
    return (uint16_t)((rights & ATTRIBUTES_LOW) | (rights >> ATTRIBUTES_GAP & ATTRIBUTES_HIGH));
}

#endif
