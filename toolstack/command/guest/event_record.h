/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_EVENT_RECORD_H
#define COMMAND_EVENT_RECORD_H

#include "fields.h"

#include <altview/control.h>

/* " mem_access single_step" and so on */
#define EVENT_NAME(number, name, command, ...) " " command
#define EVENT_NAMES                            ALTVIEW_EVENT_TABLE(EVENT_NAME)

/* "mem_access,single_step": bits 1 << type. False: an event is not called so. */
bool event_parse(const char *text, uint32_t *types);

/* All of an event, with the instruction it hit. */
void event_record(struct json_object *o, const struct altview_event *event);

#endif
