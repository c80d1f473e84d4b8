/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/controls.h"

#include <stddef.h>

enum need {
    MUST_HAVE, /* on from the start; x86/capabilities.c refuses a CPU without it */
    NICE,      /* on from the start if the CPU has it */
    MUST_NOT,  /* must be off, because altview does not serve its exits; the same */
};

static const struct {
    const char *name;
    uint32_t bit;
    enum control_word word;
    enum need need;
} wishes[] = {
    {"NMI exiting", PIN_NMI_EXITING, CONTROL_PIN, MUST_HAVE},
    {"virtual NMIs", PIN_VIRTUAL_NMIS, CONTROL_PIN, MUST_HAVE},
    {"VMX preemption timer", PIN_PREEMPTION_TIMER, CONTROL_PIN, NICE},
    {"I/O bitmaps", PROCESSOR_IO_BITMAPS, CONTROL_PROCESSOR, MUST_HAVE},
    {"MSR bitmaps", PROCESSOR_MSR_BITMAPS, CONTROL_PROCESSOR, MUST_HAVE},
    {"secondary controls", PROCESSOR_SECONDARY, CONTROL_PROCESSOR, MUST_HAVE},
    {"CR3 loads without exits", PROCESSOR_CR3_LOAD, CONTROL_PROCESSOR, MUST_NOT},
    {"CR3 stores without exits", PROCESSOR_CR3_STORE, CONTROL_PROCESSOR, MUST_NOT},
    {"EPT", SECONDARY_EPT, CONTROL_SECONDARY, MUST_HAVE},
    {"unrestricted guest", SECONDARY_UNRESTRICTED, CONTROL_SECONDARY, MUST_HAVE},
    {"VPID", SECONDARY_VPID, CONTROL_SECONDARY, NICE},
    {"RDTSCP", SECONDARY_RDTSCP, CONTROL_SECONDARY, NICE},
    {"INVPCID", SECONDARY_INVPCID, CONTROL_SECONDARY, NICE},
    {"XSAVES", SECONDARY_XSAVES, CONTROL_SECONDARY, NICE},
    {"user wait and pause", SECONDARY_WAIT_PAUSE, CONTROL_SECONDARY, NICE},
    {"instruction timeout", SECONDARY_TIMEOUT, CONTROL_SECONDARY, NICE},
    {"saving of debug controls", EXIT_SAVE_DEBUG, CONTROL_EXIT, MUST_HAVE},
    {"64-bit host", EXIT_HOST_64BIT, CONTROL_EXIT, MUST_HAVE},
    {"saving of PAT", EXIT_SAVE_PAT, CONTROL_EXIT, MUST_HAVE},
    {"loading of PAT at exit", EXIT_LOAD_PAT, CONTROL_EXIT, MUST_HAVE},
    {"saving of EFER", EXIT_SAVE_EFER, CONTROL_EXIT, MUST_HAVE},
    {"loading of EFER at exit", EXIT_LOAD_EFER, CONTROL_EXIT, MUST_HAVE},
    {"saving of the preemption timer", EXIT_SAVE_TIMER, CONTROL_EXIT, NICE},
    {"loading of CET state at exit", EXIT_LOAD_CET, CONTROL_EXIT, NICE},
    {"loading of debug controls", ENTRY_LOAD_DEBUG, CONTROL_ENTRY, MUST_HAVE},
    {"loading of PAT at entry", ENTRY_LOAD_PAT, CONTROL_ENTRY, MUST_HAVE},
    {"loading of EFER at entry", ENTRY_LOAD_EFER, CONTROL_ENTRY, MUST_HAVE},
    {"loading of CET state at entry", ENTRY_LOAD_CET, CONTROL_ENTRY, NICE},
};

static bool is_met(const struct vmx_controls *c, size_t i)
{
    switch (wishes[i].need) {
    case MUST_NOT:
        return !(c->initial[wishes[i].word] & wishes[i].bit);
    case NICE:
        return true;
    default:
        return c->available[wishes[i].word] & wishes[i].bit;
    }
}

static void grant(struct vmx_controls *c, size_t i)
{
    if (wishes[i].need != MUST_NOT) {
        c->initial[wishes[i].word] |= wishes[i].bit & c->available[wishes[i].word];
    }
}

/* Allowed-0 settings in bits 31:0, allowed-1 in 63:32 (SDM Vol. 3D, appendix A). */
static void take_limits(struct vmx_controls *c, const struct vmx_msrs *msrs)
{
    const uint64_t limits[CONTROL_WORDS] = {
        [CONTROL_PIN] = msrs->pin,     [CONTROL_PROCESSOR] = msrs->processor,
        [CONTROL_EXIT] = msrs->exit,   [CONTROL_SECONDARY] = msrs->secondary,
        [CONTROL_ENTRY] = msrs->entry,
    };

    for (size_t word = 0; word < CONTROL_WORDS; word++) {
        c->initial[word] = (uint32_t)limits[word];
        c->available[word] = (uint32_t)(limits[word] >> 32);
    }
}

const char *vmx_controls_negotiate(struct vmx_controls *controls, const struct vmx_msrs *msrs)
{
    const char *lacks = NULL;

    take_limits(controls, msrs);
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
        if (!is_met(controls, i)) {
            lacks = wishes[i].name;
        }
        grant(controls, i);
    }
    if (!(controls->initial[CONTROL_PIN] & PIN_PREEMPTION_TIMER)) {
        controls->initial[CONTROL_EXIT] &= ~EXIT_SAVE_TIMER; /* SDM Vol. 3C 27.2.1.2 */
    }
    return lacks;
}
