/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMFUNC's bytes: its prefixes, and its place in memory. A hypervisor that serves it in software
 * reads these bytes; a CPU that has it executes them (SDM Vol. 2, VMFUNC). altview only: this area
 * does not run on Xen.
 */
#include "areas.h"
#include "check.h"
#include "string.h"
#include "world.h"

#define VMFUNC   0x0f, 0x01, 0xd4
#define ANY_BITS 0
#define MOST     16
#define RET      0xc3

static const struct row {
    const char *name;
    int expected;
    unsigned int bits, length;
    uint8_t code[MOST];
} rows[] = {
    {"plain", TRAP_NONE, ANY_BITS, 3, {VMFUNC}},
    {"lock", TRAP_UD, ANY_BITS, 4, {0xf0, VMFUNC}},
    {"66", TRAP_UD, ANY_BITS, 4, {0x66, VMFUNC}},
    {"f2", TRAP_UD, ANY_BITS, 4, {0xf2, VMFUNC}},
    {"f3", TRAP_UD, ANY_BITS, 4, {0xf3, VMFUNC}},
    {"67", TRAP_NONE, ANY_BITS, 4, {0x67, VMFUNC}},
    {"cs", TRAP_NONE, ANY_BITS, 4, {0x2e, VMFUNC}},
    {"fs", TRAP_NONE, ANY_BITS, 4, {0x64, VMFUNC}},
    {"cs_66", TRAP_UD, ANY_BITS, 5, {0x2e, 0x66, VMFUNC}},
    {"rex", TRAP_NONE, 64, 4, {0x48, VMFUNC}},
    {"rex_b", TRAP_NONE, 64, 4, {0x41, VMFUNC}},
    {"rex_first", TRAP_NONE, 64, 5, {0x48, 0x67, VMFUNC}},
    {"rex_f2", TRAP_UD, 64, 5, {0x48, 0xf2, VMFUNC}},
    {"15_bytes",
     TRAP_NONE,
     ANY_BITS,
     15,
     {0x2e, 0x3e, 0x26, 0x36, 0x64, 0x65, 0x2e, 0x3e, 0x26, 0x36, 0x64, 0x65, VMFUNC}},
    {"16_bytes",
     TRAP_GP,
     ANY_BITS,
     16,
     {0x2e, 0x3e, 0x26, 0x36, 0x64, 0x65, 0x2e, 0x3e, 0x26, 0x36, 0x64, 0x65, 0x67, VMFUNC}},
    {"ud2", TRAP_UD, ANY_BITS, 2, {0x0f, 0x0b}},
    {"unused_opcode", TRAP_UD, ANY_BITS, 3, {0x0f, 0x01, 0xd3}},
};

#define VIEW_BEYOND 1 /* where VMFUNC leads to */

struct execution {
    const volatile uint8_t *code;
    unsigned long ax, cx;
};

static void do_execute(void *argument)
{
    struct execution *e = argument;

    __asm__ volatile("call *%2" : "+a"(e->ax), "+c"(e->cx) : "r"(e->code) : "memory", "cc");
}

static void put(volatile uint8_t *at, const uint8_t *code, unsigned int length)
{
    for (unsigned int i = 0; i < length; i++)
        at[i] = code[i];
    at[length] = RET;
}

/* Execute it in view `from`: it leads to VIEW_BEYOND, or raises an exception at its first byte.
 * Neither changes a register. The name is SUBJECT.NAME. */
static void check_from(uint16_t from, const char *subject, const char *name, int expected,
                       const volatile uint8_t *code)
{
    struct execution e = {code, 0, VIEW_BEYOND};
    struct trap trap;
    uint16_t index;

    vmfunc(0, from);
    trap = trap_try(do_execute, &e);
    index = (uint16_t)world_index();
    vmfunc(0, 0);
    check_trap(check_name("%s.%s", subject, name), expected, trap);
    check_result(check_name("%s.%s.index", subject, name),
                 expected == TRAP_NONE ? VIEW_BEYOND : from, index);
    if (expected != TRAP_NONE)
        check_value(check_name("%s.%s.ip", subject, name), (uintptr_t)code, trap.ip);
    else
        check_true(check_name("%s.%s.registers", subject, name), !e.ax && e.cx == VIEW_BEYOND);
}

