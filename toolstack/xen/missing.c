/* SPDX-License-Identifier: BSD-2-Clause */
#include "missing.h"

#include <errno.h>
#include <stdio.h>

void altview_xen_missing(const char *name, atomic_flag *told)
{
    if (!atomic_flag_test_and_set(told)) {
        fprintf(stderr, "altview: %s: altview has no such thing (ENOSYS)\n", name);
    }
    errno = ENOSYS;
}
