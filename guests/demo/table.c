/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include "altp2m.h"
#include "console.h"
#include "memory.h"

struct row {
    unsigned int view;
    const char *purpose;
};

static const struct row rows[] = {
    {VIEW_HOST, "memory as it is"},     {VIEW_VAULT, "P shows the vault"},
    {VIEW_READ_ONLY, "P is read-only"}, {VIEW_NO_ACCESS, "P can't be touched"},
    {VIEW_UNUSED, "(no such view)"},
};

static const char *state(unsigned int view)
{
    struct altview_view_info info;

    if (altview_view_info((uint16_t)view, &info))
        return "?";
    if (!info.live)
        return "none";
    return info.visible ? "visible" : "hidden";
}

static const char *access(uint16_t view, uint64_t gfn)
{
    uint16_t value;

    return altp2m_get_access(view, gfn, &value) ? "-" : access_name(value);
}

static const char *exception(uint16_t view, uint64_t gfn)
{
    uint8_t suppress;

    if (altp2m_get_suppress_ve(view, gfn, &suppress))
        return "-";
    return suppress ? "off" : "on";
}

static const char *shows(const struct visit *visit)
{
    return visit->vmfunc.vector == TRAP_NONE ? visit_outcome(visit) : "not reached";
}

static void print_row(const struct row *row, const char *page)
{
    uint16_t view = (uint16_t)row->view;
    uint64_t gfn = memory_gfn(page);
    struct visit visit = scene_visit(page, view);

    printf("  %-5u %-20s %-9s %-9s %-6s %-18s %s\n", view, row->purpose, state(view),
           access(view, gfn), exception(view, gfn), shows(&visit),
           visit.vmfunc.vector == TRAP_NONE ? "switches" : trap_name(visit.vmfunc.vector));
}

void table_print(const struct scene *scene)
{
    printf("\n  %-5s %-20s %-9s %-9s %-6s %-18s %s\n", "view", "purpose", "state", "P allows",
           "#VE", "reading P gives", "VMFUNC");
    printf("  ----- -------------------- --------- --------- ------ ------------------ --------\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        print_row(&rows[i], scene->page);
}
