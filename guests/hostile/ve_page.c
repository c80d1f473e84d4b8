/* SPDX-License-Identifier: BSD-2-Clause */
/* The #VE information page, which the CPU writes: forbidden places for it, and giving it back. */
#include "hostile.h"
#include "reservation.h"

static void check_places(void)
{
    const struct {
        const char *name;
        uint64_t gfn;
    } rows[] = {
        {"own", OWN_HOLE_GFN}, {"own_last", own.first + own.count - 1},
        {"ring", own.first},   {"apic", 0xfee00},
        {"hole", world.hole},  {"beyond", UINT64_C(1) << 40},
        {"top", GFN_NONE},     {"top_of_space", GFN_NONE >> 12},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_true(check_name("enable_at_%s", rows[i].name),
                   altp2m_enable_notify(0, rows[i].gfn) < 0);
}

/* Reading a page that the view refuses; the CPU tells by #VE, or lifts it. */
static void provoke(uint16_t view)
{
    uint8_t value;

    altp2m_set_access(view, VICTIM_GFN + 8, XENMEM_access_n);
    altp2m_set_suppress_ve(view, VICTIM_GFN + 8, 0);
    probe_read((void *)((VICTIM_GFN + 8) * PAGE_SIZE), &value);
}

static void give_away(uint64_t gfn)
{
    reservation_give(gfn);
}

static void take_over(uint64_t gfn)
{
    reservation_take(gfn); /* another page in its place */
}

static void cover(uint64_t gfn)
{
    struct xen_add_to_physmap a = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = gfn};

    xen_memory(XENMEM_add_to_physmap, &a);
}

/* With #VE on, give its page back: the CPU must not write there any more. */
static void check_loss(const char *name, void (*lose)(uint64_t gfn))
{
    uint64_t gfn = VICTIM_GFN + 16;
    uint16_t view = 0;

    reservation_take(gfn);
    memset((void *)(gfn * PAGE_SIZE), 0, PAGE_SIZE);
    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    check_result(check_name("%s.enable", name), 0, altp2m_enable_notify(0, gfn));
    altp2m_switch(view);
    provoke(view);
    lose(gfn);
    for (unsigned int i = 0; i < 20; i++) {
        uint64_t taken = VICTIM_GFN + 32 + i;

        provoke(view);
        reservation_give(taken); /* the page comes back at another gfn, zeroed */
        reservation_take(taken);
        check_value(check_name("%s.nobody_writes.%u", name, i), 0,
                    *(volatile uint32_t *)(taken * PAGE_SIZE));
    }
    check_true(check_name("%s.off", name), altp2m_enable_notify(0, VICTIM_GFN + 9) == 0);
    altp2m_set_state(0);
    reservation_take(gfn);
}

/* A view shows another page where the information page is: the CPU still writes to the real one. */
static void check_remapped(void)
{
    uint64_t gfn = VICTIM_GFN + 20;
    uint16_t view = 0;

    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    memset((void *)(gfn * PAGE_SIZE), 0, PAGE_SIZE);
    memset((void *)((gfn + 1) * PAGE_SIZE), 0, PAGE_SIZE);
    check_result("remapped.enable", 0, altp2m_enable_notify(0, gfn));
    check_result("remapped.change", 0, altp2m_change_gfn(view, gfn, gfn + 1));
    altp2m_switch(view);
    provoke(view);
    check_value("remapped.other_page_untouched", 0, *(volatile uint32_t *)((gfn + 1) * PAGE_SIZE));
    altp2m_switch(0);
    check_value("remapped.reason", VE_REASON, *(volatile uint32_t *)(gfn * PAGE_SIZE));
    altp2m_set_state(0);
}

static bool resume(struct trap_frame *frame)
{
    (void)frame;
    return true; /* the busy word stays: the next one leaves the guest */
}

void attack_ve_page(void)
{
    altp2m_set_state(1); /* where the guest may; else each is refused for another reason */
    check_places();
    if (world.mode != MODE_MIXED)
        return;
    trap_set_handler(TRAP_VE, resume);
    check_loss("given_back", give_away);
    check_loss("replaced", take_over);
    check_loss("covered", cover);
    check_remapped();
    ve_init();
}
