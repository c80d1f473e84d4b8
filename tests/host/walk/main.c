/* SPDX-License-Identifier: BSD-2-Clause */
/* hypervisor/guestmem/walk.c on simulated memory, in every paging mode, compared with a simple
 * walk. */
#include "walk/reference.h"

#include "control/paging.h"
#include "core/domain.h"
#include "guestmem/access.h"
#include "guestmem/keys.h"
#include "guestmem/path.h"
#include "sim/random.h"
#include "x86/x86.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define FRAME  4096
#define ROUNDS 200 /* memories */
#define CPUS   5   /* for each */
#define TRIES  20  /* with each */
#define LEAST  20  /* the least number of times that each possible result must come */

static uint8_t memory[REFERENCE_FRAMES * FRAME] __attribute__((aligned(FRAME)));
static uint8_t copy[REFERENCE_FRAMES * FRAME];
static uint8_t zeros[FRAME] __attribute__((aligned(FRAME)));
static struct reference_cpu cpu;
static struct boot_info boot;
static struct domain domain = {.boot = &boot};
static struct vcpu vcpu = {.domain = &domain, .cache.stamp = EPOCH_ONE};
static uint64_t last_gfn;
static bool keeps_frames; /* the short walk needs that; the others must ask for each */

/* The walk's calls into the hypervisor. */

uint64_t guest_get(const struct vcpu *v, enum guest_state state)
{
    (void)v;
    switch (state) {
    case GUEST_CR0:
        return cpu.cr0;
    case GUEST_CR3:
        return cpu.cr3;
    case GUEST_CR4:
        return cpu.cr4;
    case GUEST_EFER:
        return cpu.efer;
    case GUEST_RFLAGS:
        return cpu.rflags;
    default:
        assert_int_equal(state, GUEST_SS_RIGHTS);
        return cpu.program ? 0xc0f3 : 0xc093;
    }
}

uint64_t guest_pdpte(const struct vcpu *v, unsigned int n)
{
    (void)v;
    return cpu.pdptes[n];
}

uint8_t *guest_frame_find(struct vcpu *v, uint64_t gfn, unsigned int wants)
{
    struct guest_frame_slot *slot = guest_slot_of(v, gfn * FRAME);

    uint8_t *host = gfn < REFERENCE_FRAMES ? memory + gfn * FRAME : zeros;

    (void)wants;
    last_gfn = gfn;
    if (keeps_frames)
        *slot = (struct guest_frame_slot){gfn * FRAME, v->cache.stamp, host, ALTP2M_RWX};
    return host;
}

uint8_t *guest_frame_reached(const struct vcpu *v, uint64_t gfn, unsigned int wants)
{
    (void)v, (void)wants;
    last_gfn = gfn;
    return gfn < REFERENCE_FRAMES ? memory + gfn * FRAME : zeros;
}

uint8_t *guest_frame_seen(struct vcpu *v, uint64_t gfn, unsigned int wants)
{
    return guest_frame_find(v, gfn, wants);
}

uint32_t guest_key_rights(bool user)
{
    return user ? cpu.pkru : cpu.pkrs;
}

static struct sim_random numbers = {.state = 1}; /* the same each time */

static uint64_t any(void)
{
    return sim_random_next(&numbers);
}

static bool one_in(unsigned int n)
{
    return sim_random_one_in(&numbers, n);
}

/* A number with a quarter of its bits set. */
static uint32_t few_bits(void)
{
    uint64_t bits = any();

    return (uint32_t)(bits & bits >> 32);
}

/* Usually an entry that leads to a table or page. */
static uint64_t any_entry(bool wide, bool keys)
{
    uint64_t entry = any() & 0x878; /* flags that mean nothing, accessed, dirty; bits 11:8 */

    entry |= (1 + any() % (REFERENCE_FRAMES - 1)) << 12;
    entry |= one_in(24) ? 0 : 1;
    entry |= one_in(12) ? 0 : 2;
    entry |= one_in(3) ? 0 : 4;
    if (one_in(4)) { /* large; its address is aligned for one size, or for none */
        entry = (entry & 0xfff) | 0x80 | (any() & (one_in(2) ? 0xc0000000 : 0xffe00000));
        entry |= one_in(8) ? any() & 0x3ff000 : any() & 0x1000;
    }
    if (wide) {
        entry |= one_in(24) ? UINT64_C(1) << 63 : 0;
        entry |= one_in(64) ? UINT64_C(1) << (30 + any() % 32) : 0;
    }
    entry |= keys && one_in(2) ? (any() & 0xf) << 59 : 0;
    return entry;
}

