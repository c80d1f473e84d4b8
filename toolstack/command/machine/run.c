/* SPDX-License-Identifier: BSD-2-Clause */
/* altview run: a machine in an emulator, with altview and a guest. */
#include "toolstack/machine/run.h"
#include "commands.h"
#include "fields.h"
#include "machine/detach.h"
#include "machine_options.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/files.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST_MEMORY 4 /* MiB */
#define LARGEST_MEMORY  4096

static const char about[] =
    "Boots altview with a PVH guest (an ELF file with Xen's note PHYS32_ENTRY) or a Linux kernel\n"
    "(bzImage, or vmlinux with that note); without GUEST, the demo guest. What the guest prints\n"
    "to serial port 1 goes to standard output and nothing else does; the hypervisor's log and\n"
    "messages go to standard error. Both, and all that belongs to the machine, stay in a "
    "directory\n"
    "of the run's own (see Files).\n"
    "Other commands reach the guest by the run's name: altview list, altview views --connect "
    "NAME.\n"
    "\n"
    "Exit status\n"
    "  0     the guest powered off\n"
    "  1-5   the guest's other shutdown reasons: 1 reboot, 2 suspend, 3 crash, 4 watchdog,\n"
    "        5 soft reset\n"
    "  64    wrong command line\n"
    "  65    the guest image can't be loaded\n"
    "  66    no guest image was given\n"
    "  67    the processor lacks something altview needs\n"
    "  68    too little memory\n"
    "  69    the guest triple-faulted, or none of its CPUs can ever run again: each has shut\n"
    "        down, has halted with interrupts off, or was never started\n"
    "  70    altview or the emulator failed, or the log has no closing line\n"
    "  71    altview stopped the guest: a violation under --access-required, a monitor that does\n"
    "        not answer (by its rule), an exit it can't serve\n"
    "  72    altview didn't understand its options\n"
    "  124   the time limit was reached\n"
    "  130   interrupted (128 and the signal's number)\n"
    "\n"
    "Files\n"
    "  A new directory, and the link `last` to it, in the directory that the environment variable\n"
    "  ALTVIEW_RUNS names, else in ~/.local/state/altview. altview.elf is looked for in the\n"
    "  directory ALTVIEW_DATA, else where altview was built or installed.";

struct settings {
    struct run run;
    struct machine_asked asked;
    bool no_guest, detach, json, show_machine;
    char hypervisor[PATH_MAX], demo[PATH_MAX];
};

/* The MiB of a size such as 256, 256M or 1G. */
static int option_memory(const struct option *option, const char *value)
{
    char *end;
    unsigned long size = *value >= '0' && *value <= '9' ? strtoul(value, &end, 10) : 0;

    if (size && size <= LARGEST_MEMORY && *end && strchr("Gg", *end)) {
        size *= 1024;
        end++;
    } else if (size && *end && strchr("Mm", *end)) {
        end++;
    }
    if (size < SMALLEST_MEMORY || size > LARGEST_MEMORY || *end) {
        return usage_error("--memory %s: give a whole number from %d to %d, of MiB, or with the "
                           "suffix M or G",
                           value, SMALLEST_MEMORY, LARGEST_MEMORY);
    }
    *(unsigned long *)option->to = size;
    return 0;
}

static int parse(struct settings *s, int argc, char **argv)
{
    const struct option options[] = {
        IMAGE_OPTIONS(&s->run.image),
        OPTION_BY(option_memory, "memory", "SIZE", &s->run.machine.memory,
                  "RAM of the machine in MiB, or with suffix M or G (default 256)"),
        OPTION_NUMBER("cpus", "N", &s->run.machine.cpus, 1, 64,
                      "CPUs of the machine, and of the guest (default 1)"),
        OPTION_NUMBER("limit", "SECONDS", &s->run.limit, 1, 86400,
                      "give up after this long (default 120; with --detach: never)"),
        MACHINE_OPTIONS(&s->asked, &s->run.machine),
        OPTION_FLAG("show-machine", &s->show_machine,
                    "say which machine the options and this computer lead to, and run nothing"),
        OPTION_TEXT("name", "NAME", &s->run.name,
                    "what other commands call this run (default: after the guest's file)"),
        OPTION_DETACH(&s->detach),
        OPTION_FLAG("no-guest", &s->no_guest,
                    "start altview without a guest image, to see it refuse"),
        OPTION_TEXT("image", "FILE", &s->run.booted,
                    "boot this image, as altview iso makes it, instead of a GUEST"),
        OPTION_TEXT("hypervisor", "FILE", &s->run.image.hypervisor,
                    "another altview.elf, such as the one that checks itself, altview-debug.elf"),
        OPTION_JSON(s),
        {0},
    };
    struct command_line line = {.synopsis = "[OPTIONS] [GUEST] [-- GUEST ARGUMENTS]",
                                .about = about,
                                .options = options,
                                .most = -1,
                                .rest_apart = true};
    int status = options_parse(&line, argc, argv);

    if (status == OPTIONS_OK && line.count > 1) {
        status = usage_error("%s: one guest only; its arguments go after --", line.arguments[1]);
    }
    s->run.image.guest = line.count ? line.arguments[0] : NULL;
    s->run.image.arguments = line.rest;
    s->run.image.argument_count = line.rest_count;
    return status;
}

