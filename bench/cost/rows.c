/* SPDX-License-Identifier: BSD-2-Clause */
#include "costs.h"

#define CALL 350 /* every altp2m operation of fixed size */

const struct row rows[ROWS] = {
    {.name = "null_hypercall", .label = "null hypercall", .budget = 130},
    {.name = "cpuid", .label = "CPUID exit", .budget = 130},
    {.name = "get_domain_state", .label = "get_domain_state", .budget = CALL},
    {.name = "get_vcpu_p2m_idx", .label = "get_vcpu_p2m_idx", .budget = CALL},
    {.name = "set_visibility", .label = "set_visibility", .budget = CALL},
    {.name = "switch", .label = "switch_p2m", .budget = CALL},
    {.name = "get_mem_access", .label = "get_mem_access", .budget = CALL},
    {.name = "set_mem_access", .label = "set_mem_access, warm", .budget = 450},
    {.name = "set_mem_access_region", .label = "set_mem_access, first in 2 MiB", .budget = 5000},
    {.name = "set_mem_access_view", .label = "set_mem_access, first in a view", .budget = 5000},
    {.name = "set_mem_access_back", .label = "set_mem_access, last one undone"},
    {.name = "set_mem_access_multi", .label = "set_mem_access_multi, a page", .budget = 60},
    {.name = "set_suppress_ve", .label = "set_suppress_ve", .budget = CALL},
    {.name = "change_gfn", .label = "change_gfn, to another page", .budget = CALL},
    {.name = "change_gfn_new", .label = "change_gfn, from the host's page", .budget = CALL},
    {.name = "change_gfn_undo", .label = "change_gfn, undone", .budget = CALL},
    {.name = "create", .label = "create_p2m", .budget = 1200},
    {.name = "destroy", .label = "destroy_p2m", .budget = CALL},
    {.name = "first_vmfunc",
     .label = "first VMFUNC into a fresh view",
     .budget = 10,
     .no_exit = true},
    {.name = "vmfunc_pair", .label = "VMFUNC there and back"},
    {.name = "first_touch_64m", .label = "first touch in a fresh view, a page"},
    {.name = "first_touch_64m", .label = "first touch of 64 MiB there", .whole = true},
    {.name = "lifted_write", .label = "restricted write, lifted", .budget = 600},
    {.name = "ve_delivery", .label = "#VE, from store to handler"},
};
