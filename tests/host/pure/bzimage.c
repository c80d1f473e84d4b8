/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux kernel: the use of its setup header, each possible error in it, and the data for the
 * kernel. */
#include "pure/refusals.h"

#include "loader/boot_params.h"
#include "loader/efi_map.h"
#include "memory/map.h"

#include "pure/bzimage_file.h"

#include <stdlib.h>
#include <xen/arch-x86/hvm/start_info.h>

#define MIB (UINT64_C(1) << 20)
#define RAM XEN_HVM_MEMMAP_TYPE_RAM

/* In a block of exactly that size, so that AddressSanitizer detects a read beyond it. */
static bool parse(const void *file, size_t size, struct guest_image *image,
                  struct image_fault *fault)
{
    char *copy = malloc(size ? size : 1);
    bool parsed;

    assert_non_null(copy);
    memcpy(copy, file, size);
    parsed = bzimage_is(copy, size) && bzimage_parse(copy, size, image, fault);
    free(copy);
    return parsed;
}

static void good_file(void **state)
{
    unsigned char file[BZ_SIZE];
    struct guest_image image = {.entry = 0};
    struct image_fault fault;

    (void)state;
    bzimage_make(file);
    assert_true(parse(file, sizeof(file), &image, &fault));
    assert_int_equal(image.protocol, PROTOCOL_LINUX);
    assert_true(image.is_linux);
    assert_int_equal(image.entry, BZ_PREFERRED);
    assert_int_equal(image.segment_count, 1);
    assert_int_equal(image.segments[0].file_offset, BZ_CODE);
    assert_int_equal(image.segments[0].file_size, BZ_SIZE - BZ_CODE);
    assert_int_equal(image.segments[0].address, BZ_PREFERRED);
    assert_int_equal(image.segments[0].memory_size, BZ_INIT_SIZE);
    assert_int_equal(image.alignment, BZ_ALIGNMENT);
    assert_int_equal(image.modules_end, BZ_RAMDISK_MAX + UINT64_C(1));
    assert_int_equal(image.cmdline_size, BZ_CMDLINE_MAX);
    assert_int_equal(image.header_size, BZ_HEADER_END - 0x1f1);
}

/* If the file gives no number, there are four sectors of setup code. */
static void old_sectors(void **state)
{
    unsigned char file[5 * 512 + 16] = {0};
    struct guest_image image = {.entry = 0};
    struct image_fault fault;

    (void)state;
    bzimage_make(file);
    bzimage_put(file, (struct bzimage_field){0x1f1, 1, 0});
    assert_true(parse(file, sizeof(file), &image, &fault));
    assert_int_equal(image.segments[0].file_offset, 5 * 512);
    assert_int_equal(image.segments[0].file_size, 16);
}

static void every_truncation(void **state)
{
    unsigned char file[BZ_SIZE];
    struct guest_image image = {.entry = 0};
    struct image_fault fault;

    (void)state;
    bzimage_make(file);
    for (size_t size = 0; size <= BZ_CODE; size++)
        assert_false(parse(file, size, &image, &fault));
}

static const struct {
    struct bzimage_field field;
    const char *name, *cause;
} bad[] = {
    {{0x206, 2, 0x209}, "protocol 2.9", "older than 2.6.31"},
    {{0x211, 1, 0}, "a zImage", "older than 2.6.31"},
    {{0x258, 8, UINT64_C(1) << 32}, "preferred address above 4 GiB", "a place that can't be"},
    {{0x258, 8, UINT64_MAX - 0x1000}, "preferred address wraps", "a place that can't be"},
    {{0x260, 4, UINT32_MAX}, "memory above 4 GiB", "a place that can't be"},
    {{0x230, 4, 0}, "relocatable, no alignment", "a place that can't be"},
    {{0x230, 4, 0x300000}, "odd alignment", "a place that can't be"},
    {{0x1f1, 1, 64}, "setup code beyond the file", "cut off"},
};

