/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints its boot data: command line, memory map, modules. Built for 32 and 64 bits. */
#include "console.h"
#include "runtime.h"
#include "start_info.h"
#include "xen.h"

static void show_memory(void)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        printf("memory: %#010llx +%#llx type %u\n", (unsigned long long)map[i].addr,
               (unsigned long long)map[i].size, map[i].type);
}

static void show_module(const struct hvm_modlist_entry *module)
{
    const char *command_line =
        module->cmdline_paddr ? start_info_pointer(module->cmdline_paddr) : "";
    char start[17] = "";

    for (size_t i = 0; i < sizeof(start) - 1 && i < module->size; i++)
        start[i] = ((const char *)start_info_pointer(module->paddr))[i];
    printf("module: %llu bytes, \"%s\", starts with \"%s\"\n", (unsigned long long)module->size,
           command_line, start);
}

static void show_modules(void)
{
    uint32_t count;
    const struct hvm_modlist_entry *modules = start_info_modules(&count);

    for (uint32_t i = 0; i < count; i++)
        show_module(&modules[i]);
}

unsigned int guest_main(void)
{
    printf("hello from a %u-bit guest\n", (unsigned int)sizeof(long) * 8);
    printf("command line: \"%s\"\n", start_info_command_line());
    show_memory();
    show_modules();
    printf("rsdp: %#llx\n", (unsigned long long)start_info()->rsdp_paddr);
    return SHUTDOWN_poweroff;
}
