/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's log with the code in its reports disassembled: after a line "altview: code 64 at
 * ADDRESS: BYTES" a line for each instruction. Pure.
 */
#ifndef RUN_LOG_CODE_H
#define RUN_LOG_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct log_code {
    /* Takes the text, altview's and the log's: ASCII text unchanged, other bytes as \xNN, \r\n as
     * \n. */
    void (*put)(void *context, const void *text, size_t size);
    void *context;
    bool returned; /* the last byte was \r */
    size_t used;
    char line[256]; /* the beginning of the present line */
};

/* Bytes of the log as they come. Passes all of them on at once, except a \r. */
void log_code_feed(struct log_code *c, const void *bytes, size_t size);

#endif
