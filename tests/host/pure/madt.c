/* SPDX-License-Identifier: BSD-2-Clause */
/* The contents of ACPI's tables: the list of CPUs, and how to power the machine off. */
#include "pure/refusals.h"

#include "boot/acpi.h"

#include <stdlib.h>

#define MEMORY_SIZE 0x20000
#define RSDP        0x1000
#define RSDT        0x2000
#define XSDT        0x3000
#define MADT        0x4000
#define OTHER       0x10000

struct scene {
    unsigned char *bytes;
    struct physical_memory memory;
    struct boot_info *boot;
    uint32_t madt_size;
};

static void put(unsigned char *at, uint64_t value, size_t size)
{
    memcpy(at, &value, size);
}

/* The header's length, and the byte that makes the sum of all bytes 0. */
static void seal(unsigned char *table, const char *signature, uint32_t size)
{
    unsigned char sum = 0;

    memcpy(table, signature, 4);
    put(table + 4, size, 4);
    table[9] = 0;
    for (uint32_t i = 0; i < size; i++)
        sum = (unsigned char)(sum + table[i]);
    table[9] = (unsigned char)-sum;
}

static void add_lapic(struct scene *s, uint8_t id, uint32_t flags)
{
    unsigned char *entry = s->bytes + MADT + s->madt_size;

    entry[0] = 0;
    entry[1] = 8;
    entry[3] = id;
    put(entry + 4, flags, 4);
    s->madt_size += 8;
}

static void add_ioapic(struct scene *s, uint32_t address, uint32_t gsi)
{
    unsigned char *entry = s->bytes + MADT + s->madt_size;

    entry[0] = 1;
    entry[1] = 12;
    put(entry + 4, address, 4);
    put(entry + 8, gsi, 4);
    s->madt_size += 12;
}

static void add_x2apic(struct scene *s, uint32_t id, uint32_t flags)
{
    unsigned char *entry = s->bytes + MADT + s->madt_size;

    entry[0] = 9;
    entry[1] = 16;
    put(entry + 4, id, 4);
    put(entry + 8, flags, 4);
    s->madt_size += 16;
}

/* A root pointer of `revision`, both root tables, one table of another kind, an empty MADT. */
static int setup(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->bytes = calloc(1, MEMORY_SIZE);
    s->boot = calloc(1, sizeof(*s->boot));
    assert_non_null(s->bytes);
    assert_non_null(s->boot);
    s->memory = (struct physical_memory){s->bytes, MEMORY_SIZE, NULL};
    s->madt_size = 44;
    s->boot->rsdp = RSDP;
    s->bytes[RSDP + 15] = 2;
    put(s->bytes + RSDP + 16, RSDT, 4);
    put(s->bytes + RSDP + 24, XSDT, 8);
    put(s->bytes + RSDT + 36, OTHER, 4);
    put(s->bytes + RSDT + 40, MADT, 4);
    put(s->bytes + XSDT + 36, OTHER, 8);
    put(s->bytes + XSDT + 44, MADT, 8);
    seal(s->bytes + RSDT, "RSDT", 44);
    seal(s->bytes + XSDT, "XSDT", 52);
    seal(s->bytes + OTHER, "FACP", 100);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct scene *s = *state;

    free(s->bytes);
    free(s->boot);
    free(s);
    return 0;
}

static void read(struct scene *s)
{
    seal(s->bytes + MADT, "APIC", s->madt_size);
    madt_read(s->boot, &s->memory);
}

static void expect_ids(const struct scene *s, const uint32_t *ids, unsigned int count)
{
    assert_int_equal(s->boot->listed_count, count);
    if (count)
        assert_memory_equal(s->boot->apic_ids, ids, count * sizeof(*ids));
}

