/* SPDX-License-Identifier: BSD-2-Clause */
/* Translation of virtual addresses, with the level at which a walk has stopped. */
#include "../handle.h"

#include <errno.h>
#include <stdio.h>

static struct altview_translate request_of(unsigned int view, const struct altview_space *space,
                                           uint64_t address)
{
    return (struct altview_translate){
        .address = address,
        .cr3 = space->has_cr3 ? space->cr3 : 0,
        .vcpu = space->vcpu,
        .view = view == ALTVIEW_NO_VIEW ? ALTVIEW_NO_VIEW : narrow(view),
        .mode = (uint8_t)space->mode,
        .flags = space->has_cr3 ? ALTVIEW_TRANSLATE_CR3 : 0,
    };
}

/* "level 2, the entry 0x0 at 0x3018" */
static void print_place(const struct altview_translation *t, char *text, size_t size)
{
    const struct altview_translation_step *last = &t->steps[t->step_count - 1];

    if (t->end == ALTVIEW_WALK_NO_TABLE) {
        snprintf(text, size, "level %u, the entry at 0x%llx", last->level,
                 (unsigned long long)last->address);
    } else {
        snprintf(text, size, "level %u, the entry 0x%llx at 0x%llx", last->level,
                 (unsigned long long)last->value, (unsigned long long)last->address);
    }
}

static int explain_walk(uint64_t address, const struct altview_translation *t)
{
    static const char *const reasons[ALTVIEW_WALK_ENDS] = {
        [ALTVIEW_WALK_NOT_PRESENT] = "is not present: nothing is mapped there",
        [ALTVIEW_WALK_RESERVED] = "has a bit that must be 0: is it a table of this paging mode?",
        [ALTVIEW_WALK_NO_TABLE] = "is not in the guest's RAM: is it the right CR3?",
    };
    unsigned long long a = address;
    char place[80];

    if (t->end == ALTVIEW_WALK_BAD_ADDRESS) {
        return altview_fail(-EFAULT, "0x%llx is no virtual address in this paging mode: %s", a,
                            t->mode >= ALTVIEW_PAGING_4_LEVEL ? "it is not canonical"
                                                              : "it has more than 32 bits");
    }
    print_place(t, place, sizeof(place));
    return altview_fail(-EFAULT, "0x%llx leads nowhere by the page tables at CR3 0x%llx: %s, %s", a,
                        (unsigned long long)t->cr3, place, reasons[t->end]);
}

int altview_translate(altview *h, unsigned int view, const struct altview_space *space,
                      uint64_t address, struct altview_translation *to)
{
    const struct altview_translate t = request_of(view, space, address);
    const struct about about = {
        .has = ABOUT_VCPU | (view == ALTVIEW_NO_VIEW ? 0 : ABOUT_VIEW),
        .view = view,
        .vcpu = space->vcpu,
    };
    int rc = ask(h, ALTVIEW_TRANSLATE, &t, sizeof(t), to, sizeof(*to), &about);

    return rc || to->end == ALTVIEW_WALK_ARRIVED ? rc : explain_walk(address, to);
}
