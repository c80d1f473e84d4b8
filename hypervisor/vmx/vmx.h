/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's VMX operation, the handlers of its VM exits, and the exits of MSRs and ports. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "core/feature.h"
#include "core/vcpu_view.h"
#include "core/vendor.h"
#include "vmx/instructions.h"

/* Whether the guest has moved to another view since the last exit. */
static inline bool vmx_view_is_stale(const struct vcpu *vcpu)
{
    return vmread_sure(VMCS_EPT_POINTER) != vcpu->eptp;
}

/* Bring vcpu->altp2m->view up to date. Each exit calls this first. */
static inline void vmx_refresh_view(struct vcpu *vcpu)
{
    if (vmx_view_is_stale(vcpu)) {
        vcpu_find_view(vcpu, vmread(VMCS_EPT_POINTER));
    }
}

void vmx_set_processor(struct vcpu *vcpu, uint32_t bit, bool on);

/* exit.S, which has vendor_enter as well: a VMLAUNCH. */
extern const char vmx_exit[];

/* Called by exit.S. */
__attribute__((noreturn)) void vmx_entry_failed(struct vcpu *vcpu);

/* exit.c: by basic exit reason. */
extern const struct exit_row exit_rows[EXIT_REASONS];
/* Debug builds: the reasons that reason_kind calls served have a handler, and no others do. */
void exit_check_handlers(void);

/* permission.c: pages of bits that all vCPUs share. MSRs that have a bit: so many from 0 and from
 * MSR_HIGH on. All others leave the guest anyway. */
#define MSR_REACH 0x2000U
#define MSR_HIGH  0xc0000000U

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit);
void permission_watch_port(struct domain *domain, unsigned int port);

exit_handler permission_handle_port;

#endif
