/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of instructions: each once without restrictions, then in every way in which
 * altview lets instructions through one by one, with pages restricted at random. All results must
 * be the same.
 *
 * Command line: seed=N, the first of count=N; ways=NAME,... (views.c), or ways=any, one policy for
 * each sequence, by its number; without=CLASS,... or only=CLASS,...; accesses=NUMBER, a bit for
 * each that pages may be restricted to; show=all prints each sequence and run before it begins.
 */
#include "altp2m.h"
#include "classes.h"
#include "console.h"
#include "generate.h"
#include "memory.h"
#include "run.h"
#include "runtime.h"
#include "start_info.h"
#include "string.h"
#include "trap.h"
#include "views.h"
#include "xen.h"

#define COUNT_DEFAULT        1000
#define SEED_DEFAULT         1
#define REASON_EPT_VIOLATION 48
#define ALL_ACCESSES         0x7f /* n to wx */

static const char *const class_names[CLASSES] = {
    [CLASS_INTEGER] = "integer", [CLASS_STRING] = "string",
    [CLASS_STACK] = "stack",     [CLASS_FAR] = "far",
    [CLASS_X87] = "x87",         [CLASS_SSE] = "sse",
    [CLASS_AVX] = "avx",         [CLASS_AVX512] = "avx512",
    [CLASS_GATHER] = "gather",   [CLASS_XSAVE] = "xsave",
    [CLASS_SYSTEM] = "system",   [CLASS_FLAGS] = "flags",
    [CLASS_TRAP] = "trap",       [CLASS_SHADOW] = "shadow",
    [CLASS_VIEW] = "view",       [CLASS_SELF] = "self",
    [CLASS_USER] = "user",       [CLASS_TIME] = "time",
    [CLASS_RF] = "rf",           [CLASS_BREAKPOINT] = "breakpoint",
    [CLASS_ICEBP] = "icebp",     [CLASS_FAULT] = "fault",
    [CLASS_MIX] = "mix",         [CLASS_NMI] = "nmi",
    [CLASS_DR6] = "dr6",
};

static const char *const access_names[] = {"n", "r", "w", "rw", "x", "rx", "wx", "rwx"};

static struct sequence sequence;
static struct outcome expected, seen;
static struct wishes wishes = {(1U << CLASSES) - 1, ALL_ACCESSES};
static uint32_t wanted_ways;
static bool show, any_way;
/* The totals, for a reader who wants to know how much was tried. */
static unsigned long units, exceptions;

static uint64_t number_option(const char *name, uint64_t otherwise)
{
    char text[24];
    uint64_t value = 0;

    if (!start_info_option(name, text, sizeof(text)))
        return otherwise;
    for (const char *c = text; *c >= '0' && *c <= '9'; c++)
        value = value * 10 + (uint64_t)(*c - '0');
    return value;
}

/* Is `word` one of a list's, which are set apart by commas? */
static bool lists(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (; *list; list++) {
        if (strlen(list) >= length && !memcmp(list, word, length) &&
            (list[length] == ',' || !list[length]))
            return true;
        while (*list && *list != ',')
            list++;
        if (!*list)
            break;
    }
    return false;
}

static void read_options(void)
{
    char text[200];

    if (start_info_option("without", text, sizeof(text)))
        for (unsigned int i = 0; i < CLASSES; i++)
            wishes.classes &= ~((uint32_t)lists(text, class_names[i]) << i);
    if (start_info_option("only", text, sizeof(text)))
        for (unsigned int i = 0; i < CLASSES; i++)
            wishes.classes &= ~((uint32_t)!lists(text, class_names[i]) << i);
    if (!start_info_option("ways", text, sizeof(text)))
        memcpy(text, "report,step-in-0,step-in,lift", sizeof("report,step-in-0,step-in,lift"));
    any_way = lists(text, "any");
    for (enum way way = WAY_REPORT; way < WAYS; way++)
        wanted_ways |= (uint32_t)lists(text, way_name(way)) << way;
    wishes.accesses = (uint32_t)number_option("accesses", wishes.accesses);
    show = start_info_option("show", text, sizeof(text));
}

