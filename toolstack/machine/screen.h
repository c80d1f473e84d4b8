/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One terminal for what the guest prints and for the log. Pure: bytes come in and go out.
 *
 * What the guest prints is not trusted with the terminal: sequences that would make it answer (the
 * answer would be typed into the guest, or into the user's shell), and those that are not known to
 * be harmless, are left out. The log comes in whole lines. One that finds a line of the guest's
 * unfinished takes its place, and the guest's stands below, as it was.
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
    SCREEN_ESCAPE,   /* ESC, and what comes between it and the last byte */
    SCREEN_CSI,      /* ESC [ */
    SCREEN_OSC,      /* ESC ], until BEL or ESC \ */
    SCREEN_STRING,   /* DCS, SOS, PM, APC: nobody needs them, until ESC \ */
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
