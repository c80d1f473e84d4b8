/* SPDX-License-Identifier: BSD-2-Clause */
/* Bochs: emulates VT-x, EPT, VMFUNC and #VE on any computer. */
#include "say.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/machine.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_CPU "corei7_icelake_u"
/* On newer ones Linux 6.1 finds XSAVE's area of a wrong size and hangs, without altview as well. */
#define LINUX_CPU "corei7_skylake_x"
/* Bochs keeps at most this much in its own memory and swaps the rest to a file; MiB. */
#define MOST_HOST_MEMORY 2048

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
    if (!program_exists("bochs")) {
        return fail("bochs is not installed; as root: apt-get install bochs bochs-sdl bochsbios "
                    "vgabios");
    }
    return machine->cpu ? check_cpu(machine->cpu) : 0;
}

static const char *cpu_of(const struct machine *m)
{
    return m->cpu ? m->cpu : m->linux_guest ? LINUX_CPU : DEFAULT_CPU;
}

/*
 * Every plug-in left out is a way less to open a device of this computer. time0 is fixed so that
 * runs are repeatable. error: else each EPT violation writes a line.
 */
static void put_config(const struct machine *m, FILE *to)
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
            "com1: enabled=1, mode=file, dev=" GUEST_OUTPUT "\n"
            "com2: enabled=1, mode=socket-client, dev=127.0.0.1:%u\n",
            m->memory, m->memory < MOST_HOST_MEMORY ? m->memory : MOST_HOST_MEMORY, cpu_of(m),
            m->cpus, m->port);
}

static int write_file(const struct machine *machine, const char *name,
                      void (*put)(const struct machine *machine, FILE *to))
{
    char path[PATH_MAX];
    FILE *to = fopen(path_join(path, machine->directory, name), "wex");

    if (!to) {
        return -errno;
    }
    put(machine, to);
    return fclose(to) ? -errno : 0;
}

/* Debian's Bochs has the debugger: continue, and quit at a stop. */
static void put_start(const struct machine *machine, FILE *to)
{
    (void)machine;
    fputs("c\nq\n", to);
}

static pid_t start(const struct machine *machine)
{
    static const char *const words[] = {"bochs",   "-unlock", "-q",    "-f",
                                        "bochsrc", "-rc",     "start", NULL};
    int error = write_file(machine, "bochsrc", put_config);

    if (!error) {
        error = write_file(machine, "start", put_start);
    }
    return error ? error
                 : process_start(&(struct program){.words = words,
                                                   .environment = environment,
                                                   .directory = machine->directory,
                                                   .output = machine->output});
}

const struct emulator emulator_bochs = {
    .name = "bochs",
    .title = "Bochs",
    .end = "bochs",
    .log = "bochs.log",
    .check = check,
    .start = start,
};
