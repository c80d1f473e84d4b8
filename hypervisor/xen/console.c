/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/console_uart.h"
#include "xen/backend.h"

#include "memory/pages.h"
#include "port/monitor.h"
#include "x86/x86.h"
#include "xen/events/events.h"
#include "xen/face.h"
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/io/console.h>
#include <xen/xen.h>

/*
 * How much altview prints before interrupts, other vCPUs and the control port get a turn: this many
 * bytes, or as many as the UART takes in a millisecond. The guest owns the UART and may have made
 * it slow.
 */
#define CHUNK     16
#define CHUNKS_HZ 1000
#define VAIN_TURNS                                                                                 \
    100 /* turns in which it takes no byte: then altview drops a byte; 110 baud is
                        * faster */

static bool wait_for_room(struct domain *domain, uint64_t start)
{
    while (!(in8(PORT_STATUS) & STATUS_ROOM)) {
        if (rdtsc() - start > domain->boot->tsc_hz / CHUNKS_HZ) {
            return false;
        }
        port_save(domain);
    }
    return true;
}

/* Returns how many bytes it has taken. */
static size_t send(struct domain *domain, const char *text, size_t size)
{
    uint64_t start = rdtsc();
    size_t sent = 0;

    for (; sent < size && wait_for_room(domain, start); sent++) {
        out8(PORT_DATA, (uint8_t)*text++);
    }
    return sent;
}

/* A stuck UART must not keep the guest in its hypercall for ever. */
static size_t lose_if_stuck(struct xen_state *xen, size_t sent)
{
    xen->console_vain = sent ? 0 : xen->console_vain + 1;
    if (xen->console_vain < VAIN_TURNS) {
        return sent;
    }
    xen->console_vain = 0;
    return 1;
}

/* Print as much of a non-empty chunk as there is time for. */
static size_t print(struct domain *domain, const char *text, size_t size)
{
    uint8_t line = in8(PORT_LINE);
    size_t sent;

    if (line & LINE_DIVISOR) { /* the guest is just setting the rate */
        out8(PORT_LINE, line & (uint8_t)~LINE_DIVISOR);
    }
    sent = send(domain, text, size);
    if (line & LINE_DIVISOR) {
        out8(PORT_LINE, line);
    }
    return lose_if_stuck(&domain->xen, sent);
}

/* The guest writes the ring's indices as well: read them once, and never use more than a ring. */
bool console_serve(struct domain *domain)
{
    volatile struct xencons_interface *ring = virt_of(domain->xen.console_mfn << ALTP2M_PAGE_SHIFT);
    XENCONS_RING_IDX at = ring->out_cons, end = ring->out_prod, size = end - at;
    char text[CHUNK];

    if (!size || size > sizeof(ring->out)) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    size = size < CHUNK ? size : CHUNK;
    for (XENCONS_RING_IDX i = 0; i < size; i++) {
        text[i] = ring->out[MASK_XENCONS_IDX(at + i, ring->out)];
    }
    at += (XENCONS_RING_IDX)print(domain, text, size);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    ring->out_cons = at;
    if (at == end) {
        events_raise_from_0(domain, XEN_PORT_CONSOLE); /* there is room again */
    }
    return at != end;
}

/* Print one chunk. The arguments then describe the rest (Xen: guest_console_write). */
static long console_print(const struct hypercall *call)
{
    uint32_t count = (uint32_t)argument(call, 1);
    uint32_t size = count < CHUNK ? count : CHUNK;
    char text[CHUNK];

    if (!size) {
        return 0;
    }
    if (copy_in(call, text, argument(call, 2), size)) {
        return -XEN_EFAULT;
    }
    size = (uint32_t)print(call->vcpu->domain, text, size);
    monitor_is_due(call->vcpu);
    if (size == count) {
        return 0;
    }
    set_argument(call, 1, count - size);
    set_argument(call, 2, argument(call, 2) + size);
    return -ALTP2M_ERESTART;
}

long hypercall_console_io(const struct hypercall *call)
{
    switch ((uint32_t)argument(call, 0)) {
    case CONSOLEIO_write:
        return console_print(call);
    case CONSOLEIO_read:
        return 0;
    default:
        return -XEN_EPERM; /* a release build of Xen: xsm_console_io */
    }
}
