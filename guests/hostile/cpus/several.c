/* SPDX-License-Identifier: BSD-2-Clause */
#include "several.h"

#include "clock.h"
#include "hostile.h"

#include <xen/hvm/params.h>
#include <xen/vcpu.h>

#define XEN_4_17     (4 << 16 | 17)
#define PATIENCE     clock_ticks(600000) /* only a hang takes ten minutes */
#define TRIES        100
#define FIRST_TRY_MS 100 /* far longer than a start takes on an idle computer */

static unsigned long turns;
static unsigned long quit, wrong;
static bool alone = true;

static void prepare(void *unused)
{
    (void)unused;
    ve_init();
}

/* The option "cpus=1": the others that the machine's table lists are not the guest's. */
static bool are_parked(void)
{
    char value[4];

    return start_info_option("cpus", value, sizeof(value)) && string_equal(value, "1");
}

bool several_init(void)
{
    alone = cpus_init() < 2 || are_parked();
    if (alone)
        return true;
    if (!cpu_start(1, START_XAPIC))
        return false;
    ve_resume_unexpected(true); /* CPU 1 may be in any view that CPU 0 makes for itself */
    cpu_run(1, prepare, NULL);
    return cpu_wait(1, PATIENCE);
}

bool several(void)
{
    return !alone;
}

bool several_await(const unsigned long *word, unsigned long value)
{
    uint64_t start = cpu_read_tsc();

    while ((long)(shared_read(word) - value) < 0) {
        if (cpu_read_tsc() - start > PATIENCE)
            return false;
        cpu_relax();
    }
    return true;
}

bool several_start(enum start_way (*way)(void))
{
    for (uint32_t i = 1; i <= TRIES; i++)
        if (cpu_start_within(1, way(), clock_ticks(i * FIRST_TRY_MS)))
            return true;
    return false;
}

/* Until CPU 1 has made that many calls more; false: it does not. */
static bool await_turns(unsigned long more)
{
    return several_await(&turns, shared_read(&turns) + more);
}

void several_wait(void)
{
    bool comes = cpu_wait(1, PATIENCE);

    check_true("cpu_1.comes_to_an_end", comes);
    if (!comes) {
        altp2m_set_state(0); /* a view may hide the APIC */
        check_true("cpu_1.starts_again", cpu_start(1, START_XAPIC));
    }
}

/* CPU 1's work then. A view that the attack has made may refuse buffers. Numbers must be right. */
static void call_on(void *unused)
{
    xen_extraversion_t text;
    uint64_t value;
    uint8_t on;

    (void)unused;
    while (!shared_read(&quit)) {
        wrong += xen_version(XENVER_version, NULL) != XEN_4_17;
        wrong += xen_vcpu_op(VCPUOP_is_up, 0, NULL) != 1;
        xen_version(XENVER_extraversion, text);
        xen_get_param(HVM_PARAM_CONSOLE_PFN, &value);
        altp2m_get_state(&on);
        cpu_id(0, 0);
        let_others_run(shared_add(&turns, 1));
    }
}

void several_begin(void)
{
    quit = wrong = 0;
    cpu_run(1, call_on, NULL);
}

void several_end(void)
{
    check_true("cpu_1.runs_on", await_turns(100));
    shared_write(&quit, 1);
    several_wait();
    check_value("cpu_1.wrong_answers", 0, wrong);
}
