/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of the hypervisor that the image has once for each vendor: core/, guestmem/, port/ and
 * xen/, compiled against vmx/ (Intel VT-x) or svm/ (AMD-V). Only one of the two runs.
 */
#ifndef VENDORS_H
#define VENDORS_H

#include "boot/boot.h"
#include "loader/guest.h"

struct vendor {
    const char *name;
    /* VT-x's are capabilities_check, capabilities_unlock and capabilities_describe. */
    bool (*check)(struct cpu_capabilities *cpu, char *missing, size_t size);
    bool (*unlock)(void);
    void (*describe)(const struct cpu_capabilities *cpu, char *text, size_t size);
    /* Build the domain, and run the guest. */
    __attribute__((noreturn)) void (*start)(const struct boot_info *boot,
                                            const struct guest_entry *entry);
};

extern const struct vendor vendor_vmx, vendor_svm;

#endif
