/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/hub_wishes.h"

#include <errno.h>
#include <string.h>

#define TO_PORT 1

/* The first client from place *at on; *at moves after it. NULL: there are no more. */
static struct hub_client *next_client(const struct hub *h, int *at)
{
    struct hub_client *c = NULL;

    while (!c && *at < HUB_CLIENTS) {
        c = h->clients[(*at)++];
    }
    return c;
}

static bool has_vcpu(const struct hub *h, uint32_t vcpu)
{
    return vcpu < h->vcpu_count;
}

/* vCPUs `first` to *last of a request, which names one or all. */
static uint32_t vcpu_range(const struct hub *h, uint32_t vcpu, uint32_t *last)
{
    if (vcpu == ALTVIEW_ALL_VCPUS) {
        *last = h->vcpu_count;
        return 0;
    }
    *last = has_vcpu(h, vcpu) ? vcpu + 1 : vcpu;
    return vcpu;
}

/* End the client's own pauses, not those of others: of all vCPUs named, or of none. */
static int before_unpause(struct hub *h, struct hub_client *c, const struct altview_frame *asked)
{
    const struct altview_which_vcpu *which = frame_payload(asked);
    uint32_t last, first = vcpu_range(h, which->vcpu, &last);

    if (first == last || which->flags) {
        return TO_PORT; /* the port finds the fault in it */
    }
    if (memchr(c->pauses + first, 0, last - first)) {
        return -EINVAL;
    }
    for (uint32_t vcpu = first; vcpu < last; vcpu++) {
        c->pauses[vcpu]--;
        h->owed[vcpu]++;
    }
    return 0;
}

static void after_pause(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                        const struct altview_frame *reply)
{
    const struct altview_which_vcpu *which = frame_payload(asked);
    uint32_t last, vcpu = vcpu_range(h, which->vcpu, &last);

    (void)reply;
    for (; vcpu < last && !which->flags; vcpu++) { /* the domain's pause belongs to no client */
        if (c) {
            c->pauses[vcpu]++;
        } else {
            h->owed[vcpu]++;
        }
    }
}

static bool is_stepped(const struct hub *h, uint32_t vcpu)
{
    const struct hub_client *c;

    for (int at = 0; (c = next_client(h, &at));) {
        if (c->steps[vcpu]) {
            return true;
        }
    }
    return false;
}

/* Off: when no client needs it any more, hub_next_wish tells the port. */
static int before_step(struct hub *h, struct hub_client *c, const struct altview_frame *asked)
{
    const struct altview_single_step *step = frame_payload(asked);

    if (step->enable || !has_vcpu(h, step->vcpu)) {
        return TO_PORT;
    }
    c->steps[step->vcpu] = false;
    return 0;
}

static void after_step(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                       const struct altview_frame *reply)
{
    const struct altview_single_step *step = frame_payload(asked);

    (void)reply;
    if (has_vcpu(h, step->vcpu)) {
        h->stepping[step->vcpu] = step->enable;
        if (c) {
            c->steps[step->vcpu] = step->enable;
        }
    }
}

uint32_t hub_owner(const struct hub *h, const struct hub_client *c)
{
    uint32_t place = 0;

    _Static_assert(HUB_CLIENTS <= ALTVIEW_OWNERS, "each can be one");
    while (h->clients[place] != c) {
        place++;
    }
    return place + 1;
}

bool hub_knows_owner(const struct hub_client *c, const struct altview_frame *asked)
{
    return !asked->owner || (c->bound && asked->owner == c->owner);
}

/* The owner of the client that is to answer, if `asking` has `wish`. */
static uint32_t answerer(const struct hub *h, const struct hub_client *asking,
                         const struct altview_listen *wish)
{
    const struct hub_client *c;

    for (int at = 0; (c = next_client(h, &at));) {
        if ((c == asking ? wish : &c->listen)->sync) {
            return c->bound ? hub_owner(h, c) : 0;
        }
    }
    return 0;
}

