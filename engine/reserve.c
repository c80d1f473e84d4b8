/* SPDX-License-Identifier: BSD-2-Clause */
/* The first word of a reserved page links it to the next. No table uses these pages yet. */
#include "engine.h"

void reserve_put(struct reserve *r, void *page)
{
    *(void **)page = r->pages;
    r->pages = page;
}

int reserve_fill(struct reserve *r, const struct altp2m_domain *d, uint64_t count)
{
    *r = (struct reserve){.host = &d->host};
    for (; count; count--) {
        void *page = d->host.page_alloc(d->host.context);
        if (!page) {
            reserve_release(r);
            return -XEN_ENOMEM;
        }
        reserve_put(r, page);
    }
    return 0;
}

void *reserve_take(struct reserve *r)
{
    void **page = r->pages;
    r->pages = *page;
    return page;
}

void reserve_release(struct reserve *r)
{
    while (r->pages)
        r->host->page_free(r->host->context, reserve_take(r));
}
