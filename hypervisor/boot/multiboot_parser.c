/* SPDX-License-Identifier: BSD-2-Clause */
#include "multiboot_parser.h"

#include "base/string.h"
#include "memory/map.h"

#include <xen/arch-x86/hvm/start_info.h>

static const char damaged[] = "use GRUB 2 or QEMU's -kernel";

const void *parser_reach(const struct parser *p, uint64_t address, uint64_t size)
{
    bool inside = size <= p->memory->size && address <= p->memory->size - size;

    return inside ? p->memory->base + address : NULL;
}

const char *parser_string(const struct parser *p, uint64_t address)
{
    for (uint64_t end = address; end < p->memory->size; end++) {
        if (!p->memory->base[end]) {
            return (const char *)p->memory->base + address;
        }
    }
    return "";
}

bool parser_damaged(struct parser *p, const char *what)
{
    return refuse(p->why, STATUS_PANIC, "boot loader", what, damaged);
}

void parser_set_loader(struct parser *p, const char *name)
{
    /* QEMU's -kernel and -initrd pass the file's name along; GRUB 2 passes arguments only. */
    p->names_come_first = strlen(name) >= 4 && memcmp(name, "qemu", 4) == 0;
}

/* Multiboot 2.0, section 3.6.12, and 0.6.96, section 3.3: the same numbers. */
static const enum boot_screen_kind screen_kinds[] = {
    [1] = BOOT_SCREEN_RGB,
    [2] = BOOT_SCREEN_TEXT,
};

void parser_set_screen(struct parser *p, const struct screen_head *head,
                       const struct boot_colour colours[3])
{
    struct boot_screen *screen = &p->boot->screen;
    bool known = head->type < sizeof(screen_kinds) / sizeof(screen_kinds[0]);
    bool sane = head->width && head->height && head->width <= UINT16_MAX &&
                head->height <= UINT16_MAX && head->pitch <= UINT16_MAX;

    if (!known || !sane) {
        return;
    }
    *screen = (struct boot_screen){
        .kind = screen_kinds[head->type],
        .address = head->address,
        .pitch = head->pitch,
        .width = head->width,
        .height = head->height,
        .bits = head->bits,
    };
    memcpy(screen->colours, colours, sizeof(screen->colours));
}

const char *parser_without_name(const struct parser *p, const char *cmdline)
{
    if (p->names_come_first) {
        while (*cmdline && *cmdline != ' ') {
            cmdline++;
        }
    }
    while (*cmdline == ' ') {
        cmdline++;
    }
    return cmdline;
}

/* Copies a string to its final place. NULL if there is no room. */
static const char *keep(struct boot_info *boot, const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = boot->strings + boot->strings_used;

    if (size > sizeof(boot->strings) - boot->strings_used) {
        return NULL;
    }
    memcpy(copy, string, size);
    boot->strings_used += (unsigned int)size;
    return copy;
}

bool parser_add_module(struct parser *p, uint64_t start, uint64_t end, const char *cmdline)
{
    struct boot_info *boot = p->boot;
    const char *kept = keep(boot, parser_without_name(p, cmdline));

    if (start > end || !parser_reach(p, start, end - start)) {
        return parser_damaged(p, "it handed over a module that is out of reach");
    }
    if (boot->module_count == BOOT_MAX_MODULES) {
        return refuse(p->why, STATUS_BAD_OPTION, "modules", "there are more than 8",
                      "give the guest image and at most 7 more");
    }
    if (!kept) {
        return refuse(p->why, STATUS_BAD_OPTION, "modules", "their arguments are too long",
                      "give at most 4095 characters in all");
    }
    boot->modules[boot->module_count++] = (struct boot_module){start, end - start, kept};
    return true;
}

bool map_pass_takes(enum map_pass pass, uint32_t type)
{
    return (type == XEN_HVM_MEMMAP_TYPE_RAM) == (pass == MAP_PASS_RAM);
}

bool parser_add_range(struct parser *p, uint64_t start, uint64_t size, uint32_t type)
{
    bool known = type >= XEN_HVM_MEMMAP_TYPE_RAM && type <= XEN_HVM_MEMMAP_TYPE_UNUSABLE;

    return map_set(p->boot, start, size, known ? type : XEN_HVM_MEMMAP_TYPE_RESERVED) ||
           refuse(p->why, STATUS_BAD_MACHINE, "memory map", "it has more than 128 ranges",
                  "use other firmware: altview keeps no more");
}
