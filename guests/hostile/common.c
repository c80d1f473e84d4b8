/* SPDX-License-Identifier: BSD-2-Clause */
#include "hostile.h"

void hostile_exit(void)
{
    cpu_id(0, 0);
    xen_version(XENVER_version, NULL);
}

void hostile_check_alive(const char *name)
{
    xen_extraversion_t text = "";

    check_value(check_name("%s.version", name), 4 << 16 | 17,
                (uint64_t)xen_version(XENVER_version, NULL));
    check_result(check_name("%s.text", name), 0, xen_version(XENVER_extraversion, text));
    check_text(check_name("%s.altview", name), ".0-altview", text);
}

unsigned long cr0_read(void)
{
    unsigned long value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static void cr0_write(void *value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(*(unsigned long *)value) : "memory");
}

static void cr4_write(void *value)
{
    cpu_write_cr4(*(unsigned long *)value);
}

struct trap try_write_cr0(unsigned long value)
{
    return trap_try(cr0_write, &value);
}

struct trap try_write_cr4(unsigned long value)
{
    return trap_try(cr4_write, &value);
}
