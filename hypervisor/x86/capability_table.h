/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of a CPU's required and optional features, by name: capabilities.c and capabilities_svm.c
 * have one for each vendor. Pure. */
#ifndef X86_CAPABILITY_TABLE_H
#define X86_CAPABILITY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One bit of one word. The offsets are in the structure `cpu`, below. */
struct capability {
    const char *name;
    uint16_t word; /* offset of a uint64_t */
    uint8_t bit;   /* its number; with CAPABILITY_OFF: the CPU has the feature if the bit is 0 */
    uint16_t flag; /* offset of a bool that says whether the CPU has it; 0: it is required */
};

#define CAPABILITY_OFF 0x40

struct capability_table {
    const struct capability *rows;
    size_t count;
};

#define CAPABILITY_TABLE(array)                                                                    \
    {                                                                                              \
        array, sizeof(array) / sizeof((array)[0])                                                  \
    }

/* Append to a text, and cut it off at the end of the buffer. */
void capability_append(char *text, size_t size, const char *separator, const char *item);

/* Append `lead` and the names of missing features. True if none is missing. */
bool capability_require(const void *cpu, const struct capability_table *table, const char *lead,
                        char *missing, size_t size);

/* Set the flags. */
void capability_note(void *cpu, const struct capability_table *table);

/* "a, b; without c, d", by the flags. */
void capability_describe(const void *cpu, const struct capability_table *table, char *text,
                         size_t size);

/* The name of the first feature whose flag `first` has and `other` does not have, or NULL. */
const char *capability_lack(const void *first, const void *other,
                            const struct capability_table *table);

#endif
