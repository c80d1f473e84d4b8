/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MONITORED_COMMANDS_H
#define MONITORED_COMMANDS_H

#include "mailbox.h"

/* By enum mailbox_command; each may end in an exception. */
typedef uint64_t command(const uint64_t *arguments);
extern command *const commands[MAILBOX_COMMANDS];

#endif
