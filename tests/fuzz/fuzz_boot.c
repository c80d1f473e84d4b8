/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: everything that altview reads before it has a guest: the boot loader's
 * information, the guest's ELF file or Linux kernel, the command line. Then the results: the
 * layout, the start info and boot_params. altview reads nothing outside the input
 * (AddressSanitizer). Its results keep the headers' promises. It refuses nothing without a message.
 */
#include "input.h"
#include "sim/fail.h"

#include "boot/acpi.h"
#include "boot/multiboot.h"
#include "loader/boot_params.h"
#include "loader/efi_map.h"
#include "loader/layout.h"
#include "loader/start_info.h"
#include "memory/map.h"
#include "pure/bzimage_file.h"
#include "pure/elf_file.h"

#include <stdlib.h>

#define RAM_END (UINT64_C(64) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds, const char *what)
{
    if (!holds)
        sim_fail("%s", what);
}

/* The initial value of `why`, which shows a refusal without a message. */
static const struct refusal unsaid = {.cause = NULL};

static void check_refusal(const struct refusal *why)
{
    check(why->status >= STATUS_BAD_IMAGE && why->subject[0] && why->cause && why->remedy,
          "refused without saying why");
}

static void check_options(const struct boot_options *options)
{
    check(options->view_count >= 1 && options->view_count <= ALTP2M_MAX_VIEWS &&
              options->mode <= ALTP2M_MODE_LIMITED && options->end <= BOOT_END_RESET,
          "options out of range");
}

static void check_map(const struct boot_info *boot)
{
    uint64_t end = 0;

    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        check(r->size && r->start >= end && r->start + r->size > r->start,
              "ranges overlap, wrap or are empty");
        end = r->start + r->size;
    }
}

static bool kept(const struct boot_info *boot, const char *string)
{
    return string >= boot->strings && string < boot->strings + boot->strings_used &&
           string + strlen(string) < boot->strings + boot->strings_used;
}

static void check_modules(const struct boot_info *boot, size_t size)
{
    check(boot->module_count <= BOOT_MAX_MODULES, "too many modules");
    for (unsigned int i = 0; i < boot->module_count; i++) {
        const struct boot_module *m = &boot->modules[i];

        check(m->size <= size && m->start <= size - m->size, "a module beyond memory");
        check(kept(boot, m->cmdline), "a command line that was not kept");
    }
}

static void check_image(const struct guest_image *image, size_t size)
{
    bool entered = false;

    check(image->segment_count >= 1 && image->segment_count <= IMAGE_SEGMENTS,
          "number of segments");
    for (unsigned int i = 0; i < image->segment_count; i++) {
        const struct guest_segment *s = &image->segments[i];

        check(s->file_size <= size && s->file_offset <= size - s->file_size &&
                  s->file_size <= s->memory_size && s->memory_size &&
                  s->address + s->memory_size >= s->address,
              "a segment breaks a promise");
        entered |= image->entry >= s->address && image->entry - s->address < s->memory_size;
    }
    check(entered, "the entry is in no segment");
}

static struct extent segment_of(const struct guest_image *image, unsigned int i)
{
    return (struct extent){image->segments[i].address, image->segments[i].memory_size};
}

/* A new place is RAM, and overlaps neither a segment nor a module's present place. */
static void check_place(const struct boot_info *boot, const struct guest_image *image,
                        struct extent place)
{
    check(!place.size || map_is_ram(boot, place), "something is put where no RAM is");
    for (unsigned int i = 0; i < image->segment_count; i++)
        check(!extents_overlap(place, segment_of(image, i)), "something is put into a segment");
    for (unsigned int i = 0; i < boot->module_count; i++)
        check(
            !extents_overlap(place, (struct extent){boot->modules[i].start, boot->modules[i].size}),
            "something is put over a module");
    check(!extents_overlap(place, boot->efi.map), "something is put over UEFI's map");
}

static uint64_t block_size(const struct guest_image *image)
{
    return image->protocol == PROTOCOL_LINUX ? sizeof(struct linux_block)
                                             : sizeof(struct start_info_block);
}

