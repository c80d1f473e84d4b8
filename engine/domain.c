/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine.h"

#include <xen/memory.h>

#define BOOKKEEPING_PAGES 4 /* and a visible list for each vCPU */

static bool config_is_sane(const struct altp2m_config *config)
{
    return config->mode <= ALTP2M_MODE_LIMITED && config->view_count &&
           config->view_count <= ALTP2M_MAX_VIEWS && config->gfn_bits &&
           config->gfn_bits <= GFN_BITS_MAX && config->vcpu_count && frames_are_sane(config);
}

static void *filled(uint64_t *page, uint64_t value)
{
    for (unsigned int i = 0; i < ALTP2M_ENTRIES; i++)
        page[i] = value;
    return page;
}

static void *page_filled(struct reserve *r, uint64_t value)
{
    return filled(reserve_take(r), value);
}

uint64_t altp2m_nothing(const struct altp2m_domain *d, void *page)
{
    return entry_root(d, filled(page, ENTRY_EMPTY));
}

/* A visible list, and what steps take. */
static uint64_t vcpu_pages(const struct altp2m_config *config)
{
    return 1 + step_pages(config);
}

int altp2m_domain_init(struct altp2m_domain *d, const struct altp2m_host *host,
                       const struct altp2m_config *config)
{
    struct reserve reserve;

    *d = (struct altp2m_domain){
        .host = *host,
        .config = *config,
        .default_access = XENMEM_access_rwx,
        .base_pages = 1,
        .writes = 1, /* the tables of steps are out of date */
    };
    if (!config_is_sane(config) || !format_init(&d->encoding, config))
        return -XEN_EINVAL;
    uint64_t pages = BOOKKEEPING_PAGES + spare_pages(config);
    int rc = reserve_fill(&reserve, d, pages + config->vcpu_count * vcpu_pages(config));
    if (rc)
        return rc;

    d->base = page_filled(&reserve, ENTRY_EMPTY);
    d->master_list = page_filled(&reserve, ROOT_INVALID);
    d->presence = page_filled(&reserve, 0);
    view_init(d, 0, XENMEM_access_rwx, reserve_take(&reserve));
    spare_init(d, &reserve);
    for (unsigned int i = 0; i < config->vcpu_count; i++) {
        config->vcpus[i] = (struct altp2m_vcpu){
            .id = i,
            .notify_gfn = ALTP2M_INVALID_GFN,
            .notify_mfn = ALTP2M_INVALID_MFN,
            .visible_list = page_filled(&reserve, ROOT_INVALID),
        };
        step_init(d, &config->vcpus[i].step, &reserve);
    }
    return 0;
}

void altp2m_domain_free(struct altp2m_domain *d)
{
    unsigned int budget = ~0U;

    while (altp2m_set_active(d, false)) {
    }
    view_end(d, 0);
    view_free(d, 0, &budget);
    base_free(d);
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        step_free(d, &d->config.vcpus[i].step);
    spare_free(d);
    page_free(d, d->presence);
    page_free(d, d->master_list);
    for (unsigned int i = 0; i < d->config.vcpu_count; i++)
        page_free(d, d->config.vcpus[i].visible_list);
}

void altp2m_tell_moves(struct altp2m_domain *d, uint64_t *to)
{
    d->moves_told = to;
    if (to)
        __atomic_store_n(to, d->moves, __ATOMIC_SEQ_CST);
}
