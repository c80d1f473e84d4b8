/* SPDX-License-Identifier: BSD-2-Clause */
/* set_mem_access_multi and set_suppress_ve_multi: progress, continuation, errors half-way. */
#include "hvmop/call.h"

#define GFNS     (SIM_GUEST_BASE + 0x1000)
#define ACCESSES (SIM_GUEST_BASE + 0x6000)
#define END      (SIM_GUEST_BASE + SIM_GUEST_SIZE)

/* Longer than one call handles; both lists fit in the guest's buffer. */
#define LONG   0x900
#define SPREAD 32  /* each in its own table: */
#define REGION 512 /* gfns */

static void put_element(struct scene *s, uint64_t gfns, uint64_t accesses, unsigned int i,
                        uint64_t gfn, uint8_t access)
{
    struct sim_guest *g = &s->machine.guest;

    assert_int_equal(sim_guest_write(g, gfns + 8 * (uint64_t)i, &gfn, 8), 0);
    assert_int_equal(sim_guest_write(g, accesses + i, &access, 1), 0);
}

/* 32-bit guests have handles of 4 bytes; the bytes after them do not matter to the call. */
static struct call multi(struct scene *s, bool compat, uint64_t gfns, uint64_t accesses,
                         uint32_t nr)
{
    struct call c = call_new(s, HVMOP_altp2m_set_mem_access_multi);
    struct xen_hvm_altp2m_set_mem_access_multi *args = &c.envelope.args.set_mem_access_multi;
    uint8_t *handles =
        (uint8_t *)args + offsetof(struct xen_hvm_altp2m_set_mem_access_multi, pfn_list);

    c.compat = compat;
    args->view = 1;
    args->nr = nr;
    if (compat) {
        uint32_t narrow[4] = {(uint32_t)gfns, (uint32_t)accesses, 0xdeadbeef, 0xdeadbeef};

        memcpy(handles, narrow, sizeof(narrow));
    } else {
        uint64_t wide[2] = {gfns, accesses};

        memcpy(handles, wide, sizeof(wide));
    }
    return c;
}

/* Like a guest: repeats the call while the answer asks for it. Each call must make progress. */
static long until_done(struct call *c, unsigned int *calls)
{
    uint64_t progress = c->envelope.args.set_mem_access_multi.opaque;
    long rc = call_make(c);

    for (*calls = 1; rc == -ALTP2M_ERESTART; ++*calls) {
        assert_true(c->envelope.args.set_mem_access_multi.opaque > progress);
        progress = c->envelope.args.set_mem_access_multi.opaque;
        rc = call_again(c);
    }
    return rc;
}

static void long_list_is_continued(void **state)
{
    struct scene *s = *state;

    for (int compat = 0; compat < 2; compat++) {
        uint8_t access = compat ? XENMEM_access_r : XENMEM_access_rx;
        struct call c = multi(s, compat, GFNS, ACCESSES, LONG);
        unsigned int calls;

        for (unsigned int i = 0; i < LONG; i++)
            put_element(s, GFNS, ACCESSES, i, SCENE_LARGE + i, access);
        assert_int_equal(until_done(&c, &calls), 0);
        assert_true(calls > 1);
        for (unsigned int i = 0; i < LONG; i++)
            assert_int_equal(scene_access(s, 1, SCENE_LARGE + i), access);
        assert_int_equal(scene_access(s, 1, SCENE_LARGE + LONG), XENMEM_access_rwx);
    }
}

/* The work of a call is bounded: another vCPU waits for the lock, an interrupt for the guest. */
static void one_call_does_not_do_it_all(void **state)
{
    struct scene *s = *state;
    struct call c = multi(s, false, GFNS, ACCESSES, LONG);

    for (unsigned int i = 0; i < LONG; i++)
        put_element(s, GFNS, ACCESSES, i, SCENE_LARGE + i, XENMEM_access_r);
    assert_int_equal(call_make(&c), -ALTP2M_ERESTART);
    assert_in_range(c.envelope.args.set_mem_access_multi.opaque, 1, LONG - 1);
    assert_int_equal(scene_access(s, 1, SCENE_LARGE + LONG - 1), XENMEM_access_rwx);
}

