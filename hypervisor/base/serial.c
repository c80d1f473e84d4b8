/* SPDX-License-Identifier: BSD-2-Clause */
/* A 16550 UART by polling. Registers: PC16550D data sheet, table II. */
#include "serial.h"

#include "x86/x86.h"

#include <stdbool.h>

enum { DATA, INTERRUPTS, FIFO, LINE, MODEM, STATUS, MODEM_STATUS, SCRATCH };

#define LINE_8N1      0x03
#define LINE_DIVISOR  0x80
#define FIFO_ON_CLEAR 0x07
#define FIFO_SIZE     16
#define MODEM_DTR_RTS 0x03
#define STATUS_DATA   0x01 /* a byte has come */
#define STATUS_ROOM   0x20 /* the transmit FIFO is empty */
#define STATUS_IDLE   0x40 /* and so is the shift register */

/*
 * The wait counts ticks of the TSC and not polls, because an emulator makes a million polls in a
 * tenth of a second. The first limit is far beyond any real wait, which is 87 us a byte at 115200
 * baud. An emulator's line is a socket that holds few single bytes, and the process that reads it
 * may not run for a while. After each wait in vain the limit shrinks. Otherwise a peer that takes a
 * byte now and then would stop the guest each time.
 */
#define PATIENCE       (UINT64_C(1) << 34) /* 6 s at 3 GHz */
#define PATIENCE_LEAST (UINT64_C(1) << 20) /* some bytes' time */
#define LESS           16                  /* the next limit is this part of the last */

#define LOOKS   1000000
#define SILENCE 20000 /* polls: some bytes' time */

static bool present;
static bool stuck; /* a wait was in vain: one poll a byte, until the port takes one again */
static uint64_t patience = PATIENCE;

static void set(unsigned int reg, uint8_t value)
{
    out8((uint16_t)(SERIAL_PORT + reg), value);
}

static uint8_t get(unsigned int reg)
{
    return in8((uint16_t)(SERIAL_PORT + reg));
}

static bool answers(void)
{
    set(SCRATCH, 0x5a);
    return get(SCRATCH) == 0x5a;
}

void serial_init(void)
{
    present = answers();
    if (!present) {
        return;
    }
    set(INTERRUPTS, 0);
    set(LINE, LINE_DIVISOR | LINE_8N1);
    set(DATA, 1); /* divisor 1: 115200 baud */
    set(INTERRUPTS, 0);
    set(LINE, LINE_8N1);
    set(FIFO, FIFO_ON_CLEAR);
    set(MODEM, MODEM_DTR_RTS);
}

static bool is_seen(uint8_t bits)
{
    bool seen = (get(STATUS) & bits) == bits;

    stuck = stuck && !seen;
    return seen;
}

static void give_up(void)
{
    stuck = true;
    patience = patience / LESS > PATIENCE_LEAST ? patience / LESS : PATIENCE_LEAST;
}

static bool wait_for(uint8_t bits)
{
    uint64_t start = rdtsc();

    while (present && !is_seen(bits)) {
        if (stuck) {
            return false;
        }
        if (rdtsc() - start >= patience) {
            give_up();
        }
    }
    return present;
}

void serial_write(const void *bytes, size_t size)
{
    for (const uint8_t *byte = bytes; size && wait_for(STATUS_ROOM); size--) {
        set(DATA, *byte++);
    }
}

size_t serial_receive(void *bytes, size_t size)
{
    uint8_t *to = bytes;
    size_t count = 0;

    while (count < size && present && get(STATUS) & STATUS_DATA) {
        to[count++] = get(DATA);
    }
    return count;
}

size_t serial_send(const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    size_t count = size < FIFO_SIZE ? size : FIFO_SIZE;

    if (!present || !(get(STATUS) & STATUS_ROOM)) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        set(DATA, from[i]);
    }
    return count;
}

/* An emulator's line is a TCP connection: if it ends with bytes unread, the kernel drops the bytes
 * that the other side has not taken yet. */
static void take_what_comes(void)
{
    unsigned int quiet = 0;

    for (unsigned int i = 0; present && quiet < SILENCE && i < LOOKS; i++) {
        quiet++;
        if (get(STATUS) & STATUS_DATA) {
            get(DATA);
            quiet = 0;
        }
    }
}

void serial_end(void)
{
    wait_for(STATUS_ROOM | STATUS_IDLE);
    take_what_comes();
}
