/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_REGISTER_RECORD_H
#define COMMAND_REGISTER_RECORD_H

#include "fields.h"

#include <altview/control.h>

/* rax to r15, rip and rflags, by name. */
void general_record(struct json_object *o, const struct altview_general *general);
void registers_record(struct json_object *o, const struct altview_registers *registers);

/*
 * "rip=0x1000", "cr3=...", "rflags=...", "rax=...": into `to`, mask included. NULL, or what is
 * wrong. Numbers are as in ranges.
 */
const char *register_parse(const char *text, struct altview_set_registers *to);

#endif