static void every_way_to_be_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        unsigned char file[BZ_SIZE];
        struct guest_image image;
        struct image_fault fault = {0};

        bzimage_make(file);
        bzimage_put(file, bad[i].field);
        if (parse(file, sizeof(file), &image, &fault))
            fail_msg("accepted: %s", bad[i].name);
        check_fault(bad[i].name, &fault, bad[i].cause);
    }
}

static void not_a_kernel(void **state)
{
    unsigned char file[BZ_SIZE];

    (void)state;
    bzimage_make(file);
    assert_true(bzimage_is(file, sizeof(file)));
    file[0x202] ^= 1;
    assert_false(bzimage_is(file, sizeof(file)));
}

/* `ram` MiB from 0, the kernel's file at 4 MiB, an initial ramdisk of 3 pages at `ramdisk`. */
static struct boot_info *boot_new(uint64_t ram, uint64_t ramdisk)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));

    assert_non_null(boot);
    assert_true(map_set(boot, 0, ram * MIB, RAM));
    memcpy(boot->strings, "quiet\0", 7);
    boot->strings_used = 7;
    boot->modules[0] = (struct boot_module){4 * MIB, BZ_SIZE, boot->strings};
    boot->modules[1] = (struct boot_module){ramdisk, 0x3000, boot->strings + 6};
    boot->module_count = 2;
    return boot;
}

static void good_image(struct guest_image *image)
{
    unsigned char file[BZ_SIZE];
    struct image_fault fault;

    bzimage_make(file);
    assert_true(parse(file, sizeof(file), image, &fault));
}

/* What is planned with them for a good kernel. */
struct plan {
    struct boot_info *boot;
    struct guest_image image;
    struct guest_layout layout;
    struct refusal why;
};

static struct plan plan_new(uint64_t ram, uint64_t ramdisk)
{
    struct plan p = {.boot = boot_new(ram, ramdisk)};

    good_image(&p.image);
    return p;
}

static bool plan(struct plan *p)
{
    return layout_plan(p->boot, &p->image, sizeof(struct linux_block), &p->layout, &p->why);
}

static void kernel_where_it_wants(void **state)
{
    struct plan p = plan_new(64, 8 * MIB);

    (void)state;
    assert_true(plan(&p));
    assert_int_equal(p.image.entry, BZ_PREFERRED);
    assert_int_equal(p.layout.modules[1], 8 * MIB);
    free(p.boot);
}

/* 12 MiB of RAM do not reach the preferred address. */
static void kernel_elsewhere(void **state)
{
    struct plan p = plan_new(12, 5 * MIB);

    (void)state;
    assert_true(plan(&p));
    assert_int_equal(p.image.entry, 8 * MIB);
    assert_int_equal(p.image.segments[0].address, 8 * MIB);
    good_image(&p.image);
    p.image.alignment = 0;
    assert_false(plan(&p));
    check_refusal("not relocatable", &p.why, STATUS_BAD_IMAGE, "too big");
    free(p.boot);
}

/* A kernel that can't use a ramdisk above 16 MiB. */
static void ramdisk_too_high(void **state)
{
    struct plan p = plan_new(64, 32 * MIB);

    (void)state;
    p.image.modules_end = 16 * MIB;
    assert_true(plan(&p));
    assert_true(p.layout.modules[1] + 0x3000 <= 16 * MIB);
    free(p.boot);
}

static void what_can_t_be_handed_over(void **state)
{
    struct plan p = plan_new(64, 8 * MIB);

    (void)state;
    p.image.cmdline_size = 4;
    assert_false(plan(&p));
    check_refusal("command line", &p.why, STATUS_BAD_OPTION, "longer than the kernel takes");
    p.image.cmdline_size = 5;
    assert_true(plan(&p));
    p.boot->modules[2] = p.boot->modules[1];
    p.boot->module_count = 3;
    assert_false(plan(&p));
    check_refusal("two ramdisks", &p.why, STATUS_BAD_OPTION, "takes one");
    free(p.boot);
}

static uint64_t number(const struct linux_block *block, unsigned int at, unsigned int size)
{
    uint64_t value = 0;

    memcpy(&value, (const char *)block + at, size);
    return value;
}