/* Bits that every client ignores that listens for the register. */
static void ignore_what_all_ignore(struct altview_listen *all, const struct altview_listen *l)
{
    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        uint32_t bit = 1U << (ALTVIEW_EVENT_CR0 + i);

        if ((l->sync | l->report) & bit) {
            all->ignore[i] =
                (all->sync | all->report) & bit ? all->ignore[i] & l->ignore[i] : l->ignore[i];
        }
    }
}

/* A client that wants each write gets them all. False: there is no room for all of them. */
static bool add_msr(struct altview_msrs *all, uint32_t msr, bool changes)
{
    uint32_t i = 0;

    while (i < all->count && all->numbers[i] != msr) {
        i++;
    }
    if (i == ALTVIEW_MSRS) {
        return false;
    }
    if (i == all->count) {
        all->count++;
        all->numbers[i] = msr;
        all->changes |= UINT64_C(1) << i;
    }
    all->changes &= changes ? UINT64_MAX : ~(UINT64_C(1) << i);
    return true;
}

/* Those of every client that listens for MSRs. */
static bool add_msrs(struct altview_listen *all, const struct altview_listen *l)
{
    const struct altview_msrs *msrs = &l->msrs;
    bool heard = (l->sync | l->report) >> ALTVIEW_EVENT_MSR & 1, fit = true;

    for (uint32_t i = 0; heard && i < msrs->count; i++) {
        fit &= add_msr(&all->msrs, msrs->numbers[i], msrs->changes >> i & 1);
    }
    return fit;
}

/* Is there room for all clients' MSRs, if `asking` has `wish`? */
static bool msrs_fit(const struct hub *h, const struct hub_client *asking,
                     const struct altview_listen *wish)
{
    struct altview_listen all = {0};
    const struct hub_client *c;
    bool fit = true;

    for (int at = 0; (c = next_client(h, &at));) {
        fit &= add_msrs(&all, c == asking ? wish : &c->listen);
    }
    return fit;
}

struct altview_listen hub_listen_with(const struct hub *h, const struct hub_client *asking,
                                      const struct altview_listen *wish)
{
    struct altview_listen all = {0};
    bool hears = false, brief = true;
    const struct hub_client *c;

    for (int at = 0; (c = next_client(h, &at));) {
        const struct altview_listen *l = c == asking ? wish : &c->listen;

        ignore_what_all_ignore(&all, l);
        add_msrs(&all, l);
        all.sync |= l->sync;
        all.report |= l->report;
        /* The port refuses unknown flags. */
        all.flags |= l->flags & ~(ALTVIEW_LISTEN_BRIEF | ALTVIEW_LISTEN_RULE);
        if (l->sync) {
            all.timeout_ms = l->timeout_ms;
            all.flags |= l->flags & ALTVIEW_LISTEN_RULE;
        }
        if (l->sync | l->report) {
            hears = true;
            brief &= l->flags & ALTVIEW_LISTEN_BRIEF;
        }
    }
    if (hears && brief) {
        all.flags |= ALTVIEW_LISTEN_BRIEF;
    }
    return all;
}

static int before_bind(struct hub *h, struct hub_client *c, const struct altview_frame *asked)
{
    const struct altview_bind *bind = frame_payload(asked);

    (void)h;
    if (!bind->owner || bind->owner > ALTVIEW_OWNERS) {
        return -EINVAL;
    }
    if (c->bound && c->owner != bind->owner) {
        return -EBUSY;
    }
    c->wants_owner = bind->owner;
    return TO_PORT;
}

static void after_bind(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                       const struct altview_frame *reply)
{
    const struct altview_bind *bind = frame_payload(asked);

    (void)reply;
    if (c) {
        c->bound = true;
        c->owner = c->wants_owner;
    } else {
        h->gone[bind->owner - 1] = true;
    }
}

static int before_unbind(struct hub *h, struct hub_client *c, const struct altview_frame *asked)
{
    const struct altview_unbind *unbind = frame_payload(asked);

    (void)h;
    return c->bound && c->owner == unbind->owner ? TO_PORT : -EINVAL;
}

