/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbols/symbols.h"

#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAST_SIZE 4096 /* of the last symbol, if its size is not known */

/* If several have one address, the last in this order names it: placed ones, then code, then one
 * with a size. */
static int compare(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;

    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    if (a->placed != b->placed) {
        return a->placed - b->placed;
    }
    if (a->code != b->code) {
        return a->code - b->code;
    }
    if (!a->size != !b->size) {
        return a->size ? 1 : -1;
    }
    return strcmp(b->name, a->name);
}

static void forget(struct symbols *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->all[i].name);
    }
    free(s->all);
    free(s->file);
    *s = (struct symbols){0};
}

static int read_file(const char *file, struct symbols *to)
{
    FILE *from = fopen(file, "rbe");
    char magic[4] = "";
    int status;

    if (!from) {
        return fail("%s can't be read: %s", file, strerror(errno));
    }
    if (pread(fileno(from), magic, sizeof(magic), 0) == sizeof(magic) &&
        !memcmp(magic, "\177ELF", sizeof(magic))) {
        status = symbols_read_elf(file, fileno(from), to);
    } else {
        status = symbols_read_text(file, from, to);
    }
    fclose(from);
    return status;
}

const struct symbols *symbols_of(const char *file)
{
    static struct symbols read;

    if (read.file && !strcmp(read.file, file)) {
        return &read;
    }
    forget(&read);
    if (read_file(file, &read)) {
        forget(&read);
        return NULL;
    }
    if (read.count) {
        qsort(read.all, read.count, sizeof(read.all[0]), compare);
    }
    read.file = strdup(file);
    return &read;
}

size_t symbols_find(const struct symbols *s, const char *name, uint64_t *address)
{
    size_t count = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (!strcmp(s->all[i].name, name) && (!count || s->all[i].address != *address)) {
            *address = s->all[i].address;
            count++;
        }
    }
    return count;
}

void symbols_like(const struct symbols *s, const char *name, char *text, size_t size)
{
    size_t used = 0;

    text[0] = 0;
    for (size_t i = 0; i < s->count; i++) {
        const char *other = s->all[i].name;
        size_t length = strlen(other) + 2;

        if (strstr(other, name)) {
            if (used + length >= size) {
                return;
            }
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", other);
        }
    }
}

/* Addresses below the first code are offsets: of per-CPU data, or constants. */
static uint64_t lowest_code(const struct symbols *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->all[i].code && s->all[i].placed) {
            return s->all[i].address;
        }
    }
    return UINT64_MAX;
}

/* The last symbol at or below the address. */
static size_t upper_bound(const struct symbols *s, uint64_t address)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->all[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct symbol *symbols_at(const struct symbols *s, uint64_t address)
{
    size_t next = upper_bound(s, address), i = next;
    uint64_t size;

    if (address < lowest_code(s)) {
        return NULL;
    }
    while (i && !s->all[i - 1].placed) {
        i--;
    }
    if (!i) {
        return NULL;
    }
    size = s->all[i - 1].size ? s->all[i - 1].size : LAST_SIZE;
    return next < s->count || address - s->all[i - 1].address < size ? &s->all[i - 1] : NULL;
}
