/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notes of what owners have set, for taking it back. An owner has at most one entry for each
 * setting, with the value before and the value that the owner left. docs/design/undoing.md says why
 * the notes are here.
 */
#include "control/server.h"

struct undo_entry {
    struct undo_value before, after;
    uint64_t at, born; /* of the view: another view may have its number later */
    uint32_t next;     /* of the chain, or of the free entries */
    uint32_t next_open;
    uint16_t view;
    uint8_t owner; /* 0: the entry is free */
    uint8_t kind;
    bool open;  /* the current request may change it */
    bool stuck; /* restoring it failed for lack of memory: try again after views are freed */
    uint8_t pad[2];
};

#define PER_PAGE (ALTP2M_PAGE_SIZE / sizeof(struct undo_entry))
#define PAGES    64 /* the most that is restored at once */
#define CHAINS   (ALTP2M_PAGE_SIZE / sizeof(uint32_t))
_Static_assert(ALTP2M_PAGE_SIZE % sizeof(struct undo_entry) == 0, "entries fill a page");
_Static_assert(PAGES * sizeof(void *) <= ALTP2M_PAGE_SIZE, "one page names them");

/* Entries have numbers from 1 on; 0 is none. */
static struct undo_entry *entry(const struct control *c, uint32_t i)
{
    return &c->undo.pages[altp2m_clamp(i / PER_PAGE, PAGES)][i % PER_PAGE];
}

static uint32_t end_of(const struct control *c)
{
    return c->undo.page_count * (uint32_t)PER_PAGE;
}

static void *page_new(const struct control *c)
{
    void *page = c->domain->host.page_alloc(c->domain->host.context);

    if (page) {
        __builtin_memset(page, 0, ALTP2M_PAGE_SIZE);
    }
    return page;
}

static void page_end(const struct control *c, void *page)
{
    if (page) {
        c->domain->host.page_free(c->domain->host.context, page);
    }
}

static void release_if_empty(struct control *c)
{
    struct control_undo *u = &c->undo;

    if (u->count) {
        return;
    }
    while (u->page_count) {
        page_end(c, u->pages[--u->page_count]);
    }
    page_end(c, u->pages);
    page_end(c, u->heads);
    u->pages = NULL;
    u->heads = NULL;
    u->free = 0;
}

static bool grow(struct control *c)
{
    struct control_undo *u = &c->undo;
    struct undo_entry *page;

    u->pages = u->pages ? u->pages : page_new(c);
    u->heads = u->heads ? u->heads : page_new(c);
    page = u->pages && u->heads && u->page_count < PAGES ? page_new(c) : NULL;
    if (!page) {
        return false;
    }
    u->pages[u->page_count++] = page;
    for (uint32_t i = end_of(c) - (uint32_t)PER_PAGE; i < end_of(c); i++) {
        if (i) {
            entry(c, i)->next = u->free;
            u->free = i;
        }
    }
    return true;
}

static uint32_t *chain_of(const struct control *c, uint8_t kind, unsigned int view, uint64_t at)
{
    uint64_t mixed = (at * 64 + view * UINT64_C(16) + kind) * UINT64_C(0x9e3779b97f4a7c15);

    return &c->undo.heads[mixed >> 40 & (CHAINS - 1)];
}

static bool is_same(struct undo_value a, struct undo_value b)
{
    return a.first == b.first && a.second == b.second;
}

static bool is_of(const struct undo_entry *e, enum undo_kind kind, unsigned int view, uint64_t at,
                  uint64_t born)
{
    return e->kind == kind && e->view == view && e->at == at && e->born == born;
}

static uint32_t find(const struct control *c, unsigned int owner, enum undo_kind kind,
                     unsigned int view, uint64_t at)
{
    uint64_t born = c->domain->views[view].born;
    uint32_t i = c->undo.count ? *chain_of(c, (uint8_t)kind, view, at) : 0;

    while (i && !(entry(c, i)->owner == owner && is_of(entry(c, i), kind, view, at, born))) {
        i = entry(c, i)->next;
    }
    return i;
}

/* Ensure a free entry. */
static bool has_room(struct control *c)
{
    if (!c->undo.free && !grow(c)) {
        undo_sweep(c);
    }
    return c->undo.free;
}

/* has_room has ensured that there is one. */
static uint32_t add(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at)
{
    struct control_undo *u = &c->undo;
    uint32_t i = u->free, *chain = chain_of(c, (uint8_t)kind, view, at);
    struct undo_entry *e = entry(c, i);

    u->free = e->next;
    *e = (struct undo_entry){.at = at,
                             .born = c->domain->views[view].born,
                             .next = *chain,
                             .view = (uint16_t)view,
                             .owner = u->owner,
                             .kind = (uint8_t)kind};
    *chain = i;
    u->count++;
    return i;
}

static void drop(struct control *c, uint32_t i)
{
    struct undo_entry *e = entry(c, i);
    uint32_t *link = chain_of(c, e->kind, e->view, e->at);

    while (*link != i) {
        link = &entry(c, *link)->next;
    }
    *link = e->next;
    *e = (struct undo_entry){.next = c->undo.free};
    c->undo.free = i;
    c->undo.count--;
}

/*
 * Another owner has changed it since. That owner then restores the value from before this owner,
 * not the one that this owner leaves.
 */
