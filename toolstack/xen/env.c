/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded by `altview xen-env` into a program built for Xen. Such a program asks the kernel in
 * /sys/hypervisor whether it runs on Xen: this library answers yes. The program may have written to
 * pages that it unmaps, so the library tells libxenctrl before that.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libxenctrl sets it, if it is there. */
extern void (*altview_xen_munmap_hook)(const void *address);
void (*altview_xen_munmap_hook)(const void *address);

static const struct {
    const char *path, *text;
} files[] = {
    {"/sys/hypervisor/type", "xen\n"},
    {"/sys/hypervisor/version/major", "4\n"},
    {"/sys/hypervisor/version/minor", "17\n"},
    {"/sys/hypervisor/version/extra", "-altview\n"},
};

/* A descriptor of the text; -1: the path is none of these. */
static int open_text(const char *path)
{
    for (size_t i = 0; path && i < sizeof(files) / sizeof(files[0]); i++) {
        if (!strcmp(path, files[i].path)) {
            size_t size = strlen(files[i].text);
            int fd = memfd_create("altview-sys-hypervisor", MFD_CLOEXEC);

            if (fd >= 0 && pwrite(fd, files[i].text, size, 0) != (ssize_t)size) {
                close(fd);
                fd = -1;
            }
            return fd;
        }
    }
    return -1;
}

static FILE *open_stream(const char *name, const char *path, const char *mode)
{
    FILE *(*real)(const char *, const char *) =
        (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, name);
    int fd = open_text(path);

    return fd < 0 ? real(path, mode) : fdopen(fd, mode);
}

/* Under names of their own here: to the C library's headers, these are theirs. */
FILE *env_fopen(const char *path, const char *mode) __asm__("fopen");
FILE *env_fopen64(const char *path, const char *mode) __asm__("fopen64");
int env_open(const char *path, int flags, ...) __asm__("open");
int env_open64(const char *path, int flags, ...) __asm__("open64");
int env_munmap(void *address, size_t size) __asm__("munmap");

FILE *env_fopen(const char *path, const char *mode)
{
    return open_stream("fopen", path, mode);
}

FILE *env_fopen64(const char *path, const char *mode)
{
    return open_stream("fopen64", path, mode);
}

/* As open(2) has it: the mode is there if the flags want one. */
static int open_at(int directory, const char *path, int flags, va_list arguments)
{
    int fd = open_text(path);
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;

    return fd < 0 ? (int)syscall(SYS_openat, directory, path, flags, mode) : fd;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        int fd = open_at(AT_FDCWD, path, flags, arguments);                                        \
        va_end(arguments);                                                                         \
        return fd;                                                                                 \
    }
OPEN(env_open)
OPEN(env_open64)

int env_munmap(void *address, size_t size)
{
    if (altview_xen_munmap_hook) {
        altview_xen_munmap_hook(address);
    }
    return (int)syscall(SYS_munmap, address, size);
}
