/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of CPUs, and the format of their tables of views. */
#include "svm/svm.h"

bool svm_lacks_nothing(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    missing[0] = '\0';
    if (!svm_capabilities_check(&cpu->svm)) {
        capability_append(missing, size, "", cpu->svm.lacks);
        return false;
    }
    capability_note(cpu, &vmx_optional); /* for features of both vendors: SMEP and similar */
    return true;
}

bool vendor_serves(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    return svm_lacks_nothing(cpu, missing, size) && svm_capabilities_unlock();
}

bool vendor_parks(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    return vendor_serves(cpu, missing, size);
}

const char *vendor_lack(const struct cpu_capabilities *first, const struct cpu_capabilities *other)
{
    return svm_capabilities_lack(&first->svm, &other->svm);
}

/* Every CPU with nested tables has 2 MiB pages in them (APM Vol. 2 15.25). */
void vendor_shape(struct altp2m_config *config, const struct cpu_capabilities *cpu)
{
    config->format = ALTP2M_FORMAT_NPT;
    config->has_2m = true;
    config->has_1g = cpu->svm.pages_1g;
}
