/* SPDX-License-Identifier: BSD-2-Clause */
#include "generate.h"

#include "classes.h"
#include "instructions.h"
#include "memory.h"
#include "string.h"
#include "trap.h"

#include <xen/memory.h>

#define INT3  0xcc
#define UD2   "\x0f\x0b"
#define FIRST 8 /* data pages that pointers start in, and their number: offsets stay inside */
#define MANY  18

#define FLAGS_FIXED 0x2
#define FLAGS_TF    0x100
#define FLAGS_IF    0x200
#define FLAGS_RF    0x10000
#define FLAGS_AC    0x40000
#define FLAGS_CALC  0xcd5 /* CF, PF, AF, ZF, SF, DF, OF */
#define RING3       3

/* XSAVE areas (SDM Vol. 1 13.4): FCW, MXCSR, XSTATE_BV, and where registers are. */
#define XSAVE_FCW      0
#define XSAVE_MXCSR    24
#define XSAVE_LEGACY   32
#define XSAVE_RESERVED 416
#define XSAVE_HEADER   512
#define XSAVE_EXTENDED 576
#define FCW_START      0x37f
#define MXCSR_START    0x1f80
#define MXCSR_FEW      0x0e80 /* invalid, denormal, division by zero are exceptions */

struct phrase {
    const uint8_t *code;
    uint64_t class;
};
extern const struct phrase phrases[]; /* phrases.S */

/* The stubs, which come first. */
enum { STUB_CALL, STUB_ENTER, STUB_CALL_USER, STUB_ENTER_USER, STUBS };
#define STUB_PAGE (ARENA_CODE_PAGES - 1)
#define STUB_ROOM 32

static uint64_t near_page_end(struct random *r, uint64_t first, unsigned int pages)
{
    uint64_t page = first + random_below(r, pages) * PAGE_SIZE;

    return random_one_in(r, 3) ? page + random_below(r, PAGE_SIZE)
                               : page + PAGE_SIZE - random_below(r, 40);
}

static uint64_t pointer(struct random *r)
{
    return near_page_end(r, arena_address(AREA_DATA, FIRST), MANY);
}

static uint64_t bad_pointer(struct random *r)
{
    const uint64_t addresses[] = {arena_nothing(), UINT64_C(1) << 63,
                                  arena_read_only() + random_below(r, PAGE_SIZE),
                                  arena_end(AREA_DATA) - random_below(r, 20)};

    return RANDOM_OF(r, addresses);
}

static void choose_registers(struct sequence *s, struct random *r)
{
    uint64_t *gpr = s->start.gpr;

    for (unsigned int i = 0; i < GPRS; i++)
        gpr[i] = random_awkward(r);
    gpr[RBX] = pointer(r);
    gpr[RBP] = pointer(r);
    gpr[RSI] = pointer(r);
    gpr[RDI] = pointer(r);
    gpr[R12] = pointer(r) & ~UINT64_C(63);
    gpr[R13] = arena_address(AREA_DATA, 0);
    gpr[R14] = bad_pointer(r);
    gpr[R15] = random_below(r, 16);
    gpr[RSP] = near_page_end(r, arena_address(AREA_STACK, 1), 1);
    if (!random_one_in(r, 4))
        gpr[RSP] &= ~UINT64_C(7);
}

static void choose_start(struct sequence *s, struct random *r, uint32_t classes)
{
    struct event *start = &s->start;
    bool traps = classes >> CLASS_TRAP & 1;

    s->user = classes >> CLASS_USER & 1 && random_one_in(r, 4);
    s->interrupt =
        classes >> CLASS_SHADOW & 1 && !(classes >> CLASS_TIME & 1) && random_one_in(r, 4);
    start->resume = near_page_end(r, arena_address(AREA_CODE, 0), STUB_PAGE - 1);
    start->cs = s->user ? ARENA_USER_CODE | RING3 : ARENA_CODE;
    start->ss = s->user ? ARENA_USER_DATA | RING3 : ARENA_STACK_SEGMENT;
    start->flags = FLAGS_FIXED | (random_word(r) & FLAGS_CALC);
    if (random_one_in(r, 4))
        start->flags |= FLAGS_AC;
    if (traps && random_one_in(r, 10))
        start->flags |= FLAGS_TF;
    s->flags = classes >> CLASS_RF & 1 ? ~UINT64_C(0) : ~(uint64_t)FLAGS_RF;
    s->dr6 = classes >> CLASS_DR6 & 1;
    start->sp = start->gpr[RSP];
}

/* The way in and on from there, without IRET, takes neither traps nor interrupts. */
static void choose_nmi(struct sequence *s, struct random *r, uint32_t classes)
{
    bool may = classes >> CLASS_NMI & 1 && !(classes >> CLASS_TRAP & 1);

    if (may && !s->user && !s->interrupt && random_one_in(r, 4))
        s->start.vector = TRAP_NMI;
}

/* XCR0, as run.c has set it. */
static uint32_t switched_on(void)
{
    uint32_t low;

    __asm__("xgetbv" : "=a"(low) : "c"(0) : "rdx");
    return low;
}

