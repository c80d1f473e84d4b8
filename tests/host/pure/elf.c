/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's ELF file: the use of a valid one, and each possible error. */
#include "pure/refusals.h"

#include "pure/elf_file.h"

#include <stdlib.h>

/* In a block of exactly that size, so that AddressSanitizer detects a read beyond it. */
static bool parse(const void *file, size_t size, struct guest_image *image,
                  struct image_fault *fault)
{
    char *copy = malloc(size ? size : 1);
    bool parsed;

    assert_non_null(copy);
    memcpy(copy, file, size);
    parsed = elf_parse(copy, size, image, fault);
    free(copy);
    return parsed;
}

static void check_good(const void *file, size_t size, uint64_t text)
{
    struct guest_image image;
    struct image_fault fault;

    assert_true(parse(file, size, &image, &fault));
    assert_int_equal(image.entry, ENTRY);
    assert_int_equal(image.segment_count, 1);
    assert_int_equal(image.segments[0].file_offset, text);
    assert_int_equal(image.segments[0].file_size, TEXT);
    assert_int_equal(image.segments[0].address, ADDRESS);
    assert_int_equal(image.segments[0].memory_size, 0x1000);
}

static void good_files(void **state)
{
    (void)state;
    check_good(&good64, sizeof(good64), offsetof(struct file64, text));
    check_good(&good32, sizeof(good32), offsetof(struct file32, text));
}

/* Wherever the file ends too early, the reader refuses it, and reads nothing after the end. */
static void every_truncation(void **state)
{
    struct guest_image image;
    struct image_fault fault;

    (void)state;
    for (size_t size = 0; size < sizeof(good64); size++)
        assert_false(parse(&good64, size, &image, &fault));
    for (size_t size = 0; size < sizeof(good32); size++)
        assert_false(parse(&good32, size, &image, &fault));
}

static void not_elf(struct file64 *f)
{
    f->header.e_ident[1] = 'F';
}

static void big_endian(struct file64 *f)
{
    f->header.e_ident[EI_DATA] = ELFDATA2MSB;
}

static void no_class(struct file64 *f)
{
    f->header.e_ident[EI_CLASS] = 3;
}

static void for_arm(struct file64 *f)
{
    f->header.e_machine = EM_AARCH64;
}

static void odd_segment_size(struct file64 *f)
{
    f->header.e_phentsize = 32;
}

static void segments_far_away(struct file64 *f)
{
    f->header.e_phoff = UINT64_MAX - 10;
}

static void nothing_to_load(struct file64 *f)
{
    f->load.p_type = PT_NULL;
}

static void empty_segment(struct file64 *f)
{
    f->load.p_filesz = f->load.p_memsz = 0;
}

static void smaller_in_memory(struct file64 *f)
{
    f->load.p_memsz = 8;
}

static void contents_beyond_the_file(struct file64 *f)
{
    f->load.p_offset++;
}

static void contents_wrap(struct file64 *f)
{
    f->load.p_offset = UINT64_MAX - 7;
}

static void address_wraps(struct file64 *f)
{
    f->load.p_paddr = UINT64_MAX - 0x10;
}

static void no_note(struct file64 *f)
{
    f->notes.p_type = PT_NULL;
}

static void note_of_another(struct file64 *f)
{
    memcpy(f->note.name, "GNU", 4);
}

static void note_of_another_type(struct file64 *f)
{
    f->note.head.n_type = XEN_ELFNOTE_ENTRY;
}

static void note_of_odd_size(struct file64 *f)
{
    f->note.head.n_descsz = 2;
}

static void note_name_too_long(struct file64 *f)
{
    f->note.head.n_namesz = UINT32_MAX;
}

static void note_value_too_long(struct file64 *f)
{
    f->note.head.n_descsz = UINT32_MAX;
}

static void entry_before(struct file64 *f)
{
    f->note.value = ADDRESS - 1;
}

static void entry_behind(struct file64 *f)
{
    f->note.value = ADDRESS + 0x1000;
}

static const struct {
    void (*spoil)(struct file64 *f);
    const char *name, *cause;
} bad[] = {
    {not_elf, "not ELF", "neither an ELF file"},
    {big_endian, "big-endian", "class"},
    {no_class, "neither 32 nor 64 bits", "class"},
    {for_arm, "another machine", "not for x86-64"},
    {odd_segment_size, "short program headers", "too short"},
    {segments_far_away, "segments far away", "cut off"},
    {nothing_to_load, "nothing to load", "no segment"},
    {empty_segment, "an empty segment only", "no segment"},
    {smaller_in_memory, "smaller in memory", "larger in the file"},
    {contents_beyond_the_file, "contents beyond the file", "cut off"},
    {contents_wrap, "contents wrap around", "cut off"},
    {address_wraps, "address wraps around", "too big"},
    {no_note, "no note", "no PVH entry point"},
    {note_of_another, "somebody else's note", "no PVH entry point"},
    {note_of_another_type, "another of Xen's notes", "no PVH entry point"},
    {note_of_odd_size, "an entry of 2 bytes", "no PVH entry point"},
    {note_name_too_long, "note name too long", "longer than its place"},
    {note_value_too_long, "note value too long", "longer than its place"},
    {entry_before, "entry before the segment", "outside its segments"},
    {entry_behind, "entry behind the segment", "outside its segments"},
};

