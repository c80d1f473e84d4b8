/* SPDX-License-Identifier: BSD-2-Clause */
/* Access that the hypervisor grants for one instruction: write-only pages and holes. */
#include "machine.h"
#include "start_info.h"

/* Beyond all memory: no memory, or an absent device. */
#define HOLE UINT64_C(0x7000000000)

static uint16_t view;
static uint8_t *pages;

static void check_holes(uint64_t gfn)
{
    volatile uint8_t *hole = memory_window_map(0, gfn), *second = memory_window_map(1, gfn + 1);
    uint64_t words[2] = {0, 0};
    uint16_t counter = 5;

    (void)second;
    *(volatile uint64_t *)(hole + PAGE_SIZE - 3) = 0; /* across two holes */
    check_value("hole.across", UINT64_MAX, *(volatile uint64_t *)(hole + PAGE_SIZE - 3));
    words[0] = 2;
    memcpy((void *)(uintptr_t)hole, (void *)(uintptr_t)second, 64);
    memcpy(words, (const void *)(uintptr_t)hole, 16);
    check_value("hole.copied_from", UINT64_MAX, words[0]);
    __asm__ volatile("lock xaddw %0, %1" : "+r"(counter), "+m"(*(volatile uint16_t *)hole));
    check_value("hole.locked_add_sees", 0xffff, counter);
    __asm__ volatile("cld; rep movsb"
                     :
                     : "S"(hole), "D"(second), "c"(100)
                     : "memory"); /* hole to hole */
    check_value("hole.to_hole", 0xff, second[99]);
    check_trap("hole.fetch", TRAP_UD, probe_execute(hole, &(uint32_t){0}));
}

/* Many steps while interrupts come in, but with "interrupts=off" on the command line. */
static void check_write_only(void)
{
    char value[4];
    bool quiet = start_info_option("interrupts", value, sizeof(value));
    unsigned long ticks = timer_ticks();
    unsigned int wrong = 0;
    uint16_t access = 0;

    altp2m_set_access(view, memory_gfn(pages), XENMEM_access_w);
    altp2m_set_access(view, memory_gfn(pages) + 1, XENMEM_access_w);
    altp2m_switch(view);
    if (!quiet) {
        timer_start(2000);
        interrupts_on();
    }
    for (uint32_t i = 0; i < 4000; i++)
        *(volatile uint32_t *)(pages + i % 1000 * sizeof(i)) = i;
    *(volatile uint64_t *)(pages + PAGE_SIZE - 4) = 0x1122334455667788; /* both pages */
    interrupts_off();
    timer_start(0);
    altp2m_switch(0);
    for (uint32_t i = 0; i < 1000; i++)
        wrong += *(uint32_t *)(pages + i * sizeof(i)) != 3000 + i;
    check_value("write_only.lost", 0, wrong);
    check_value("write_only.across", 0x11223344, *(uint32_t *)(pages + PAGE_SIZE));
    check_true("write_only.interrupts_came", quiet || timer_ticks() > ticks + 5);
    altp2m_get_access(view, memory_gfn(pages), &access);
    check_value("write_only.stays", XENMEM_access_w, access);
}

static void on_stack(void *stack)
{
    unsigned long saved;

    __asm__ volatile("mov %%rsp, %0\n\t"
                     "mov %1, %%rsp\n\t"
                     "ud2\n\t"
                     "mov %0, %%rsp"
                     : "=&r"(saved)
                     : "r"(stack)
                     : "memory");
}

static bool skip_ud2(struct trap_frame *frame)
{
    frame->ip += 2;
    return true;
}

/* An exception whose frame goes onto a write-only page: the delivery itself needs the step. */
static void check_delivery(void)
{
    uint16_t access = 0;

    trap_set_handler(TRAP_UD, skip_ud2);
    altp2m_set_access(view, memory_gfn(pages) + 2, XENMEM_access_w);
    altp2m_set_access(view, memory_gfn(pages) + 3, XENMEM_access_w);
    altp2m_switch(view);
    on_stack(&pages[3 * PAGE_SIZE + 20]);
    altp2m_switch(0);
    trap_set_handler(TRAP_UD, NULL);
    altp2m_get_access(view, memory_gfn(pages) + 2, &access);
    check_value("delivery.handler_read_its_frame", XENMEM_access_rwx, access);
}

/* An instruction on the page that it reads and writes, where the page is not readable. */
static void check_own_page(void)
{
    static const uint8_t code[] = {
        0x80, 0x05, 0x01, 0x00, 0x00, 0x00, 0x09, /* addb $9, 1(%rip): the byte after it */
        0xc3,                                     /* ret */
    };
    uint8_t *own = pages + PAGE_SIZE;

    memcpy(own, code, sizeof(code));
    altp2m_set_access(view, memory_gfn(own), XENMEM_access_wx);
    altp2m_switch(view);
    for (unsigned int i = 0; i < 3; i++)
        ((void (*)(void))(uintptr_t)own)();
    altp2m_switch(0);
    check_value("own_page.written", 27, own[sizeof(code)]);
    altp2m_set_access(view, memory_gfn(own), XENMEM_access_rwx);
}

/* A hypercall writes only where the caller could write. */
static void check_hypercalls(void)
{
    static const struct {
        const char *name;
        uint16_t access;
        long result;
        uint16_t after;
    } rows[] = {
        {"w", XENMEM_access_w, 0, XENMEM_access_w},
        {"n", XENMEM_access_n, -XEN_EFAULT, XENMEM_access_n},
        {"rw", XENMEM_access_rw, 0, XENMEM_access_rw},
        {"r", XENMEM_access_r, -XEN_EFAULT, XENMEM_access_r},
        {"rx2rw", XENMEM_access_rx2rw, 0, XENMEM_access_rw},
        {"rx", XENMEM_access_rx, -XEN_EFAULT, XENMEM_access_rx},
        {"n2rwx", XENMEM_access_n2rwx, 0, XENMEM_access_rwx},
        {"x", XENMEM_access_x, -XEN_EFAULT, XENMEM_access_x},
    };
    uint16_t access = 0;

    altp2m_switch(view);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        altp2m_set_access(view, memory_gfn(pages), rows[i].access);
        check_result(check_name("hypercall_into.%s", rows[i].name), rows[i].result,
                     xen_version(XENVER_extraversion, pages));
        altp2m_get_access(view, memory_gfn(pages), &access);
        check_text(check_name("hypercall_into.%s.after", rows[i].name), access_name(rows[i].after),
                   access_name(access));
    }
    altp2m_switch(0);
}

void area_steps(void)
{
    pages = memory_pages(4);
    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    check_holes(HOLE / PAGE_SIZE);
    check_write_only();
    check_delivery();
    check_own_page();
    check_hypercalls();
    altp2m_set_state(0);
}
