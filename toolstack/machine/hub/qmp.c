/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/port.h"

#include <string.h>
#include <sys/socket.h>

/* If there is no room, QEMU has stopped or ended, and the command has no use. */
static void say(int qmp, const char *command)
{
    (void)!send(qmp, command, strlen(command), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void qmp_begin(int qmp)
{
    say(qmp, "{\"execute\":\"qmp_capabilities\"}\n");
}

void qmp_inject_nmi(int qmp)
{
    say(qmp, "{\"execute\":\"inject-nmi\"}\n");
}
