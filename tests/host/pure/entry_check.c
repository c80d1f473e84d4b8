/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of VM entry. A state that keeps all of them, with one change, breaks exactly one. Every
 * rule must have a test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "entry_check/vmx_check.h"
#include "pure/entry_check_rows.h"

#include <string.h>

#define RULES_MAX    400
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct vmx_entry_cpu cpu = {
    .msrs =
        {
            .basic = 5,
            .misc = 7 << 6 | 4 << 16,
            .pin = 0xffffffff00000000,
            .processor = 0xffffffff00000000,
            .secondary = 0xffffffff00000000,
            .exit = 0xffffffff00000000,
            .entry = 0xffffffff00000000,
            .cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG,
            .cr0_fixed1 = 0xffffffff,
            .cr4_fixed0 = CR4_VMXE,
            .cr4_fixed1 = 0xffffff,
            .ept_vpid = 1 << 6 | 1 << 14,
            .vmfunc = VMFUNC_EPTP_SWITCHING,
        },
    .tertiary = 0x1f,
    .exit2 = 1,
    .physical_bits = 40,
    .linear_bits = 48,
    .debugctl = 0xffc7,
    .perf_global = 0x7000000ff,
    .rtit_ctl = 0xff,
    .lbr_ctl = 0x7f000f,
    .rtm = true,
    .bus_lock_trap = true,
    .enclaves = true,
    .vmcs = 0x7000,
};

/* Fields of controls that are off hold values that would be valid if they were on. */
static const struct vmx_entry_controls controls = {
    .pin = PIN_NMI_EXITING | PIN_VIRTUAL_NMIS | PIN_EXTERNAL_INTERRUPTS,
    .processor = PROCESSOR_IO_BITMAPS | PROCESSOR_MSR_BITMAPS | PROCESSOR_SECONDARY,
    .secondary = SECONDARY_EPT | SECONDARY_UNRESTRICTED,
    .exit = EXIT_HOST_64BIT | EXIT_LOAD_PAT | EXIT_LOAD_EFER | EXIT_ACKNOWLEDGE,
    .entry = ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER,
    .vpid = 1,
    .eptp = 0x1000 | 3 << 3 | 6,
    .tsc_multiplier = 1,
    .io_bitmap_a = 0x2000,
    .io_bitmap_b = 0x3000,
    .msr_bitmap = 0x4000,
    .virtual_apic = 0x5000,
    .apic_access = 0x6000,
    .posted_vector = 0x20,
    .posted_descriptor = 0x8040,
    .pid_pointers = 0x9008,
    .pml = 0xa000,
    .spptp = 0xb000,
    .hlatp = 0xc000,
    .vmfunc = VMFUNC_EPTP_SWITCHING,
    .eptp_list = 0xd000,
    .vmread_bitmap = 0xe000,
    .vmwrite_bitmap = 0xf000,
    .ve_information = 0x10000,
    .length = 2,
    .exit_stores = {.address = 0x11000},
    .exit_loads = {.address = 0x12000},
    .entry_loads = {.address = 0x13000},
};

static const struct vmx_entry_host host = {
    .cr0 = CR0_PE | CR0_NE | CR0_WP | CR0_PG,
    .cr3 = 0x20000,
    .cr4 = CR4_VMXE | CR4_PAE,
    .rip = UINT64_C(0xffffffff80000000),
    .pat = UINT64_C(0x0007040600070406),
    .efer = EFER_LME | EFER_LMA | EFER_NXE,
    .selectors = {0, 8, 16, 0, 0, 0, 24},
    .gdtr_base = UINT64_C(0xffff800000000000),
};

static const struct vmx_entry_guest guest = {
    .cr3 = 0x30000,
    .dr7 = 0x400,
    .rip = 0x100000,
    .rflags = RFLAGS_FIXED | RFLAGS_IF,
    .pat = UINT64_C(0x0007040600070406),
    .gdtr_limit = 0xffff,
    .link_pointer = ~UINT64_C(0),
};

/* The guest's state that differs from mode to mode. */
static const struct {
    uint64_t cr0, cr4, efer, rflags, entry, code, data, limit;
} modes[] = {
    [LONG] = {CR0_PE | CR0_NE | CR0_WP | CR0_PG, CR4_VMXE | CR4_PAE, EFER_LME | EFER_LMA, 0,
              ENTRY_GUEST_64BIT, 0xa09b, 0xc093, 0xffffffff},
    [PAE] = {CR0_PE | CR0_NE | CR0_PG, CR4_VMXE | CR4_PAE, 0, 0, 0, 0xc09b, 0xc093, 0xffffffff},
    [REAL] = {CR0_NE, CR4_VMXE, 0, 0, 0, 0x93, 0x93, 0xffff},
    [VIRTUAL] = {CR0_PE | CR0_NE, CR4_VMXE, 0, RFLAGS_VM, 0, 0xf3, 0xf3, 0xffff},
};

