/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF: System V ABI, chapters 4 and 5. The PVH note: Xen docs/misc/pvh.pandoc, <xen/elfnote.h>. The
 * code follows Xen's loader (xen/common/libelf): segments by their physical addresses, and Xen's
 * notes, in segments or else in sections. altview enters a PVH guest in 32-bit mode, for any class
 * and machine of its file.
 */
#include "image/image.h"

#include <xen/elfnote.h>

#define CLASS_AT      4
#define CLASS_32      1
#define CLASS_64      2
#define DATA_AT       5
#define DATA_LITTLE   1
#define MACHINE_386   3
#define MACHINE_AMD64 62
#define SEGMENT_LOAD  1
#define SEGMENT_NOTE  4
#define SECTION_NOTE  7

#define PVH_MODULES_END                                                                            \
    (UINT64_C(1) << 32) /* the memory that it reaches before it sets up
                                             * paging */

struct header32 {
    uint8_t identity[16];
    uint16_t type, machine;
    uint32_t version, entry, segments, sections, flags;
    uint16_t header_size, segment_size, segment_count, section_size, section_count, section_names;
};

struct header64 {
    uint8_t identity[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t header_size, segment_size, segment_count, section_size, section_count, section_names;
};

struct segment32 {
    uint32_t type, offset, virtual_address, physical_address, file_size, memory_size, flags, align;
};

struct segment64 {
    uint32_t type, flags;
    uint64_t offset, virtual_address, physical_address, file_size, memory_size, align;
};

struct section32 {
    uint32_t name, type, flags, address, offset, size, link, info, align, entry_size;
};

struct section64 {
    uint32_t name, type;
    uint64_t flags, address, offset, size;
    uint32_t link, info;
    uint64_t align, entry_size;
};

struct note {
    uint32_t name_size, value_size, type;
};

/* A table in the file. Its entries may be larger than their known fields. */
struct table {
    uint64_t at, entry_size;
    unsigned int count;
};

/* The file, and the fields that both classes have. */
struct reader {
    const char *file;
    uint64_t size;
    bool is_64;
    struct table segments, sections;
    struct guest_image *image;
    bool has_entry, broken_note;
    uint64_t entry;
    struct image_fault *fault;
};

static const char truncated[] = "it is cut off";
static const char copy_again[] = "copy or build it again";
static const char build_x86[] = "build it for i386 or x86-64";
static const char build_pvh[] = "build it as a PVH guest, with Xen's note PHYS32_ENTRY";

static bool bad(struct reader *r, const char *cause, const char *remedy)
{
    return image_bad(r->fault, cause, remedy);
}

static bool fits(uint64_t offset, uint64_t size, uint64_t whole)
{
    return size <= whole && offset <= whole - size;
}

static bool read_bytes(const struct reader *r, uint64_t offset, void *to, uint64_t size)
{
    if (!fits(offset, size, r->size)) {
        return false;
    }
    __builtin_memcpy(to, r->file + offset, size);
    return true;
}

/* Entry `index` of a table. False: the file does not have it. */
static bool read_entry(const struct reader *r, const struct table *t, unsigned int index, void *to,
                       uint64_t size)
{
    return t->entry_size >= size && fits(t->at, 0, r->size) &&
           read_bytes(r, t->at + index * t->entry_size, to, size);
}

/* objcopy -O elf32-x86-64 makes class 32 of a 64-bit image. */
static bool read_header32(struct reader *r)
{
    struct header32 h;

    if (!read_bytes(r, 0, &h, sizeof(h))) {
        return bad(r, truncated, copy_again);
    }
    r->segments = (struct table){h.segments, h.segment_size, h.segment_count};
    r->sections = (struct table){h.sections, h.section_size, h.section_count};
    return h.machine == MACHINE_386 || h.machine == MACHINE_AMD64 ||
           bad(r, "it is a 32-bit ELF file, but not for x86", build_x86);
}

static bool read_header64(struct reader *r)
{
    struct header64 h;

    if (!read_bytes(r, 0, &h, sizeof(h))) {
        return bad(r, truncated, copy_again);
    }
    r->segments = (struct table){h.segments, h.segment_size, h.segment_count};
    r->sections = (struct table){h.sections, h.section_size, h.section_count};
    return h.machine == MACHINE_AMD64 ||
           bad(r, "it is a 64-bit ELF file, but not for x86-64", build_x86);
}

static bool read_header(struct reader *r)
{
    unsigned char identity[16];

    if (!read_bytes(r, 0, identity, sizeof(identity)) ||
        __builtin_memcmp(identity, "\177ELF", 4) != 0) {
        return bad(r, "it is neither an ELF file nor a Linux kernel",
                   "give a PVH guest in ELF format, or a bzImage");
    }
    if (identity[DATA_AT] != DATA_LITTLE ||
        (identity[CLASS_AT] != CLASS_32 && identity[CLASS_AT] != CLASS_64)) {
        return bad(r, "it is an ELF file of a class x86 has not", build_x86);
    }
    r->is_64 = identity[CLASS_AT] == CLASS_64;
    return r->is_64 ? read_header64(r) : read_header32(r);
}

static bool read_segment(const struct reader *r, unsigned int index, struct segment64 *s)
{
    struct segment32 small;

    if (r->is_64) {
        return read_entry(r, &r->segments, index, s, sizeof(*s));
    }
    if (!read_entry(r, &r->segments, index, &small, sizeof(small))) {
        return false;
    }
    *s = (struct segment64){
        .type = small.type,
        .offset = small.offset,
        .physical_address = small.physical_address,
        .file_size = small.file_size,
        .memory_size = small.memory_size,
        .align = small.align,
    };
    return true;
}

static bool read_section(const struct reader *r, unsigned int index, struct section64 *s)
{
    struct section32 small;

    if (r->is_64) {
        return read_entry(r, &r->sections, index, s, sizeof(*s));
    }
    if (!read_entry(r, &r->sections, index, &small, sizeof(small))) {
        return false;
    }
    *s = (struct section64){
        .type = small.type, .offset = small.offset, .size = small.size, .align = small.align};
    return true;
}

static bool add_load(struct reader *r, const struct segment64 *s)
{
    struct guest_image *image = r->image;

    if (s->memory_size == 0) {
        return true;
    }
    if (s->file_size > s->memory_size) {
        return bad(r, "a segment is larger in the file than in memory", copy_again);
    }
    if (s->physical_address > UINT64_MAX - s->memory_size) {
        return bad(r, "too big: a segment ends beyond all addresses", "link it lower");
    }
    if (image->segment_count == IMAGE_SEGMENTS) {
        return bad(r, "it has more than 32 segments to load", "link it into fewer");
    }
    image->segments[image->segment_count++] = (struct guest_segment){
        .file_offset = s->file_size ? s->offset : 0,
        .file_size = s->file_size,
        .address = s->physical_address,
        .memory_size = s->memory_size,
    };
    return true;
}

/* PHYS32_ENTRY is 4 bytes wide, or 8 as Linux writes it. */
static void take_entry(struct reader *r, const struct note *n, uint64_t value)
{
    if (n->value_size == 4 || n->value_size == 8) {
        r->entry = 0;
        __builtin_memcpy(&r->entry, r->file + value, n->value_size);
        r->has_entry = true;
    }
}

static void take_system(struct reader *r, const struct note *n, uint64_t value)
{
    r->image->is_linux = n->value_size == sizeof("linux") &&
                         __builtin_memcmp(r->file + value, "linux", n->value_size) == 0;
}

/* Of several entries the last counts, as for Xen. */
static void take_note(struct reader *r, const struct note *n, uint64_t name, uint64_t value)
{
    if (n->name_size != 4 || __builtin_memcmp(r->file + name, "Xen", 4) != 0) {
        return;
    }
    if (n->type == XEN_ELFNOTE_PHYS32_ENTRY) {
        take_entry(r, n, value);
    } else if (n->type == XEN_ELFNOTE_GUEST_OS) {
        take_system(r, n, value);
    }
}

static uint64_t padded(uint64_t size, uint64_t align)
{
    return (size + align - 1) & ~(align - 1);
}

/*
 * Names and values are padded to 4 bytes, but to 8 where a segment is aligned to 8
 * (NT_GNU_PROPERTY). A linker may put both kinds in one segment, which then can't be read to its
 * end. That is no fault.
 */
static void read_notes(struct reader *r, uint64_t at, uint64_t size, uint64_t align)
{
    uint64_t end = at + size;
    struct note n;

    align = align == 8 ? 8 : 4;
    while (end - at >= sizeof(n)) {
        uint64_t name = at + sizeof(n), value, next;

        __builtin_memcpy(&n, r->file + at, sizeof(n));
        value = at + padded(sizeof(n) + n.name_size, align);
        next = at + padded(value - at + n.value_size, align);
        if (value > end || n.value_size > end - value) {
            r->broken_note = true;
            return;
        }
        take_note(r, &n, name, value);
        at = next < end ? next : end;
    }
}

/* A segment that is all zeros in memory may have any offset. */
static bool take_segment(struct reader *r, const struct segment64 *s)
{
    if (s->type != SEGMENT_LOAD && s->type != SEGMENT_NOTE) {
        return true;
    }
    if (s->file_size && !fits(s->offset, s->file_size, r->size)) {
        return bad(r, truncated, copy_again);
    }
    if (s->type == SEGMENT_LOAD) {
        return add_load(r, s);
    }
    if (s->file_size) {
        read_notes(r, s->offset, s->file_size, s->align);
    }
    return true;
}

static bool read_segments(struct reader *r)
{
    uint64_t least = r->is_64 ? sizeof(struct segment64) : sizeof(struct segment32);
    struct segment64 s;

    if (r->segments.count && r->segments.entry_size < least) {
        return bad(r, "its program headers are too short", copy_again);
    }
    for (unsigned int i = 0; i < r->segments.count; i++) {
        if (!read_segment(r, i, &s)) {
            return bad(r, truncated, copy_again);
        }
        if (!take_segment(r, &s)) {
            return false;
        }
    }
    return true;
}

/* Linkers make a segment of notes, unless a script prevents it. So a file without sections, or with
 * bad ones, is still good. */
static void read_sections(struct reader *r)
{
    struct section64 s;

    for (unsigned int i = 0; i < r->sections.count && read_section(r, i, &s); i++) {
        if (s.type == SECTION_NOTE && fits(s.offset, s.size, r->size)) {
            read_notes(r, s.offset, s.size, s.align);
        }
    }
}

static bool find_entry(struct reader *r)
{
    if (!r->has_entry) {
        read_sections(r);
    }
    return r->has_entry ||
           bad(r,
               r->broken_note
                   ? "it has no PVH entry point, but a note that is longer than its place"
                   : "it has no PVH entry point (Xen note PHYS32_ENTRY)",
               build_pvh);
}

static bool check_entry(struct reader *r)
{
    if (r->image->segment_count == 0) {
        return bad(r, "it has no segment to load", build_pvh);
    }
    if (!find_entry(r)) {
        return false;
    }
    for (unsigned int i = 0; i < r->image->segment_count; i++) {
        const struct guest_segment *s = &r->image->segments[i];

        if (r->entry <= UINT32_MAX && r->entry >= s->address &&
            r->entry - s->address < s->memory_size) {
            r->image->entry = (uint32_t)r->entry;
            return true;
        }
    }
    return bad(r, "its entry point lies outside its segments, or above 4 GiB",
               "give PHYS32_ENTRY a physical address inside a segment");
}

bool elf_parse(const void *file, uint64_t size, struct guest_image *image,
               struct image_fault *fault)
{
    struct reader r = {.file = file, .size = size, .image = image, .fault = fault};

    *image = (struct guest_image){.protocol = PROTOCOL_PVH, .modules_end = PVH_MODULES_END};
    return read_header(&r) && read_segments(&r) && check_entry(&r);
}
