/* SPDX-License-Identifier: BSD-2-Clause */
/* The event that a VM entry delivers: SDM Vol. 3C 27.2.1.3. */
#include "entry_check/vmx_parts.h"

#define VALID             (UINT64_C(1) << 31)
#define RESERVED          UINT64_C(0x7ffff000)
#define DELIVERS_CODE     (1U << 11)
#define VECTOR_NMI        2
#define EXCEPTION_LAST    31
#define LENGTH_MAX        15
#define BASIC_ANY_CODE    (UINT64_C(1) << 56) /* exceptions with or without error code */
#define MISC_LENGTH_0     (UINT64_C(1) << 30)
#define PROCESSOR_MTF_MAY (UINT64_C(1) << (32 + 27))
/* #DF, #TS, #NP, #SS, #GP, #PF, #AC */
#define WITH_CODE (1U << 8 | 1U << 10 | 1U << 11 | 1U << 12 | 1U << 13 | 1U << 14 | 1U << 17)

static void types(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t event = s->controls.event, vector = event & 0xff;

    rule(w, "the type of the event is none that is reserved",
         !vmx_event_is(s, (enum vmx_event_type)1));
    rule(w, "another event takes the monitor trap flag",
         implies(vmx_event_is(s, VMX_EVENT_OTHER), s->cpu.msrs.processor & PROCESSOR_MTF_MAY));
    rule(w, "an NMI has vector 2", implies(vmx_event_is(s, VMX_EVENT_NMI), vector == VECTOR_NMI));
    rule(w, "an exception has a vector up to 31",
         implies(vmx_event_is(s, VMX_EVENT_EXCEPTION), vector <= EXCEPTION_LAST));
    rule(w, "another event has vector 0", implies(vmx_event_is(s, VMX_EVENT_OTHER), vector == 0));
    rule(w, "reserved bits of the event are clear", implies(event & VALID, !(event & RESERVED)));
}

static bool has_code(uint64_t vector)
{
    return vector <= EXCEPTION_LAST && WITH_CODE >> vector & 1;
}

static void error_codes(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t event = s->controls.event;
    bool delivers = event & VALID && event & DELIVERS_CODE;
    bool protected = s->guest.cr0 & 1 || !vmx_is_unrestricted(s);
    bool exception = vmx_event_is(s, VMX_EVENT_EXCEPTION);
    bool strict = exception && protected && !(s->cpu.msrs.basic & BASIC_ANY_CODE);

    rule(w, "only exceptions have error codes", implies(delivers, exception));
    rule(w, "no exception has an error code in real mode", implies(delivers, protected));
    rule(w, "an exception with an error code delivers one",
         implies(strict && has_code(event & 0xff), delivers));
    rule(w, "an exception without an error code delivers none",
         implies(strict && !has_code(event & 0xff), !delivers));
    rule(w, "an error code has 16 bits", implies(delivers, !(s->controls.error_code >> 16)));
}

static bool is_software(const struct vmx_entry_state *s)
{
    return vmx_event_is(s, VMX_EVENT_SOFTWARE_INTERRUPT) ||
           vmx_event_is(s, VMX_EVENT_PRIVILEGED_EXCEPTION) ||
           vmx_event_is(s, VMX_EVENT_SOFTWARE_EXCEPTION);
}

void vmx_check_event(struct rule_walk *w, const struct vmx_entry_state *s)
{
    uint64_t length = s->controls.length;

    rules_of(w, "27.2.1.3", "");
    types(w, s);
    error_codes(w, s);
    rule(w, "an instruction has at most 15 bytes", implies(is_software(s), length <= LENGTH_MAX));
    rule(w, "an instruction has at least one byte",
         implies(is_software(s) && !(s->cpu.msrs.misc & MISC_LENGTH_0), length));
}