/* boot_params, by the offsets of Linux's documentation. */
static void boot_params(void **state)
{
    struct boot_info *boot = boot_new(64, 8 * MIB);
    struct linux_block *block = malloc(sizeof(*block));
    const struct guest_layout layout = {.modules = {0, 8 * MIB}, .start_info = 0x123000};
    unsigned char file[BZ_SIZE];
    struct guest_image image = {.entry = 0};

    (void)state;
    assert_non_null(block);
    bzimage_make(file);
    good_image(&image);
    boot->rsdp = 0xf0000;
    assert_true(map_set(boot, 16 * MIB, MIB, XEN_HVM_MEMMAP_TYPE_ACPI));
    linux_block_fill(block, boot, &image, file, &layout);
#define AT(physical) ((const char *)block + ((physical)-layout.start_info))
    assert_int_equal(number(block, 0x202, 4), 0x53726448);
    assert_int_equal(number(block, 0x206, 2), 0x20f);
    assert_int_equal(number(block, 0x260, 4), BZ_INIT_SIZE);
    assert_int_equal(number(block, 0x210, 1), 0xff);
    assert_string_equal(AT(number(block, 0x228, 4)), "quiet");
    assert_int_equal(number(block, 0x218, 4), 8 * MIB);
    assert_int_equal(number(block, 0x21c, 4), 0x3000);
    assert_int_equal(number(block, 0x70, 8), 0xf0000);
    assert_int_equal(number(block, 0x1ef, 1), 0); /* the sentinel */
    assert_int_equal(number(block, 0x1e8, 1), 3);
    assert_int_equal(number(block, 0x2d0 + 20, 8), 16 * MIB);
    assert_int_equal(number(block, 0x2d0 + 28, 8), MIB);
    assert_int_equal(number(block, 0x2d0 + 36, 4), XEN_HVM_MEMMAP_TYPE_ACPI);
    assert_int_equal(number(block, 0x2d0 + 60, 8), 0);
    /* On UEFI there is only a copy of the root pointer; and a ramdisk is optional. */
    boot->rsdp = 0;
    boot->rsdp_copy_size = BOOT_RSDP_SIZE;
    memcpy(boot->rsdp_copy, "RSD PTR ", 8);
    boot->module_count = 1;
    linux_block_fill(block, boot, &image, file, &layout);
    assert_memory_equal(AT(number(block, 0x70, 8)), "RSD PTR ", 8);
    assert_int_equal(number(block, 0x218, 8), 0);
    free(block);
    free(boot);
}

/* screen_info, by the offsets of Linux's documentation, and sizes in each driver's units. */
static void screen_info(void **state)
{
    static struct boot_info boot;
    static struct linux_block block;
    const struct guest_layout layout = {.start_info = 0x123000};
    unsigned char file[BZ_SIZE];
    struct guest_image image = {.entry = 0};

    (void)state;
    bzimage_make(file);
    good_image(&image);
    boot.modules[0].cmdline = "";
    boot.module_count = 1;
    linux_block_fill(&block, &boot, &image, file, &layout);
    assert_int_equal(number(&block, 0x0f, 1), 0);
    boot.screen = (struct boot_screen){BOOT_SCREEN_TEXT, 0xb8000, 160, 80, 25, 16, {{0, 0}}};
    linux_block_fill(&block, &boot, &image, file, &layout);
    assert_int_equal(number(&block, 0x0f, 1), 0x22); /* VIDEO_TYPE_VGAC */
    assert_int_equal(number(&block, 0x06, 1), 3);
    assert_int_equal(number(&block, 0x07, 1), 80);
    assert_int_equal(number(&block, 0x0e, 1), 25);
    assert_int_equal(number(&block, 0x10, 2), 16);
    boot.screen = (struct boot_screen){BOOT_SCREEN_RGB,          0x40e0000000, 4096, 1024, 768, 32,
                                       {{16, 8}, {8, 8}, {0, 8}}};
    linux_block_fill(&block, &boot, &image, file, &layout);
    assert_int_equal(number(&block, 0x0f, 1), 0x23); /* VIDEO_TYPE_VLFB */
    assert_int_equal(number(&block, 0x12, 2), 1024);
    assert_int_equal(number(&block, 0x14, 2), 768);
    assert_int_equal(number(&block, 0x16, 2), 32);
    assert_int_equal(number(&block, 0x18, 4), 0xe0000000);
    assert_int_equal(number(&block, 0x1c, 4), 48); /* times 64 KiB */
    assert_int_equal(number(&block, 0x24, 2), 4096);
    assert_int_equal(number(&block, 0x26, 8), 0x1808000808081008); /* sizes and positions */
    assert_int_equal(number(&block, 0x36, 4), 2);                  /* 64-bit base */
    assert_int_equal(number(&block, 0x3a, 4), 0x40);
    boot.efi.system_table = 0x7f000000;
    linux_block_fill(&block, &boot, &image, file, &layout);
    assert_int_equal(number(&block, 0x0f, 1), 0x70); /* VIDEO_TYPE_EFI */
    assert_int_equal(number(&block, 0x1c, 4), 4096 * 768);
    assert_int_equal(number(&block, 0x1c0, 4), 0); /* no efi_info without a map */
}

