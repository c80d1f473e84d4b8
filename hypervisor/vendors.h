/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the hypervisor that the image has once for each vendor: core/, guestmem/, port/ and
 * xen/, compiled against vmx/ (Intel VT-x) or svm/ (AMD-V). One of them runs.
 */
#ifndef VENDORS_H
#define VENDORS_H

#include "boot/boot.h"
#include "loader/guest.h"

struct vendor {
    /* Build the domain, and run the guest. */
    __attribute__((noreturn)) void (*start)(const struct boot_info *boot,
                                            const struct guest_entry *entry);
};

extern const struct vendor vendor_vmx;

#endif
