/* SPDX-License-Identifier: BSD-2-Clause */
#include "console.h"

#include "cpu.h"
#include "percpu.h"
#include "string.h"
#include "sync.h"
#include "xen.h"

#include <stdbool.h>
#include <stdint.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>

#define COM1     0x3f8
#define LSR      5
#define LSR_THRE 0x20

#define XEN_DEBUG_PORT 0xe9 /* XEN_HVM_DEBUGCONS_IOPORT */

static struct spinlock port_lock;

long console_ring_write(const char *text, size_t size)
{
    uint64_t page, port;
    long rc = xen_get_param(HVM_PARAM_CONSOLE_PFN, &page);

    if (!rc)
        rc = xen_get_param(HVM_PARAM_CONSOLE_EVTCHN, &port);
    if (rc)
        return rc;

    volatile struct xencons_interface *ring = (void *)(uintptr_t)(page << 12);

    for (size_t i = 0; i < size;) {
        XENCONS_RING_IDX used = ring->out_prod - ring->out_cons;

        if (used < sizeof(ring->out)) {
            ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = text[i++];
            __asm__ volatile("" : : : "memory");
            ring->out_prod++;
        } else {
            xen_event_send((uint32_t)port);
        }
    }
    return xen_event_send((uint32_t)port);
}

static void write_serial(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        while (!(cpu_in8(COM1 + LSR) & LSR_THRE))
            ;
        cpu_out8(COM1, (uint8_t)text[i]);
    }
}

/* Xen's own console, by its guest_loglvl (hvm_print_line). The ring depends on domain 0's
 * programs. */
static void write_debug_port(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        cpu_out8(XEN_DEBUG_PORT, (uint8_t)text[i]);
}

/* A hypercall takes a line as a whole; the other ways take turns. */
static void flush_line(struct console_line *line)
{
    if (!xen_present() || xen_console_write(line->text, line->used) < 0) {
        spin_lock(&port_lock);
        if (!xen_present()) {
            write_serial(line->text, line->used);
        } else {
            write_debug_port(line->text, line->used);
            console_ring_write(line->text, line->used);
        }
        spin_unlock(&port_lock);
    }
    line->used = 0;
}

static void put(void *context, char c)
{
    struct console_line *line = context;

    line->text[line->used++] = c;
    if (c == '\n' || line->used == sizeof(line->text))
        flush_line(line);
}

void printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_to(put, &percpu()->line, format, args);
    va_end(args);
}
