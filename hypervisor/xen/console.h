/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest prints goes to serial port 1, which is the guest's own. */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include "core/domain.h"

#include <stdbool.h>

/* Print some of what the guest has put into its console ring, and give the room back. True: there
 * is more. */
bool console_serve(struct domain *domain);

#endif
