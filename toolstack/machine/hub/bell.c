/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/bell.h"

bool bell_due(struct bell *r, bool asks, uint32_t request, uint64_t now)
{
    if (!asks) {
        r->rings = false;
        return false;
    }
    if (!r->rings || r->request != request) {
        *r = (struct bell){.rings = true, .request = request, .pause = 1, .next = now};
    }
    if (now < r->next) {
        return false;
    }
    r->next = now + r->pause;
    r->pause = r->pause < BELL_MOST_MS / 2 ? r->pause * 2 : BELL_MOST_MS;
    return true;
}

int bell_wait(const struct bell *r, uint64_t now, int most)
{
    if (!r->rings || r->next >= now + (uint64_t)most) {
        return most;
    }
    return r->next > now ? (int)(r->next - now) : 0;
}
