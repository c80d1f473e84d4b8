/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Composing and publishing entries. format/format.h has their format.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "format/format.h"

/* access.c: the rights of each xenmem_access_t. The engine clamps an access to the table's size, a
 * power of two, before it uses it as an index, so that a mispredicted check reads nothing
 * beyond. */
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
 * Publish with one store: all CPUs see the old entry or the new one. Copies of the table (step.c)
 * are out of date from now on.
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

/* A read of an entry that another vCPU may be writing. */
static inline uint64_t entry_read(const uint64_t *slot)
{
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

#endif
