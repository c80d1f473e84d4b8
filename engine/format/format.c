/* SPDX-License-Identifier: BSD-2-Clause */
/* Make, once, the words from which a domain's entries are composed: from its format and its CPU's
 * features. */
#include "entry.h"

#include "format/ept.h"
#include "format/npt.h"

static const struct format *const formats[] = {
    [ALTP2M_FORMAT_EPT] = &format_ept,
    [ALTP2M_FORMAT_NPT] = &format_npt,
};

/* The bits that grant these rights. */
static uint64_t allow(const struct format *f, unsigned int rights)
{
    return f->allow[rights & ALTP2M_R] | f->allow[rights & ALTP2M_W] | f->allow[rights & ALTP2M_X];
}

static struct altp2m_restriction restriction(const struct format *f, unsigned int rights)
{
    return (struct altp2m_restriction){
        .kept = ~allow(f, ALTP2M_RWX) | allow(f, rights),
        .added = rights & ALTP2M_X ? 0 : f->forbid_execute,
    };
}

static uint64_t leaf(const struct format *f, unsigned int rights)
{
    return f->leaf | allow(f, rights) | (rights & ALTP2M_X ? 0 : f->forbid_execute);
}

static uint64_t base_leaf(const struct format *f, unsigned int memtype)
{
    return leaf(f, memtype == ALTP2M_MEMTYPE_TRAP ? 0 : ALTP2M_RWX) | f->suppress | ENTRY_SET_SVE |
           f->memtype[memtype] | (uint64_t)memtype << ENTRY_MEMTYPE_SHIFT;
}

static uint64_t settings(const struct format *f, const struct altp2m_config *config,
                         unsigned int access, bool suppress)
{
    unsigned int rights = access_rights(config, access);
    /* If an entry grants less than the access, the CPU must exit before it raises #VE. */
    bool hardware_suppress = suppress || rights != access_allows(access);

    return ENTRY_OWN | leaf(f, rights) | (uint64_t)access << ENTRY_ACCESS_SHIFT |
           (suppress ? ENTRY_SET_SVE : 0) | (hardware_suppress ? f->suppress : 0);
}

static void fill(struct altp2m_encoding *e, const struct format *f,
                 const struct altp2m_config *config)
{
    *e = (struct altp2m_encoding){
        .rights = allow(f, ALTP2M_RWX) | f->forbid_execute,
        .inverted = f->forbid_execute,
        .suppress = f->suppress,
        .page = HW_ADDRESS | HW_LARGE | ENTRY_MEMTYPE | ENTRY_TABLE | f->suppress,
        .table = ENTRY_TABLE | f->table | allow(f, ALTP2M_RWX) | f->suppress,
        .root = f->root,
    };
    for (unsigned int i = 0; i <= ALTP2M_RWX; i++)
        e->restriction[i] = restriction(f, i);
    for (unsigned int i = 0; i < ALTP2M_MEMTYPES; i++)
        e->leaf[i] = base_leaf(f, i);
    for (unsigned int i = 0; i < ALTP2M_ACCESSES; i++) {
        e->settings[0][i] = settings(f, config, i, false);
        e->settings[1][i] = settings(f, config, i, true);
    }
}

bool format_init(struct altp2m_encoding *e, const struct altp2m_config *config)
{
    const struct format *f;

    if ((unsigned int)config->format >= sizeof(formats) / sizeof(formats[0]))
        return false;
    f = formats[config->format];
    if ((config->has_exec_only && !f->has_exec_only) || (config->has_ve && !f->has_ve))
        return false;
    fill(e, f, config);
    return true;
}
