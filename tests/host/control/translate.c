/* SPDX-License-Identifier: BSD-2-Clause */
/* TRANSLATE: in every paging mode, against a simple walk, and by hand where the steps matter. */
#include "control/paging.h"
#include "control/port.h"
#include "sim/random.h"
#include "walk/reference.h"

#define FRAME  4096
#define ROUNDS 60 /* memories */
#define TRIES  60 /* addresses in each */
#define LEAST  20 /* the least number of times that each possible result must come */

#define CR0_PG   UINT64_C(0x80000000)
#define CR4_PSE  UINT64_C(0x10)
#define CR4_PAE  UINT64_C(0x20)
#define CR4_LA57 UINT64_C(0x1000)
#define EFER_LMA UINT64_C(0x400)
#define EFER_NXE UINT64_C(0x800)

#define READ  1U
#define WRITE 2U
#define EXEC  4U
#define ALL   (READ | WRITE | EXEC | ALTVIEW_PAGE_USER)

/* Real memory from gfn 0 on, and no other. The reference reads zeros elsewhere. */
static uint8_t copy[REFERENCE_FRAMES * FRAME];

static int setup(void **state)
{
    int rc = port_setup(state);
    struct port *p = *state;

    assert_int_equal(altp2m_host_unmap(p->d, 0, UINT64_C(1) << SIM_GFN_BITS), 0);
    assert_int_equal(
        altp2m_host_map(p->d, 0, RAM_PAGES, scene_ram(ram_mfn(&p->scene->machine, p->ram))), 0);
    return rc;
}

static const struct altview_translation *ask(struct port *p, struct altview_translate t)
{
    assert_int_equal(port_ask(p, ALTVIEW_TRANSLATE, &t, sizeof(t)), 0);
    assert_int_equal(p->reply.length, sizeof(struct altview_translation));
    return (const void *)p->payload;
}

static struct sim_random numbers = {.state = 1}; /* the same each time */

static uint64_t any(void)
{
    return sim_random_next(&numbers);
}

static bool one_in(unsigned int n)
{
    return sim_random_one_in(&numbers, n);
}

/* The modes, by a vCPU's registers and by their names in a request. */
static const struct mode {
    const char *name;
    enum altview_paging number;
    uint64_t cr0, cr4, efer;
    unsigned int linear_bits;
    bool wide;
} modes[] = {
    {"none", ALTVIEW_PAGING_NONE, 0, 0, 0, 32, false},
    {"32-bit", ALTVIEW_PAGING_32, CR0_PG, 0, 0, 32, false},
    {"PSE", ALTVIEW_PAGING_PSE, CR0_PG, CR4_PSE, 0, 32, false},
    {"PAE", ALTVIEW_PAGING_PAE, CR0_PG, CR4_PAE, 0, 32, true},
    {"4-level", ALTVIEW_PAGING_4_LEVEL, CR0_PG, CR4_PAE, EFER_LMA, 48, true},
    {"5-level", ALTVIEW_PAGING_5_LEVEL, CR0_PG, CR4_PAE | CR4_LA57, EFER_LMA, 57, true},
};

static uint64_t any_entry(bool wide)
{
    uint64_t entry = any() & 0x878;

    entry |= any() % RAM_PAGES << 12;
    entry |= one_in(24) ? 0 : 1;
    entry |= one_in(12) ? 0 : 2;
    entry |= one_in(3) ? 0 : 4;
    if (one_in(4)) /* large; its address is aligned for one size, or for none */
        entry = (entry & 0xfff) | 0x80 | (any() & (one_in(2) ? 0xc0000000 : 0xffe00000)) |
                (one_in(8) ? any() & 0x3ff000 : any() & 0x1000);
    if (wide) {
        entry |= one_in(8) ? UINT64_C(1) << 63 : 0;
        entry |= one_in(64) ? UINT64_C(1) << (30 + any() % 32) : 0;
    }
    return entry;
}

