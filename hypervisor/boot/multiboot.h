/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot loader hands over, by the Multiboot Specification, versions 0.6.96 and 2.0; the
 * command line too. Pure.
 */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#include "base/refusal.h"
#include "boot.h"
#include "physical.h"

/*
 * Copies all information except the modules' contents into `boot`: memory map, modules, command
 * lines, options, RSDP. False: see `why`; `boot->options.end` is valid even then if the option was
 * seen.
 */
bool multiboot_parse(struct boot_info *boot, const struct physical_memory *memory, uint32_t magic,
                     uint32_t information, struct refusal *why);

/*
 * options.c: the hypervisor's command line, words separated by blanks. Fills in defaults and the
 * options of `line`. A bad word is an error, but the parser reads the other words nevertheless, so
 * that end= holds for the report of the first bad one.
 */
bool options_parse(struct boot_options *options, const char *line, struct refusal *why);

#endif
