/* SPDX-License-Identifier: BSD-2-Clause */
/* The fuzzer's bytes, taken from the front. After the last byte everything is zero. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct input {
    const uint8_t *data;
    size_t left;
};

static inline void input_bytes(struct input *in, void *to, size_t size)
{
    size_t n = size < in->left ? size : in->left;

    memset(to, 0, size);
    if (n)
        memcpy(to, in->data, n);
    in->data += n;
    in->left -= n;
}

static inline uint8_t input_byte(struct input *in)
{
    uint8_t byte;

    input_bytes(in, &byte, 1);
    return byte;
}

#endif
