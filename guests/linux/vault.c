/* SPDX-License-Identifier: BSD-2-Clause */
#include "vault.h"

#include "system.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#define PRESENT  (UINT64_C(1) << 63) /* in /proc/PID/pagemap */
#define PFN_MASK ((UINT64_C(1) << 55) - 1)

#define POLL_NS 10000000

extern const uint8_t gate_door[], gate_door_end[], gate_inside[], gate_inside_end[];

static const char secret[] = "what only the vault may read; ";

/* The inside's computation. */
uint64_t vault_checksum(const uint8_t *page)
{
    const uint64_t *words = (const uint64_t *)page;
    uint64_t sum = 0;

    for (unsigned int i = 0; i < VAULT_PAGE_SIZE / sizeof(*words); i++) {
        sum = (sum << 5 | sum >> 59) ^ words[i];
    }
    return sum;
}

uint64_t vault_cross(const struct vault *v, uint64_t *interrupted)
{
    uint64_t sum, again;

    __asm__ volatile("call *%2"
                     : "=a"(sum), "=d"(again)
                     : "r"(v->pages)
                     : "rcx", "rsi", "r8", "cc", "memory");
    *interrupted += again;
    return sum;
}

static void copy(uint8_t *to, const uint8_t *from, const uint8_t *end)
{
    while (from < end) {
        *to++ = *from++;
    }
}

static void fill(struct vault *v)
{
    uint8_t *page = v->pages + VAULT_SECRET * VAULT_PAGE_SIZE;

    copy(v->pages, gate_door, gate_door_end);
    copy(v->pages + VAULT_INSIDE * VAULT_PAGE_SIZE, gate_inside, gate_inside_end);
    for (unsigned int i = 0; i < VAULT_PAGE_SIZE; i++) {
        page[i] = (uint8_t)secret[i % (sizeof(secret) - 1)];
    }
    v->checksum = vault_checksum(page);
}

/* The page frames of the program's pages, which root may read. */
static int find_gfns(struct vault *v)
{
    long file = system_call(SYS_open, (long)"/proc/self/pagemap", O_RDONLY, 0);
    long first = (long)((uintptr_t)v->pages / VAULT_PAGE_SIZE);

    if (system_call6(SYS_pread64, file, (long)v->gfns, sizeof(v->gfns),
                     first * (long)sizeof(v->gfns[0]), 0, 0) != sizeof(v->gfns)) {
        return -1;
    }
    for (unsigned int i = 0; i < VAULT_PAGES; i++) {
        if (!(v->gfns[i] & PRESENT)) {
            return -1;
        }
        v->gfns[i] &= PFN_MASK;
    }
    return 0;
}

/* Shared and locked: they stay the same pages, also for children. */
static int set_up(struct vault *v)
{
    long at = system_call6(SYS_mmap, 0, (long)VAULT_PAGES * VAULT_PAGE_SIZE,
                           PROT_READ | PROT_WRITE | PROT_EXEC,
                           MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

    if (at < 0) {
        return -1;
    }
    v->pages = (uint8_t *)at; /* NOLINT(performance-no-int-to-ptr): from the kernel */
    fill(v);
    return find_gfns(v);
}

static void put_page(const char *name, uint64_t gfn)
{
    put_text(name);
    put_hex(gfn);
}

static void introduce(const struct vault *v)
{
    put_page("vault: door=0x", v->gfns[VAULT_DOOR]);
    put_page(" inside=0x", v->gfns[VAULT_INSIDE]);
    put_page(" secret=0x", v->gfns[VAULT_SECRET]);
    put_page(" orders=0x", v->gfns[VAULT_ORDERS]);
    put_text("\n");
}

static void put_count(const char *what, unsigned int count)
{
    put_text(what);
    put_decimal(count);
}

/* The child's end: its signal, or its report. */
static void put_outcome(int status)
{
    static const char *const outcomes[] = {"succeeds", "reads zeros", "reads something else"};
    int signal = status & 0x7f;
    int8_t result = (int8_t)(status >> 8);

    if (signal) {
        put_count("signal ", (unsigned int)signal);
    } else if (result < 0) {
        put_count("error ", (unsigned int)-result);
    } else {
        put_text(outcomes[result % 3]);
    }
}

static void attempt(const struct vault *v, const struct try *t)
{
    int status = 0;
    long child = system_call(SYS_fork, 0, 0, 0);

    if (!child) {
        leave(t->function(v) & 0xff);
    }
    system_call6(SYS_wait4, child, (long)&status, 0, 0, 0, 0);
    put_text("vault: ");
    put_text(t->name);
    put_text(": ");
    put_outcome(status);
    put_text("\n");
}

/* A letter in the orders' page, which the monitor writes. */
static char next_order(const struct vault *v)
{
    static const struct timespec pause = {.tv_nsec = POLL_NS};
    volatile char *order = (volatile char *)(v->pages + VAULT_ORDERS * VAULT_PAGE_SIZE);
    char letter;

    while (!*order) {
        system_call(SYS_nanosleep, (long)&pause, 0, 0);
    }
    letter = *order;
    *order = 0;
    return letter;
}

static void obey(const struct vault *v, char order)
{
    for (unsigned int i = 0; i < try_count; i++) {
        if (tries[i].order == order) {
            attempt(v, &tries[i]);
            return;
        }
    }
    put_text("vault: no such order\n");
}

int program(char **arguments)
{
    struct vault v = {0};
    char order;

    (void)arguments;
    if (set_up(&v)) {
        put_text("vault: no pages, or /proc/self/pagemap does not tell which\n");
        return 1;
    }
    introduce(&v);
    while ((order = next_order(&v)) != 'q') {
        obey(&v, order);
    }
    return 0;
}
