/* SPDX-License-Identifier: BSD-2-Clause */
#include "entry_check/rule.h"

void rule_tell(struct rule_walk *walk, const char *text, bool holds)
{
    walk->here.text = text;
    if (!holds) {
        if (!walk->breaks) {
            walk->broken = walk->here;
        }
        walk->breaks++;
    }
    if (walk->told) {
        walk->told(walk->context, &walk->here, holds);
    }
}
