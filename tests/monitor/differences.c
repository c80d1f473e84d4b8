/* SPDX-License-Identifier: BSD-2-Clause */
#include "differences.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 64

static struct difference rows[ROWS_MOST];
static unsigned int count;

/* `where`: names of places with commas between them; or *, which is each of them. */
static bool is_here(char *where, const char *place)
{
    if (!strcmp(where, "*")) {
        return true;
    }
    for (char *name = strtok(where, ","); name; name = strtok(NULL, ",")) {
        if (!strcmp(name, place)) {
            return true;
        }
    }
    return false;
}

static void read_row(const char *line, const char *place)
{
    struct difference row = {.used = false};
    char where[64], reason[2];

    if (sscanf(line, "%63s %127s %31s %31s %1s", where, row.name, row.usual, row.here, reason) !=
            5 ||
        count == ROWS_MOST) {
        fprintf(stderr, "differences: no row, or one too many: %s", line);
        exit(1);
    }
    if (is_here(where, place)) {
        rows[count++] = row;
    }
}

void differences_read(const char *list, const char *place)
{
    char line[512];
    FILE *file = fopen(list, "r");

    if (!file) {
        perror(list);
        exit(1);
    }
    while (fgets(line, sizeof(line), file)) {
        if (line[0] != '#' && line[0] != '\n') {
            read_row(line, place);
        }
    }
    fclose(file);
}

static void name_of(char *name, size_t size, const char *story, const char *what)
{
    snprintf(name, size, "%s: %s", story, what);
    for (char *at = name; *at; at++) {
        *at = *at == ' ' ? '_' : *at;
    }
}

bool differences_match(const char *pattern, const char *answer)
{
    return !fnmatch(pattern, answer, 0);
}

const struct difference *differences_find(const char *story, const char *what)
{
    char name[256];

    name_of(name, sizeof(name), story, what);
    for (unsigned int i = 0; i < count; i++) {
        if (differences_match(rows[i].name, name)) {
            rows[i].used = true;
            return &rows[i];
        }
    }
    return NULL;
}

const struct difference *differences_unused(const char *story)
{
    size_t length = strlen(story);

    for (unsigned int i = 0; i < count; i++) {
        if (!rows[i].used && !strncmp(rows[i].name, story, length) && rows[i].name[length] == ':') {
            rows[i].used = true;
            return &rows[i];
        }
    }
    return NULL;
}
