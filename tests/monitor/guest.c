/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include "check.h"
#include "event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL 5 /* milliseconds */

void sleep_ms(unsigned int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

    nanosleep(&time, NULL);
}

static void read_box(struct guest *g)
{
    need("the mailbox is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, g->mailbox, &g->box, sizeof(g->box)));
}

static uint64_t mailbox_in(const char *output)
{
    FILE *file = fopen(output, "r");
    uint64_t address, found = 0;
    char line[256], end; /* of the line: the line must be complete */

    while (file && !found && fgets(line, sizeof(line), file)) {
        if (sscanf(line, "mailbox: %" SCNx64 "%c", &address, &end) == 2) {
            found = address;
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}

static uint64_t wait_for_mailbox(const char *output)
{
    for (unsigned int waited = 0; waited < PATIENCE; waited += POLL) {
        uint64_t address = mailbox_in(output);

        if (address) {
            return address;
        }
        sleep_ms(POLL);
    }
    give_up("the guest tells where its mailbox is", "%s lacks that line", output);
}

void guest_connect(struct guest *g, const char *where, const char *output)
{
    *g = (struct guest){.where = where, .mailbox = wait_for_mailbox(output)};
    need("connected", altview_open(where, 0, &g->handle));
    read_box(g);
    g->area = g->box.area;
    if (!g->area || g->area % PAGE_SIZE) {
        give_up("the mailbox is there", "%#" PRIx64 " does not look like it", g->mailbox);
    }
}

void guest_open(struct guest *g, const char *where, const char *output)
{
    guest_connect(g, where, output);
    need("altp2m is turned on", altview_set_active(g->handle, true));
}

uint64_t guest_address(const struct guest *g, unsigned int page)
{
    return g->area + (uint64_t)page * PAGE_SIZE;
}

uint64_t guest_gfn(const struct guest *g, unsigned int page)
{
    return guest_address(g, page) / PAGE_SIZE;
}

/* In the order that the guest expects: first the order's contents, then the sign that there is
 * one. */
void guest_order(struct guest *g, enum mailbox_command command, uint64_t a, uint64_t b, uint64_t c)
{
    struct mailbox *box = &g->box;
    const size_t from = offsetof(struct mailbox, command);
    const size_t to = offsetof(struct mailbox, result);

    box->command = command;
    box->arguments[0] = a;
    box->arguments[1] = b;
    box->arguments[2] = c;
    box->order++;
    need("an order's arguments are written",
         altview_write(g->handle, ALTVIEW_NO_VIEW, g->mailbox + from, (uint8_t *)box + from,
                       to - from));
    need("an order is written",
         altview_write(g->handle, ALTVIEW_NO_VIEW, g->mailbox, &box->order, sizeof(box->order)));
}

bool guest_is_done(struct guest *g)
{
    uint32_t order = g->box.order, done;

    need("the mailbox is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, g->mailbox + offsetof(struct mailbox, done),
                      &done, sizeof(done)));
    if (done != order) {
        return false;
    }
    read_box(g);
    return true;
}

void guest_wait_until(struct guest *g, bool (*holds)(struct guest *), const char *what)
{
    for (unsigned int waited = 0; waited < PATIENCE; waited += POLL) {
        if (holds(g)) {
            return;
        }
        sleep_ms(POLL);
    }
    give_up(what, "not within %u s; the last order was %u", PATIENCE / 1000, g->box.command);
}

void guest_wait(struct guest *g)
{
    guest_wait_until(g, guest_is_done, "the guest carries out its order");
}

void guest_do(struct guest *g, enum mailbox_command command, uint64_t a, uint64_t b, uint64_t c)
{
    guest_order(g, command, a, b, c);
    guest_wait(g);
}

void guest_expect_bytes(struct guest *g, uint64_t address, const void *bytes, size_t size)
{
    memcpy(g->expected + (address - g->area), bytes, size);
}

void guest_expect(struct guest *g, uint64_t address, uint64_t value)
{
    guest_expect_bytes(g, address, &value, sizeof(value));
}

void guest_put_bytes(struct guest *g, uint64_t address, const void *bytes, size_t size)
{
    need("guest memory is written",
         altview_write(g->handle, ALTVIEW_NO_VIEW, address, bytes, size));
    guest_expect_bytes(g, address, bytes, size);
}

void guest_put(struct guest *g, uint64_t address, uint64_t value)
{
    guest_put_bytes(g, address, &value, sizeof(value));
}

void guest_check_result(struct guest *g, const char *what, uint64_t expected)
{
    guest_wait(g);
    if (g->box.vector == MAILBOX_NO_TRAP) {
        check_equal(what, expected, g->box.result);
    } else {
        check(false, what, "exception %d", g->box.vector);
    }
}

void guest_check_trap(struct guest *g, const char *what, int vector)
{
    guest_wait(g);
    check_equal(what, (uint32_t)vector, (uint32_t)g->box.vector);
}

struct altview_vcpu guest_vcpu(struct guest *g)
{
    struct altview_vcpu *list, vcpu;
    size_t count;

    need("vCPUs are listed", altview_vcpus(g->handle, &list, &count));
    if (!count) {
        give_up("there is a vCPU", "there is none");
    }
    vcpu = list[0];
    free(list);
    return vcpu;
}

unsigned int guest_view(struct guest *g)
{
    return guest_vcpu(g).view;
}

unsigned int guest_access(struct guest *g, unsigned int view, unsigned int page)
{
    unsigned int access;

    need("an access is read", altview_get_access(g->handle, view, guest_gfn(g, page), &access));
    return access;
}

unsigned int guest_new_view(struct guest *g)
{
    unsigned int view;

    need("a view is created", altview_create_view(g->handle, ACCESS_RWX, &view));
    need("the guest is switched to it", altview_switch_to_view(g->handle, view));
    return view;
}

void guest_restrict(struct guest *g, unsigned int view, unsigned int page, enum access access)
{
    need("a page is restricted",
         altview_set_access(g->handle, view, guest_gfn(g, page), 1, access));
}

struct altview_view guest_describe(struct guest *g, unsigned int view)
{
    struct altview_view *list, found = {.view = ALTVIEW_NO_VIEW};
    size_t count;

    need("views are listed", altview_views(g->handle, &list, &count));
    for (size_t i = 0; i < count; i++) {
        if (list[i].view == view) {
            found = list[i];
        }
    }
    free(list);
    if (found.view != view) {
        give_up("a live view is listed", "view %u is missing", view);
    }
    return found;
}

struct altview_statistics guest_statistics(struct guest *g)
{
    struct altview_statistics statistics;

    need("statistics are read", altview_statistics(g->handle, 0, &statistics));
    return statistics;
}

void guest_check_memory(struct guest *g)
{
    event_listen(g, 0, 0);
    need("altp2m is turned off", altview_set_active(g->handle, false));
    guest_do(g, MAILBOX_CHECKSUM, g->area, sizeof(g->expected), 0);
    guest_check_result(g, "the guest's memory holds what it should",
                       mailbox_checksum(g->expected, sizeof(g->expected)));
}

void guest_end(struct guest *g, unsigned int reason)
{
    struct altview_event event;

    event_listen(g, 0, 1U << ALTVIEW_EVENT_SHUTDOWN);
    guest_order(g, MAILBOX_END, reason, g->area, 0);
    event = event_next(g);
    check_equal("the end is told: type", ALTVIEW_EVENT_SHUTDOWN, event.type);
    check_equal("the end is told: status", reason, event.status);
    altview_close(g->handle);
}
