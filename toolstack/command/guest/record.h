/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and events as members of JSON objects, and by name on the command line. */
#ifndef COMMAND_RECORD_H
#define COMMAND_RECORD_H

#include "fields.h"

#include <altview/control.h>

/* rax to r15, rip and rflags, by name. */
void general_record(struct json_object *o, const struct altview_general *general);
void registers_record(struct json_object *o, const struct altview_registers *registers);

/* "rip=0x1000", "cr3=...", "rflags=...", "rax=...": into `to`, mask included. NULL, or the error.
 * Numbers are as in ranges. */
const char *register_parse(const char *text, struct altview_set_registers *to);

/* " mem_access single_step" and so on */
#define EVENT_NAME(number, name, command, ...) " " command
#define EVENT_NAMES                            ALTVIEW_EVENT_TABLE(EVENT_NAME)

/* "mem_access,single_step": bits 1 << type. False: an event of that name does not exist. */
bool event_parse(const char *text, uint32_t *types);

/* All of an event, with its instruction. */
void event_record(struct json_object *o, const struct altview_event *event);

#endif
