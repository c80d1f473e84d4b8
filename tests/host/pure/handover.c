/* SPDX-License-Identifier: BSD-2-Clause */
/* The information for the guest: the place of the ACPI root pointer, the layout, the start info. */
#include "pure/refusals.h"

#include "boot/acpi.h"
#include "boot/window.h"
#include "loader/start_info.h"
#include "memory/map.h"

#include <stdlib.h>

#define MIB (UINT64_C(1) << 20)
#define RAM XEN_HVM_MEMMAP_TYPE_RAM

static void put_rsdp(unsigned char *at)
{
    static const char signature[8] = {'R', 'S', 'D', ' ', 'P', 'T', 'R', ' '};
    unsigned char sum = 0;

    memcpy(at, signature, sizeof(signature));
    at[8] = 0;
    for (int i = 0; i < 20; i++)
        sum = (unsigned char)(sum + at[i]);
    at[8] = (unsigned char)-sum;
}

static void put_ebda(unsigned char *memory, uint16_t segment)
{
    memcpy(memory + 0x40e, &segment, sizeof(segment));
}

/* ACPI 5.2.5.1: the EBDA's first KiB, then 0xe0000 to 0xfffff, on 16-byte boundaries. */
static void rsdp_places(void **state)
{
    static const struct {
        const char *name;
        uint64_t at, want;
        uint16_t ebda;
    } places[] = {
        {"in the BIOS", 0xe0000, 0xe0000, 0},
        {"at its very end", 0xfffe0, 0xfffe0, 0x9fc0},
        {"in the EBDA", 0x9fc10, 0x9fc10, 0x9fc0},
        {"in the EBDA, but too far", 0xa0000, 0, 0x9fc0},
        {"not on a boundary", 0xe0008, 0, 0},
        {"not where it is looked for", 0x80000, 0, 0x9fc0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(places); i++) {
        unsigned char *memory = calloc(1, MIB);

        assert_non_null(memory);
        put_ebda(memory, places[i].ebda);
        put_rsdp(memory + places[i].at);
        if (rsdp_find(&(struct physical_memory){memory, MIB, NULL}) != places[i].want)
            fail_msg("%s", places[i].name);
        memory[places[i].at + 12] ^= 1;
        if (rsdp_find(&(struct physical_memory){memory, MIB, NULL}) != 0)
            fail_msg("%s, with a wrong sum", places[i].name);
        free(memory);
    }
}

static void no_rsdp_without_a_bios(void **state)
{
    unsigned char little[64] = {0};

    (void)state;
    assert_int_equal(rsdp_find(&(struct physical_memory){little, sizeof(little), NULL}), 0);
}

#define EFI_TABLE  0x2000
#define EFI_TABLES 0x3000
#define EFI_RSDP   0x4000
#define BIOS_RSDP  0xe0000

static void put_number(unsigned char *at, uint64_t value)
{
    memcpy(at, &value, sizeof(value));
}

/* A system table whose second configuration table is ACPI 2.0's root pointer. */
static unsigned char *memory_with_efi(void)
{
    static const unsigned char acpi_20[16] = {0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
                                              0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81};
    unsigned char *memory = calloc(1, MIB);

    assert_non_null(memory);
    put_number(memory + EFI_TABLE, 0x5453595320494249); /* "IBI SYST" */
    put_number(memory + EFI_TABLE + 104, 2);
    put_number(memory + EFI_TABLE + 112, EFI_TABLES);
    put_number(memory + EFI_TABLES + 16, 0x5000);
    memcpy(memory + EFI_TABLES + 24, acpi_20, sizeof(acpi_20));
    put_number(memory + EFI_TABLES + 40, EFI_RSDP);
    memory[EFI_RSDP + 15] = 2;
    put_rsdp(memory + EFI_RSDP);
    return memory;
}

static void rsdp_by_efi(void **state)
{
    static const struct {
        const char *name;
        uint64_t at;
        unsigned char value;
        uint64_t want;
    } damages[] = {
        {"as it is", 0, 0, EFI_RSDP},
        {"no system table", EFI_TABLE, 'X', 0},
        {"no entries", EFI_TABLE + 104, 0, 0},
        {"more entries than memory", EFI_TABLE + 107, 0xff, EFI_RSDP},
        {"entries beyond memory", EFI_TABLE + 115, 0xff, 0},
        {"another GUID", EFI_TABLES + 24, 0x72, 0},
        {"a wrong sum", EFI_RSDP + 12, 1, 0},
        {"beyond memory", EFI_TABLES + 44, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        unsigned char *memory = memory_with_efi();
        const struct physical_memory reach = {memory, MIB, NULL};

        memory[damages[i].at] = damages[i].at ? damages[i].value : 0;
        if (rsdp_of_efi(&reach, EFI_TABLE) != damages[i].want)
            fail_msg("%s", damages[i].name);
        assert_int_equal(rsdp_of_efi(&reach, 0), 0);
        assert_int_equal(rsdp_of_efi(&reach, MIB - 8), 0);
        free(memory);
    }
}

/* The boot loader's copy counts. The guest gets an address with the same contents. */
static void rsdp_that_counts(void **state)
{
    static const struct {
        const char *name;
        bool efi, bios;
        enum { NO_COPY, COPY_OF_EFI, COPY_OF_BIOS, OTHER_COPY, BAD_COPY } copy;
        uint64_t want;
    } cases[] = {
        {"BIOS only", false, true, NO_COPY, BIOS_RSDP},
        {"EFI only", true, false, NO_COPY, EFI_RSDP},
        {"EFI before BIOS", true, true, NO_COPY, EFI_RSDP},
        {"the copy is EFI's", true, true, COPY_OF_EFI, EFI_RSDP},
        {"the copy is the BIOS's", true, true, COPY_OF_BIOS, BIOS_RSDP},
        {"the boot loader has made its own", true, true, OTHER_COPY, 0},
        {"a copy with a wrong sum is none", false, true, BAD_COPY, BIOS_RSDP},
        {"nothing", false, false, NO_COPY, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char *memory = memory_with_efi();
        struct boot_info *boot = calloc(1, sizeof(*boot));
        const struct physical_memory reach = {memory, MIB, NULL};

        assert_non_null(boot);
        memory[BIOS_RSDP + 9] = 'B';
        put_rsdp(memory + BIOS_RSDP);
        boot->rsdp_copy_size = cases[i].copy == NO_COPY ? 0 : BOOT_RSDP_SIZE;
        memcpy(boot->rsdp_copy, memory + (cases[i].copy == COPY_OF_BIOS ? BIOS_RSDP : EFI_RSDP),
               BOOT_RSDP_SIZE);
        boot->rsdp_copy[9] = cases[i].copy == OTHER_COPY ? 'O' : boot->rsdp_copy[9];
        put_rsdp(boot->rsdp_copy);
        boot->rsdp_copy[8] = (unsigned char)(boot->rsdp_copy[8] + (cases[i].copy == BAD_COPY));
        memory[BIOS_RSDP] = cases[i].bios ? 'R' : 0;
        boot->efi.system_table = cases[i].efi ? EFI_TABLE : 0;
        rsdp_settle(boot, &reach);
        if (boot->rsdp != cases[i].want)
            fail_msg("%s: %#lx", cases[i].name, (unsigned long)boot->rsdp);
        if ((boot->rsdp_copy_size != 0) != (cases[i].copy != NO_COPY && cases[i].copy != BAD_COPY))
            fail_msg("%s: the copy", cases[i].name);
        free(boot);
        free(memory);
    }
}

/* Boot code's window to memory above 4 GiB. */
static void window(void **state)
{
    static struct window w;
    const uint64_t end = UINT64_C(1) << 46, unit = UINT64_C(2) << 20, page = 0x123456 * unit;

    (void)state;
    assert_int_equal(window_show(&w, page + 0x1234, 0x100, end), 0x1234);
    assert_int_equal(window_show(&w, page + unit - 1, 1, end), unit - 1);
    assert_int_equal(w.used, 1);
    assert_int_equal(w.entries[0] & ~(UINT64_C(1) << 63), page | 0x81);       /* present, large */
    assert_int_equal(window_show(&w, page + unit - 1, 2, end), 2 * unit - 1); /* both, in a row */
    assert_int_equal(w.used, 3);
    assert_int_equal(window_show(&w, page + unit, 1, end), 2 * unit);
    assert_int_equal(w.used, 3);
    assert_int_equal(window_show(&w, end - 1, 2, end), WINDOW_NONE);
    assert_int_equal(window_show(&w, UINT64_MAX, 2, end), WINDOW_NONE);
    assert_int_equal(window_show(&w, page, UINT64_MAX, end), WINDOW_NONE);
    assert_int_equal(window_show(&w, page, 0, end), WINDOW_NONE);
    assert_int_equal(window_show(&w, 0, 510 * unit, end), WINDOW_NONE);
    assert_int_equal(window_show(&w, 0, 509 * unit, end), 3 * unit);
    assert_int_equal(window_show(&w, 5 * unit, 1, end), 8 * unit);
    assert_int_equal(window_show(&w, 600 * unit, 1, end), WINDOW_NONE);
}

/* 64 MiB, the guest at 1 MiB, one module with arguments. */
static struct boot_info *boot_new(uint64_t module)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));

    assert_non_null(boot);
    assert_true(map_set(boot, 0, 64 * MIB, RAM));
    memcpy(boot->strings, "guest\0module", 13);
    boot->strings_used = 13;
    boot->modules[0] = (struct boot_module){32 * MIB, 0x5000, boot->strings};
    boot->modules[1] = (struct boot_module){module, 0x3000, boot->strings + 6};
    boot->module_count = 2;
    return boot;
}