static void check_layout(const struct boot_info *boot, const struct guest_image *image,
                         const struct guest_layout *layout)
{
    struct extent info = {layout->start_info, block_size(image)};

    check_place(boot, image, info);
    check_place(boot, image, (struct extent){layout->efi_map, layout->efi_map_size});
    check(!extents_overlap((struct extent){layout->efi_map, layout->efi_map_size}, info),
          "UEFI's map lies over the start info");
    for (unsigned int i = 0; i < boot->module_count; i++) {
        struct extent place = {layout->modules[i], boot->modules[i].size};

        if (layout->modules[i] != boot->modules[i].start)
            check_place(boot, image, place);
        check(!extents_overlap(place, info), "a module lies over the start info");
        for (unsigned int k = 0; k < image->segment_count; k++)
            check(!extents_overlap(place, segment_of(image, k)), "a module lies in a segment");
        for (unsigned int k = 0; k < i; k++)
            check(boot->modules[i].start == layout->modules[i] ||
                      !extents_overlap(place,
                                       (struct extent){layout->modules[k], boot->modules[k].size}),
                  "modules lie over each other");
    }
}

static void fill_start_info(const struct boot_info *boot, const struct guest_layout *layout)
{
    struct start_info_block *block = malloc(sizeof(*block));

    if (!block)
        return;
    start_info_fill(block, boot, layout);
    check(block->info.nr_modules == boot->module_count - 1U, "start info: modules");
    free(block);
}

static void fill_params(const struct boot_info *boot, const struct guest_image *image,
                        const void *file, const struct guest_layout *layout)
{
    struct linux_block *block = malloc(sizeof(*block));

    if (!block)
        return;
    linux_block_fill(block, boot, image, file, layout);
    check(block->params.range_count == boot->range_count, "boot_params: memory map");
    check(layout->modules[1] + block->params.ramdisk_size <= image->modules_end ||
              boot->module_count == 1,
          "boot_params: the ramdisk is out of reach");
    free(block);
}

static void plan(struct boot_info *boot, struct guest_image *image, const void *file)
{
    struct guest_layout layout;
    struct refusal why = unsaid;

    if (!layout_plan(boot, image, block_size(image), &layout, &why)) {
        check_refusal(&why);
        return;
    }
    check_layout(boot, image, &layout);
    if (image->protocol == PROTOCOL_LINUX)
        fill_params(boot, image, file, &layout);
    else
        fill_start_info(boot, &layout);
}

/* A machine with 64 MiB and the modules that the input selects. */
static void plan_for(struct input in, struct guest_image *image, const void *file)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));

    if (!boot)
        return;
    map_set(boot, 0, RAM_END, XEN_HVM_MEMMAP_TYPE_RAM);
    boot->strings_used = 1;
    boot->module_count = 1 + input_byte(&in) % BOOT_MAX_MODULES;
    for (unsigned int i = 0; i < boot->module_count; i++) {
        uint32_t words[2];

        input_bytes(&in, words, sizeof(words));
        boot->modules[i].start = words[0] % RAM_END;
        boot->modules[i].size = words[1] % (RAM_END - boot->modules[i].start);
        boot->modules[i].cmdline = boot->strings;
    }
    boot->efi = (struct boot_efi){input_byte(&in), {RAM_END / 2, input_byte(&in)}, 40, 1};
    plan(boot, image, file);
    free(boot);
}

static void fuzz_image(struct input in)
{
    struct input modules = in;
    struct guest_image image;
    struct image_fault fault = {NULL, NULL};

    if (!image_parse(in.data, in.left, &image, &fault)) {
        check(fault.cause && fault.remedy, "refused without saying why");
        return;
    }
    check_image(&image, in.left);
    modules.data += in.left / 2;
    modules.left -= in.left / 2;
    plan_for(modules, &image, in.data);
}

