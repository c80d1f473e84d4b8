/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: attacker WHERE OUTPUT SEED [ATTACK...]: make the guest of guests/hostile carry out all its
 * attacks, or the named ones, one after the other, and check after each that the hypervisor is
 * unchanged. OUTPUT: the file with the guest's output.
 */
#include "take_part.h"

#include "guests/hostile/names.h"
#include "tests/monitor/check.h"
#include "tests/monitor/guest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LIMIT_S           1200 /* for one attack, even on a busy machine */
#define LOOK_MS           20
#define LOOKS_A_REQUEST   10 /* checks of its end for each request */
#define LOOKS_AT_FAULTS   50 /* and for each check of faults */
#define EXIT_TRIPLE_FAULT 2
#define EXIT_CPUID        10
#define EXIT_VMCALL       18
#define REQUESTS          16   /* with replies while the guest floods the hypervisor with exits */
#define FLOOD_EXITS       1000 /* of a flood, at least; but a printed line may take its time */

/* How often a repeating attack repeats; ALTVIEW_PERCENT: that percentage of it. */
static const struct {
    const char *attack;
    uint64_t times;
} repeated[] = {
    {"random-hypercalls", 50000},
    {"calls-of-two-CPUs", 100000},
    {"INIT-and-start-ups", 200},
    {HOSTILE_VMFUNC, 100000},
    {HOSTILE_THREE_SIDES, 10000},
    {"NMIs-from-outside", 20000},
    {"NMIs", 20000},
    {"ballooning", 2000},
};

static struct guest guest;
static struct altview_hello first;
static char names[HOSTILE_ATTACKS_MAX][HOSTILE_NAME_SIZE];

static const char *named(const char *attack, const char *what)
{
    static char text[128];

    snprintf(text, sizeof(text), "%s: %s", attack, what);
    return text;
}

/* A vCPU that has triple-faulted stops, but the hypervisor still answers. Without this check the
 * wait would not end. */
static void check_runs(struct guest *g, const char *attack)
{
    if (guest_statistics(g).exits[EXIT_TRIPLE_FAULT]) {
        give_up(named(attack, "comes to an end"), "the guest's vCPU 0 has triple-faulted");
    }
}

static void check_answers(struct guest *g, const char *attack)
{
    struct altview_hello now;

    need(named(attack, "the control port answers meanwhile"), altview_hello(g->handle, &now));
}

/* The hypervisor must answer all the time. A mere read may bypass it (altview_read). */
static void wait_for(struct guest *g, const char *attack)
{
    time_t start = time(NULL);

    for (unsigned int looks = 1; !guest_is_done(g); looks++) {
        if (time(NULL) - start > LIMIT_S) {
            give_up(named(attack, "comes to an end"), "not after %d s", LIMIT_S);
        }
        if (looks % LOOKS_A_REQUEST == 0) {
            check_answers(g, attack);
        }
        if (looks % LOOKS_AT_FAULTS == 0) {
            check_runs(g, attack);
        }
        if (!take_part(g)) {
            sleep_ms(LOOK_MS);
        }
    }
}

static void check_hypervisor(struct guest *g, const char *attack)
{
    struct altview_hello now;
    struct altview_statistics statistics;

    need(named(attack, "the control port answers"), altview_hello(g->handle, &now));
    check_equal(named(attack, "the hypervisor's code and constants are unchanged"), first.image,
                now.image);
    check_equal(named(attack, "it is the same run"), first.instance, now.instance);
    need(named(attack, "statistics are read"), altview_statistics(g->handle, 0, &statistics));
    check_equal(named(attack, "no frame was broken"), 0, statistics.bad_frames);
}

static uint64_t calls_and_cpuids(const struct altview_statistics *statistics)
{
    return statistics->exits[EXIT_CPUID] + statistics->exits[EXIT_VMCALL];
}

/* A flood lasts until all requests have replies. If each request takes the guest out
 * (docs/design/amd-v.md, the bell), the guest makes few exits between two. */
