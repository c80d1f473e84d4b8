/* SPDX-License-Identifier: BSD-2-Clause */
/* Bochs: emulates VT-x, EPT, VMFUNC and #VE on any computer. */
#include "say.h"
#include "toolstack/machine/emulator/machine.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/hub/port.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CPU "corei7_icelake_u"
/* On newer ones Linux 6.1 finds a wrong size of XSAVE's area and hangs, without altview as well. */
#define LINUX_CPU "corei7_skylake_x"
/* Bochs keeps at most this much in its own memory and swaps the rest to a file; MiB. */
#define MOST_HOST_MEMORY 2048

/* The TCP ports on 127.0.0.1 to which Bochs connects serial port 1 and 2. */
struct ports {
    unsigned int serial, port;
};

/* Without a screen. */
static const char *const environment[] = {"SDL_VIDEODRIVER=dummy", "SDL_AUDIODRIVER=dummy", NULL};

static bool is_model(const char *word)
{
    return *word && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(word);
}

/* Is `cpu` among the models that Bochs lists? They go to `all`, for the message. */
static bool has_cpu(FILE *list, const char *cpu, char *all, size_t size)
{
    char line[256];
    bool found = false;
    size_t used = 0;

    all[0] = 0;
    while (fgets(line, sizeof(line), list)) {
        line[strcspn(line, "\r\n")] = 0;
        found |= !strcmp(line, cpu);
        if (is_model(line) && used < size) {
            used += (size_t)snprintf(all + used, size - used, " %s", line);
        }
    }
    return found && is_model(cpu);
}

static int check_cpu(const char *cpu)
{
    static const char *const words[] = {"bochs", "-help", "cpu", NULL};
    FILE *list = tmpfile();
    char all[2048];
    bool found;

    if (!list) {
        return fail("can't make a temporary file: %s; see that there is room in /tmp",
                    strerror(errno));
    }
    process_run(
        &(struct program){.words = words, .environment = environment, .output = fileno(list)}, -1);
    rewind(list);
    found = has_cpu(list, cpu, all, sizeof(all));
    fclose(list);
    return found ? 0 : usage_error("--cpu %s: Bochs has no such model. It has:%s", cpu, all);
}

static int check(const struct machine *machine)
{
    return machine->cpu ? check_cpu(machine->cpu) : 0;
}

static const char *cpu_of(const struct machine *m)
{
    return m->cpu ? m->cpu : m->linux_guest ? LINUX_CPU : DEFAULT_CPU;
}

/*
 * Each plug-in left out removes a way to open a device of this computer. time0 is fixed so that
 * runs are repeatable. error: otherwise each EPT violation writes a line.
 */
static void put_config(const struct machine *m, const struct ports *ports, FILE *to)
{
    fprintf(to,
            "display_library: sdl2\n"
            "config_interface: textconfig\n"
            "plugin_ctrl: speaker=0, gameport=0, parallel=0, extfpuirq=0\n"
            "sound: driver=dummy\n"
            "memory: guest=%lu, host=%lu\n"
            "romimage: file=/usr/share/bochs/BIOS-bochs-latest, options=fastboot\n"
            "vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest\n"
            "cpu: model=%s, count=%lu, ips=50000000, reset_on_triple_fault=0\n"
            "ata0-master: type=cdrom, path=" MACHINE_IMAGE ", status=inserted\n"
            "boot: cdrom\n"
            "log: bochs.log\n"
            "panic: action=fatal\n"
            "error: action=ignore\n"
            "clock: sync=none, time0=1000000000\n"
            "port_e9_hack: enabled=0\n"
            "com1: enabled=1, mode=socket-client, dev=127.0.0.1:%u\n"
            "com2: enabled=1, mode=socket-client, dev=127.0.0.1:%u\n",
            m->memory, m->memory < MOST_HOST_MEMORY ? m->memory : MOST_HOST_MEMORY, cpu_of(m),
            m->cpus, ports->serial, ports->port);
}

static FILE *open_file(const struct machine *machine, const char *name)
{
    char path[PATH_MAX];

    return fopen(path_join(path, machine->directory, name), "wex");
}

/* Its configuration, and its first commands, because Debian's Bochs has the debugger: continue, and
 * quit at a stop. */
static int write_files(const struct machine *machine, const struct ports *ports)
{
    FILE *to = open_file(machine, "bochsrc");

    if (!to) {
        return errno;
    }
    put_config(machine, ports, to);
    if (fclose(to) || !(to = open_file(machine, "start"))) {
        return errno;
    }
    fputs("c\nq\n", to);
    return fclose(to) ? errno : 0;
}

static int start_process(const struct machine *machine, const struct ports *ports, pid_t *process)
{
    static const char *const words[] = {"bochs",   "-unlock", "-q",    "-f",
                                        "bochsrc", "-rc",     "start", NULL};
    int error = write_files(machine, ports);

    *process = error ? -error
                     : process_start(&(struct program){.words = words,
                                                       .environment = environment,
                                                       .directory = machine->directory,
                                                       .output = machine->output});
    return *process < 0 ? fail(START_FAILED, "Bochs", strerror(-*process)) : 0;
}

static int listen_for(unsigned int serial_port, int *listener, unsigned int *number)
{
    *listener = port_listen(number);
    return *listener >= 0
               ? 0
               : fail("no TCP port on 127.0.0.1 for serial port %u: %s; see that the interface lo "
                      "is up",
                      serial_port, strerror(-*listener));
}

static void close_if_open(int listener)
{
    if (listener >= 0) {
        close(listener);
    }
}

static int start(struct machine *machine, pid_t *process)
{
    struct lines *lines = &machine->lines;
    struct ports ports;
    int status;

    *lines = (struct lines)LINES_NONE;
    status = listen_for(1, &lines->serial_listener, &ports.serial);
    status = status ? status : listen_for(2, &lines->port_listener, &ports.port);
    status = status ? status : start_process(machine, &ports, process);
    if (status) {
        close_if_open(lines->serial_listener);
        close_if_open(lines->port_listener);
    }
    return status;
}

const struct emulator emulator_bochs = {
    .no_snapshot = ALTVIEW_SNAPSHOT_MACHINE,
    .title = "Bochs",
    .end = "bochs",
    .log = "bochs.log",
    .takes_image = true,
    .check = check,
    .start = start,
};
