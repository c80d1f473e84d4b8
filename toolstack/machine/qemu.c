/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU with KVM: this computer's own VT-x, lent to altview by nesting. */
#include "say.h"
#include "toolstack/machine/facts.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/machine.h"
#include "toolstack/machine/process.h"

#include <stdio.h>

static int check(const struct machine *machine)
{
    static const enum fact_number needs[] = {FACT_QEMU, FACT_VTX, FACT_KVM, FACT_NESTED};

    (void)machine;
    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        const struct fact *fact = &facts[needs[i]];
        char detail[FACT_DETAIL] = "";

        if (fact->find(detail, sizeof(detail)) == ANSWER_NO) {
            return fail("--emulator qemu-kvm needs %s, which is missing%s%s%s; %s, or use "
                        "--emulator bochs",
                        fact->title, *detail ? " (" : "", detail, *detail ? ")" : "", fact->remedy);
        }
    }
    return 0;
}

static pid_t start(const struct machine *machine)
{
    static const char output[] = "file:" GUEST_OUTPUT;
    char memory[32], cpus[32], port[64];
    const char *const words[] = {
        "qemu-system-x86_64", "-machine", "q35", "-enable-kvm", "-cpu",
        machine->cpu ? machine->cpu : "host", "-m", memory, "-smp", cpus, "-nodefaults",
        "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot",
        /* How the hypervisor ends it: hypervisor/base/log.c. */
        "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", "-serial", output, "-serial", port,
        "-cdrom", MACHINE_IMAGE, "-boot", "d", NULL};

    snprintf(memory, sizeof(memory), "%lu", machine->memory);
    snprintf(cpus, sizeof(cpus), "%lu", machine->cpus);
    snprintf(port, sizeof(port), "tcp:127.0.0.1:%u,nodelay=on", machine->port);
    return process_start(&(struct program){
        .words = words, .directory = machine->directory, .output = machine->output});
}

const struct emulator emulator_qemu_kvm = {
    .name = "qemu-kvm",
    .title = "QEMU with KVM",
    .end = "qemu",
    .log = EMULATOR_OUTPUT,
    .check = check,
    .start = start,
};
