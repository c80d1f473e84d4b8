/* SPDX-License-Identifier: BSD-2-Clause */
/* Views hidden from one vCPU alone, and vCPUs that must leave a view when it is hidden. */
#include "shoot.h"
#include "smp.h"

#define BYTE_OFFSET 64
#define ROUNDS      2000 /* divided by the number of CPUs */

#define VIEW_HIDDEN 1 /* shows page 1 in place of page 0 */
#define VIEW_REFUGE 2 /* shows page 2 there */

static uint8_t shows(unsigned int view)
{
    return (uint8_t)(0x60 + view);
}

static long set(uint8_t visible, uint32_t vcpu, uint16_t evict_to)
{
    return altview_set_visibility((struct altview_set_visibility){
        .view = VIEW_HIDDEN, .visible = visible, .vcpu_id = vcpu, .evict_to = evict_to});
}

static void prepare(void)
{
    smp_reset_with_notify();
    world_fill(0, shows(0));
    for (uint16_t view = VIEW_HIDDEN; view <= VIEW_REFUGE; view++) {
        world_view(XENMEM_access_rwx);
        world_fill(view, shows(view));
        altp2m_change_gfn(view, world_gfn(0), world_gfn(view));
    }
}

/* A view hidden from vCPU 1 is visible to all others. */
static void check_one(void)
{
    check_result("one.hide", 0, set(0, 1, ALTVIEW_EVICT_NONE));
    check_true("one.it_is_refused", !smp_go(1, VIEW_HIDDEN));
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        if (cpu != 1)
            check_true(check_name("one.cpu_%u_is_not", cpu), smp_go(cpu, VIEW_HIDDEN));
        smp_go(cpu, 0);
    }
    check_result("one.switch_of_all", -XEN_EINVAL, altp2m_switch(VIEW_HIDDEN));
    check_result("one.show", 0, set(1, 1, ALTVIEW_EVICT_NONE));
    check_true("one.it_may_again", smp_go(1, VIEW_HIDDEN));
}

/* Both are in the view; one must leave. */
static void check_one_evicted(void)
{
    smp_go(0, VIEW_HIDDEN);
    smp_go(1, VIEW_HIDDEN);
    check_result("evict_one.call", 0, set(0, 1, VIEW_REFUGE));
    check_result("evict_one.it_is_out", VIEW_REFUGE, smp_index(1));
    check_result("evict_one.cpu_0_is_not", VIEW_HIDDEN, smp_index(0));
    check_true("evict_one.it_is_refused", !smp_go(1, VIEW_HIDDEN));
    check_result("evict_one.occupied", -XEN_EBUSY, altp2m_destroy(VIEW_HIDDEN));
    smp_go(0, 0);
    smp_go(1, 0);
    check_result("evict_one.show", 0, set(1, ALTVIEW_VCPU_ALL, ALTVIEW_EVICT_NONE));
}

static void check_refusals(void)
{
    check_result("refused.vcpu", -XEN_EINVAL, set(0, cpus_count(), ALTVIEW_EVICT_NONE));
    check_result("refused.to_itself", -XEN_EINVAL, set(0, ALTVIEW_VCPU_ALL, VIEW_HIDDEN));
    check_result("refused.to_none", -XEN_EINVAL, set(0, ALTVIEW_VCPU_ALL, VIEW_REFUGE + 1));
    check_result("refused.when_shown", -XEN_EINVAL, set(1, ALTVIEW_VCPU_ALL, VIEW_REFUGE));
    check_true("refused.nothing_changed", smp_go(1, VIEW_HIDDEN));
    smp_go(1, 0);
}

static void enter(void)
{
    vmfunc(0, VIEW_HIDDEN);
}

static void leave(void)
{
    vmfunc(0, 0);
}

/* From any view it goes to this view if it may. */
static int look(void)
{
    probe_vmfunc(0, VIEW_HIDDEN);
    return world.pages[BYTE_OFFSET];
}

static long evict(void)
{
    return set(0, ALTVIEW_VCPU_ALL, VIEW_REFUGE);
}

static long show(void)
{
    return set(1, ALTVIEW_VCPU_ALL, ALTVIEW_EVICT_NONE);
}

/* After the call has returned, no vCPU is in the view or can enter it. */
static void check_all_evicted(void)
{
    const struct shot shot = {
        .name = "evict",
        .take = evict,
        .give = show,
        .look = look,
        .given = shows(VIEW_HIDDEN),
        .taken = shows(VIEW_REFUGE),
        .enter = enter,
        .leave = leave,
        .rounds = smp_each(ROUNDS),
    };

    shoot(&shot);
}

void area_evict(void)
{
    if (cpus_count() < 2)
        return;
    prepare();
    check_one();
    check_one_evicted();
    check_refusals();
    check_all_evicted();
    altp2m_set_state(0);
}
