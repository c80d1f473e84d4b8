/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One terminal for the guest's output and for the log. Pure: bytes come in and go out.
 *
 * The guest's output is not trusted: the screen leaves out sequences that would make the terminal
 * answer (the answer would be typed into the guest, or into the user's shell), and sequences that
 * are not known to be harmless. The log comes in whole lines. A line of the log takes the place of
 * an unfinished line of the guest's, which appears again below it.
 */
#ifndef RUN_SCREEN_H
#define RUN_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCREEN_SEQUENCE 64   /* of a sequence that is passed on; a longer one is left out */
#define SCREEN_LINE     2048 /* of an unfinished line that is shown again */

enum screen_state {
    SCREEN_TEXT,
    SCREEN_ESCAPE,   /* ESC, and the bytes between it and the last one */
    SCREEN_CSI,      /* ESC [ */
    SCREEN_OSC,      /* ESC ], until BEL or ESC \ */
    SCREEN_STRING,   /* DCS, SOS, PM, APC: left out, until ESC \ */
    SCREEN_CHARACTER /* of UTF-8, of more than a byte */
};

struct screen {
    void (*put)(void *context, const void *text, size_t size);
    void *context;
    enum screen_state state;
    bool ended; /* the last byte of an OSC or a string was an ESC */
    bool wide;  /* another program's screen: full-screen programs have no lines to keep */
    uint8_t sequence[SCREEN_SEQUENCE];
    size_t used;
    unsigned int missing; /* bytes of the character */
    uint8_t line[SCREEN_LINE];
    size_t line_size;
};

void screen_init(struct screen *s, void (*put)(void *context, const void *text, size_t size),
                 void *context);
void screen_guest(struct screen *s, const void *bytes, size_t size);
/* Whole lines. */
void screen_log(struct screen *s, const void *text, size_t size);

#endif
