/* SPDX-License-Identifier: BSD-2-Clause */
/* By the same marks by which the hypervisor knows one. */
#include "run/kernel.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC_AT 0x202 /* Linux: Documentation/x86/boot.rst */

/* An ELF note: sizes of name and value, type XEN_ELFNOTE_GUEST_OS, both padded to 4 bytes. */
static const char note[] = "\4\0\0\0\6\0\0\0\6\0\0\0Xen\0linux\0";

static bool has_mark(const char *file, size_t size)
{
    if (size >= MAGIC_AT + 4 && !memcmp(file + MAGIC_AT, "HdrS", 4)) {
        return true;
    }
    return size >= 4 && !memcmp(file, "\177ELF", 4) && memmem(file, size, note, sizeof(note) - 1);
}

bool kernel_is_linux(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *at = MAP_FAILED;
    bool found = false;

    if (file >= 0 && !fstat(file, &st) && st.st_size > 0) {
        at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (at != MAP_FAILED) {
        found = has_mark(at, (size_t)st.st_size);
        munmap(at, (size_t)st.st_size);
    }
    if (file >= 0) {
        close(file);
    }
    return found;
}
