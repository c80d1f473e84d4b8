/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/cpus.h"

#include "base/end.h"
#include "base/log.h"
#include "base/string.h"
#include "core/kick.h"
#include "core/timer.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "memory/stack.h"
#include "run/entry.h"
#include "x86/apic.h"
#include "x86/tables.h"
#include "x86/trampoline.h"
#include "x86/x86.h"

#include <stddef.h>

/* SDM Vol. 3A 9.4.4: INIT, 10 ms, SIPI, 200 us, SIPI. */
#define AFTER_INIT_US 10000
#define AFTER_SIPI_US 200
#define ANSWER_US     5000000 /* far longer than any CPU takes */
#define QUIET_US      20000   /* after this no unlisted CPU comes any more */
#define UNLISTED_US   200000  /* the same, where there is no list */

/* The state of a CPU that is not a vCPU. */
struct berth {
    struct cpu_tables tables;
    struct domain *domain;
    uint64_t stack, root_page;
};

/* The end of the trampoline: another CPU's first C function. */
__attribute__((noreturn)) void cpus_arrive(struct arrivals *arrivals);

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

static size_t offset_of(const void *symbol)
{
    return (size_t)((const char *)symbol - trampoline_start);
}

/* Write it anew before each SIPI, so that no change of the guest's is left. Another CPU may run in
 * it meanwhile, and finds the same content. */
static void write_trampoline(const struct domain *domain)
{
    uint64_t page = domain->boot->trampoline;
    char *at = virt_of(page);
    struct trampoline_data *data = (void *)(at + offset_of(&trampoline_data));

    memcpy(at, trampoline_start, offset_of(&trampoline_data));
    data->arrivals = (uint64_t)&domain->harbour.arrivals;
    data->entry = (uint64_t)cpus_arrive;
    data->root = domain->harbour.trampoline_root;
    data->long_offset = (uint32_t)(page + offset_of(trampoline_long));
    data->long_selector = SELECTOR_CODE;
    data->gdt.limit = 3 * sizeof(uint64_t) - 1;
    data->gdt.base = (uint32_t)(page + offset_of(trampoline_gdt));
}

/* To an APIC id, or by a shorthand in `to`. */
static void send_sipi(const struct domain *domain, uint32_t apic_id, uint32_t to)
{
    write_trampoline(domain);
    apic_send(apic_id,
              to | APIC_ASSERT | APIC_MODE_SIPI | (uint32_t)(domain->boot->trampoline / PAGE_SIZE));
}

void cpus_start(struct vcpu *vcpu)
{
    send_sipi(vcpu->domain, vcpu->apic_id, 0);
    pause_for(vcpu->domain, AFTER_SIPI_US);
}

/* Arrival: one CPU at a time, from the trampoline until it is in VMX operation. */

/* For the next one. */
static void let_in(struct domain *domain)
{
    __atomic_fetch_add(&domain->harbour.served, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&domain->harbour.arrivals.busy, 0, __ATOMIC_RELEASE);
}

/* The CPU's state after a SIPI, except what the trampoline has set. */
static void take_up(const struct domain *domain, struct cpu_tables *tables)
{
    write_cr3(domain->root);
    cpu_tables_load(tables);
    wrmsr(MSR_IA32_PAT, domain->pat);
}

static void begin_vcpu(struct vcpu *vcpu)
{
    vendor_build(vcpu);
    timer_rest(vcpu);
    vcpu->reload = true;
    vcpu->attention = true;
}

static void arrive_as_vcpu(void *argument)
{
    struct vcpu *vcpu = argument;
    struct domain *domain = vcpu->domain;
    void (*returns)(struct vcpu *) = vcpu->returns;

    take_up(domain, vcpu->tables);
    vendor_enable(&domain->boot->cpu, vcpu->root_page);
    if (!returns) {
        begin_vcpu(vcpu);
    }
    __atomic_store_n(&vcpu->absent, false, __ATOMIC_RELEASE);
    let_in(domain);
    if (returns) {
        returns(vcpu);
    }
    entry_first(vcpu);
}

/* A CPU that altview can't keep from the guest. */
__attribute__((noreturn)) static void refuse(const char *why)
{
    machine_end(STATUS_BAD_MACHINE,
                "CPU with APIC id %u: %s; it would be out of altview's reach, and the guest could "
                "start it; switch it off in the firmware's setup",
                apic_own_id(), why);
}

