/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest physical memory, as a view or the host p2m has it. */
#include "control/server.h"

/* The bounds of one LOCATE: elements, and reads of the tables. */
#define MOST_FRAMES                                                                                \
    ((ALTVIEW_CONTROL_MAX_PAYLOAD - sizeof(struct altview_located)) / sizeof(struct altview_frames))
#define MOST_LOOKS 1024

/* A range of at most a page's size lies in two pages. */
struct stretch {
    uint8_t *part[2];
    size_t size[2];
};

uint8_t *ram_page(const struct control *c, unsigned int view, uint64_t gfn, bool shown)
{
    const struct altp2m_domain *d = c->domain;
    struct altp2m_mapping m;

    if (gfn >> d->config.gfn_bits) {
        return NULL;
    }
    m = view == ALTVIEW_NO_VIEW ? altp2m_host_lookup(d, gfn) : altp2m_translate(d, view, gfn).to;
    if (m.type != ALTP2M_TYPE_RAM && !(shown && m.type == ALTP2M_TYPE_SPECIAL)) {
        return NULL;
    }
    return (uint8_t *)((m.mfn << ALTP2M_PAGE_SHIFT) + d->host.direct_map);
}

/* Extend the last element, or add a new one. False: there is no room. */
static bool add_frames(struct altview_located *to, const struct altview_frames *more)
{
    struct altview_frames *next = (struct altview_frames *)(to + 1) + to->count;
    struct altview_frames *last = to->count ? next - 1 : NULL;

    if (last && last->gfn + last->nr == more->gfn && last->mfn + last->nr == more->mfn) {
        last->nr += more->nr;
        return true;
    }
    if (to->count == MOST_FRAMES) {
        return false;
    }
    *next = *more;
    to->count++;
    return true;
}

static struct altp2m_mapping stretch_of(const struct control *c, unsigned int view, uint64_t gfn,
                                        uint64_t *nr)
{
    return view == ALTVIEW_NO_VIEW ? altp2m_host_stretch(c->domain, gfn, nr)
                                   : altp2m_stretch(c->domain, view, gfn, nr);
}

/* The places of the guest's own pages, up to `end` or the bound of one request. */
static uint64_t locate(const struct control *c, const struct altview_locate *l, uint64_t end,
                       struct altview_located *to)
{
    uint64_t gfn = l->gfn;

    for (unsigned int looks = 0; gfn < end; looks++) {
        uint64_t nr = 1;
        struct altp2m_mapping m = stretch_of(c, l->view, gfn, &nr);
        struct altview_frames found = {
            .gfn = gfn, .nr = nr < end - gfn ? nr : end - gfn, .mfn = m.mfn};

        if (looks == MOST_LOOKS || (m.type == ALTP2M_TYPE_RAM && !add_frames(to, &found))) {
            return gfn;
        }
        gfn += found.nr;
    }
    return ALTVIEW_NO_GFN;
}

int request_locate(struct control *c, struct exchange *x)
{
    const struct altview_locate *l = x->payload;
    struct altview_located *to = x->reply;
    uint64_t limit = UINT64_C(1) << c->domain->config.gfn_bits;

    if (!l->count || l->count > ALTVIEW_NO_GFN - l->gfn ||
        (l->view != ALTVIEW_NO_VIEW && !view_exists(c, l->view))) {
        return -XEN_EINVAL;
    }
    *to = (struct altview_located){.generation = c->domain->moves, .counter = c->host.counter};
    to->next = locate(c, l, l->gfn + l->count < limit ? l->gfn + l->count : limit, to);
    x->reply_size = sizeof(*to) + to->count * sizeof(struct altview_frames);
    return 0;
}

