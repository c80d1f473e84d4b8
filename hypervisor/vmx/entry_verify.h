/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMX_ENTRY_VERIFY_H
#define VMX_ENTRY_VERIFY_H

/* Check no entry more from now on: the caller wants what the CPU says of one that is wrong. */
void entry_verify_stop(void);

#endif
