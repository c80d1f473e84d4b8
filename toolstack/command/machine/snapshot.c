/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview snapshot`: a whole run in a file. */
#include "toolstack/machine/snapshot.h"
#include "commands.h"
#include "fields.h"
#include "machine/run_line.h"
#include "new_file.h"
#include "options.h"
#include "output.h"
#include "say.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const reasons[] = {
    [ALTVIEW_SNAPSHOT_MACHINE] = "its machine is Bochs, which can't save its state; start the run "
                                 "with --machine qemu --accel tcg",
    [ALTVIEW_SNAPSHOT_KVM] = "its CPUs are KVM's, and whether KVM hands out the state of a nested "
                             "guest is not known; start the run with --accel tcg",
    [ALTVIEW_SNAPSHOT_IMAGE] = "it boots from --image, a file that would not be in the snapshot; "
                               "start the run with the guest's own file",
};

static int refused(const char *name, int status, uint32_t why)
{
    if (status == -EOPNOTSUPP && why && why < sizeof(reasons) / sizeof(reasons[0])) {
        return fail("no snapshot of %s: %s", name, reasons[why]);
    }
    switch (status) {
    case -ETIMEDOUT:
        return fail("%s does not answer; altview doctor tells more", name);
    case -EPERM:
        return fail("%s is another user's run; its user, or root, may take the snapshot", name);
    case -EBUSY:
        return fail("a vCPU of %s is paused as often as it can be; unpause it", name);
    case -EIO:
        return fail("QEMU can't save %s; emulator.txt in the run's directory says why", name);
    case -ENOSYS:
        return fail("%s is run by an older altview, which makes no snapshots", name);
    default:
        return fail("no snapshot of %s: %s", name, strerror(-status));
    }
}

/* From then on the machine stands still, until the line is closed. */
static int ask_for_it(int line, const char *name, int *memory, int *state)
{
    const struct altview_memory_wish wish = {0};
    struct altview_layout layout;
    struct altview_snapshot snapshot;
    int no_memory =
        run_line_ask(line, ALTVIEW_MEMORY, &wish, sizeof(wish), &layout, sizeof(layout), memory);
    int status =
        no_memory == -EOPNOTSUPP || !no_memory
            ? run_line_ask(line, ALTVIEW_SNAPSHOT, NULL, 0, &snapshot, sizeof(snapshot), state)
            : no_memory;

    if (status) {
        return refused(name, status, snapshot.why);
    }
    return *memory < 0 || *state < 0 ? refused(name, -EPROTO, 0) : 0;
}

/* The file has all of the guest's memory: nobody else may read it. */
static int open_file(struct new_file *file, const char *path)
{
    struct stat s;
    mode_t mask = umask(S_IRWXG | S_IRWXO);
    int status = new_file_open(file, path);

    umask(mask);
    if (!status && (fstat(fileno(file->to), &s) || !S_ISREG(s.st_mode) ||
                    fchmod(fileno(file->to), S_IRUSR | S_IWUSR))) {
        status = new_file_end(file, fail("%s is no file: a snapshot goes into one", path));
    }
    return status;
}

static int close_both(int memory, int state, int status)
{
    if (memory >= 0) {
        close(memory);
    }
    if (state >= 0) {
        close(state);
    }
    return status;
}

static int take(int line, const char *name, const struct new_file *file, struct snapshot_head *head)
{
    int memory = -1, state = -1, error;
    int status = ask_for_it(line, name, &memory, &state);

    if (!status) {
        error = snapshot_write(state, memory, fileno(file->to), head);
        status = error ? fail("%s can't be written: %s", file->path, strerror(-error)) : 0;
    }
    return close_both(memory, state, status);
}

static int tell(const char *name, const char *path, const struct snapshot_head *head, bool json)
{
    struct json_object *o = fields();

    field_text(o, "run", name);
    field_text(o, "file", path);
    field_number(o, "size", head->memory_at + head->memory_size);
    field_number(o, "vcpus", head->hub.vcpu_count);
    return output_member(json, o, NULL);
}

static int snapshot(const char *name, const char *path, bool json)
{
    struct snapshot_head head;
    struct new_file file;
    int line = run_line_open(name), status;

    if (line < 0) {
        return EXIT_FAILED;
    }
    status = open_file(&file, path);
    if (!status) {
        status = take(line, name, &file, &head);
        shutdown(line, SHUT_RDWR); /* the machine goes on */
        status = new_file_end(&file, status);
    }
    close(line);
    return status ? status : tell(name, path, &head, json);
}

int cmd_snapshot(int argc, char **argv)
{
    struct common common = {0};
    const struct option options[] = {OPTION_JSON(&common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] RUN FILE",
        .about =
            "Write a run to a file, from which altview restore starts a run that goes on from\n"
            "there: the guest's memory and vCPUs, altview's views and all that belongs to them.\n"
            "The machine stands still meanwhile, and goes on when the file is written. The file\n"
            "is replaced when it is whole. Its empty pages are holes. Only its user can read it.\n"
            "Only a run in QEMU without KVM can be saved.",
        .options = options,
        .least = 2,
        .most = 2,
    };
    int status = options_parse(&line, argc, argv);

    return status == OPTIONS_OK ? snapshot(line.arguments[0], line.arguments[1], common.json)
                                : status;
}
