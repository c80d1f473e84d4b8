/* SPDX-License-Identifier: BSD-2-Clause */
/* One instruction with random operands. */
#ifndef STEPS_ENCODE_H
#define STEPS_ENCODE_H

#include "instructions.h"
#include "random.h"

#include <stdbool.h>
#include <stdint.h>

struct code {
    struct random *random;
    uint8_t *bytes;   /* where the sequence's first byte goes */
    uint64_t address; /* and what it runs at */
    unsigned int size;
    bool self; /* operands on its own page are allowed */
};

void encode(struct code *code, const struct instruction *instruction);

#endif
