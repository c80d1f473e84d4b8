/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One deadline a call. A function of the library may connect, ask and ask again, and explain why it
 * failed. All of that together ends by the deadline, whatever the other side does. Each thread has
 * its own deadline.
 */
#ifndef LIB_DEADLINE_H
#define LIB_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/* A call begins. False: it is part of another call, whose deadline holds. */
bool deadline_begin(unsigned int milliseconds);
/* Pass deadline_begin's result. */
void deadline_end(bool outermost);

/* The server has done as much as a server does at once: the time begins anew. The size of the
 * request bounds how often that happens. */
void deadline_renew(void);

/* A point in time (clock.h); NEVER outside of a call. */
int64_t deadline_of_call(void);

#endif
