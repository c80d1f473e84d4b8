/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and ranges: their elements lie in hypercall buffers. No element is lost or doubled. */
#include "scene.h"

#include "transport.h"

#include <stdlib.h>
#include <xen/hvm/hvm_op.h>
#include <xenctrl.h>

#define HVM_OP       34
#define ALTP2M       25
#define ALTP2M_MULTI 9
#define MEMORY_OP    12
#define ACCESS_OP    21

#define LONG 2000 /* more than one request holds */

static uint64_t gfns[LONG];
static uint8_t accesses[LONG];

static xc_interface *open_xc(void)
{
    setenv("ALTVIEW", "xen:5", 1);
    return xc_interface_open(NULL, NULL, 0);
}

static void fill(void)
{
    for (uint32_t i = 0; i < LONG; i++) {
        gfns[i] = UINT64_C(0x1000000) + 3 * i;
        accesses[i] = (uint8_t)(i % 8);
    }
}

static void saw_list(const uint64_t *expected_gfns, const uint8_t *expected_accesses, uint32_t nr)
{
    assert_int_equal(fake.last.nr, nr);
    assert_memory_equal(fake.last.gfns, expected_gfns, nr * sizeof(uint64_t));
    assert_memory_equal(fake.last.accesses, expected_accesses, nr);
}

static void list_in_a_view(void **state)
{
    const struct fake_field fields[] = {
        {0, 4, 1}, {4, 4, ALTP2M_MULTI}, {8, 2, FAKE_DOMAIN}, {16, 2, 7}, {20, 4, 100}};
    xc_interface *xch = open_xc();

    (void)state;
    fill();
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, FAKE_DOMAIN, 7, accesses, gfns, 100), 0);
    scene_saw(HVM_OP, ALTP2M, FAKE_ALTP2M, fields, COUNT(fields));
    saw_list(gfns, accesses, 100);
    xc_interface_close(xch);
}

static void list_in_the_host_p2m(void **state)
{
    const struct fake_field fields[] = {{0, 1, 4}, {2, 2, FAKE_DOMAIN}, {4, 4, 100}};
    xc_interface *xch = open_xc();

    (void)state;
    fill();
    assert_int_equal(xc_set_mem_access_multi(xch, FAKE_DOMAIN, accesses, gfns, 100), 0);
    scene_saw(MEMORY_OP, ACCESS_OP, FAKE_ACCESS, fields, COUNT(fields));
    saw_list(gfns, accesses, 100);
    xc_interface_close(xch);
}

static void failures_of_lists(void **state)
{
    xc_interface *xch = open_xc();

    (void)state;
    fake.error = EINVAL;
    assert_int_equal(xc_set_mem_access_multi(xch, FAKE_DOMAIN, accesses, gfns, 4), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, FAKE_DOMAIN, 7, accesses, gfns, 4), -1);
    assert_int_equal(errno, EINVAL);
    fake.error = 0;
    fake.out_of_buffers_in = 1;
    assert_int_equal(xc_set_mem_access_multi(xch, FAKE_DOMAIN, accesses, gfns, 4), -1);
    assert_int_equal(errno, ENOMEM);
    fake.out_of_buffers_in = 1;
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, FAKE_DOMAIN, 7, accesses, gfns, 4), -1);
    assert_int_equal(errno, ENOMEM);
    xc_interface_close(xch);
}

/* The piece that Xen sees last is the end of the list. */
static void long_lists_come_in_pieces(void **state)
{
    xc_interface *xch = open_xc();
    unsigned int calls = fake.calls;
    uint32_t nr;

    (void)state;
    fill();
    assert_int_equal(xc_set_mem_access_multi(xch, FAKE_DOMAIN, accesses, gfns, LONG), 0);
    nr = fake.last.nr;
    assert_true(fake.calls > calls + 1);
    saw_list(gfns + LONG - nr, accesses + LONG - nr, nr);
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, FAKE_DOMAIN, 7, accesses, gfns, LONG), 0);
    nr = fake.last.nr;
    saw_list(gfns + LONG - nr, accesses + LONG - nr, nr);
    xc_interface_close(xch);
}

/* The code that builds an operation takes offsets as guest handles; afterwards they are offsets
 * again. */
