/* SPDX-License-Identifier: BSD-2-Clause */
/* All CPUs make hypercalls at the same time. Each CPU touches only its own memory. */
#include "layout.h"
#include "smp.h"

#define ROUNDS smp_rounds(2000)

static struct barrier start;
static unsigned long wrong[CPUS_MAX];

/* FNV-1a over the image's code and constants. */
static uint64_t checksum(void)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (const volatile char *at = image_start; at < image_constant_end; at++)
        sum = (sum ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    return sum;
}

static long memory_map_entries(void)
{
    static struct e820 {
        uint64_t address, size;
        uint32_t type;
    } __attribute__((packed)) entries[CPUS_MAX][64];
    struct xen_memory_map map = {.nr_entries = 64};

    set_xen_guest_handle(map.buffer, entries[cpu_number()]);
    return xen_memory(XENMEM_memory_map, &map) ? -1 : (long)map.nr_entries;
}

struct answers {
    long version, entries, unknown;
};

static struct answers ask(void)
{
    return (struct answers){
        xen_version(XENVER_version, NULL),
        memory_map_entries(),
        hypercall(63, 0, 0, 0, 0),
    };
}

static void ask_always(void *argument)
{
    const struct answers *expected = argument;

    barrier_wait(&start);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        struct answers seen = ask();

        wrong[cpu_number()] += memcmp(&seen, expected, sizeof(seen)) != 0;
    }
}

void area_load(void)
{
    struct answers expected = ask();
    uint64_t before = checksum();

    start = (struct barrier){.count = cpus_count()};
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        cpu_run(cpu, ask_always, &expected);
    ask_always(&expected);
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        if (cpu)
            smp_wait(cpu);
        check_value(check_name("cpu_%u.wrong", cpu), 0, wrong[cpu]);
    }
    check_true("checksum", checksum() == before);
}
