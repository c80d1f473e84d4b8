/* SPDX-License-Identifier: BSD-2-Clause */
#include "instructions.h"

#include "enter.h"
#include "memory.h"

/* ModRM, SIB (SDM Vol. 2A 2.1.5). */
#define MOD_DISP8    1
#define MOD_DISP32   2
#define MOD_REGISTER 3
#define RM_SIB       4
#define RM_RELATIVE  5
#define NO_INDEX     4

#define REX   0x40
#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

#define PREFIX_FS    0x64
#define PREFIX_GS    0x65
#define PREFIX_SHORT 0x67 /* an address of 32 bits */
#define PREFIX_LOCK  0xf0
#define VECTORS      12 /* the others are a gather's */

/* Where an operand is. */
struct operands {
    uint8_t reg, rm, other; /* registers; rm: or the base */
    uint8_t index, scale;
    uint8_t mod;
    bool memory, relative, indexed, short_address, locked;
    bool wide;
    uint8_t length, mask;
    int32_t displacement;
};

static const uint8_t free_registers[] = {RAX, RCX, RDX, R8, R9, R10, R11};
static const uint8_t pointers[] = {RBX, RSI, RDI, RBP, R12, RSP};
static const uint8_t harmless_prefixes[] = {0x2e,      0x36,      0x3e, 0x26,
                                            PREFIX_FS, PREFIX_GS, 0x66, PREFIX_SHORT};

static void put(struct code *c, uint64_t byte)
{
    c->bytes[c->size++] = (uint8_t)byte;
}

static void put_number(struct code *c, uint64_t value, unsigned int bytes)
{
    for (unsigned int i = 0; i < bytes; i++)
        put(c, value >> (8 * i));
}

/* On the page of the instruction, away from the sequence's code (generate.c says where that is). */
static int32_t own_page(const struct code *c, uint64_t next)
{
    uint64_t page = next & ~(uint64_t)(PAGE_SIZE - 1);
    uint64_t target = page + random_below(c->random, 64);

    if (c->address < page + 128)
        target += 0xc00;
    return (int32_t)(target - next);
}

static void choose_memory(struct code *c, const struct instruction *i, struct operands *o)
{
    struct random *r = c->random;

    o->memory = true;
    o->relative = c->self && random_one_in(r, 4);
    o->rm = random_one_in(r, 12) ? R14 : RANDOM_OF(r, pointers);
    o->mod = random_one_in(r, 3) ? MOD_DISP32 : MOD_DISP8;
    o->displacement = (int32_t)random_below(r, 64) - 32;
    o->indexed = random_one_in(r, 4);
    o->index = R15;
    o->scale = (uint8_t)random_below(r, 4);
    o->short_address = !(i->flags & FAR_OFF) && random_one_in(r, 12) && o->rm != R14;
    o->locked = i->flags & LOCKED && random_one_in(r, 3);
}

static uint8_t choose_register(struct code *c, bool vector)
{
    return vector ? (uint8_t)random_below(c->random, VECTORS)
                  : RANDOM_OF(c->random, free_registers);
}

static uint8_t choose_digit(struct code *c, uint8_t digits)
{
    uint8_t digit;

    do
        digit = (uint8_t)random_below(c->random, 8);
    while (!(digits >> digit & 1));
    return digit;
}

static struct operands choose(struct code *c, const struct instruction *i)
{
    struct random *r = c->random;
    struct operands o = {.mod = MOD_REGISTER};
    bool vector = i->flags & VECTOR;

    o.reg = i->digits ? choose_digit(c, i->digits) : choose_register(c, vector);
    o.other = choose_register(c, vector);
    o.rm = choose_register(c, vector && !(i->flags & GENERAL));
    if (i->rm == RM_MEMORY || (i->rm == RM_EITHER && !random_one_in(r, 4)))
        choose_memory(c, i, &o);
    o.wide = i->flags & W1 || (i->flags & WIDE && random_one_in(r, 2));
    o.length = i->flags & LONG ? (uint8_t)random_below(r, i->encoding == EVEX ? 3 : 2) : 0;
    o.mask = i->flags & MASKED ? (uint8_t)random_below(r, 8) : 0;
    return o;
}

static uint8_t high(uint8_t number, uint8_t bit)
{
    return number & 8 ? bit : 0;
}

/* R, X and B as REX has them. */
static uint8_t extensions(const struct instruction *i, const struct operands *o)
{
    uint8_t bits = i->digits ? 0 : high(o->reg, REX_R);

    if (!o->relative)
        bits |= high(o->rm, REX_B);
    if (o->indexed && !o->relative)
        bits |= high(o->index, REX_X);
    return bits;
}

