/* SPDX-License-Identifier: BSD-2-Clause */
#include "new_file.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY "/.altview-XXXXXX"

void directory_inside(char *path, int directory)
{
    snprintf(path, INSIDE_SIZE, "/proc/self/fd/%d", directory);
}

int private_directory(char *path)
{
    struct stat s;
    int directory;

    if (!mkdtemp(path)) {
        return -errno;
    }
    directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0) {
        return -errno;
    }
    /* A user that may write to its parent may have replaced it meanwhile. */
    if (fstat(directory, &s) || s.st_uid != geteuid() || s.st_mode & (S_IRWXG | S_IRWXO)) {
        close(directory);
        return -EACCES;
    }
    return directory;
}

/* NULL: there is no file, or one that the command may replace. */
static const char *why_not(int parent, const char *name)
{
    struct stat s;

    if (fstatat(parent, name, &s, AT_SYMLINK_NOFOLLOW)) {
        return NULL;
    }
    if (S_ISLNK(s.st_mode)) {
        return "a symbolic link; give the name of the file it leads to";
    }
    if (S_ISDIR(s.st_mode)) {
        return "a directory; give the name of a file";
    }
    if (!S_ISREG(s.st_mode)) {
        return "not a regular file; give the name of one";
    }
    return faccessat(parent, name, W_OK, AT_EACCESS) ? "write-protected; give another name" : NULL;
}

static int open_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char parent[PATH_MAX] = ".";

    if (slash) {
        snprintf(parent, sizeof(parent), "%.*s", slash > path ? (int)(slash - path) : 1, path);
    }
    return open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int new_file_place(struct new_file *f, const char *path)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path, *wrong;

    *f = (struct new_file){.path = path, .parent = -1};
    if (*path == '-') {
        return usage_error("%s begins with a dash, as options do; if a file is meant, give ./%s",
                           path, path);
    }
    if (!*name || strlen(name) > NAME_MAX) {
        return usage_error("\"%s\" is no name of a file", path);
    }
    strcpy(f->name, name);
    f->parent = open_parent(path);
    if (f->parent < 0) {
        return fail("%s can't be written: its directory: %s%s", path, strerror(errno),
                    write_remedy(errno));
    }
    wrong = why_not(f->parent, name);
    if (wrong) {
        close(f->parent);
        return fail("%s can't be written: it is %s", path, wrong);
    }
    return 0;
}

/* Names of devices and of open files. They may be links, but they are the system's. In /dev/shm
 * they may be any user's. */
static bool is_of_the_system(const char *path)
{
    return !strstr(path, "/../") && strncmp(path, "/dev/shm/", 9) != 0 &&
           (!strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/self/fd/", 14));
}

/* A device or pipe has no contents to replace. In a directory for all users, any user could have
 * made a pipe, and read from it. */
static bool is_device(const char *path)
{
    struct stat s;

    if (is_of_the_system(path)) {
        return true;
    }
    return !lstat(path, &s) && (S_ISCHR(s.st_mode) || S_ISFIFO(s.st_mode)) &&
           (s.st_uid == geteuid() || !s.st_uid);
}

static int open_temporary(struct new_file *f)
{
    char inside[INSIDE_SIZE];
    mode_t mask = umask(0);
    int file;

    umask(mask);
    directory_inside(inside, f->parent);
    snprintf(f->temporary, sizeof(f->temporary), "%s" TEMPORARY, inside);
    file = mkostemp(f->temporary, O_CLOEXEC);
    if (file >= 0) {
        fchmod(file, 0666 & ~mask);
    }
    return file;
}

static int open_device(struct new_file *f, const char *path)
{
    *f = (struct new_file){.path = path, .parent = -1};
    return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

int new_file_open(struct new_file *f, const char *path)
{
    bool device = *path != '-' && is_device(path);
    int status = device ? 0 : new_file_place(f, path), file;

    if (status) {
        return status;
    }
    file = device ? open_device(f, path) : open_temporary(f);
    f->to = file < 0 ? NULL : fdopen(file, "wb");
    if (!f->to) {
        return fail("%s can't be written: %s%s", path, strerror(errno), write_remedy(errno));
    }
    return 0;
}

int new_file_end(struct new_file *f, int status)
{
    bool placed = f->parent >= 0;

    if (fclose(f->to) && !status) {
        status = fail("%s can't be written: %s%s", f->path, strerror(errno), write_remedy(errno));
    }
    if (placed && !status && renameat(AT_FDCWD, f->temporary, f->parent, f->name)) {
        status = fail("%s can't be written: %s%s", f->path, strerror(errno), write_remedy(errno));
    }
    if (placed && status) {
        unlink(f->temporary);
    }
    if (placed) {
        close(f->parent);
    }
    return status;
}
