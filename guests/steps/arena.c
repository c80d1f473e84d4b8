/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include "cpu.h"
#include "enter.h"
#include "layout.h"
#include "memory.h"
#include "percpu.h"
#include "random.h"
#include "string.h"
#include "trap.h"

#define ENTRIES               512
#define USER                  UINT64_C(0x7) /* present, writable, user */
#define USER_NO_W             UINT64_C(0x5)
#define ADDRESS_MASK          UINT64_C(0x000ffffffffff000)
#define INDEX(address, level) ((unsigned int)((uint64_t)(address) >> (12 + 9 * (level))) % ENTRIES)

#define NO_SLOT        ENTRIES
#define SLOT_READ_ONLY 120 /* a data page once more */
#define SLOT_NOTHING   200
#define PAGE_READ_ONLY 5
#define SLOT_MARK      511

static const struct {
    const char *name;
    unsigned int slot, first, pages;
} areas[AREAS] = {
    [AREA_CODE] = {"code", 16, 0, ARENA_CODE_PAGES},
    [AREA_STACK] = {"stack", 32, ARENA_CODE_PAGES, ARENA_STACK_PAGES},
    [AREA_DATA] = {"data", 64, ARENA_CODE_PAGES + ARENA_STACK_PAGES, ARENA_DATA_PAGES},
    [AREA_SYSTEM] = {"system", 8, ARENA_COMPARED, ARENA_SYSTEM_PAGES},
    [AREA_TABLES] = {"tables", NO_SLOT, ARENA_COMPARED + ARENA_SYSTEM_PAGES, ARENA_TABLE_PAGES},
};

enum { TABLE_POINTERS, TABLE_DIRECTORY, TABLE_PAGES };
enum { SYSTEM_GDT, SYSTEM_IDT };

#define PAGES(count) [count][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)))
static uint8_t live PAGES(ARENA_PAGES), start PAGES(ARENA_PAGES), kept PAGES(ARENA_COMPARED);
static uint8_t mark PAGES(1);

/* SDM Vol. 3A 6.14.1. */
struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, attributes;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};
#define GATE_INTERRUPT 0x8e
#define GATE_USER      0x60 /* ring 3 may name it */
#define VECTOR_DF      8
#define VECTOR_BP      3
#define VECTOR_OF      4
#define VECTOR_FIRST   0x80 /* of those that INT n may name */
#define DF_STACK       1
#define TASK_IST1      24 /* in struct task.rest */
#define STUB_SIZE      16

extern uint64_t page_root[]; /* start.S */
extern uint64_t runtime_gdt[];
extern const char runtime_gdt_pointer[];
static uint8_t fault_stack[PAGE_SIZE] __attribute__((aligned(16)));

uint64_t arena_address(enum area area, unsigned int page)
{
    return ARENA_BASE + (uint64_t)(areas[area].slot + page) * PAGE_SIZE;
}

uint64_t arena_end(enum area area)
{
    return arena_address(area, areas[area].pages);
}

uint64_t arena_gfn(unsigned int page)
{
    return memory_gfn(live[page]);
}

uint64_t arena_mark_gfn(void)
{
    return memory_gfn(mark);
}

enum area arena_area_of(unsigned int page)
{
    enum area area = AREA_CODE;

    while (page >= areas[area].first + areas[area].pages)
        area++;
    return area;
}

const char *arena_area_name(enum area area)
{
    return areas[area].name;
}

uint64_t arena_nothing(void)
{
    return ARENA_BASE + (uint64_t)SLOT_NOTHING * PAGE_SIZE;
}

uint64_t arena_read_only(void)
{
    return ARENA_BASE + (uint64_t)SLOT_READ_ONLY * PAGE_SIZE;
}

static unsigned int page_at(uint64_t address)
{
    unsigned int slot = INDEX(address, 0);
    enum area area = AREA_CODE;

    while (slot < areas[area].slot || slot >= areas[area].slot + areas[area].pages)
        area++;
    return areas[area].first + slot - areas[area].slot;
}

uint8_t *arena_start(uint64_t address)
{
    return &start[page_at(address)][address % PAGE_SIZE];
}

static uint64_t *start_table(unsigned int which)
{
    return (uint64_t *)(uintptr_t)start[areas[AREA_TABLES].first + which];
}

static uint64_t live_table(unsigned int which)
{
    return (uintptr_t)live[areas[AREA_TABLES].first + which];
}

static void map_area(uint64_t *pages, enum area area)
{
    for (unsigned int i = 0; i < areas[area].pages; i++)
        pages[areas[area].slot + i] = (uintptr_t)live[areas[area].first + i] | USER;
}

static void make_tables(void)
{
    uint64_t *pages = start_table(TABLE_PAGES);

    start_table(TABLE_POINTERS)[INDEX(ARENA_BASE, 2)] = live_table(TABLE_DIRECTORY) | USER;
    start_table(TABLE_DIRECTORY)[INDEX(ARENA_BASE, 1)] = live_table(TABLE_PAGES) | USER;
    for (enum area area = 0; area < AREA_TABLES; area++)
        map_area(pages, area);
    pages[SLOT_MARK] = (uintptr_t)mark | USER;
    pages[SLOT_READ_ONLY] = (uintptr_t)live[areas[AREA_DATA].first + PAGE_READ_ONLY] | USER_NO_W;
}

static uint64_t *below(uint64_t entry)
{
    return (uint64_t *)(uintptr_t)(entry & ADDRESS_MASK);
}

