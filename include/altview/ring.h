/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two rings in the hypervisor's own memory: the frames of <altview/control.h> without a serial
 * line. A peer that reaches the machine's memory gets their address by the request RING over the
 * line. docs/reference/control-protocol.md tells how the two sides use them.
 *
 * Each index counts bytes since the machine's start, modulo 2^32; byte n is at n modulo the size.
 * The writer alone writes `head`, the reader alone writes `tail` and `wake`. A side must expect any
 * value in the other side's fields.
 */
#ifndef ALTVIEW_RING_H
#define ALTVIEW_RING_H

#include <stdint.h>

#define ALTVIEW_RING_MAGIC   UINT64_C(0x676e697276746c61) /* "altvring" */
#define ALTVIEW_RING_VERSION 1

/* The reply to RING. */
struct altview_ring_place {
    uint64_t address; /* of struct altview_rings, physical; a page's */
    uint32_t size;    /* in bytes, whole pages: that structure and both rings' bytes */
    uint16_t version; /* ALTVIEW_RING_VERSION */
    uint16_t pad;
};

/* One direction. The two sides write to different cache lines. */
struct altview_ring {
    uint32_t head; /* after the last byte written */
    uint8_t pad1[60];
    uint32_t tail; /* after the last byte read */
    uint32_t wake; /* ring the bell when head passes this */
    uint8_t pad2[56];
};

/* Filled in once, before RING is answered. `at` counts from here; sizes are powers of two. */
struct altview_rings {
    uint64_t magic;
    uint32_t version;
    uint32_t size;
    uint64_t instance; /* altview_hello.instance */
    uint32_t to_altview_at, to_altview_size;
    uint32_t from_altview_at, from_altview_size;
    uint64_t generation; /* changes before a gfn shows another page: altview_located.counter */
    uint8_t pad[16];
    struct altview_ring to_altview, from_altview;
};

/* altview sends this byte on the serial line when it has written to a ring whose reader sleeps. */
#define ALTVIEW_RING_BELL 0x07

#endif
