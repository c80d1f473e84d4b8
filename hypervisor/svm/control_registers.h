/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's control registers: it writes all but CR4 itself. */
#ifndef SVM_CONTROL_REGISTERS_H
#define SVM_CONTROL_REGISTERS_H

#include "core/vcpu.h"

/* MOV to CR4: only what the guest is shown (core/feature.c). */
exit_handler control_register_write_cr4;

#endif
