/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory of `altview run`'s sockets, which belongs to this user alone. */
#include "transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A cut path would be another path. */
static int fit(char *path, int length, size_t size)
{
    if (length >= 0 && (size_t)length < size) {
        return 0;
    }
    if (size) {
        *path = '\0';
    }
    return altview_fail(-ENAMETOOLONG, "the path of the run directory is too long");
}

/* In /tmp any user may have created it. */
static int check(const char *path)
{
    struct stat s;

    if (lstat(path, &s)) {
        return altview_fail(-errno, "%s: %s", path, strerrordesc_np(errno));
    }
    if (!S_ISDIR(s.st_mode) || s.st_uid != geteuid() || s.st_mode & (S_IRWXG | S_IRWXO)) {
        return altview_fail(-EACCES, "%s must be a directory of your own with mode 0700: remove it",
                            path);
    }
    return 0;
}

/* A user with write access to it could replace this directory by a similar one, unless it is
 * sticky. */
static int check_runtime(const char *path)
{
    struct stat s;

    if (stat(path, &s)) {
        return altview_fail(-errno, "XDG_RUNTIME_DIR is %s: %s", path, strerrordesc_np(errno));
    }
    if ((s.st_uid && s.st_uid != geteuid()) ||
        (s.st_mode & (S_IWGRP | S_IWOTH) && !(s.st_mode & S_ISVTX))) {
        return altview_fail(-EACCES,
                            "XDG_RUNTIME_DIR is %s, to which others may write: set it to a "
                            "directory of your own with mode 0700, or unset it",
                            path);
    }
    return 0;
}

int run_directory(char *path, size_t size)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    int rc = runtime && *runtime == '/' ? check_runtime(runtime) : 0;
    if (rc) {
        return rc;
    }
    /* The XDG base directory specification says to ignore a relative path. */
    rc = fit(path,
             runtime && *runtime == '/'
                 ? snprintf(path, size, "%s/altview", runtime)
                 : snprintf(path, size, "/tmp/altview-%lu", (unsigned long)geteuid()),
             size);
    if (rc) {
        return rc;
    }
    if (mkdir(path, S_IRWXU) && errno != EEXIST) {
        return altview_fail(-errno, "can't make the directory %s: %s", path,
                            strerrordesc_np(errno));
    }
    return check(path);
}

int run_socket(const char *name, char *path, size_t size)
{
    char directory[3072];
    int rc = run_directory(directory, sizeof(directory));

    if (rc) {
        return rc;
    }
    if (!*name || strchr(name, '/') || *name == '.') {
        return altview_fail(-EINVAL, "\"%s\" is no name of a run", name);
    }
    return fit(path, snprintf(path, size, "%s/%s.sock", directory, name), size);
}
