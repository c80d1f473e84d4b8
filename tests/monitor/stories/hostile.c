/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients that break the rules, and another client that works at the same time: the guest, the
 * views and that client notice nothing. */
#include "attacks.h"
#include "check.h"
#include "event.h"
#include "raw.h"
#include "stories.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE 0x900d
#define MANY  40 /* more connections than the run serves at a time */

static const char *named(const char *name, const char *what)
{
    static char text[128];

    snprintf(text, sizeof(text), "%s: %s", name, what);
    return text;
}

/* The state that must not change: all views, except their counts of refused accesses. */
struct views {
    struct altview_view *list;
    size_t count;
};

static struct views views_now(struct guest *g)
{
    struct views views;

    need("views are listed", altview_views(g->handle, &views.list, &views.count));
    for (size_t i = 0; i < views.count; i++) {
        views.list[i].violations = 0;
    }
    return views;
}

static void check_unharmed(struct guest *g, const char *name, const struct views *before)
{
    struct views now = views_now(g);

    guest_do(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    guest_check_result(g, named(name, "the guest goes on"), VALUE);
    check(now.count == before->count &&
              !memcmp(now.list, before->list, now.count * sizeof(*now.list)),
          named(name, "views stay as they were"), "they differ");
    check_equal(named(name, "the vCPU is neither paused nor waits"), 0, guest_vcpu(g).flags);
    free(now.list);
}

struct attacker {
    const struct attack *attack;
    const char *where;
};

static void *run_attack(void *argument)
{
    const struct attacker *attacker = argument;

    attacker->attack->run(attacker->where);
    return NULL;
}

/* The other client works meanwhile. */
static void check_attack(struct guest *g, const struct attack *attack, const struct views *before)
{
    struct attacker attacker = {attack, g->where};
    pthread_t thread;

    pthread_create(&thread, NULL, run_attack, &attacker);
    for (unsigned int i = 0; i < 10; i++) {
        guest_do(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    }
    check_equal(named(attack->name, "another client works meanwhile"), VALUE, g->box.result);
    pthread_join(thread, NULL);
    check_unharmed(g, attack->name, before);
}

static bool is_asked(struct guest *g)
{
    return guest_vcpu(g).event != 0;
}

/* Listens, gets an event, and goes instead of answering. */
static void check_gone_while_asked(struct guest *g, unsigned int view, const struct views *before)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .timeout_ms = 3600000};
    int fd = raw_open(g->where);

    event_listen(g, 0, 0);
    raw_request(fd, ALTVIEW_LISTEN, 1, &listen, sizeof(listen));
    check_answer("gone while asked: it listens", 0, raw_reply(fd, 1));
    check_answer("gone while asked: one at a time may be asked", -EBUSY,
                 altview_listen(g->handle, &listen));
    guest_put(g, guest_address(g, 1), VALUE);
    guest_order(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    guest_wait_until(g, is_asked, "gone while asked: it is asked");
    check(!guest_is_done(g), "gone while asked: the guest waits", "it does not");
    close(fd);
    guest_check_trap(g, "gone while asked: the guest goes on, with a #GP", VECTOR_GP);
    check_equal("gone while asked: the page stays closed", ACCESS_N, guest_access(g, view, 1));
    check_unharmed(g, "gone while asked", before);
}

static bool is_free(struct guest *g)
{
    return guest_vcpu(g).flags == 0;
}

/* A client's pauses and single steps end with it. */
static void check_gone_while_paused(struct guest *g, const struct views *before)
{
    const struct altview_which_vcpu vcpu = {0};
    const struct altview_single_step step = {.enable = 1};
    int fd = raw_open(g->where);

    for (uint32_t i = 0; i < 3; i++) {
        raw_request(fd, ALTVIEW_PAUSE, i, &vcpu, sizeof(vcpu));
    }
    raw_request(fd, ALTVIEW_SINGLE_STEP, 3, &step, sizeof(step));
    check_answer("gone while it paused the guest: it did", 0, raw_reply(fd, 3));
    check_equal("gone while it paused the guest: paused and stepping",
                ALTVIEW_VCPU_PAUSED | ALTVIEW_VCPU_STEPPING, guest_vcpu(g).flags);
    close(fd);
    guest_wait_until(g, is_free, "gone while it paused the guest: its pauses and steps end");
    check_unharmed(g, "gone while it paused the guest", before);
}

static void check_crowd(struct guest *g, const struct views *before)
{
    int fds[MANY];

    for (unsigned int i = 0; i < MANY; i++) {
        fds[i] = raw_open(g->where);
    }
    check_unharmed(g, "a crowd", before);
    for (unsigned int i = 0; i < MANY; i++) {
        close(fds[i]);
    }
    check_unharmed(g, "a crowd that goes", before);
}

void story_hostile(struct guest *g)
{
    unsigned int view = guest_new_view(g);
    struct views before;

    guest_put(g, guest_address(g, 0), VALUE);
    guest_restrict(g, view, 1, ACCESS_N);
    need("a page is remapped", altview_remap(g->handle, view, guest_gfn(g, 2), guest_gfn(g, 3)));
    before = views_now(g);
    for (unsigned int i = 0; i < attack_count; i++) {
        check_attack(g, &attacks[i], &before);
    }
    check_gone_while_asked(g, view, &before);
    check_gone_while_paused(g, &before);
    check_crowd(g, &before);
    free(before.list);
}
