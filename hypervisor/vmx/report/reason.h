/* SPDX-License-Identifier: BSD-2-Clause */
/* VT-x's additional bits of an exit reason, and altview's treatment of each reason. */
#ifndef VMX_REASON_H
#define VMX_REASON_H

#include "core/reason.h"

#include <stdint.h>

#define REASON_BASIC        0xffffU
#define REASON_ENTRY_FAILED (1U << 31)

/* The kinds of basic exit reasons. */
enum reason_kind {
    REASON_IS_INSTRUCTION, /* an instruction that exits with any controls, and that the guest's CPU
                            * does not have: #UD */
    REASON_IS_SERVED,
    REASON_IS_OFF,   /* it needs a control that altview leaves off */
    REASON_IS_ENTRY, /* it comes of a VM entry that has failed */
};

/*
 * Pure. Numbers without a name are instructions: every other exit needs a control, and controls
 * that altview does not know are off.
 */
enum reason_kind reason_kind(uint64_t basic);

#endif
