/* SPDX-License-Identifier: BSD-2-Clause */
/* Pauses, registers, and requests that get replies whatever the guest does. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <inttypes.h>

#define EXIT_CPUID  10
#define EXIT_VMCALL 18

#define LOOKS 100    /* requests during which a running guest makes progress */
#define FLOOD 200000 /* exits in a row: a second or two */

#define CR0_PG   (UINT64_C(1) << 31)
#define EFER_LMA (UINT64_C(1) << 10)
#define R15      15

static uint64_t turns(struct guest *g)
{
    uint64_t value;

    need("the mailbox is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, g->mailbox + offsetof(struct mailbox, turns),
                      &value, sizeof(value)));
    return value;
}

/* Whether the waiting guest still counts. The emulator runs during the check, because it answers.
 * (The client may read memory without a request.) */
static bool is_running(struct guest *g)
{
    uint64_t before = turns(g);

    for (unsigned int i = 0; i < LOOKS; i++) {
        guest_vcpu(g);
        if (turns(g) != before) {
            return true;
        }
    }
    return false;
}

static void check_pause(struct guest *g)
{
    check(is_running(g), "the guest runs, and answers while it does", "it counts no turns");
    need("paused", altview_pause(g->handle, 0));
    check(!is_running(g), "paused: it stands still", "it counts turns");
    check_equal("paused: listed", ALTVIEW_VCPU_PAUSED, guest_vcpu(g).flags);
    need("paused twice", altview_pause(g->handle, ALTVIEW_ALL_VCPUS));
    need("unpaused once", altview_unpause(g->handle, 0));
    check(!is_running(g), "paused twice, unpaused once: it stands still", "it counts turns");
    need("unpaused", altview_unpause(g->handle, ALTVIEW_ALL_VCPUS));
    check(is_running(g), "unpaused: it runs", "it counts no turns");
    check_answer("pausing a vCPU that is not there", -EINVAL, altview_pause(g->handle, 1));
}

static void check_registers(struct guest *g)
{
    struct altview_registers before, after;
    struct altview_set_registers set = {.mask = ALTVIEW_SET_GPRS};

    check_answer("registers of a running vCPU can't be set", -EBUSY,
                 altview_set_registers(g->handle, &set));
    need("paused", altview_pause(g->handle, 0));
    need("registers are read", altview_get_registers(g->handle, 0, &before));
    check_equal("registers: CS", 0x18, before.segments[ALTVIEW_CS].selector);
    check(before.cr0 & CR0_PG && before.efer & EFER_LMA, "registers: paging and 64-bit mode",
          "CR0 %#" PRIx64 ", EFER %#" PRIx64, before.cr0, before.efer);
    set.general = before.general;
    set.general.gpr[R15] = ~before.general.gpr[R15];
    need("registers are set", altview_set_registers(g->handle, &set));
    need("registers are read", altview_get_registers(g->handle, 0, &after));
    check_equal("registers: what was set", ~before.general.gpr[R15], after.general.gpr[R15]);
    check_equal("registers: RIP is what it was", before.general.rip, after.general.rip);
    set.mask = ALTVIEW_SET_RIP;
    set.general.rip = UINT64_C(1) << 63;
    check_answer("registers: RIP must be canonical", -EINVAL,
                 altview_set_registers(g->handle, &set));
    set.mask = ALTVIEW_SET_GPRS;
    set.general = before.general;
    need("registers are set back", altview_set_registers(g->handle, &set));
    need("unpaused", altview_unpause(g->handle, 0));
}

static bool is_asleep(struct guest *g)
{
    return !is_running(g);
}

/* The guest's CPU sleeps as well. There something other than the CPU's own timer must make altview
 * look at the port. */
static void check_rest(struct guest *g)
{
    uint64_t before;

    if (!check_is_made("asleep: the CPU does, too")) {
        return;
    }
    before = guest_vcpu(g).exits;
    sleep_ms(200);
    check_equal("asleep: the CPU does, too", before, guest_vcpu(g).exits);
}

/* The vCPU halts for good, because no interrupt will come. The monitor wakes it by a change of its
 * RIP. */
static void check_sleep(struct guest *g)
{
    struct altview_set_registers set = {.mask = ALTVIEW_SET_RIP};
    struct altview_registers registers;

    guest_order(g, MAILBOX_SLEEP, 0, 0, 0);
    guest_wait_until(g, is_asleep, "the guest halts");
    check(!guest_is_done(g), "asleep: requests are answered", "it is awake");
    check_rest(g);
    need("paused", altview_pause(g->handle, 0));
    need("registers are read", altview_get_registers(g->handle, 0, &registers));
    set.general.rip = registers.general.rip;
    need("RIP is set", altview_set_registers(g->handle, &set));
    need("unpaused", altview_unpause(g->handle, 0));
    guest_check_trap(g, "asleep: setting RIP wakes it", MAILBOX_NO_TRAP);
}

/* With one exit after another, the timer never runs out. */
static void check_flood(struct guest *g, const char *what, enum mailbox_command command,
                        unsigned int reason)
{
    uint64_t first = guest_statistics(g).exits[reason], seen;
    unsigned int answered = 0;

    guest_order(g, command, FLOOD, 0, 0);
    do {
        seen = guest_statistics(g).exits[reason] - first;
        answered += seen > 0 && seen < FLOOD;
    } while (!guest_is_done(g));
    check(answered > 0, what, "none");
    note("%u of them", answered);
    check(guest_statistics(g).exits[reason] >= first + FLOOD, "the flood's exits are counted",
          "%" PRIu64, guest_statistics(g).exits[reason] - first);
}

static void check_hello(struct guest *g)
{
    struct altview_hello hello;

    need("hello", altview_hello(g->handle, &hello));
    check_equal("hello: version", ALTVIEW_CONTROL_VERSION, hello.version);
    check_equal("hello: mode", 2, hello.mode);
    check_equal("hello: vCPUs", 1, hello.vcpu_count);
    check_equal("hello: views", 10, hello.view_count);
    check_equal("hello: altp2m is on, access is not required", ALTVIEW_HELLO_ACTIVE,
                hello.flags & (ALTVIEW_HELLO_ACTIVE | ALTVIEW_HELLO_ACCESS_REQUIRED));
}

void story_control(struct guest *g)
{
    check_hello(g);
    check_pause(g);
    check_registers(g);
    check_sleep(g);
    check_flood(g, "requests are answered during a flood of CPUID", MAILBOX_CPUID, EXIT_CPUID);
    check_flood(g, "requests are answered during a flood of hypercalls", MAILBOX_HYPERCALL,
                EXIT_VMCALL);
}