static void check_prefixes(void)
{
    for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].bits && rows[i].bits != sizeof(long) * 8)
            continue;
        put(world.pages, rows[i].code, rows[i].length);
        check_from(0, "prefix", rows[i].name, rows[i].expected, world.pages);
    }
}

/* The same place, another instruction; the same again. */
static void check_rewritten(void)
{
    put(world.pages, rows[0].code, rows[0].length);
    check_from(0, "rewritten", "before", TRAP_NONE, world.pages);
    world.pages[2] = 0xd3;
    check_from(0, "rewritten", "other", TRAP_UD, world.pages);
    world.pages[2] = 0xd4;
    check_from(0, "rewritten", "back", TRAP_NONE, world.pages);
}

/* Part of it in one page, the rest in the next. Bochs 2.7 does not look up an instruction again
 * that it has executed across two pages, so try the refused cases first. */
static void check_across(uint16_t view)
{
    static const char *const subjects[] = {"", "across_1", "across_2"};

    for (unsigned int before = 1; before < 3; before++) {
        volatile uint8_t *code = world.pages + PAGE_SIZE - before;

        put(code, rows[0].code, rows[0].length);
        altp2m_set_access(view, world_gfn(1), XENMEM_access_rw);
        check_from(view, subjects[before], "second_refused", TRAP_VE, code);
        altp2m_set_access(view, world_gfn(1), XENMEM_access_rwx);
        check_from(view, subjects[before], "allowed", TRAP_NONE, code);
        altp2m_set_access(view, world_gfn(0), XENMEM_access_rw);
        check_from(view, subjects[before], "first_refused", TRAP_VE, code);
        altp2m_set_access(view, world_gfn(0), XENMEM_access_rwx);
        check_from(0, subjects[before], "host", TRAP_NONE, code);
    }
}

/* The guest executes the bytes that the view shows. */
static void check_shown(uint16_t view)
{
    put(world.pages, rows[0].code, rows[0].length);
    put(world.pages + 2 * PAGE_SIZE, (const uint8_t[]){0x0f, 0x0b}, 2);
    check_from(view, "shown", "same", TRAP_NONE, world.pages);
    altp2m_change_gfn(view, world_gfn(0), world_gfn(2));
    check_from(view, "shown", "ud2", TRAP_UD, world.pages);
    check_from(0, "shown", "host", TRAP_NONE, world.pages);
    check_from(view, "shown", "ud2_again", TRAP_UD, world.pages);
    altp2m_change_gfn(view, world_gfn(0), GFN_NONE);
    check_from(view, "shown", "undone", TRAP_NONE, world.pages);
    altp2m_change_gfn(view, world_gfn(2), world_gfn(0));
    check_from(view, "shown", "other_way", TRAP_NONE, world.pages + 2 * PAGE_SIZE);
    altp2m_change_gfn(view, world_gfn(2), GFN_NONE);
}

/* Hidden meanwhile, the very instruction that has succeeded is refused. */
static void check_hidden(void)
{
    put(world.pages, rows[0].code, rows[0].length);
    check_from(0, "visible", "shown", TRAP_NONE, world.pages);
    altp2m_set_visibility(VIEW_BEYOND, 0);
    check_from(0, "visible", "hidden", TRAP_UD, world.pages);
    altp2m_set_visibility(VIEW_BEYOND, 1);
    check_from(0, "visible", "again", TRAP_NONE, world.pages);
    altview_set_vmfunc(0, 0);
    check_trap("visible.off", TRAP_UD, probe_vmfunc(0, VIEW_BEYOND));
    altview_set_vmfunc(0, 1);
    check_from(0, "visible", "on", TRAP_NONE, world.pages);
}

void area_vmfunc_code(void)
{
    uint16_t view;

    if (!world.altview)
        return;
    world_reset_with_notify();
    world_view(XENMEM_access_rwx);
    view = world_view(XENMEM_access_rwx);
    for (unsigned int page = 0; page < 3; page++)
        altp2m_set_suppress_ve(view, world_gfn(page), 0);
    check_prefixes();
    check_rewritten();
    check_across(view);
    check_shown(view);
    check_hidden();
    altp2m_set_state(0);
}
