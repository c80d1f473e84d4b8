/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hypervisor without a timer polls its port when an NMI rings. The hub rings when it has sent
 * bytes of a request, and again at growing intervals while there is no reply. A UART holds 16
 * bytes, and the first poll may come before the others. Pure.
 */
#ifndef HUB_BELL_H
#define HUB_BELL_H

#include <stdbool.h>
#include <stdint.h>

#define BELL_MOST_MS 64 /* between two rings */

struct bell {
    bool rings;       /* for that request: */
    uint32_t request; /* its sequence number */
    unsigned int pause;
    uint64_t next; /* when to ring again */
};

/* `asks`: bytes of that request have been sent, and no reply has come. */
bool bell_due(struct bell *bell, bool asks, uint32_t request, uint64_t now);

/* The wait until it is due again, of at most so many milliseconds. */
int bell_wait(const struct bell *bell, uint64_t now, int most);

#endif
