/* SPDX-License-Identifier: BSD-2-Clause */
/* VMX controls (SDM Vol. 3C 25.6 to 25.8), and negotiating a set of them with the CPU. */
#ifndef VMX_CONTROLS_H
#define VMX_CONTROLS_H

#include "x86/capabilities.h"

#include <stdbool.h>
#include <stdint.h>

#define PIN_NMI_EXITING      (1U << 3)
#define PIN_VIRTUAL_NMIS     (1U << 5)
#define PIN_PREEMPTION_TIMER (1U << 6)

#define PROCESSOR_INTERRUPT_WINDOW (1U << 2)
#define PROCESSOR_CR3_LOAD         (1U << 15)
#define PROCESSOR_CR3_STORE        (1U << 16)
#define PROCESSOR_NMI_WINDOW       (1U << 22)
#define PROCESSOR_IO_BITMAPS       (1U << 25)
#define PROCESSOR_MONITOR_TF       (1U << 27)
#define PROCESSOR_MSR_BITMAPS      (1U << 28)
#define PROCESSOR_SECONDARY        (1U << 31)

#define SECONDARY_EPT          (1U << 1)
#define SECONDARY_RDTSCP       (1U << 3)
#define SECONDARY_VPID         (1U << 5)
#define SECONDARY_UNRESTRICTED (1U << 7)
#define SECONDARY_INVPCID      (1U << 12)
#define SECONDARY_VMFUNC       (1U << 13)
#define SECONDARY_VE           (1U << 18)
#define SECONDARY_XSAVES       (1U << 20)
#define SECONDARY_WAIT_PAUSE   (1U << 26)
#define SECONDARY_TIMEOUT      (1U << 31)

#define EXIT_SAVE_DEBUG (1U << 2)
#define EXIT_HOST_64BIT (1U << 9)
#define EXIT_SAVE_PAT   (1U << 18)
#define EXIT_LOAD_PAT   (1U << 19)
#define EXIT_SAVE_EFER  (1U << 20)
#define EXIT_LOAD_EFER  (1U << 21)
#define EXIT_SAVE_TIMER (1U << 22)
#define EXIT_LOAD_CET   (1U << 28)

#define ENTRY_LOAD_DEBUG  (1U << 2)
#define ENTRY_GUEST_64BIT (1U << 9)
#define ENTRY_LOAD_PAT    (1U << 14)
#define ENTRY_LOAD_EFER   (1U << 15)
#define ENTRY_LOAD_CET    (1U << 20)

#define VMFUNC_EPTP_SWITCHING (1U << 0)

enum control_word {
    CONTROL_PIN,
    CONTROL_PROCESSOR,
    CONTROL_SECONDARY,
    CONTROL_EXIT,
    CONTROL_ENTRY,
    CONTROL_WORDS
};

/* The values that this CPU allows for a control word, and its initial value. */
struct vmx_controls {
    uint32_t initial[CONTROL_WORDS];
    uint32_t available[CONTROL_WORDS]; /* bits that may be 1 */
};

/* The name of a feature that the CPU lacks, or NULL. A CPU that has passed capabilities_check lacks
 * nothing. Pure. */
const char *vmx_controls_negotiate(struct vmx_controls *controls, const struct vmx_msrs *msrs);

static inline bool vmx_can(const struct vmx_controls *controls, enum control_word word,
                           uint32_t bits)
{
    return (controls->available[word] & bits) == bits;
}

#endif
