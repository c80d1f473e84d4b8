/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SVM_ENTRY_VERIFY_H
#define SVM_ENTRY_VERIFY_H

/* Check no entry more from now on: the caller wants what the CPU says of one that is wrong. */
void entry_verify_stop(void);

#endif
