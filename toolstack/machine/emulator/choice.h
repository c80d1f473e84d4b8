/* SPDX-License-Identifier: BSD-2-Clause */
/* The choice of a machine: the ways that this computer has, and the obstacles of the others.
 * Pure. */
#ifndef MACHINE_CHOICE_H
#define MACHINE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

enum vendor { VENDOR_NONE, VENDOR_INTEL, VENDOR_AMD, VENDORS }; /* by VT-x and AMD-V */

/* The facts about this computer. */
struct computer {
    bool bochs, qemu; /* are installed */
    enum vendor vendor;
    int kvm_error; /* of opening /dev/kvm: errno, 0 if it can be opened */
    bool nested;   /* KVM lends VT-x or AMD-V to its guests */
};

enum way { WAY_BOCHS, WAY_TCG, WAY_KVM, WAYS }; /* TCG: QEMU's own emulation */

/* Its names for --machine and --accel; NULL: it has no accelerator. */
const char *way_machine(enum way way);
const char *way_accel(enum way way);

/* The obstacles of a way, in the order in which to remove them. */
enum obstacle {
    OBSTACLE_NONE,
    OBSTACLE_CPU,        /* has neither VT-x nor AMD-V, or the firmware has it off */
    OBSTACLE_MODULE,     /* KVM is not there */
    OBSTACLE_PERMISSION, /* KVM is not for this user */
    OBSTACLE_KVM,        /* KVM can't be opened for another reason */
    OBSTACLE_NESTING,
    OBSTACLE_QEMU, /* is not installed */
    OBSTACLE_BOCHS,
    OBSTACLES
};

/* Of opening /dev/kvm with this errno, or 0. */
enum obstacle device_obstacle(int error);
enum obstacle way_obstacle(const struct computer *computer, enum way way);

/* "cause", and the command to type, or another remedy; both "" for OBSTACLE_NONE. */
const char *obstacle_cause(enum obstacle obstacle);
const char *obstacle_remedy(enum obstacle obstacle, enum vendor vendor);

/*
 * How many of so many CPUs are idle, by a text in /proc/loadavg's format (proc(5)): by the last
 * minute's load and by the processes that run at this moment, which include this one.
 */
unsigned int idle_cpus(unsigned int cpus, const char *loadavg);

/* How many threads QEMU's emulated CPUs get, by name; the list ends with NULL. */
extern const char *const thread_names[];
/* Whether that many CPUs share one thread. NULL is auto: they do if fewer CPUs are idle here. */
bool share_thread(const char *threads, unsigned long cpus, unsigned int idle);

/* The user's wish: indices in machine_names and accel_names, which end with NULL. */
enum wished_machine { MACHINE_AUTO, MACHINE_BOCHS, MACHINE_QEMU };
enum wished_accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
extern const char *const machine_names[], *const accel_names[];

/* Needs for which QEMU's emulated CPUs are taken only on request. */
enum need {
    NEED_NONE,
    NEED_CPU,       /* a model of CPU is named: Bochs has those with VT-x */
    NEED_MULTIBOOT, /* by Multiboot 2: QEMU itself loads by 1 */
    NEEDS
};

struct wish {
    enum wished_machine machine;
    enum wished_accel accel;
    bool icount; /* the TSC is to count instructions */
    enum need need;
};

/* The options that contradict each other, or NULL. */
const char *wish_fault(const struct wish *wish);

/* The way to take. False: no way that the wish allows is possible; *way is the last of them. */
bool choose(const struct computer *computer, const struct wish *wish, enum way *way);

/* Why the need makes it Bochs instead of QEMU; or NULL. */
const char *choice_need(const struct computer *computer, const struct wish *wish, enum way way);

/* Why `--machine auto` takes that way, or (not found) none, as a text. */
#define CHOICE_WHY 256
void choice_explain(const struct computer *computer, bool found, enum way way,
                    char why[CHOICE_WHY]);

#endif
