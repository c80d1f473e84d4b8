/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/files.h"

#include "new_file.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdbool.h>
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

/* The place of this program's file. */
static void own_directory(char *path)
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

    path[length < 0 ? 0 : length] = 0;
    *(strrchr(path, '/') ? strrchr(path, '/') : path) = 0;
}

/* In a place relative to this program's. */
static bool is_beside(char *path, const char *place, const char *name)
{
    char directory[PATH_MAX], own[PATH_MAX];

    own_directory(own);
    return !access(path_join(path, path_join(directory, own, place), name), R_OK);
}

int find_part(char *path, const char *name)
{
    static const char *const places[] = {"../../hypervisor", "../../guests", "../share/altview",
                                         "../share/altview/guests"};
    const char *data = getenv("ALTVIEW_DATA");

    if (data && !access(path_join(path, data, name), R_OK)) {
        return 0;
    }
    for (size_t i = 0; !data && i < sizeof(places) / sizeof(places[0]); i++) {
        if (is_beside(path, places[i], name)) {
            return 0;
        }
    }
    return fail("%s is missing in %s; build altview, or set ALTVIEW_DATA to the directory it is in",
                name, data ? data : "the build and where altview is installed");
}

bool has_xen_library(char *path, const char *name)
{
    return is_beside(path, "../xen", name) ||
           is_beside(path, "../" ALTVIEW_LIBRARIES "/altview/xen", name);
}

int find_xen_library(char *path, const char *name)
{
    if (has_xen_library(path, name)) {
        return 0;
    }
    return fail("%s of altview's is missing; build altview, or install it anew", name);
}

int check_file(const char *what, const char *path)
{
    struct stat s;

    if (stat(path, &s)) {
        return errno == ENOENT
                   ? usage_error("%s %s: no such file; check its name", what, path)
                   : usage_error("%s %s: %s; check its name", what, path, strerror(errno));
    }
    if (!S_ISREG(s.st_mode)) {
        return usage_error("%s %s: it is a %s; give a file", what, path,
                           S_ISDIR(s.st_mode) ? "directory" : "pipe, a socket or a device");
    }
    if (access(path, R_OK)) {
        return usage_error("%s %s: %s; change its mode, or run as its owner", what, path,
                           strerror(errno));
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
        if (mkdir(part, 0755) && errno != EEXIST) {
            return -errno;
        }
    }
    return 0;
}

/* HOME, or the user database's directory; NULL: neither is known. */
static const char *home_directory(char *room, size_t size)
{
    const char *home = getenv("HOME");
    struct passwd user, *found = NULL;

    if (home && *home == '/') {
        return home;
    }
    return !getpwuid_r(geteuid(), &user, room, size, &found) && found && *user.pw_dir == '/'
               ? user.pw_dir
               : NULL;
}

/* False: there is no such place. */
static bool runs_directory(char *path, const char *asked)
{
    const char *state = getenv("XDG_STATE_HOME"), *home;
    char room[4096];

    if (asked) {
        snprintf(path, PATH_MAX, "%s", asked);
    } else if (state && *state == '/') {
        path_join(path, state, "altview");
    } else {
        home = home_directory(room, sizeof(room));
        path_join(path, home ? home : "", ".local/state/altview");
        return home;
    }
    return true;
}

/*
 * In a directory where other users may write, they could replace a run's files. A sticky directory,
 * such as /tmp, prevents that. A directory that altview chooses must be the user's own. One that
 * the user names may be another user's, which the user thereby trusts.
 */
static int check_owner(const char *path, bool asked)
{
    struct stat s;

    if (stat(path, &s)) {
        return fail("%s: %s; set ALTVIEW_RUNS to another directory", path, strerror(errno));
    }
    if (!asked && s.st_uid != geteuid()) {
        return fail("%s belongs to another user; set ALTVIEW_RUNS to a directory of your own",
                    path);
    }
    if (s.st_mode & (asked ? S_IWOTH : S_IWOTH | S_IWGRP) && !(s.st_mode & S_ISVTX)) {
        return fail("others may write to %s; chmod go-w, or set ALTVIEW_RUNS to another directory",
                    path);
    }
    return 0;
}

/*
 * Another run may do the same at the same time: make it under another name, and rename it. It does
 * not replace a user's file of that name.
 */
static void link_last(const char *runs, const char *path, int directory)
{
    char last[PATH_MAX];
    struct stat s;

    if (lstat(path_join(last, runs, "last"), &s) ? errno == ENOENT : S_ISLNK(s.st_mode)) {
        if (!symlinkat(strrchr(path, '/') + 1, directory, "last") &&
            renameat(directory, "last", AT_FDCWD, last)) {
            unlinkat(directory, "last", 0);
        }
    }
}

static int make_runs_directory(char *runs)
{
    const char *asked = getenv("ALTVIEW_RUNS");
    char path[PATH_MAX];
    int error;

    asked = asked && *asked ? asked : NULL;
    if (!runs_directory(path, asked)) {
        return fail("your home directory is not known; set HOME, or ALTVIEW_RUNS to a directory "
                    "for the files of runs");
    }
    error = make_directories(path);
    if (error || !realpath(path, runs)) {
        return fail("can't make the directory %s: %s; set ALTVIEW_RUNS to one that can be", path,
                    strerror(error ? -error : errno));
    }
    return check_owner(runs, asked);
}

int make_run_directory(char *path, int *directory)
{
    char runs[PATH_MAX], name[64];
    time_t now = time(NULL);
    int status = make_runs_directory(runs);

    if (status) {
        return status;
    }
    strftime(name, sizeof(name), "%Y%m%d-%H%M%S-XXXXXX", localtime(&now));
    *directory = private_directory(path_join(path, runs, name));
    if (*directory < 0) {
        return fail("can't make a directory in %s: %s; set ALTVIEW_RUNS to another", runs,
                    strerror(-*directory));
    }
    fchmod(*directory, 0755);
    link_last(runs, path, *directory);
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
    out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
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
