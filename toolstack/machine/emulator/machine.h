/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine to emulate, and the emulators. */
#ifndef RUN_MACHINE_H
#define RUN_MACHINE_H

#include "toolstack/machine/emulator/choice.h"
#include "toolstack/machine/image.h"
#include "toolstack/machine/snapshot.h"

#include <stdbool.h>
#include <sys/types.h>

#define GUEST_OUTPUT    "guest.txt" /* serial port 1 */
#define MACHINE_IMAGE   "machine.iso"
#define EMULATOR_OUTPUT "emulator.txt"

/* This process's descriptors of a machine, -1 for those that it does not have. */
struct lines {
    int port_listener;   /* serial port 2 connects here over TCP ... */
    int port;            /* ... or is connected */
    int serial_listener; /* the same for serial port 1 */
    int serial;
    int qmp;    /* QEMU's monitor */
    int memory; /* the machine's RAM, a memfd that the emulator maps */
};
#define LINES_NONE                                                                                 \
    {                                                                                              \
        -1, -1, -1, -1, -1, -1                                                                     \
    }

struct machine {
    const char *directory; /* where it runs; its files, MACHINE_IMAGE among them */
    unsigned long memory;  /* MiB */
    unsigned long cpus;    /* how many, 1 to 64 */
    const char *cpu;       /* NULL: the emulator's default for such a guest */
    bool linux_guest;
    bool icount;                     /* the TSC counts instructions */
    const char *threads;             /* of thread_names; NULL: auto */
    bool in_turns;                   /* QEMU's emulated CPUs share one thread; set by `start` */
    const struct image *image;       /* what it boots; NULL: MACHINE_IMAGE, which is there ... */
    const struct snapshot *snapshot; /* ... unless it goes on from that */
    int output;                      /* descriptor: the emulator's own messages */
    struct lines lines;              /* set by `start` */
};

struct emulator {
    const char *title;
    const char *end;      /* how the hypervisor ends it: its option end= */
    const char *bell;     /* its control port's bell: its option bell=; NULL: its default */
    const char *log;      /* a file in `directory` with the reason of a failure */
    bool shares;          /* lines.memory is the machine's RAM: the hypervisor's option ring=on */
    bool executes;        /* its CPUs notice other processes' stores to code in that RAM */
    uint32_t no_snapshot; /* ALTVIEW_SNAPSHOT_*: why it makes none; 0: it does */
    bool takes_image;     /* it boots nothing but MACHINE_IMAGE */
    /* Can it run here, with such a CPU? 0, or an exit status after a message. */
    int (*check)(const struct machine *machine);
    /* 0, or an exit status after a message. */
    int (*start)(struct machine *machine, pid_t *process);
};

extern const struct emulator emulator_bochs, emulator_tcg, emulator_kvm;
extern const struct emulator *const emulators[WAYS];

/* The message of a failure: its title, and the cause. */
#define START_FAILED "can't start %s: %s; see that there is memory and room on the disk"

#endif
