/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener, and when its listening ends. */
#include "control/server.h"

#define MAX_TIMEOUT_MS 3600000

#define RULE_SHIFT 4
#define FLAGS      (ALTVIEW_LISTEN_BRIEF | ALTVIEW_LISTEN_GONE | ALTVIEW_LISTEN_RULE)

/* Decide about the events on which vCPUs wait, by the rule under which they were sent, or as if no
 * client listened. Returns how many there were. */
static unsigned int release(struct control *c, bool by_rule)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        struct control_vcpu *v = &c->vcpus[i];

        if (vcpu_waits(v)) {
            v->answered = v->missed = true;
            v->answer =
                by_rule ? v->otherwise : (struct control_verdict){.action = ALTP2M_VERDICT_DEFAULT};
            count++;
        }
    }
    return count;
}

static uint32_t rule_of(const struct altview_listen *listen)
{
    return (listen->flags & ALTVIEW_LISTEN_RULE) >> RULE_SHIFT;
}

/* The rule of a listener that has disconnected is to stop the guest at the register's changes. */
static bool is_to_stop(const struct control *c, enum altview_event_type event)
{
    size_t type = altp2m_clamp(event, ALTVIEW_EVENTS);

    return listens(c->left, event) && c->rules[type] == ALTVIEW_UNANSWERED_STOP;
}

/* Ranges with a place in the CPUs' maps of MSRs (SDM Vol. 3C 25.6.9, APM Vol. 2 15.11), and that of
 * hypervisors, as in Xen (monitor_bitmap_for_msr, xen/arch/x86/monitor.c). */
#define REACH        0x2000U
#define WATCHED_MSRS (2 * ALTVIEW_MSRS)
static const uint32_t ranges[] = {0, 0x40000000, 0xc0000000, 0xc0010000};

static bool msr_has_place(uint32_t msr)
{
    bool has = false;

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        has |= msr - ranges[i] < REACH;
    }
    return has;
}

static bool msrs_are_valid(const struct altview_msrs *msrs)
{
    bool valid = msrs->count <= ALTVIEW_MSRS && !msrs->pad;

    for (uint32_t i = 0; valid && i < msrs->count; i++) {
        valid = msr_has_place(msrs->numbers[altp2m_clamp(i, ALTVIEW_MSRS)]);
    }
    return valid;
}

static bool has(const uint32_t *numbers, size_t count, uint32_t msr)
{
    size_t i = 0;

    while (i < count && numbers[altp2m_clamp(i, count)] != msr) {
        i++;
    }
    return i < count;
}

bool control_watches_msr(const struct control *c, uint32_t msr)
{
    return has(c->watched_msrs, c->watched_msr_count, msr);
}

static void tell_msr(const struct control *c, uint32_t msr, bool on)
{
    if (c->host.watch_msr) {
        c->host.watch_msr(c->host.context, msr, on);
    }
}

static void add_msrs(struct control *c, const struct altview_msrs *msrs)
{
    for (uint32_t i = 0; i < msrs->count; i++) {
        if (!control_watches_msr(c, msrs->numbers[i])) {
            size_t place = altp2m_clamp(c->watched_msr_count++, WATCHED_MSRS);

            c->watched_msrs[place] = msrs->numbers[i];
            tell_msr(c, msrs->numbers[i], true);
        }
    }
}

/* Have the machine watch the MSRs whose writes a client hears of, and, if `left`, those of one that
 * has disconnected. Only the difference to before is told. */
static void watch_msrs(struct control *c, bool left)
{
    const struct altview_msrs none = {0};
    const struct altview_msrs *heard =
        control_hears(c, ALTVIEW_EVENT_MSR) ? &c->listen.msrs : &none;
    const struct altview_msrs *stops = left ? &c->left_msrs : &none;
    unsigned int kept = 0;

    for (unsigned int i = 0; i < c->watched_msr_count; i++) {
        uint32_t msr = c->watched_msrs[altp2m_clamp(i, WATCHED_MSRS)];

        if (has(heard->numbers, heard->count, msr) || has(stops->numbers, stops->count, msr)) {
            c->watched_msrs[altp2m_clamp(kept++, WATCHED_MSRS)] = msr;
        } else {
            tell_msr(c, msr, false);
        }
    }
    c->watched_msr_count = kept;
    add_msrs(c, heard);
    add_msrs(c, stops);
}

