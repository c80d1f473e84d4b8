/* SPDX-License-Identifier: BSD-2-Clause */
/* After a call that removes a right has returned, no CPU has that right any more. */
#include "reservation.h"
#include "shoot.h"
#include "smp.h"
#include "string.h"

#define BYTE_OFFSET 64
#define SLOTS       1024 /* a word for each CPU, in which it counts its writes */
#define ROUNDS      2000 /* divided by the number of CPUs */
#define ROUNDS_SLOW 200  /* where each read takes exits */

#define PAGE_P 0 /* the page that all read */
#define PAGE_Q 1 /* its page in another view */

#define SHOWS_P 0x51
#define SHOWS_Q 0x52
#define HOLE    0xff

/* How the others read: they stay in the view, or enter it for each read and leave again. */
static unsigned int place;
static bool hop;
static uint16_t access_taken;

static void fill(unsigned int page, uint8_t value)
{
    world_fill(page, value);
    probe_make_code((void *)(world.pages + page * PAGE_SIZE), value);
}

static void enter(void)
{
    if (!hop)
        vmfunc(0, place);
}

static void leave(void)
{
    vmfunc(0, 0);
}

static int read_byte(void)
{
    uint8_t value = 0;
    struct trap trap = probe_read(world.pages + BYTE_OFFSET, &value);

    return trap.vector == TRAP_NONE ? value : -trap.vector;
}

static volatile unsigned long *slot(unsigned int page, unsigned int cpu)
{
    return (volatile unsigned long *)(world.pages + page * PAGE_SIZE + SLOTS) + cpu;
}

static void count_write(void *argument)
{
    (void)argument;
    ++*slot(PAGE_P, cpu_number());
}

static int write_word(void)
{
    struct trap trap = trap_try(count_write, NULL);

    return trap.vector == TRAP_NONE ? 0 : -trap.vector;
}

static int execute(void)
{
    uint32_t value = 0;
    struct trap trap = probe_execute(world.pages, &value);

    return trap.vector == TRAP_NONE ? (int)value : -trap.vector;
}

static int (*const looks[ACCESS_KINDS])(void) = {read_byte, write_word, execute};
static enum access_kind kind;

/* VMFUNC back raises no exception, because view 0 is always visible here. */
static int look(void)
{
    struct trap trap = {.vector = TRAP_NONE};
    int seen;

    if (!hop)
        return looks[kind]();
    trap = probe_vmfunc(0, place);
    if (trap.vector != TRAP_NONE)
        return -trap.vector;
    seen = looks[kind]();
    vmfunc(0, 0);
    return seen;
}

static long take_access(void)
{
    return altp2m_set_access((uint16_t)place, world_gfn(PAGE_P), access_taken);
}

static long give_access(void)
{
    return altp2m_set_access((uint16_t)place, world_gfn(PAGE_P), XENMEM_access_rwx);
}

/* Every access except the one that the test looks for. */
static const uint16_t without[ACCESS_KINDS] = {
    [ACCESS_READ] = XENMEM_access_x,
    [ACCESS_WRITE] = XENMEM_access_rx,
    [ACCESS_EXECUTE] = XENMEM_access_rw,
};

static const int shown_given[ACCESS_KINDS] = {SHOWS_P, 0, SHOWS_P};

static void check_access(void)
{
    struct shot shot = {
        .take = take_access,
        .give = give_access,
        .look = look,
        .taken = -TRAP_VE,
        .enter = enter,
        .leave = leave,
        .rounds = smp_each(ROUNDS),
    };
    char name[48];

    altp2m_set_suppress_ve((uint16_t)place, world_gfn(PAGE_P), 0);
    for (kind = ACCESS_READ; kind < ACCESS_KINDS; kind++) {
        snprintf(name, sizeof(name), "view_%u.%s.access.%s", place, hop ? "hops" : "stays",
                 access_kind_name(kind));
        shot.name = name;
        shot.given = shown_given[kind];
        access_taken = without[kind];
        shoot(&shot);
    }
    altp2m_set_access((uint16_t)place, world_gfn(PAGE_P), XENMEM_access_rwx);
}

static long take_page(void)
{
    return altp2m_change_gfn((uint16_t)place, world_gfn(PAGE_P), world_gfn(PAGE_Q));
}

static long give_page(void)
{
    return altp2m_change_gfn((uint16_t)place, world_gfn(PAGE_P), GFN_NONE);
}

/*
 * After P's page was exchanged for Q, writes to P must not reach the old page. CPU 0 reads it from
 * view 0.
 */
static unsigned long written[CPUS_MAX];

static void note_writes(void)
{
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        written[cpu] = *slot(PAGE_P, cpu);
}

