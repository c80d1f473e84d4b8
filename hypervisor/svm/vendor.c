/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/vendor.h"
#include "core/domain.h"
#include "vendors.h"

static bool check(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    missing[0] = '\0';
    if (!svm_capabilities_check(&cpu->svm)) {
        capability_append(missing, size, "", cpu->svm.lacks);
        return false;
    }
    capability_note(cpu, &vmx_optional); /* for what both vendors have: SMEP and its like */
    return true;
}

static void describe(const struct cpu_capabilities *cpu, char *text, size_t size)
{
    svm_capabilities_describe(&cpu->svm, text, size);
}

const struct vendor vendor_svm = {
    .name = "AMD-V",
    .check = check,
    .unlock = svm_capabilities_unlock,
    .describe = describe,
    .start = domain_start,
};

bool vendor_serves(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    return check(cpu, missing, size) && svm_capabilities_unlock();
}

bool vendor_parks(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    return vendor_serves(cpu, missing, size);
}

const char *vendor_lack(const struct cpu_capabilities *first, const struct cpu_capabilities *other)
{
    return svm_capabilities_lack(&first->svm, &other->svm);
}

/* Nested tables have 2 MiB pages wherever there are nested tables (APM Vol. 2 15.25). */
void vendor_shape(struct altp2m_config *config, const struct cpu_capabilities *cpu)
{
    config->format = ALTP2M_FORMAT_NPT;
    config->has_2m = true;
    config->has_1g = cpu->svm.pages_1g;
}
