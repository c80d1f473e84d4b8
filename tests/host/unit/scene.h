/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small guest on the simulated machine, the same at the beginning of each test:
 *
 *   gfn 0 to 0xff     RAM, mfn = gfn + SCENE_MFN
 *   0x100             special RAM (shared with the hypervisor)
 *   0x101             a device
 *   0x102 and up      a hole, but for
 *   0x40000 and up    1 GiB of RAM in one piece
 *
 * scene_start_active adds views: 1 (rwx), 2 (r), 3 (rwx, hidden); vCPU 1 is in view 1, vCPU 2 has
 * #VE on with the page SCENE_NOTIFY_GFN. In view 1 gfn 0x10 is read-only, 0x11 shows 0x12, and 0x13
 * does not suppress #VE.
 */
#ifndef UNIT_SCENE_H
#define UNIT_SCENE_H

#include "sim/machine.h"

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <xen/errno.h>
#include <xen/memory.h>

#define SCENE_MFN        0x800000
#define SCENE_SPECIAL    0x100
#define SCENE_DEVICE     0x101
#define SCENE_HOLE       0x102
#define SCENE_LARGE      0x40000
#define SCENE_NOTIFY_GFN 0x20
#define SCENE_BEYOND     (UINT64_C(1) << SIM_GFN_BITS)

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct scene {
    struct sim_machine machine;
    struct altp2m_domain *d; /* the machine's */
};

struct scene *scene_new(void);
/* With the CPU and domain that a test needs. */
void scene_start(struct scene *s, const struct altp2m_config *config);
void scene_start_active(struct scene *s);
/* Frees the domain; fails the test if a page is missing. */
void scene_end(struct scene *s);

/* cmocka fixtures: an active scene in *state. */
int scene_setup(void **state);
int scene_teardown(void **state);

struct altp2m_mapping scene_ram(uint64_t mfn);
/* The hardware's rights for a guest in this view there; the reached mfn in *mfn if that is not
 * NULL. */
unsigned int scene_rights(const struct scene *s, unsigned int view, uint64_t gfn, uint64_t *mfn);
uint16_t scene_create(struct scene *s, uint16_t access);
uint16_t scene_access(const struct scene *s, unsigned int view, uint64_t gfn);
void scene_set_access(struct scene *s, unsigned int view, uint64_t gfn, uint16_t access);

/* A number that changes with every change of the domain that a guest or a tool could see. */
uint64_t scene_fingerprint(const struct scene *s);

#endif
