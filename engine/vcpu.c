/* SPDX-License-Identifier: BSD-2-Clause */
/* #VE and VMFUNC of a vCPU. */
#include "engine.h"

void vcpu_changed(const struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    d->host.vcpu_changed(d->host.context, vcpu);
}

void altp2m_quiesce(const struct altp2m_domain *d)
{
    if (d->host.quiesce)
        d->host.quiesce(d->host.context);
}

/* Put a vCPU where it was before altp2m was turned on. */
void vcpu_reset(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    vcpu->view = 0;
    vcpu->away = false;
    vcpu->vmfunc = false;
    vcpu->notify_gfn = ALTP2M_INVALID_GFN;
    vcpu->notify_mfn = ALTP2M_INVALID_MFN;
    vcpu_changed(d, vcpu);
}

/* Xen: altp2m_vcpu_enable_ve; the page must be plain RAM, not one shared with the hypervisor. */
int altp2m_enable_notify(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, uint64_t gfn)
{
    if (vcpu->notify_gfn != ALTP2M_INVALID_GFN)
        return -XEN_EEXIST;

    struct altp2m_mapping page = altp2m_host_lookup(d, gfn);
    if (page.type == ALTP2M_TYPE_MMIO) /* Xen: check_get_page_from_gfn */
        return -XEN_EPERM;
    if (page.type != ALTP2M_TYPE_RAM)
        return -XEN_EINVAL;
    altp2m_quiesce(d);
    vcpu->notify_gfn = gfn;
    vcpu->notify_mfn = page.mfn;
    vcpu->vmfunc = true;
    vcpu_changed(d, vcpu);
    return 0;
}

void altp2m_disable_notify(struct altp2m_domain *d, struct altp2m_vcpu *vcpu)
{
    if (vcpu->notify_gfn == ALTP2M_INVALID_GFN)
        return;
    altp2m_quiesce(d);
    vcpu->notify_gfn = ALTP2M_INVALID_GFN;
    vcpu->notify_mfn = ALTP2M_INVALID_MFN;
    vcpu_changed(d, vcpu);
}

void altp2m_set_vmfunc(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, bool on)
{
    if (vcpu->vmfunc == on)
        return;
    altp2m_quiesce(d);
    vcpu->vmfunc = on;
    vcpu_changed(d, vcpu);
}

/* The CPU writes to the #VE page by its mfn. It must not do so after the guest has given the page
 * back. */
void vcpus_check_notify(struct altp2m_domain *d)
{
    for (unsigned int i = 0; i < d->config.vcpu_count; i++) {
        struct altp2m_vcpu *vcpu = &d->config.vcpus[i];
        if (vcpu->notify_gfn == ALTP2M_INVALID_GFN)
            continue;
        struct altp2m_mapping page = altp2m_host_lookup(d, vcpu->notify_gfn);
        if (page.type != ALTP2M_TYPE_RAM || page.mfn != vcpu->notify_mfn)
            altp2m_disable_notify(d, vcpu);
    }
}