static void print_code(const struct sequence *s)
{
    uint64_t from = s->start.resume;

    for (unsigned int unit = 0; unit < s->units; unit++) {
        printf("  %#lx:", (unsigned long)from);
        for (; from < s->ends[unit]; from++)
            printf(" %02x", *arena_start(from));
        printf("\n");
    }
}

static void print_accesses(const struct sequence *s)
{
    for (enum area area = 0; area < AREAS; area++) {
        printf("  %s:", arena_area_name(area));
        for (unsigned int i = 0; i < ARENA_PAGES; i++)
            if (arena_area_of(i) == area)
                printf(" %s", access_names[s->accesses[i]]);
        printf("\n");
    }
}

static void print_sequence(const struct sequence *s)
{
    printf("sequence %lu, ring %d%s%s, RFLAGS %#lx, RSP %#lx, RBX %#lx, RBP %#lx, RSI %#lx, "
           "RDI %#lx, R12 %#lx, R14 %#lx, R15 %#lx\n",
           (unsigned long)s->seed, s->user ? 3 : 0, s->interrupt ? ", an interrupt pending" : "",
           s->start.vector == TRAP_NMI ? ", in an NMI's handler" : "",
           (unsigned long)s->start.flags, (unsigned long)s->start.sp,
           (unsigned long)s->start.gpr[RBX], (unsigned long)s->start.gpr[RBP],
           (unsigned long)s->start.gpr[RSI], (unsigned long)s->start.gpr[RDI],
           (unsigned long)s->start.gpr[R12], (unsigned long)s->start.gpr[R14],
           (unsigned long)s->start.gpr[R15]);
    print_code(s);
    print_accesses(s);
}

static bool try_way(const struct sequence *s, enum way way)
{
    const char *difference;

    if (show)
        printf("run: sequence %lu, %s\n", (unsigned long)s->seed, way_name(way));
    run(s, way, &seen);
    difference = compare(&expected, &seen);
    if (!difference)
        return true;
    printf("FAIL sequence %lu, %s: %s\n", (unsigned long)s->seed, way_name(way), difference);
    return false;
}

static bool is_wanted(enum way way, uint64_t seed)
{
    return any_way ? way == WAY_REPORT + seed % POLICIES : wanted_ways >> way & 1;
}

static bool try_sequence(uint64_t seed)
{
    bool good = true;

    generate(&sequence, seed, &wishes);
    printf("sequence %lu\n", (unsigned long)seed);
    if (show)
        print_sequence(&sequence);
    run(&sequence, WAY_PLAIN, &expected);
    arena_keep();
    units += sequence.units;
    exceptions += expected.count;
    for (enum way way = WAY_REPORT; way < WAYS; way++)
        if (is_wanted(way, seed))
            good = try_way(&sequence, way) && good;
    if (!good && !show)
        print_sequence(&sequence);
    return good;
}

unsigned int guest_main(void)
{
    uint64_t seed = number_option("seed", SEED_DEFAULT);
    uint64_t count = number_option("count", COUNT_DEFAULT), failed = 0, violations = 0;

    read_options();
    run_init();
    arena_init();
    views_init();
    for (uint64_t i = 0; i < count; i++)
        failed += !try_sequence(seed + i);
    altview_exit_count_of(0, REASON_EPT_VIOLATION, &violations);
    printf("steps: %lu instructions and phrases, %lu exceptions, %lu violations\n", units,
           exceptions, (unsigned long)violations);
    printf("steps: %lu sequences from seed %lu, %lu failed\n", (unsigned long)count,
           (unsigned long)seed, (unsigned long)failed);
    return failed ? SHUTDOWN_crash : SHUTDOWN_poweroff;
}