#define DESCRIPTOR 48

struct descriptor {
    uint32_t type, padding;
    uint64_t start, virtual, pages, attributes, more;
};

#define RUNTIME (UINT64_C(1) << 63)

/* The guest's copy of UEFI's map reserves the hypervisor's memory, however descriptors lie around
 * it. */
static void efi_map(void **state)
{
    static const struct descriptor from[] = {
        {7, 0, 0x100000, 0, 0x300, 15, 11}, /* RAM up to our first piece */
        {4, 0, 0x400000, 0, 0x300, 15, 12}, /* boot services: the hypervisor's, and more */
        {6, 0, 0x700000, 0x900000, 0x10, RUNTIME | 15, 13},
        {7, 0, 0x800000, 0, 0x600, 15, 14},       /* RAM around our second piece */
        {7, 0, UINT64_MAX - 0xfff, 0, 2, 15, 15}, /* invalid */
        {7, 0, 0x1000000, 0, UINT64_MAX, 15, 16}, /* invalid */
    };
    static const struct descriptor want[] = {
        {7, 0, 0x100000, 0, 0x300, 15, 11}, {0, 0, 0x400000, 0, 0x200, 15, 12},
        {4, 0, 0x600000, 0, 0x100, 15, 12}, {6, 0, 0x700000, 0x900000, 0x10, RUNTIME | 15, 13},
        {7, 0, 0x800000, 0, 0x200, 15, 14}, {0, 0, 0xa00000, 0, 0x200, 15, 14},
        {7, 0, 0xc00000, 0, 0x200, 15, 14},
    };
    static struct boot_info boot = {
        .own = {{{0x400000, 0x200000}, {0xa00000, 0x200000}}, 2},
        .efi = {0x7f000000, {0x5000, sizeof(from)}, DESCRIPTOR, 1},
    };
    char *to = malloc(efi_map_room(&boot));

    (void)state;
    assert_non_null(to);
    assert_int_equal(efi_map_copy(&boot, to, from), sizeof(want));
    assert_memory_equal(to, want, sizeof(want));
    free(to);
}

/* Runtime services are not RAM, even if the memory map says so. */
static void efi_runtime(void **state)
{
    static const struct descriptor from[] = {
        {6, 0, 0x200000, 0, 0x10, RUNTIME | 15, 0},
        {7, 0, 0x300000, 0, 0x10, 15, 0},
        {11, 0, 0xfed00000, 0, 1, RUNTIME, 0},
        {6, 0, 0x400000, 0, UINT64_MAX, RUNTIME, 0},
    };
    struct boot_info *boot = boot_new(64, 8 * MIB);

    (void)state;
    boot->efi.descriptor_size = DESCRIPTOR;
    boot->efi.map.size = sizeof(from);
    efi_map_reserve(boot, from);
    assert_int_equal(boot->range_count, 3);
    assert_int_equal(boot->ranges[1].start, 0x200000);
    assert_int_equal(boot->ranges[1].size, 0x10000);
    assert_int_equal(boot->ranges[1].type, XEN_HVM_MEMMAP_TYPE_RESERVED);
    free(boot);
}

