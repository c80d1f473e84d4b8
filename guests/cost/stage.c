/* SPDX-License-Identifier: BSD-2-Clause */
#include "stage.h"

#include "console.h"
#include "cpu.h"
#include "probe.h"
#include "start_info.h"
#include "trap.h"
#include "ve.h"

uint16_t stage_view, stage_fresh;
uint64_t stage_ve_arrived;
bool stage_ve_leaves;

static unsigned int ve_count;

static bool handle_ve(struct trap_frame *frame)
{
    (void)frame;
    stage_ve_arrived = cpu_read_tsc();
    ve_count++;
    if (stage_ve_leaves) {
        ve_page()->busy = 0;
        stage_leave();
    }
    return true;
}

void stage_ve_reset(void)
{
    ve_count = 0;
    ve_page()->busy = 0;
}

unsigned int stage_ve_count(void)
{
    return ve_count;
}

void stage_must(const char *what, long rc)
{
    if (!rc)
        return;
    printf("cost guest: %s: %s\n", what, xen_result(rc));
    xen_shutdown(SHUTDOWN_crash);
}

void stage_make_fresh(unsigned int n)
{
    (void)n;
    stage_must("create", altp2m_create(XENMEM_access_rwx, &stage_fresh));
}

void stage_drop_fresh(void)
{
    stage_leave();
    stage_must("destroy", altp2m_destroy(stage_fresh));
}

void stage_enter(uint16_t view)
{
    vmfunc(0, view);
}

void stage_leave(void)
{
    vmfunc(0, 0);
}

static bool has_ram(void)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM && map[i].addr <= STAGE_RAM &&
            map[i].addr + map[i].size >= STAGE_RAM + STAGE_BYTES)
            return true;
    return false;
}

/* Another setting in STAGE_PAGE's region, which stays, so that the region never equals the
 * host's. */
static void make_view(void)
{
    stage_must("create", altp2m_create(XENMEM_access_rwx, &stage_view));
    stage_must("set_access", altp2m_set_access(stage_view, STAGE_GFN + 1, XENMEM_access_rw));
    stage_must("set_access", altp2m_set_access(stage_view, STAGE_GFN, XENMEM_access_rw));
}

bool stage_init(void)
{
    long rc = altp2m_set_state(1);

    if (!has_ram()) {
        printf("cost guest: no RAM from 32 to 96 MiB; give the guest 128 MiB\n");
        return false;
    }
    if (rc) {
        printf("cost guest: altp2m can't be turned on (%s); use --altp2m mixed\n", xen_result(rc));
        return false;
    }
    stage_must("enable_notify", altp2m_enable_notify(0, ve_init()));
    trap_set_handler(TRAP_VE, handle_ve);
    make_view();
    return true;
}
