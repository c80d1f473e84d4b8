/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include "base/end.h"
#include "base/format.h"
#include "base/serial.h"
#include "x86/x86.h"

#define LINE_MAX 512

#define PORT_BOCHS      0x8900 /* Bochs: the string "Shutdown" ends the emulator */
#define PORT_QEMU       0xf4   /* QEMU's isa-debug-exit */
#define PORT_RESET      0xcf9  /* chipset reset control */
#define RESET_FULL_COLD 0x0e

static enum boot_end end_way = BOOT_END_HALT;

/* Called before text is written: the control port, which shares the line, must finish its frame. */
static struct {
    void (*finish)(void *context);
    void *context;
} before_line;

/* Called before the machine ends: no other CPU goes on meanwhile. */
static struct {
    void (*stop)(void *context);
    void *context;
} before_end;

__attribute__((format(printf, 1, 0))) static void put_formatted(const char *format, va_list args)
{
    char text[LINE_MAX];

    serial_write(text, format_text(text, sizeof(text), format, args));
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_formatted(format, args);
    va_end(args);
}

static void start_line(void)
{
    if (before_line.finish) {
        before_line.finish(before_line.context);
    }
}

void log_before_line(void (*finish)(void *context), void *context)
{
    before_line.finish = finish;
    before_line.context = context;
}

void log_line(const char *format, ...)
{
    va_list args;

    start_line();
    put("altview: ");
    va_start(args, format);
    put_formatted(format, args);
    va_end(args);
    put("\n");
}

static void end_bochs(enum status status)
{
    (void)status;
    for (const char *c = "Shutdown"; *c; c++) {
        out8(PORT_BOCHS, (uint8_t)*c);
    }
}

static void end_qemu(enum status status)
{
    out8(PORT_QEMU, (uint8_t)status);
}

static void end_reset(enum status status)
{
    (void)status;
    out8(PORT_RESET, RESET_FULL_COLD);
}

/* How the guest would power the machine off. */
static struct {
    uint16_t port;
    unsigned int size; /* 0: it was not */
    uint32_t value;
} power_off;

void machine_power_off_by(uint16_t port, uint32_t value, unsigned int size)
{
    power_off.port = port;
    power_off.value = value;
    power_off.size = size;
}

static void end_halt(enum status status)
{
    (void)status;
    if (power_off.size) {
        out_sized(power_off.port, power_off.value, power_off.size);
    }
}

static void (*const end_ways[])(enum status status) = {
    [BOOT_END_HALT] = end_halt,
    [BOOT_END_BOCHS] = end_bochs,
    [BOOT_END_QEMU] = end_qemu,
    [BOOT_END_RESET] = end_reset,
};

void machine_end_set(enum boot_end way)
{
    end_way = way;
}

void machine_end_before(void (*stop)(void *context), void *context)
{
    before_end.stop = stop;
    before_end.context = context;
}

void machine_stop_others(void)
{
    if (before_end.stop) {
        before_end.stop(before_end.context);
    }
}

void machine_end_with(enum status status, const char *format, va_list args)
{
    machine_stop_others();
    start_line();
    put("altview: end: status %d: ", (int)status);
    put_formatted(format, args);
    put("\n");
    serial_end();
    end_ways[end_way](status);
    cpu_stop();
}

void machine_end(enum status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    machine_end_with(status, format, args);
}