static int check_choices(const struct settings *s)
{
    if (s->no_guest && s->run.image.guest) {
        return usage_error("--no-guest and a guest: choose one");
    }
    if (s->run.booted && (s->no_guest || s->run.image.guest || s->run.image.argument_count)) {
        return usage_error("--image and a guest: choose one; an image has its guest in it");
    }
    if (s->run.booted && (s->run.image.hypervisor || s->run.image.more)) {
        return usage_error("--image and --%s: choose one; an image has its own",
                           s->run.image.more ? "boot-options" : "hypervisor");
    }
    if (s->json && !s->detach && !s->show_machine) {
        return json_needs_detach();
    }
    return check_run_name(s->run.name);
}

/* Find and check the files that go into the image, or the image itself. */
static int find_parts(struct settings *s)
{
    const char **hypervisor = &s->run.image.hypervisor;
    int status = *hypervisor ? check_file("--hypervisor", *hypervisor)
                             : find_part(s->hypervisor, "altview.elf");

    *hypervisor = *hypervisor ? *hypervisor : s->hypervisor;
    if (!status && !s->run.image.guest && !s->no_guest) {
        status = find_part(s->demo, "altview-demo.elf");
        s->run.image.guest = s->demo;
    }
    return status ? status : image_check(&s->run.image);
}

static enum need need_of(const struct settings *s)
{
    if (s->run.image.multiboot && *s->run.image.multiboot != '1') {
        return NEED_MULTIBOOT;
    }
    return s->run.machine.cpu ? NEED_CPU : NEED_NONE;
}

static int show_machine(const struct settings *s)
{
    struct json_object *o = json_object_new_object();
    enum way way = WAY_BOCHS;
    const char *why;
    int status = machine_choose(&s->asked, &s->run.machine, need_of(s), &way, &why);

    if (status) {
        return status;
    }
    field_text(o, "machine", way_machine(way));
    field_text(o, "accel", way_accel(way));
    return output(s->json, o);
}

static int check(struct settings *s)
{
    struct machine *machine = &s->run.machine;
    enum way way = WAY_BOCHS;
    const char *why = NULL;
    int status = check_choices(s);

    if (!status) {
        status = machine_choose(&s->asked, machine, need_of(s), &way, &why);
    }
    if (why) {
        say("Bochs, not QEMU: %s", why);
    }
    s->run.emulator = emulators[way];
    if (!status) {
        s->run.image.end = s->run.emulator->end;
        s->run.image.ring = s->run.emulator->shares;
        s->run.image.bell = s->run.emulator->bell;
        status = s->run.booted ? check_file("--image", s->run.booted) : find_parts(s);
    }
    if (!status) {
        machine->linux_guest = s->run.image.is_linux;
        machine->image = s->run.booted ? NULL : &s->run.image;
        status = s->run.emulator->check(machine);
    }
    return status;
}

int cmd_run(int argc, char **argv)
{
    static struct settings s = {
        .run = {.image = {IMAGE_DEFAULTS, .serial = true, .platform = "i386-pc"},
                .machine = {.memory = 256, .cpus = 1},
                .background = -1},
        .asked = MACHINE_ASKED_DEFAULTS,
    };
    int status = parse(&s, argc, argv);

    if (status != OPTIONS_OK) {
        return status;
    }
    if (s.show_machine) {
        return before_guest(show_machine(&s));
    }
    status = before_guest(check(&s));
    if (status) {
        return status;
    }
    if (s.detach) {
        return run_detached(&s.run, s.json);
    }
    if (!s.run.limit) {
        s.run.limit = RUN_LIMIT;
    }
    return run_machine(&s.run);
}