static struct guest_image image = {.segments = {{0, 0x1000, 1 * MIB, 2 * MIB}},
                                   .segment_count = 1,
                                   .entry = 1 * MIB,
                                   .modules_end = 4096 * MIB};

static void what_is_clear_stays(void **state)
{
    struct boot_info *boot = boot_new(20 * MIB);
    struct guest_layout layout;
    struct refusal why;

    (void)state;
    assert_true(layout_plan(boot, &image, 0x4000, &layout, &why));
    assert_int_equal(layout.modules[0], 32 * MIB);
    assert_int_equal(layout.modules[1], 20 * MIB);
    assert_int_equal(layout.start_info, 64 * MIB - 0x4000);
    free(boot);
}

/* The module lies at the place of the guest's second MiB. */
static void what_is_in_the_way_moves(void **state)
{
    struct boot_info *boot = boot_new(2 * MIB);
    struct guest_layout layout;
    struct refusal why;

    (void)state;
    assert_true(layout_plan(boot, &image, 0x4000, &layout, &why));
    assert_int_equal(layout.modules[0], 32 * MIB);
    assert_int_equal(layout.modules[1], 64 * MIB - 0x3000);
    assert_int_equal(layout.start_info, 64 * MIB - 0x3000 - 0x4000);
    free(boot);
}

