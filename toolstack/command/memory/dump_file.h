/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file of the guest's RAM. Pages of zeros take no room in it where a file can have holes.
 *
 *     raw    the offset in the file is the physical address
 *     lime   LiME's format, version 1: each range behind a header
 *     elf    an ELF core: a PT_LOAD for each range, and each vCPU's registers as notes, as QEMU's
 *            dump-guest-memory writes them
 */
#ifndef COMMAND_DUMP_FILE_H
#define COMMAND_DUMP_FILE_H

#include <altview/altview.h>

#include <stdio.h>

enum dump_format { DUMP_ELF, DUMP_LIME, DUMP_RAW };

/* The file's contents: ranges of RAM, ascending, and the registers of vCPU 0 and up (elf). */
struct dump_contents {
    const struct altview_memory_range *ranges;
    size_t count;
    const struct altview_registers *registers;
    size_t vcpus;
};

struct dump_file {
    FILE *to;
    enum dump_format format;
    bool sparse;
    uint64_t at;    /* the position in the stream */
    uint64_t range; /* where the bytes of the present range begin, */
    uint64_t first; /* of which this is the first one's physical address, */
    uint64_t next;  /* and where they end */
};

/* These return 0, or an exit status after a message. */

int dump_file_begin(struct dump_file *f, FILE *to, enum dump_format format,
                    const struct dump_contents *contents);
/* The next range, for the following pages. */
int dump_file_range(struct dump_file *f, const struct altview_memory_range *range);
/* Whole pages, at ascending addresses. Pages between them become zeros. */
int dump_file_put(struct dump_file *f, uint64_t address, const uint8_t *bytes, size_t size);
/* After the last range. */
int dump_file_end(struct dump_file *f);

/* dump_elf.c: all bytes before those of the first range. The caller frees it. NULL: after a
 * message. */
void *dump_elf_head(const struct dump_contents *contents, size_t *size);

#endif
