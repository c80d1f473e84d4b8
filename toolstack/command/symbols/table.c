/* SPDX-License-Identifier: BSD-2-Clause */
/* The table that readers of files fill. */
#include "symbols/symbols.h"

#include <stdlib.h>
#include <string.h>

bool symbols_add(struct symbols *s, const struct symbol *symbol)
{
    char *name;

    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 1024;
        void *more = realloc(s->all, room * sizeof(*s->all));

        if (!more) {
            return false;
        }
        s->all = more;
        s->room = room;
    }
    name = strdup(symbol->name);
    if (!name) {
        return false;
    }
    s->all[s->count] = *symbol;
    s->all[s->count++].name = name;
    return true;
}
