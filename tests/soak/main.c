/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: soak WHERE OUTPUT SECONDS SEED PAUSE FIRST PAGES: make, change and destroy views of a
 * working Linux at random, until Linux prints that it has been up for so many seconds. Then take
 * all views back, after which as many pages must be free as at the beginning. OUTPUT: the file with
 * the guest's output. FIRST, PAGES: gfns of the kernel's constants. Prints figures, one a line.
 */
#include "soak.h"

#include "control/exit_reason.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_EVERY 25     /* operations */
#define ANSWER_MS  120000 /* for an answer, even on a busy computer */
#define SHOWN      20     /* wrong answers to print */
#define RAM_PAGES  0x3f000
#define FIRST_PAGE 0x100 /* gfn: the start of RAM that Linux uses */

static struct soak soak;

uint64_t soak_random(struct soak *s, uint64_t limit)
{
    s->random ^= s->random >> 12;
    s->random ^= s->random << 25;
    s->random ^= s->random >> 27;
    return s->random * UINT64_C(0x2545f4914f6cdd1d) % limit;
}

bool soak_expect(struct soak *s, const char *what, int expected, int seen)
{
    if (expected == seen) {
        return true;
    }
    if (s->wrong++ < SHOWN) {
        fprintf(stderr, "%s: %d, not %d (%s)\n", what, seen, expected, altview_error());
    }
    return false;
}

void soak_give_up(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, altview_error());
    exit(1);
}

void soak_need(const char *what, int rc)
{
    if (rc) {
        soak_give_up(what);
    }
}

/* The sum over all vCPUs. */
static struct altview_statistics statistics(struct soak *s)
{
    struct altview_statistics all, one;

    soak_need("statistics", altview_statistics(s->handle, 0, &all));
    for (unsigned int i = 1; i < s->hello.vcpu_count; i++) {
        soak_need("statistics", altview_statistics(s->handle, i, &one));
        for (unsigned int j = 0; j < ALTVIEW_EXIT_REASONS; j++) {
            all.exits[j] += one.exits[j];
        }
    }
    return all;
}

static void print_pages(const char *when, const struct altview_statistics *now)
{
    printf("%s-free %" PRIu64 "\n", when, now->pool_free);
    printf("%s-base %" PRIu64 "\n", when, now->base_pages);
    printf("%s-views %" PRIu64 "\n", when, now->view_pages);
}

static void print_exits(const struct altview_statistics *before,
                        const struct altview_statistics *after)
{
    for (unsigned int i = 0; i < ALTVIEW_EXIT_REASONS; i++) {
        uint64_t count = after->exits[i] - before->exits[i];

        if (count) {
            printf("exit %u %" PRIu64 " %s\n", i, count, exit_reason_name(i));
        }
    }
}

/* The guest's new output. The next call reads an incomplete line again. */
static void follow(struct soak *s)
{
    char line[256];
    long at = ftell(s->output);

    clearerr(s->output);
    while (fgets(line, sizeof(line), s->output) && strchr(line, '\n')) {
        double uptime;

        if (sscanf(line, "hash: round %*u at %lf s", &uptime) == 1) {
            s->uptime = uptime;
        }
        at = ftell(s->output);
    }
    fseek(s->output, at, SEEK_SET);
}

static void start(struct soak *s, char **arguments)
{
    soak_need(arguments[1], altview_open(arguments[1], 0, &s->handle));
    altview_set_timeout(s->handle, ANSWER_MS);
    soak_need("hello", altview_hello(s->handle, &s->hello));
    s->output = fopen(arguments[2], "r");
    if (!s->output) {
        perror(arguments[2]);
        exit(1);
    }
    s->random = strtoull(arguments[4], NULL, 0) | 1;
    copies_make(s, strtoull(arguments[6], NULL, 0), strtoull(arguments[7], NULL, 0));
    for (unsigned int i = 0; i < SOAK_GFNS; i++) {
        s->gfns[i] = FIRST_PAGE + soak_random(s, RAM_PAGES - FIRST_PAGE);
    }
}

static void sleep_ms(unsigned long milliseconds)
{
    struct timespec time = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};

    nanosleep(&time, NULL);
}

static void work(struct soak *s, double seconds, unsigned long pause)
{
    uint64_t done = 0;

    soak_need("on", altview_set_active(s->handle, true));
    s->views[0] = (struct soak_view){.live = true, .wide = true};
    while (s->uptime < seconds) {
        operation_any(s);
        if (++done % LOOK_EVERY == 0) {
            operation_make_room(s);
            sleep_ms(pause);
            follow(s);
        }
    }
    printf("operations %" PRIu64 "\n", done);
    printf("uptime %.0f\n", s->uptime);
}

int main(int argc, char **argv)
{
    struct altview_statistics before, cleared, after;

    if (argc != 8) {
        fputs("usage: soak WHERE OUTPUT SECONDS SEED PAUSE FIRST PAGES\n", stderr);
        return 64;
    }
    start(&soak, argv);
    before = statistics(&soak);
    work(&soak, strtod(argv[3], NULL), strtoul(argv[5], NULL, 0));
    operation_clear(&soak);
    cleared = statistics(&soak);
    soak_need("off", altview_set_active(soak.handle, false));
    after = statistics(&soak);
    copies_check(&soak);
    print_pages("before", &before);
    print_pages("cleared", &cleared);
    print_pages("after", &after);
    print_exits(&before, &after);
    operation_print();
    printf("policy-lifts %" PRIu64 "\n", after.policy_lifts - before.policy_lifts);
    printf("policy-steps %" PRIu64 "\n", after.policy_steps - before.policy_steps);
    printf("bad-frames %" PRIu64 "\n", after.bad_frames);
    printf("created %" PRIu64 "\ndestroyed %" PRIu64 "\n", soak.created, soak.destroyed);
    printf("wrong %" PRIu64 "\n", soak.wrong);
    altview_close(soak.handle);
    return soak.wrong != 0;
}
