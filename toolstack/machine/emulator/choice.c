/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/emulator/choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *const machine_names[] = {"auto", "bochs", "qemu", NULL};
const char *const thread_names[] = {"auto", "one", "many", NULL};
const char *const accel_names[] = {"auto", "kvm", "tcg", NULL};

static const struct {
    enum wished_machine machine;
    enum wished_accel accel; /* ACCEL_AUTO: none */
} names[WAYS] = {[WAY_BOCHS] = {MACHINE_BOCHS, ACCEL_AUTO},
                 [WAY_TCG] = {MACHINE_QEMU, ACCEL_TCG},
                 [WAY_KVM] = {MACHINE_QEMU, ACCEL_KVM}};

const char *way_machine(enum way way)
{
    return machine_names[names[way].machine];
}

const char *way_accel(enum way way)
{
    return names[way].accel == ACCEL_AUTO ? NULL : accel_names[names[way].accel];
}

/* The remedy for KVM's module of a vendor. */
#define RELOAD(module) "sudo modprobe -r " module " && sudo modprobe " module " nested=1"
#define ALL(text)                                                                                  \
    {                                                                                              \
        text, text, text                                                                           \
    }
#define BY_MODULE(macro)                                                                           \
    {                                                                                              \
        "it takes a CPU with VT-x or AMD-V", macro("kvm_intel"), macro("kvm_amd")                  \
    }
#define LOAD(module) "sudo modprobe " module

static const struct {
    const char *cause;
    const char *remedy[VENDORS];
} obstacles[OBSTACLES] = {
    [OBSTACLE_NONE] = {"", ALL("")},
    [OBSTACLE_CPU] = {"the CPU shows neither VT-x nor AMD-V",
                      ALL("switch it on in the firmware's setup; where this computer is a virtual "
                          "machine, have its host lend it")},
    [OBSTACLE_MODULE] = {"there is no /dev/kvm", BY_MODULE(LOAD)},
    [OBSTACLE_PERMISSION] = {"you may not open /dev/kvm",
                             ALL("sudo usermod -aG kvm $USER, and log in again")},
    [OBSTACLE_KVM] = {"/dev/kvm can't be opened", BY_MODULE(RELOAD)},
    [OBSTACLE_NESTING] = {"KVM lends its guests no virtualisation (nested=0)", BY_MODULE(RELOAD)},
    [OBSTACLE_QEMU] = {"QEMU is not installed", ALL("sudo apt-get install qemu-system-x86")},
    [OBSTACLE_BOCHS] = {"Bochs is not installed",
                        ALL("sudo apt-get install bochs bochs-sdl bochsbios vgabios")},
};

const char *obstacle_cause(enum obstacle obstacle)
{
    return obstacles[obstacle].cause;
}

const char *obstacle_remedy(enum obstacle obstacle, enum vendor vendor)
{
    return obstacles[obstacle].remedy[vendor];
}

enum obstacle device_obstacle(int error)
{
    switch (error) {
    case 0:
        return OBSTACLE_NONE;
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return OBSTACLE_MODULE;
    case EACCES:
    case EPERM:
        return OBSTACLE_PERMISSION;
    default:
        return OBSTACLE_KVM;
    }
}

/* The requirements of QEMU under KVM. */
static enum obstacle kvm_obstacle(const struct computer *c)
{
    enum obstacle device = device_obstacle(c->kvm_error);

    if (c->vendor == VENDOR_NONE) {
        return OBSTACLE_CPU;
    }
    if (device != OBSTACLE_NONE) {
        return device;
    }
    return c->nested ? OBSTACLE_NONE : OBSTACLE_NESTING;
}

enum obstacle way_obstacle(const struct computer *c, enum way way)
{
    enum obstacle kvm = way == WAY_KVM ? kvm_obstacle(c) : OBSTACLE_NONE;

    if (way == WAY_BOCHS) {
        return c->bochs ? OBSTACLE_NONE : OBSTACLE_BOCHS;
    }
    if (kvm != OBSTACLE_NONE) {
        return kvm;
    }
    return c->qemu ? OBSTACLE_NONE : OBSTACLE_QEMU;
}