/* In half of all memories most flags are set already. */
static void fill_memory(bool wide, bool keys)
{
    bool used = one_in(2);
    uint64_t entry;

    for (size_t at = 0; at < sizeof(memory); at += wide ? 8 : 4) {
        entry = any_entry(wide, keys);
        entry |= used && !one_in(8) ? 0x60 : 0;
        memcpy(memory + at, &entry, wide ? 8 : 4);
    }
}

/* The modes, each with its registers. */
static const struct mode {
    const char *name;
    uint64_t cr0, cr4, efer;
    unsigned int top, linear_bits;
    unsigned int leaves; /* bit l: a page can be mapped at level l */
} modes[] = {
    {"off", 0, 0, 0, 0, 32, 1U << 0},
    {"32-bit", CR0_PG, 0, 0, 2, 32, 1U << 1},
    {"PSE", CR0_PG, CR4_PSE, 0, 2, 32, 1U << 1 | 1U << 2},
    {"PAE", CR0_PG, CR4_PAE, 0, 2, 32, 1U << 1 | 1U << 2},
    {"4-level", CR0_PG, CR4_PAE, EFER_LMA, 4, 48, 1U << 1 | 1U << 2 | 1U << 3},
    {"5-level", CR0_PG, CR4_PAE | CR4_LA57, EFER_LMA, 5, 57, 1U << 1 | 1U << 2 | 1U << 3},
};

