/* SPDX-License-Identifier: BSD-2-Clause */
/* #VE: the content of the information page, and when #VE does not come (SDM Vol. 3C 26.5.7). */
#include "areas.h"
#include "check.h"
#include "cpu.h"
#include "world.h"

static void restrict_page(uint16_t view, unsigned int page, uint16_t access)
{
    altp2m_set_access(view, world_gfn(page), access);
    altp2m_set_suppress_ve(view, world_gfn(page), 0);
}

static volatile uint8_t *page_at(unsigned int page)
{
    return world.pages + page * PAGE_SIZE;
}

struct row {
    const char *name;
    uint16_t access;
    enum access_kind kind;
    uint64_t qualification; /* bits 0 to 5: the access, and the rights of the entry */
    unsigned int offset;    /* in the page */
};

static const struct row rows[] = {
    {"write_r", XENMEM_access_r, ACCESS_WRITE, VE_QUALIFY_WRITE | 1 << 3, 64},
    {"write_rx", XENMEM_access_rx, ACCESS_WRITE, VE_QUALIFY_WRITE | 5 << 3, 64},
    {"write_n", XENMEM_access_n, ACCESS_WRITE, VE_QUALIFY_WRITE, 64},
    {"read_n", XENMEM_access_n, ACCESS_READ, VE_QUALIFY_READ, 64},
    {"read_x", XENMEM_access_x, ACCESS_READ, VE_QUALIFY_READ | 4 << 3, 64},
    {"fetch_n", XENMEM_access_n, ACCESS_EXECUTE, VE_QUALIFY_FETCH, 0},
    {"fetch_r", XENMEM_access_r, ACCESS_EXECUTE, VE_QUALIFY_FETCH | 1 << 3, 0},
    {"fetch_rw", XENMEM_access_rw, ACCESS_EXECUTE, VE_QUALIFY_FETCH | 3 << 3, 0},
};

/* Its place among the test pages: the first one's address changes with the guest. */
static uint64_t in_pages(uint64_t address)
{
    return address - (uintptr_t)world.pages;
}

/* AMD's CPUs report no linear address (APM Vol. 2 15.25.6). That of a fetch follows from RIP. */
static bool has_linear(enum access_kind kind)
{
    return !cpu_is_amd() || kind == ACCESS_EXECUTE;
}

static void check_linear(const char *name, enum access_kind kind, uint64_t expected, uint64_t seen)
{
    if (!has_linear(kind))
        check_value(name, 0, ve_record()->last.gla);
    else
        check_value(name, expected, seen);
}

/* Nested page tables have no execute-only entries either: there such an entry grants nothing. */
static uint64_t qualification(const struct row *row)
{
    bool narrowed = cpu_is_amd() && row->access == XENMEM_access_x;

    return (narrowed ? row->qualification & ~(uint64_t)VE_QUALIFY_ENTRY : row->qualification) |
           (has_linear(row->kind) ? VE_QUALIFY_LINEAR | VE_QUALIFY_FINAL : 0);
}

static void check_row(uint16_t view, const struct row *row)
{
    const struct ve_record *record = ve_record();
    uint64_t address = memory_gfn(world.pages) * PAGE_SIZE + row->offset;
    struct trap trap;

    ve_reset();
    world_fill(0, 0xa0);
    restrict_page(view, 0, row->access);
    trap = world_touch(view, row->kind, world.pages);
    check_trap(row->name, TRAP_VE, trap);
    check_result(check_name("%s.count", row->name), 1, record->count);
    check_result(check_name("%s.reason", row->name), VE_REASON, record->last.reason);
    check_value(check_name("%s.busy", row->name), VE_BUSY, record->last.busy);
    check_value(check_name("%s.qualification", row->name), qualification(row),
                record->last.qualification & (0x3f | VE_QUALIFY_LINEAR | VE_QUALIFY_FINAL));
    check_linear(check_name("%s.gla", row->name), row->kind, in_pages(address),
                 in_pages(record->last.gla));
    check_value(check_name("%s.gpa", row->name), in_pages(address), in_pages(record->last.gpa));
    check_result(check_name("%s.eptp_index", row->name), view, record->last.eptp_index);
    check_result(check_name("%s.access_kept", row->name), row->access,
                 world_access(view, world_gfn(0)));
}

/* Through another mapping the linear address differs from the physical one. */
static void check_alias(uint16_t view)
{
    volatile uint8_t *alias = memory_window_map(3, world_gfn(0));
    const struct ve_record *record = ve_record();

    ve_reset();
    restrict_page(view, 0, XENMEM_access_r);
    check_trap("alias", TRAP_VE, world_touch(view, ACCESS_WRITE, alias));
    check_linear("alias.gla", ACCESS_WRITE, (uintptr_t)alias + 64, record->last.gla);
    check_value("alias.gpa", WORLD_BYTE, in_pages(record->last.gpa));
    memory_window_clear(3);
}

