/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Try to make a CPU run without altview. Write code to every page that a start-up IPI can name,
 * among them the page where altview's own CPUs begin, if the guest can reach it. Then send INIT and
 * start-up to each APIC id, in every possible way. A CPU that begins there reports how CPUID shows
 * it.
 */
#include "outside.h"

#include "hostile.h"
#include "several.h"

#include <xen/vcpu.h>

#define MIB_PAGES    256
#define IDS          8 /* APIC ids of CPUs that the machine may have */
#define SLOT         8
#define LOOKS        20000
#define TRIES        50
#define COUNT_BEFORE 0x11U

#define APIC_ADDRESS  0xfee00000U
#define APIC_TPR      0x80U
#define APIC_COUNT    0x380U /* the timer's, which is masked: 32 bits without effect */
#define APIC_ICR_LOW  0x300
#define APIC_ICR_HIGH 0x310
#define ICR_ASSERT    0x4000U
#define ICR_OTHERS    0xc0000U

#define X2APIC_ICR 0x830U

#define IOAPIC_ADDRESS 0xfec00000U
#define IOAPIC_WINDOW  0x10
#define IOAPIC_ENTRY   0x10U
#define IOAPIC_MASKED  0x10000U
#define PIT_PINS       3 /* the timer comes in at pin 0, or 2 */
#define PIT_MODE       0x43
#define PIT_DATA       0x40
#define PIT_SQUARE     0x36
#define PIT_DIVISOR    200 /* about 6 kHz */

/* outside.S */
extern const char outside_code[OUTSIDE_SIZE];

static uint8_t saved[MIB_PAGES][OUTSIDE_SIZE];

static volatile uint32_t *word(unsigned int offset)
{
    return (volatile uint32_t *)(uintptr_t)(OUTSIDE_PAGE + offset);
}

static volatile uint32_t *apic(unsigned int offset)
{
    return (volatile uint32_t *)(uintptr_t)(APIC_ADDRESS + offset);
}

static void ioapic_write(uint32_t index, uint32_t value)
{
    *(volatile uint32_t *)(uintptr_t)IOAPIC_ADDRESS = index;
    *(volatile uint32_t *)(uintptr_t)(IOAPIC_ADDRESS + IOAPIC_WINDOW) = value;
}

static void wait_long(void)
{
    for (unsigned int i = 0; i < LOOKS; i++)
        cpu_relax();
}

static void by_command(uint32_t id, uint32_t message)
{
    *apic(APIC_ICR_HIGH) = id << 24;
    *apic(APIC_ICR_LOW) = message | ICR_ASSERT;
}

static void by_shorthand(uint32_t id, uint32_t message)
{
    (void)id;
    *apic(APIC_ICR_LOW) = message | ICR_ASSERT | ICR_OTHERS;
}

/* The timer's next edge sends it. */
static void by_ioapic(uint32_t id, uint32_t message)
{
    for (uint32_t pin = 0; pin < PIT_PINS; pin += 2) {
        ioapic_write(IOAPIC_ENTRY + 2 * pin + 1, id << 24);
        ioapic_write(IOAPIC_ENTRY + 2 * pin, message);
    }
    wait_long();
    for (uint32_t pin = 0; pin < PIT_PINS; pin += 2)
        ioapic_write(IOAPIC_ENTRY + 2 * pin, IOAPIC_MASKED);
}

/* As a device does (SDM Vol. 3A 11.11.1): chipsets may take a CPU's store for a device's
 * message. */
static void by_message(uint32_t id, uint32_t message)
{
    *(volatile uint32_t *)(uintptr_t)(APIC_ADDRESS | id << 12) = message | ICR_ASSERT;
}

/* INIT one way and start-up the other: a CPU that keeps an INIT pending may start nevertheless. */
static const struct way {
    const char *name;
    void (*init)(uint32_t id, uint32_t message);
    void (*start)(uint32_t id, uint32_t message);
} ways[] = {
    {"commands", by_command, by_command}, {"shorthand", by_shorthand, by_shorthand},
    {"IOAPIC", by_ioapic, by_ioapic},     {"command_then_IOAPIC", by_command, by_ioapic},
    {"messages", by_message, by_message}, {"command_then_message", by_command, by_message},
};

static void by_msr(uint32_t id, uint32_t message)
{
    cpu_write_msr(X2APIC_ICR, (uint64_t)id << 32 | message | ICR_ASSERT);
}

static void write_low_memory(void)
{
    for (unsigned int gfn = 0; gfn < MIB_PAGES; gfn++) {
        void *page = memory_window_map(SLOT, gfn);

        memcpy(saved[gfn], page, OUTSIDE_SIZE);
        memcpy(page, outside_code, OUTSIDE_SIZE);
    }
}

static void restore_low_memory(void)
{
    for (unsigned int gfn = 0; gfn < MIB_PAGES; gfn++)
        memcpy(memory_window_map(SLOT, gfn), saved[gfn], OUTSIDE_SIZE);
    memory_window_clear(SLOT);
}

static void attack_id(const struct way *way, uint32_t id)
{
    way->init(id, APIC_INIT);
    wait_long();
    way->init(id, APIC_INIT);
    wait_long();
    for (unsigned int i = 0; i < 2; i++) {
        way->start(id, APIC_STARTUP | OUTSIDE_PAGE >> 12);
        wait_long();
    }
}