static void set_segments(struct vmx_entry_state *s, enum mode mode)
{
    for (unsigned int i = VMX_ES; i <= VMX_GS; i++) {
        s->guest.segments[i] = (struct vmx_entry_segment){
            .selector = 0x10,
            .base = mode == VIRTUAL ? 0x100 : 0,
            .limit = modes[mode].limit,
            .rights = i == VMX_CS ? modes[mode].code : modes[mode].data,
        };
    }
    s->guest.segments[VMX_LDTR] = (struct vmx_entry_segment){.limit = 0xffff, .rights = 0x82};
    s->guest.segments[VMX_TR] =
        (struct vmx_entry_segment){.selector = 0x40, .limit = 0x67, .rights = 0x8b};
}

static void make_state(struct vmx_entry_state *s, enum mode mode)
{
    *s = (struct vmx_entry_state){.cpu = cpu, .controls = controls, .host = host, .guest = guest};
    s->controls.entry |= modes[mode].entry;
    s->guest.cr0 = modes[mode].cr0;
    s->guest.cr4 = modes[mode].cr4;
    s->guest.efer = modes[mode].efer;
    s->guest.rflags |= modes[mode].rflags;
    set_segments(s, mode);
}

static void keep_rule(void *context, const struct rule *rule, bool holds)
{
    struct rule **next = context;

    (void)holds;
    *(*next)++ = *rule;
}

static void check(const struct vmx_entry_state *s, struct rule_walk *walk)
{
    *walk = (struct rule_walk){.breaks = 0};
    vmx_check_frame(walk, s);
    vmx_check_guest(walk, s);
}

static void change(struct vmx_entry_state *s, const struct change *c)
{
    uint64_t word;

    memcpy(&word, (char *)s + c->offset, sizeof(word));
    word = (word & ~c->clear) | c->set;
    memcpy((char *)s + c->offset, &word, sizeof(word));
}

static bool is_same(const struct rule *a, const struct row *b)
{
    return strcmp(a->section, b->section) == 0 && strcmp(a->subject, b->subject) == 0 &&
           strcmp(a->text, b->text) == 0;
}

static size_t changes_of(const struct row *row)
{
    size_t n = 0;

    while (n < CHANGES_MAX && (row->changes[n].clear || row->changes[n].set)) {
        n++;
    }
    return n;
}

static void check_row(const struct row *row)
{
    size_t last = changes_of(row) - 1;
    struct vmx_entry_state s;
    struct rule_walk walk;

    make_state(&s, row->mode);
    for (size_t i = 0; i < last; i++) {
        change(&s, &row->changes[i]);
    }
    check(&s, &walk);
    if (walk.breaks) {
        fail_msg("before '%s' (%s %s) is broken, '%s' (%s) is", row->text, row->section,
                 row->subject, walk.broken.text, walk.broken.subject);
    }
    change(&s, &row->changes[last]);
    check(&s, &walk);
    if (walk.breaks != 1 || !is_same(&walk.broken, row)) {
        fail_msg("'%s' (%s %s) should be broken, but of %u rules the first is '%s' (%s)", row->text,
                 row->section, row->subject, walk.breaks, walk.breaks ? walk.broken.text : "",
                 walk.breaks ? walk.broken.subject : "");
    }
}

#define TABLE(rows)                                                                                \
    {                                                                                              \
        rows, COUNT(rows)                                                                          \
    }

static const struct {
    const struct row *rows;
    size_t count;
} tables[] = {TABLE(execution_rows), TABLE(control_rows), TABLE(host_rows),
              TABLE(register_rows),  TABLE(segment_rows), TABLE(state_rows)};

static void test_modes_keep_all_rules(void **state)
{
    struct vmx_entry_state s;
    struct rule_walk walk;

    (void)state;
    for (enum mode mode = LONG; mode <= VIRTUAL; mode++) {
        make_state(&s, mode);
        check(&s, &walk);
        if (walk.breaks) {
            fail_msg("mode %d: '%s' (%s) is broken", mode, walk.broken.text, walk.broken.subject);
        }
    }
}

static void test_each_change_breaks_its_rule(void **state)
{
    (void)state;
    for (size_t t = 0; t < COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            check_row(&tables[t].rows[i]);
        }
    }
}

