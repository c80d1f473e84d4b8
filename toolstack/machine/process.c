/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 2000

int signals_hold(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGQUIT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_status(int signals)
{
    struct signalfd_siginfo info;

    return read(signals, &info, sizeof(info)) == sizeof(info) ? 128 + (int)info.ssi_signo : 0;
}

bool program_exists(const char *name)
{
    const char *path = getenv("PATH");
    char file[4096];

    while (path && *path) {
        size_t length = strcspn(path, ":");

        snprintf(file, sizeof(file), "%.*s/%s", (int)length, path, name);
        if (!access(file, X_OK)) {
            return true;
        }
        path += length + (path[length] == ':');
    }
    return false;
}

static bool keep_to(uint64_t most)
{
    return !most || !setrlimit(RLIMIT_FSIZE, &(struct rlimit){most, most});
}

static void be(const struct program *program, pid_t parent)
{
    sigset_t none;
    int input = open(program->input ? program->input : "/dev/null", O_RDONLY);
    int messages = program->quiet ? open("/dev/null", O_WRONLY) : program->output;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || input < 0 || (program->directory && chdir(program->directory)) ||
        !keep_to(program->most)) {
        return;
    }
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(input, STDIN_FILENO);
    dup2(program->output, STDOUT_FILENO);
    dup2(messages, STDERR_FILENO);
    for (const int *kept = program->keep; kept && *kept >= 0; kept++) {
        fcntl(*kept, F_SETFD, 0);
    }
    for (const char *const *e = program->environment; e && *e; e++) {
        putenv((char *)(uintptr_t)*e);
    }
    execvp(program->words[0], (char *const *)(uintptr_t)program->words);
    perror(program->words[0]);
}

pid_t process_start(const struct program *program)
{
    pid_t parent = getpid(), child;

    fflush(NULL);
    child = fork();
    if (!child) {
        be(program, parent);
        _exit(127);
    }
    return child < 0 ? -errno : child;
}

/* Waits for its end; false: it has not ended, or a signal came. */
static bool ends_within(pid_t process, int signals, int milliseconds)
{
    struct pollfd ends[] = {{.fd = pidfd_open(process, 0), .events = POLLIN},
                            {.fd = signals, .events = POLLIN}};

    poll(ends, 2, milliseconds);
    close(ends[0].fd);
    return ends[0].revents;
}

void process_end(pid_t process)
{
    kill(process, SIGTERM);
    if (!ends_within(process, -1, PATIENCE_MS)) {
        kill(process, SIGKILL);
    }
    waitpid(process, NULL, 0);
}

int process_run(const struct program *program, int signals)
{
    pid_t process = process_start(program);
    int status;

    if (process < 0) {
        return process;
    }
    if (!ends_within(process, signals, -1)) {
        process_end(process);
        return -EINTR;
    }
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
