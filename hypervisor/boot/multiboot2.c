/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 2.0, section 3.6: a list of tags, each aligned to 8 bytes. */
#include "base/string.h"
#include "multiboot_parser.h"

enum {
    TAG_END = 0,
    TAG_CMDLINE = 1,
    TAG_LOADER_NAME = 2,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_EFI64 = 12,
    TAG_RSDP_OLD = 14,
    TAG_RSDP_NEW = 15,
    TAG_EFI_MAP = 17,
};

struct tag {
    uint32_t type, size; /* size includes these two, but no padding */
};

struct module_tag {
    uint32_t start, end;
    char string[];
};

struct map_tag {
    uint32_t entry_size, entry_version;
};

struct __attribute__((packed)) framebuffer_tag {
    struct screen_head head;
    uint16_t reserved; /* as in GRUB; the specification's text says 8 bits */
    struct boot_colour colours[3];
};

struct efi_map_tag {
    uint32_t descriptor_size, descriptor_version;
};

/* A descriptor that UEFI defines has 40 bytes; new versions may have more, but no end of them. */
#define EFI_DESCRIPTOR_MIN 40
#define EFI_DESCRIPTOR_MAX 1024
#define EFI_MAP_MAX        (1U << 20)

struct range {
    uint64_t start, length;
    uint32_t type, reserved;
};

/* The contents of a tag, without its head. */
struct body {
    const char *at;
    uint32_t size;
};

/* A string that fills the rest of a tag: "" if it has no end. */
static const char *string_in(const char *at, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        if (!at[i]) {
            return at;
        }
    }
    return "";
}

static bool parse_cmdline(struct parser *p, struct body b)
{
    p->cmdline = string_in(b.at, b.size);
    return true;
}

static bool parse_loader_name(struct parser *p, struct body b)
{
    parser_set_loader(p, string_in(b.at, b.size));
    return true;
}

static bool parse_module(struct parser *p, struct body b)
{
    struct module_tag m;

    if (b.size < sizeof(m)) {
        return parser_damaged(p, "a module's tag is too short");
    }
    memcpy(&m, b.at, sizeof(m));
    return parser_add_module(p, m.start, m.end,
                             string_in(b.at + sizeof(m), b.size - (uint32_t)sizeof(m)));
}

static bool parse_map_pass(struct parser *p, struct body b, uint32_t step, enum map_pass pass)
{
    struct range r;

    for (uint64_t at = sizeof(struct map_tag); at + sizeof(r) <= b.size; at += step) {
        memcpy(&r, b.at + at, sizeof(r));
        if (map_pass_takes(pass, r.type) && !parser_add_range(p, r.start, r.length, r.type)) {
            return false;
        }
    }
    return true;
}

static bool parse_map(struct parser *p, struct body b)
{
    struct map_tag head;

    if (b.size < sizeof(head)) {
        return parser_damaged(p, "its memory map's tag is too short");
    }
    memcpy(&head, b.at, sizeof(head));
    if (head.entry_size < sizeof(struct range)) {
        return parser_damaged(p, "its memory map's entries are too short");
    }
    return parse_map_pass(p, b, head.entry_size, MAP_PASS_RAM) &&
           parse_map_pass(p, b, head.entry_size, MAP_PASS_OTHER);
}

/* The newer tag comes after the older one and replaces it. */
static bool parse_rsdp(struct parser *p, struct body b)
{
    uint32_t size = b.size < BOOT_RSDP_SIZE ? b.size : BOOT_RSDP_SIZE;

    if (size >= p->boot->rsdp_copy_size) {
        memcpy(p->boot->rsdp_copy, b.at, size);
        p->boot->rsdp_copy_size = size;
    }
    return true;
}

/* The tag has no colour fields for a mode without colours. */
static bool parse_framebuffer(struct parser *p, struct body b)
{
    struct framebuffer_tag f = {.reserved = 0};

    if (b.size >= sizeof(f.head)) {
        memcpy(&f, b.at, b.size < sizeof(f) ? b.size : sizeof(f));
        parser_set_screen(p, &f.head, f.colours);
    }
    return true;
}

static bool parse_efi64(struct parser *p, struct body b)
{
    if (b.size >= sizeof(uint64_t)) {
        memcpy(&p->boot->efi.system_table, b.at, sizeof(uint64_t));
    }
    return true;
}

/* UEFI's memory map stays where it is until the guest's copy is made. */
static bool parse_efi_map(struct parser *p, struct body b)
{
    struct efi_map_tag head;

    if (b.size < sizeof(head) || b.size > EFI_MAP_MAX) {
        return true;
    }
    memcpy(&head, b.at, sizeof(head));
    if (head.descriptor_size >= EFI_DESCRIPTOR_MIN && head.descriptor_size <= EFI_DESCRIPTOR_MAX) {
        p->boot->efi.map.start =
            (uint64_t)((const unsigned char *)b.at - p->memory->base) + sizeof(head);
        p->boot->efi.map.size =
            (b.size - sizeof(head)) / head.descriptor_size * head.descriptor_size;
        p->boot->efi.descriptor_size = head.descriptor_size;
        p->boot->efi.descriptor_version = head.descriptor_version;
    }
    return true;
}

static bool (*const parsers[])(struct parser *p, struct body b) = {
    [TAG_CMDLINE] = parse_cmdline,         [TAG_LOADER_NAME] = parse_loader_name,
    [TAG_MODULE] = parse_module,           [TAG_MEMORY_MAP] = parse_map,
    [TAG_FRAMEBUFFER] = parse_framebuffer, [TAG_EFI64] = parse_efi64,
    [TAG_RSDP_OLD] = parse_rsdp,           [TAG_RSDP_NEW] = parse_rsdp,
    [TAG_EFI_MAP] = parse_efi_map,
};

static bool parse_tag(struct parser *p, uint32_t type, struct body b)
{
    bool known = type < sizeof(parsers) / sizeof(parsers[0]) && parsers[type];

    return !known || parsers[type](p, b);
}

static bool parse_tags(struct parser *p, const char *list, uint32_t size)
{
    struct tag tag;

    for (uint64_t at = 2 * sizeof(uint32_t); at + sizeof(tag) <= size;) {
        memcpy(&tag, list + at, sizeof(tag));
        if (tag.type == TAG_END) {
            return true;
        }
        if (tag.size < sizeof(tag) || tag.size > size - at) {
            return parser_damaged(p, "a tag's size is wrong");
        }
        if (!parse_tag(p, tag.type,
                       (struct body){list + at + sizeof(tag), tag.size - (uint32_t)sizeof(tag)})) {
            return false;
        }
        at += ((uint64_t)tag.size + 7) & ~UINT64_C(7);
    }
    return true;
}

bool multiboot2_parse(struct parser *p, uint32_t information)
{
    const char *head = parser_reach(p, information, sizeof(uint32_t));
    const char *list = NULL;
    uint32_t size = 0;

    if (head) {
        memcpy(&size, head, sizeof(size));
        list = parser_reach(p, information, size);
    }
    if (!list) {
        return parser_damaged(p, "its Multiboot 2 information is out of reach");
    }
    return parse_tags(p, list, size);
}