/* In the table's order, of both kinds of entries, without those that the firmware has disabled. */
static void enabled_ones_are_listed(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 4, 1);
    add_lapic(s, 5, 0);
    add_x2apic(s, 0x12345, 1);
    add_x2apic(s, 0x12346, 2);
    add_lapic(s, 0, 3);
    read(s);
    expect_ids(s, (const uint32_t[]){4, 0x12345, 0}, 3);
    assert_true(s->boot->has_madt);
    assert_int_equal(s->boot->cpus_to_come, 1);
}

/* The broadcast ids belong to no CPU. Otherwise altview would wait for one that can't come. */
static void broadcast_ids_are_no_cpus(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 0xff, 1);
    add_x2apic(s, 0xffffffff, 1);
    add_x2apic(s, 0xff, 1);
    read(s);
    expect_ids(s, (const uint32_t[]){0xff}, 1);
}

/* altview writes to no I/O APIC outside the usual places of chipsets. If the table lists none,
 * altview uses the usual one. */
static void ioapics_are_where_chipsets_have_them(void **state)
{
    struct scene *s = *state;

    read(s);
    assert_int_equal(s->boot->ioapic_count, 1);
    assert_int_equal(s->boot->ioapics[0], 0xfec00000);

    add_ioapic(s, 0x100000, 0);
    add_ioapic(s, 0xfec01000, 24);
    add_ioapic(s, 0xfee00000, 0);
    add_ioapic(s, 0xfec02010, 0);
    add_ioapic(s, 0xfec01000, 24);
    add_ioapic(s, 0xfecff000, 0);
    read(s);
    assert_int_equal(s->boot->ioapic_count, 2);
    assert_int_equal(s->boot->ioapics[0], 0xfec01000);
    assert_int_equal(s->boot->ioapics[1], 0xfecff000);
    assert_int_equal(s->boot->ioapic_gsis[0], 24);
    assert_int_equal(s->boot->ioapic_gsis[1], 0);

    for (unsigned int i = 0; i < 2 * BOOT_MAX_IOAPICS; i++)
        add_ioapic(s, 0xfec10000 + i * 0x1000, 48 + i);
    read(s);
    assert_int_equal(s->boot->ioapic_count, BOOT_MAX_IOAPICS);
}

static void expect_pin(const struct scene *s, uint32_t gsi, uint64_t ioapic, uint32_t pin)
{
    uint64_t found = 0;
    uint32_t its_pin = 0;

    assert_true(madt_ioapic_of(s->boot, gsi, &found, &its_pin));
    assert_int_equal(found, ioapic);
    assert_int_equal(its_pin, pin);
}

/* ACPI 5.2.13: by the first interrupt of each, in any order of the list. */
static void an_interrupt_has_its_ioapic(void **state)
{
    struct scene *s = *state;
    uint64_t ioapic;
    uint32_t pin;

    read(s);
    expect_pin(s, 23, 0xfec00000, 23);
    add_ioapic(s, 0xfec01000, 24);
    read(s);
    assert_false(madt_ioapic_of(s->boot, 23, &ioapic, &pin));
    add_ioapic(s, 0xfec00000, 0);
    add_ioapic(s, 0xfec02000, 16);
    read(s);
    expect_pin(s, 15, 0xfec00000, 15);
    expect_pin(s, 16, 0xfec02000, 0);
    expect_pin(s, 23, 0xfec02000, 7);
    expect_pin(s, 24, 0xfec01000, 0);
}

/* ACPI 5.2.12.12: a CPU may be in both kinds of entries. */
static void none_is_listed_twice(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 1, 1);
    add_x2apic(s, 1, 1);
    read(s);
    expect_ids(s, (const uint32_t[]){1}, 1);
}

/* ACPI 1.0 has no XSDT. A root pointer in a copy has priority over the one in memory. */
static void every_way_leads_there(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 7, 1);
    s->bytes[RSDP + 15] = 0;
    put(s->bytes + RSDP + 24, 0xffffffffffffffff, 8);
    read(s);
    expect_ids(s, (const uint32_t[]){7}, 1);

    s->boot->rsdp = 0;
    s->boot->rsdp_copy_size = BOOT_RSDP_SIZE;
    s->boot->rsdp_copy[15] = 2;
    put(s->boot->rsdp_copy + 24, XSDT, 8);
    read(s);
    expect_ids(s, (const uint32_t[]){7}, 1);
}