/* A table is much work: a call makes few, however short the list is. */
static void one_call_makes_few_tables(void **state)
{
    struct scene *s = *state;
    struct call c = multi(s, false, GFNS, ACCESSES, SPREAD);
    unsigned int calls;

    for (uint64_t i = 0; i < SPREAD; i++)
        put_element(s, GFNS, ACCESSES, i, SCENE_LARGE + i * REGION, XENMEM_access_r);
    assert_int_equal(until_done(&c, &calls), 0);
    assert_in_range(calls, SPREAD / 8, SPREAD / 2);
    assert_int_equal(scene_access(s, 1, SCENE_LARGE + (SPREAD - 1) * REGION), XENMEM_access_r);
}

static void opaque_says_where_to_begin(void **state)
{
    struct scene *s = *state;
    struct call c = multi(s, false, GFNS, ACCESSES, 4);

    for (unsigned int i = 0; i < 4; i++)
        put_element(s, GFNS, ACCESSES, i, i, XENMEM_access_r);
    c.envelope.args.set_mem_access_multi.opaque = 2;
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(scene_access(s, 1, 1), XENMEM_access_rwx);
    assert_int_equal(scene_access(s, 1, 2), XENMEM_access_r);
    assert_int_equal(scene_access(s, 1, 3), XENMEM_access_r);
}

/* The call skips holes and devices, as set_mem_access does. */
static void holes_in_a_list(void **state)
{
    struct scene *s = *state;
    struct call c = multi(s, false, GFNS, ACCESSES, 5);

    put_element(s, GFNS, ACCESSES, 0, 5, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 1, SCENE_HOLE, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 2, SCENE_DEVICE, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 3, SCENE_BEYOND, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 4, 6, XENMEM_access_r);
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(scene_access(s, 1, 5), XENMEM_access_r);
    assert_int_equal(scene_access(s, 1, 6), XENMEM_access_r);
}

/* The call stops at the first bad element; the settings before it stay. */
static void bad_element(void **state)
{
    struct scene *s = *state;
    struct call c = multi(s, false, GFNS, ACCESSES, 3);

    put_element(s, GFNS, ACCESSES, 0, 5, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 1, 6, 11);
    put_element(s, GFNS, ACCESSES, 2, 7, XENMEM_access_r);
    assert_int_equal(call_make(&c), -XEN_EINVAL);
    assert_int_equal(scene_access(s, 1, 5), XENMEM_access_r);
    assert_int_equal(scene_access(s, 1, 6), XENMEM_access_rwx);
    assert_int_equal(scene_access(s, 1, 7), XENMEM_access_rwx);
}

struct multi_case {
    const char *name;
    uint64_t gfns, accesses, opaque;
    uint32_t nr;
    uint16_t view, pad;
    long want;
};

static void multi_errors(void **state)
{
    static const struct multi_case cases[] = {
        {"pad", GFNS, ACCESSES, 0, 1, 1, 1, -XEN_EINVAL},
        {"opaque beyond the list", GFNS, ACCESSES, 2, 1, 1, 0, -XEN_EINVAL},
        {"opaque far beyond", GFNS, ACCESSES, UINT64_MAX, 1, 1, 0, -XEN_EINVAL},
        {"opaque at the end", GFNS, ACCESSES, 1, 1, 1, 0, 0},
        {"empty list, pointers unread", 0, 0, 0, 0, 1, 0, 0},
        {"not live", GFNS, ACCESSES, 0, 1, 4, 0, -XEN_EINVAL},
        {"far beyond", GFNS, ACCESSES, 0, 1, 512, 0, -XEN_EINVAL},
        {"gfns unreadable", 8, ACCESSES, 0, 1, 1, 0, -XEN_EFAULT},
        {"accesses unreadable", GFNS, END, 0, 1, 1, 0, -XEN_EFAULT},
        {"gfns wrap around", UINT64_MAX - 3, ACCESSES, 0, 1, 1, 0, -XEN_EFAULT},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct multi_case *m = &cases[i];
        struct call c = multi(*state, false, m->gfns, m->accesses, m->nr);
        uint64_t before = scene_fingerprint(*state);

        put_element(*state, GFNS, ACCESSES, 0, 5, XENMEM_access_r);
        c.envelope.args.set_mem_access_multi.view = m->view;
        c.envelope.args.set_mem_access_multi.pad = m->pad;
        c.envelope.args.set_mem_access_multi.opaque = m->opaque;
        if (call_make(&c) != m->want || scene_fingerprint(*state) != before)
            fail_msg("%s", m->name);
    }
}

