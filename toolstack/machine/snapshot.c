/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/snapshot.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE       4096U
#define PIECE      65536U
#define STATE_MOST (64U << 20)            /* bytes; QEMU's is less than one MiB */
#define RAM_MOST   (UINT64_C(4096) << 20) /* as altview run's */

static uint32_t checksum_of(const struct snapshot_head *head)
{
    struct snapshot_head copy = *head;

    copy.checksum = 0;
    return frame_checksum(&copy, sizeof(copy));
}

static uint64_t whole_pages(uint64_t size)
{
    return (size + PAGE - 1) / PAGE * PAGE;
}

void snapshot_seal(struct snapshot_head *head, uint64_t state_size, uint32_t state_checksum,
                   uint64_t memory_size)
{
    memcpy(head->magic, SNAPSHOT_MAGIC, sizeof(head->magic));
    head->format = SNAPSHOT_FORMAT;
    snprintf(head->altview, sizeof(head->altview), "%s", ALTVIEW_VERSION);
    head->state_size = state_size;
    head->state_checksum = state_checksum;
    head->memory_at = SNAPSHOT_STATE + whole_pages(state_size);
    head->memory_size = memory_size;
    head->checksum = checksum_of(head);
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, 0, size);
}

/* Only after the checksum: it is what a run has written, or a program that means harm. */
static bool is_sound(const struct snapshot_head *head)
{
    return is_text(head->altview, sizeof(head->altview)) &&
           is_text(head->qemu, sizeof(head->qemu)) && is_text(head->cpu, sizeof(head->cpu)) &&
           is_text(head->guest, sizeof(head->guest)) && head->state_size &&
           head->state_size <= STATE_MOST && head->cpus && head->cpus <= HUB_VCPUS &&
           head->memory_at == SNAPSHOT_STATE + whole_pages(head->state_size) && head->memory_size &&
           head->memory_size <= RAM_MOST && !(head->memory_size % (1U << 20)) &&
           hub_kept_is_good(&head->hub);
}

const char *snapshot_fault(const struct snapshot_head *head, uint64_t file_size,
                           char why[SNAPSHOT_WHY])
{
    if (file_size < SNAPSHOT_STATE ||
        memcmp(head->magic, SNAPSHOT_MAGIC, sizeof(head->magic)) != 0) {
        return "it is no snapshot; altview snapshot makes one";
    }
    if (head->format != SNAPSHOT_FORMAT) {
        snprintf(why, SNAPSHOT_WHY,
                 "its format is number %u, and this altview knows %u; restore it "
                 "with the altview that made it",
                 head->format, SNAPSHOT_FORMAT);
        return why;
    }
    if (head->checksum != checksum_of(head) || !is_sound(head)) {
        return "it is damaged: its head has another checksum; copy it anew";
    }
    if (strcmp(head->altview, ALTVIEW_VERSION) != 0) {
        snprintf(why, SNAPSHOT_WHY, "altview %s made it, and this is %s; restore it with that one",
                 head->altview, ALTVIEW_VERSION);
        return why;
    }
    if (file_size != head->memory_at + head->memory_size) {
        snprintf(why, SNAPSHOT_WHY, "it has %" PRIu64 " bytes of %" PRIu64 "; copy it anew",
                 file_size, head->memory_at + head->memory_size);
        return why;
    }
    return NULL;
}

static bool is_empty(const uint8_t *bytes, size_t size)
{
    return !*bytes && !memcmp(bytes, bytes + 1, size - 1);
}

/* -EPIPE: `from` ends before. */
static int read_all(int from, uint64_t at, void *to, size_t size)
{
    uint8_t *bytes = to;
    ssize_t got;

    for (; size; bytes += got, at += (uint64_t)got, size -= (size_t)got) {
        got = pread(from, bytes, size, (off_t)at);
        if (got <= 0) {
            return got ? -errno : -EPIPE;
        }
    }
    return 0;
}

static int write_all(int to, uint64_t at, const void *from, size_t size)
{
    const uint8_t *bytes = from;
    ssize_t done;

    for (; size; bytes += done, at += (uint64_t)done, size -= (size_t)done) {
        done = pwrite(to, bytes, size, (off_t)at);
        if (done < 0) {
            return -errno;
        }
    }
    return 0;
}

