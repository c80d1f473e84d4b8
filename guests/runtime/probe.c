/* SPDX-License-Identifier: BSD-2-Clause */
#include "probe.h"

#include "cpu.h"
#include "string.h"

struct access {
    volatile uint8_t *at;
    uint8_t value;
};

static void do_read(void *argument)
{
    struct access *access = argument;

    access->value = *access->at;
}

static void do_write(void *argument)
{
    struct access *access = argument;

    *access->at = access->value;
}

struct trap probe_read(const volatile void *at, uint8_t *value)
{
    struct access access = {.at = (volatile uint8_t *)at};
    struct trap trap = trap_try(do_read, &access);

    *value = access.value;
    return trap;
}

struct trap probe_write(volatile void *at, uint8_t value)
{
    struct access access = {at, value};

    return trap_try(do_write, &access);
}

struct msr {
    uint32_t index;
    uint64_t value;
};

static void do_read_msr(void *argument)
{
    struct msr *msr = argument;

    msr->value = cpu_read_msr(msr->index);
}

static void do_write_msr(void *argument)
{
    const struct msr *msr = argument;

    cpu_write_msr(msr->index, msr->value);
}

struct trap probe_read_msr(uint32_t msr, uint64_t *value)
{
    struct msr access = {.index = msr};
    struct trap trap = trap_try(do_read_msr, &access);

    *value = access.value;
    return trap;
}

struct trap probe_write_msr(uint32_t msr, uint64_t value)
{
    struct msr access = {msr, value};

    return trap_try(do_write_msr, &access);
}

/* mov $value, %eax; ret */
void probe_make_code(void *to, uint32_t value)
{
    uint8_t *code = to;

    code[0] = 0xb8;
    memcpy(code + 1, &value, sizeof(value));
    code[5] = 0xc3;
}

struct execution {
    uint32_t (*function)(void);
    uint32_t value;
};

static void do_execute(void *argument)
{
    struct execution *execution = argument;

    execution->value = execution->function();
}

struct trap probe_execute(const volatile void *at, uint32_t *value)
{
    struct execution execution = {.function = (uint32_t(*)(void))(uintptr_t)at};
    struct trap trap = trap_try(do_execute, &execution);

    *value = execution.value;
    return trap;
}

static void do_vmfunc(void *argument)
{
    const unsigned long *registers = argument;

    vmfunc(registers[0], registers[1]);
}

struct trap probe_vmfunc(unsigned long leaf, unsigned long index)
{
    unsigned long registers[2] = {leaf, index};

    return trap_try(do_vmfunc, registers);
}
