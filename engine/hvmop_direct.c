/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls without an envelope: <altview/hvmop.h>. The checks are those of hvmop.c, in its order. */
#include "hvmop.h"

typedef long direct_handler(struct altp2m_domain *d, const struct altp2m_caller *caller,
                            unsigned int view, uint64_t first, uint64_t second);

static long direct_switch(struct altp2m_domain *d, const struct altp2m_caller *caller,
                          unsigned int view, uint64_t first, uint64_t second)
{
    (void)caller, (void)first, (void)second;
    return altp2m_switch_all(d, view);
}

static long direct_visibility(struct altp2m_domain *d, const struct altp2m_caller *caller,
                              unsigned int view, uint64_t first, uint64_t second)
{
    (void)caller, (void)second;
    return altp2m_set_visibility(d, view, first);
}

static long direct_index(struct altp2m_domain *d, const struct altp2m_caller *caller,
                         unsigned int view, uint64_t first, uint64_t second)
{
    (void)view, (void)second;
    return hvmop_view_of(d, caller, first > UINT32_MAX ? NULL : hvmop_vcpu(d, (uint32_t)first));
}

/* A number that the envelope has no room for is no access. */
static long direct_set_access(struct altp2m_domain *d, const struct altp2m_caller *caller,
                              unsigned int view, uint64_t first, uint64_t second)
{
    (void)caller;
    return hvmop_set_access(d, view, first,
                            second < UINT16_MAX ? (unsigned int)second : UINT16_MAX);
}

static long direct_get_access(struct altp2m_domain *d, const struct altp2m_caller *caller,
                              unsigned int view, uint64_t first, uint64_t second)
{
    uint16_t access;
    int rc = altp2m_get_access(d, view, first, &access);

    (void)caller, (void)second;
    return rc ? rc : access;
}

static long direct_suppress(struct altp2m_domain *d, const struct altp2m_caller *caller,
                            unsigned int view, uint64_t first, uint64_t second)
{
    (void)caller;
    return altp2m_set_suppress_ve(d, view, first, second);
}

static long direct_change(struct altp2m_domain *d, const struct altp2m_caller *caller,
                          unsigned int view, uint64_t first, uint64_t second)
{
    return altp2m_remap(d, view, first, second, caller->privileged);
}

static direct_handler *const handlers[HVMOPS_OF_XEN] = {
    [HVMOP_altp2m_switch_p2m] = direct_switch,
    [HVMOP_altp2m_set_mem_access] = direct_set_access,
    [HVMOP_altp2m_change_gfn] = direct_change,
    [HVMOP_altp2m_set_suppress_ve] = direct_suppress,
    [HVMOP_altp2m_get_mem_access] = direct_get_access,
    [HVMOP_altp2m_get_p2m_idx] = direct_index,
    [HVMOP_altp2m_set_visibility] = direct_visibility,
};

long altp2m_direct(struct altp2m_domain *d, const struct altp2m_caller *caller, uint32_t cmd,
                   uint16_t view, uint64_t first, uint64_t second)
{
    direct_handler *handler = handlers[cmd % HVMOPS_OF_XEN];
    int rc;

    if (cmd >= HVMOPS_OF_XEN || !handler)
        return -XEN_EOPNOTSUPP;
    /* Each of them is ON and MIXED in the table. A constant is shorter, and a test compares. */
    rc = hvmop_admit(d, caller, false, HVMOP_IN_MIXED);
    return rc ? rc : handler(d, caller, view, first, second);
}

uint32_t altp2m_direct_known(void)
{
    uint32_t known = 0;

    for (unsigned int cmd = 0; cmd < HVMOPS_OF_XEN; cmd++)
        known |= (uint32_t) !!handlers[cmd] << cmd;
    return known;
}
