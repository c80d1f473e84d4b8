/* SPDX-License-Identifier: BSD-2-Clause */
/* Which model-specific registers the guest reaches itself. */
#ifndef CORE_MSR_LIST_H
#define CORE_MSR_LIST_H

#include "core/feature.h"

/* What the guest may do to an MSR without an exit. All else exits: msr.c. */
struct msr_rights {
    bool read, write;
};
struct msr_rights msr_rights(const struct feature_face *face, uint32_t msr);

#endif
