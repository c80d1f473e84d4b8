/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/domain.h"
#include "vendors.h"

const struct vendor vendor_vmx = {.start = domain_start};