static void bridge(const struct control *c, const struct undo_entry *e)
{
    uint32_t i = *chain_of(c, e->kind, e->view, e->at);

    for (; i; i = entry(c, i)->next) {
        struct undo_entry *other = entry(c, i);

        if (other->owner != e->owner &&
            is_of(other, (enum undo_kind)e->kind, e->view, e->at, e->born) &&
            is_same(other->before, e->after)) {
            other->before = e->before;
        }
    }
}

static void open_entry(struct control *c, uint32_t i)
{
    entry(c, i)->open = true;
    entry(c, i)->next_open = c->undo.open;
    c->undo.open = i;
}

/* If another party has changed it since, the owner's old value is that party's. */
static void open_again(struct control *c, uint32_t i, struct undo_value now)
{
    struct undo_entry *e = entry(c, i);

    if (!is_same(now, e->after)) {
        bridge(c, e);
        e->before = now;
    }
    open_entry(c, i);
}

int undo_note(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at)
{
    uint32_t i = find(c, c->undo.owner, kind, view, at);

    if (find(c, c->undo.owner, UNDO_VIEW, view, 0) || (i && entry(c, i)->open)) {
        return 0; /* the whole view will be destroyed; or it is noted already */
    }
    if (i) {
        open_again(c, i, undo_get(c, kind, view, at));
        return 0;
    }
    if (!has_room(c)) {
        return -XEN_ENOMEM;
    }
    i = add(c, kind, view, at);
    entry(c, i)->before = undo_get(c, kind, view, at);
    open_entry(c, i);
    return 0;
}

int undo_room(struct control *c)
{
    return has_room(c) ? 0 : -XEN_ENOMEM;
}

void undo_note_view(struct control *c, unsigned int view)
{
    add(c, UNDO_VIEW, view, 0);
}

static bool is_gone(const struct control *c, const struct undo_entry *e)
{
    return e->born != c->domain->views[e->view].born ||
           (e->kind != UNDO_VIEW && !view_exists(c, e->view));
}

void undo_settle(struct control *c)
{
    struct control_undo *u = &c->undo;

    while (u->open) {
        uint32_t i = u->open;
        struct undo_entry *e = entry(c, i);

        u->open = e->next_open;
        e->open = false;
        if (!is_gone(c, e)) {
            e->after = undo_get(c, (enum undo_kind)e->kind, e->view, e->at);
        }
        if (is_gone(c, e) || is_same(e->before, e->after)) {
            drop(c, i);
        }
    }
    release_if_empty(c);
}

void undo_sweep(struct control *c)
{
    for (uint32_t i = 1; i < end_of(c); i++) {
        if (entry(c, i)->owner && !entry(c, i)->open && is_gone(c, entry(c, i))) {
            drop(c, i);
        }
    }
}

void undo_forget(struct control *c, unsigned int owner)
{
    for (uint32_t i = 1; i < end_of(c); i++) {
        if (entry(c, i)->owner == owner) {
            drop(c, i);
        }
    }
    release_if_empty(c);
}

/* Restore the old value, unless another party has changed it since. */
static void take_back(struct control *c, uint32_t i, bool last)
{
    struct undo_entry *e = entry(c, i);
    enum undo_kind kind = (enum undo_kind)e->kind;

    if (!is_gone(c, e)) {
        if (!is_same(undo_get(c, kind, e->view, e->at), e->after)) {
            bridge(c, e);
        } else if (undo_put(c, kind, e->view, e->at, e->before) && !last) {
            e->stuck = true;
            return;
        }
    }
    drop(c, i);
}

/* `last`: this time also the entries that failed before. */
static void restore(struct control *c, unsigned int owner, bool last)
{
    for (uint32_t i = 1; i < end_of(c); i++) {
        const struct undo_entry *e = entry(c, i);

        if (e->owner == owner && (last || !e->stuck) && (e->kind != UNDO_VIEW || is_gone(c, e))) {
            take_back(c, i, last);
        }
    }
}

/* No vCPU can execute a page that one of them shows any more. */
static void retire(struct control *c, unsigned int owner)
{
    for (unsigned int view = 1; view < c->domain->config.view_count; view++) {
        if (find(c, owner, UNDO_VIEW, view, 0)) {
            altp2m_view_retire(c->domain, view);
        }
    }
}

/* Free a part of one of them. False: there is more. */
static bool destroy(struct control *c, unsigned int owner)
{
    for (unsigned int view = 1; view < c->domain->config.view_count; view++) {
        uint32_t i = find(c, owner, UNDO_VIEW, view, 0);

        if (i) {
            if (altp2m_view_destroy(c->domain, view) != -ALTP2M_ERESTART) {
                drop(c, i);
            }
            return false;
        }
    }
    return true;
}

/*
 * With all vCPUs out of the guest, restore all settings and end the owner's views: no instruction
 * runs with a part of it. Only then free the views' tables and remaps, in parts. (The views come
 * last, because policies of other views may name them.)
 */
int undo_some(struct control *c, unsigned int owner)
{
    if (c->undo.count) {
        altp2m_quiesce(c->domain);
        restore(c, owner, false);
        retire(c, owner);
        if (!destroy(c, owner)) {
            return -ALTP2M_ERESTART;
        }
        restore(c, owner, true);
    }
    release_if_empty(c);
    return 0;
}
