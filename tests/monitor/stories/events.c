/* SPDX-License-Identifier: BSD-2-Clause */
/* Each kind of refused access, and all fields of its event. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <stdio.h>
#include <string.h>

#define RIGHT_R 1
#define RIGHT_W 2
#define RIGHT_X 4

#define RSI 6
#define RDI 7

static const uint8_t read_code[] = {MAILBOX_READ_CODE}, write_code[] = {MAILBOX_WRITE_CODE};
static const uint8_t function[] = {0xb8, 0x44, 0x33, 0x22, 0x11, 0xc3}; /* returns 0x11223344 */

static const struct row {
    const char *name;
    enum mailbox_command command;
    enum access access;
    unsigned int offset; /* the access's offset in its page */
    uint8_t wants;
    unsigned int address_register;
    const uint8_t *code; /* at RIP */
    uint8_t code_size;
} rows[] = {
    {"read of an n page", MAILBOX_READ, ACCESS_N, 0x128, RIGHT_R, RSI, read_code, 3},
    {"read of an x page", MAILBOX_READ, ACCESS_X, 0xff8, RIGHT_R, RSI, read_code, 3},
    {"write to an n page", MAILBOX_WRITE, ACCESS_N, 0x010, RIGHT_W, RDI, write_code, 3},
    {"write to an r page", MAILBOX_WRITE, ACCESS_R, 0x001, RIGHT_W, RDI, write_code, 3},
    {"write to an rx page", MAILBOX_WRITE, ACCESS_RX, 0x000, RIGHT_W, RDI, write_code, 3},
    {"fetch from an r page", MAILBOX_CALL, ACCESS_R, 0x400, RIGHT_X, 0, function, 6},
    {"fetch from an rw page", MAILBOX_CALL, ACCESS_RW, 0x800, RIGHT_X, 0, function, 6},
    {"fetch from an n page", MAILBOX_CALL, ACCESS_N, 0x800, RIGHT_X, 0, function, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *named(const struct row *row, const char *what)
{
    static char text[128];

    snprintf(text, sizeof(text), "%s: %s", row->name, what);
    return text;
}

static void check_place(const struct row *row, const struct altview_event *event, uint64_t address)
{
    check_equal(named(row, "gfn"), address / PAGE_SIZE, event->gfn);
    check_equal(named(row, "offset"), row->offset, event->offset);
    check_equal(named(row, "flags"), ALTVIEW_EVENT_SYNC | ALTVIEW_EVENT_GLA, event->flags);
    check_equal(named(row, "gla"), address, event->gla);
    check_equal(named(row, "access of the page"), row->access, event->access);
    check_equal(named(row, "rights it wanted"), row->wants, event->wants);
}

static void check_code(const struct row *row, const struct altview_event *event, uint64_t address)
{
    check_equal(named(row, "code is 64-bit"), 64, event->code_bits);
    check(event->instruction_size >= row->code_size &&
              !memcmp(event->instruction, row->code, row->code_size),
          named(row, "instruction"), "%u bytes, %02x %02x %02x", event->instruction_size,
          event->instruction[0], event->instruction[1], event->instruction[2]);
    if (row->wants == RIGHT_X) {
        check_equal(named(row, "RIP"), address, event->general.rip);
        check(row->code_size || !event->instruction_size,
              named(row, "no code from a page that can't be read"), "%u bytes",
              event->instruction_size);
    } else {
        check_equal(named(row, "address register"), address,
                    event->general.gpr[row->address_register]);
    }
}

static void check_vcpu(struct guest *g, const struct row *row, const struct altview_event *event)
{
    struct altview_registers registers;
    struct altview_vcpu vcpu = guest_vcpu(g);

    need("registers are read", altview_get_registers(g->handle, 0, &registers));
    check(!memcmp(&registers.general, &event->general, sizeof(registers.general)) &&
              registers.cr3 == event->cr3,
          named(row, "registers"), "they differ from those one can ask for");
    check_equal(named(row, "the vCPU waits on it"), event->id, vcpu.event);
    check_equal(named(row, "the vCPU is listed as waiting"), ALTVIEW_VCPU_WAITING, vcpu.flags);
}

/* The monitor grants the access, and answers "go on". */
static void run_row(struct guest *g, const struct row *row, unsigned int view, unsigned int page)
{
    static uint64_t last_id;
    uint64_t address = guest_address(g, page) + row->offset;
    struct altview_event event;

    if (row->wants == RIGHT_X) {
        guest_put_bytes(g, address, function, sizeof(function));
    } else if (row->wants == RIGHT_R) {
        guest_put(g, address, 0x1000 + page);
    } else {
        guest_expect(g, address, 0x2000 + page);
    }
    guest_restrict(g, view, page, row->access);
    guest_order(g, row->command, address, 0x2000 + page, 0);
    event = event_refused(g);
    check(event.id > last_id, named(row, "a number of its own"), "%lu follows %lu",
          (unsigned long)event.id, (unsigned long)last_id);
    last_id = event.id;
    check_equal(named(row, "view"), view, event.view);
    check_place(row, &event, address);
    check_code(row, &event, address);
    check_vcpu(g, row, &event);
    guest_restrict(g, view, page, ACCESS_RWX);
    event_reply(g, &event, 0);
    guest_check_result(g, named(row, "goes on once the monitor has allowed it"),
                       row->wants == RIGHT_X   ? 0x11223344
                       : row->wants == RIGHT_R ? 0x1000 + page
                                               : 0);
}

/* A listener for brief events still gets the place and the kind. */
static void check_brief(struct guest *g, unsigned int view)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .flags = ALTVIEW_LISTEN_BRIEF};
    struct altview_event event;

    need("the monitor listens", altview_listen(g->handle, &listen));
    guest_restrict(g, view, 0, ACCESS_N);
    guest_order(g, MAILBOX_READ, guest_address(g, 0) + 8, 0, 0);
    event = event_refused(g);
    check_equal("brief: gfn", guest_gfn(g, 0), event.gfn);
    check_equal("brief: offset", 8, event.offset);
    check_equal("brief: no instruction", 0, event.instruction[0]);
    check_equal("brief: no registers", 0, event.general.rip);
    guest_restrict(g, view, 0, ACCESS_RWX);
    event_reply(g, &event, 0);
    guest_wait(g);
}