static void after_unbind(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                         const struct altview_frame *reply)
{
    const struct altview_unbind *unbind = frame_payload(asked);

    (void)reply;
    h->listening = unbind->listen;
    h->gone[unbind->owner - 1] = false;
    if (c) {
        c->bound = false;
        memset(&c->listen, 0, sizeof(c->listen));
    }
}

/* The port knows the owner by the hub's number. Other clients still listen. */
bool hub_translate(const struct hub *h, const struct hub_client *c,
                   const struct altview_frame *asked, struct hub_wish *wish)
{
    static const struct altview_listen nothing;

    if (asked->type == ALTVIEW_LISTEN && asked->length == sizeof(wish->payload.listen)) {
        wish->owner = answerer(h, c, &c->wish);
        wish->payload.listen = hub_listen_with(h, c, &c->wish);
    } else if (asked->type == ALTVIEW_BIND && asked->length == sizeof(wish->payload.bind)) {
        wish->owner = 0;
        wish->payload.bind = (struct altview_bind){.owner = hub_owner(h, c)};
    } else if (asked->type == ALTVIEW_UNBIND && asked->length == sizeof(wish->payload.unbind)) {
        memcpy(&wish->payload.unbind, frame_payload(asked), sizeof(wish->payload.unbind));
        wish->owner = answerer(h, c, &nothing);
        wish->payload.unbind.owner = hub_owner(h, c);
        wish->payload.unbind.listen = hub_listen_with(h, c, &nothing);
    } else {
        return false;
    }
    return true;
}

/* Only the client that listens synchronously may answer. */
static bool another_is_asked(const struct hub *h, const struct hub_client *c)
{
    const struct hub_client *other;

    for (int at = 0; (other = next_client(h, &at));) {
        if (other != c && other->listen.sync) {
            return true;
        }
    }
    return false;
}

static int before_listen(struct hub *h, struct hub_client *c, const struct altview_frame *asked)
{
    memcpy(&c->wish, frame_payload(asked), sizeof(c->wish));
    if (c->wish.flags & ALTVIEW_LISTEN_GONE) {
        return -EINVAL; /* it can't end other clients' listening */
    }
    if (c->wish.msrs.count > ALTVIEW_MSRS || c->wish.msrs.pad) {
        return -EINVAL;
    }
    if (!msrs_fit(h, c, &c->wish)) {
        return -ENOSPC;
    }
    return c->wish.sync && another_is_asked(h, c) ? -EBUSY : TO_PORT;
}

static void after_listen(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                         const struct altview_frame *reply)
{
    bool had_sync = h->listening.sync;

    (void)reply;
    memcpy(&h->listening, frame_payload(asked), sizeof(h->listening));
    h->release |= had_sync && !h->listening.sync && h->listening.report;
    if (c) {
        c->listen = c->wish;
    }
}

static void after_hello(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                        const struct altview_frame *reply)
{
    const struct altview_hello *hello = frame_payload(reply);

    (void)c;
    (void)asked;
    if (reply->length >= sizeof(*hello)) {
        h->instance = hello->instance;
        h->vcpu_count = hello->vcpu_count < HUB_VCPUS ? hello->vcpu_count : HUB_VCPUS;
    }
}

static void after_ring(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                       const struct altview_frame *reply)
{
    (void)asked;
    if (!c && reply->length == sizeof(h->ring)) {
        memcpy(&h->ring, frame_payload(reply), sizeof(h->ring));
    }
}

/* The requests whose effects the hub must keep. All others concern only the port. `after` runs for
 * those that succeeded. */
static const struct {
    size_t size; /* of the payload: the port refuses another size */
    int (*before)(struct hub *h, struct hub_client *c, const struct altview_frame *asked);
    void (*after)(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
                  const struct altview_frame *reply);
} effects[ALTVIEW_REQUESTS] = {
    [ALTVIEW_HELLO] = {0, NULL, after_hello},
    [ALTVIEW_RING] = {0, NULL, after_ring},
    [ALTVIEW_PAUSE] = {sizeof(struct altview_which_vcpu), NULL, after_pause},
    [ALTVIEW_UNPAUSE] = {sizeof(struct altview_which_vcpu), before_unpause, NULL},
    [ALTVIEW_SINGLE_STEP] = {sizeof(struct altview_single_step), before_step, after_step},
    [ALTVIEW_LISTEN] = {sizeof(struct altview_listen), before_listen, after_listen},
    [ALTVIEW_BIND] = {sizeof(struct altview_bind), before_bind, after_bind},
    [ALTVIEW_UNBIND] = {sizeof(struct altview_unbind), before_unbind, after_unbind},
};

