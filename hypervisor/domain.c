/* SPDX-License-Identifier: BSD-2-Clause */
#include "domain.h"

#include "base/log.h"

void domain_start(const struct boot_info *boot, const struct guest_entry *entry)
{
    (void)boot;
    (void)entry;
    panic("domain_start is not implemented yet");
}
