/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/dump_file.h"

#include "range.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIME_MAGIC   0x4c694d45U
#define LIME_VERSION 1

/* LiME: doc/README.md, "LiME Memory Range Header Version 1 Specification". */
struct lime_header {
    uint32_t magic, version;
    uint64_t first, last;
    uint8_t reserved[8];
};
_Static_assert(sizeof(struct lime_header) == 32, "as in the file");

static const uint8_t zeros[RANGE_PAGE];

static int not_written(void)
{
    return fail("what was read can't be written: %s%s", strerror(errno), write_remedy(errno));
}

static int append(struct dump_file *f, const void *bytes, size_t size)
{
    f->at += size;
    return fwrite(bytes, 1, size, f->to) == size ? 0 : not_written();
}

/* Forward: over a hole, or with zeros in a file that can't have holes. */
static int go_to(struct dump_file *f, uint64_t offset)
{
    int status = 0;

    if (f->sparse && f->at != offset) {
        f->at = offset;
        return fseeko(f->to, (off_t)offset, SEEK_SET) ? not_written() : 0;
    }
    while (!status && f->at < offset) {
        uint64_t left = offset - f->at;

        status = append(f, zeros, left < sizeof(zeros) ? left : sizeof(zeros));
    }
    return status;
}

static int begin_elf(struct dump_file *f, const struct dump_contents *contents)
{
    size_t size;
    void *head = dump_elf_head(contents, &size);
    int status = head ? append(f, head, size) : EXIT_FAILED;

    free(head);
    f->next = size;
    return status;
}

int dump_file_begin(struct dump_file *f, FILE *to, enum dump_format format,
                    const struct dump_contents *contents)
{
    struct stat about;

    *f = (struct dump_file){.to = to, .format = format};
    f->sparse = !fstat(fileno(to), &about) && S_ISREG(about.st_mode) && !about.st_size;
    return format == DUMP_ELF ? begin_elf(f, contents) : 0;
}

static int begin_lime(struct dump_file *f, uint64_t first, uint64_t size)
{
    const struct lime_header header = {LIME_MAGIC, LIME_VERSION, first, first + size - 1, {0}};
    int status = go_to(f, f->range);

    f->range += sizeof(header);
    f->next += sizeof(header);
    return status ? status : append(f, &header, sizeof(header));
}

int dump_file_range(struct dump_file *f, const struct altview_memory_range *range)
{
    uint64_t first = range->gfn * RANGE_PAGE, size = range->nr * RANGE_PAGE;

    f->range = f->format == DUMP_RAW ? first : f->next;
    f->first = first;
    f->next = f->range + size;
    return f->format == DUMP_LIME ? begin_lime(f, first, size) : 0;
}

int dump_file_put(struct dump_file *f, uint64_t address, const uint8_t *bytes, size_t size)
{
    int status = 0;

    for (size_t i = 0; !status && i < size; i += RANGE_PAGE) {
        if (memcmp(bytes + i, zeros, RANGE_PAGE) != 0) {
            status = go_to(f, f->range + (address - f->first) + i);
            status = status ? status : append(f, bytes + i, RANGE_PAGE);
        }
    }
    return status;
}

int dump_file_end(struct dump_file *f)
{
    if (f->sparse) {
        return fflush(f->to) || ftruncate(fileno(f->to), (off_t)f->next) ? not_written() : 0;
    }
    return go_to(f, f->next);
}