/* The copy has a place apart from all memory still in use, and efi_info has the place. */
static void efi_info(void **state)
{
    struct boot_info *boot = boot_new(64, 8 * MIB);
    struct linux_block *block = malloc(sizeof(*block));
    struct guest_layout layout;
    struct guest_image image = {.entry = 0};
    struct refusal why;
    unsigned char file[BZ_SIZE];

    (void)state;
    assert_non_null(block);
    bzimage_make(file);
    good_image(&image);
    boot->efi = (struct boot_efi){0x217f000000, {64 * MIB - 0x3000, 0x2ff8}, DESCRIPTOR, 1};
    assert_true(layout_plan(boot, &image, sizeof(struct linux_block), &layout, &why));
    assert_true(layout.efi_map && layout.efi_map + layout.efi_map_size <= 64 * MIB - 0x3000);
    assert_true(layout.start_info + sizeof(struct linux_block) <= layout.efi_map);
    assert_int_equal(layout.efi_map_size, efi_map_room(boot));
    layout.efi_map_size = 0x1230;
    linux_block_fill(block, boot, &image, file, &layout);
    assert_memory_equal((const char *)block + 0x1c0, "EL64", 4);
    assert_int_equal(number(block, 0x1c4, 4), 0x7f000000);
    assert_int_equal(number(block, 0x1c8, 4), DESCRIPTOR);
    assert_int_equal(number(block, 0x1cc, 4), 1);
    assert_int_equal(number(block, 0x1d0, 4), layout.efi_map);
    assert_int_equal(number(block, 0x1d4, 4), 0x1230);
    assert_int_equal(number(block, 0x1d8, 4), 0x21);
    assert_int_equal(number(block, 0x1dc, 4), 0);
    image.protocol = PROTOCOL_PVH;
    assert_true(layout_plan(boot, &image, sizeof(struct linux_block), &layout, &why));
    assert_int_equal(layout.efi_map, 0);
    free(block);
    free(boot);
}

/* A flat 4 GiB segment: SDM Vol. 3A 3.4.5. */
static void descriptors(void **state)
{
    struct boot_info *boot = boot_new(64, 8 * MIB);
    struct linux_block *block = malloc(sizeof(*block));
    const struct guest_layout layout = {.start_info = 0x123000};
    unsigned char file[BZ_SIZE];
    struct guest_image image = {.entry = 0};

    (void)state;
    assert_non_null(block);
    bzimage_make(file);
    good_image(&image);
    linux_block_fill(block, boot, &image, file, &layout);
    assert_int_equal(block->gdt[0], 0);
    for (unsigned int i = 2; i <= 3; i++) {
        assert_int_equal(block->gdt[i] & 0xffff, 0xffff);    /* limit */
        assert_int_equal(block->gdt[i] >> 48 & 0xff, 0xcf);  /* limit, 4 KiB, 32-bit */
        assert_int_equal(block->gdt[i] >> 16 & 0xffffff, 0); /* base */
        assert_int_equal(block->gdt[i] >> 56, 0);            /* base */
        assert_int_equal(block->gdt[i] >> 40 & 0xff, i == 2 ? 0x9b : 0x93); /* code, data */
    }
    free(block);
    free(boot);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file),
        cmocka_unit_test(old_sectors),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_way_to_be_bad),
        cmocka_unit_test(not_a_kernel),
        cmocka_unit_test(kernel_where_it_wants),
        cmocka_unit_test(kernel_elsewhere),
        cmocka_unit_test(ramdisk_too_high),
        cmocka_unit_test(what_can_t_be_handed_over),
        cmocka_unit_test(boot_params),
        cmocka_unit_test(screen_info),
        cmocka_unit_test(efi_map),
        cmocka_unit_test(efi_runtime),
        cmocka_unit_test(efi_info),
        cmocka_unit_test(descriptors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
