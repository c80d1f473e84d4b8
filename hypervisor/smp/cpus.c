/* SPDX-License-Identifier: BSD-2-Clause */
#include "smp/cpus.h"

#include "base/end.h"
#include "base/log.h"
#include "base/string.h"
#include "cpu/tables.h"
#include "cpu/x86.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "smp/apic.h"
#include "smp/kick.h"
#include "smp/trampoline.h"
#include "vmx/entry.h"
#include "vmx/timer.h"
#include "vmx/vmx.h"

#include <stddef.h>

/* SDM Vol. 3A 9.4.4: INIT, 10 ms, SIPI, 200 us, SIPI. */
#define AFTER_INIT_US 10000
#define AFTER_SIPI_US 200
#define ANSWER_US     200000

/* Where the trampoline ends up: another CPU's first C function. */
__attribute__((noreturn)) void cpus_arrive(struct vcpu *vcpu);

static uint64_t ticks(const struct domain *domain, uint64_t microseconds)
{
    return domain->boot->tsc_hz * microseconds / 1000000;
}

static void pause_for(const struct domain *domain, uint64_t microseconds)
{
    uint64_t start = rdtsc();

    while (rdtsc() - start < ticks(domain, microseconds)) {
        cpu_relax();
    }
}

static bool wait_for(const struct vcpu *vcpu, uint64_t microseconds)
{
    uint64_t start = rdtsc();

    while (vcpu_is_absent(vcpu) && rdtsc() - start < ticks(vcpu->domain, microseconds)) {
        cpu_relax();
    }
    return !vcpu_is_absent(vcpu);
}

static size_t offset_of(const void *symbol)
{
    return (size_t)((const char *)symbol - trampoline_start);
}

static void prepare_trampoline(const struct domain *domain)
{
    uint64_t page = domain->boot->trampoline;
    char *at = virt_of(page);
    struct trampoline_data *data = (void *)(at + offset_of(&trampoline_data));

    memcpy(at, trampoline_start, offset_of(trampoline_end));
    data->entry = (uint64_t)cpus_arrive;
    data->root = (uint32_t)paging_trampoline(page);
    data->long_offset = (uint32_t)(page + offset_of(trampoline_long));
    data->long_selector = SELECTOR_CODE;
    data->gdt.limit = 3 * sizeof(uint64_t) - 1;
    data->gdt.base = (uint32_t)(page + offset_of(trampoline_gdt));
}

static void name_next(const struct vcpu *vcpu)
{
    char *at = virt_of(vcpu->domain->boot->trampoline);
    struct trampoline_data *data = (void *)(at + offset_of(&trampoline_data));

    data->stack = vcpu->host_stack;
    data->vcpu = (uint64_t)vcpu;
}

static void send_sipi(const struct vcpu *vcpu)
{
    apic_send(vcpu->apic_id, APIC_ASSERT | APIC_MODE_SIPI |
                                 (uint32_t)(vcpu->domain->boot->trampoline / PAGE_SIZE));
}

bool cpus_start(struct vcpu *vcpu)
{
    name_next(vcpu);
    send_sipi(vcpu);
    if (wait_for(vcpu, AFTER_SIPI_US)) {
        return true;
    }
    send_sipi(vcpu);
    return wait_for(vcpu, ANSWER_US);
}

/* The state it is in after a SIPI, but for what the trampoline has set. */
static void take_up(struct vcpu *vcpu)
{
    write_cr3(vcpu->domain->root);
    cpu_tables_load(vcpu->tables);
    wrmsr(MSR_IA32_PAT, vcpu->domain->pat);
    capabilities_unlock(&vcpu->domain->boot->cpu);
    vmx_enable(vcpu);
}

void cpus_arrive(struct vcpu *vcpu)
{
    bool again = vcpu->vmcs_page; /* it has kept an INIT: vmx/life.c */

    take_up(vcpu);
    if (again) {
        vmptrld(vcpu->vmcs_page);
        vcpu->tables->vcpu = vcpu;
    } else {
        vmx_build_vmcs(vcpu);
        timer_init(vcpu);
        vcpu->reload = true;
    }
    vcpu->attention = true;
    __atomic_store_n(&vcpu->absent, false, __ATOMIC_RELEASE);
    entry_first(vcpu);
}

void cpus_begin(struct domain *domain)
{
    unsigned int count = 1;

    if (domain->vcpu_count == 1) {
        return;
    }
    machine_end_before(kick_stop_others, domain);
    prepare_trampoline(domain);
    for (unsigned int i = 1; i < domain->vcpu_count; i++) {
        struct vcpu *vcpu = domain->vcpus[i];

        vcpu->absent = true;
        apic_send(vcpu->apic_id, APIC_ASSERT | APIC_MODE_INIT);
        pause_for(domain, AFTER_INIT_US);
        if (cpus_start(vcpu)) {
            count++;
        } else {
            log_line("CPU %u (APIC id %u) does not start; the guest's CPU %u never will", i,
                     vcpu->apic_id, i);
        }
    }
    log_line("%u of %u CPUs are up", count, domain->vcpu_count);
}
