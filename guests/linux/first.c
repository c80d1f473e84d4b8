/* SPDX-License-Identifier: BSD-2-Clause */
/* The first process: prints when it began, by the TSC, in which an emulator counts instructions. */
#include "system.h"

int program(char **arguments)
{
    static const char *const next[] = {"/bin/start", NULL};
    static const char *const nothing[] = {NULL};
    uint64_t now = time_stamp();

    (void)arguments;
    put_text("linux: first process at TSC ");
    put_decimal(now);
    put_text("\n");
    system_call(SYS_execve, (long)next[0], (long)next, (long)nothing);
    put_text("linux: /bin/start can't be run\n");
    return 1;
}