/* Park the CPU, for good. An NMI wakes it for a moment. An exception is a panic. */
static void park(void *argument)
{
    struct berth *berth = argument;
    struct cpu_capabilities cpu;
    char missing[256];

    take_up(berth->domain, &berth->tables);
    capabilities_read(&cpu);
    if (!vendor_parks(&cpu, missing, sizeof(missing))) {
        refuse(missing);
    }
    vendor_enable(&cpu, berth->root_page);
    __atomic_fetch_add(&berth->domain->harbour.parked, 1, __ATOMIC_SEQ_CST);
    let_in(berth->domain);
    cpu_stop();
}

/* After altview makes no more stacks, the last ones are for CPUs that come after the wait. */
static struct berth *take_berth(struct harbour *harbour)
{
    bool open;

    do {
        open = __atomic_load_n(&harbour->open, __ATOMIC_ACQUIRE);
        for (unsigned int i = 0; i < HARBOUR_BERTHS; i++) {
            struct berth *berth = __atomic_exchange_n(&harbour->berths[i], NULL, __ATOMIC_ACQUIRE);

            if (berth) {
                return berth;
            }
        }
        cpu_relax();
    } while (open);
    refuse("it has come after the guest has begun, as others had before it");
}

static void note_listed(struct domain *domain, uint32_t apic_id)
{
    for (unsigned int i = 1; i < domain->boot->listed_count; i++) {
        if (domain->boot->apic_ids[i] == apic_id) {
            domain->harbour.here[i / 64] |= UINT64_C(1) << i % 64;
        }
    }
}

static struct vcpu *awaited(const struct domain *domain, uint32_t apic_id)
{
    for (unsigned int i = 1; i < domain->vcpu_count; i++) {
        if (domain->vcpus[i]->apic_id == apic_id && vcpu_is_absent(domain->vcpus[i])) {
            return domain->vcpus[i];
        }
    }
    return NULL;
}

/* Boot has checked the first CPU. This CPU may be another model, or its firmware may have set it up
 * differently. */
static bool serves(struct vcpu *vcpu)
{
    const struct cpu_capabilities *first = &vcpu->domain->boot->cpu;
    struct cpu_capabilities cpu;
    char missing[256];

    capabilities_read(&cpu);
    if (!vendor_serves(&cpu, missing, sizeof(missing))) {
        vcpu->lacks = "what altview needs";
    } else {
        vcpu->lacks = vendor_lack(first, &cpu);
    }
    return !vcpu->lacks;
}

void cpus_arrive(struct arrivals *arrivals)
{
    struct domain *domain =
        (struct domain *)((char *)arrivals - offsetof(struct domain, harbour.arrivals));
    uint32_t apic_id = apic_own_id();
    struct vcpu *vcpu = awaited(domain, apic_id);
    struct berth *berth;

    note_listed(domain, apic_id);
    if (vcpu && serves(vcpu)) {
        go_on((void *)vcpu->host_stack, arrive_as_vcpu, vcpu);
    }
    berth = take_berth(&domain->harbour);
    go_on((void *)berth->stack, park, berth);
}

/* Call it on the CPU that starts the others. */

static struct berth *new_berth(struct domain *domain)
{
    struct berth *berth = pages_reserve((sizeof(*berth) + PAGE_SIZE - 1) / PAGE_SIZE);
    void *root_page = pages_reserve(1);

    if (!berth || !root_page) {
        machine_end(STATUS_NO_MEMORY, "too little memory for the machine's CPUs; give it more");
    }
    berth->domain = domain;
    berth->stack = (uint64_t)stack_alloc(1);
    cpu_tables_guard(&berth->tables);
    berth->root_page = phys_of(root_page);
    return berth;
}

static uint32_t came(const struct harbour *harbour)
{
    return __atomic_load_n(&harbour->arrivals.came, __ATOMIC_ACQUIRE);
}

static uint32_t served(const struct harbour *harbour)
{
    return __atomic_load_n(&harbour->served, __ATOMIC_ACQUIRE);
}

/* A CPU that takes a berth removes it from its slot. */
static void fill_berths(struct domain *domain)
{
    for (unsigned int i = 0; i < HARBOUR_BERTHS; i++) {
        struct berth **place = &domain->harbour.berths[i];

        if (!__atomic_load_n(place, __ATOMIC_RELAXED)) {
            __atomic_store_n(place, new_berth(domain), __ATOMIC_RELEASE);
        }
    }
}

