/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's whole state as lines of the log, and the reason why it has stopped. Pure, except
 * log_line. */
#ifndef VMX_REPORT_TEXT_H
#define VMX_REPORT_TEXT_H

#include "base/status.h"
#include "core/vcpu.h"
#include "vmx/fields.h"

#define REPORT_CODE 32 /* bytes at RIP; at least one whole instruction */

struct report_state {
    unsigned int vcpu, view;
    struct guest_registers registers;
    uint64_t cr2, dr[4], dr6; /* state that is not in the VMCS */
    /* False: this CPU has no such field, or does not use it now. */
    bool (*read)(enum vmcs_field field, uint64_t *value);
    uint64_t code_at; /* linear */
    unsigned int code_bits, code_size;
    uint8_t code[REPORT_CODE];
};

void report_write(const struct report_state *s);

/*
 * Why a vCPU can't go on after an exit without a handler. `reason`: the whole field; `event`: the
 * exit interruption information. *status: how the run ends.
 */
const char *report_cause(uint32_t reason, uint64_t event, enum status *status);

#endif
