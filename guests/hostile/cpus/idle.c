/* SPDX-License-Identifier: BSD-2-Clause */
#include "idle.h"

#include "hostile.h"
#include "several.h"

#define SLOT_IVT 2
#define IVT_NMI  2 /* four bytes each: offset, segment */
#define INITS    1000
#define STARTUPS 2
#define LOOKS    2000

/* idle.S */
extern const char idle_code[IDLE_SIZE];

unsigned int idle_retries;

/* In real mode words have 32 bits. */
static volatile uint32_t *word(unsigned int offset)
{
    return (volatile uint32_t *)(uintptr_t)(IDLE_PAGE + offset);
}

void idle_prepare(void)
{
    volatile uint32_t *vectors = memory_window_map(SLOT_IVT, 0);

    memset((void *)(uintptr_t)IDLE_PAGE, 0, PAGE_SIZE);
    memcpy((void *)(uintptr_t)IDLE_PAGE, idle_code, IDLE_SIZE);
    vectors[IVT_NMI] = IDLE_PAGE / 16 << 16 | IDLE_NMI;
    memory_window_clear(SLOT_IVT);
}

static bool changes(unsigned int offset, uint32_t before, uint64_t looks)
{
    for (uint64_t i = 0; i < looks && *word(offset) == before; i++)
        cpu_relax();
    return *word(offset) != before;
}

bool idle_comes(struct random *dice)
{
    uint32_t starts = *word(IDLE_STARTS);

    for (unsigned int i = 0; i < INITS; i++) {
        cpu_send(1, APIC_INIT);
        for (unsigned int j = 0; j < STARTUPS; j++) {
            cpu_send(1, IDLE_STARTUP);
            if (changes(IDLE_STARTS, starts, LOOKS) &&
                changes(IDLE_TURNS, *word(IDLE_TURNS), LOOKS)) {
                idle_retries += i;
                return true;
            }
        }
        changes(IDLE_STARTS, starts, random_below(dice, LOOKS)); /* out of step with CPU 1 */
    }
    return false;
}

void idle_fault(void)
{
    *word(IDLE_FAULT) = 1;
}
