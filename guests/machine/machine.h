/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the machine that the hypervisor must leave intact. */
#ifndef MACHINE_MACHINE_H
#define MACHINE_MACHINE_H

#include "altp2m.h"
#include "check.h"
#include "console.h"
#include "cpu.h"
#include "memory.h"
#include "probe.h"
#include "runtime.h"
#include "start_info.h"
#include "string.h"
#include "trap.h"
#include "ve.h"
#include "xen.h"

#define EXIT_HLT    12
#define EXIT_VMCALL 18

void area_debug(void);
void area_features(void);
void area_interrupts(void);
void area_own_memory(void);
void area_registers(void);
void area_ring3(void);
void area_scatter(void);
void area_steps(void);

/* A timer interrupt `hz` times a second, counted; 0 stops it. Interrupts must be on to be taken. */
void timer_start(unsigned int hz);
unsigned long timer_ticks(void);

static inline void interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

static inline void interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline uint64_t exits(uint32_t reason)
{
    uint64_t count = 0;

    altview_exit_count(reason, &count);
    return count;
}

#endif
