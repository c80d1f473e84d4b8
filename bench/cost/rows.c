/* SPDX-License-Identifier: BSD-2-Clause */
#include "costs.h"

#define CALL   450 /* every altp2m operation of fixed size */
#define DIRECT 220 /* the operations without an envelope */

const struct row rows[ROWS] = {
    {.name = "null_hypercall", .label = "null hypercall", .budget = 130},
    {.name = "cpuid", .label = "CPUID exit", .budget = 130},
    {.name = "get_domain_state", .fixed = true, .label = "get_domain_state", .budget = 300},
    {.name = "get_vcpu_p2m_idx", .fixed = true, .label = "get_vcpu_p2m_idx", .budget = CALL},
    {.name = "set_visibility", .fixed = true, .label = "set_visibility", .budget = CALL},
    {.name = "switch", .fixed = true, .label = "switch_p2m", .budget = CALL},
    {.name = "get_mem_access", .fixed = true, .label = "get_mem_access", .budget = CALL},
    {.name = "set_mem_access", .fixed = true, .label = "set_mem_access, warm", .budget = 450},
    {.name = "set_mem_access_region",
     .unlike = true,
     .label = "set_mem_access, first in 2 MiB",
     .budget = 5000},
    {.name = "set_mem_access_view",
     .unlike = true,
     .label = "set_mem_access, first in a view",
     .budget = 5000},
    {.name = "set_mem_access_back", .label = "set_mem_access, last one undone"},
    {.name = "set_mem_access_multi",
     .unlike = true,
     .label = "set_mem_access_multi, a page",
     .budget = 60},
    {.name = "set_suppress_ve", .fixed = true, .label = "set_suppress_ve", .budget = CALL},
    {.name = "change_gfn", .fixed = true, .label = "change_gfn, to another page", .budget = CALL},
    {.name = "change_gfn_new",
     .fixed = true,
     .label = "change_gfn, from the host's page",
     .budget = CALL},
    {.name = "change_gfn_undo", .fixed = true, .label = "change_gfn, undone", .budget = CALL},
    {.name = "create", .fixed = true, .label = "create_p2m", .budget = 1200},
    {.name = "destroy", .fixed = true, .label = "destroy_p2m", .budget = CALL},
    {.name = "first_vmfunc",
     .label = "first VMFUNC into a fresh view",
     .budget = 10,
     .no_exit = true,
     .unlike = true},
    {.name = "vmfunc_pair", .unlike = true, .label = "VMFUNC there and back"},
    {.name = "first_touch_64m", .unlike = true, .label = "first touch in a fresh view, a page"},
    {.name = "first_touch_64m",
     .unlike = true,
     .label = "first touch of 64 MiB there",
     .whole = true},
    {.name = "lifted_write", .unlike = true, .label = "restricted write, lifted", .budget = 600},
    {.name = "ve_delivery", .unlike = true, .label = "#VE, from store to handler"},
#define WITHOUT_ENVELOPE(name_)                                                                    \
    {                                                                                              \
        .name = "direct_" name_, .label = name_ ", no envelope", .budget = DIRECT,                 \
        .altview_only = true,                                                                      \
    }
    WITHOUT_ENVELOPE("get_vcpu_p2m_idx"),
    WITHOUT_ENVELOPE("set_visibility"),
    WITHOUT_ENVELOPE("switch"),
    WITHOUT_ENVELOPE("get_mem_access"),
    WITHOUT_ENVELOPE("set_mem_access"),
    WITHOUT_ENVELOPE("set_suppress_ve"),
    WITHOUT_ENVELOPE("change_gfn"),
    {.name = "switch_call",
     .label = "as VMFUNC, by hypercall",
     .budget = 150,
     .altview_only = true},
};
