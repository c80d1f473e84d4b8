/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/instructions.h"

#include "base/log.h"

bool vmread_if_there(enum vmcs_field field, uint64_t *value)
{
    int invalid, valid;
    uint64_t read;

    __asm__ volatile("vmread %3, %2"
                     : "=@ccc"(invalid), "=@ccz"(valid), "=r"(read)
                     : "r"((uint64_t)field)
                     : "memory");
    if (vmx_result_of(invalid, valid) != VMX_OK) {
        return false;
    }
    *value = read;
    return true;
}

void vmx_failed(const char *operation, uint64_t subject, enum vmx_result result)
{
    uint64_t number = 0;

    /* Without a current VMCS there is no field to hold the number. */
    if (result == VMX_FAIL_INVALID || !vmread_if_there(VMCS_INSTRUCTION_ERROR, &number)) {
        panic("%s of 0x%lx: VMfailInvalid", operation, subject);
    }
    panic("%s of 0x%lx: VMfailValid, error %lu", operation, subject, number);
}

void vmx_access_failed(const char *operation, enum vmcs_field field)
{
    vmx_failed(operation, field, VMX_FAIL_VALID);
}