static const uint8_t escapes[][2] = {{0, 0}, {0x0f, 0}, {0x0f, 0x38}, {0x0f, 0x3a}};

static void put_legacy(struct code *c, const struct instruction *i, const struct operands *o)
{
    uint8_t rex = extensions(i, o) | (o->wide ? REX_W : 0);

    if (!i->prefix && !(i->flags & VECTOR) && random_one_in(c->random, 5))
        put(c, 0x66);
    if (i->prefix)
        put(c, i->prefix);
    if (rex || random_one_in(c->random, 10))
        put(c, REX | rex);
    for (unsigned int n = 0; n < 2 && escapes[i->map][n]; n++)
        put(c, escapes[i->map][n]);
}

/* The mandatory prefix as VEX.pp has it. */
static uint8_t short_prefix(uint8_t prefix)
{
    return prefix == 0x66 ? 1 : prefix == 0xf3 ? 2 : prefix == 0xf2 ? 3 : 0;
}

/* SDM Vol. 2A 2.3.5: three bytes, R, X, B and vvvv inverted. */
static void put_vex(struct code *c, const struct instruction *i, const struct operands *o)
{
    uint8_t bits = extensions(i, o);

    put(c, 0xc4);
    put(c, (~(unsigned int)bits & 7) << 5 | i->map);
    put(c, (o->wide ? 0x80U : 0) | (~(unsigned int)o->other & 15) << 3 | o->length << 2 |
               short_prefix(i->prefix));
}

/* SDM Vol. 2A 2.7.1: R' and V' are 1, as only the first 16 vectors are named. */
static void put_evex(struct code *c, const struct instruction *i, const struct operands *o)
{
    uint8_t bits = extensions(i, o);

    put(c, 0x62);
    put(c, (~(unsigned int)bits & 7) << 5 | 0x10 | i->map);
    put(c,
        (o->wide ? 0x80U : 0) | (~(unsigned int)o->other & 15) << 3 | 4 | short_prefix(i->prefix));
    put(c, (uint32_t)o->length << 5 | 8 | o->mask);
}

static void put_modrm(struct code *c, const struct operands *o, unsigned int after)
{
    uint8_t reg = (uint8_t)((o->reg & 7) << 3);
    bool sib = o->memory && !o->relative && (o->indexed || (o->rm & 7) == RM_SIB);

    if (o->relative) {
        put(c, reg | RM_RELATIVE);
        put_number(c, (uint32_t)own_page(c, c->address + c->size + 4 + after), 4);
        return;
    }
    put(c, o->mod << 6 | reg | (sib ? RM_SIB : o->rm & 7));
    if (sib)
        put(c, o->scale << 6 | (o->indexed ? o->index & 7 : NO_INDEX) << 3 | (o->rm & 7));
    if (o->memory)
        put_number(c, (uint32_t)o->displacement, o->mod == MOD_DISP8 ? 1 : 4);
}

static unsigned int immediate_size(const struct instruction *i, const struct code *c,
                                   unsigned int start)
{
    /* 16 bits with an operand-size prefix, unless REX.W overrides it: decided by the bytes put so
     * far. */
    bool narrow = false;

    for (unsigned int n = start; i->immediate == 4 && n < c->size; n++) {
        narrow = narrow || c->bytes[n] == 0x66;
        if ((c->bytes[n] & 0xf8) == (REX | REX_W))
            narrow = false;
    }
    return narrow ? 2 : i->immediate;
}

/* A base of FS or GS would move accesses to the page itself into the next code. */
static void put_prefixes(struct code *c, const struct operands *o, bool legacy)
{
    uint8_t prefix = RANDOM_OF(c->random, harmless_prefixes);
    bool strays = o->relative && (prefix == PREFIX_FS || prefix == PREFIX_GS);

    if (o->locked)
        put(c, PREFIX_LOCK);
    if (o->short_address)
        put(c, PREFIX_SHORT);
    else if (random_one_in(c->random, 6) && prefix != PREFIX_SHORT && !strays &&
             (legacy || prefix != 0x66))
        put(c, prefix);
}

void encode(struct code *c, const struct instruction *i)
{
    static void (*const lead[])(struct code *, const struct instruction *,
                                const struct operands *) = {
        [LEGACY] = put_legacy, [VEX] = put_vex, [EVEX] = put_evex};
    struct operands o = choose(c, i);
    unsigned int start = c->size, size;

    put_prefixes(c, &o, i->encoding == LEGACY && !(i->flags & VECTOR));
    lead[i->encoding](c, i, &o);
    size = immediate_size(i, c, start);
    put(c, i->opcode + i->step * random_below(c->random, i->count));
    put_modrm(c, &o, size);
    put_number(c, random_word(c->random), size);
}