static void every_way_to_be_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct file64 file = good64;
        struct guest_image image;
        struct image_fault fault = {0};

        bad[i].spoil(&file);
        if (parse(&file, sizeof(file), &image, &fault))
            fail_msg("accepted: %s", bad[i].name);
        check_fault(bad[i].name, &fault, bad[i].cause);
    }
}

/* In Linux's form: 8 bytes, which may be above 4 GiB. */
static void wide_entry(void **state)
{
    struct {
        struct file64 file;
        uint64_t more;
    } wide = {.file = good64};
    struct guest_image image;
    struct image_fault fault;

    (void)state;
    wide.file.note.head.n_descsz = 8;
    wide.file.notes.p_filesz = 24;
    /* The upper half is the next bytes of the file: the text, zero. */
    assert_true(parse(&wide, sizeof(wide), &image, &fault));
    assert_int_equal(image.entry, ENTRY);
    wide.file.text[0] = 1;
    assert_false(parse(&wide, sizeof(wide), &image, &fault));
    check_fault("above 4 GiB", &fault, "above 4 GiB");
}

/* A second note, after the first, names the system. */
static void system_note(void **state)
{
    static const struct {
        uint32_t type;
        const char *name, *value;
        bool is_linux;
    } notes[] = {
        {XEN_ELFNOTE_GUEST_OS, "Xen", "linux", true},
        {XEN_ELFNOTE_GUEST_OS, "Xen", "Linux", false},
        {XEN_ELFNOTE_GUEST_OS, "GNU", "linux", false},
        {XEN_ELFNOTE_LOADER, "Xen", "linux", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(notes); i++) {
        struct {
            struct file64 file;
            uint64_t more;
        } two = {.file = good64};
        const Elf64_Nhdr head = {.n_namesz = 4, .n_descsz = 6, .n_type = notes[i].type};
        struct guest_image image;
        struct image_fault fault;
        char *at = (char *)&two + offsetof(struct file64, text);

        memcpy(at, &head, sizeof(head));
        memcpy(at + sizeof(head), notes[i].name, 4);
        memcpy(at + sizeof(head) + 4, notes[i].value, 6);
        two.file.notes.p_filesz += sizeof(head) + 4 + 8;
        assert_true(parse(&two, sizeof(two), &image, &fault));
        assert_int_equal(image.entry, ENTRY);
        if (image.is_linux != notes[i].is_linux)
            fail_msg("type %u, %s, %s: is_linux %d", notes[i].type, notes[i].name, notes[i].value,
                     image.is_linux);
    }
}

/* 32 segments are loaded; 33 are refused. */
static void many_segments(void **state)
{
    enum { MOST = IMAGE_SEGMENTS };
    static struct {
        struct file64 file;
        Elf64_Phdr segments[MOST + 2];
    } many;
    struct guest_image image;
    struct image_fault fault;

    (void)state;
    many.file = good64;
    many.file.header.e_phoff = offsetof(typeof(many), segments);
    many.segments[0] = good64.notes;
    for (unsigned int i = 1; i < COUNT(many.segments); i++)
        many.segments[i] = good64.load;
    many.file.header.e_phnum = MOST + 1;
    assert_true(parse(&many, sizeof(many), &image, &fault));
    assert_int_equal(image.segment_count, MOST);
    many.file.header.e_phnum = MOST + 2;
    assert_false(parse(&many, sizeof(many), &image, &fault));
    check_fault("33 segments", &fault, "more than 32");
}

/* objcopy -O elf32-x86-64 makes this of a 64-bit image. */
static void class_32_of_64(void **state)
{
    struct file32 file = good32;

    (void)state;
    file.header.e_machine = EM_X86_64;
    check_good(&file, sizeof(file), offsetof(struct file32, text));
    file.header.e_machine = EM_ARM;
    assert_false(parse(&file, sizeof(file), &(struct guest_image){0}, &(struct image_fault){0}));
}

/* A program header may have more fields than this version of ELF has. */
static void long_program_headers(void **state)
{
    struct {
        struct file64 file;
        struct {
            Elf64_Phdr known;
            uint64_t unknown;
        } segments[2];
    } wide = {.file = good64, .segments = {{good64.load, 1}, {good64.notes, 1}}};

    (void)state;
    wide.file.header.e_phoff = offsetof(typeof(wide), segments);
    wide.file.header.e_phentsize = sizeof(wide.segments[0]);
    check_good(&wide, sizeof(wide), offsetof(struct file64, text));
}

/* A note outside all segments. Sections with wrong places do no harm. */
static void note_in_a_section(void **state)
{
    struct {
        struct file64 file;
        Elf64_Shdr sections[3];
    } f64 = {.file = good64};
    struct {
        struct file32 file;
        Elf32_Shdr sections[3];
    } f32 = {.file = good32};
    struct guest_image image;
    struct image_fault fault;

    (void)state;
    f64.file.notes.p_type = PT_NULL;
    f64.file.header.e_shoff = offsetof(typeof(f64), sections);
    f64.file.header.e_shentsize = sizeof(Elf64_Shdr);
    f64.file.header.e_shnum = 3;
    f64.sections[1] = (Elf64_Shdr){.sh_type = SHT_NOTE, .sh_offset = UINT64_MAX - 4, .sh_size = 20};
    f64.sections[2] = (Elf64_Shdr){
        .sh_type = SHT_NOTE, .sh_offset = offsetof(struct file64, note), .sh_size = 20};
    check_good(&f64, sizeof(f64), offsetof(struct file64, text));
    f64.file.header.e_shnum = 2;
    assert_false(parse(&f64, sizeof(f64), &image, &fault));
    check_fault("sections elsewhere", &fault, "no PVH entry point");
    f64.file.header.e_shnum = UINT16_MAX;
    f64.file.header.e_shoff = UINT64_MAX - 4;
    assert_false(parse(&f64, sizeof(f64), &image, &fault));

    f32.file.notes.p_type = PT_NULL;
    f32.file.header.e_shoff = offsetof(typeof(f32), sections);
    f32.file.header.e_shentsize = sizeof(Elf32_Shdr);
    f32.file.header.e_shnum = 3;
    f32.sections[2] = (Elf32_Shdr){
        .sh_type = SHT_NOTE, .sh_offset = offsetof(struct file32, note), .sh_size = 20};
    check_good(&f32, sizeof(f32), offsetof(struct file32, text));
}

/* Other notes in addition to Xen's, each place with its own padding. Of two entries the last
 * counts. */
static void several_notes(void **state)
{
    struct property {
        Elf64_Nhdr head;
        char name[4];
        uint64_t value;
    };
    struct xen {
        Elf64_Nhdr head;
        char name[4];
        uint32_t value, padding;
    };
    struct {
        struct file64 file;
        struct property first;
        struct xen xen;
        struct property last;
    } many = {
        .file = good64,
        .first = {.head = {4, 8, 5}, .name = "GNU"},
        .xen = {.head = {4, 4, XEN_ELFNOTE_PHYS32_ENTRY}, .name = "Xen", .value = ADDRESS + 8},
        .last = {.head = {4, 8, 5}, .name = "GNU"},
    };
    struct guest_image image;
    struct image_fault fault;

    (void)state;
    many.file.notes.p_offset = offsetof(typeof(many), first);
    many.file.notes.p_filesz = sizeof(many) - offsetof(typeof(many), first);
    many.file.notes.p_align = 8;
    assert_true(parse(&many, sizeof(many), &image, &fault));
    assert_int_equal(image.entry, ADDRESS + 8);
    /* With steps of four bytes the reader does not find the last one. That does no harm, because it
     * has the entry. */
    many.file.notes.p_align = 4;
    assert_true(parse(&many, sizeof(many), &image, &fault));
    assert_int_equal(image.entry, ADDRESS + 8);
    many.last.head = (Elf64_Nhdr){4, 4, XEN_ELFNOTE_PHYS32_ENTRY};
    memcpy(many.last.name, "Xen", 4);
    many.last.value = ENTRY;
    many.file.notes.p_align = 8;
    assert_true(parse(&many, sizeof(many), &image, &fault));
    assert_int_equal(image.entry, ENTRY);
}

/* All zeros in memory, after everything else, at an offset that strip has left beyond the file's
 * end. */
static void zeros_beyond_the_file(void **state)
{
    struct {
        struct file64 file;
        Elf64_Phdr segments[3];
    } zeros = {.file = good64, .segments = {good64.load, good64.notes, good64.load}};
    struct guest_image image;
    struct image_fault fault;

    (void)state;
    zeros.file.header.e_phoff = offsetof(typeof(zeros), segments);
    zeros.file.header.e_phnum = 3;
    zeros.segments[2].p_offset = 0x100000;
    zeros.segments[2].p_filesz = 0;
    zeros.segments[2].p_paddr = 64 * ADDRESS; /* and a gap before it */
    assert_true(parse(&zeros, sizeof(zeros), &image, &fault));
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[1].address, 64 * ADDRESS);
    assert_int_equal(image.segments[1].file_size, 0);
    assert_int_equal(image.segments[1].memory_size, 0x1000);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_way_to_be_bad),
        cmocka_unit_test(wide_entry),
        cmocka_unit_test(system_note),
        cmocka_unit_test(many_segments),
        cmocka_unit_test(class_32_of_64),
        cmocka_unit_test(long_program_headers),
        cmocka_unit_test(note_in_a_section),
        cmocka_unit_test(several_notes),
        cmocka_unit_test(zeros_beyond_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
