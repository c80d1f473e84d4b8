/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated guest and its monitor, with the same state at the beginning of each test: mixed mode,
 * altp2m on, VMFUNC on, and vCPU 0 in SCENE_VIEW, which allows every access. In SCENE_OTHER the gfn
 * SCENE_GFN shows SCENE_SHADOW_GFN's page instead. The first 8 bytes of either page tell which one
 * it is.
 */
#ifndef SIM_SCENE_H
#define SIM_SCENE_H

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <altview/hvmop.h>
#include <altview/sim.h>
#include <errno.h>
#include <string.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/xen.h>

#define SCENE_VIEW       1
#define SCENE_OTHER      2
#define SCENE_GFN        0x40
#define SCENE_SHADOW_GFN 0x50
#define SCENE_ADDRESS    UINT64_C(0x40008) /* in SCENE_GFN */
#define SCENE_PAGE       UINT64_C(0x40000)
#define SCENE_SHADOW     UINT64_C(0x50000)
#define SCENE_REAL_TEXT  UINT64_C(0x1111111111111111)
#define SCENE_FALSE_TEXT UINT64_C(0x2222222222222222)
#define SCENE_HOLE       (UINT64_C(16) << 20) /* right behind RAM */

#define READ  1U
#define WRITE 2U
#define FETCH 4U

#define EVENT(type) (1U << ALTVIEW_EVENT_##type)

/* `options` follow "sim:mode=mixed". */
altview *scene_open(const char *options);
/* cmocka fixtures: *state is the handle. */
int scene_setup(void **state);
int scene_teardown(void **state);

void scene_listen(altview *h, uint32_t sync, uint32_t report);
/* SCENE_VIEW's access for SCENE_GFN. */
void scene_restrict(altview *h, unsigned int access);
unsigned int scene_access(altview *h, unsigned int view);

/* An access of the guest there, and its result. */
int scene_read(altview *h, uint64_t *value);
int scene_write(altview *h, uint64_t value);
int scene_resume(altview *h);
/* The first 8 bytes of SCENE_GFN as the guest reads them. */
int scene_read_text(altview *h, uint64_t *value);
/* 8 bytes of the host p2m. */
uint64_t scene_memory(altview *h, uint64_t address);

/* The next event has that type; or there is none. */
struct altview_event scene_event(altview *h, enum altview_event_type type);
void scene_no_event(altview *h);
void scene_answer(altview *h, const struct altview_event *event, uint32_t actions,
                  unsigned int view);
void scene_deny(altview *h, const struct altview_event *event, unsigned int vector);

unsigned int scene_exception(altview *h);
struct altview_vcpu scene_vcpu(altview *h);

#endif
