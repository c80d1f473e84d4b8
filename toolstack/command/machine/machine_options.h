/* SPDX-License-Identifier: BSD-2-Clause */
/* Options that choose the machine, and the choice. */
#ifndef COMMAND_MACHINE_OPTIONS_H
#define COMMAND_MACHINE_OPTIONS_H

#include "options.h"
#include "toolstack/machine/emulator/choice.h"
#include "toolstack/machine/emulator/machine.h"

/* By names of choice.h. */
struct machine_asked {
    const char *machine, *accel;
};
#define MACHINE_ASKED_DEFAULTS                                                                     \
    {                                                                                              \
        "auto", "auto"                                                                             \
    }

int option_emulator(const struct option *option, const char *value);
#define MACHINE_OPTIONS(a, m)                                                                      \
    OPTION_CHOICE("machine", "NAME", &(a)->machine, machine_names,                                 \
                  "bochs: emulates VT-x on any computer; qemu: see --accel; auto (default): the\n" \
                  "first that is possible of QEMU with KVM, QEMU without, and Bochs; Bochs for\n"  \
                  "Multiboot 2, and, without KVM, for --cpu; altview doctor tells",                \
                  .variable = "ALTVIEW_MACHINE"),                                                  \
        OPTION_CHOICE(                                                                             \
            "accel", "NAME", &(a)->accel, accel_names,                                             \
            "in QEMU, kvm: this computer's VT-x or AMD-V, by nested virtualisation; tcg: an\n"     \
            "emulated CPU with AMD-V; auto (default): KVM where it is possible",                   \
            .variable = "ALTVIEW_ACCEL"),                                                          \
        OPTION_BY(option_emulator, "emulator", "NAME", (a), NULL),                                 \
        OPTION_TEXT(                                                                               \
            "cpu", "MODEL", &(m)->cpu,                                                             \
            "processor model (default: in Bochs corei7_icelake_u, for Linux\n"                     \
            "corei7_skylake_x, bochs -help cpu lists them; in QEMU host with KVM, else max,\n"     \
            "and features may follow: qemu64,-svm)",                                               \
            .variable = "ALTVIEW_CPU"),                                                            \
        OPTION_CHOICE(                                                                             \
            "threads", "NUMBER", &(m)->threads, thread_names,                                      \
            "of this computer's, for QEMU's emulated CPUs, one: for all; many: for each; auto\n"   \
            "(default): one if the computer has too few idle CPUs"),                               \
        OPTION_FLAG(                                                                               \
            "icount", &(m)->icount,                                                                \
            "in QEMU without KVM: the TSC counts instructions, as it does in Bochs, so that\n"     \
            "lengths of paths can be measured, and runs are alike")

/* The way that this computer has for it, and why not QEMU's if the need rules that out, or NULL. 0,
 * or an exit status after a message. */
int machine_choose(const struct machine_asked *asked, const struct machine *machine, enum need need,
                   enum way *way, const char **why);

#endif
