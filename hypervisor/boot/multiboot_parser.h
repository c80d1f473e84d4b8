/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parsers of both versions. */
#ifndef BOOT_MULTIBOOT_PARSER_H
#define BOOT_MULTIBOOT_PARSER_H

#include "multiboot.h"

#include <stddef.h>

struct parser {
    struct boot_info *boot;
    const struct physical_memory *memory;
    struct refusal *why;
    const char *cmdline;   /* the hypervisor's command line, never NULL */
    bool names_come_first; /* the boot loader's command lines begin with a file's name */
};

/* The bytes at a physical address, or NULL if they are out of reach. */
const void *parser_reach(const struct parser *p, uint64_t address, uint64_t size);
/* A terminated string at a physical address, or "". */
const char *parser_string(const struct parser *p, uint64_t address);

/* A command line without the file name that some loaders put first. */
const char *parser_without_name(const struct parser *p, const char *cmdline);

/* Each returns false with p->why filled. */
bool parser_add_module(struct parser *p, uint64_t start, uint64_t end, const char *cmdline);
bool parser_add_range(struct parser *p, uint64_t start, uint64_t size, uint32_t type);
bool parser_damaged(struct parser *p, const char *what);

/* The fields of a framebuffer: both versions begin alike. */
struct __attribute__((packed)) screen_head {
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t bits, type;
};

/* A screen that a guest could not use counts as none. */
void parser_set_screen(struct parser *p, const struct screen_head *head,
                       const struct boot_colour colours[3]);

void parser_set_loader(struct parser *p, const char *name);

/* RAM goes into the map first, so that other types replace it where they overlap. */
enum map_pass { MAP_PASS_RAM, MAP_PASS_OTHER, MAP_PASSES };
bool map_pass_takes(enum map_pass pass, uint32_t type);

bool multiboot1_parse(struct parser *p, uint32_t information);
bool multiboot2_parse(struct parser *p, uint32_t information);

#endif