static bool has_row(const struct rule *rule)
{
    for (size_t t = 0; t < COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            if (is_same(rule, &tables[t].rows[i])) {
                return true;
            }
        }
    }
    return false;
}

/* Rules that no change breaks alone have tests of their own below. */
static bool is_apart(const struct rule *rule)
{
    return strcmp(rule->text, "the host has 64 bits, as it has now") == 0 ||
           strcmp(rule->text, "SS is not 0 with 32 bits") == 0 ||
           strncmp(rule->section, "27.4", 4) == 0 || strncmp(rule->section, "28.", 3) == 0;
}

static void test_no_rule_goes_without(void **state)
{
    static struct rule rules[RULES_MAX];
    struct rule *next = rules;
    struct rule_walk walk = {.told = keep_rule, .context = &next};
    struct vmx_entry_state s;

    (void)state;
    make_state(&s, LONG);
    vmx_check_frame(&walk, &s);
    vmx_check_guest(&walk, &s);
    assert_true(next - rules > 200);
    for (const struct rule *r = rules; r < next; r++) {
        if (!is_apart(r) && !has_row(r)) {
            fail_msg("no row breaks '%s' (%s %s)", r->text, r->section, r->subject);
        }
    }
}

/* Root mode can't have a 32-bit host. With one, SS must not be 0 either. */
static void test_host_of_32_bits(void **state)
{
    struct vmx_entry_state s;
    struct rule_walk walk;

    (void)state;
    make_state(&s, PAE);
    s.controls.exit &= ~(uint64_t)EXIT_HOST_64BIT;
    s.host.efer &= ~(uint64_t)(EFER_LME | EFER_LMA);
    check(&s, &walk);
    assert_int_equal(walk.breaks, 1);
    assert_string_equal(walk.broken.text, "the host has 64 bits, as it has now");
    s.host.selectors[2] = 0;
    check(&s, &walk);
    assert_int_equal(walk.breaks, 2);
    assert_string_equal(walk.broken.text, "SS is not 0 with 32 bits");
}

/* Entries of the three MSR lists, and the rule of each list that they break; NULL: none. */
static void test_msr_lists(void **state)
{
    static const struct {
        struct vmx_msr_entry entry;
        const char *stores, *loads;
    } rows[] = {
        {{0x277, 0, 0}, NULL, NULL},
        {{0x277, 1, 0}, "reserved bits of entries are clear", "reserved bits of entries are clear"},
        {{MSR_FS_BASE, 0, 0}, NULL, "FS's and GS's bases are not in the list"},
        {{MSR_GS_BASE, 0, 0}, NULL, "FS's and GS's bases are not in the list"},
        {{0x830, 0, 0},
         "the x2APIC's registers are not in the list",
         "the x2APIC's registers are not in the list"},
        {{0x9b, 0, 0}, NULL, "IA32_SMM_MONITOR_CTL is not in the list"},
        {{0x9e, 0, 0}, "IA32_SMBASE is not in the list", NULL},
    };
    static const struct {
        size_t list;
        const char *section;
        bool stores;
    } lists[] = {{offsetof(struct vmx_entry_state, controls.entry_loads), "27.4", false},
                 {offsetof(struct vmx_entry_state, controls.exit_stores), "28.4", true},
                 {offsetof(struct vmx_entry_state, controls.exit_loads), "28.6", false}};

    (void)state;
    for (size_t i = 0; i < COUNT(lists) * COUNT(rows); i++) {
        size_t row = i / COUNT(lists), list = i % COUNT(lists);
        const char *expected = lists[list].stores ? rows[row].stores : rows[row].loads;
        const struct vmx_msr_entry entries[2] = {{0x10, 0, 0}, rows[row].entry};
        struct vmx_entry_state s;
        struct rule_walk walk;
        struct vmx_msr_list *to = (struct vmx_msr_list *)((char *)&s + lists[list].list);

        make_state(&s, LONG);
        to->count = 2;
        to->entries = entries;
        check(&s, &walk);
        assert_int_equal(walk.breaks, expected ? 1 : 0);
        if (expected) {
            assert_string_equal(walk.broken.text, expected);
            assert_string_equal(walk.broken.section, lists[list].section);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes_keep_all_rules),
        cmocka_unit_test(test_each_change_breaks_its_rule),
        cmocka_unit_test(test_no_rule_goes_without),
        cmocka_unit_test(test_host_of_32_bits),
        cmocka_unit_test(test_msr_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