/* Up to the last byte of readable memory, and with an element that crosses it. */
static void list_ends_where_memory_ends(void **state)
{
    struct scene *s = *state;
    uint64_t accesses = END - 3;
    uint64_t gfns = END - 8 * 3 - 8;
    struct call c = multi(s, false, gfns, accesses, 3);
    uint64_t gfn;

    for (unsigned int i = 0; i < 3; i++)
        put_element(s, gfns, accesses, i, 0x40 + i, XENMEM_access_r);
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(scene_access(s, 1, 0x42), XENMEM_access_r);
    c = multi(s, false, GFNS, accesses, 4);
    for (gfn = 0; gfn < 4; gfn++)
        sim_guest_write(&s->machine.guest, GFNS + 8 * gfn, &(uint64_t){0x50 + gfn}, 8);
    assert_int_equal(call_make(&c), -XEN_EFAULT);
    assert_int_equal(scene_access(s, 1, 0x52), XENMEM_access_r);
    assert_int_equal(scene_access(s, 1, 0x53), XENMEM_access_rwx);
}

/* Without free pages the call stops there. The settings before stay, and the guest can repeat the
 * call. */
static void list_without_pages(void **state)
{
    struct scene *s = *state;
    struct call c = multi(s, false, GFNS, ACCESSES, 2);

    put_element(s, GFNS, ACCESSES, 0, 5, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 1, SCENE_LARGE, XENMEM_access_r);
    sim_memory_fail_at(&s->machine.memory, 1, true);
    assert_int_equal(call_make(&c), -XEN_ENOMEM);
    sim_memory_fail_at(&s->machine.memory, 0, false);
    assert_int_equal(scene_access(s, 1, 5), XENMEM_access_r);
    assert_int_equal(scene_access(s, 1, SCENE_LARGE), XENMEM_access_rwx);
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(scene_access(s, 1, SCENE_LARGE), XENMEM_access_r);
}

/* XENMEM_access_op_set_access_multi uses the same code, with another place for its progress. */
static void list_without_envelope(void **state)
{
    struct scene *s = *state;
    struct altp2m_caller caller = sim_machine_caller(&s->machine);
    uint64_t done = 0;

    put_element(s, GFNS, ACCESSES, 0, 5, XENMEM_access_r);
    put_element(s, GFNS, ACCESSES, 1, 6, 99);
    assert_int_equal(altp2m_set_access_list(s->d, &caller, 1, GFNS, ACCESSES, 2, &done),
                     -XEN_EINVAL);
    assert_int_equal(done, 1);
    assert_int_equal(altp2m_set_access_list(s->d, &caller, 9, GFNS, ACCESSES, 2, &done),
                     -XEN_EINVAL);
    assert_int_equal(altp2m_set_access_list(s->d, &caller, 1, GFNS, ACCESSES, 1, &done), 0);
    assert_int_equal(scene_access(s, 1, 5), XENMEM_access_r);
}

#define AT_ONCE   128 /* elements in each read: engine/access_list.c */
#define LIST_PAGE (SIM_GUEST_BASE + 0x2000)
#define LIST_GFN  (SCENE_LARGE + 7) /* the gfn of LIST_PAGE in the guest's page tables */

/* As altview reads for a guest in view 1: the read converts a page that is n2rwx there. */
static int read_and_convert(void *context, void *to, uint64_t from, size_t size)
{
    struct sim_machine *m = context;

    if (from >= LIST_PAGE && from < LIST_PAGE + ALTP2M_PAGE_SIZE)
        altp2m_violation(&m->domain, &m->vcpus[1], LIST_GFN, ALTP2M_R);
    return sim_guest_read(&m->guest, to, from, size);
}

/*
 * The list's second page is the only restricted one within a GiB. The read of it converts it. After
 * that nothing needs the tables in which the call found the first page's gfns, so the engine frees
 * them. The call must not write the list's next elements there.
 */
