/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequences are those of ECMA-48 and of xterm (ctlseqs). */
#include "toolstack/machine/terminal/screen.h"

#include <stdlib.h>
#include <string.h>

#define ESC 0x1b
#define BEL 0x07
#define ENQ 0x05 /* terminals answer it */
#define CAN 0x18
#define SUB 0x1a

void screen_init(struct screen *s, void (*put)(void *context, const void *text, size_t size),
                 void *context)
{
    *s = (struct screen){.put = put, .context = context};
}

/* The contents of the present line, to be shown again. */
static void keep(struct screen *s, const uint8_t *bytes, size_t size)
{
    if (size == 1 && *bytes == '\n') {
        s->line_size = 0;
    } else if (size <= SCREEN_LINE - s->line_size) {
        memcpy(s->line + s->line_size, bytes, size);
        s->line_size += size;
    }
}

static void pass(struct screen *s, const uint8_t *bytes, size_t size)
{
    keep(s, bytes, size);
    s->put(s->context, bytes, size);
}

static void pass_sequence(struct screen *s, bool harmless)
{
    if (harmless && s->used < SCREEN_SEQUENCE) {
        pass(s, s->sequence, s->used);
    }
    s->state = SCREEN_TEXT;
}

static void collect(struct screen *s, uint8_t byte)
{
    if (s->used < SCREEN_SEQUENCE) {
        s->sequence[s->used++] = byte;
    }
}

/* Private modes: those of drawing, of keys, and of the mouse's buttons. Others report at once. */
static bool mode_is_harmless(unsigned long mode)
{
    static const unsigned short modes[] = {1,    3,    5,    6,    7,    8,    12,
                                           25,   47,   66,   1000, 1002, 1005, 1006,
                                           1015, 1047, 1048, 1049, 2004, 2026};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (modes[i] == mode) {
            return true;
        }
    }
    return false;
}

static bool is_wide_mode(unsigned long mode)
{
    return mode == 47 || mode == 1047 || mode == 1049;
}

/* ESC [ ? modes h, or l. */
static bool private_mode(struct screen *s, bool on)
{
    const char *text = (const char *)s->sequence + 3;
    bool wide = s->wide;
    char *end;

    for (;; text = end + 1) {
        unsigned long mode = strtoul(text, &end, 10);

        if (end == text || !mode_is_harmless(mode)) {
            return false;
        }
        wide = is_wide_mode(mode) ? on : wide;
        if (*end != ';') {
            s->wide = wide;
            return true;
        }
    }
}

/*
 * Finals that move, erase, draw, scroll. c, n, t, x, y, p answer (device attributes, status,
 * windows, parameters, checksums, modes); u with a private mark does.
 */
static bool control_is_harmless(struct screen *s, uint8_t final)
{
    uint8_t first = s->sequence[2];
    bool plain = (first >= '0' && first <= ';') || first == final;

    if (s->used >= SCREEN_SEQUENCE) {
        return false;
    }
    if (first == '?' && (final == 'h' || final == 'l')) {
        s->sequence[s->used - 1] = 0;
        plain = private_mode(s, final == 'h');
        s->sequence[s->used - 1] = final;
        return plain;
    }
    if (first == '?' && (final == 'J' || final == 'K')) {
        return true;
    }
    if (final == 'q') {
        return s->sequence[s->used - 2] == ' ' && first != '>'; /* the cursor's shape */
    }
    if (first == '!' && final == 'p') {
        return s->used == 4; /* soft reset */
    }
    return plain && strchr("@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu", final) &&
           !memchr(s->sequence + 2, '$', s->used - 2) && !memchr(s->sequence + 2, '*', s->used - 2);
}

static void in_control(struct screen *s, uint8_t byte)
{
    collect(s, byte);
    if (byte >= 0x40) {
        pass_sequence(s, byte < 0x7f && control_is_harmless(s, byte));
    } else if (byte < 0x20) {
        s->state = SCREEN_TEXT; /* it would be carried out within the sequence */
    }
}

/* Titles. Sequences for colours, clipboards and all with a '?' may answer. */
static bool title_is_harmless(const struct screen *s)
{
    return s->used > 4 && s->sequence[2] >= '0' && s->sequence[2] <= '2' && s->sequence[3] == ';' &&
           !memchr(s->sequence, '?', s->used);
}

