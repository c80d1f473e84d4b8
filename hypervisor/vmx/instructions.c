/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/instructions.h"

#include "base/log.h"

/* "VM-instruction error", or VMX_FAIL_INVALID where there is no current VMCS to ask. */
static enum vmx_result read_error(uint64_t *number)
{
    uint64_t value;
    int invalid, valid;

    __asm__ volatile("vmread %3, %2"
                     : "=@ccc"(invalid), "=@ccz"(valid), "=r"(value)
                     : "r"((uint64_t)VMCS_INSTRUCTION_ERROR)
                     : "memory");
    *number = value;
    return vmx_result_of(invalid, valid);
}

void vmx_failed(const char *operation, uint64_t subject, enum vmx_result result)
{
    uint64_t number = 0;

    if (result == VMX_FAIL_INVALID || read_error(&number) != VMX_OK) {
        panic("%s of 0x%lx: VMfailInvalid", operation, subject);
    }
    panic("%s of 0x%lx: VMfailValid, error %lu", operation, subject, number);
}

void vmx_access_failed(const char *operation, enum vmcs_field field)
{
    vmx_failed(operation, field, VMX_FAIL_VALID);
}