static void list_lies_where_it_is_converted(void **state)
{
    struct scene *s = *state;
    struct altp2m_caller caller = sim_machine_caller(&s->machine);
    uint64_t gfns = LIST_PAGE - 8 * AT_ONCE, done = 0, gfn = SCENE_LARGE + 9;
    uint32_t tables = s->d->views[1].table_pages;

    caller.vcpu = &s->machine.vcpus[1];
    caller.read = read_and_convert;
    scene_set_access(s, 1, LIST_GFN, XENMEM_access_n2rwx);
    for (unsigned int i = 0; i < AT_ONCE; i++)
        put_element(s, gfns, ACCESSES, i, gfn, XENMEM_access_rwx);
    put_element(s, gfns, ACCESSES, AT_ONCE, gfn, XENMEM_access_r);
    assert_int_equal(altp2m_set_access_list(s->d, &caller, 1, gfns, ACCESSES, AT_ONCE + 1, &done),
                     0);
    assert_int_equal(scene_access(s, 1, LIST_GFN), XENMEM_access_rwx);
    assert_int_equal(scene_access(s, 1, gfn), XENMEM_access_r);
    scene_set_access(s, 1, gfn, XENMEM_access_rwx);
    assert_int_equal(s->d->views[1].table_pages, tables);
}

static struct call range(struct scene *s, uint64_t first, uint64_t last)
{
    struct call c = call_new(s, HVMOP_altp2m_set_suppress_ve_multi);

    c.envelope.args.suppress_ve_multi.view = 1;
    c.envelope.args.suppress_ve_multi.first_gfn = first;
    c.envelope.args.suppress_ve_multi.last_gfn = last;
    return c;
}

static bool suppressed(const struct scene *s, uint64_t gfn)
{
    return altp2m_translate(s->d, 1, gfn).suppress_ve;
}

/* Over RAM, device and hole; first_gfn ends after the range. */
static void range_is_continued(void **state)
{
    struct scene *s = *state;
    struct call c = range(s, 0x80, 0x80 + LONG);
    struct xen_hvm_altp2m_suppress_ve_multi *args = &c.envelope.args.suppress_ve_multi;
    unsigned int calls = 1;
    long rc = call_make(&c);

    for (; rc == -ALTP2M_ERESTART; calls++) {
        assert_in_range(args->first_gfn, 0x81, 0x80 + LONG);
        rc = call_again(&c);
    }
    assert_int_equal(rc, 0);
    assert_true(calls > 1);
    assert_int_equal(args->first_gfn, 0x80 + LONG + 1);
    assert_int_equal(args->first_error, 0);
    assert_true(suppressed(s, 0x7f));
    for (uint64_t gfn = 0x80; gfn <= 0x80 + LONG; gfn++)
        assert_false(suppressed(s, gfn));
    assert_true(suppressed(s, 0x80 + LONG + 1));
}

static void range_of_one(void **state)
{
    struct scene *s = *state;
    struct call c = range(s, 5, 5);

    assert_int_equal(call_make(&c), 0);
    assert_false(suppressed(s, 5));
    assert_true(suppressed(s, 4) && suppressed(s, 6));
    assert_int_equal(c.envelope.args.suppress_ve_multi.first_gfn, 6);
}

/* Xen limits it to the width of physical addresses, in bytes. All gfns beyond the tables are one
 * error, reported at once, however many they are. */
static void last_gfn_is_clamped(void **state)
{
    struct scene *s = *state;
    struct call c = range(s, SCENE_BEYOND - 2, UINT64_MAX);
    const struct xen_hvm_altp2m_suppress_ve_multi *args = &c.envelope.args.suppress_ve_multi;
    uint64_t end = SCENE_BEYOND << ALTP2M_PAGE_SHIFT;

    assert_int_equal(call_make(&c), 0);
    assert_int_equal(args->last_gfn, end - 1);
    assert_int_equal(args->first_gfn, end);
    assert_int_equal(args->first_error, -XEN_ESRCH);
    assert_int_equal(args->first_error_gfn, SCENE_BEYOND);
    assert_false(suppressed(s, SCENE_BEYOND - 1));
}

/* On a CPU with fewer bits than Xen's tables have: view 0 stores the access as for a hole, up to
 * those bits. */
