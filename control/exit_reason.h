/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of VM exits, for the hypervisor's reports and the toolstack's. */
#ifndef CONTROL_EXIT_REASON_H
#define CONTROL_EXIT_REASON_H

#include <stdint.h>

/* The name of a basic exit reason (SDM Vol. 3D, appendix C); "unknown" for one that has none. */
const char *exit_reason_name(uint32_t reason);

#endif
