/* SPDX-License-Identifier: BSD-2-Clause */
/* Single instructions with operands, as the encoder makes them: a row is a family of opcodes. */
#ifndef STEPS_INSTRUCTIONS_H
#define STEPS_INSTRUCTIONS_H

#include "random.h"

#include <stdbool.h>
#include <stdint.h>

enum encoding { LEGACY, VEX, EVEX };

/* What ModRM may name. */
#define RM_REGISTER 1U
#define RM_MEMORY   2U
#define RM_EITHER   3U

#define VECTOR  0x01U /* the registers are vectors */
#define BYTE    0x02U /* 8 bits: REX changes which registers are meant */
#define LOCKED  0x04U /* with memory a LOCK may stand before it */
#define WIDE    0x08U /* REX.W, VEX.W, EVEX.W as it comes */
#define W1      0x10U
#define LONG    0x20U  /* VEX.L, EVEX.L'L as it comes */
#define MASKED  0x40U  /* EVEX.aaa as it comes */
#define GENERAL 0x80U  /* ModRM's register operand is a general one though the other is a vector */
#define FAR_OFF 0x100U /* the register adds to the address: it may not be cut to 32 bits */

struct instruction {
    uint8_t class, encoding;
    uint8_t prefix; /* 0, 0x66, 0xf2, 0xf3: mandatory */
    uint8_t map;    /* 0: one byte; 1: 0f; 2: 0f 38; 3: 0f 3a */
    uint8_t opcode, step, count;
    uint8_t digits; /* which /digit may stand in ModRM, by bits; 0: a register */
    uint8_t rm, immediate;
    uint16_t flags;
};

extern const struct instruction instructions[];
extern const unsigned int instruction_count;

/* A sequence, as it is written. */
struct code {
    struct random *random;
    uint8_t *bytes;   /* where the sequence's first byte goes */
    uint64_t address; /* and what it runs at */
    unsigned int size;
    bool self; /* operands on its own page are allowed */
};

/* With random operands. */
void encode(struct code *code, const struct instruction *instruction);

#endif
