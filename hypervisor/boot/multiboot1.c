/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 0.6.96, section 3.3: a structure of fixed layout with flags for its valid fields. */
#include "base/string.h"
#include "multiboot_parser.h"

#define HAS_CMDLINE     (1U << 2)
#define HAS_MODULES     (1U << 3)
#define HAS_MEMORY_MAP  (1U << 6)
#define HAS_LOADER_NAME (1U << 9)
#define HAS_FRAMEBUFFER (1U << 12)

struct information {
    uint32_t flags;
    uint32_t memory[2], boot_device;
    uint32_t cmdline;
    uint32_t module_count, modules;
    uint32_t symbols[4];
    uint32_t map_size, map;
    uint32_t drives[2], config_table;
    uint32_t loader_name;
};

/* After the information: section 3.3, "framebuffer_addr". */
#define FRAMEBUFFER_AT 88
struct __attribute__((packed)) framebuffer {
    struct screen_head head;
    struct boot_colour colours[3];
};

struct module {
    uint32_t start, end, string, reserved;
};

/* `size` counts what follows it. */
struct __attribute__((packed)) range {
    uint32_t size;
    uint64_t start, length;
    uint32_t type;
};

static bool parse_modules(struct parser *p, const struct information *info)
{
    const char *modules =
        parser_reach(p, info->modules, (uint64_t)info->module_count * sizeof(struct module));
    struct module m;

    if (!modules) {
        return parser_damaged(p, "its list of modules is out of reach");
    }
    for (uint32_t i = 0; i < info->module_count; i++) {
        memcpy(&m, modules + i * sizeof(m), sizeof(m));
        if (!parser_add_module(p, m.start, m.end, m.string ? parser_string(p, m.string) : "")) {
            return false;
        }
    }
    return true;
}

static bool parse_map(struct parser *p, const char *map, uint32_t size, enum map_pass pass)
{
    struct range r;

    for (uint64_t at = 0; at + sizeof(r) <= size; at += (uint64_t)r.size + sizeof(r.size)) {
        memcpy(&r, map + at, sizeof(r));
        if (map_pass_takes(pass, r.type) && !parser_add_range(p, r.start, r.length, r.type)) {
            return false;
        }
    }
    return true;
}

static bool parse_maps(struct parser *p, const struct information *info)
{
    const char *map = parser_reach(p, info->map, info->map_size);

    if (!map) {
        return parser_damaged(p, "its memory map is out of reach");
    }
    for (enum map_pass pass = 0; pass < MAP_PASSES; pass++) {
        if (!parse_map(p, map, info->map_size, pass)) {
            return false;
        }
    }
    return true;
}

static void parse_framebuffer(struct parser *p, uint32_t information)
{
    const void *at =
        parser_reach(p, information, FRAMEBUFFER_AT + (uint64_t)sizeof(struct framebuffer));
    struct framebuffer f;

    if (at) {
        memcpy(&f, (const char *)at + FRAMEBUFFER_AT, sizeof(f));
        parser_set_screen(p, &f.head, f.colours);
    }
}

bool multiboot1_parse(struct parser *p, uint32_t information)
{
    const void *at = parser_reach(p, information, sizeof(struct information));
    struct information info;

    if (!at) {
        return parser_damaged(p, "its Multiboot 1 information is out of reach");
    }
    memcpy(&info, at, sizeof(info));
    if (info.flags & HAS_LOADER_NAME) {
        parser_set_loader(p, parser_string(p, info.loader_name));
    }
    if (info.flags & HAS_CMDLINE) {
        p->cmdline = parser_string(p, info.cmdline);
    }
    if (info.flags & HAS_FRAMEBUFFER) {
        parse_framebuffer(p, information);
    }
    return (!(info.flags & HAS_MODULES) || parse_modules(p, &info)) &&
           (!(info.flags & HAS_MEMORY_MAP) || parse_maps(p, &info));
}
