/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <signal.h>
#include <x86intrin.h>

#define RFLAGS_TF 0x100UL

static volatile sig_atomic_t steps;

static void on_step(int signal)
{
    (void)signal;
    steps++;
}

static void nothing(struct machine *m, unsigned int i)
{
    (void)m;
    (void)i;
}

static uint64_t traced(void (*volatile run)(struct machine *, unsigned int), struct machine *m)
{
    steps = 0;
    __writeeflags(__readeflags() | RFLAGS_TF);
    run(m, 0);
    __writeeflags(__readeflags() & ~RFLAGS_TF);
    return (uint64_t)steps;
}

uint64_t steps_count(const struct operation *op, struct machine *m)
{
    signal(SIGTRAP, on_step);
    return traced(op->run, m) - traced(nothing, m);
}
