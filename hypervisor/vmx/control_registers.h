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

/*
 * Exits from MOV to CR0 and CR4: only for the bits that VMX fixes, NE and VMXE, for CR0_CACHES, for
 * MCE and for hidden features. The guest sees its own NE and MCE. It can't set VMXE.
 */
exit_handler control_register_handle;

#endif
