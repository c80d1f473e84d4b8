/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/detach.h"

#include "output.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the background: without input, output, and a terminal that could send it signals. */
static int run_behind(struct run *run, int *pipe_ends)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    close(pipe_ends[0]);
    run->background = pipe_ends[1];
    setsid();
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    close(nowhere);
    return run_machine(run);
}

static bool read_place(int from, struct place *place)
{
    char *to = (char *)place, *end = to + sizeof(*place);
    ssize_t got = 1;

    while (to < end && got > 0) {
        got = read(from, to, (size_t)(end - to));
        to += got > 0 ? got : 0;
    }
    return to == end;
}

static int print_place(const struct place *place, bool json)
{
    struct json_object *value = json_object_new_object();

    json_object_object_add(value, "name", json_object_new_string(place->registration.name));
    json_object_object_add(value, "socket", json_object_new_string(place->registration.socket));
    json_object_object_add(value, "files", json_object_new_string(place->directory));
    return output(json, value);
}

int run_detached(struct run *run, bool json)
{
    int pipe_ends[2], status = 0;
    pid_t child;

    if (pipe2(pipe_ends, O_CLOEXEC) || (child = fork()) < 0) {
        return fail("can't start a process in the background: %s; end others first",
                    strerror(errno));
    }
    if (!child) {
        return run_behind(run, pipe_ends);
    }
    close(pipe_ends[1]);
    if (read_place(pipe_ends[0], &run->place)) {
        return print_place(&run->place, json);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_NO_END;
}

int json_needs_detach(void)
{
    return usage_error("--json goes with --detach; else standard output is the guest's");
}

int check_run_name(const char *name)
{
    return !name || run_name_is_good(name)
               ? 0
               : usage_error("--name %s: give at most %d letters, digits, '_', '-' and '.', a "
                             "letter or digit first",
                             name, RUN_NAME_SIZE - 1);
}