static void in_escape(struct screen *s, uint8_t byte)
{
    collect(s, byte);
    if (byte == '[') {
        s->state = SCREEN_CSI;
    } else if (byte == ']') {
        s->state = SCREEN_OSC;
        s->ended = false;
    } else if (byte && strchr("PX^_", byte)) {
        s->state = SCREEN_STRING;
        s->ended = false;
    } else if (byte < 0x20) {
        s->state = SCREEN_TEXT;
    } else if (byte >= 0x30) { /* Z asks for the terminal's name; \ ends nothing */
        bool charset = s->used == 3 && strchr("()*+#", s->sequence[1]);

        pass_sequence(s, charset || (s->used == 2 && strchr("78=>DEHM", byte)));
    }
}

static void in_string(struct screen *s, uint8_t byte)
{
    bool title = s->state == SCREEN_OSC;

    if (byte == CAN || byte == SUB) {
        s->state = SCREEN_TEXT;
        return;
    }
    if (s->ended && byte != '\\') { /* the ESC begins another sequence */
        s->state = SCREEN_ESCAPE;
        s->sequence[0] = ESC;
        s->used = 1;
        in_escape(s, byte);
        return;
    }
    collect(s, byte);
    if (s->ended || (title && byte == BEL)) {
        pass_sequence(s, title && title_is_harmless(s));
    }
    s->ended = byte == ESC;
}

/* The number of bytes that follow; 0: it begins no character, like the 8-bit controls. */
static unsigned int following(uint8_t byte)
{
    return byte >= 0xf0 && byte < 0xf8 ? 3 : byte >= 0xe0 ? (byte < 0xf0 ? 2 : 0) : byte >= 0xc2;
}

static void in_character(struct screen *s, uint8_t byte)
{
    if (byte >> 6 != 2) {
        s->state = SCREEN_TEXT;
        return;
    }
    collect(s, byte);
    if (!--s->missing) { /* U+0080 to U+009F are controls */
        pass_sequence(s, !(s->used == 2 && s->sequence[0] == 0xc2 && byte < 0xa0));
    }
}

static void in_text(struct screen *s, uint8_t byte)
{
    s->used = 0;
    if (byte == ESC) {
        s->state = SCREEN_ESCAPE;
        collect(s, byte);
    } else if (byte >= 0x80) {
        s->missing = following(byte);
        if (s->missing) {
            s->state = SCREEN_CHARACTER;
            collect(s, byte);
        }
    } else if (byte != ENQ) {
        pass(s, &byte, 1);
    }
}

static void take(struct screen *s, uint8_t byte)
{
    static void (*const in[])(struct screen * s, uint8_t byte) = {
        [SCREEN_TEXT] = in_text,  [SCREEN_ESCAPE] = in_escape, [SCREEN_CSI] = in_control,
        [SCREEN_OSC] = in_string, [SCREEN_STRING] = in_string, [SCREEN_CHARACTER] = in_character,
    };

    if (byte == ESC && s->state != SCREEN_OSC && s->state != SCREEN_STRING) {
        s->state = SCREEN_TEXT; /* it begins a new sequence, whatever came before */
    }
    in[s->state](s, byte);
}

void screen_guest(struct screen *s, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size) {
        size_t plain = 0;

        while (s->state == SCREEN_TEXT && plain < size && from[plain] >= ' ' &&
               from[plain] < 0x7f) {
            plain++;
        }
        if (plain) {
            pass(s, from, plain);
        } else {
            take(s, *from);
            plain = 1;
        }
        from += plain;
        size -= plain;
    }
}

void screen_log(struct screen *s, const void *text, size_t size)
{
    static const char clear[] = "\r\x1b[K", down[] = "\r\n";
    bool open = s->line_size && !s->wide;

    if (open) {
        s->put(s->context, clear, sizeof(clear) - 1);
    } else if (s->wide) {
        s->put(s->context, down, sizeof(down) - 1);
    }
    s->put(s->context, text, size);
    if (open) {
        s->put(s->context, s->line, s->line_size);
    }
}