static void handles_are_offsets_for_callers(void **state)
{
    struct {
        struct xen_hvm_altp2m_op op;
        uint8_t gap[5]; /* lists need no alignment */
        uint8_t lists[3 * 8 + 3];
    } memory = {.op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION,
                       .cmd = HVMOP_altp2m_set_mem_access_multi,
                       .domain = DOMID_SELF,
                       .u.set_mem_access_multi = {.view = 7, .nr = 3}}};
    struct xen_hvm_altp2m_set_mem_access_multi *multi = &memory.op.u.set_mem_access_multi;
    const size_t from = offsetof(typeof(memory), lists);
    struct xen_hvm_altp2m_op before;

    multi->pfn_list.p = (const uint64_t *)from;
    multi->access_list.p = (const uint8_t *)(from + 24);
    for (size_t i = 0; i < sizeof(memory.lists); i++) {
        memory.lists[i] = (uint8_t)(i + 1);
    }
    before = memory.op;
    fake.leaves[0] = (struct fake_field){24, 8, 2}; /* "opaque": Xen's progress */
    assert_int_equal(altview_hvmop(*state, &memory, sizeof(memory)), 0);
    saw_list((const uint64_t *)memory.lists, memory.lists + 24, 3);
    /* DOMID_SELF would be domain 0, in which this program runs. */
    assert_int_equal(fake_get(fake.last.bytes, (struct fake_field){8, 2, 0}), FAKE_DOMAIN);
    before.u.set_mem_access_multi.opaque = 2;
    assert_memory_equal(&memory.op, &before, sizeof(before));
}

/* Lists outside the caller's memory: no call reaches Xen. */
static void handles_out_of_memory(void **state)
{
    static const struct {
        uint64_t gfns, accesses;
        uint32_t nr;
    } bad[] = {
        {FAKE_ALTP2M, FAKE_ALTP2M, 9},          /* 72 bytes of gfns in 64 */
        {FAKE_ALTP2M, FAKE_ALTP2M + 60, 5},     /* accesses end outside */
        {UINT64_MAX - 7, FAKE_ALTP2M, 1},       /* wraps around */
        {FAKE_ALTP2M, UINT64_MAX, 1},           /* the same */
        {FAKE_ALTP2M, FAKE_ALTP2M, UINT32_MAX}, /* 32 GiB */
        {1000, FAKE_ALTP2M, 0},                 /* empty, but outside */
    };
    struct {
        struct xen_hvm_altp2m_op op;
        uint8_t lists[64];
    } memory = {.op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION,
                       .cmd = HVMOP_altp2m_set_mem_access_multi,
                       .domain = FAKE_DOMAIN}};
    struct xen_hvm_altp2m_set_mem_access_multi *multi = &memory.op.u.set_mem_access_multi;
    unsigned int orders = fake.orders;

    for (size_t i = 0; i < COUNT(bad); i++) {
        multi->pfn_list.p = (const uint64_t *)(uintptr_t)bad[i].gfns;
        multi->access_list.p = (const uint8_t *)(uintptr_t)bad[i].accesses;
        multi->nr = bad[i].nr;
        assert_int_equal(altview_hvmop(*state, &memory, sizeof(memory)), -EFAULT);
    }
    memory.op.domain = FAKE_DOMAIN + 1; /* a handle serves one domain */
    assert_int_equal(altview_hvmop(*state, &memory, sizeof(memory)), -ESRCH);
    assert_int_equal(fake.orders, orders);
}

/* The protocol lets a client continue a list in the middle. */
static void list_goes_on_where_it_was(void **state)
{
    struct {
        struct altview_access_list head;
        uint64_t gfns[4];
        uint8_t accesses[4];
    } __attribute__((packed))
    request = {.head = {.done = 3, .nr = 4}, .gfns = {1, 2, 3, 4}, .accesses = {5, 6, 7, 1}};
    struct transport *t = altview_transport(*state);
    struct altview_progress progress;
    size_t size;

    for (uint16_t view = 0; view <= 7; view += 7) {
        request.head.view = view;
        assert_int_equal(t->ops->request(t, ALTVIEW_ACCESS_LIST, &request, sizeof(request),
                                         &progress, sizeof(progress), &size, 0),
                         0);
        assert_int_equal(size, sizeof(progress));
        assert_int_equal(progress.done, 4);
        saw_list(&(uint64_t){4}, &(uint8_t){1}, 1);
    }
}

