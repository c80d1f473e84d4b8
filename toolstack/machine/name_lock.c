/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/name_lock.h"

#include "toolstack/machine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MS 10

static struct flock whole(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

int name_lock_take(const char *path)
{
    struct flock lock = whole();
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), error;

    if (file < 0) {
        return -errno;
    }
    if (!fcntl(file, F_SETLK, &lock)) {
        return file;
    }
    error = errno == EACCES || errno == EAGAIN ? -EADDRINUSE : -errno;
    close(file);
    return error;
}

bool name_lock_is_held(const char *path, pid_t *holder)
{
    struct flock lock = whole();
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool held = file >= 0 && !fcntl(file, F_GETLK, &lock) && lock.l_type != F_UNLCK;

    if (file >= 0) {
        close(file);
    }
    *holder = held && lock.l_pid > 0 ? lock.l_pid : 0;
    return held;
}

/* 0, or -EAGAIN: not within `patience` ms. */
static int wait_for(int lock, unsigned int patience)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};

    while (flock(lock, LOCK_EX | LOCK_NB)) {
        if (patience < PAUSE_MS) {
            return -EAGAIN;
        }
        patience -= PAUSE_MS;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int names_lock(const char *directory, unsigned int patience)
{
    char path[PATH_MAX];
    int lock =
        open(path_join(path, directory, ".lock"), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int error = lock < 0 ? -errno : wait_for(lock, patience);

    if (error && lock >= 0) {
        close(lock);
    }
    return error ? error : lock;
}
