/* SPDX-License-Identifier: BSD-2-Clause */
/* The one guest domain. */
#ifndef DOMAIN_H
#define DOMAIN_H

#include "boot/boot.h"
#include "guest/guest.h"

/* Build host p2m, vCPU and VMCS, and run the guest. */
__attribute__((noreturn)) void domain_start(const struct boot_info *boot,
                                            const struct guest_entry *entry);

#endif
