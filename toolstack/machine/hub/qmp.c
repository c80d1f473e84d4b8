/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/port.h"

#include <string.h>
#include <sys/socket.h>

/* If there is no room QEMU stands still, or has ended: what we wanted of it has no use then. */
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
