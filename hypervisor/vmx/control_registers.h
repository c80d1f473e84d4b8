/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMX_CONTROL_REGISTERS_H
#define VMX_CONTROL_REGISTERS_H

#include "core/vendor.h"
#include "x86/x86.h"

/*
 * Bits of CR0 that neither an exit nor an entry changes (SDM Vol. 3C 27.3.2.1, 28.5.1): if the
 * guest could set them, they would change the hypervisor's caching too. With NW caches are not even
 * coherent. The guest reads what it has written, and runs with its caches on.
 */
#define CR0_CACHES (CR0_CD | CR0_NW)

/*
 * Bits of CR4 that altview controls: VMXE, which VMX fixes, and MCE, which decides for this CPU
 * whether a machine check is an exception or a shutdown, in root mode and in the guest alike.
 */
static inline uint64_t control_registers_own_cr4(const struct vmx_msrs *msrs)
{
    return msrs->cr4_fixed0 | (msrs->cr4_fixed1 & CR4_MCE);
}

/* Bits that exit when the guest changes them: of CR0 NE, which VMX fixes, and CR0_CACHES; of CR4
 * those that altview controls, and hidden features. */
static inline uint64_t control_registers_fixed_cr0(const struct vmx_msrs *msrs)
{
    return msrs->cr0_fixed0 & ~(CR0_PE | CR0_PG); /* unrestricted guest */
}
static inline uint64_t control_registers_mask_cr0(const struct domain *domain)
{
    return control_registers_fixed_cr0(&domain->boot->cpu.vmx) | CR0_CACHES;
}
static inline uint64_t control_registers_mask_cr4(const struct domain *domain)
{
    return control_registers_own_cr4(&domain->boot->cpu.vmx) | ~domain->face.cr4;
}

/*
 * Exits from MOV to CR0, CR3 and CR4, CLTS and LMSW: for those bits, and for the bits that a
 * monitor watches (vendor_watch). The guest sees its own NE and MCE. It can't set VMXE.
 */
exit_handler control_register_handle;

#endif