unsigned int idle_cpus(unsigned int cpus, const char *loadavg)
{
    unsigned int minute = 0, hundredths = 0, running = 1, busy;

    sscanf(loadavg, "%u.%2u %*s %*s %u/", &minute, &hundredths, &running);
    minute += hundredths >= 50;
    busy = running > minute + 1 ? running - 1 : minute;
    return cpus > busy ? cpus - busy : 0;
}

bool share_thread(const char *threads, unsigned long cpus, unsigned int idle)
{
    if (threads && strcmp(threads, "auto") != 0) {
        return !strcmp(threads, "one");
    }
    return cpus > 1 && cpus > idle;
}

const char *wish_fault(const struct wish *w)
{
    if (w->machine == MACHINE_BOCHS && w->accel != ACCEL_AUTO) {
        return "--machine bochs and --accel: choose one; --accel is QEMU's";
    }
    if (w->machine == MACHINE_BOCHS && w->icount) {
        return "--machine bochs and --icount: choose one; Bochs always counts instructions";
    }
    if (w->accel == ACCEL_KVM && w->icount) {
        return "--accel kvm and --icount: choose one; a CPU that is not emulated counts time";
    }
    return NULL;
}

/* Ways to try, the best first. */
struct ways {
    size_t count;
    enum way way[WAYS];
};

/* By speed: QEMU takes less than a tenth of Bochs's time for the demo and for Debian's Linux
 * (docs/how-to/qemu.md). */
static const struct ways by_speed[NEEDS] = {
    [NEED_NONE] = {3, {WAY_KVM, WAY_TCG, WAY_BOCHS}},
    [NEED_CPU] = {2, {WAY_KVM, WAY_BOCHS}},
    [NEED_MULTIBOOT] = {1, {WAY_BOCHS}},
};
static const struct ways only_bochs = {1, {WAY_BOCHS}};
static const struct ways only_tcg = {1, {WAY_TCG}};
static const struct ways only_kvm = {1, {WAY_KVM}};
static const struct ways qemus = {2, {WAY_KVM, WAY_TCG}};

static const struct ways *ways_for(const struct wish *w)
{
    if (w->machine == MACHINE_BOCHS) {
        return &only_bochs;
    }
    if (w->accel == ACCEL_TCG || w->icount) {
        return &only_tcg;
    }
    if (w->accel == ACCEL_KVM) {
        return &only_kvm;
    }
    return w->machine == MACHINE_QEMU ? &qemus : &by_speed[w->need];
}

bool choose(const struct computer *c, const struct wish *w, enum way *way)
{
    const struct ways *ways = ways_for(w);

    for (size_t i = 0; i < ways->count; i++) {
        *way = ways->way[i];
        if (way_obstacle(c, *way) == OBSTACLE_NONE) {
            return true;
        }
    }
    return false;
}

const char *choice_need(const struct computer *c, const struct wish *w, enum way way)
{
    static const char *const needs[NEEDS] = {
        [NEED_CPU] = "--cpu names a model, and Bochs has those with VT-x; for one of QEMU's give "
                     "--machine qemu",
        [NEED_MULTIBOOT] = "QEMU itself loads altview by Multiboot 1",
    };
    bool rules = w->machine == MACHINE_AUTO && w->accel == ACCEL_AUTO && !w->icount;

    return rules && way == WAY_BOCHS && c->qemu ? needs[w->need] : NULL;
}

void choice_explain(const struct computer *c, bool found, enum way way, char why[CHOICE_WHY])
{
    static const char *const lent[VENDORS] = {"", "VT-x", "AMD-V"};
    static const char *const emulated[WAYS] = {
        [WAY_BOCHS] = "Bochs emulates VT-x", [WAY_TCG] = "QEMU emulates AMD-V"};

    if (found && way == WAY_KVM) {
        snprintf(why, CHOICE_WHY, "KVM lends altview this computer's %s", lent[c->vendor]);
    } else {
        snprintf(why, CHOICE_WHY, "not KVM: %s; %s", obstacle_cause(way_obstacle(c, WAY_KVM)),
                 found ? emulated[way] : obstacle_cause(way_obstacle(c, way)));
    }
}