static void beyond_the_cpu(void **state)
{
    static const struct {
        uint16_t view;
        uint64_t first, last, error_gfn;
        int error;
    } cases[] = {
        {0, UINT64_C(1) << 28, UINT64_C(1) << 35, 0, 0},
        {0, UINT64_C(1) << 28, UINT64_C(1) << 37, SCENE_BEYOND, -XEN_EINVAL},
        {1, (UINT64_C(1) << 28) - 1, UINT64_C(1) << 35, UINT64_C(1) << 28, -XEN_ESRCH},
        {1, UINT64_C(1) << 35, UINT64_C(1) << 37, UINT64_C(1) << 35, -XEN_ESRCH},
    };
    struct scene *s = *state;

    s->d->config.gfn_bits = 28;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call c = range(s, cases[i].first, cases[i].last);
        struct xen_hvm_altp2m_suppress_ve_multi *args = &c.envelope.args.suppress_ve_multi;

        args->view = cases[i].view;
        assert_int_equal(call_make(&c), 0);
        assert_int_equal(args->first_error, cases[i].error);
        assert_int_equal(args->first_error_gfn, cases[i].error_gfn);
        assert_int_equal(args->first_gfn, cases[i].last + 1);
    }
    s->d->config.gfn_bits = SIM_GFN_BITS;
}

static void range_errors(void **state)
{
    static const struct {
        const char *name;
        uint64_t first, last;
        uint16_t view;
        uint8_t pad1;
    } cases[] = {
        {"pad", 5, 6, 1, 1},
        {"backwards", 6, 5, 1, 0},
        {"begins beyond what is clamped to", SCENE_BEYOND << ALTP2M_PAGE_SHIFT, UINT64_MAX, 1, 0},
        {"not live", 5, 6, 4, 0},
        {"far beyond", 5, 6, 512, 0},
    };
    uint64_t before = scene_fingerprint(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call c = range(*state, cases[i].first, cases[i].last);

        c.envelope.args.suppress_ve_multi.view = cases[i].view;
        c.envelope.args.suppress_ve_multi.pad1 = cases[i].pad1;
        if (call_make(&c) != -XEN_EINVAL || scene_fingerprint(*state) != before)
            fail_msg("%s", cases[i].name);
    }
}

/* The call goes on after an error, returns 0, and reports the first error and its place. */
static void first_error_is_recorded(void **state)
{
    struct scene *s = *state;
    struct call c = range(s, SCENE_LARGE + 0x1fe, SCENE_LARGE + 0x201);
    struct xen_hvm_altp2m_suppress_ve_multi *args = &c.envelope.args.suppress_ve_multi;

    sim_memory_fail_at(&s->machine.memory, 1, false);
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(args->first_error, -XEN_ENOMEM);
    assert_int_equal(args->first_error_gfn, SCENE_LARGE + 0x1fe);
    assert_int_equal(args->first_gfn, SCENE_LARGE + 0x202);
    assert_true(suppressed(s, SCENE_LARGE + 0x1fe));
    assert_false(suppressed(s, SCENE_LARGE + 0x1ff));
    assert_false(suppressed(s, SCENE_LARGE + 0x201));
}

/* The first error, not the last. Gfns that can't have the setting are unchanged. */
static void only_the_first_error(void **state)
{
    struct scene *s = *state;
    struct call c = range(s, SCENE_LARGE, SCENE_LARGE + 5);
    struct xen_hvm_altp2m_suppress_ve_multi *args = &c.envelope.args.suppress_ve_multi;
    uint64_t before = scene_fingerprint(s);

    sim_memory_fail_at(&s->machine.memory, 1, true);
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(args->first_error, -XEN_ENOMEM);
    assert_int_equal(args->first_error_gfn, SCENE_LARGE);
    assert_int_equal(args->first_gfn, SCENE_LARGE + 6);
    assert_true(scene_fingerprint(s) == before);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        ACTIVE(long_list_is_continued),
        ACTIVE(one_call_does_not_do_it_all),
        ACTIVE(one_call_makes_few_tables),
        ACTIVE(opaque_says_where_to_begin),
        ACTIVE(holes_in_a_list),
        ACTIVE(bad_element),
        ACTIVE(multi_errors),
        ACTIVE(list_ends_where_memory_ends),
        ACTIVE(list_without_pages),
        ACTIVE(list_without_envelope),
        ACTIVE(list_lies_where_it_is_converted),
        ACTIVE(range_is_continued),
        ACTIVE(range_of_one),
        ACTIVE(last_gfn_is_clamped),
        ACTIVE(beyond_the_cpu),
        ACTIVE(range_errors),
        ACTIVE(first_error_is_recorded),
        ACTIVE(only_the_first_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