static void too_big(void **state)
{
    struct guest_image large = image;
    struct boot_info *boot = boot_new(20 * MIB);
    struct guest_layout layout;
    struct refusal why = {.status = 0};

    (void)state;
    large.segments[0].memory_size = 64 * MIB;
    assert_false(layout_plan(boot, &large, 0x4000, &layout, &why));
    check_refusal("beyond RAM", &why, STATUS_BAD_IMAGE, "too big");
    assert_false(layout_plan(boot, &image, 60 * MIB, &layout, &why));
    check_refusal("no room", &why, STATUS_NO_MEMORY, "don't fit");
    free(boot);
}

/* A guest finds everything from the one address that it gets. */
static void start_info(void **state)
{
    struct boot_info *boot = boot_new(20 * MIB);
    struct start_info_block *block = malloc(sizeof(*block));
    struct guest_layout layout = {.modules = {0, 20 * MIB}, .start_info = 0x123000};

    (void)state;
    assert_non_null(block);
    boot->rsdp = 0xe0000;
    start_info_fill(block, boot, &layout);
#define AT(physical) ((const char *)block + ((physical)-layout.start_info))
    assert_int_equal(block->info.magic, XEN_HVM_START_MAGIC_VALUE);
    assert_int_equal(block->info.version, 1);
    assert_string_equal(AT(block->info.cmdline_paddr), "guest");
    assert_int_equal(block->info.nr_modules, 1);
    assert_ptr_equal(AT(block->info.modlist_paddr), &block->modules[0]);
    assert_int_equal(block->modules[0].paddr, 20 * MIB);
    assert_int_equal(block->modules[0].size, 0x3000);
    assert_string_equal(AT(block->modules[0].cmdline_paddr), "module");
    assert_int_equal(block->info.memmap_entries, 1);
    assert_ptr_equal(AT(block->info.memmap_paddr), &block->map[0]);
    assert_int_equal(block->map[0].size, 64 * MIB);
    assert_int_equal(block->map[0].type, RAM);
    assert_int_equal(block->info.rsdp_paddr, 0xe0000);
    /* On UEFI there is only a copy. */
    boot->rsdp = 0;
    boot->rsdp_copy_size = BOOT_RSDP_SIZE;
    memcpy(boot->rsdp_copy, "RSD PTR ", 8);
    start_info_fill(block, boot, &layout);
    assert_memory_equal(AT(block->info.rsdp_paddr), "RSD PTR ", 8);
    free(block);
    free(boot);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rsdp_places),
        cmocka_unit_test(no_rsdp_without_a_bios),
        cmocka_unit_test(rsdp_by_efi),
        cmocka_unit_test(rsdp_that_counts),
        cmocka_unit_test(window),
        cmocka_unit_test(what_is_clear_stays),
        cmocka_unit_test(what_is_in_the_way_moves),
        cmocka_unit_test(too_big),
        cmocka_unit_test(start_info),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
