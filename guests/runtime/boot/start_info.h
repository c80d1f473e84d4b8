/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot protocol's data for a PVH guest. */
#ifndef RUNTIME_START_INFO_H
#define RUNTIME_START_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/arch-x86/hvm/start_info.h>

void start_info_init(const struct hvm_start_info *info);
const struct hvm_start_info *start_info(void);

/* Never NULL. */
const char *start_info_command_line(void);
/* Copy the value of NAME=VALUE from the command line; false if there is none. */
bool start_info_option(const char *name, char *value, size_t size);

const struct hvm_memmap_table_entry *start_info_memory(uint32_t *count);
const struct hvm_modlist_entry *start_info_modules(uint32_t *count);

/* A physical address below 4 GiB as a pointer. */
static inline const void *start_info_pointer(uint64_t address)
{
    return (const void *)(uintptr_t)address;
}

#endif
