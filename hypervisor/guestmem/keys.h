/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's rights by protection key: two bits for each of 16 keys (SDM Vol. 3A 4.6.2). */
#ifndef GUESTMEM_KEYS_H
#define GUESTMEM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#define KEY_NO_ACCESS (1U << 0)
#define KEY_NO_WRITE  (1U << 1)

/* PKRU for user pages, IA32_PKRS for the supervisor's: only if the guest's CR4 has PKE or PKS. */
uint32_t guest_key_rights(bool user);

#endif
