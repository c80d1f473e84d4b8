/* SPDX-License-Identifier: BSD-2-Clause */
/* The page tables that translate a virtual address: options, for all commands that take
 * addresses. */
#ifndef COMMAND_SPACE_H
#define COMMAND_SPACE_H

#include "options.h"

#include <altview/altview.h>

#define PAGING_NAMES "none, 32, pse, pae, 4-level or 5-level"

int option_cr3(const struct option *option, const char *value);    /* to: struct altview_space */
int option_vcpu(const struct option *option, const char *value);   /* to: struct altview_space */
int option_paging(const struct option *option, const char *value); /* to: struct altview_space */

/* Of enum altview_paging. */
const char *paging_name(unsigned int mode);

#define OPTIONS_SPACE(space)                                                                       \
    OPTION_BY(option_cr3, "cr3", "ADDRESS", (space),                                               \
              "translate va: by the page tables there (default: the vCPU's CR3)"),                 \
        OPTION_BY(option_vcpu, "vcpu", "VCPU", (space),                                            \
                  "translate va: as that vCPU does (default: 0)"),                                 \
        OPTION_BY(option_paging, "paging", "PAGING", (space),                                      \
                  "how the tables are read: " PAGING_NAMES "\n(default: as the vCPU does)")

#endif
