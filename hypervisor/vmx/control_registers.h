/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMX_CONTROL_REGISTERS_H
#define VMX_CONTROL_REGISTERS_H

#include "cpu/x86.h"
#include "vcpu.h"

/*
 * Bits of CR0 that neither an exit nor an entry changes (SDM Vol. 3C 27.3.2.1, 28.5.1): set by the
 * guest, they would rule the hypervisor's caches too. With NW caches are not even coherent. The
 * guest sees what it has written, and runs with its caches on.
 */
#define CR0_CACHES (CR0_CD | CR0_NW)

/*
 * Exits from MOV to CR0 and CR4: only for the bits VMX fixes, NE and VMXE, and for CR0_CACHES. The
 * guest sees its own NE; VMXE it can't set.
 */
exit_handler control_register_handle;

exit_handler xsetbv_handle;

/* What MOV to CR3 would do; where PAE's top level can't be loaded, nothing. */
void control_register_set_cr3(struct vcpu *vcpu, uint64_t value);

#endif
