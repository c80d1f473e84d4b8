/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine to be emulated, and what can emulate it. */
#ifndef RUN_MACHINE_H
#define RUN_MACHINE_H

#include <stdbool.h>
#include <sys/types.h>

#define GUEST_OUTPUT    "guest.txt" /* serial port 1 */
#define MACHINE_IMAGE   "machine.iso"
#define EMULATOR_OUTPUT "emulator.txt"

struct machine {
    const char *directory; /* where it runs; its files, MACHINE_IMAGE among them */
    unsigned long memory;  /* MiB */
    unsigned long cpus;    /* how many, 1 to 64 */
    const char *cpu;       /* NULL: the emulator's default for such a guest */
    bool linux_guest;
    unsigned int port; /* TCP on loopback: serial port 2 connects to it */
    int output;        /* descriptor: what the emulator itself has to say */
};

struct emulator {
    const char *name, *title;
    const char *end; /* how the hypervisor ends it: its option end= */
    const char *log; /* a file in `directory` that tells why it failed */
    /* Can it run here, with such a CPU? 0, or an exit status after a message. */
    int (*check)(const struct machine *machine);
    /* The process, or a negative errno value. */
    pid_t (*start)(const struct machine *machine);
};

extern const struct emulator emulator_bochs, emulator_qemu_kvm;

/* option_choice: their names, and the one of a name. */
extern const char *const emulator_names[];
const struct emulator *emulator_find(const char *name);

#endif
