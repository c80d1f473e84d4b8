/* SPDX-License-Identifier: BSD-2-Clause */
#include "format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
    char *buffer;
    size_t size, used;
};

/* One conversion: %[0|-][width][l|ll|z]letter. */
struct conversion {
    bool zeros, left;
    size_t width;
    unsigned int longs; /* how many l or z: any means 64 bits */
    char letter;
};

static void put(struct output *out, char c)
{
    if (out->used + 1 < out->size) {
        out->buffer[out->used++] = c;
    }
}

static void put_repeated(struct output *out, char c, size_t times)
{
    while (times--) {
        put(out, c);
    }
}

/* `text` of `length`. Its first `sign` characters stay in front of padding zeros. */
static void put_padded(struct output *out, const struct conversion *c, const char *text,
                       size_t length, size_t sign)
{
    size_t padding = c->width > length ? c->width - length : 0;

    if (!c->left && !c->zeros) {
        put_repeated(out, ' ', padding);
    }
    for (size_t i = 0; i < length; i++) {
        if (i == sign && c->zeros) {
            put_repeated(out, '0', padding);
        }
        put(out, text[i]);
    }
    if (c->left) {
        put_repeated(out, ' ', padding);
    }
}

static void put_number(struct output *out, const struct conversion *c, uint64_t value,
                       unsigned int base, bool negative)
{
    const char *digits = c->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[24];
    size_t start = sizeof(text);

    do {
        text[--start] = digits[value % base];
        value /= base;
    } while (value);
    if (negative) {
        text[--start] = '-';
    }
    put_padded(out, c, text + start, sizeof(text) - start, negative);
}

static void put_string(struct output *out, const struct conversion *c, const char *s)
{
    struct conversion plain = *c;
    size_t length = 0;

    s = s ? s : "(null)";
    while (s[length]) {
        length++;
    }
    plain.zeros = false;
    put_padded(out, &plain, s, length, 0);
}

static const char *parse_conversion(const char *p, struct conversion *c)
{
    *c = (struct conversion){0};
    for (; *p == '0' || *p == '-'; p++) {
        c->zeros |= *p == '0';
        c->left |= *p == '-';
    }
    c->zeros &= !c->left;
    for (; *p >= '0' && *p <= '9'; p++) {
        c->width = c->width * 10 + (size_t)(*p - '0');
    }
    for (; *p == 'l' || *p == 'z'; p++) {
        c->longs++;
    }
    c->letter = *p;
    return *p ? p + 1 : p;
}

/* The arguments are passed by pointer, so that each conversion takes the next one. */
static uint64_t next_unsigned(va_list *args, const struct conversion *c)
{
    return c->longs ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int);
}

static int64_t next_signed(va_list *args, const struct conversion *c)
{
    return c->longs ? va_arg(*args, int64_t) : va_arg(*args, int);
}

static void put_signed(struct output *out, const struct conversion *c, int64_t value)
{
    put_number(out, c, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0);
}

static void put_conversion(struct output *out, const struct conversion *c, va_list *args)
{
    char letter;

    switch (c->letter) {
    case 'd':
    case 'i':
        put_signed(out, c, next_signed(args, c));
        break;
    case 'u':
        put_number(out, c, next_unsigned(args, c), 10, false);
        break;
    case 'x':
    case 'X':
        put_number(out, c, next_unsigned(args, c), 16, false);
        break;
    case 'p':
        put_number(out, c, (uintptr_t)va_arg(*args, void *), 16, false);
        break;
    case 's':
        put_string(out, c, va_arg(*args, const char *));
        break;
    case 'c':
        letter = (char)va_arg(*args, int);
        put_padded(out, c, &letter, 1, 0);
        break;
    default:
        put(out, c->letter ? c->letter : '%');
        break;
    }
}

size_t format_text(char *buffer, size_t size, const char *format, va_list args)
{
    struct output out = {buffer, size, 0};
    va_list left;
    struct conversion c;

    va_copy(left, args);
    while (*format) {
        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        format = parse_conversion(format + 1, &c);
        put_conversion(&out, &c, &left);
    }
    va_end(left);
    buffer[out.used] = '\0';
    return out.used;
}
