/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/record.h"

#include "guest/disassemble.h"
#include "range.h"
#include "symbols/names.h"
#include "views/access_name.h"

#include <string.h>

#define TYPE_NAME(number, name, command, ...) [number] = command,
static const char *const types[ALTVIEW_EVENTS] = {
    ALTVIEW_EVENT_TABLE(TYPE_NAME)[ALTVIEW_EVENT_PAUSE] = "pause",
};

static const char *const outcomes[] = {
    [ALTVIEW_OUTCOME_WAITS] = "waits",         [ALTVIEW_OUTCOME_LIFTED] = "lifted",
    [ALTVIEW_OUTCOME_STEPPED] = "stepped",     [ALTVIEW_OUTCOME_STOPPED] = "stopped",
    [ALTVIEW_OUTCOME_CONVERTED] = "converted", [ALTVIEW_OUTCOME_DENIED] = "denied",
    [ALTVIEW_OUTCOME_DONE] = "done",
};

static const char *type_name(unsigned int type)
{
    return type < ALTVIEW_EVENTS ? types[type] : "?";
}

static const char *outcome_name(unsigned int outcome)
{
    return outcome < sizeof(outcomes) / sizeof(outcomes[0]) ? outcomes[outcome] : "?";
}

static bool add_type(const char *name, size_t length, uint32_t *mask)
{
    for (size_t i = 0; i < ALTVIEW_EVENTS; i++) {
        if (strlen(types[i]) == length && !strncmp(types[i], name, length)) {
            *mask |= UINT32_C(1) << i & ALTVIEW_ALL_EVENTS;
            return i != ALTVIEW_EVENT_PAUSE;
        }
    }
    return false;
}

bool event_parse(const char *text, uint32_t *mask)
{
    uint32_t found = 0;

    for (;;) {
        size_t length = strcspn(text, ",");

        if (!add_type(text, length, &found)) {
            return false;
        }
        if (!text[length]) {
            *mask = found;
            return true;
        }
        text += length + 1;
    }
}

/* A name for an address, if symbols are in use. */
static void field_symbol(struct json_object *o, const char *key, uint64_t address)
{
    if (names_are_used()) {
        field_text(o, key, names_of(address));
    }
}

static void mem_access_fields(struct json_object *o, const struct altview_event *event)
{
    field_hex(o, "address", event->gfn * RANGE_PAGE + event->offset);
    field_hex(o, "gfn", event->gfn);
    if (event->flags & ALTVIEW_EVENT_GLA) {
        field_hex(o, "gla", event->gla);
        field_symbol(o, "gla_symbol", event->gla);
    } else {
        field_text(o, "gla", NULL);
    }
    field_text(o, "wants", rights_name(event->wants));
    field_text(o, "access", access_name(event->access));
    field_bool(o, "in_walk", event->flags & ALTVIEW_EVENT_IN_WALK);
    field_bool(o, "delivering", event->flags & ALTVIEW_EVENT_DELIVERING);
    field_bool(o, "user", event->flags & ALTVIEW_EVENT_USER);
}

static void breakpoint_fields(struct json_object *o, const struct altview_event *event)
{
    field_hex(o, "gla", event->gla);
    field_symbol(o, "gla_symbol", event->gla);
}

static void vmfunc_fields(struct json_object *o, const struct altview_event *event)
{
    field_number(o, "function", event->status);
    field_number(o, "wanted_view", event->wanted_view);
}

static void register_fields(struct json_object *o, const struct altview_event *event)
{
    field_hex(o, "value", event->value);
    field_hex(o, "old", event->old);
}

static void msr_fields(struct json_object *o, const struct altview_event *event)
{
    field_hex(o, "msr", event->status);
    register_fields(o, event);
}

static void shutdown_fields(struct json_object *o, const struct altview_event *event)
{
    field_number(o, "status", event->status);
}

/* Its status is the type of the event that went unanswered, or PAUSE. */
static void timeout_fields(struct json_object *o, const struct altview_event *event)
{
    field_text(o, "missed", type_name(event->status));
}

static void instruction_fields(struct json_object *o, const struct altview_event *event)
{
    char text[192];
    size_t size = event->instruction_size;

    if (size > sizeof(event->instruction)) {
        size = sizeof(event->instruction);
    }
    field_hex(o, "rip", event->general.rip);
    field_symbol(o, "rip_symbol", event->general.rip);
    field_text(o, "instruction",
               disassemble(event->instruction, size, event->code_bits, event->general.rip, text,
                           sizeof(text))
                   ? text
                   : NULL);
}

static void state_fields(struct json_object *o, const struct altview_event *event)
{
    struct json_object *state = field_fields(o, "registers");

    general_record(state, &event->general);
    field_hex(state, "cr3", event->cr3);
    field_hex(state, "tsc", event->tsc);
}

void event_record(struct json_object *o, const struct altview_event *event)
{
    static void (*const of_type[ALTVIEW_EVENTS])(struct json_object *,
                                                 const struct altview_event *) = {
        [ALTVIEW_EVENT_MEM_ACCESS] = mem_access_fields,
        [ALTVIEW_EVENT_VMFUNC_REFUSED] = vmfunc_fields,
        [ALTVIEW_EVENT_SHUTDOWN] = shutdown_fields,
        [ALTVIEW_EVENT_TIMEOUT] = timeout_fields,
        [ALTVIEW_EVENT_BREAKPOINT] = breakpoint_fields,
        [ALTVIEW_EVENT_CR0] = register_fields,
        [ALTVIEW_EVENT_CR3] = register_fields,
        [ALTVIEW_EVENT_CR4] = register_fields,
        [ALTVIEW_EVENT_XCR0] = register_fields,
        [ALTVIEW_EVENT_MSR] = msr_fields,
    };

    field_number(o, "event", event->id);
    field_text(o, "type", type_name(event->type));
    field_number(o, "vcpu", event->vcpu);
    field_number(o, "view", event->view);
    if (event->type < ALTVIEW_EVENTS && of_type[event->type]) {
        of_type[event->type](o, event);
    }
    field_text(o, "outcome", outcome_name(event->outcome));
    field_number(o, "lost", event->lost);
    instruction_fields(o, event);
    state_fields(o, event);
}
