/* SPDX-License-Identifier: BSD-2-Clause */
#include "string.h"

#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size)
{
    void *start = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return start;
}

void *memset(void *to, int value, size_t size)
{
    void *start = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
    return start;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;

    for (size_t i = 0; i < size; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

size_t strlen(const char *s)
{
    size_t length = 0;

    while (s[length])
        length++;
    return length;
}

bool string_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

struct output {
    void (*put)(void *context, char c);
    void *context;
};

struct spec {
    bool left, zero, prefix;
    int width;
    unsigned int longs;
};

#define DIGITS_SIZE 24

/* 64-bit division by hand: the 32-bit build has no compiler library. */
static unsigned int divide(uint64_t *value, unsigned int base)
{
    uint32_t high = (uint32_t)(*value >> 32), low = (uint32_t)*value;
    uint32_t remainder = high % base;

    high /= base;
    __asm__("divl %2" : "+a"(low), "+d"(remainder) : "r"(base));
    *value = (uint64_t)high << 32 | low;
    return remainder;
}

static const char *to_digits(uint64_t value, unsigned int base, char *end)
{
    *--end = '\0';
    do
        *--end = "0123456789abcdef"[divide(&value, base)];
    while (value);
    return end;
}

static void put_many(const struct output *out, char c, int count)
{
    while (count-- > 0)
        out->put(out->context, c);
}

/* A field: padding, prefix (sign or 0x), more padding if with zeros, text. */
static void put_field(const struct output *out, const struct spec *spec, const char *prefix,
                      const char *text)
{
    int padding = spec->width - (int)strlen(prefix) - (int)strlen(text);

    if (!spec->left && !spec->zero)
        put_many(out, ' ', padding);
    for (; *prefix; prefix++)
        out->put(out->context, *prefix);
    if (!spec->left && spec->zero)
        put_many(out, '0', padding);
    for (; *text; text++)
        out->put(out->context, *text);
    if (spec->left)
        put_many(out, ' ', padding);
}

static const char *parse_spec(const char *format, struct spec *spec, va_list *args)
{
    for (;; format++) {
        if (*format == '-')
            spec->left = true;
        else if (*format == '0')
            spec->zero = true;
        else if (*format == '#')
            spec->prefix = true;
        else
            break;
    }
    if (*format == '*') {
        spec->width = va_arg(*args, int);
        format++;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        spec->width = spec->width * 10 + (*format - '0');
    for (; *format == 'l'; format++)
        spec->longs++;
    return format;
}

static uint64_t next_unsigned(const struct spec *spec, va_list *args)
{
    if (spec->longs >= 2)
        return va_arg(*args, unsigned long long);
    return spec->longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int);
}

static int64_t next_signed(const struct spec *spec, va_list *args)
{
    if (spec->longs >= 2)
        return va_arg(*args, long long);
    return spec->longs ? va_arg(*args, long) : va_arg(*args, int);
}

static void put_signed(const struct output *out, const struct spec *spec, va_list *args)
{
    char digits[DIGITS_SIZE];
    int64_t value = next_signed(spec, args);
    uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;

    put_field(out, spec, value < 0 ? "-" : "", to_digits(size, 10, digits + DIGITS_SIZE));
}

static void put_unsigned(const struct output *out, const struct spec *spec, va_list *args,
                         unsigned int base)
{
    char digits[DIGITS_SIZE];

    put_field(out, spec, spec->prefix ? "0x" : "",
              to_digits(next_unsigned(spec, args), base, digits + DIGITS_SIZE));
}

static void put_conversion(const struct output *out, char conversion, const struct spec *spec,
                           va_list *args)
{
    char one[2] = {conversion, '\0'};

    switch (conversion) {
    case 'd':
        put_signed(out, spec, args);
        break;
    case 'u':
        put_unsigned(out, spec, args, 10);
        break;
    case 'x':
        put_unsigned(out, spec, args, 16);
        break;
    case 's':
        put_field(out, spec, "", va_arg(*args, const char *));
        break;
    case 'c':
        one[0] = (char)va_arg(*args, int);
        put_field(out, spec, "", one);
        break;
    default:
        put_field(out, spec, "", one);
    }
}

void format_to(void (*put)(void *context, char c), void *context, const char *format, va_list args)
{
    const struct output out = {put, context};
    va_list rest;

    va_copy(rest, args);
    for (; *format; format++) {
        struct spec spec = {0};

        if (*format != '%') {
            put(context, *format);
            continue;
        }
        format = parse_spec(format + 1, &spec, &rest);
        if (!*format)
            break;
        put_conversion(&out, *format, &spec, &rest);
    }
    va_end(rest);
}

struct buffer {
    char *to;
    size_t size, used;
};

static void put_buffer(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->used + 1 < buffer->size)
        buffer->to[buffer->used++] = c;
}

void snprintf(char *to, size_t size, const char *format, ...)
{
    struct buffer buffer = {to, size, 0};
    va_list args;

    va_start(args, format);
    format_to(put_buffer, &buffer, format, args);
    va_end(args);
    if (size)
        to[buffer.used] = '\0';
}
