/* SPDX-License-Identifier: BSD-2-Clause */
/* hypervisor/run/bell.c with an HPET and an I/O APIC in memory: whether a bell rings, whose an NMI
 * is, and that a ring which is lost does not end the ringing. */
#include "run/bell.h"
#include "base/log.h"
#include "boot/acpi.h"
#include "core/ioapic.h"
#include "core/kick.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "x86/delivery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Registers, by words. */
#define CAPABILITIES_PERIOD (0x004 / 4)
#define CONFIGURATION       (0x010 / 4)
#define COUNTER             (0x0f0 / 4)
#define TIMER_PINS          (0x104 / 4)
#define COMPARATOR          (0x108 / 4)

#define TICK_FS    100000000 /* 10 MHz */
#define PERIOD     10000     /* ticks, of 1000 rings a second */
#define PIN        20
#define IOAPIC_PIN 4
#define APIC_ID    7
#define FIRST      0
#define SECOND     1

static uint32_t hpet[0x400 / 4];
static uint32_t ioapic[IOAPIC_EOI];
static struct boot_info boot;
static struct domain domain;
static struct altp2m_vcpu altp2m[2] = {{.id = FIRST}, {.id = SECOND}};
static struct vcpu vcpus[2];
static bool has_timer;       /* the vendor */
static bool kicked;          /* the next NMI is a kick */
static unsigned int more;    /* how often more kicks were expected */
static uint32_t set_at_more; /* what the timer was set to then */
static struct vcpu *ran_on;  /* kick_run_on's last */
static bool began_before;    /* the timer was touched outside of kick_run_on */

/* The rest of the hypervisor. */

static uint64_t physical_of(const void *at)
{
    return (uint64_t)(uintptr_t)at - DIRECT_MAP;
}

bool vendor_has_timer(const struct vcpu *vcpu)
{
    (void)vcpu;
    return has_timer;
}

bool madt_ioapic_of(const struct boot_info *from, uint32_t gsi, uint64_t *address, uint32_t *pin)
{
    (void)from;
    *address = physical_of(ioapic);
    *pin = IOAPIC_PIN;
    return gsi == PIN;
}

int altp2m_host_unmap(struct altp2m_domain *d, uint64_t gfn, uint64_t nr)
{
    (void)d, (void)gfn, (void)nr;
    return 0;
}

void log_line(const char *format, ...)
{
    (void)format;
}

void machine_end(enum status status, const char *format, ...)
{
    (void)status, (void)format;
    abort();
}

bool kick_run_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                 void *argument)
{
    ran_on = vcpu;
    began_before = hpet[CONFIGURATION] || domain.bell.hpet;
    function(vcpu, argument);
    return true;
}

bool kick_takes_nmi(struct vcpu *vcpu)
{
    (void)vcpu;
    return kicked;
}

void kick_expect_more(struct vcpu *vcpu)
{
    (void)vcpu;
    more++;
    set_at_more = hpet[COMPARATOR];
}

/* The test's machine. */

static int setup(void **state)
{
    (void)state;
    memset(hpet, 0, sizeof(hpet));
    memset(ioapic, 0, sizeof(ioapic));
    hpet[CAPABILITIES_PERIOD] = TICK_FS;
    hpet[TIMER_PINS] = 1 << PIN;
    boot = (struct boot_info){.hpet = physical_of(hpet)};
    domain = (struct domain){
        .boot = &boot,
        .vcpus = {&vcpus[FIRST], &vcpus[SECOND]},
        .vcpu_count = 2,
        .cpus_outside = true,
    };
    for (unsigned int i = FIRST; i <= SECOND; i++)
        vcpus[i] = (struct vcpu){.domain = &domain, .altp2m = &altp2m[i], .apic_id = APIC_ID + i};
    domain.owner = &vcpus[FIRST];
    has_timer = kicked = began_before = false;
    more = 0;
    ran_on = NULL;
    return 0;
}

static void start(enum boot_bell asked)
{
    boot.options.bell = asked;
    bell_start(&domain);
}

/* So many ticks after the timer was set. */
static void let_pass(uint32_t ticks)
{
    hpet[COUNTER] = domain.bell.alarm.set + ticks;
}

static bool is_set_for(uint32_t counter)
{
    return hpet[COMPARATOR] == counter;
}

/* Who has a bell. */

static void a_timer_rings(void **state)
{
    (void)state;
    start(BOOT_BELL_AUTO);
    assert_int_equal(domain.bell.by, BELL_BY_TIMER);
    assert_int_equal(hpet[CONFIGURATION], 1);
    assert_true(is_set_for(PERIOD));
    assert_int_equal(ioapic[IOAPIC_WINDOW / 4], DELIVERY_NMI);
    assert_int_equal(more, 1); /* it may be due before it is set up */
}

