/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_EXIT_REASON_H
#define COMMAND_EXIT_REASON_H

/* What the SDM (Vol. 3D, appendix C) calls a basic exit reason; "?" for one it does not name. */
const char *exit_reason_name(unsigned int reason);

#endif