static int find(const struct control *c, const struct altview_memory *m, struct stretch *s)
{
    uint64_t gfn = m->address >> ALTP2M_PAGE_SHIFT;
    size_t offset = m->address % ALTP2M_PAGE_SIZE, room = ALTP2M_PAGE_SIZE - offset;

    if (!m->length || m->length > ALTVIEW_MEMORY_MAX || !view_or_host(c, m->view)) {
        return -XEN_EINVAL;
    }
    s->size[0] = m->length < room ? m->length : room;
    s->size[1] = m->length - s->size[0];
    s->part[0] = ram_page(c, m->view, gfn, true);
    s->part[1] = s->size[1] ? ram_page(c, m->view, gfn + 1, true) : s->part[0];
    if (!s->part[0] || !s->part[1]) {
        return -XEN_EFAULT;
    }
    s->part[0] += offset;
    return 0;
}

uint8_t *memory_byte(const struct control *c, uint64_t address)
{
    uint8_t *page = ram_page(c, ALTVIEW_NO_VIEW, address >> ALTP2M_PAGE_SHIFT, true);

    return page ? page + address % ALTP2M_PAGE_SIZE : NULL;
}

int request_read(struct control *c, struct exchange *x)
{
    const struct altview_memory *m = x->payload;
    uint8_t *to = x->reply;
    struct stretch s;
    int rc = find(c, m, &s);

    if (rc) {
        return rc;
    }
    __builtin_memcpy(to, s.part[0], s.size[0]);
    __builtin_memcpy(to + s.size[0], s.part[1], s.size[1]);
    x->reply_size = m->length;
    return 0;
}

int request_write(struct control *c, struct exchange *x)
{
    const struct altview_memory *m = x->payload;
    const uint8_t *from = (const uint8_t *)(m + 1);
    struct stretch s;
    int rc = x->size - sizeof(*m) == m->length ? find(c, m, &s) : -XEN_EINVAL;

    if (rc) {
        return rc;
    }
    __builtin_memcpy(s.part[0], from, s.size[0]);
    __builtin_memcpy(s.part[1], from + s.size[0], s.size[1]);
    return 0;
}

/* The number of entries of the host p2m that a request reads. */
#define MOST_ENTRIES 2048

/* The type of a mapping for the peer: 0 for a hole, or for a page that the hypervisor shows. */
static uint8_t type_of(struct altp2m_mapping m)
{
    return m.type == ALTP2M_TYPE_RAM    ? ALTVIEW_MEMORY_RAM
           : m.type == ALTP2M_TYPE_MMIO ? ALTVIEW_MEMORY_DEVICE
                                        : 0;
}

/* Add gfns to the last range, or as a new one. False: no room. */
static bool add_range(struct exchange *x, struct altview_memory_range **last, uint64_t gfn,
                      uint64_t nr, uint8_t type)
{
    if (*last && (*last)->type == type && (*last)->gfn + (*last)->nr == gfn) {
        (*last)->nr += nr;
        return true;
    }
    *last = list_add(x, sizeof(**last));
    if (!*last) {
        return false;
    }
    **last = (struct altview_memory_range){.gfn = gfn, .nr = nr, .type = type};
    return true;
}

static uint64_t list_ranges(const struct control *c, struct exchange *x, uint64_t gfn)
{
    struct altview_memory_range *last = NULL;

    for (unsigned int i = 0; i < MOST_ENTRIES && !(gfn >> c->domain->config.gfn_bits); i++) {
        uint64_t nr;
        uint8_t type = type_of(altp2m_host_stretch(c->domain, gfn, &nr));

        if (type && !add_range(x, &last, gfn, nr, type)) {
            break;
        }
        gfn += nr;
    }
    return gfn >> c->domain->config.gfn_bits ? ALTVIEW_NO_GFN : gfn;
}

int request_memory_map(struct control *c, struct exchange *x)
{
    const struct altview_first *from = x->payload;
    struct altview_list *list = list_begin(x);

    list->next = list_ranges(c, x, from->first);
    return 0;
}

int request_maximum_gfn(struct control *c, struct exchange *x)
{
    *(struct altview_last_gfn *)x->reply = (struct altview_last_gfn){c->host.maximum_gfn};
    x->reply_size = sizeof(struct altview_last_gfn);
    return 0;
}