/* VT-x's timer polls in time. So no NMI is a ring, whoever could ring. */
static void beside_a_vendors_timer_there_is_no_bell(void **state)
{
    static const enum boot_bell asked[] = {BOOT_BELL_AUTO, BOOT_BELL_HUB};

    (void)state;
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        setup(NULL);
        has_timer = true;
        start(asked[i]);
        assert_int_equal(domain.bell.by, BELL_BY_NONE);
        assert_null(domain.bell.hpet);
        assert_false(bell_takes_nmi(&vcpus[FIRST]));
    }
}

/* Whose an NMI is. */

static void the_hub_rings_for_the_first(void **state)
{
    (void)state;
    start(BOOT_BELL_HUB);
    assert_true(bell_takes_nmi(&vcpus[FIRST]));
    assert_true(vcpus[FIRST].rung && vcpus[FIRST].attention);
    assert_false(bell_takes_nmi(&vcpus[SECOND]));
    assert_false(vcpus[SECOND].rung);
}

/* A timer rings when it is due, or less than a 256th of a period early. */
static void an_early_nmi_is_the_guests(void **state)
{
    (void)state;
    start(BOOT_BELL_AUTO);
    more = 0;
    let_pass(PERIOD - PERIOD / 256 - 1);
    assert_false(bell_takes_nmi(&vcpus[FIRST]));
    assert_true(is_set_for(PERIOD));
    let_pass(PERIOD - PERIOD / 256);
    assert_true(bell_takes_nmi(&vcpus[FIRST]));
    assert_true(is_set_for(hpet[COUNTER] + PERIOD));
    assert_int_equal(more, 0);
    assert_false(bell_takes_nmi(&vcpus[FIRST]));
}

/* A ring and a kick may have come as one NMI, or come one after the other. */
static void a_kick_may_hide_a_ring(void **state)
{
    (void)state;
    start(BOOT_BELL_AUTO);
    more = 0;
    kicked = true;
    let_pass(PERIOD / 2);
    assert_true(bell_takes_nmi(&vcpus[FIRST]));
    assert_false(vcpus[FIRST].rung);
    let_pass(PERIOD);
    assert_true(bell_takes_nmi(&vcpus[FIRST]));
    assert_true(vcpus[FIRST].rung);
    assert_int_equal(more, 1);
}

/* While the guest has its APIC off, for one, a ring is lost. It may also be late: then it comes
 * after the timer was set anew. */
static void a_lost_ring_is_not_the_last(void **state)
{
    (void)state;
    start(BOOT_BELL_AUTO);
    more = 0;
    let_pass(2 * PERIOD - 1);
    bell_look(&vcpus[FIRST]);
    assert_true(is_set_for(PERIOD));
    let_pass(2 * PERIOD);
    bell_look(&vcpus[SECOND]);
    assert_true(is_set_for(PERIOD));
    assert_int_equal(more, 0);
    bell_look(&vcpus[FIRST]);
    assert_true(is_set_for(hpet[COUNTER] + PERIOD));
    assert_int_equal(more, 1);
    assert_int_equal(set_at_more, PERIOD); /* before: the NMI may come as the timer is set */
}

/* Another vCPU sets a timer of Xen's. The first one's NMI handler owns the HPET's timer, and so its
 * CPU starts it. */
static void the_first_cpu_starts_its_timer(void **state)
{
    (void)state;
    start(BOOT_BELL_HUB);
    assert_null(ran_on);
    domain.owner = &vcpus[SECOND];
    bell_keep_time(&domain);
    assert_ptr_equal(ran_on, &vcpus[FIRST]);
    assert_false(began_before);
    assert_int_equal(domain.bell.by, BELL_BY_HUB);
    assert_true(is_set_for(PERIOD));
    assert_int_equal(ioapic[IOAPIC_WINDOW / 4], DELIVERY_NMI);
    ran_on = NULL;
    bell_keep_time(&domain);
    assert_null(ran_on);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    static const struct CMUnitTest tests[] = {
        TEST(a_timer_rings),
        TEST(beside_a_vendors_timer_there_is_no_bell),
        TEST(the_hub_rings_for_the_first),
        TEST(an_early_nmi_is_the_guests),
        TEST(a_kick_may_hide_a_ring),
        TEST(a_lost_ring_is_not_the_last),
        TEST(the_first_cpu_starts_its_timer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
