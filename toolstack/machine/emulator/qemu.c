/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU: with KVM, this computer's own VT-x or AMD-V, lent to altview by nesting; without, CPUs that
 * are emulated, with AMD-V.
 *
 * QEMU shares only descriptors with this process: no other process can open them, and no file of
 * them is left, however either process ends.
 */
#include "say.h"
#include "toolstack/machine/emulator/computer.h"
#include "toolstack/machine/emulator/machine.h"
#include "toolstack/machine/emulator/qemu_words.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_TEMPORARY "can't make a temporary file: %s; see that there is room in /tmp"

/* Is `cpu`, without the features behind its name, in QEMU's list? Its lines begin "x86 NAME". */
static bool has_cpu(FILE *list, const char *cpu)
{
    size_t length = strcspn(cpu, ",");
    char line[256], name[sizeof(line)];

    while (fgets(line, sizeof(line), list)) {
        if (sscanf(line, "x86 %255s", name) == 1 && strlen(name) == length &&
            !memcmp(name, cpu, length)) {
            return true;
        }
    }
    return false;
}

static int check_cpu(const char *cpu)
{
    static const char *const words[] = {"qemu-system-x86_64", "-cpu", "help", NULL};
    FILE *list = tmpfile();
    bool found;

    if (!list) {
        return fail(NO_TEMPORARY, strerror(errno));
    }
    process_run(&(struct program){.words = words, .output = fileno(list)}, -1);
    rewind(list);
    found = has_cpu(list, cpu);
    fclose(list);
    return found ? 0
                 : usage_error("--cpu %s: QEMU has no such model; qemu-system-x86_64 -cpu help "
                               "lists them, or use --machine bochs",
                               cpu);
}

/* A snapshot is restored by the QEMU that made it: another one's devices may differ. */
static int check_version(const struct snapshot *snapshot)
{
    static const char *const words[] = {"qemu-system-x86_64", "--version", NULL};
    static const char before[] = "QEMU emulator version ";
    char line[sizeof(before) + QMP_VERSION] = "";
    FILE *output = tmpfile();

    if (!output) {
        return fail(NO_TEMPORARY, strerror(errno));
    }
    process_run(&(struct program){.words = words, .output = fileno(output)}, -1);
    rewind(output);
    if (!fgets(line, sizeof(line), output)) {
        line[0] = 0;
    }
    fclose(output);
    line[strcspn(line, "\n")] = 0;
    if (!strncmp(line, before, sizeof(before) - 1) &&
        !strcmp(line + sizeof(before) - 1, snapshot->head.qemu)) {
        return 0;
    }
    return fail("the snapshot was made with QEMU %s, and here is \"%s\"; install that version",
                snapshot->head.qemu, line);
}

static int check(const struct machine *machine)
{
    if (machine->snapshot) {
        return check_version(machine->snapshot);
    }
    if (machine->image && machine->image->multiboot && *machine->image->multiboot != '1') {
        return usage_error("--multiboot %s: QEMU itself starts altview, by Multiboot 1; leave it "
                           "out, or use --machine bochs",
                           machine->image->multiboot);
    }
    return machine->cpu ? check_cpu(machine->cpu) : 0;
}

static int check_tcg(const struct machine *machine)
{
    if (machine->cpu && !strncmp(machine->cpu, "host", 4)) {
        return usage_error("--cpu %s: only KVM has this computer's own; leave it out, or use "
                           "--accel kvm",
                           machine->cpu);
    }
    return check(machine);
}

/* The descriptors for QEMU; -1: not open. This process closes all but the guest's file and the
 * snapshot. */
static const struct qemu_files no_files = {
    -1, -1, -1, -1, -1, -1, -1, {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}};

/* This process's end, which does not block, and QEMU's. */
static int open_socket(int *ours, int *theirs)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
        return errno;
    }
    *ours = ends[0];
    *theirs = ends[1];
    return fcntl(ends[0], F_SETFL, O_NONBLOCK) ? errno : 0;
}

