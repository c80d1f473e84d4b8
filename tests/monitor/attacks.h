/* SPDX-License-Identifier: BSD-2-Clause */
/* The possible misbehaviour of a peer. Each attack makes its own connection, and closes it at its
 * end. */
#ifndef MONITOR_ATTACKS_H
#define MONITOR_ATTACKS_H

struct attack {
    const char *name;
    void (*run)(const char *where);
};

extern const struct attack attacks[];
extern const unsigned int attack_count;

#endif
