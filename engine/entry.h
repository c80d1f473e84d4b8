/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What entries are made from, and how they are published. format/format.h says what they look like.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "format/format.h"

/* access.c: what each xenmem_access_t allows. An access is cut to the table's size, a power of two,
 * before it is an index, so that a mispredicted check reads nothing beyond. */
extern const uint8_t access_table[ALTP2M_ACCESSES];

static inline unsigned int access_allows(unsigned int access)
{
    return access_table[access % ALTP2M_ACCESSES];
}

/*
 * The widest rights that an entry can grant without exceeding it. Without R, neither format has W.
 * EPT has X where the CPU has execute-only entries (SDM Vol. 3C 29.3.3.1).
 */
static inline unsigned int access_rights(const struct altp2m_config *config, unsigned int access)
{
    unsigned int rights = access_allows(access);

    if (rights & ALTP2M_R)
        return rights;
    return config->has_exec_only ? rights & ALTP2M_X : 0;
}

#ifdef ALTVIEW_DEBUG
#define ENTRY_CHECKED true
#else
#define ENTRY_CHECKED false
#endif

/*
 * frames.c: tell the embedder which frames `entry`, in place of `old`, makes reachable from now on.
 */
void frames_tell(const struct altp2m_domain *d, uint64_t old, uint64_t entry);

/*
 * Publish with one store: the CPU and other vCPUs see the old entry or the new one. Copies of the
 * table (step.c) are out of date from now on.
 */
static inline void entry_write(struct altp2m_domain *d, uint64_t *slot, uint64_t entry)
{
    d->writes++;
    if (ENTRY_CHECKED && d->host.reached)
        frames_tell(d, *slot, entry);
    __atomic_store_n(slot, entry, __ATOMIC_RELEASE);
    if (ENTRY_CHECKED && d->host.published)
        d->host.published(d->host.context);
}

/* The same for an element of an EPTP list. */
static inline void list_write(struct altp2m_domain *d, uint64_t *slot, uint64_t eptp)
{
    d->writes++;
    __atomic_store_n(slot, eptp, __ATOMIC_RELEASE);
    if (ENTRY_CHECKED && d->host.published)
        d->host.published(d->host.context);
}

/* What another vCPU may be writing. */
static inline uint64_t entry_read(const uint64_t *slot)
{
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

#endif