/* ACPI 5.2.5.3: with a good XSDT, entries only of the RSDT do not count. */
static void the_xsdt_is_preferred(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 7, 1);
    put(s->bytes + XSDT + 44, OTHER, 8);
    seal(s->bytes + XSDT, "XSDT", 52);
    read(s);
    expect_ids(s, NULL, 0);
    s->bytes[XSDT + 9] ^= 1;
    read(s);
    expect_ids(s, (const uint32_t[]){7}, 1);
}

/* The memory at HIGH and above, visible only through `map`. */
#define HIGH (UINT64_C(5) << 30)
static const unsigned char *high_bytes;

static const void *map_high(uint64_t address, uint64_t size)
{
    bool inside =
        address >= HIGH && address - HIGH < MEMORY_SIZE && size <= MEMORY_SIZE - (address - HIGH);

    return inside ? high_bytes + (address - HIGH) : NULL;
}

/* Firmware of large servers puts its tables there. */
static void tables_above_4_gib_are_read(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 7, 1);
    seal(s->bytes + MADT, "APIC", s->madt_size);
    put(s->bytes + RSDP + 16, 0, 4);
    put(s->bytes + RSDP + 24, HIGH + XSDT, 8);
    put(s->bytes + XSDT + 36, HIGH + OTHER, 8);
    put(s->bytes + XSDT + 44, HIGH + MADT, 8);
    seal(s->bytes + XSDT, "XSDT", 52);
    high_bytes = s->bytes;
    s->memory = (struct physical_memory){s->bytes, XSDT, map_high};
    madt_read(s->boot, &s->memory);
    expect_ids(s, (const uint32_t[]){7}, 1);
    s->memory.map = NULL;
    madt_read(s->boot, &s->memory);
    expect_ids(s, NULL, 0);
}

static void those_beyond_the_most_are_counted(void **state)
{
    struct scene *s = *state;

    for (unsigned int i = 0; i < BOOT_MAX_LISTED + 3; i++)
        add_x2apic(s, i, 1);
    read(s);
    assert_int_equal(s->boot->listed_count, BOOT_MAX_LISTED);
    assert_int_equal(s->boot->cpus_unlisted, 3);
}

/* A broken table does not count: it lists no CPU, and the parser reads nothing outside `memory`
 * (ASan). */
static void broken_tables_list_none(void **state)
{
    static const struct {
        const char *name;
        uint64_t at, value;
        unsigned int size;
    } damages[] = {
        {"no root pointer", 0, 0, 0},
        {"root tables nowhere", RSDP + 16, 0, 16},
        {"root tables beyond memory", RSDP + 16, 0x7fffffff7fffffff, 16},
        {"a wrong sum", MADT + 20, 0x55, 1},
        {"a length shorter than a header", MADT + 4, 35, 4},
        {"a length beyond memory", MADT + 4, 0xfffff000, 4},
        {"another signature", MADT, 0x43495058, 4},
    };

    for (size_t i = 0; i < COUNT(damages); i++) {
        struct scene *s;

        teardown(state);
        setup(state);
        s = *state;
        add_lapic(s, 1, 1);
        seal(s->bytes + MADT, "APIC", s->madt_size);
        for (unsigned int b = 0; b < damages[i].size; b++)
            s->bytes[damages[i].at + b] = (unsigned char)(damages[i].value >> b % 8 * 8);
        s->boot->rsdp = damages[i].size ? RSDP : 0;
        madt_read(s->boot, &s->memory);
        if (s->boot->listed_count || s->boot->has_madt)
            fail_msg("%s: %u listed", damages[i].name, s->boot->listed_count);
    }
}

