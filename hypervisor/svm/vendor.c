/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/domain.h"
#include "svm/svm.h"
#include "vendors.h"

static void describe(const struct cpu_capabilities *cpu, char *text, size_t size)
{
    svm_capabilities_describe(&cpu->svm, text, size);
}

const struct vendor vendor_svm = {
    .name = "AMD-V",
    .check = svm_lacks_nothing,
    .unlock = svm_capabilities_unlock,
    .describe = describe,
    .start = domain_start,
};
