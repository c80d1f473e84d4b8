/* SPDX-License-Identifier: BSD-2-Clause */
#include "ve.h"

#include "memory.h"
#include "trap.h"

static volatile struct ve_info *page;
static struct ve_record record;
static bool keep_busy, resume_unexpected;

static bool handle(struct trap_frame *frame)
{
    (void)frame;
    if (resume_unexpected && !trap_expected())
        return true;
    record.count++;
    record.last = *page;
    if (!keep_busy)
        page->busy = 0;
    return false;
}

uint64_t ve_init(void)
{
    if (!page)
        page = memory_pages(1);
    trap_set_handler(TRAP_VE, handle);
    return memory_gfn(page);
}

volatile struct ve_info *ve_page(void)
{
    return page;
}

struct ve_record *ve_record(void)
{
    return &record;
}

void ve_reset(void)
{
    record = (struct ve_record){0};
    page->busy = 0;
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