static void any_cpu(const struct mode *mode)
{
    static const uint64_t flags[] = {CR4_SMAP, CR4_PKE, CR4_PKS, CR4_SMEP};
    static const unsigned int widths[] = {36, 39, 40, 46, 48};

    cpu = (struct reference_cpu){
        .cr0 = mode->cr0 | CR0_PE | (one_in(2) ? CR0_WP : 0),
        .cr3 = (1 + any() % (REFERENCE_FRAMES - 1)) << 12,
        .cr4 = mode->cr4,
        .efer = mode->efer | (one_in(2) ? EFER_NXE : 0),
        .rflags = one_in(2) ? RFLAGS_AC : 0,
        .pkru = few_bits(),
        .pkrs = few_bits(),
        .physical_bits = widths[any() % 5],
        .pages_1g = !one_in(4),
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        cpu.cr4 |= one_in(2) ? flags[i] : 0;
    for (size_t i = 0; i < 4; i++)
        cpu.pdptes[i] = (1 + any() % (REFERENCE_FRAMES - 1)) << 12 | !one_in(8);
    domain.gfn_bits = cpu.physical_bits - 12;
    vcpu.address_reserved = PTE_ADDRESS & ~UINT64_C(0) << cpu.physical_bits;
    boot.cpu.pages_1g = cpu.pages_1g;
}

static uint64_t any_linear(const struct mode *mode)
{
    unsigned int unused = 64 - mode->linear_bits;
    uint64_t linear = any() << unused >> unused;

    if (one_in(16))
        return any();
    if (mode->linear_bits == 32)
        return linear;
    return (uint64_t)((int64_t)(linear << unused) >> unused);
}

static void show(const struct mode *mode, uint64_t linear, bool write, bool translated,
                 const struct reference_walk *expected)
{
    print_error("%s paging, %s of %llx, CR0 %llx CR3 %llx CR4 %llx EFER %llx RFLAGS %llx, %u "
                "bits: ",
                mode->name, write ? "write" : "read", (unsigned long long)linear,
                (unsigned long long)cpu.cr0, (unsigned long long)cpu.cr3,
                (unsigned long long)cpu.cr4, (unsigned long long)cpu.efer,
                (unsigned long long)cpu.rflags, cpu.physical_bits);
    print_error("the walk %s gfn %llx; the reference says %d, %llx\n",
                translated ? "found" : "refused, last at", (unsigned long long)last_gfn,
                expected->end, (unsigned long long)expected->physical);
}

/* A lookup ends where the access does, and sets no flag. */
static void try_look(const struct mode *mode, uint64_t linear, bool write,
                     const struct reference_walk *expected, const uint8_t *before)
{
    bool seen = guest_page_seen(&vcpu, linear, write ? ALTP2M_W : ALTP2M_R);

    if (seen != (expected->end == TRANSLATED) || (seen && last_gfn != expected->physical >> 12)) {
        show(mode, linear, write, seen, expected);
        fail_msg("look and reference differ");
    }
    if (memcmp(before, memory, sizeof(memory)) != 0) {
        show(mode, linear, write, seen, expected);
        fail_msg("a look has changed the tables");
    }
}

/* A byte that the guest has written, in ring 0 or 3, is where a write in that ring ends. */
static unsigned int written[REFERENCE_ENDS];

static void try_written(const struct mode *mode, uint64_t linear, const uint8_t *before)
{
    static uint8_t marked[sizeof(memory)];
    struct reference_walk expected;
    const uint8_t *host;

    cpu.program = one_in(2);
    memcpy(marked, memory, sizeof(memory));
    expected = reference_walk(&cpu, marked, linear, true);
    host = guest_byte_written(&vcpu, linear);
    if (!host != (expected.end != TRANSLATED) || (host && last_gfn != expected.physical >> 12)) {
        show(mode, linear, true, host, &expected);
        fail_msg("a written byte and the reference differ in ring %d", cpu.program ? 3 : 0);
    }
    assert_true(!host || (uintptr_t)host % FRAME == linear % FRAME);
    assert_memory_equal(before, memory, sizeof(memory));
    written[expected.end] += cpu.program;
    cpu.program = false;
}

/* The short walk has the same result as the long one, or none. Counts its results. */
static unsigned int short_walks;

uint8_t *guest_page_walk_long(struct vcpu *v, uint64_t page, unsigned int wants,
                              struct guest_path *path)
{
    (void)v, (void)page, (void)wants, (void)path;
    return NULL;
}

static void try_short(const struct mode *mode, uint64_t linear, bool write,
                      const struct reference_walk *expected, const uint8_t *before)
{
    struct guest_path path = {.page = GUEST_PATH_NONE};
    keeps_frames = true;
    vcpu.cache.stamp += EPOCH_ONE;
    const uint8_t *host =
        guest_page_walk(&vcpu, linear & -(uint64_t)FRAME, write ? ALTP2M_W : ALTP2M_R, &path);
    const uint8_t *due = expected->physical < sizeof(memory)
                             ? memory + (expected->physical & -(uint64_t)FRAME)
                             : zeros;

    keeps_frames = false;
    vcpu.cache.stamp += EPOCH_ONE;
    if (host && (expected->end != TRANSLATED || host != due)) {
        show(mode, linear, write, true, expected);
        fail_msg("short walk and reference differ");
    }
    if (memcmp(before, memory, sizeof(memory)) != 0) {
        fail_msg("a short walk has changed the tables");
    }
    if (host && path.page != GUEST_PATH_NONE)
        assert_true(guest_path_same_registers(&vcpu, &path) && guest_path_same_entries(&path));
    if (host && path.page != GUEST_PATH_NONE && !(path.untried & ALTP2M_W) && !write) {
        memcpy(copy, memory, sizeof(memory));
        assert_int_equal(reference_walk(&cpu, copy, linear, true).end, TRANSLATED);
        assert_memory_equal(copy, memory, sizeof(memory)); /* nor is a flag due */
    }
    assert_true(!host || mode->top == 4);
    short_walks += host != NULL;
}

/* One access, by the walk and by the reference on a copy. */
static struct reference_walk try_one(const struct mode *mode, uint64_t linear, bool write)
{
    struct reference_walk expected;
    static uint8_t before[sizeof(memory)];
    struct guest_path path = {0};
    bool translated;

    memcpy(copy, memory, sizeof(memory));
    memcpy(before, memory, sizeof(memory));
    expected = reference_walk(&cpu, copy, linear, write);
    vcpu.moment++;
    try_look(mode, linear, write, &expected, before);
    try_written(mode, linear, before);
    try_short(mode, linear, write, &expected, before);
    guest_learn(&vcpu);
    translated = guest_walk(&vcpu, linear, write ? ALTP2M_W : ALTP2M_R, &path);
    if (translated != (expected.end == TRANSLATED) ||
        (translated && last_gfn != expected.physical >> 12)) {
        show(mode, linear, write, translated, &expected);
        fail_msg("walk and reference differ");
    }
    if (memcmp(copy, memory, sizeof(memory)) != 0) {
        show(mode, linear, write, translated, &expected);
        fail_msg("accessed and dirty flags differ");
    }
    assert_true(!translated || path.levels == 0 || (mode->top == 4 && path.levels <= WALK_LEVELS));
    return expected;
}

struct seen {
    unsigned int ends[REFERENCE_ENDS], leaves[6];
};

static bool can_end(const struct mode *mode, enum reference_end end)
{
    if (end == KEY_FAULT)
        return mode->top >= 4;
    if (end == SUPERVISORS)
        return false;
    if (end == RESERVED_BIT)
        return strcmp(mode->name, "32-bit") != 0 && mode->top;
    return end == TRANSLATED || end == NOT_CANONICAL || mode->top;
}

static void check_seen(const struct mode *mode, const struct seen *seen)
{
    for (unsigned int end = 0; end < REFERENCE_ENDS; end++)
        if (can_end(mode, end) != (seen->ends[end] >= LEAST))
            fail_msg("%s: end %u came out %u times", mode->name, end, seen->ends[end]);
    for (unsigned int level = 0; level < 6; level++)
        if (!(mode->leaves >> level & 1) != (seen->leaves[level] < LEAST))
            fail_msg("%s: a page at level %u %u times", mode->name, level, seen->leaves[level]);
}

static void one_mode(const struct mode *mode)
{
    struct seen seen = {0};

    for (unsigned int round = 0; round < ROUNDS; round++) {
        fill_memory(mode->top != 2 || mode->cr4 & CR4_PAE, mode->top > 2);
        for (unsigned int i = 0; i < CPUS; i++) {
            any_cpu(mode);
            for (unsigned int j = 0; j < TRIES; j++) {
                bool write = one_in(2);
                struct reference_walk w = try_one(mode, any_linear(mode), write);

                seen.ends[w.end]++;
                seen.leaves[w.leaf_level] += w.end == TRANSLATED;
            }
        }
    }
    print_message("%s: %u translated, %u not canonical, %u absent, %u reserved, %u read-only, %u "
                  "SMAP, %u keys\n",
                  mode->name, seen.ends[TRANSLATED], seen.ends[NOT_CANONICAL],
                  seen.ends[NOT_PRESENT], seen.ends[RESERVED_BIT], seen.ends[READ_ONLY],
                  seen.ends[SMAP_FAULT], seen.ends[KEY_FAULT]);
    check_seen(mode, &seen);
}

static void every_mode(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        one_mode(&modes[i]);
    print_message("%u by the short way\n", short_walks);
    assert_true(short_walks >= 10 * LEAST);
    for (unsigned int end = 0; end < REFERENCE_ENDS; end++)
        assert_true(!written[end] == (end == SMAP_FAULT));
}

static void put(unsigned int frame, unsigned int index, uint64_t entry)
{
    memcpy(memory + frame * FRAME + index * 8, &entry, 8);
}

/* Five tables to one page, by hand: bits 56:48 of the address choose the first entry. */
static void five_levels(void **state)
{
    const uint64_t linear = UINT64_C(0xff22448891234567) & ~UINT64_C(0xfff);
    struct guest_path path;

    (void)state;
    memset(memory, 0, sizeof(memory));
    cpu = (struct reference_cpu){.cr0 = CR0_PG | CR0_PE | CR0_WP,
                                 .cr3 = 0x1000,
                                 .cr4 = CR4_PAE | CR4_LA57,
                                 .efer = EFER_LMA | EFER_NXE};
    domain.gfn_bits = 36;
    for (unsigned int level = 5; level; level--)
        put(6 - level, linear >> (12 + 9 * (level - 1)) & 511, (uint64_t)(7 - level) << 12 | 3);
    vcpu.moment++;
    guest_learn(&vcpu);
    assert_ptr_equal(guest_walk(&vcpu, linear, ALTP2M_W, &path), memory + 6 * FRAME);
    assert_int_equal(path.levels, 0); /* not kept: it has one entry more than the check compares */
    assert_null(guest_walk(&vcpu, linear ^ UINT64_C(1) << 57, ALTP2M_R, &path));
    assert_null(guest_walk(&vcpu, linear ^ UINT64_C(1) << 48, ALTP2M_R, &path));
    put(1, linear >> 48 & 511, 0x2083); /* no page is that large */
    assert_null(guest_walk(&vcpu, linear, ALTP2M_R, &path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_levels),
        cmocka_unit_test(every_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
