/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of a text: "ffffffff81000000 T _text", as System.map and /proc/kallsyms have them. */
#include "say.h"
#include "symbols/symbols.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* False: the line has another form. A module's name may follow. */
static bool parse(char *line, struct symbol *symbol)
{
    char *end, type;

    if (!isxdigit((unsigned char)*line)) {
        return false;
    }
    errno = 0;
    symbol->address = strtoull(line, &end, 16);
    if (errno || *end != ' ' || !isalpha((unsigned char)end[1]) || end[2] != ' ') {
        return false;
    }
    type = (char)tolower((unsigned char)end[1]);
    symbol->name = end + 3;
    symbol->name[strcspn(symbol->name, " \t\r\n")] = 0;
    symbol->code = type == 't' || type == 'w';
    symbol->placed = type != 'a';
    return *symbol->name;
}

static bool all_zero(const struct symbols *s)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->all[i].address) {
            return false;
        }
    }
    return true;
}

int symbols_read_text(const char *file, FILE *from, struct symbols *to)
{
    unsigned long number = 0;
    char *line = NULL;
    size_t room = 0;
    int status = 0;

    while (!status && getline(&line, &room, from) > 0) {
        struct symbol symbol = {0};

        number++;
        if (!parse(line, &symbol)) {
            status = fail("%s is neither an ELF file nor a list of symbols: line %lu is not "
                          "ADDRESS TYPE NAME",
                          file, number);
        } else if (!symbols_add(to, &symbol)) {
            status = fail("out of memory");
        }
    }
    free(line);
    if (!status && ferror(from)) {
        status = fail("%s can't be read: %s", file, strerror(errno));
    }
    if (!status && !to->count) {
        status = fail("%s is empty", file);
    }
    if (!status && all_zero(to)) {
        status = fail("%s has no addresses: read /proc/kallsyms as root, with "
                      "kernel.kptr_restrict 0 or 1",
                      file);
    }
    return status;
}
