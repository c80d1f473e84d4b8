/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only this file checks the content of replies: it bounds each count and each text before other
 * code reads them. The other side may be a program that only pretends to be altview.
 */
#include "../handle.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MOST_VCPUS     8192 /* Xen's MAX_VIRT_CPUS */
#define MOST_VIEWS     (UINT16_MAX + 1U)
#define MOST_OVERRIDES (UINT32_C(1) << 24)
#define MOST_RANGES    (UINT32_C(1) << 24)
#define MOST_GFN_BITS  52
#define PAGE_SHIFT     12

static bool is_printable(const char *text, size_t size)
{
    size_t length = strnlen(text, size);

    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~') {
            return false;
        }
    }
    return length < size;
}

/* The rule of NAME_VIEW (<altview/control.h>). */
static bool is_name(const char *name)
{
    size_t length = strnlen(name, ALTVIEW_NAME_SIZE);

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];

        if (!isascii(c) || (!isalpha(c) && (!i || (!isdigit(c) && !strchr("_-.", c))))) {
            return false;
        }
    }
    return length < ALTVIEW_NAME_SIZE;
}

static bool is_hello(const void *reply, size_t size)
{
    const struct altview_hello *hello = reply;

    return size == sizeof(*hello) && hello->vcpu_count <= MOST_VCPUS &&
           hello->gfn_bits <= MOST_GFN_BITS &&
           is_printable(hello->software, sizeof(hello->software));
}

/* A page at the end of a walk is no larger than the 32-bit address space. */
#define MOST_PAGE_SHIFT 32

static bool is_step(const struct altview_translation_step *step)
{
    return step->level - 1U < ALTVIEW_WALK_MOST && step->page_shift <= MOST_PAGE_SHIFT;
}

static bool is_translation(const void *reply, size_t size)
{
    const struct altview_translation *t = reply;

    if (size != sizeof(*t) || t->mode - 1U >= ALTVIEW_PAGINGS - 1U || t->end >= ALTVIEW_WALK_ENDS ||
        t->step_count > ALTVIEW_WALK_MOST || t->page_shift > MOST_PAGE_SHIFT ||
        (t->end == ALTVIEW_WALK_ARRIVED && t->page_shift < PAGE_SHIFT) ||
        (t->end > ALTVIEW_WALK_BAD_ADDRESS && !t->step_count)) {
        return false;
    }
    for (unsigned int i = 0; i < t->step_count; i++) {
        if (!is_step(&t->steps[i])) {
            return false;
        }
    }
    return true;
}

int decode_reply(enum altview_request type, const void *reply, size_t size)
{
    static bool (*const decoders[ALTVIEW_REQUESTS])(const void *reply, size_t size) = {
        [ALTVIEW_HELLO] = is_hello,
        [ALTVIEW_TRANSLATE] = is_translation,
    };

    return !decoders[type] || decoders[type](reply, size) ? 0 : -EPROTO;
}

static bool decode_view(const void *element, uint64_t *place)
{
    const struct altview_view *view = element;

    *place = view->view;
    return is_name(view->name);
}

static bool decode_vcpu(const void *element, uint64_t *place)
{
    *place = ((const struct altview_vcpu *)element)->vcpu;
    return *place < MOST_VCPUS;
}

static bool decode_visible_to(const void *element, uint64_t *place)
{
    *place = ((const struct altview_visible_to *)element)->view;
    return true;
}

static bool decode_override(const void *element, uint64_t *place)
{
    const struct altview_override *o = element;

    *place = o->gfn;
    return o->nr && o->gfn + (o->nr - 1) >= o->gfn;
}

static bool decode_range(const void *element, uint64_t *place)
{
    const struct altview_memory_range *range = element;

    *place = range->gfn;
    return range->nr && range->gfn + (range->nr - 1) >= range->gfn;
}

static bool decode_address(const void *element, uint64_t *place)
{
    memcpy(place, element, sizeof(*place));
    return true;
}

static const struct {
    size_t element; /* its size */
    size_t most;
    bool (*decode)(const void *element, uint64_t *place);
} lists[ALTVIEW_REQUESTS] = {
    [ALTVIEW_VIEWS] = {sizeof(struct altview_view), MOST_VIEWS, decode_view},
    [ALTVIEW_VCPUS] = {sizeof(struct altview_vcpu), MOST_VCPUS, decode_vcpu},
    [ALTVIEW_VISIBILITY] = {sizeof(struct altview_visible_to), MOST_VIEWS, decode_visible_to},
    [ALTVIEW_OVERRIDES] = {sizeof(struct altview_override), MOST_OVERRIDES, decode_override},
    [ALTVIEW_MEMORY_MAP] = {sizeof(struct altview_memory_range), MOST_RANGES, decode_range},
    [ALTVIEW_SEARCH] = {sizeof(uint64_t), ALTVIEW_SEARCH_MOST, decode_address},
};

size_t decode_element_size(enum altview_request type)
{
    return lists[type].element;
}

/* The elements are in order, at or above `from` and below the start of the next piece, so none
 * comes twice. */
static bool is_in_order(enum altview_request type, uint64_t from, const struct altview_list *piece)
{
    const uint8_t *elements = (const uint8_t *)(piece + 1);
    uint64_t place;

    for (uint32_t i = 0; i < piece->count; i++) {
        if (!lists[type].decode(elements + i * lists[type].element, &place) || place < from ||
            place >= piece->next) {
            return false;
        }
        from = place + 1;
    }
    return true;
}

int decode_piece(enum altview_request type, uint64_t from, size_t before,
                 const struct altview_list *piece, size_t size)
{
    size_t element = lists[type].element;

    if (size < sizeof(*piece) || piece->count > (size - sizeof(*piece)) / element ||
        size != sizeof(*piece) + piece->count * element || piece->next <= from ||
        before + piece->count > lists[type].most) {
        return -EPROTO;
    }
    return is_in_order(type, from, piece) ? 0 : -EPROTO;
}