/* Requests of the wrong size, or with a count beyond their elements: no call reaches Xen. */
static void requests_of_the_wrong_size(void **state)
{
    static const enum altview_request types[] = {ALTVIEW_HVMOP, ALTVIEW_SET_ACCESS,
                                                 ALTVIEW_ACCESS_LIST, ALTVIEW_GET_ACCESS};
    struct altview_access_list list = {.nr = 1000};
    struct transport *t = altview_transport(*state);
    unsigned int orders = fake.orders;
    uint8_t reply[8];
    size_t got;

    for (size_t i = 0; i < COUNT(types); i++) {
        for (size_t size = 0; size < 12; size++) {
            assert_int_equal(
                t->ops->request(t, types[i], &list, size, reply, sizeof(reply), &got, 0), -EINVAL);
            assert_int_equal(got, 0);
        }
    }
    assert_int_equal(
        t->ops->request(t, ALTVIEW_ACCESS_LIST, &list, sizeof(list), reply, sizeof(reply), &got, 0),
        -EINVAL);
    list = (struct altview_access_list){.done = 1};
    assert_int_equal(
        t->ops->request(t, ALTVIEW_ACCESS_LIST, &list, sizeof(list), reply, sizeof(reply), &got, 0),
        -EINVAL);
    assert_int_equal(fake.orders, orders);
}

/* A range in a view becomes lists of the size that Xen takes at once; each gfn is in one of
 * them. */
static void range_in_a_view(void **state)
{
    uint64_t next = UINT64_C(0x700000000);
    altview *h = *state;

    assert_int_equal(altview_set_access(h, 7, next, 3, 1), 0);
    assert_int_equal(fake.last.command, ALTP2M);
    assert_int_equal(fake.last.nr, 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(fake.last.gfns[i], next + i);
        assert_int_equal(fake.last.accesses[i], 1);
    }
}

static void long_range_in_a_view(void **state)
{
    altview *h = *state;
    unsigned int calls = fake.calls;

    assert_int_equal(altview_set_access(h, 7, 100, 513, 1), 0);
    assert_int_equal(fake.calls, calls + 2);
    assert_int_equal(fake.last.nr, 1);
    assert_int_equal(fake.last.gfns[0], 612);
}

/* All of a domain at once; the hypervisor splits the work itself. */
static void long_range_in_the_host_p2m(void **state)
{
    const struct fake_field last[] = {
        {0, 1, 0}, {1, 1, 1}, {2, 2, FAKE_DOMAIN}, {4, 4, 5}, {8, 8, 16 + (UINT64_C(1) << 30)}};
    altview *h = *state;
    unsigned int calls = fake.calls;

    assert_int_equal(altview_set_access(h, 0, 16, (UINT64_C(1) << 30) + 5, 1), 0);
    assert_int_equal(fake.calls, calls + 2);
    scene_saw(MEMORY_OP, ACCESS_OP, FAKE_ACCESS, last, COUNT(last));
}

static void bad_ranges(void **state)
{
    altview *h = *state;
    unsigned int orders = fake.orders;

    for (unsigned int view = 0; view <= 7; view += 7) {
        assert_int_equal(altview_set_access(h, view, 16, 0, 1), -EINVAL);
        assert_int_equal(altview_set_access(h, view, UINT64_MAX - 1, 3, 1), -EINVAL);
        /* Xen would read 8 bits of it, which are "rwx". */
        assert_int_equal(altview_set_access(h, view, 16, 1, 0x107), -EINVAL);
    }
    assert_int_equal(fake.orders, orders);
}

static void what_default_stands_for_in_a_view(void **state)
{
    const struct fake_field fields[] = {{0, 4, 1},  {4, 4, 7},  {8, 2, FAKE_DOMAIN},
                                        {16, 2, 7}, {18, 2, 5}, {24, 8, UINT64_MAX}};

    assert_int_equal(altview_set_access(*state, 7, ALTVIEW_NO_GFN, 1, 5), 0);
    scene_saw(HVM_OP, ALTP2M, FAKE_ALTP2M, fields, COUNT(fields));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(list_in_a_view),
        TEST(list_in_the_host_p2m),
        TEST(failures_of_lists),
        TEST(long_lists_come_in_pieces),
        TEST(handles_are_offsets_for_callers),
        TEST(handles_out_of_memory),
        TEST(list_goes_on_where_it_was),
        TEST(requests_of_the_wrong_size),
        TEST(range_in_a_view),
        TEST(long_range_in_a_view),
        TEST(long_range_in_the_host_p2m),
        TEST(bad_ranges),
        TEST(what_default_stands_for_in_a_view),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
