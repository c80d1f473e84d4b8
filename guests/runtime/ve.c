/* SPDX-License-Identifier: BSD-2-Clause */
#include "ve.h"

#include "memory.h"
#include "percpu.h"
#include "trap.h"

static bool keep_busy, resume_unexpected;

static bool handle(struct trap_frame *frame)
{
    struct ve_state *ve = &percpu()->ve;

    (void)frame;
    if (resume_unexpected && !trap_expected())
        return true;
    ve->record.count++;
    ve->record.last = *ve->page;
    if (!keep_busy)
        ve->page->busy = 0;
    return false;
}

uint64_t ve_init(void)
{
    struct ve_state *ve = &percpu()->ve;

    if (!ve->page)
        ve->page = memory_pages(1);
    trap_set_handler(TRAP_VE, handle);
    return memory_gfn(ve->page);
}

volatile struct ve_info *ve_page(void)
{
    return percpu()->ve.page;
}

struct ve_record *ve_record(void)
{
    return &percpu()->ve.record;
}

void ve_reset(void)
{
    struct ve_state *ve = &percpu()->ve;

    ve->record = (struct ve_record){0};
    ve->page->busy = 0;
}

void ve_keep_busy(bool keep)
{
    keep_busy = keep;
}

void ve_resume_unexpected(bool resume)
{
    resume_unexpected = resume;
}

const char *ve_access_name(const struct ve_info *info)
{
    if (info->qualification & VE_QUALIFY_WRITE)
        return "write";
    return info->qualification & VE_QUALIFY_FETCH ? "fetch" : "read";
}
