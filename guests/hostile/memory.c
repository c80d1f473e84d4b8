/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads, writes and execution all over the machine's memory, through the view the vCPU is in. */
#include "hostile.h"
#include "layout.h"

#define GIB4_PAGES 0x100000
#define NEAR       4096 /* pages on either side of the hypervisor's range, each of them touched */
#define STRIDE                                                                                     \
    61 /* elsewhere in device memory: odd, so that the steps reach all kinds of
                         * addresses */
#define RET 0xc3

static bool reads_ones(uint64_t gfn)
{
    volatile uint64_t *page = memory_window_map(0, gfn);

    return page[0] == UINT64_MAX && page[1] == UINT64_MAX && page[511] == UINT64_MAX;
}

static bool swallows_writes(uint64_t gfn)
{
    volatile uint64_t *page = memory_window_map(0, gfn);

    page[0] = 0x0123456789abcdef;
    page[511] = 0;
    __asm__ volatile("lock incq %0" : "+m"(page[1]));
    return reads_ones(gfn);
}

static bool refuses_execution(uint64_t gfn)
{
    uint32_t value;

    return probe_execute(memory_window_map(0, gfn), &value).vector == TRAP_UD;
}

static void check_own(const char *name, bool (*holds)(uint64_t gfn))
{
    uint64_t good = 0;

    for (uint64_t gfn = own.first; gfn < own.first + own.count; gfn++)
        if (gfn < own.rings || gfn >= OWN_HOLE_GFN)
            good += holds(gfn);
    check_value(name, own.count - OWN_RINGS, good);
}

/* By one instruction that crosses from the page before the range, or after it, into it. */
static void check_edges(void)
{
    volatile uint8_t *slots = memory_window_map(0, own.first + own.count - 1);

    memory_window_map(1, own.first + own.count);
    check_value("read_over_the_end", 0xffffffff, *(volatile uint32_t *)(slots + PAGE_SIZE - 4));
    memory_window_map(0, OWN_HOLE_GFN - 1);
    memory_window_map(1, OWN_HOLE_GFN);
    *(volatile uint64_t *)(slots + PAGE_SIZE - 4) = 0;
    check_value("read_into_it", 0xffffffff00000000, *(volatile uint64_t *)(slots + PAGE_SIZE - 4));
    __asm__ volatile("cld; rep stosb"
                     :
                     : "D"(slots + PAGE_SIZE), "c"(PAGE_SIZE), "a"(0x5a)
                     : "memory");
    check_true("write_a_page_of_it", reads_ones(OWN_HOLE_GFN));
}

void attack_own_memory(void)
{
    check_own("reads_ones", reads_ones);
    check_own("swallows_writes", swallows_writes);
    check_own("refuses_execution", refuses_execution);
    check_edges();
}

static bool is_ram(uint64_t gfn)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM &&
            gfn >= (map[i].addr + PAGE_SIZE - 1) / PAGE_SIZE &&
            gfn < (map[i].addr + map[i].size) / PAGE_SIZE)
            return true;
    return false;
}

static bool is_in_use(uint64_t gfn)
{
    return (gfn >= memory_gfn(image_start) && gfn <= memory_gfn(image_end)) || gfn == world.hole;
}

/* Read it, write it, run it, and leave it as it was. */
static bool use(uint64_t gfn)
{
    volatile uint8_t *page = memory_window_map(0, gfn);
    uint8_t before = page[2000];
    uint32_t value;
    bool good;

    page[2000] = RET;
    good = probe_execute(page + 2000, &value).vector == TRAP_NONE && page[2000] == RET;
    page[2000] = before;
    return good && page[2000] == before;
}

struct tally {
    uint64_t pages, good;
};

static void use_range(const struct hvm_memmap_table_entry *range, uint64_t end, struct tally *tally)
{
    uint64_t gfn = (range->addr + PAGE_SIZE - 1) / PAGE_SIZE;
    uint64_t behind = (range->addr + range->size) / PAGE_SIZE;

    for (; gfn < behind && gfn < end; gfn++)
        if (!is_in_use(gfn)) {
            tally->pages++;
            tally->good += use(gfn);
        }
}

static void use_ram(uint64_t end)
{
    struct tally tally = {0};
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RAM)
            use_range(&map[i], end, &tally);
    check_true("there_is_ram", tally.pages > 1000);
    check_value("ram_is_the_guest's", tally.pages, tally.good);
}

/* Only read them, and come back. Their content does not matter. */
static void read_devices(uint64_t end)
{
    uint64_t pages = 0;
    uint8_t value;

    for (uint64_t gfn = 0; gfn < end; gfn += gfn - own.first < NEAR ? 1 : STRIDE)
        if (!is_ram(gfn)) {
            probe_read((uint8_t *)memory_window_map(0, gfn) + 8, &value);
            pages++;
        }
    check_true("there_are_devices", pages > 1000);
}

/* Above 4 GiB, up to what no CPU has: reserved bits fault in the guest. */
static void touch_heights(void)
{
    unsigned int back = 0, tried = 0;
    uint8_t value;

    for (unsigned int bit = 20; bit < 40; bit++)
        for (int off = -1; off <= 1; off++) {
            uint64_t gfn = (UINT64_C(1) << bit) + (uint64_t)(int64_t)off;
            struct trap trap = probe_read(memory_window_map(0, gfn), &value);

            tried++;
            back += trap.vector == TRAP_NONE || trap.vector == TRAP_PF;
            probe_write(memory_window_map(0, gfn), value);
        }
    memory_window_clear(0);
    check_value("heights_fault_or_read", tried, back);
}

void attack_all_memory(void)
{
    use_ram(GIB4_PAGES);
    read_devices(GIB4_PAGES);
    touch_heights();
}