static void choose_vectors(struct random *r)
{
    uint64_t *area = (uint64_t *)(uintptr_t)enter_vectors;
    uint32_t mxcsr = random_one_in(r, 4) ? MXCSR_FEW : MXCSR_START;

    for (unsigned int i = 0; i < ENTER_VECTOR_SIZE / 8; i++)
        area[i] = random_one_in(r, 4) ? 0 : random_word(r);
    memset(enter_vectors, 0, XSAVE_LEGACY);
    memset(enter_vectors + XSAVE_RESERVED, 0, XSAVE_EXTENDED - XSAVE_RESERVED);
    memcpy(enter_vectors + XSAVE_FCW, &(uint16_t){FCW_START}, 2);
    memcpy(enter_vectors + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
    area[XSAVE_HEADER / 8] = switched_on();
}

/* All of an area, none, or half of it. */
static void choose_accesses(struct sequence *s, struct random *r, const struct wishes *wishes)
{
    uint8_t list[XENMEM_access_rwx + 1] = {XENMEM_access_rwx};
    unsigned int count = 0, density[AREAS];

    for (unsigned int access = XENMEM_access_n; access <= XENMEM_access_rwx; access++)
        if (wishes->accesses >> access & 1)
            list[count++] = (uint8_t)access;
    for (unsigned int i = 0; i < AREAS; i++)
        density[i] = (unsigned int)random_below(r, 3);
    for (unsigned int i = 0; i < ARENA_PAGES; i++) {
        bool restricted = random_below(r, 2) < density[arena_area_of(i)];

        s->accesses[i] = restricted ? list[random_below(r, count)] : XENMEM_access_rwx;
    }
}

static unsigned int phrase_count(void)
{
    unsigned int count = 0;

    while (phrases[count].class != CLASS_END)
        count++;
    return count;
}

static size_t put_phrase(uint8_t *to, const struct phrase *phrase)
{
    size_t size = (size_t)(phrase[1].code - phrase->code);

    memcpy(to, phrase->code, size);
    return size;
}

static void put_stubs(struct sequence *s)
{
    uint64_t at = arena_address(AREA_CODE, STUB_PAGE);

    for (unsigned int i = 0; i < STUBS; i++)
        put_phrase(arena_start(at + i * STUB_ROOM), &phrases[i]);
    s->system_call = at + (s->user ? STUB_CALL_USER : STUB_CALL) * STUB_ROOM;
    s->system_enter = at + (s->user ? STUB_ENTER_USER : STUB_ENTER) * STUB_ROOM;
}

static void put_unit(struct code *c, uint32_t classes)
{
    static unsigned int count;
    struct random *r = c->random;

    count = count ? count : phrase_count();
    for (;;) {
        const struct instruction *i = &instructions[random_below(r, instruction_count)];
        const struct phrase *p = &phrases[random_below(r, count)];
        bool single = random_one_in(r, 2);
        uint64_t class = single ? i->class : p->class;

        if (!(classes >> class & 1))
            continue;
        if (single)
            encode(c, i);
        else
            c->size += (unsigned int)put_phrase(c->bytes + c->size, p);
        return;
    }
}

static void put_sequence(struct sequence *s, struct random *r, uint32_t classes)
{
    struct code c = {
        .random = r,
        .bytes = arena_start(s->start.resume),
        .address = s->start.resume,
        .self = classes >> CLASS_SELF & 1,
    };
    unsigned int units = 1 + (unsigned int)random_below(r, SEQUENCE_UNITS);

    for (s->units = 0; s->units < units && c.size < SEQUENCE_SIZE; s->units++) {
        put_unit(&c, classes);
        s->ends[s->units] = c.address + c.size;
    }
    s->end = c.address + c.size;
    memcpy(c.bytes + c.size, UD2, 2);
}

/*
 * Traps show what clocks say in the middle of a phrase. ICEBP with the trap flag set never ends in
 * Bochs 2.7 with several CPUs, views or not. And where a fault is in MOV SS's shadow, a step brings
 * the trap before it. So a sequence has one of these.
 */
static uint32_t choose_classes(struct random *r, uint32_t classes)
{
    static const uint8_t apart[] = {CLASS_TRAP, CLASS_TIME, CLASS_ICEBP, CLASS_FAULT};
    uint32_t all = 0, kept = 1U << RANDOM_OF(r, apart);

    for (unsigned int i = 0; i < sizeof(apart); i++)
        all |= 1U << apart[i];
    if (kept == 1U << CLASS_TRAP && !(classes >> CLASS_MIX & 1))
        all |= 1U << CLASS_SHADOW;
    return classes & (~all | kept);
}

void generate(struct sequence *s, uint64_t seed, const struct wishes *wishes)
{
    struct random random = {(seed + 1) * UINT64_C(0x9e3779b97f4a7c15)};

    uint32_t classes;

    for (unsigned int i = 0; i < 4; i++)
        random_word(&random);
    classes = choose_classes(&random, wishes->classes);
    *s = (struct sequence){.seed = seed};
    choose_registers(s, &random);
    choose_start(s, &random, classes);
    choose_vectors(&random);
    choose_accesses(s, &random, wishes);
    memset(arena_start(arena_address(AREA_CODE, 0)), INT3, ARENA_CODE_PAGES * PAGE_SIZE);
    put_stubs(s);
    put_sequence(s, &random, classes);
    choose_nmi(s, &random, classes);
}
