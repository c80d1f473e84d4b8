/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest prints goes to serial port 1, which is the guest's own. */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include "core/domain.h"

#include <stdbool.h>

/* Set the port up as the firmware would have: the guest's first words must not be lost. */
void console_init(void);

/* Wait until the last byte is on the wire: the machine is about to end. */
void console_finish(void);

/* Print some of what the guest has put into its console ring, and give the room back. True: there
 * is more. */
bool console_serve(struct domain *domain);

#endif