static bool names(const struct altview_msrs *msrs, uint32_t msr, bool changes)
{
    bool named = false;

    for (uint32_t i = 0; i < msrs->count; i++) {
        named |= msrs->numbers[i] == msr && (changes || !(msrs->changes >> i & 1));
    }
    return named;
}

bool msr_is_left(const struct control *c, uint32_t msr, bool changes)
{
    return listens(c->left, ALTVIEW_EVENT_MSR) && names(&c->left_msrs, msr, changes);
}

bool msr_is_told(const struct control *c, uint32_t msr, bool changes)
{
    return msr_is_left(c, msr, changes) ||
           (control_hears(c, ALTVIEW_EVENT_MSR) && names(&c->listen.msrs, msr, changes));
}

/* Have the machine watch the bits of which some client hears, and those at which such a rule
 * decides; and INT3. */
static void watch(struct control *c)
{
    bool int3 = control_cares(c, ALTVIEW_EVENT_BREAKPOINT);
    bool changes = int3 != c->watches_int3;

    c->watches_int3 = int3;
    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        enum altview_event_type event = ALTVIEW_EVENT_CR0 + i;
        uint64_t bits = (control_hears(c, event) ? ~c->listen.ignore[i] : 0) |
                        (is_to_stop(c, event) ? ~c->left_ignore[i] : 0);

        changes |= bits != c->watched[i];
        c->watched[i] = bits;
    }
    if (changes && c->host.watch) {
        c->host.watch(c->host.context, c->watched);
    }
    watch_msrs(c, is_to_stop(c, ALTVIEW_EVENT_MSR));
}

/* The listener has gone: the rules decide in its place. */
static void leave(struct control *c)
{
    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        if (listens(c->listen.sync, ALTVIEW_EVENT_CR0 + i)) {
            uint64_t before = listens(c->left, ALTVIEW_EVENT_CR0 + i) ? c->left_ignore[i] : ~0UL;

            c->left_ignore[i] = before & c->listen.ignore[i];
        }
    }
    if (listens(c->listen.sync, ALTVIEW_EVENT_MSR)) { /* which has taken the type out of `left` */
        c->left_msrs = c->listen.msrs;
    }
    c->left |= c->listen.sync;
}

/* The events that the peer answers from now on, and the rule if it does not. */
static void set_listen(struct control *c, const struct altview_listen *listen)
{
    if (listen->flags & ALTVIEW_LISTEN_GONE) {
        leave(c);
    }
    c->left &= ~listen->sync;
    for (unsigned int type = 0; type < ALTVIEW_EVENTS; type++) {
        if (listens(listen->sync, type)) {
            c->rules[type] = (uint8_t)rule_of(listen);
        }
    }
    c->listen = *listen;
    c->listener = listen->sync ? c->undo.owner : 0;
    if (!listen->timeout_ms) {
        c->listen.timeout_ms = DEFAULT_TIMEOUT_MS;
    }
    watch(c);
}

int listen_check(const struct altview_listen *listen)
{
    if (listen->sync & ~ALTVIEW_SYNC_EVENTS || listen->report & ~ALTVIEW_ALL_EVENTS ||
        listen->timeout_ms > MAX_TIMEOUT_MS || listen->flags & ~FLAGS ||
        rule_of(listen) >= ALTVIEW_UNANSWERED_RULES || !msrs_are_valid(&listen->msrs)) {
        return -XEN_EINVAL;
    }
    return 0;
}

/* `left`: the listener that was to answer has ended, and its rule too. */
static void listen_from_now_on(struct control *c, const struct altview_listen *listen, bool left)
{
    bool silent = !(listen->sync | listen->report);

    set_listen(c, listen);
    if (silent || left || listen->flags & ALTVIEW_LISTEN_GONE) {
        release(c, !left);
    }
    if (silent) {
        events_forget(c); /* the next listener need not get them */
    }
}