/* In the runtime's tables: the arena, and the same pages in place of the window. */
static void link_tables(void)
{
    uint64_t window = (uint32_t)ARENA_BASE;
    uint64_t *directory = below(below(page_root[0])[INDEX(window, 2)]);

    page_root[INDEX(ARENA_BASE, 3)] = live_table(TABLE_POINTERS) | USER;
    directory[INDEX(window, 1)] = live_table(TABLE_PAGES) | USER;
}

#define CODE       UINT64_C(0x00af9b000000ffff)
#define DATA       UINT64_C(0x00cf93000000ffff)
#define USER_CODE  UINT64_C(0x00affb000000ffff)
#define USER_DATA  UINT64_C(0x00cff3000000ffff)
#define CODE32     UINT64_C(0x00cffb000000ffff)
#define GDT_COPIED 8 /* the runtime's, with the boot CPU's task */
#define GDT_SIZE   (ARENA_USER_STACK + 8)

static void make_gdt(void)
{
    uint64_t *gdt = (uint64_t *)(uintptr_t)start[areas[AREA_SYSTEM].first + SYSTEM_GDT];

    memcpy(gdt, runtime_gdt, GDT_COPIED * sizeof(*gdt));
    gdt[ARENA_CODE / 8] = CODE;
    gdt[ARENA_STACK_SEGMENT / 8] = DATA;
    gdt[ARENA_USER_CODE32 / 8] = CODE32;
    gdt[ARENA_USER_DATA / 8] = USER_DATA;
    gdt[ARENA_USER_CODE / 8] = USER_CODE;
    gdt[ARENA_USER_STACK / 8] = USER_DATA;
}

static void make_idt(void)
{
    struct gate *idt = (struct gate *)(uintptr_t)start[areas[AREA_SYSTEM].first + SYSTEM_IDT];

    for (unsigned int vector = 0; vector < TRAP_COUNT; vector++) {
        uintptr_t target = (uintptr_t)enter_stubs + (uintptr_t)vector * STUB_SIZE;
        bool user = vector == VECTOR_BP || vector == VECTOR_OF || vector >= VECTOR_FIRST;

        idt[vector] = (struct gate){
            .offset_low = (uint16_t)target,
            .offset_middle = (uint16_t)(target >> 16),
            .selector = ARENA_CODE,
            .ist = vector == VECTOR_DF ? DF_STACK : 0,
            .attributes = user ? GATE_INTERRUPT | GATE_USER : GATE_INTERRUPT,
        };
    }
}

static void set_stacks(void)
{
    struct task *task = &percpu()->task;
    uint64_t top = (uintptr_t)(fault_stack + sizeof(fault_stack));

    task->rsp0 = arena_end(AREA_STACK);
    memcpy(task->rest + TASK_IST1, &top, sizeof(top));
}

/*
 * A gather's indices, from the last data page on: page ends that are far apart, near, or the same.
 */
static void make_indices(void)
{
    int32_t *index =
        (int32_t *)(uintptr_t)arena_start(arena_address(AREA_DATA, ARENA_DATA_PAGES - 1));
    static const int32_t strides[ENTER_INDEX_ROWS] = {
        2 * PAGE_SIZE, PAGE_SIZE, 0, -3 * PAGE_SIZE, 4, 5 * PAGE_SIZE + 1, 257, 2 * PAGE_SIZE + 64};

    for (unsigned int row = 0; row < ENTER_INDEX_ROWS; row++)
        for (int i = 0; i < 16; i++)
            *index++ = PAGE_SIZE - 2 + i * strides[row];
}

static void fill(void)
{
    struct random random = {1};
    uint64_t *word = (uint64_t *)(uintptr_t)start;

    for (size_t i = 0; i < ARENA_COMPARED * PAGE_SIZE / sizeof(*word); i++)
        word[i] = random_word(&random);
}

void arena_init(void)
{
    fill();
    make_indices();
    make_gdt();
    make_idt();
    make_tables();
    link_tables();
    set_stacks();
    arena_reset();
}

static void copy(void *to, const void *from, size_t bytes)
{
    size_t words = bytes / 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

void arena_reset(void)
{
    uint64_t root;

    copy(live, start, sizeof(live));
    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root) : : "memory");
}

void arena_enter(void)
{
    const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) gdt = {GDT_SIZE - 1, arena_address(AREA_SYSTEM, SYSTEM_GDT)};

    __asm__ volatile("lgdt %0" : : "m"(gdt));
    cpu_load_idt((const void *)(uintptr_t)arena_address(AREA_SYSTEM, SYSTEM_IDT), PAGE_SIZE);
}

void arena_leave(void)
{
    __asm__ volatile("lgdt runtime_gdt_pointer");
    trap_load();
}

void arena_keep(void)
{
    copy(kept, live, sizeof(kept));
}

uint64_t arena_difference(uint8_t *expected, uint8_t *seen)
{
    const uint8_t *a = kept[0], *b = live[0];
    size_t left = sizeof(kept) / 8;
    bool same;

    __asm__ volatile("repe cmpsq" : "+S"(a), "+D"(b), "+c"(left), "=@ccz"(same) : : "memory");
    if (same)
        return ARENA_SAME;
    for (a -= 8, b -= 8; *a == *b; a++, b++)
        ;
    *expected = *a;
    *seen = *b;

    size_t offset = (size_t)(b - live[0]);
    enum area area = arena_area_of((unsigned int)(offset / PAGE_SIZE));
    return arena_address(area, 0) + offset - (size_t)areas[area].first * PAGE_SIZE;
}