/* A page table of the guest's that it may not read: the walk, not the access, is what fails. */
static void check_page_walk(uint16_t view)
{
    volatile uint8_t *alias = memory_window_map(3, world_gfn(0));
    const struct ve_record *record = ve_record();
    uint64_t table = memory_window_table_gfn();

    ve_reset();
    altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
    altp2m_set_access(view, table, XENMEM_access_n);
    altp2m_set_suppress_ve(view, table, 0);
    check_trap("page_walk", TRAP_VE, world_touch(view, ACCESS_READ, alias));
    check_linear("page_walk.gla", ACCESS_READ, (uintptr_t)alias + 64, record->last.gla);
    check_value("page_walk.gpa_in_table", 3 * sizeof(uintptr_t),
                record->last.gpa - table * PAGE_SIZE);
    check_value("page_walk.qualification", has_linear(ACCESS_READ) ? VE_QUALIFY_LINEAR : 0,
                record->last.qualification & (VE_QUALIFY_LINEAR | VE_QUALIFY_FINAL));
    altp2m_set_suppress_ve(view, table, 1);
    check_trap("page_walk.suppressed", TRAP_NONE, world_touch(view, ACCESS_READ, alias));
    check_result("page_walk.lifted", XENMEM_access_rwx, world_access(view, table));
    memory_window_clear(3);
}

/* While the busy word is set there is no further #VE: the violation is an exit, and lifted. */
static void check_busy(uint16_t view)
{
    ve_reset();
    ve_keep_busy(true);
    restrict_page(view, 0, XENMEM_access_r);
    restrict_page(view, 1, XENMEM_access_r);
    check_trap("busy.first", TRAP_VE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_value("busy.word", VE_BUSY, ve_page()->busy);
    check_trap("busy.second", TRAP_NONE, world_touch(view, ACCESS_WRITE, page_at(1)));
    check_result("busy.second_lifted", XENMEM_access_rwx, world_access(view, world_gfn(1)));
    check_result("busy.count", 1, ve_record()->count);
    check_value("busy.first_kept", WORLD_BYTE, in_pages(ve_page()->gpa));
    ve_keep_busy(false);
    ve_reset();
    restrict_page(view, 1, XENMEM_access_r);
    check_trap("busy.cleared", TRAP_VE, world_touch(view, ACCESS_WRITE, page_at(1)));
}

static void check_suppressed(uint16_t view)
{
    ve_reset();
    restrict_page(view, 0, XENMEM_access_r);
    altp2m_set_suppress_ve(view, world_gfn(0), 1);
    check_trap("suppressed.write", TRAP_NONE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_result("suppressed.count", 0, ve_record()->count);
    check_result("suppressed.lifted", XENMEM_access_rwx, world_access(view, world_gfn(0)));
    restrict_page(view, 0, XENMEM_access_r);
    check_trap("unsuppressed.write", TRAP_VE, world_touch(view, ACCESS_WRITE, page_at(0)));
    check_trap("unsuppressed.read", TRAP_NONE, world_touch(view, ACCESS_READ, page_at(0)));
    check_trap("other_view.write", TRAP_NONE, world_touch(0, ACCESS_WRITE, page_at(0)));
}

/* A hole raises #VE where suppression is off, and reads as all ones where it is on. */
static void check_hole(uint16_t view)
{
    volatile uint8_t *hole = (volatile uint8_t *)(uintptr_t)(world.hole * PAGE_SIZE);

    ve_reset();
    check_shows("hole.suppressed", 0xff, world_shows(view, hole));
    if (!world.altview)
        return; /* Xen has no suppress-#VE for a hole */
    altp2m_set_suppress_ve(view, world.hole, 0);
    check_trap("hole.read", TRAP_VE, world_touch(view, ACCESS_READ, hole));
    check_value("hole.gpa", world.hole * PAGE_SIZE + 64, ve_record()->last.gpa);
    check_value("hole.grants_nothing", VE_QUALIFY_READ, ve_record()->last.qualification & 0x3f);
    altp2m_set_suppress_ve(view, world.hole, 1);
    check_shows("hole.suppressed_again", 0xff, world_shows(view, hole));
}

/* switch_p2m moves the guest as well, so the index must change. */
static void check_after_switch(uint16_t view)
{
    uint16_t other = world_view(XENMEM_access_rwx);

    ve_reset();
    restrict_page(other, 0, XENMEM_access_r);
    vmfunc(0, view);
    altp2m_switch(other);
    check_trap("after_switch.write", TRAP_VE, probe_write(world.pages + 64, 1));
    /* Bochs does not load EPTP_INDEX at VM entry: the index of the last VMFUNC stays. */
    check_result_bochs("after_switch.eptp_index", other, view, ve_record()->last.eptp_index);
    altp2m_switch(0);
    altp2m_destroy(other);
}

void area_ve(void)
{
    uint16_t view;

    world_reset_with_notify();
    world_view(XENMEM_access_rwx);
    view = world_view(XENMEM_access_rwx); /* 2: an index that is neither 0 nor 1 */
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_row(view, &rows[i]);
    check_alias(view);
    check_page_walk(view);
    check_busy(view);
    check_suppressed(view);
    check_hole(view);
    check_after_switch(view);
    altp2m_set_state(0);
}
