/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of what a CPU must have or may have, by name: capabilities.c and capabilities_svm.c have
 * one for each vendor. Pure. */
#ifndef X86_CAPABILITY_TABLE_H
#define X86_CAPABILITY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One bit of one word. `cpu`, below, is the structure that the offsets are of. */
struct capability {
    const char *name;
    uint16_t word; /* offset of a uint64_t */
    uint8_t bit;   /* its number; with CAPABILITY_OFF: it is there if the bit is 0 */
    uint16_t flag; /* offset of a bool that says whether it is there; 0: it is required */
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

/* Append to a text; what does not fit in is cut off. */
void capability_append(char *text, size_t size, const char *separator, const char *item);

bool capability_is_there(const void *cpu, const struct capability *c);

/* Append `lead` and the names of what is not there. True if all is. */
bool capability_require(const void *cpu, const struct capability_table *table, const char *lead,
                        char *missing, size_t size);

/* Set the flags. */
void capability_note(void *cpu, const struct capability_table *table);

/* "a, b; without c, d", by the flags. */
void capability_describe(const void *cpu, const struct capability_table *table, char *text,
                         size_t size);

/* The first whose flag `first` has and `other` has not, by name, or NULL. */
const char *capability_lack(const void *first, const void *other,
                            const struct capability_table *table);

#endif
