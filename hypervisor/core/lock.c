/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug builds: a CPU takes locks in the order of their ranks, and releases only its own. */
#include "core/lock.h"

#ifdef ALTVIEW_DEBUG
#include "base/log.h"
#include "x86/tables.h"

void lock_check_take(const struct lock *lock)
{
    struct cpu_tables *cpu = cpu_tables_current();

    if (lock->rank <= cpu->held_rank) {
        panic("lock of rank %u wanted by a CPU that holds one of rank %u", lock->rank,
              cpu->held_rank);
    }
    cpu->held_rank = lock->rank;
}

void lock_check_release(const struct lock *lock)
{
    struct cpu_tables *cpu = cpu_tables_current();

    if (lock->rank != cpu->held_rank) {
        panic("lock of rank %u released by a CPU that holds rank %u", lock->rank, cpu->held_rank);
    }
    cpu->held_rank = LOCK_NONE;
}
#endif
