/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the hypervisor's: the fields of a VMCS that is a test's. */
#ifndef VMX_INSTRUCTIONS_H
#define VMX_INSTRUCTIONS_H

#include "vmx/fields.h"

#include <stdint.h>

uint64_t vmread(enum vmcs_field field);

static inline uint64_t vmread_sure(enum vmcs_field field)
{
    return vmread(field);
}

#endif
