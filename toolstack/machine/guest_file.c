/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/image.h"

#include "image/image.h"
#include "new_file.h"
#include "say.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGEST (UINT64_C(1) << 30) /* bytes unpacked: a kernel with all its symbols has less */

/* The compressions of a vmlinux. Programs that every Linux has unpack it. The file may be hostile:
 * a separate process contains faults of these programs, and a file that unpacks without end. */
static const struct packing {
    char magic[8];
    size_t size;
    const char *program, *package;
} packings[] = {
    {"\x1f\x8b", 2, "gzip", "gzip"},
    {"\xfd"
     "7zXZ",
     6, "xz", "xz-utils"},
    {"\x28\xb5\x2f\xfd", 4, "zstd", "zstd"},
};

static const struct packing *packing_of(int file)
{
    char start[sizeof(packings[0].magic)] = "";

    if (pread(file, start, sizeof(start), 0) < 0) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++) {
        if (!memcmp(start, packings[i].magic, packings[i].size)) {
            return &packings[i];
        }
    }
    return NULL;
}

/* Into memory. A descriptor, or -1 after a message. */
static int unpack(const char *path, int packed, const struct packing *p)
{
    const char *words[] = {p->program, "-dc", NULL};
    char from[INSIDE_SIZE];
    int to = memfd_create("guest", MFD_CLOEXEC);

    directory_inside(from, packed);
    if (to < 0) {
        say("guest %s: it is compressed, and there is no memory to unpack it: %s", path,
            strerror(errno));
        return -1;
    }
    if (!program_exists(p->program)) {
        say("guest %s: it is compressed, and %s is not installed; install the package %s, or "
            "unpack it yourself",
            path, p->program, p->package);
    } else if (process_run(
                   &(struct program){
                       .words = words, .input = from, .output = to, .quiet = true, .most = LARGEST},
                   -1)) {
        say("guest %s: %s can't unpack it to 1 GiB at most; copy it again, or unpack it yourself",
            path, p->program);
    } else {
        return to;
    }
    close(to);
    return -1;
}

/* The hypervisor's check of the file. */
static int judge(const char *path, const void *bytes, uint64_t size, bool *is_linux)
{
    struct guest_image image;
    struct image_fault fault;

    if (!image_parse(bytes, size, &image, &fault)) {
        say("guest %s: %s; %s", path, fault.cause, fault.remedy);
        return EXIT_BAD_IMAGE;
    }
    *is_linux = image.is_linux;
    return 0;
}

static int judge_file(const char *path, int file, bool *is_linux)
{
    struct stat st;
    void *at = MAP_FAILED;
    int status;

    if (!fstat(file, &st) && st.st_size == 0) {
        say("guest %s: it is empty; copy or build it again", path);
        return EXIT_BAD_IMAGE;
    }
    if (st.st_size > 0) {
        at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    }
    if (at == MAP_FAILED) {
        return fail("guest %s can't be read: %s; copy it elsewhere", path, strerror(errno));
    }
    status = judge(path, at, (uint64_t)st.st_size, is_linux);
    munmap(at, (size_t)st.st_size);
    return status;
}

/* Returns its descriptor, or that of the unpacked file; -1 after a message. */
static int open_unpacked(const char *path)
{
    int packed = open(path, O_RDONLY | O_CLOEXEC), file;
    const struct packing *packing = packed < 0 ? NULL : packing_of(packed);

    if (packed < 0) {
        say("guest %s can't be read: %s; copy it elsewhere", path, strerror(errno));
    }
    if (!packing) {
        return packed;
    }
    file = unpack(path, packed, packing);
    close(packed);
    return file;
}

int guest_file_look(const char *path, int *file, bool *is_linux)
{
    int status = check_file("guest", path);

    if (status) {
        return status;
    }
    *file = open_unpacked(path);
    return *file < 0 ? EXIT_BAD_IMAGE : judge_file(path, *file, is_linux);
}
