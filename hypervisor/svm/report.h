/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SVM_REPORT_H
#define SVM_REPORT_H

#include "core/vendor.h"

/* An exit that altview does not serve: report, and end the machine. */
__attribute__((noreturn)) void report_unserved(struct vcpu *vcpu);

#endif