/* A listener that only watches does not stop the guest, and decides nothing. */
static void check_report(struct guest *g, unsigned int view)
{
    struct altview_event event;

    event_listen(g, 0, EVENT(MEM_ACCESS));
    guest_restrict(g, view, 1, ACCESS_N);
    guest_do(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    event = event_next(g);
    check_equal("reported: the vCPU does not wait", 0, event.flags & ALTVIEW_EVENT_SYNC);
    check_equal("reported: what became of it", ALTVIEW_OUTCOME_LIFTED, event.outcome);
    check_equal("reported: access", ACCESS_N, event.access);
    check_equal("reported: the page is lifted", ACCESS_RWX, guest_access(g, view, 1));
    event_check_none(g, "reported: once");
}

/* A restriction refuses an access of the guest's own page walk. */
static void check_walk(struct guest *g, unsigned int view)
{
    struct altview_registers registers;
    struct altview_event event;
    uint64_t root;

    need("registers are read", altview_get_registers(g->handle, 0, &registers));
    root = registers.cr3 / PAGE_SIZE;
    event_listen(g, EVENT(MEM_ACCESS), 0);
    need("the root of the guest's page tables is restricted",
         altview_set_access(g->handle, view, root, 1, ACCESS_N));
    event = event_refused(g);
    check_equal("walk: gfn", root, event.gfn);
    check_equal("walk: flag", ALTVIEW_EVENT_IN_WALK, event.flags & ALTVIEW_EVENT_IN_WALK);
    check_equal("walk: wants", RIGHT_R, event.wants & RIGHT_R);
    event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    guest_do(g, MAILBOX_HYPERCALL, 1, 0, 0);
    guest_check_trap(g, "walk: goes on", MAILBOX_NO_TRAP);
}

void story_events(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    event_listen(g, EVENT(MEM_ACCESS), 0);
    for (unsigned int i = 0; i < ROWS; i++) {
        run_row(g, &rows[i], view, i);
    }
    event_check_none(g, "no event but those");
    check_brief(g, view);
    check_walk(g, view);
    check_report(g, view);
}
