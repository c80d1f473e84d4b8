/* SPDX-License-Identifier: BSD-2-Clause */
#include "log.h"

#include <stdbool.h>

/* A fault during a panic is another panic, which only ends the run. */
static bool panicking;
static panic_teller *teller;

void panic_tells(panic_teller *tell)
{
    teller = tell;
}

static void trace(uint64_t rip, uint64_t rsp)
{
    machine_stop_others();
    if (!panicking) {
        panicking = true;
        log_line("panic: altview itself has failed");
        if (teller) {
            teller(rip, rsp);
        }
    }
}

void panic_at(uint64_t rip, uint64_t rsp, const char *format, ...)
{
    va_list args;

    trace(rip, rsp);
    va_start(args, format);
    machine_end_with(STATUS_PANIC, format, args);
}

/* The caller's caller matters, but only the current place is known: begin there. */
void panic(const char *format, ...)
{
    uint64_t rip, rsp;
    va_list args;

    __asm__ volatile("lea (%%rip), %0\n\tmov %%rsp, %1" : "=&r"(rip), "=&r"(rsp));
    trace(rip, rsp);
    va_start(args, format);
    machine_end_with(STATUS_PANIC, format, args);
}
