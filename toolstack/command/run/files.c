/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/files.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

char *path_join(char *path, const char *directory, const char *name)
{
    if (snprintf(path, PATH_MAX, "%s/%s", directory, name) >= PATH_MAX) {
        path[0] = 0; /* no such file */
    }
    return path;
}

/* Where this program's file is. */
static void own_directory(char *path)
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

    path[length < 0 ? 0 : length] = 0;
    *(strrchr(path, '/') ? strrchr(path, '/') : path) = 0;
}

int find_part(char *path, const char *name)
{
    static const char *const places[] = {"../../hypervisor", "../../guests", "../share/altview",
                                         "../share/altview/guests"};
    char directory[PATH_MAX], own[PATH_MAX];
    const char *data = getenv("ALTVIEW_DATA");

    if (data && !access(path_join(path, data, name), R_OK)) {
        return 0;
    }
    own_directory(own);
    for (size_t i = 0; !data && i < sizeof(places) / sizeof(places[0]); i++) {
        if (!access(path_join(path, path_join(directory, own, places[i]), name), R_OK)) {
            return 0;
        }
    }
    return fail("%s is missing in %s; build altview, or set ALTVIEW_DATA to the directory it is in",
                name, data ? data : "the build and where altview is installed");
}

int check_file(const char *what, const char *path)
{
    struct stat s;

    if (stat(path, &s)) {
        return usage_error("%s %s: no such file; check its name", what, path);
    }
    if (!S_ISREG(s.st_mode) || access(path, R_OK)) {
        return usage_error("%s %s: not a readable file", what, path);
    }
    return 0;
}

int make_directories(const char *path)
{
    char part[PATH_MAX];

    for (const char *end = path; *end;) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
        if (mkdir(part, 0777) && errno != EEXIST) {
            return -errno;
        }
    }
    return 0;
}

static void runs_directory(char *path)
{
    const char *runs = getenv("ALTVIEW_RUNS"), *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (runs && *runs) {
        snprintf(path, PATH_MAX, "%s", runs);
    } else if (state && *state == '/') {
        path_join(path, state, "altview");
    } else {
        path_join(path, home ? home : "/tmp", ".local/state/altview");
    }
}

/* Another run may do the same at the same time: make it aside, and put it in place at once. */
static void link_last(const char *runs, const char *directory)
{
    char aside[PATH_MAX], last[PATH_MAX];

    path_join(aside, directory, "last");
    if (!symlink(strrchr(directory, '/') + 1, aside)) {
        rename(aside, path_join(last, runs, "last"));
    }
}

int make_run_directory(char *path)
{
    char given[PATH_MAX], runs[PATH_MAX], name[64];
    time_t now = time(NULL);
    int error;

    runs_directory(given);
    error = make_directories(given);
    if (error || !realpath(given, runs)) {
        return fail("can't make the directory %s: %s; set ALTVIEW_RUNS to one that can be", given,
                    strerror(error ? -error : errno));
    }
    strftime(name, sizeof(name), "%Y%m%d-%H%M%S-XXXXXX", localtime(&now));
    if (!mkdtemp(path_join(path, runs, name))) {
        return fail("can't make a directory in %s: %s; set ALTVIEW_RUNS to another", runs,
                    strerror(errno));
    }
    chmod(path, 0755);
    link_last(runs, path);
    return 0;
}

static int copy_all(int from, int to)
{
    char bytes[65536];
    ssize_t got, put = 0;

    while (put >= 0 && (got = read(from, bytes, sizeof(bytes))) > 0) {
        for (ssize_t done = 0; put >= 0 && done < got; done += put) {
            put = write(to, bytes + done, (size_t)(got - done));
        }
    }
    return got < 0 || put < 0 ? -errno : 0;
}

int copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out, error;

    if (in < 0) {
        return -errno;
    }
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    error = out < 0 ? -errno : copy_all(in, out);
    close(in);
    if (out >= 0) {
        close(out);
    }
    return error;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *place)
{
    (void)s;
    (void)type;
    (void)place;
    return remove(path);
}

void remove_tree(const char *path)
{
    nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
