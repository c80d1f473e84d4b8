/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/domain.h"
#include "vendors.h"

const struct vendor vendor_vmx = {
    .name = "VT-x",
    .check = capabilities_check,
    .unlock = capabilities_unlock,
    .describe = capabilities_describe,
    .start = domain_start,
};