/* An INIT to the boot CPU would end the run. */
static void attack_all(const struct way *way)
{
    uint32_t self = cpu_id(1, 0).ebx >> 24;

    for (uint32_t id = 0; id < IDS; id++)
        if (id != self)
            attack_id(way, id);
    check_value(check_name("%s.outside", way->name), 0, *word(OUTSIDE_SEEN));
    if (!several())
        check_value(check_name("%s.starts", way->name), 0, *word(OUTSIDE_STARTS));
    hostile_check_alive(way->name);
}

static void spin(void *unused)
{
    (void)unused;
    for (;;)
        cpu_relax();
}

static enum start_way by_hypercall(void)
{
    return START_VCPUOP;
}

static bool other_waits(void)
{
    return several_start(by_hypercall);
}

/* CPU 1 is in the guest, so that it takes an INIT: in Bochs 2.7 one that comes in altview is
 * lost. */
static bool other_spins(void)
{
    if (!other_waits())
        return false;
    cpu_run(1, spin, NULL);
    wait_long();
    return true;
}

/* Write low memory after CPU 1 is up, because CPU 1 starts through it. */
static void attack_in_every_way(void)
{
    if (several())
        check_true("cpu_1.spins", other_spins());
    write_low_memory();
    *word(OUTSIDE_STARTS) = *word(OUTSIDE_SEEN) = 0;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && !*word(OUTSIDE_SEEN); i++) {
        attack_all(&ways[i]);
        if (several())
            check_true(check_name("%s.cpu_1_spins_again", ways[i].name), other_spins());
    }
}

static void start_timer(void)
{
    cpu_out8(PIT_MODE, PIT_SQUARE);
    cpu_out8(PIT_DATA, PIT_DIVISOR);
    cpu_out8(PIT_DATA, 0);
}

/*
 * A view decides about a write to the APIC's page. There is no listener, so altview lifts the
 * restriction. The answer is the same whether or not altview watches for INIT and SIPI.
 */
static void check_page(const char *name)
{
    uint16_t view, before = XENMEM_access_n, after = XENMEM_access_n;

    if (altp2m_set_state(1) || altp2m_create(XENMEM_access_rx, &view))
        return; /* not in this mode */
    altp2m_get_access(view, memory_gfn(apic(0)), &before);
    altp2m_switch(view);
    *apic(APIC_TPR) = APIC_TPR;
    altp2m_switch(0);
    altp2m_get_access(view, memory_gfn(apic(0)), &after);
    check_value(check_name("page.%s.before", name), XENMEM_access_rx, before);
    check_value(check_name("page.%s.lifted", name), XENMEM_access_rwx, after);
    check_value(check_name("page.%s.written", name), APIC_TPR, *apic(APIC_TPR));
    *apic(APIC_TPR) = 0;
    altp2m_destroy(view);
    altp2m_set_state(0);
}

/*
 * An instruction that reads the register and then writes a part of it: the view's right to read
 * does not include writing, so the view decides about the write like any other. No APIC accepts a
 * byte of a register, so altview drops the write.
 */
static void check_read_then_write(void)
{
    const void *from = (const void *)(uintptr_t)(APIC_ADDRESS + APIC_COUNT);
    void *to = (void *)(uintptr_t)(APIC_ADDRESS + APIC_COUNT + 1);
    uint16_t view, after = XENMEM_access_n;

    if (altp2m_set_state(1) || altp2m_create(XENMEM_access_rx, &view))
        return; /* not in this mode */
    *apic(APIC_COUNT) = COUNT_BEFORE;
    altp2m_switch(view);
    __asm__ volatile("movsb" : "+S"(from), "+D"(to) : : "memory");
    altp2m_switch(0);
    altp2m_get_access(view, memory_gfn(apic(0)), &after);
    check_value("page.read_then_write.lifted", XENMEM_access_rwx, after);
    check_value("page.read_then_write.count", COUNT_BEFORE, *apic(APIC_COUNT));
    *apic(APIC_COUNT) = 0;
    altp2m_destroy(view);
    altp2m_set_state(0);
}

static void check_pages(void)
{
    check_true("page.cpu_1_runs", other_spins());
    check_page("not_watched");
    for (unsigned int i = 0; i < TRIES && xen_vcpu_op(VCPUOP_is_up, 1, NULL) == 1; i++) {
        by_command(cpu_state(1)->apic_id, APIC_INIT);
        wait_long();
    }
    check_value("page.cpu_1_is_stopped", 0, (uint64_t)xen_vcpu_op(VCPUOP_is_up, 1, NULL));
    check_page("watched");
    check_read_then_write();
}

/* With two CPUs, the other one waits, before and after. */
void attack_outside(void)
{
    if (several())
        check_pages();
    start_timer();
    attack_in_every_way();
    if (several()) {
        printf("CPU 1 has begun %u times\n", *word(OUTSIDE_STARTS));
        check_true("some_start", *word(OUTSIDE_STARTS) > 0);
        check_true("cpu_1.waits", other_waits());
    }
    restore_low_memory();
}

void outside_by_x2apic(void)
{
    static const struct way way = {"x2apic", by_msr, by_msr};

    write_low_memory();
    *word(OUTSIDE_STARTS) = *word(OUTSIDE_SEEN) = 0;
    attack_all(&way);
    restore_low_memory();
}