/* A valid file of one class with a few changed bytes and more bytes behind it. */
static void fuzz_nearly_good_elf(struct input in)
{
    bool is_64 = input_byte(&in) & 1;
    uint8_t changes = input_byte(&in) % 8;
    size_t good = is_64 ? sizeof(good64) : sizeof(good32);
    size_t size = good + in.left;
    uint8_t *file = malloc(size);

    if (!file)
        return;
    memcpy(file, is_64 ? (const void *)&good64 : &good32, good);
    while (changes--) {
        uint8_t at = input_byte(&in);

        file[at % good] = input_byte(&in);
    }
    size = good + in.left;
    input_bytes(&in, file + good, in.left);
    fuzz_image((struct input){.data = file, .left = size});
    free(file);
}

/* The same of a kernel; the changed bytes are in its header. */
static void fuzz_nearly_good_kernel(struct input in)
{
    uint8_t changes = input_byte(&in) % 8;
    size_t size = BZ_SIZE + in.left;
    uint8_t *file = malloc(size);

    if (!file)
        return;
    bzimage_make(file);
    while (changes--) {
        uint8_t at = input_byte(&in);

        file[0x1f1 + at % 0x80] = input_byte(&in);
    }
    size = BZ_SIZE + in.left;
    input_bytes(&in, file + BZ_SIZE, in.left);
    fuzz_image((struct input){.data = file, .left = size});
    free(file);
}

/* The guest's version of UEFI's map fits its buffer. The hypervisor's range is a piece that cuts
 * through the map. */
static void copy_efi_map(struct boot_info *boot, const struct physical_memory *memory)
{
    const struct extent *map = &boot->efi.map;
    char *to;

    check(!map->size || (map->start < memory->size && map->size <= memory->size - map->start),
          "UEFI's map beyond memory");
    efi_map_reserve(boot, memory->base + map->start);
    check_map(boot);
    boot->own = (struct extents){{{0x300000, 0x200000}}, 1};
    boot->trampoline = 0x9e000;
    to = malloc(efi_map_room(boot) + 1);
    if (to)
        check(efi_map_copy(boot, to, memory->base + map->start) <= efi_map_room(boot),
              "UEFI's map outgrows its room");
    free(to);
}

static void fuzz_multiboot(struct input in, uint32_t magic)
{
    struct boot_info *boot = calloc(1, sizeof(*boot));
    struct refusal why = unsaid;
    uint8_t information = input_byte(&in);
    struct physical_memory memory = {.base = in.data, .size = in.left};

    if (!boot)
        return;
    boot->efi.system_table = information;
    rsdp_settle(boot, &memory);
    boot->rsdp = boot->rsdp ? boot->rsdp : information;
    madt_read(boot, &memory);
    madt_choose(boot, information, BOOT_MAX_CPUS);
    fadt_read(boot, &memory);
    check(boot->cpu_count && boot->cpu_count <= BOOT_MAX_CPUS, "no CPU, or too many");
    check(boot->listed_count <= BOOT_MAX_LISTED, "too many listed CPUs");
    check(boot->ioapic_count <= BOOT_MAX_IOAPICS, "too many I/O APICs");
    if (multiboot_parse(boot, &memory, magic, information, &why)) {
        check_options(&boot->options);
        check_map(boot);
        check_modules(boot, in.left);
        rsdp_settle(boot, &memory);
        copy_efi_map(boot, &memory);
    } else {
        check_refusal(&why);
    }
    free(boot);
}

static void fuzz_options(struct input in)
{
    struct boot_options options;
    struct refusal why = unsaid;
    char *line = calloc(1, in.left + 1);

    if (!line)
        return;
    input_bytes(&in, line, in.left);
    if (options_parse(&options, line, &why))
        check_options(&options);
    else
        check_refusal(&why);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {.data = data, .left = size};

    sim_describe("an input of %zu bytes", size);
    switch (input_byte(&in) % 6) {
    case 0:
        fuzz_image(in);
        break;
    case 1:
        fuzz_multiboot(in, 0x2badb002U);
        break;
    case 2:
        fuzz_multiboot(in, 0x36d76289U);
        break;
    case 3:
        fuzz_options(in);
        break;
    case 4:
        fuzz_nearly_good_kernel(in);
        break;
    default:
        fuzz_nearly_good_elf(in);
        break;
    }
    return 0;
}