/* An entry that ends beyond the table, or has no length, ends the list. */
static void broken_entries_end_the_list(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 1, 1);
    add_lapic(s, 2, 1);
    s->bytes[MADT + 52 + 1] = 0;
    read(s);
    expect_ids(s, (const uint32_t[]){1}, 1);

    s->bytes[MADT + 52 + 1] = 9;
    read(s);
    expect_ids(s, (const uint32_t[]){1}, 1);
}

/* CPU 0 is the one that boots, wherever its entry is, and even without one. */
static void the_boot_cpu_comes_first(void **state)
{
    struct scene *s = *state;

    add_lapic(s, 3, 1);
    add_lapic(s, 4, 1);
    add_lapic(s, 5, 1);
    read(s);
    madt_choose(s->boot, 3, BOOT_MAX_CPUS);
    expect_ids(s, (const uint32_t[]){3, 4, 5}, 3);
    madt_choose(s->boot, 5, BOOT_MAX_CPUS);
    expect_ids(s, (const uint32_t[]){5, 3, 4}, 3);
    madt_choose(s->boot, 9, BOOT_MAX_CPUS);
    expect_ids(s, (const uint32_t[]){9, 5, 3, 4}, 4);

    s->boot->listed_count = 0;
    madt_choose(s->boot, 2, BOOT_MAX_CPUS);
    expect_ids(s, (const uint32_t[]){2}, 1);
}

static void a_full_list_gives_up_its_last(void **state)
{
    struct scene *s = *state;

    for (unsigned int i = 0; i < BOOT_MAX_LISTED; i++)
        add_x2apic(s, i, 1);
    read(s);
    madt_choose(s->boot, 5000, BOOT_MAX_CPUS);
    assert_int_equal(s->boot->listed_count, BOOT_MAX_LISTED);
    assert_int_equal(s->boot->cpus_unlisted, 1);
    assert_int_equal(s->boot->apic_ids[0], 5000);
    assert_int_equal(s->boot->apic_ids[1], 0);
    assert_int_equal(s->boot->apic_ids[BOOT_MAX_LISTED - 1], BOOT_MAX_LISTED - 2);
}

/* The first ones, with the boot CPU among them. The others stay listed, so that altview parks
 * them. */
