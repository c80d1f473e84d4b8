/* SPDX-License-Identifier: BSD-2-Clause */
#include "guestmem/keys.h"

#include "x86/x86.h"

/* An exit changes neither register. No page of altview's is a user page, so PKE in CR4 only enables
 * RDPKRU here. */
static uint32_t read_pkru(void)
{
    uint64_t cr4 = read_cr4();
    uint32_t value;

    write_cr4(cr4 | CR4_PKE);
    value = rdpkru();
    write_cr4(cr4);
    return value;
}

uint32_t guest_key_rights(bool user)
{
    return user ? read_pkru() : (uint32_t)rdmsr(MSR_IA32_PKRS);
}
