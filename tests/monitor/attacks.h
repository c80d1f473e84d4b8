/* SPDX-License-Identifier: BSD-2-Clause */
/* What a peer may do wrong. Each connects by itself, and is gone afterwards. */
#ifndef MONITOR_ATTACKS_H
#define MONITOR_ATTACKS_H

struct attack {
    const char *name;
    void (*run)(const char *where);
};

extern const struct attack attacks[];
extern const unsigned int attack_count;

#endif