static bool has_effect(const struct altview_frame *asked)
{
    return asked->type < ALTVIEW_REQUESTS && asked->length == effects[asked->type].size;
}

#define REQUEST_WHO(number, name, payload, reply, who, ...) [number] = ALTVIEW_##who,
static const uint8_t may_ask[ALTVIEW_REQUESTS] = {ALTVIEW_REQUEST_TABLE(REQUEST_WHO)};

static bool may(const struct hub *h, const struct hub_client *c, unsigned int type)
{
    enum altview_who who = type < ALTVIEW_REQUESTS ? may_ask[type] : ALTVIEW_ANY;

    return who == ALTVIEW_OWNER ? c->may_map : who != ALTVIEW_ASKED || !another_is_asked(h, c);
}

int hub_before(struct hub *h, struct hub_client *c, const struct altview_frame *asked)
{
    if (!may(h, c, asked->type)) {
        return -EPERM;
    }
    return has_effect(asked) && effects[asked->type].before
               ? effects[asked->type].before(h, c, asked)
               : TO_PORT;
}

/* A port that does not know the flag: the next best is to tell it that no client listens. */
static bool knows_no_gone(const struct hub_client *c, const struct altview_frame *asked,
                          const struct altview_frame *reply)
{
    const struct altview_listen *listen = frame_payload(asked);

    return !c && reply->status == -EINVAL && asked->type == ALTVIEW_LISTEN &&
           asked->length == sizeof(*listen) && listen->flags & ALTVIEW_LISTEN_GONE;
}

void hub_after(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
               const struct altview_frame *reply)
{
    h->release |= knows_no_gone(c, asked, reply);
    if (!c && reply->status == -ERESTART && asked->type == ALTVIEW_UNBIND) {
        h->gone[((const struct altview_unbind *)frame_payload(asked))->owner - 1] = true;
    }
    if (!reply->status && has_effect(asked) && effects[asked->type].after) {
        effects[asked->type].after(h, c, asked, reply);
    }
}

#define EVENT_WHO(number, name, command, sync, who, ...) [number] = ALTVIEW_##who,
static const uint8_t is_told[ALTVIEW_EVENTS] = {ALTVIEW_EVENT_TABLE(EVENT_WHO)};

/* A timeout ends the listening of the client that was to answer. Others go on listening. */
bool hub_is_told(const struct hub_client *c, unsigned int type)
{
    return is_told[type] == ALTVIEW_ASKED ? c->listen.sync != 0
                                          : (c->listen.sync | c->listen.report) >> type & 1;
}

/* Single steps have ended too. So have pauses, if the port heard nothing from the hub while a vCPU
 * was paused. */
void hub_timed_out(struct hub *h, bool paused)
{
    struct hub_client *c;

    for (int at = 0; (c = next_client(h, &at));) {
        memset(c->steps, 0, sizeof(c->steps));
        if (paused) {
            memset(c->pauses, 0, sizeof(c->pauses));
        }
        if (c->listen.sync) {
            memset(&c->listen, 0, sizeof(c->listen));
        }
    }
    memset(h->stepping, 0, sizeof(h->stepping));
    memset(&h->listening, 0, sizeof(h->listening));
}

bool hub_must_be_heard(const struct hub *h)
{
    const struct hub_client *c;

    for (int at = 0; (c = next_client(h, &at));) {
        for (uint32_t vcpu = 0; vcpu < h->vcpu_count; vcpu++) {
            if (c->pauses[vcpu]) {
                return true;
            }
        }
    }
    return false;
}

