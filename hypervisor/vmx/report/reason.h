/* SPDX-License-Identifier: BSD-2-Clause */
/* What VT-x puts beside the basic reason of an exit, and what altview does about each. */
#ifndef VMX_REASON_H
#define VMX_REASON_H

#include "core/reason.h"

#include <stdint.h>

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