int request_listen(struct control *c, struct exchange *x)
{
    int rc = listen_check(x->payload);

    if (!rc) {
        listen_from_now_on(c, x->payload, false);
    }
    return rc;
}

void listen_after_unbind(struct control *c, const struct altview_listen *listen, bool left)
{
    listen_from_now_on(c, listen, left);
}

static void stop_stepping(struct control *c)
{
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        if (c->vcpus[i].stepping) {
            c->vcpus[i].stepping = false;
            c->host.single_step(c->host.context, i, false);
        }
    }
}

/* `missed` is the type of the event without an answer, or ALTVIEW_EVENT_PAUSE. */
static void end_listening(struct control *c, unsigned int vcpu, unsigned int missed,
                          const char *text)
{
    if (c->listen.sync | c->listen.report) {
        struct altview_event event = event_new(c, vcpu, ALTVIEW_EVENT_TIMEOUT);

        event.status = missed;
        event_send(c, &event);
    }
    if (!c->listener) {
        leave(c);
    }
    c->listen.sync = c->listen.report = 0;
    watch(c);
    c->counters.events_timed_out += release(c, !c->listener);
    c->listener = 0;
    stop_stepping(c);
    if (c->host.log) {
        c->host.log(c->host.context, text);
    }
}

static bool is_late(const struct control *c, unsigned int vcpu, uint64_t now)
{
    return vcpu_waits(&c->vcpus[vcpu]) && now >= c->vcpus[vcpu].deadline;
}

static void end_pauses(struct control *c)
{
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        c->vcpus[i].pauses = 0;
    }
}

static bool is_silent(const struct control *c, uint32_t milliseconds)
{
    return time_now(c) - c->last_frame >= time_ticks(c, milliseconds);
}

/* An owner was silent for too long: `missed` says at which event. The server refuses its further
 * requests. */
static void owner_ends(struct control *c, unsigned int owner, unsigned int missed)
{
    struct control_owner *o = &c->undo.owners[owner];

    if (owner && o->bound) {
        o->bound = false;
        o->ending = true;
        o->missed = (uint8_t)missed;
    }
}

static void find_ends(struct control *c)
{
    uint64_t now = time_now(c);

    for (unsigned int owner = 1; owner <= ALTVIEW_OWNERS; owner++) {
        uint32_t patience = c->undo.owners[owner].timeout_ms;

        if (patience && is_silent(c, patience)) {
            owner_ends(c, owner, ALTVIEW_EVENT_PAUSE);
        }
    }
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        if (is_late(c, i, now)) {
            owner_ends(c, c->listener, c->vcpus[i].type);
        } else if (c->vcpus[i].pauses && is_silent(c, c->listen.timeout_ms)) {
            owner_ends(c, c->listener, ALTVIEW_EVENT_PAUSE);
        }
    }
}

/* Take back all their settings before vCPUs go on. False: there is more. */
static bool end_owners(struct control *c)
{
    for (unsigned int owner = 1; owner <= ALTVIEW_OWNERS; owner++) {
        struct control_owner *o = &c->undo.owners[owner];

        if (!o->ending) {
            continue;
        }
        if (undo_some(c, owner)) {
            return false;
        }
        o->ending = false;
        c->undo.present &= ~(1U << owner);
        if (c->listener == owner) {
            end_listening(c, 0, o->missed,
                          "control port: a monitor is silent; what it had set is taken back");
        }
    }
    return true;
}

void listen_tick(struct control *c, uint64_t now)
{
    if (c->undo.present) {
        find_ends(c);
        if (!end_owners(c)) {
            return;
        }
    }
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        if (is_late(c, i, now)) {
            end_listening(
                c, i, c->vcpus[i].type,
                "control port: an event was not answered in time; no monitor listens now, and "
                "the rule of the last one decides");
        }
        if (c->vcpus[i].pauses && is_silent(c, c->listen.timeout_ms)) {
            end_pauses(c);
            end_listening(
                c, i, ALTVIEW_EVENT_PAUSE,
                "control port: silent while a virtual CPU is paused; it runs on, no monitor "
                "listens now, and the rule of the last one decides");
        }
    }
}
