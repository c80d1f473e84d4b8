/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of symbols: of an ELF file by its .symtab (vmlinux), or of a text with a line
 * "ADDRESS TYPE NAME" for each (System.map, /proc/kallsyms). Addresses are as the file has them.
 */
#ifndef COMMAND_SYMBOLS_H
#define COMMAND_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct symbol {
    uint64_t address;
    uint64_t size; /* 0: not known */
    char *name;
    bool code;
    bool placed; /* it names what lies at its address: not a constant */
};

struct symbols {
    char *file;
    struct symbol *all; /* by address */
    size_t count, room;
};

/* Those of a file, which is read once, and stays. NULL after having said why not. */
const struct symbols *symbols_of(const char *file);

/* How many have that name, at different addresses; the address of one. */
size_t symbols_find(const struct symbols *s, const char *name, uint64_t *address);
/* The names that have this one in them, as a list: "a, b". */
void symbols_like(const struct symbols *s, const char *name, char *text, size_t size);
/* What an address of the file lies in, or NULL. */
const struct symbol *symbols_at(const struct symbols *s, uint64_t address);

/* For readers of files. False: no memory. A symbol's name is copied. */
bool symbols_add(struct symbols *s, const struct symbol *symbol);

/* elf.c, text.c: the forms of such a file. 0, or an exit status after having said what is wrong. */
int symbols_read_elf(const char *file, int descriptor, struct symbols *to);
int symbols_read_text(const char *file, FILE *from, struct symbols *to);

#endif