static void the_guest_gets_no_more_than_asked(void **state)
{
    static const unsigned int most[][2] = {{1, 1}, {2, 2}, {3, 3}, {4, 3}, {64, 3}};
    struct scene *s = *state;

    add_lapic(s, 0, 1);
    add_lapic(s, 2, 1);
    add_lapic(s, 4, 1);
    read(s);
    for (size_t i = 0; i < COUNT(most); i++) {
        madt_choose(s->boot, 4, most[i][0]);
        assert_int_equal(s->boot->cpu_count, most[i][1]);
        expect_ids(s, (const uint32_t[]){4, 0, 2}, 3);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* PM1 control, by the old fields, or by the new ones if they are set and mean I/O ports. */
static void power_ports(void **state)
{
    static const struct {
        const char *name;
        uint32_t size, old_a, old_b;
        uint8_t space;
        uint64_t new_a;
        uint16_t a, b;
    } tables[] = {
        {"ACPI 1.0", 116, 0xb004, 0xb014, 0, 0, 0xb004, 0xb014},
        {"too short", 67, 0xb004, 0, 0, 0, 0, 0},
        {"the first only", 71, 0xb004, 0xb014, 0, 0, 0xb004, 0},
        {"new field", 244, 0xb004, 0, 1, 0x1804, 0x1804, 0},
        {"new field not set", 244, 0xb004, 0, 1, 0, 0xb004, 0},
        {"new field in memory", 244, 0xb004, 0, 0, 0x1804, 0xb004, 0},
        {"new field cut off", 183, 0xb004, 0, 1, 0x1804, 0xb004, 0},
        {"no such port", 244, 0x10000, 0xffff, 1, UINT64_C(1) << 32, 0, 0},
        {"the last port", 244, 0xfffe, 0, 0, 0, 0xfffe, 0},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < COUNT(tables); i++) {
        unsigned char *fadt = s->bytes + OTHER;

        memset(fadt, 0, 256);
        put(fadt + 64, tables[i].old_a, 4);
        put(fadt + 68, tables[i].old_b, 4);
        fadt[172] = tables[i].space;
        put(fadt + 176, tables[i].new_a, 8);
        seal(fadt, "FACP", tables[i].size);
        fadt_read(s->boot, &s->memory);
        if (s->boot->power_ports[0] != tables[i].a || s->boot->power_ports[1] != tables[i].b)
            fail_msg("%s: %x, %x", tables[i].name, s->boot->power_ports[0],
                     s->boot->power_ports[1]);
    }
    s->bytes[OTHER + 9]++;
    fadt_read(s->boot, &s->memory);
    assert_int_equal(s->boot->power_ports[0], 0);
}

/* PM_TMR_BLK, or X_PM_TMR_BLK if it is set and means I/O ports. */
static void pm_timer(void **state)
{
    struct scene *s = *state;
    unsigned char *fadt = s->bytes + OTHER;

    put(fadt + 76, 0x408, 4);
    seal(fadt, "FACP", 80);
    fadt_read(s->boot, &s->memory);
    assert_int_equal(s->boot->pm_timer, 0x408);
    fadt[208] = 1;
    put(fadt + 212, 0x1808, 8);
    seal(fadt, "FACP", 244);
    fadt_read(s->boot, &s->memory);
    assert_int_equal(s->boot->pm_timer, 0x1808);
    seal(fadt, "FACP", 79);
    fadt_read(s->boot, &s->memory);
    assert_int_equal(s->boot->pm_timer, 0);
}

/* A page of memory below 4 GiB, or none. */
static void hpet(void **state)
{
    static const struct {
        const char *name;
        uint32_t size;
        uint8_t space;
        uint64_t address, found;
    } tables[] = {
        {"where chipsets have it", 56, 0, 0xfed00000, 0xfed00000},
        {"I/O ports", 56, 1, 0xfed00000, 0},
        {"no page", 56, 0, 0xfed00400, 0},
        {"above 4 GiB", 56, 0, 0x1fed00000, 0},
        {"RAM", 56, 0, 0x100000, 0},
        {"the local APIC", 56, 0, 0xfee00000, 0},
        {"the I/O APIC", 56, 0, 0xfec00000, 0},
        {"cut", 51, 0, 0xfed00000, 0},
    };
    struct scene *s = *state;
    unsigned char *table = s->bytes + OTHER;

    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        memset(table, 0, 256);
        table[40] = tables[i].space;
        put(table + 44, tables[i].address, 8);
        seal(table, "HPET", tables[i].size);
        hpet_read(s->boot, &s->memory);
        if (s->boot->hpet != tables[i].found)
            fail_msg("%s: %lx", tables[i].name, s->boot->hpet);
    }
    table[9]++; /* its sum is wrong */
    s->boot->hpet = 1;
    hpet_read(s->boot, &s->memory);
    assert_int_equal(s->boot->hpet, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(enabled_ones_are_listed),
        TEST(none_is_listed_twice),
        TEST(every_way_leads_there),
        TEST(the_xsdt_is_preferred),
        TEST(tables_above_4_gib_are_read),
        TEST(those_beyond_the_most_are_counted),
        TEST(broken_tables_list_none),
        TEST(broken_entries_end_the_list),
        TEST(the_boot_cpu_comes_first),
        TEST(a_full_list_gives_up_its_last),
        TEST(broadcast_ids_are_no_cpus),
        TEST(ioapics_are_where_chipsets_have_them),
        TEST(an_interrupt_has_its_ioapic),
        TEST(the_guest_gets_no_more_than_asked),
        TEST(power_ports),
        TEST(pm_timer),
        TEST(hpet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
