/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CPU gives pages back and takes them again, while the other reads, writes and executes the gfn
 * at which this happens, at a random moment of each call. A page that the guest gets must be empty
 * at once, and must come from the hypervisor's set. The other CPU's writes into it must not decide
 * which page comes next.
 */
#include "cpus/several.h"
#include "hostile.h"
#include "reservation.h"

#define SPREAD_BITS 14 /* the other CPU waits at most this many turns: a call's length, and more */
#define TURNS       4
#define WORDS       (PAGE_SIZE / 8)
#define CODE_AT     1024 /* in a page: a function that returns SECRET */
#define SECRET      0x5ec2e75
#define NOWHERE     (UINT64_C(1) << 63) /* not canonical */

/* Two pages of RAM that only CPU 0 uses, a hole at times that both use, and one left alone. */
#define FIRST_GFN     (VICTIM_GFN + 64)
#define SECOND_GFN    (VICTIM_GFN + 66)
#define CONTESTED_GFN (VICTIM_GFN + 68)
#define BYSTANDER_GFN (VICTIM_GFN + 70)

static volatile uint64_t *page_at(uint64_t gfn)
{
    return (volatile uint64_t *)(gfn * PAGE_SIZE);
}

/* CPU 1's findings, and its orders: the number of the next call. */
static unsigned long leaks, touches, call_number, quit;
static unsigned long refused, wrong;

static void fill(uint64_t gfn)
{
    volatile uint64_t *page = page_at(gfn);

    for (unsigned int i = 0; i < WORDS; i++)
        page[i] = SECRET;
    probe_make_code((uint8_t *)page + CODE_AT, SECRET);
}

static unsigned long words_not(uint64_t gfn, unsigned int first, uint64_t value)
{
    unsigned long count = 0;

    for (unsigned int i = first; i < WORDS; i++)
        count += page_at(gfn)[i] != value;
    return count;
}

/* CPU 1. */

/* An empty page is `add %al, (%rax)`, which ends at once: RAX leads nowhere. */
static void call_code(void *value)
{
    uint64_t ax = NOWHERE;

    __asm__ volatile("call *%1"
                     : "+a"(ax)
                     : "r"((uintptr_t)page_at(CONTESTED_GFN) + CODE_AT)
                     : "memory", "cc");
    *(uint64_t *)value = ax;
}

static void execute(void)
{
    uint64_t value = 0;

    trap_try(call_code, &value);
    leaks += value == SECRET;
}

/* A list through the pages themselves would go on at the bystander's. */
static void write(void)
{
    page_at(CONTESTED_GFN)[0] = BYSTANDER_GFN;
}

static void read(struct random *dice)
{
    leaks += page_at(CONTESTED_GFN)[1 + random_below(dice, CODE_AT / 8 - 1)] == SECRET;
}

static void touch(struct random *dice)
{
    switch (random_below(dice, 4)) {
    case 0:
        execute();
        break;
    case 1:
        read(dice);
        break;
    default:
        write();
        break;
    }
    shared_add(&touches, 1);
}

static void use_meanwhile(void *unused)
{
    struct random dice = {box->arguments[0] | 1};
    unsigned long seen = shared_read(&call_number), now;

    (void)unused;
    while (!shared_read(&quit)) {
        now = shared_read(&call_number);
        if (now == seen) {
            cpu_relax();
            continue;
        }
        seen = now;
        for (uint64_t n = random_below(&dice, 1U << random_below(&dice, SPREAD_BITS)); n; n--)
            cpu_relax();
        for (unsigned int i = 0; i < TURNS; i++)
            touch(&dice);
    }
}

/* CPU 0. */

/* 1, or -EPERM where a view restricts the gfn for the guest: then nothing has changed. */
static bool change(unsigned int command, uint64_t gfn)
{
    long done;

    shared_add(&call_number, 1);
    done = reservation_change(command, gfn, 0, DOMID_SELF);
    refused += done == -XEN_EPERM;
    wrong += done != 1 && done != -XEN_EPERM;
    return done == 1;
}

static void give(uint64_t gfn)
{
    change(XENMEM_decrease_reservation, gfn);
}

/* The page that comes is empty, except for CPU 1's writes since. */
static void take(uint64_t gfn)
{
    if (change(XENMEM_populate_physmap, gfn))
        wrong += words_not(gfn, gfn == CONTESTED_GFN, 0) != 0;
}

static void play(void)
{
    fill(FIRST_GFN);
    fill(SECOND_GFN);
    give(SECOND_GFN);
    give(FIRST_GFN);
    take(CONTESTED_GFN);
    take(FIRST_GFN);
    fill(FIRST_GFN);
    give(CONTESTED_GFN);
    take(SECOND_GFN);
    wrong += words_not(FIRST_GFN, 0, SECRET) > 1; /* the code */
    wrong += words_not(BYSTANDER_GFN, 0, BYSTANDER_GFN) != 0;
}

static void begin(void)
{
    for (unsigned int i = 0; i < WORDS; i++)
        page_at(BYSTANDER_GFN)[i] = BYSTANDER_GFN;
    leaks = touches = quit = refused = wrong = 0;
    give(CONTESTED_GFN);
    if (several())
        cpu_run(1, use_meanwhile, NULL);
}

static void end(void)
{
    shared_write(&quit, 1);
    if (several())
        several_wait();
    take(CONTESTED_GFN);
}

/* Argument 2: how often to play. */
void attack_ballooning(void)
{
    begin();
    for (uint64_t i = 0; i < box->arguments[2] && !wrong; i++)
        play();
    end();
    printf("%lu touches of CPU 1, %lu calls refused\n", touches, refused);
    check_value("old_content_shows", 0, leaks);
    check_value("wrong", 0, wrong);
    check_true("the_other_cpu_takes_part", !several() || touches > 0);
}