void hub_forget(struct hub *h, struct hub_client *c)
{
    if (c->bound) {
        h->gone[hub_owner(h, c) - 1] = true;
    }
    for (uint32_t vcpu = 0; vcpu < h->vcpu_count; vcpu++) {
        h->owed[vcpu] += c->pauses[vcpu];
    }
}

/* Ask for the number of vCPUs before a client's first request, because all else depends on it. */
static bool wish_hello(struct hub *h, struct hub_wish *wish)
{
    const struct hub_client *c;

    if (h->greeted) {
        return false;
    }
    for (int at = 0; (c = next_client(h, &at));) {
        h->greeted |= c->reader.used > 0;
    }
    wish->type = ALTVIEW_HELLO;
    wish->size = 0;
    return h->greeted;
}

/* Before any other request, so that no request is in progress. */
static bool wish_ring(struct hub *h, struct hub_wish *wish)
{
    if (!h->shares || !h->greeted) {
        return false;
    }
    h->shares = false;
    wish->type = ALTVIEW_RING;
    wish->size = 0;
    return true;
}

/*
 * Before all else that a client leaves behind: until then its paused vCPUs stay stopped, and vCPUs
 * that cause events by its settings wait for its answer. This also ends its listening.
 */
static bool wish_unbind(struct hub *h, struct hub_wish *wish)
{
    for (uint32_t i = 0; i < HUB_CLIENTS; i++) {
        if (h->gone[i]) {
            h->gone[i] = false;
            wish->type = ALTVIEW_UNBIND;
            wish->size = sizeof(wish->payload.unbind);
            wish->owner = answerer(h, NULL, NULL);
            wish->payload.unbind =
                (struct altview_unbind){.owner = i + 1, .listen = hub_listen_with(h, NULL, NULL)};
            return true;
        }
    }
    return false;
}

static bool wish_unpause(struct hub *h, struct hub_wish *wish)
{
    for (uint32_t vcpu = 0; vcpu < h->vcpu_count; vcpu++) {
        if (h->owed[vcpu]) {
            h->owed[vcpu]--;
            wish->type = ALTVIEW_UNPAUSE;
            wish->size = sizeof(wish->payload.vcpu);
            wish->payload.vcpu = (struct altview_which_vcpu){.vcpu = vcpu};
            return true;
        }
    }
    return false;
}

static bool wish_step_off(struct hub *h, struct hub_wish *wish)
{
    for (uint32_t vcpu = 0; vcpu < h->vcpu_count; vcpu++) {
        if (h->stepping[vcpu] && !is_stepped(h, vcpu)) {
            h->stepping[vcpu] = false;
            wish->type = ALTVIEW_SINGLE_STEP;
            wish->size = sizeof(wish->payload.step);
            wish->payload.step = (struct altview_single_step){.vcpu = vcpu};
            return true;
        }
    }
    return false;
}

/*
 * The client that was to answer has stopped, and others still listen. So the port would expect an
 * answer from a listener. Listening to nothing for a moment tells it that there is none. If the
 * client has disconnected without a farewell, its rule holds.
 */
static bool wish_listen(struct hub *h, struct hub_wish *wish)
{
    struct altview_listen all = hub_listen_with(h, NULL, NULL);
    bool gone = h->listening.sync && !all.sync;

    if (h->release) {
        memset(&all, 0, sizeof(all));
    } else if (!gone && !memcmp(&all, &h->listening, sizeof(all))) {
        return false;
    }
    h->release = false;
    h->listening = all;
    wish->type = ALTVIEW_LISTEN;
    wish->size = sizeof(wish->payload.listen);
    wish->owner = answerer(h, NULL, NULL);
    wish->payload.listen = all;
    wish->payload.listen.flags |= gone ? ALTVIEW_LISTEN_GONE : 0;
    return true;
}

bool hub_next_wish(struct hub *h, struct hub_wish *wish)
{
    wish->owner = 0;
    return wish_hello(h, wish) || wish_ring(h, wish) || wish_unbind(h, wish) ||
           wish_unpause(h, wish) || wish_step_off(h, wish) || wish_listen(h, wish);
}