/* RAM of that size. Its seals keep QEMU from removing pages that this process reads. */
static int open_memory(unsigned long mebibytes, int *memory)
{
    *memory = memfd_create("altview-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return *memory < 0 || ftruncate(*memory, (off_t)mebibytes << 20) ||
                   fcntl(*memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
               ? errno
               : 0;
}

static int open_lines(struct machine *machine, struct qemu_files *files)
{
    struct lines *lines = &machine->lines;
    int error = open_socket(&lines->serial, &files->serial1);

    if (!error) {
        error = open_socket(&lines->port, &files->serial2);
    }
    if (!error) {
        error = open_socket(&lines->qmp, &files->qmp);
    }
    if (!error) {
        error = open_memory(machine->memory, &lines->memory);
    }
    files->memory = lines->memory;
    return error ? fail(START_FAILED, "QEMU", strerror(error)) : 0;
}

/* The snapshot's RAM is copied, and QEMU reads its other state from the file itself. */
static int open_snapshot(const struct snapshot *snapshot, struct qemu_files *files)
{
    int error = snapshot_fill(snapshot, files->memory);

    files->state = snapshot->file;
    return error ? fail("can't read the snapshot's memory: %s; see that there is room in memory",
                        strerror(-error))
                 : 0;
}

static int open_part(const char *path, int *file)
{
    *file = open(path, O_RDONLY | O_CLOEXEC);
    return *file < 0 ? fail("%s can't be read: %s; copy it elsewhere", path, strerror(errno)) : 0;
}

static int open_parts(const struct image *image, struct qemu_files *files)
{
    int status = open_part(image->hypervisor, &files->hypervisor);

    for (int i = 0; !status && i < image->module_count; i++) {
        status = open_part(image->modules[i], &files->modules[i]);
    }
    files->guest = image->guest ? image->guest_file : -1;
    return status;
}

/* The open descriptors, in a list that ends with -1. */
static void list_files(const struct qemu_files *files, int list[])
{
    const int *all = (const int *)files;

    for (size_t i = 0; i < sizeof(*files) / sizeof(*all); i++) {
        if (all[i] >= 0) {
            *list++ = all[i];
        }
    }
    *list = -1;
}

#define LIST_SIZE (sizeof(struct qemu_files) / sizeof(int) + 1)

static int start_process(const struct machine *machine, bool kvm, const struct qemu_files *files,
                         pid_t *process)
{
    int keep[LIST_SIZE];
    struct qemu_words words;

    if (!qemu_words_make(machine, kvm, files, &words)) {
        return fail(START_FAILED, "QEMU", strerror(ENOMEM));
    }
    list_files(files, keep);
    *process = process_start(&(struct program){.words = words.words,
                                               .directory = machine->directory,
                                               .output = machine->output,
                                               .keep = keep});
    qemu_words_free(&words);
    return *process < 0 ? fail(START_FAILED, "QEMU", strerror(-*process)) : 0;
}

static void close_if_open(int file)
{
    if (file >= 0) {
        close(file);
    }
}

/* The ends that QEMU has now. */
static void close_files(const struct qemu_files *files)
{
    close_if_open(files->serial1);
    close_if_open(files->serial2);
    close_if_open(files->qmp);
    close_if_open(files->hypervisor);
    for (size_t i = 0; i < IMAGE_MODULES; i++) {
        close_if_open(files->modules[i]);
    }
}

static int start(struct machine *machine, bool kvm, pid_t *process)
{
    struct qemu_files files = no_files;
    int status;

    machine->lines = (struct lines)LINES_NONE;
    status = open_lines(machine, &files);
    if (!status && machine->snapshot) {
        status = open_snapshot(machine->snapshot, &files);
    } else if (!status && machine->image) {
        status = open_parts(machine->image, &files);
    }
    if (!status) {
        status = start_process(machine, kvm, &files, process);
    }
    close_files(&files);
    return status;
}

/*
 * A CPU that waits for another spins, and most waits of altview's are for another. If the other's
 * thread must wait for a CPU of this computer, the spinning thread keeps that CPU for some
 * milliseconds. In one thread the other CPU gets its turn at the first PAUSE.
 */
static int start_tcg(struct machine *machine, pid_t *process)
{
    unsigned int idle = computer_idle_cpus();
    bool asked_for = share_thread(machine->threads, 1, 1);

    machine->in_turns = share_thread(machine->threads, machine->cpus, idle);
    if (machine->in_turns && !machine->icount && !asked_for) {
        say("one thread for the machine's %lu CPUs, as this computer has %u idle; --threads many "
            "gives each its own, --threads one chooses this",
            machine->cpus, idle);
    }
    return start(machine, false, process);
}

static int start_kvm(struct machine *machine, pid_t *process)
{
    return start(machine, true, process);
}

const struct emulator emulator_tcg = {
    .title = "QEMU",
    .end = "qemu",
    .shares = true,
    .bell = "hub",
    .log = EMULATOR_OUTPUT,
    .check = check_tcg,
    .start = start_tcg,
};

const struct emulator emulator_kvm = {
    .title = "QEMU with KVM",
    .end = "qemu",
    .no_snapshot = ALTVIEW_SNAPSHOT_KVM,
    .shares = true,
    .executes = true,
    .bell = "hub",
    .log = EMULATOR_OUTPUT,
    .check = check,
    .start = start_kvm,
};
