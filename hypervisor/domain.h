/* SPDX-License-Identifier: BSD-2-Clause */
/* The one guest domain. */
#ifndef DOMAIN_H
#define DOMAIN_H

#include "boot/boot.h"
#include "guest/guest.h"
#include "vcpu.h"

#include <altview/altp2m.h>

#define DOMAIN_ID    1
#define DOMAIN_VCPUS 1

#define XEN_PARAMS 39 /* HVM_NR_PARAMS of <xen/hvm/params.h> */

#define PAGE_OF(address) ((address) >> ALTP2M_PAGE_SHIFT)

/* What Xen's interface keeps for a guest. Frame numbers: mfns of pages from our own range. */
struct xen_state {
    uint64_t console_mfn, store_mfn, shared_info_mfn;
    uint64_t console_gfn, store_gfn;
    uint64_t shared_info_gfn;    /* where the guest wants it, ALTP2M_INVALID_GFN: nowhere */
    uint64_t params[XEN_PARAMS]; /* HVM_PARAM_* */
    uint64_t free_mfn;           /* pages the guest gave back, linked through their first words */
    uint64_t free_count;
};

/* Bytes from the control port that the server would not take yet. */
struct port {
    size_t start, end;
    uint8_t bytes[16];
    unsigned int quiet; /* looks at the port since something moved */
};

struct domain {
    struct altp2m_domain altp2m;
    struct altp2m_vcpu altp2m_vcpus[DOMAIN_VCPUS];
    struct vcpu vcpus[DOMAIN_VCPUS];
    const struct boot_info *boot;
    unsigned int gfn_bits;
    struct control *control; /* requests and events of the monitor outside */
    struct port port;
    struct xen_state xen;
};

/* All VM exits of a vCPU so far. */
uint64_t domain_exits(const struct vcpu *vcpu);

/* Build host p2m, vCPU and VMCS, and run the guest. */
__attribute__((noreturn)) void domain_start(const struct boot_info *boot,
                                            const struct guest_entry *entry);

#endif
