/* SPDX-License-Identifier: BSD-2-Clause */
#include "altp2m.h"
#include "faults.h"

/* The last view that holds a page: slots are given lowest first. */
static uint16_t last;

static void use_up(void)
{
    uint16_t view;

    while (!altp2m_create(XENMEM_access_rwx, &view))
        last = view;
}

static void give_back(unsigned int pages)
{
    while (pages-- && last > ACTED_ON)
        altp2m_destroy(last--);
}

void pool_leave(unsigned int pages)
{
    use_up();
    give_back(pages);
}

unsigned int pool_count(void)
{
    unsigned int count = 0;
    uint16_t view;

    while (!altp2m_create(XENMEM_access_rwx, &view)) {
        last = view;
        count++;
    }
    give_back(count);
    return count;
}