/* The first page has the four entries above PAE's tables, which have no rights. */
static void fill_memory(struct port *p, const struct mode *mode)
{
    for (size_t at = 0; at < RAM_SIZE; at += mode->wide ? 8 : 4) {
        uint64_t entry = any_entry(mode->wide);

        if (mode->number == ALTVIEW_PAGING_PAE && at < FRAME)
            entry &= ~UINT64_C(0x80000000000001e6) | (one_in(64) ? 2 : 0);
        memcpy(p->ram + at, &entry, mode->wide ? 8 : 4);
    }
}

static uint64_t any_linear(const struct mode *mode)
{
    unsigned int unused = 64 - mode->linear_bits;
    uint64_t linear = any() << unused;

    if (one_in(16))
        return any();
    return mode->linear_bits == 32 ? linear >> unused : (uint64_t)((int64_t)linear >> unused);
}

/* The result of a CPU with these registers. It has loaded PAE's four entries, if it accepted
 * them. */
static struct reference_walk reference(struct port *p, const struct altview_registers *r,
                                       uint64_t linear)
{
    struct reference_cpu cpu = {.cr0 = r->cr0,
                                .cr3 = r->cr3,
                                .cr4 = r->cr4,
                                .efer = r->efer,
                                .physical_bits = PORT_BITS,
                                .pages_1g = p->c.host.pages_1g};

    memcpy(cpu.pdptes, p->ram, sizeof(cpu.pdptes));
    memcpy(copy, p->ram, RAM_SIZE);
    return reference_walk(&cpu, copy, linear, false);
}

static bool is_pdpte_refused(const struct altview_translation *t)
{
    return t->mode == ALTVIEW_PAGING_PAE && t->step_count == 1 && t->end == ALTVIEW_WALK_RESERVED;
}

static void compare(const struct mode *mode, uint64_t linear, const struct reference_walk *due,
                    const struct altview_translation *t)
{
    static const enum reference_end ends[ALTVIEW_WALK_ENDS] = {
        [ALTVIEW_WALK_ARRIVED] = TRANSLATED,      [ALTVIEW_WALK_BAD_ADDRESS] = NOT_CANONICAL,
        [ALTVIEW_WALK_NOT_PRESENT] = NOT_PRESENT, [ALTVIEW_WALK_RESERVED] = RESERVED_BIT,
        [ALTVIEW_WALK_NO_TABLE] = NOT_PRESENT,
    };

    assert_in_range(t->end, 0, ALTVIEW_WALK_ENDS - 1);
    assert_in_range(t->step_count, 0, ALTVIEW_WALK_MOST);
    if (is_pdpte_refused(t))
        return; /* the CPU refused it at the load of CR3 */
    if (ends[t->end] != due->end || (due->end == TRANSLATED && t->physical != due->physical))
        fail_msg("%s paging, %llx: end %u, %llx; the reference says %d, %llx", mode->name,
                 (unsigned long long)linear, t->end, (unsigned long long)t->physical, due->end,
                 (unsigned long long)due->physical);
    if (t->end == ALTVIEW_WALK_ARRIVED && t->step_count)
        assert_int_equal(t->steps[t->step_count - 1].level, due->leaf_level);
    if (t->end != ALTVIEW_WALK_ARRIVED)
        assert_int_equal(t->rights | t->physical, 0);
}

/* By the vCPU's registers, and by mode and CR3. In the second case NX is a right. */
static const struct altview_translation *translate(struct port *p, const struct mode *mode,
                                                   const struct altview_registers *r,
                                                   uint64_t linear)
{
    if (one_in(2) && r->efer & EFER_NXE)
        return ask(p, (struct altview_translate){.address = linear,
                                                 .cr3 = r->cr3,
                                                 .vcpu = 2,
                                                 .view = 2,
                                                 .mode = (uint8_t)mode->number,
                                                 .flags = ALTVIEW_TRANSLATE_CR3});
    return ask(p,
               (struct altview_translate){.address = linear, .vcpu = 1, .view = ALTVIEW_NO_VIEW});
}