static unsigned long count_late_writes(void)
{
    unsigned long late = 0;

    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        late += *slot(PAGE_P, cpu) - written[cpu];
    return late;
}

static void check_remap(void)
{
    struct shot shot = {
        .take = take_page,
        .give = give_page,
        .look = look,
        .enter = enter,
        .leave = leave,
        .rounds = smp_each(ROUNDS),
    };
    char name[48];

    for (kind = ACCESS_READ; kind < ACCESS_KINDS; kind++) {
        bool writes = kind == ACCESS_WRITE;

        if (writes && place == 0)
            continue;
        snprintf(name, sizeof(name), "view_%u.%s.remap.%s", place, hop ? "hops" : "stays",
                 access_kind_name(kind));
        shot.name = name;
        shot.given = shown_given[kind];
        shot.taken = writes ? 0 : SHOWS_Q;
        shot.taken_now = writes ? note_writes : NULL;
        shot.judge = writes ? count_late_writes : NULL;
        shoot(&shot);
    }
}

static long take_frame(void)
{
    return reservation_give(world_gfn(PAGE_P)) == 1 ? 0 : -XEN_EFAULT;
}

static long give_frame(void)
{
    long given = reservation_take(world_gfn(PAGE_P));

    fill(PAGE_P, SHOWS_P);
    return given == 1 ? 0 : -XEN_EFAULT;
}

static void check_unmap(void)
{
    struct shot shot = {
        .take = take_frame,
        .give = give_frame,
        .look = look,
        .given = SHOWS_P,
        .taken = HOLE,
        .enter = enter,
        .leave = leave,
        .rounds = smp_each(ROUNDS_SLOW),
    };
    char name[48];

    kind = ACCESS_READ;
    snprintf(name, sizeof(name), "view_%u.%s.unmap.read", place, hop ? "hops" : "stays");
    shot.name = name;
    shoot(&shot);
}

/* So that no CPU is in the view about half the time. */
static int look_and_rest(void)
{
    int seen = look();

    for (volatile unsigned int i = 40 * cpus_count(); i > 0; i--) {
    }
    return seen;
}

/* The others pass through the view all the time: sometimes none is in it. */
static long take_view(void)
{
    long rc = -XEN_EBUSY;

    for (unsigned int i = 0; i < 100000 && rc == -XEN_EBUSY; i++)
        rc = altp2m_destroy((uint16_t)place);
    return rc;
}

static long give_view(void)
{
    uint16_t view;
    long rc = altp2m_create(XENMEM_access_rwx, &view);

    if (!rc && view != place)
        rc = -XEN_EINVAL;
    return rc ? rc : take_page();
}

static long hide_view(void)
{
    return altp2m_set_visibility((uint16_t)place, 0);
}

static long show_view(void)
{
    return altp2m_set_visibility((uint16_t)place, 1);
}

static long switch_away(void)
{
    return altp2m_switch(2);
}

static long switch_here(void)
{
    return altp2m_switch((uint16_t)place);
}

/* View 1 shows Q, and view 2 P. In these they differ from the views that come and go. */
static void check_whole_views(void)
{
    struct shot shot = {
        .look = look,
        .given = SHOWS_Q,
        .taken = -TRAP_UD,
        .enter = enter,
        .leave = leave,
        .rounds = smp_each(ROUNDS),
    };

    kind = ACCESS_READ;
    place = 1;
    hop = true;
    take_page();
    shot.name = "destroy";
    shot.take = take_view;
    shot.give = give_view;
    shot.look = look_and_rest;
    shoot(&shot);
    shot.look = look;
    shot.name = "hide";
    shot.take = hide_view;
    shot.give = show_view;
    shoot(&shot);
    hop = false;
    shot.name = "switch";
    shot.take = switch_away;
    shot.give = switch_here;
    shot.taken = SHOWS_P;
    shoot(&shot);
    altp2m_switch(0);
}

static const struct {
    unsigned int place;
    bool hop;
} stays[] = {{0, false}, {1, false}, {1, true}};

void area_revoke(void)
{
    if (cpus_count() < 2)
        return;
    smp_reset_with_notify();
    world_view(XENMEM_access_rwx);
    world_view(XENMEM_access_rwx);
    fill(PAGE_P, SHOWS_P);
    fill(PAGE_Q, SHOWS_Q);
    for (size_t i = 0; i < sizeof(stays) / sizeof(stays[0]); i++) {
        place = stays[i].place;
        hop = stays[i].hop;
        check_access();
        check_remap();
        check_unmap();
    }
    check_whole_views();
    altp2m_set_state(0);
}
