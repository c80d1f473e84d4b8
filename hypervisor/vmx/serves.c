/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of CPUs, and the format of their tables of views. */
#include "core/vendor.h"

bool vendor_serves(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    return capabilities_check(cpu, missing, size) && capabilities_unlock();
}

bool vendor_parks(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    return capabilities_has_vmx(cpu, missing, size) && capabilities_unlock();
}

const char *vendor_lack(const struct cpu_capabilities *first, const struct cpu_capabilities *other)
{
    return capabilities_lack(first, other);
}

void vendor_shape(struct altp2m_config *config, const struct cpu_capabilities *cpu)
{
    config->format = ALTP2M_FORMAT_EPT;
    config->has_2m = cpu->ept_2m;
    config->has_1g = cpu->ept_1g;
    config->has_exec_only = cpu->execute_only;
    config->has_ve = cpu->ve;
}
