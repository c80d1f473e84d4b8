/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cost guest: instructions per operation, one line each (see measure.h), the same on altview
 * and on Xen. Needs altp2m in mixed mode and 128 MiB.
 */
#include "console.h"
#include "measure.h"
#include "runtime.h"
#include "stage.h"

static unsigned int measure_all(const struct operation *operations, unsigned int count)
{
    unsigned int failed = 0;

    for (unsigned int i = 0; i < count; i++)
        failed += !measure(&operations[i]);
    return failed;
}

/* Each call of fixed size, with each kind of buffer. */
static unsigned int measure_places(void)
{
    unsigned int failed = 0;

    for (unsigned int place = 0; place < BUFFER_PLACES; place++) {
        buffer_choose((enum buffer_place)place);
        calls_use_buffer();
        for (unsigned int i = 0; i < calls_count; i++)
            failed += calls[i].fixed && !measure_at(&calls[i], (enum buffer_place)place);
    }
    buffer_choose(BUFFER_LARGE);
    calls_use_buffer();
    return failed;
}

static void print_hypervisor(void)
{
    xen_extraversion_t extra = "";
    long version = xen_version(XENVER_version, NULL);

    xen_version(XENVER_extraversion, extra);
    printf("cost hypervisor=%ld.%ld%s\n", version >> 16, version & 0xffff, extra);
}

unsigned int guest_main(void)
{
    unsigned int failed;

    print_hypervisor();
    if (!stage_init())
        return SHUTDOWN_crash;
    measure_init();
    buffer_init();
    calls_use_buffer();
    failed = measure_all(exits, exits_count);
    failed += measure_all(calls, calls_count);
    failed += measure_places();
    if (altp2m_direct_probe() > 0)
        failed += measure_all(directs, directs_count);
    failed += measure_all(accesses, accesses_count);
    printf("cost end operations=%u failed=%u\n", exits_count + calls_count + accesses_count,
           failed);
    return failed ? SHUTDOWN_crash : SHUTDOWN_poweroff;
}