static void one_mode(struct port *p, const struct mode *mode)
{
    unsigned int seen[ALTVIEW_WALK_ENDS] = {0};
    struct altview_registers *r = &p->registers[1];

    for (unsigned int i = 0; i < ROUNDS; i++) {
        fill_memory(p, mode);
        p->c.host.pages_1g = !one_in(4);
        *r = (struct altview_registers){
            .cr0 = mode->cr0, .cr4 = mode->cr4, .efer = mode->efer | (i & 1 ? EFER_NXE : 0)};
        r->cr3 = mode->number == ALTVIEW_PAGING_PAE ? 0 : any() % RAM_PAGES << 12;
        for (unsigned int j = 0; j < TRIES; j++) {
            uint64_t linear = any_linear(mode);
            struct reference_walk due = reference(p, r, linear);
            const struct altview_translation *t = translate(p, mode, r, linear);

            assert_int_equal(t->mode, mode->number);
            compare(mode, linear, &due, t);
            seen[t->end]++;
        }
    }
    for (unsigned int end = 0; end < ALTVIEW_WALK_NO_TABLE && mode->cr0; end++)
        if (end != ALTVIEW_WALK_RESERVED || mode->number != ALTVIEW_PAGING_32)
            assert_in_range(seen[end], LEAST, UINT32_MAX);
}

static void test_every_mode(void **state)
{
    for (size_t i = 0; i < COUNT(modes); i++)
        one_mode(*state, &modes[i]);
}

static void put(struct port *p, unsigned int frame, unsigned int index, uint64_t entry)
{
    memcpy(p->ram + frame * FRAME + index * 8, &entry, 8);
}

#define LINEAR UINT64_C(0xffff888123456789)

static unsigned int index_at(unsigned int level)
{
    return LINEAR >> (12 + 9 * (level - 1)) & 511;
}

/* Frames 1 to 4 are the tables of levels 4 to 1. */
static void make_tables(struct port *p)
{
    memset(p->ram, 0, RAM_SIZE);
    put(p, 1, index_at(4), 0x2007);
    put(p, 2, index_at(3), 0x3003 | PTE_NX);
    put(p, 3, index_at(2), 0x4007);
    put(p, 4, index_at(1), 0x5005);
}

static const struct altview_translation *follow(struct port *p, uint16_t view)
{
    return ask(p, (struct altview_translate){.address = LINEAR,
                                             .cr3 = 0x1000,
                                             .view = view,
                                             .mode = ALTVIEW_PAGING_4_LEVEL,
                                             .flags = ALTVIEW_TRANSLATE_CR3});
}

static void check_step(const struct altview_translation *t, unsigned int i, uint64_t value,
                       unsigned int rights, unsigned int shift)
{
    const struct altview_translation_step *s = &t->steps[i];

    assert_int_equal(s->level, 4 - i);
    assert_true(s->address == (i + 1) * UINT64_C(0x1000) + index_at(4 - i) * 8);
    assert_true(s->value == value);
    assert_int_equal(s->rights, rights);
    assert_int_equal(s->page_shift, shift);
}

static void test_way(void **state)
{
    struct port *p = *state;
    const struct altview_translation *t;

    make_tables(p);
    t = follow(p, ALTVIEW_NO_VIEW);
    assert_int_equal(t->end, ALTVIEW_WALK_ARRIVED);
    assert_true(t->physical == 0x5789);
    assert_true(t->cr3 == 0x1000);
    assert_int_equal(t->view, ALTVIEW_NO_VIEW);
    assert_int_equal(t->rights, READ);
    assert_int_equal(t->page_shift, 12);
    assert_int_equal(t->step_count, 4);
    check_step(t, 0, 0x2007, ALL, 0);
    check_step(t, 1, 0x3003 | PTE_NX, READ | WRITE, 0);
    check_step(t, 2, 0x4007, ALL, 0);
    check_step(t, 3, 0x5005, READ | EXEC | ALTVIEW_PAGE_USER, 12);
    put(p, 3, index_at(2), 0x600000 | 0x87); /* 2 MiB, which need not be RAM */
    t = follow(p, ALTVIEW_NO_VIEW);
    assert_int_equal(t->step_count, 3);
    assert_int_equal(t->page_shift, 21);
    assert_true(t->physical == 0x600000 + (LINEAR & 0x1fffff));
}

