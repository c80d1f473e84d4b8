/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of symbols: of an ELF file by its .symtab (vmlinux), or of a text with a line "ADDRESS
 * TYPE NAME" for each (System.map, /proc/kallsyms). Addresses are the file's. */
#ifndef COMMAND_SYMBOLS_H
#define COMMAND_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct symbol {
    uint64_t address;
    uint64_t size; /* 0: unknown */
    char *name;
    bool code;
    bool placed; /* it names the data or code at its address, and is not a constant */
};

struct symbols {
    char *file;
    struct symbol *all; /* by address */
    size_t count, room;
};

/* The symbols of a file. The first call reads it, and keeps the table. NULL after a message with
 * the cause. */
const struct symbols *symbols_of(const char *file);

/* The number of symbols with that name, at different addresses; the address of one. */
size_t symbols_find(const struct symbols *s, const char *name, uint64_t *address);
/* The names that contain this one, as a list: "a, b". */
void symbols_like(const struct symbols *s, const char *name, char *text, size_t size);
/* The symbol that an address of the file lies in, or NULL. */
const struct symbol *symbols_at(const struct symbols *s, uint64_t address);

/* For readers of files. False: no memory. A symbol's name is copied. */
bool symbols_add(struct symbols *s, const struct symbol *symbol);

/* elf.c, text.c: the forms of such a file. 0, or an exit status after a message with the error. */
int symbols_read_elf(const char *file, int descriptor, struct symbols *to);
int symbols_read_text(const char *file, FILE *from, struct symbols *to);

#endif
