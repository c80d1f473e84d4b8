/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The owner of a run's name is the process that holds a lock on NAME.lock (fcntl(2)). The kernel
 * takes the lock from a process that ends, however it ends, and from no other: a run that does not
 * answer for a while keeps its name. The kernel also tells which process holds it. The lock also
 * goes when its owner closes the file, by whatever descriptor. So an owner does not check whether
 * the name is held.
 */
#ifndef RUN_NAME_LOCK_H
#define RUN_NAME_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

/* A descriptor, which the caller keeps; -EADDRINUSE: another process owns the name; or another
 * negative errno value. */
int name_lock_take(const char *path);

/* Is it owned, by a process other than this one? By which: 0 if it is of another PID namespace. */
bool name_lock_is_held(const char *path, pid_t *holder);

/*
 * One process at a time may see which names are free, and free those of runs that have ended.
 * Returns a descriptor, which close(2) gives back. -EAGAIN: another process had it for `patience`
 * ms; or another negative errno value.
 */
int names_lock(const char *directory, unsigned int patience);

#endif