/* A table outside the guest's own RAM ends the walk before the read. */
static void test_tables_elsewhere(void **state)
{
    struct port *p = *state;
    const struct altp2m_mapping shown = {
        .mfn = ram_mfn(&p->scene->machine, p->ram) + 3, .type = ALTP2M_TYPE_SPECIAL, .memtype = 6};
    const struct altview_translation *t;

    make_tables(p);
    assert_int_equal(altp2m_host_map(p->d, 3, 1, shown), 0);
    t = follow(p, ALTVIEW_NO_VIEW);
    assert_int_equal(t->end, ALTVIEW_WALK_NO_TABLE);
    assert_int_equal(t->step_count, 3);
    assert_int_equal(t->steps[2].level, 2);
    assert_true(t->steps[2].value == 0);
    put(p, 2, index_at(3), 0x40003); /* a hole */
    assert_int_equal(follow(p, ALTVIEW_NO_VIEW)->end, ALTVIEW_WALK_NO_TABLE);
    put(p, 2, index_at(3), UINT64_C(1) << (PORT_BITS - 1) | 3);
    assert_int_equal(follow(p, ALTVIEW_NO_VIEW)->end, ALTVIEW_WALK_NO_TABLE);
    put(p, 2, index_at(3), UINT64_C(1) << PORT_BITS | 3);
    assert_int_equal(follow(p, ALTVIEW_NO_VIEW)->end, ALTVIEW_WALK_RESERVED);
    put(p, 2, index_at(3), 0x3002);
    t = follow(p, ALTVIEW_NO_VIEW);
    assert_int_equal(t->end, ALTVIEW_WALK_NOT_PRESENT);
    assert_true(t->steps[1].value == 0x3002);
    assert_int_equal(t->step_count, 2);
}

/* A page of tables that one view remaps: the walk is that view's. */
static void test_view(void **state)
{
    struct port *p = *state;

    make_tables(p);
    put(p, 6, index_at(1), 0x7003);
    assert_int_equal(altp2m_remap(p->d, 2, 4, 6, true), 0);
    assert_int_equal(altp2m_set_access(p->d, 2, 4, XENMEM_access_n), 0); /* no effect */
    assert_true(follow(p, ALTVIEW_NO_VIEW)->physical == 0x5789);
    assert_true(follow(p, 0)->physical == 0x5789);
    assert_true(follow(p, 2)->physical == 0x7789);
    assert_int_equal(follow(p, 2)->view, 2);
}

/* Tables that lead to themselves: five entries, no more. */
static void test_circle(void **state)
{
    struct port *p = *state;
    const struct altview_translation *t;

    for (unsigned int i = 0; i < 512; i++)
        put(p, 1, i, 0x1003);
    t = ask(p, (struct altview_translate){.address = LINEAR,
                                          .cr3 = 0x1000,
                                          .view = ALTVIEW_NO_VIEW,
                                          .mode = ALTVIEW_PAGING_5_LEVEL,
                                          .flags = ALTVIEW_TRANSLATE_CR3});
    assert_int_equal(t->step_count, 5);
    assert_true(t->physical == 0x1789);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_mode, setup, port_teardown),
        cmocka_unit_test_setup_teardown(test_way, setup, port_teardown),
        cmocka_unit_test_setup_teardown(test_tables_elsewhere, setup, port_teardown),
        cmocka_unit_test_setup_teardown(test_view, setup, port_teardown),
        cmocka_unit_test_setup_teardown(test_circle, setup, port_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
