/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which code writes to a page? An introspection tool by libaltview: it puts the guest into a view
 * in which the page can't be written, gets an event for each write, notes where the write came
 * from, and lets it through. docs/how-to/examples.md explains it.
 * usage: writers WHERE GFN [WRITES]    WHERE: a run; WRITES: how many to count (default 200)
 */
#include <altview/altview.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ACCESS_RX  5 /* xenmem_access_t */
#define ACCESS_RWX 7
#define WRITERS    64    /* places that it can tell apart */
#define PATIENCE   10000 /* ms without a write */

struct writer {
    uint64_t rip;
    unsigned long writes;
};

struct tally {
    struct writer writers[WRITERS];
    size_t count;
    unsigned long total;
};

static int failed(const char *what)
{
    fprintf(stderr, "writers: %s: %s\n", what, altview_error());
    return 1;
}

/* The page can be read and executed in a view of its own, and the guest is there. The connection
 * owns all that: altview takes it back when this program ends, however it ends. */
static int set_trap(altview *guest, uint64_t gfn)
{
    unsigned int view;

    if (altview_bind(guest)) {
        return failed("bind");
    }
    if (altview_set_active(guest, true) || altview_create_view(guest, ACCESS_RWX, &view)) {
        return failed("make a view");
    }
    if (altview_set_access(guest, view, gfn, 1, ACCESS_RX)) {
        return failed("close the page");
    }
    if (altview_listen(guest, &(struct altview_listen){.sync = 1U << ALTVIEW_EVENT_MEM_ACCESS})) {
        return failed("listen");
    }
    return altview_switch_to_view(guest, view) ? failed("switch") : 0;
}

static void note(struct tally *tally, uint64_t rip)
{
    size_t i = 0;

    while (i < tally->count && tally->writers[i].rip != rip) {
        i++;
    }
    if (i == WRITERS) {
        return;
    }
    if (i == tally->count) {
        tally->writers[tally->count++].rip = rip;
    }
    tally->writers[i].writes++;
}

/* The vCPU waits for the answer: one instruction in view 0, which has the page as it was. */
static int let_through(altview *guest, const struct altview_event *event)
{
    return altview_answer(guest, &(struct altview_answer){.event = event->id,
                                                          .vcpu = event->vcpu,
                                                          .actions = ALTVIEW_ANSWER_STEP,
                                                          .view = 0});
}

static int count(altview *guest, struct tally *tally, unsigned long most)
{
    struct altview_event event;

    while (tally->total < most) {
        if (altview_next_event(guest, &event, PATIENCE)) {
            return failed("wait for a write");
        }
        if (!(event.flags & ALTVIEW_EVENT_SYNC)) {
            continue;
        }
        tally->total++;
        note(tally, event.general.rip);
        if (let_through(guest, &event)) {
            return failed("answer");
        }
    }
    return 0;
}

static int by_writes(const void *a, const void *b)
{
    const struct writer *first = a, *second = b;

    return (first->writes < second->writes) - (first->writes > second->writes);
}

static void show(struct tally *tally)
{
    qsort(tally->writers, tally->count, sizeof(tally->writers[0]), by_writes);
    for (size_t i = 0; i < tally->count; i++) {
        printf("%#" PRIx64 "  %lu\n", tally->writers[i].rip, tally->writers[i].writes);
    }
}

int main(int argc, char **argv)
{
    struct tally tally = {.total = 0};
    altview *guest;
    int status;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: writers WHERE GFN [WRITES]\n");
        return 64;
    }
    if (altview_open(argv[1], 0, &guest)) {
        return failed(argv[1]);
    }
    status = set_trap(guest, strtoull(argv[2], NULL, 0));
    if (!status) {
        status = count(guest, &tally, argc > 3 ? strtoul(argv[3], NULL, 0) : 200);
    }
    altview_close(guest);
    show(&tally);
    return status;
}