/* Where the next data lies, at `at` or behind; `end` if there is none, `at` where nobody knows. */
static uint64_t next_data(int from, uint64_t at, uint64_t end)
{
    off_t data = lseek(from, (off_t)at, SEEK_DATA);

    if (data < 0) {
        return errno == ENXIO ? end : at;
    }
    return (uint64_t)data < end ? (uint64_t)data : end;
}

/* Copy what is not zero; `to` has zeros there. */
static int copy_sparsely(int from, uint64_t from_at, int to, uint64_t to_at, uint64_t size)
{
    uint8_t bytes[PIECE];
    uint64_t end = from_at + size, at = from_at;
    int error = 0;

    while (!error && (at = next_data(from, at, end)) < end) {
        size_t piece = end - at < PIECE ? end - at : PIECE;

        error = read_all(from, at, bytes, piece);
        if (!error && !is_empty(bytes, piece)) {
            error = write_all(to, to_at + (at - from_at), bytes, piece);
        }
        at += piece;
    }
    return error;
}

/* Copies the state too, if `to` is not -1. */
static int sum_state(int from, uint64_t size, int to, uint32_t *checksum)
{
    uint8_t *bytes = malloc(size);
    int error = bytes ? read_all(from, SNAPSHOT_STATE, bytes, size) : -ENOMEM;

    if (!error) {
        *checksum = frame_checksum(bytes, size);
        error = to < 0 ? 0 : write_all(to, SNAPSHOT_STATE, bytes, size);
    }
    free(bytes);
    return error;
}

static int sizes_of(int state, int memory, uint64_t *state_size, uint64_t *memory_size)
{
    struct stat s, m;

    if (fstat(state, &s) || fstat(memory, &m)) {
        return -errno;
    }
    if (s.st_size <= SNAPSHOT_STATE || s.st_size > SNAPSHOT_STATE + (off_t)STATE_MOST ||
        m.st_size <= 0) {
        return -EPROTO;
    }
    *state_size = (uint64_t)s.st_size - SNAPSHOT_STATE;
    *memory_size = (uint64_t)m.st_size;
    return 0;
}

int snapshot_write(int state, int memory, int to, struct snapshot_head *head)
{
    char why[SNAPSHOT_WHY];
    uint64_t state_size = 0, memory_size = 0;
    uint32_t checksum = 0;
    int error = sizes_of(state, memory, &state_size, &memory_size);

    if (ftruncate(to, 0)) { /* what is not written stays zero */
        return -errno;
    }
    error = error ? error : read_all(state, 0, head, sizeof(*head));
    error = error ? error : sum_state(state, state_size, to, &checksum);
    if (error) {
        return error;
    }
    snapshot_seal(head, state_size, checksum, memory_size);
    if (snapshot_fault(head, head->memory_at + memory_size, why)) {
        return -EPROTO;
    }
    if (ftruncate(to, (off_t)(head->memory_at + memory_size))) {
        return -errno;
    }
    error = copy_sparsely(memory, 0, to, head->memory_at, memory_size);
    return error ? error : write_all(to, 0, head, sizeof(*head));
}

/* NULL: all is well. */
static const char *fault_of(const struct snapshot *s, char why[SNAPSHOT_WHY])
{
    const struct snapshot_head *head = &s->head;
    uint32_t checksum = 0;
    const char *fault;
    struct stat file;

    if (fstat(s->file, &file)) {
        return strerror(errno);
    }
    fault = snapshot_fault(head, (uint64_t)file.st_size, why);
    if (fault) {
        return fault;
    }
    if (sum_state(s->file, head->state_size, -1, &checksum) || checksum != head->state_checksum) {
        return "it is damaged: its state has another checksum; copy it anew";
    }
    return NULL;
}

int snapshot_open(const char *path, struct snapshot *snapshot)
{
    char room[SNAPSHOT_WHY];
    const char *why;

    *snapshot = (struct snapshot){.file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (snapshot->file < 0) {
        return usage_error("%s can't be read: %s", path, strerror(errno));
    }
    (void)!read_all(snapshot->file, 0, &snapshot->head, sizeof(snapshot->head));
    why = fault_of(snapshot, room);
    if (why) {
        close(snapshot->file);
        return fail("%s can't be restored: %s", path, why);
    }
    return 0;
}

int snapshot_fill(const struct snapshot *snapshot, int memory)
{
    int error = copy_sparsely(snapshot->file, snapshot->head.memory_at, memory, 0,
                              snapshot->head.memory_size);

    return !error && lseek(snapshot->file, SNAPSHOT_STATE, SEEK_SET) < 0 ? -errno : error;
}
