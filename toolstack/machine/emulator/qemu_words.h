/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's command line. Pure. */
#ifndef MACHINE_QEMU_WORDS_H
#define MACHINE_QEMU_WORDS_H

#include "toolstack/machine/emulator/machine.h"

/* The descriptors for QEMU, by their numbers in this process. */
struct qemu_files {
    int serial1, serial2, qmp; /* connected sockets */
    int memory;                /* a file of the machine's RAM */
    int state;                 /* a snapshot's; -1: it boots */
    /* The file to boot, if the machine has an image; -1: no guest. */
    int hypervisor, guest, modules[IMAGE_MODULES];
};

struct qemu_words {
    char *text;
    const char **words; /* argv, NULL at the end */
};

/* False: there is no memory. Give it back with qemu_words_free. */
bool qemu_words_make(const struct machine *machine, bool kvm, const struct qemu_files *files,
                     struct qemu_words *words);
void qemu_words_free(struct qemu_words *words);

#endif
