/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/hub_snapshot.h"

#include "toolstack/machine/hub/hub_client.h"

#include <errno.h>
#include <string.h>

static void say(struct hub_client *c, uint32_t sequence, int status, uint32_t why)
{
    const struct altview_snapshot snapshot = {.why = why};

    hub_reply(c, ALTVIEW_SNAPSHOT, sequence, status, &snapshot,
              !status || why ? sizeof(snapshot) : 0);
}

static int refusal(const struct hub *h, const struct altview_frame *frame)
{
    if (frame->owner || frame->length) {
        return -EINVAL;
    }
    if (h->no_snapshot) {
        return -EOPNOTSUPP;
    }
    return h->vcpu_count ? 0 : -EIO;
}

bool hub_snapshot_begin(struct hub *h, struct hub_client *c, const struct altview_frame *frame)
{
    int status = refusal(h, frame);

    if (status) {
        say(c, frame->sequence, status, status == -EOPNOTSUPP ? h->no_snapshot : 0);
        return false;
    }
    h->snapshot = (struct hub_snapshot){
        .stage = HUB_SNAPSHOT_PAUSES, .client = c, .sequence = frame->sequence};
    c->waits = true;
    return true;
}

/* The client has its reply; without one, or after a failure, the machine goes on. */
static void answer(struct hub *h, int status, enum hub_stage otherwise)
{
    struct hub_client *c = h->snapshot.client;

    if (c) {
        c->waits = false;
        c->gift = status ? c->gift : HUB_GIFT_SNAPSHOT;
        say(c, h->snapshot.sequence, status, 0);
    }
    h->snapshot.stage = status || !c ? otherwise : HUB_SNAPSHOT_STANDS;
    h->snapshot.client = status ? NULL : c;
}

void hub_snapshot_paused(struct hub *h, int status)
{
    if (status || !h->snapshot.client) {
        answer(h, status ? status : -ECANCELED, HUB_SNAPSHOT_NONE);
    } else {
        h->snapshot.stage = HUB_SNAPSHOT_SAVES;
    }
}

void hub_saved(struct hub *h, int status)
{
    answer(h, status, HUB_SNAPSHOT_ENDS);
}

bool hub_snapshot_holds(const struct hub *h)
{
    return h->snapshot.stage >= HUB_SNAPSHOT_SAVES;
}

void hub_snapshot_forget(struct hub *h, const struct hub_client *c)
{
    if (h->snapshot.client == c) {
        h->snapshot.client = NULL;
        h->snapshot.stage =
            h->snapshot.stage == HUB_SNAPSHOT_STANDS ? HUB_SNAPSHOT_ENDS : h->snapshot.stage;
    }
}

void hub_keep(const struct hub *h, struct hub_kept *kept)
{
    *kept = (struct hub_kept){.instance = h->instance,
                              .sequence = h->sequence,
                              .vcpu_count = h->vcpu_count,
                              .listening = h->listening};
    if (h->moved) {
        kept->ring = h->ring;
    }
    for (uint32_t vcpu = 0; vcpu < HUB_VCPUS; vcpu++) {
        kept->owed[vcpu] = h->owed[vcpu];
        kept->stepping[vcpu] = h->stepping[vcpu];
    }
    for (uint32_t i = 0; i < HUB_CLIENTS; i++) {
        const struct hub_client *c = h->clients[i];

        kept->gone[i] = h->gone[i] || (c && c->bound);
        for (uint32_t vcpu = 0; c && vcpu < HUB_VCPUS; vcpu++) {
            kept->owed[vcpu] = (uint16_t)(kept->owed[vcpu] + c->pauses[vcpu]);
        }
    }
}

static bool are_flags(const uint8_t *flags, size_t count)
{
    while (count && flags[count - 1] <= 1) {
        count--;
    }
    return !count;
}

bool hub_kept_is_good(const struct hub_kept *kept)
{
    return kept->vcpu_count && kept->vcpu_count <= HUB_VCPUS &&
           are_flags(kept->stepping, HUB_VCPUS) && are_flags(kept->gone, HUB_CLIENTS);
}

void hub_resume(struct hub *h, const struct hub_kept *kept)
{
    h->greeted = true;
    h->shares = false; /* its place is known */
    h->instance = kept->instance;
    h->ring = kept->ring;
    h->sequence = kept->sequence;
    h->vcpu_count = kept->vcpu_count;
    h->listening = kept->listening;
    memcpy(h->owed, kept->owed, sizeof(h->owed));
    for (uint32_t i = 0; i < HUB_VCPUS; i++) {
        h->stepping[i] = kept->stepping[i];
    }
    for (uint32_t i = 0; i < HUB_CLIENTS; i++) {
        h->gone[i] = kept->gone[i];
    }
}
