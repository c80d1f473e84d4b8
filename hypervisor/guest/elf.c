/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF: System V ABI, chapters 4 and 5. The PVH note: Xen docs/misc/pvh.pandoc, <xen/elfnote.h>. */
#include "elf.h"

#include "base/string.h"

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

#define PVH_MODULES_END (UINT64_C(1) << 32) /* what it reaches before it sets up paging */

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

struct note {
    uint32_t name_size, value_size, type;
};

/* The file, and what both classes say alike. */
struct reader {
    const char *file;
    uint64_t size;
    bool is_64;
    uint64_t segments;
    unsigned int segment_count;
    struct guest_image *image;
    bool has_entry;
    uint64_t entry;
    struct refusal *why;
};

static const char truncated[] = "it is cut off";
static const char copy_again[] = "copy or build it again";
static const char build_pvh[] = "build it as a PVH guest, with Xen's note PHYS32_ENTRY";

static bool bad(struct reader *r, const char *cause, const char *remedy)
{
    return refuse(r->why, STATUS_BAD_IMAGE, "guest image", cause, remedy);
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
    memcpy(to, r->file + offset, size);
    return true;
}

static bool read_header32(struct reader *r)
{
    struct header32 h;

    if (!read_bytes(r, 0, &h, sizeof(h))) {
        return bad(r, truncated, copy_again);
    }
    r->segments = h.segments;
    r->segment_count = h.segment_count;
    return (h.machine == MACHINE_386 && h.segment_size == sizeof(struct segment32)) ||
           bad(r, "it is a 32-bit ELF file, but not for x86", "build it for i386 or x86-64");
}

static bool read_header64(struct reader *r)
{
    struct header64 h;

    if (!read_bytes(r, 0, &h, sizeof(h))) {
        return bad(r, truncated, copy_again);
    }
    r->segments = h.segments;
    r->segment_count = h.segment_count;
    return (h.machine == MACHINE_AMD64 && h.segment_size == sizeof(struct segment64)) ||
           bad(r, "it is a 64-bit ELF file, but not for x86-64", "build it for i386 or x86-64");
}

static bool read_header(struct reader *r)
{
    unsigned char identity[16];

    if (!read_bytes(r, 0, identity, sizeof(identity)) || memcmp(identity, "\177ELF", 4) != 0) {
        return bad(r, "it is neither an ELF file nor a Linux kernel",
                   "give a PVH guest in ELF format, or a bzImage");
    }
    if (identity[DATA_AT] != DATA_LITTLE ||
        (identity[CLASS_AT] != CLASS_32 && identity[CLASS_AT] != CLASS_64)) {
        return bad(r, "it is an ELF file of a class x86 has not", "build it for i386 or x86-64");
    }
    r->is_64 = identity[CLASS_AT] == CLASS_64;
    return r->is_64 ? read_header64(r) : read_header32(r);
}

static bool read_segment(const struct reader *r, unsigned int index, struct segment64 *s)
{
    struct segment32 small;

    if (r->is_64) {
        return fits(r->segments, 0, r->size) &&
               read_bytes(r, r->segments + (uint64_t)index * sizeof(*s), s, sizeof(*s));
    }
    if (!read_bytes(r, r->segments + (uint64_t)index * sizeof(small), &small, sizeof(small))) {
        return false;
    }
    *s = (struct segment64){
        .type = small.type,
        .offset = small.offset,
        .physical_address = small.physical_address,
        .file_size = small.file_size,
        .memory_size = small.memory_size,
    };
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
        .file_offset = s->offset,
        .file_size = s->file_size,
        .address = s->physical_address,
        .memory_size = s->memory_size,
    };
    return true;
}

static uint64_t padded(uint32_t size)
{
    return ((uint64_t)size + 3) & ~UINT64_C(3);
}

/* PHYS32_ENTRY is 4 bytes wide, or 8 as Linux writes it. */
static void take_entry(struct reader *r, const struct note *n, uint64_t value)
{
    if (n->value_size == 4 || n->value_size == 8) {
        r->entry = 0;
        memcpy(&r->entry, r->file + value, n->value_size);
        r->has_entry = true;
    }
}

static void take_system(struct reader *r, const struct note *n, uint64_t value)
{
    r->image->is_linux =
        n->value_size == sizeof("linux") && memcmp(r->file + value, "linux", n->value_size) == 0;
}

static void take_note(struct reader *r, const struct note *n, uint64_t name, uint64_t value)
{
    if (n->name_size != 4 || memcmp(r->file + name, "Xen", 4) != 0) {
        return;
    }
    if (n->type == XEN_ELFNOTE_PHYS32_ENTRY) {
        take_entry(r, n, value);
    } else if (n->type == XEN_ELFNOTE_GUEST_OS) {
        take_system(r, n, value);
    }
}

static bool read_notes(struct reader *r, const struct segment64 *s)
{
    uint64_t at = s->offset, end = s->offset + s->file_size;
    struct note n;

    while (end - at >= sizeof(n)) {
        uint64_t name = at + sizeof(n), value, next;

        memcpy(&n, r->file + at, sizeof(n));
        value = name + padded(n.name_size);
        next = value + padded(n.value_size);
        if (value > end || n.value_size > end - value) {
            return bad(r, "a note is longer than its segment", copy_again);
        }
        take_note(r, &n, name, value);
        at = next < end ? next : end;
    }
    return true;
}

static bool take_segment(struct reader *r, const struct segment64 *s)
{
    if (s->type != SEGMENT_LOAD && s->type != SEGMENT_NOTE) {
        return true;
    }
    if (!fits(s->offset, s->file_size, r->size)) {
        return bad(r, truncated, copy_again);
    }
    return s->type == SEGMENT_LOAD ? add_load(r, s) : read_notes(r, s);
}

static bool read_segments(struct reader *r)
{
    struct segment64 s;

    for (unsigned int i = 0; i < r->segment_count; i++) {
        if (!read_segment(r, i, &s)) {
            return bad(r, truncated, copy_again);
        }
        if (!take_segment(r, &s)) {
            return false;
        }
    }
    return true;
}

static bool check_entry(struct reader *r)
{
    if (r->image->segment_count == 0) {
        return bad(r, "it has no segment to load", build_pvh);
    }
    if (!r->has_entry) {
        return bad(r, "it has no PVH entry point (Xen note PHYS32_ENTRY)", build_pvh);
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

bool elf_parse(const void *file, uint64_t size, struct guest_image *image, struct refusal *why)
{
    struct reader r = {.file = file, .size = size, .image = image, .why = why};

    *image = (struct guest_image){.protocol = PROTOCOL_PVH, .modules_end = PVH_MODULES_END};
    return read_header(&r) && read_segments(&r) && check_entry(&r);
}
