/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VMX instructions. Each ends in one of three ways (SDM Vol. 3C 31.2): success, VMfailInvalid
 * (CF: there is no current VMCS to hold a number) or VMfailValid (ZF: the number is in the field
 * "VM-instruction error"). altview ignores no failure: it panics with the number where it can't go
 * on.
 */
#ifndef VMX_INSTRUCTIONS_H
#define VMX_INSTRUCTIONS_H

#include "vmx/fields.h"

#include <stdbool.h>
#include <stdint.h>

enum vmx_result { VMX_OK, VMX_FAIL_INVALID, VMX_FAIL_VALID };

struct invept_descriptor {
    uint64_t eptp, reserved;
};

enum { INVEPT_SINGLE = 1, INVEPT_ALL = 2 };

/* Panics, and names the operation, its operand (a field, an address) and the error number. */
__attribute__((noreturn, cold)) void vmx_failed(const char *operation, uint64_t subject,
                                                enum vmx_result result);

/* The same for VMREAD and VMWRITE. The slow path finds out which failure it was. */
__attribute__((noreturn, cold)) void vmx_access_failed(const char *operation,
                                                       enum vmcs_field field);

static inline enum vmx_result vmx_result_of(int invalid, int valid)
{
    return invalid ? VMX_FAIL_INVALID : valid ? VMX_FAIL_VALID : VMX_OK;
}

static inline void vmx_check(const char *operation, uint64_t subject, enum vmx_result result)
{
    if (__builtin_expect(result != VMX_OK, 0)) {
        vmx_failed(operation, subject, result);
    }
}

/* VMXON, VMCLEAR, VMPTRLD: one operand, the physical address of a page. */
#define VMX_POINTER_INSTRUCTION(name)                                                              \
    static inline void name(uint64_t phys)                                                         \
    {                                                                                              \
        int invalid, valid;                                                                        \
                                                                                                   \
        __asm__ volatile(#name " %2" : "=@ccc"(invalid), "=@ccz"(valid) : "m"(phys) : "memory");   \
        vmx_check(#name, phys, vmx_result_of(invalid, valid));                                     \
    }

VMX_POINTER_INSTRUCTION(vmxon)
VMX_POINTER_INSTRUCTION(vmclear)
VMX_POINTER_INSTRUCTION(vmptrld)

static inline void vmxoff(void)
{
    __asm__ volatile("vmxoff" : : : "cc", "memory");
}

/* Both kinds of failure in one test, because the number of instructions on the exit path
 * matters. */
static inline uint64_t vmread(enum vmcs_field field)
{
    uint64_t value;

    __asm__ volatile goto("vmread %1, %0\n\tjna %l2"
                          : "=r"(value)
                          : "r"((uint64_t)field)
                          : "cc"
                          : failed);
    return value;
failed:
    vmx_access_failed("vmread", field);
}

/* Read a field that every CPU has, or that altview has written to the VMCS at its creation, on the
 * common exit path. It can't fail while there is a VMCS. Debug builds check that. */
static inline uint64_t vmread_sure(enum vmcs_field field)
{
#ifdef ALTVIEW_DEBUG
    return vmread(field);
#else
    uint64_t value;

    __asm__ volatile("vmread %1, %0" : "=r"(value) : "r"((uint64_t)field) : "cc");
    return value;
#endif
}

/* For reports, which must not fail over a field that this CPU does not have. */
bool vmread_if_there(enum vmcs_field field, uint64_t *value);

static inline void vmwrite(enum vmcs_field field, uint64_t value)
{
    __asm__ volatile goto("vmwrite %0, %1\n\tjna %l2"
                          :
                          : "r"(value), "r"((uint64_t)field)
                          : "cc"
                          : failed);
    return;
failed:
    vmx_access_failed("vmwrite", field);
}

static inline void vmwrite_sure(enum vmcs_field field, uint64_t value)
{
#ifdef ALTVIEW_DEBUG
    vmwrite(field, value);
#else
    __asm__ volatile("vmwrite %0, %1" : : "r"(value), "r"((uint64_t)field) : "cc");
#endif
}

static inline void invept(uint64_t type, uint64_t eptp)
{
    struct invept_descriptor descriptor = {eptp, 0};

    __asm__ volatile goto("invept %0, %1\n\tjna %l2"
                          :
                          : "m"(descriptor), "r"(type)
                          : "cc", "memory"
                          : failed);
    return;
failed:
    vmx_failed("invept", eptp, VMX_FAIL_VALID);
}

#endif