/* The first listed CPU that has not come. 0 if there is none, as 0 is the CPU that asks. */
static unsigned int first_silent(const struct domain *domain)
{
    for (unsigned int i = 1; i < domain->boot->listed_count; i++) {
        if (!(__atomic_load_n(&domain->harbour.here[i / 64], __ATOMIC_ACQUIRE) >> i % 64 & 1)) {
            return i;
        }
    }
    return 0;
}

static bool all_came(const struct domain *domain)
{
    return !first_silent(domain) && served(&domain->harbour) == came(&domain->harbour);
}

/* Wait until all listed CPUs have come, and then until no other CPU has come for a while. */
static void receive(struct domain *domain)
{
    uint64_t quiet = ticks(domain, domain->boot->has_madt ? QUIET_US : UNLISTED_US);
    uint64_t start = rdtsc(), last = start;
    uint32_t before = 0;

    while (rdtsc() - start < ticks(domain, ANSWER_US) &&
           (!all_came(domain) || rdtsc() - last < quiet)) {
        fill_berths(domain);
        if (served(&domain->harbour) != before) {
            before = served(&domain->harbour);
            last = rdtsc();
        }
        cpu_relax();
    }
    fill_berths(domain);
    __atomic_store_n(&domain->harbour.open, false, __ATOMIC_RELEASE);
}

static void prepare(struct domain *domain)
{
    domain->harbour.arrivals.stack = (uint64_t)stack_alloc(1);
    domain->harbour.trampoline_root = (uint32_t)paging_trampoline(domain->boot->trampoline);
    domain->harbour.open = true;
    fill_berths(domain);
    for (unsigned int i = 1; i < domain->vcpu_count; i++) {
        domain->vcpus[i]->absent = true;
    }
}

/* Send by the shorthand: whether the firmware has listed the CPUs does not matter. */
static void call_all(struct domain *domain)
{
    prepare(domain);
    apic_send(0, APIC_OTHERS | APIC_ASSERT | APIC_MODE_INIT);
    pause_for(domain, AFTER_INIT_US);
    send_sipi(domain, 0, APIC_OTHERS);
    pause_for(domain, AFTER_SIPI_US);
    send_sipi(domain, 0, APIC_OTHERS);
    receive(domain);
}

static void tell_of(const struct vcpu *vcpu)
{
    if (vcpu->lacks) {
        log_line("CPU %u (APIC id %u) lacks what the first one has, %s: parked, and the guest's "
                 "CPU %u never runs",
                 vcpu->altp2m->id, vcpu->apic_id, vcpu->lacks, vcpu->altp2m->id);
    } else if (vcpu_is_absent(vcpu)) {
        log_line(
            "CPU %u (APIC id %u) does not start: the guest's CPU %u does not run until it does",
            vcpu->altp2m->id, vcpu->apic_id, vcpu->altp2m->id);
    }
}

static void tell(const struct domain *domain)
{
    const struct harbour *harbour = &domain->harbour;

    for (unsigned int i = 1; i < domain->vcpu_count; i++) {
        tell_of(domain->vcpus[i]);
    }
    if (domain->vcpu_count > 1) {
        log_line("%u of %u CPUs are up", served(harbour) - harbour->parked + 1, domain->vcpu_count);
    }
    if (harbour->parked) {
        log_line("CPUs parked, as they are not the guest's: %u", harbour->parked);
    }
}

static void judge_silent(const struct domain *domain)
{
    const struct boot_info *boot = domain->boot;
    unsigned int silent = first_silent(domain);

    if (silent && !boot->options.watch_silent) {
        machine_end(STATUS_BAD_MACHINE,
                    "the CPU with APIC id %u does not start: it stays out of altview's reach, and "
                    "the guest could start it; switch it off in the firmware's setup, or say "
                    "silent-cpus=watch",
                    boot->apic_ids[silent]);
    }
}

static void judge(struct domain *domain)
{
    judge_silent(domain);
    domain->cpus_outside = !INIT_LEAVES_GUEST || !all_came(domain) || domain->boot->cpus_unlisted ||
                           domain->boot->cpus_to_come;
    if (domain->cpus_outside) {
        log_line("%s: INIT and SIPI are watched for all the time",
                 INIT_LEAVES_GUEST ? "a CPU may be out of altview's reach"
                                   : "an INIT would reset a CPU that runs the guest");
    }
}

void cpus_begin(struct domain *domain)
{
    machine_end_before(kick_stop_others, domain);
    if (!domain->boot->trampoline) {
        domain->cpus_outside = true;
        return;
    }
    call_all(domain);
    tell(domain);
    judge(domain);
}
