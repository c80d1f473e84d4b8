/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/bell.h"

bool bell_due(struct bell *bell, bool asks, uint32_t request, uint64_t now)
{
    if (!asks) {
        bell->rings = false;
        return false;
    }
    if (!bell->rings || bell->request != request) {
        *bell = (struct bell){.rings = true, .request = request, .pause = 1, .next = now};
    }
    if (now < bell->next) {
        return false;
    }
    bell->next = now + bell->pause;
    bell->pause = bell->pause < BELL_MOST_MS / 2 ? bell->pause * 2 : BELL_MOST_MS;
    return true;
}

int bell_wait(const struct bell *bell, uint64_t now, int most)
{
    if (!bell->rings || bell->next >= now + (uint64_t)most) {
        return most;
    }
    return bell->next > now ? (int)(bell->next - now) : 0;
}
