/* SPDX-License-Identifier: BSD-2-Clause */
#include "capability_table.h"

#include "base/string.h"

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text), length = strlen(more);

    length = used + length < size ? length : size - used - 1;
    memcpy(text + used, more, length);
    text[used + length] = '\0';
}

void capability_append(char *text, size_t size, const char *separator, const char *item)
{
    append(text, size, separator);
    append(text, size, item);
}

static bool capability_is_there(const void *cpu, const struct capability *c)
{
    uint64_t word;

    memcpy(&word, (const char *)cpu + c->word, sizeof(word));
    return (word >> c->bit % CAPABILITY_OFF & 1) == !(c->bit & CAPABILITY_OFF);
}

bool capability_require(const void *cpu, const struct capability_table *table, const char *lead,
                        char *missing, size_t size)
{
    bool complete = true;

    for (size_t i = 0; i < table->count; i++) {
        if (!capability_is_there(cpu, &table->rows[i])) {
            capability_append(missing, size, complete ? lead : ", ", table->rows[i].name);
            complete = false;
        }
    }
    return complete;
}

void capability_note(void *cpu, const struct capability_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        *((bool *)cpu + table->rows[i].flag) = capability_is_there(cpu, &table->rows[i]);
    }
}

static bool is_noted(const void *cpu, const struct capability *c)
{
    return *((const bool *)cpu + c->flag);
}

static void describe(const void *cpu, const struct capability_table *table, bool present,
                     const char *separator, char *text, size_t size)
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_noted(cpu, &table->rows[i]) == present) {
            capability_append(text, size, separator, table->rows[i].name);
            separator = ", ";
        }
    }
}

void capability_describe(const void *cpu, const struct capability_table *table, char *text,
                         size_t size)
{
    text[0] = '\0';
    describe(cpu, table, true, "", text, size);
    describe(cpu, table, false, text[0] ? "; without " : "without ", text, size);
}

const char *capability_lack(const void *first, const void *other,
                            const struct capability_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct capability *c = &table->rows[i];

        if (is_noted(first, c) && !is_noted(other, c)) {
            return c->name;
        }
    }
    return NULL;
}
