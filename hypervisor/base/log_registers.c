/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/log.h"

#include <stddef.h>

void log_registers(const uint64_t numbered[16], uint64_t rip, uint64_t rsp, uint64_t rflags)
{
    static const char names[16][4] = {
        "RAX", "RCX", "RDX", "RBX", "",    "RBP", "RSI", "RDI",
        "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
    };
    static const uint8_t order[15] = {0, 3, 1, 2, 6, 7, 5, 8, 9, 10, 11, 12, 13, 14, 15};
    const uint64_t *r = numbered;

    log_line("  RIP %016lx  RSP %016lx  RFLAGS %lx", rip, rsp, rflags);
    for (size_t i = 0; i < sizeof(order); i += 3) {
        log_line("  %s %016lx  %s %016lx  %s %016lx", names[order[i]], r[order[i]],
                 names[order[i + 1]], r[order[i + 1]], names[order[i + 2]], r[order[i + 2]]);
    }
}