static void ask_many(struct guest *g, const char *attack)
{
    struct altview_statistics before = guest_statistics(g), now;
    uint64_t least = strstr(attack, "console") ? 0 : FLOOD_EXITS;
    time_t start = time(NULL);
    unsigned int asked = 1;

    for (; asked < REQUESTS; asked++) { /* the shortest ones */
        check_answers(g, attack);
    }
    while (now = guest_statistics(g), calls_and_cpuids(&now) - calls_and_cpuids(&before) < least) {
        if (time(NULL) - start > LIMIT_S) {
            give_up(named(attack, "it is a flood"), "not after %d s", LIMIT_S);
        }
        asked++;
    }
    check(now.requests >= before.requests + asked, named(attack, "requests are answered"),
          "%" PRIu64 " of %u", now.requests - before.requests, asked);
    take_part_is_enough(g);
}

static uint64_t times_of(const char *attack)
{
    const char *asked = getenv("ALTVIEW_PERCENT");
    uint64_t percent = asked ? strtoull(asked, NULL, 10) : 100;

    for (size_t i = 0; i < sizeof(repeated) / sizeof(repeated[0]); i++) {
        if (!strncmp(attack, repeated[i].attack, strlen(repeated[i].attack))) { /* in a view, too */
            return repeated[i].times * percent / 100;
        }
    }
    return 0;
}

static void run_attack(struct guest *g, unsigned int number, const char *name, uint64_t seed)
{
    bool flood = strstr(name, "flood");
    time_t start = time(NULL);
    bool takes_part = take_part_in(g, name);

    guest_order(g, number, seed, !flood && !takes_part, times_of(name));
    if (flood) {
        ask_many(g, name);
    }
    wait_for(g, name);
    note("%s: %.0f s", name, difftime(time(NULL), start));
    take_part_ends(g);
    check_equal(named(name, "the guest sees nothing wrong"), 0, g->box.result);
    check_hypervisor(g, name);
}

/* Through views that the program makes, if the mode has views: one like view 0, and one that
 * forbids everything and lifts a restriction at the first touch. */
static void run_in_views(struct guest *g, unsigned int number, const char *name, uint64_t seed)
{
    static const unsigned int defaults[] = {ACCESS_RWX, ACCESS_N};
    char text[64];
    unsigned int view;

    if (altview_set_active(g->handle, true)) {
        return;
    }
    for (unsigned int i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        need("a view is created", altview_create_view(g->handle, defaults[i], &view));
        need("the guest is switched to it", altview_switch_to_view(g->handle, view));
        snprintf(text, sizeof(text), "%.40s in view %u", name, view);
        run_attack(g, number, text, seed);
        check_equal(named(text, "the guest is still there"), view, guest_view(g));
    }
    need("altp2m is turned off", altview_set_active(g->handle, false));
}

static bool goes_through_views(const char *name)
{
    return strstr(name, "own") || strstr(name, "tables") || strstr(name, "ballooning");
}

static bool is_wanted(const char *name, char **wanted)
{
    if (!*wanted) {
        return true;
    }
    for (; *wanted; wanted++) {
        if (!strcmp(*wanted, name)) {
            return true;
        }
    }
    return false;
}

static void read_names(struct guest *g)
{
    need("the attacks' names are read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, g->area, names, sizeof(names)));
}

int main(int argc, char **argv)
{
    struct guest *g = &guest;
    unsigned int count;
    uint64_t seed;

    if (argc < 4) {
        fputs("usage: attacker WHERE OUTPUT SEED [ATTACK...]\n", stderr);
        return 64;
    }
    check_story("hostile");
    seed = strtoull(argv[3], NULL, 0);
    guest_connect(g, argv[1], argv[2]);
    altview_set_timeout(g->handle, PATIENCE);
    need("hello", altview_hello(g->handle, &first));
    check(first.image != 0, "the hypervisor has a checksum", "it is 0");
    read_names(g);
    for (count = 0; names[count][0]; count++) {
        if (!is_wanted(names[count], argv + 4)) {
            continue;
        }
        run_attack(g, count, names[count], seed);
        if (goes_through_views(names[count])) {
            run_in_views(g, count, names[count], seed);
        }
    }
    check(count > 10, "there are attacks", "%u", count);
    guest_order(g, count, 0, 0, 0);
    altview_close(g->handle);
    return check_status();
}
