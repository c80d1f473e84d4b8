/* SPDX-License-Identifier: BSD-2-Clause */
#include "multiboot.h"

#include "memory/map.h"
#include "multiboot_parser.h"

/* In EAX at entry. */
#define MULTIBOOT1_BOOTED 0x2badb002U
#define MULTIBOOT2_BOOTED 0x36d76289U

static bool parse_version(struct parser *p, uint32_t magic, uint32_t information)
{
    switch (magic) {
    case MULTIBOOT1_BOOTED:
        return multiboot1_parse(p, information);
    case MULTIBOOT2_BOOTED:
        return multiboot2_parse(p, information);
    default:
        return parser_damaged(p, "it follows neither version of Multiboot");
    }
}

bool multiboot_parse(struct boot_info *boot, const struct physical_memory *memory, uint32_t magic,
                     uint32_t information, struct refusal *why)
{
    struct parser p = {.boot = boot, .memory = memory, .why = why, .cmdline = ""};
    struct refusal later;
    bool parsed = parse_version(&p, magic, information);

    if (!options_parse(&boot->options, parser_without_name(&p, p.cmdline), parsed ? why : &later)) {
        return false;
    }
    if (parsed && map_ram_size(boot) == 0) {
        return parser_damaged(&p, "it handed over no memory map");
    }
    return parsed;
}
