/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes that Xen reads for each function. The offsets here come from Xen's headers
 * (xen/hvm/hvm_op.h: struct xen_hvm_altp2m_op, arguments from byte 16 on; xen/memory.h: struct
 * xen_mem_access_op), not from structures of the code under test.
 */
#include "scene.h"

#include <stdlib.h>
#include <xenctrl.h>

#define HVM_OP    34
#define ALTP2M    25
#define MEMORY_OP 12
#define ACCESS_OP 21

#define BIG_GFN   UINT64_C(0x123456789a)
#define OTHER_GFN UINT64_C(0xa987654321)
#define NO_GFN    UINT64_MAX

static altview *handle;
static xc_interface *xch;

/* The results of the functions, to be compared with the fake's values. */
static uint64_t got;

struct row {
    const char *name;
    int (*call)(void);
    uint32_t cmd;
    struct fake_field arguments[5];
    struct fake_field leaves; /* Xen's answer, which the call returns in `got` */
};

#define CALL(name, expression)                                                                     \
    static int name(void)                                                                          \
    {                                                                                              \
        return expression;                                                                         \
    }

/* libxenctrl's interface */

CALL(set_state, xc_altp2m_set_domain_state(xch, FAKE_DOMAIN, true))
CALL(enable_notify, xc_altp2m_set_vcpu_enable_notify(xch, FAKE_DOMAIN, 3, BIG_GFN))
CALL(disable_notify, xc_altp2m_set_vcpu_disable_notify(xch, FAKE_DOMAIN, 3))
CALL(destroy, xc_altp2m_destroy_view(xch, FAKE_DOMAIN, 7))
CALL(switch_to, xc_altp2m_switch_to_view(xch, FAKE_DOMAIN, 7))
CALL(set_suppress, xc_altp2m_set_suppress_ve(xch, FAKE_DOMAIN, 7, BIG_GFN, true))
CALL(set_access, xc_altp2m_set_mem_access(xch, FAKE_DOMAIN, 7, BIG_GFN, XENMEM_access_rx))
CALL(change, xc_altp2m_change_gfn(xch, FAKE_DOMAIN, 7, BIG_GFN, OTHER_GFN))
CALL(change_back, xc_altp2m_change_gfn(xch, FAKE_DOMAIN, 7, BIG_GFN, NO_GFN))
CALL(hide, xc_altp2m_set_visibility(xch, FAKE_DOMAIN, 7, false))
CALL(show, xc_altp2m_set_visibility(xch, FAKE_DOMAIN, 7, true))

static int get_state(void)
{
    bool state = false;
    int rc = xc_altp2m_get_domain_state(xch, FAKE_DOMAIN, &state);

    got = state;
    return rc;
}

static int create(void)
{
    uint16_t view = 0;
    int rc = xc_altp2m_create_view(xch, FAKE_DOMAIN, XENMEM_access_rwx, &view);

    got = view;
    return rc;
}

static int get_suppress(void)
{
    bool suppress = false;
    int rc = xc_altp2m_get_suppress_ve(xch, FAKE_DOMAIN, 7, BIG_GFN, &suppress);

    got = suppress;
    return rc;
}

static int get_access(void)
{
    xenmem_access_t access = XENMEM_access_n;
    int rc = xc_altp2m_get_mem_access(xch, FAKE_DOMAIN, 7, BIG_GFN, &access);

    got = access;
    return rc;
}

static int get_index(void)
{
    uint16_t index = 0;
    int rc = xc_altp2m_get_vcpu_p2m_idx(xch, FAKE_DOMAIN, 3, &index);

    got = index;
    return rc;
}

static int set_suppress_multi(void)
{
    xen_pfn_t gfn = 0;
    int32_t error = 0;
    int rc = xc_altp2m_set_supress_ve_multi(xch, FAKE_DOMAIN, 7, BIG_GFN, BIG_GFN + 9, true, &gfn,
                                            &error);

    got = (uint32_t)error;
    return rc;
}

/* altview's own */

CALL(own_set_active, altview_set_active(handle, false))
CALL(own_destroy, altview_destroy_view(handle, 7))
CALL(own_switch, altview_switch_to_view(handle, 7))
CALL(own_hide, altview_set_visibility(handle, 7, false))
CALL(own_remap, altview_remap(handle, 7, BIG_GFN, OTHER_GFN))
CALL(own_set_suppress, altview_set_suppress_ve(handle, 7, BIG_GFN, false))

static int own_create(void)
{
    unsigned int view = 0;
    int rc = altview_create_view(handle, XENMEM_access_n, &view);

    got = view;
    return rc;
}

static int own_get_access(void)
{
    unsigned int access = 0;
    int rc = altview_get_access(handle, 7, BIG_GFN, &access);

    got = access;
    return rc;
}

static const struct row altp2m_rows[] = {
    {"xc get_domain_state", get_state, 1, {{0}}, {16, 1, 1}},
    {"xc set_domain_state", set_state, 2, {{16, 1, 1}}, {0}},
    {"xc enable_notify", enable_notify, 3, {{16, 4, 3}, {24, 8, BIG_GFN}}, {0}},
    {"xc create_view", create, 4, {{18, 2, 7}}, {16, 2, 9}},
    {"xc destroy_view", destroy, 5, {{16, 2, 7}}, {0}},
    {"xc switch_to_view", switch_to, 6, {{16, 2, 7}}, {0}},
    {"xc set_mem_access", set_access, 7, {{16, 2, 7}, {18, 2, 5}, {24, 8, BIG_GFN}}, {0}},
    {"xc change_gfn", change, 8, {{16, 2, 7}, {24, 8, BIG_GFN}, {32, 8, OTHER_GFN}}, {0}},
    {"xc change_gfn back", change_back, 8, {{16, 2, 7}, {24, 8, BIG_GFN}, {32, 8, NO_GFN}}, {0}},
    {"xc set_suppress_ve", set_suppress, 10, {{16, 2, 7}, {18, 1, 1}, {24, 8, BIG_GFN}}, {0}},
    {"xc get_suppress_ve", get_suppress, 11, {{16, 2, 7}, {24, 8, BIG_GFN}}, {18, 1, 1}},
    {"xc get_mem_access", get_access, 12, {{16, 2, 7}, {24, 8, BIG_GFN}}, {18, 2, 3}},
    {"xc disable_notify", disable_notify, 13, {{16, 4, 3}}, {0}},
    {"xc get_vcpu_p2m_idx", get_index, 14, {{16, 4, 3}}, {20, 2, 6}},
    {"xc set_supress_ve_multi",
     set_suppress_multi,
     15,
     {{16, 2, 7}, {18, 1, 1}, {24, 8, BIG_GFN}, {32, 8, BIG_GFN + 9}},
     {20, 4, (uint32_t)-EINVAL}},
    {"xc set_visibility hide", hide, 16, {{16, 2, 7}}, {0}},
    {"xc set_visibility show", show, 16, {{16, 2, 7}, {18, 1, 1}}, {0}},
    {"set_active", own_set_active, 2, {{0}}, {0}},
    {"create_view", own_create, 4, {{0}}, {16, 2, 9}},
    {"destroy_view", own_destroy, 5, {{16, 2, 7}}, {0}},
    {"switch_to_view", own_switch, 6, {{16, 2, 7}}, {0}},
    {"remap", own_remap, 8, {{16, 2, 7}, {24, 8, BIG_GFN}, {32, 8, OTHER_GFN}}, {0}},
    {"set_suppress_ve", own_set_suppress, 10, {{16, 2, 7}, {24, 8, BIG_GFN}}, {0}},
    {"get_access", own_get_access, 12, {{16, 2, 7}, {24, 8, BIG_GFN}}, {18, 2, 3}},
    {"set_visibility", own_hide, 16, {{16, 2, 7}}, {0}},
};

/* Every envelope: version 1, the operation, the domain. */
static void saw_altp2m(const struct row *row)
{
    struct fake_field fields[8] = {{0, 4, 1}, {4, 4, row->cmd}, {8, 2, FAKE_DOMAIN}};

    memcpy(fields + 3, row->arguments, sizeof(row->arguments));
    scene_saw(HVM_OP, ALTP2M, FAKE_ALTP2M, fields, COUNT(fields));
}

static void try_rows(const struct row *rows, size_t count, void (*saw)(const struct row *row))
{
    for (const struct row *row = rows; row < rows + count; row++) {
        unsigned int calls = fake.calls;

        print_message("%s\n", row->name);
        fake.leaves[0] = row->leaves;
        got = UINT64_MAX;
        assert_int_equal(row->call(), 0);
        assert_int_equal(fake.calls, calls + 1);
        saw(row);
        if (row->leaves.size) {
            assert_int_equal(got, row->leaves.value);
        }
    }
}

static void altp2m_operations(void **state)
{
    (void)state;
    try_rows(altp2m_rows, COUNT(altp2m_rows), saw_altp2m);
}

/* View 0 is Xen's host p2m: libxenctrl reaches it by XENMEM_access_op. */

CALL(host_set, xc_set_mem_access(xch, FAKE_DOMAIN, XENMEM_access_rx, BIG_GFN, 9))
CALL(host_set_default, xc_set_mem_access(xch, FAKE_DOMAIN, XENMEM_access_rw, NO_GFN, 1))
CALL(own_host_set, altview_set_access(handle, 0, BIG_GFN, 9, XENMEM_access_rx))

static int host_get(void)
{
    xenmem_access_t access = XENMEM_access_n;
    int rc = xc_get_mem_access(xch, FAKE_DOMAIN, BIG_GFN, &access);

    got = access;
    return rc;
}

static int own_host_get(void)
{
    unsigned int access = 0;
    int rc = altview_get_access(handle, 0, BIG_GFN, &access);

    got = access;
    return rc;
}

#define HOST_SET                                                                                   \
    {                                                                                              \
        {0, 1, 0}, {1, 1, 5}, {2, 2, FAKE_DOMAIN}, {4, 4, 9},                                      \
        {                                                                                          \
            8, 8, BIG_GFN                                                                          \
        }                                                                                          \
    }
#define HOST_GET                                                                                   \
    {                                                                                              \
        {0, 1, 1}, {2, 2, FAKE_DOMAIN},                                                            \
        {                                                                                          \
            8, 8, BIG_GFN                                                                          \
        }                                                                                          \
    }

static const struct row access_rows[] = {
    {"xc set_mem_access", host_set, 0, HOST_SET, {0}},
    {"set_access", own_host_set, 0, HOST_SET, {0}},
    {"xc set_mem_access, default",
     host_set_default,
     0,
     {{0, 1, 0}, {1, 1, 3}, {2, 2, FAKE_DOMAIN}, {4, 4, 1}, {8, 8, NO_GFN}},
     {0}},
    {"xc get_mem_access", host_get, 0, HOST_GET, {1, 1, 4}},
    {"get_access", own_host_get, 0, HOST_GET, {1, 1, 4}},
};

static void saw_access(const struct row *row)
{
    scene_saw(MEMORY_OP, ACCESS_OP, FAKE_ACCESS, row->arguments, COUNT(row->arguments));
}

static void access_operations(void **state)
{
    (void)state;
    try_rows(access_rows, COUNT(access_rows), saw_access);
}

/* Every error of Xen's arrives: as -1 and errno through libxenctrl's interface, as a number through
 * ours. */
static void errors_arrive(void **state)
{
    static const int errors[] = {EPERM, ESRCH, EINVAL, ENOMEM, EBUSY, EEXIST, EOPNOTSUPP, EFAULT};

    (void)state;
    for (size_t e = 0; e < COUNT(errors); e++) {
        fake.error = errors[e];
        for (size_t i = 0; i < COUNT(altp2m_rows); i++) {
            bool own = strncmp(altp2m_rows[i].name, "xc ", 3) != 0;

            errno = 0;
            assert_int_equal(altp2m_rows[i].call(), own ? -errors[e] : -1);
            assert_true(own || errno == errors[e]);
        }
        for (size_t i = 0; i < COUNT(access_rows); i++) {
            bool own = strncmp(access_rows[i].name, "xc ", 3) != 0;

            errno = 0;
            assert_int_equal(access_rows[i].call(), own ? -errors[e] : -1);
            assert_true(own || errno == errors[e]);
        }
    }
}

/* Memory for hypercalls is scarce: -ENOMEM, and no call reaches Xen. */
static void no_buffers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(altp2m_rows); i++) {
        unsigned int orders = fake.orders;
        bool own = strncmp(altp2m_rows[i].name, "xc ", 3) != 0;

        fake.out_of_buffers_in = 1;
        assert_int_equal(altp2m_rows[i].call(), own ? -ENOMEM : -1);
        assert_true(own || errno == ENOMEM);
        assert_int_equal(fake.orders, orders);
    }
}

static int setup(void **state)
{
    fake_reset();
    setenv("ALTVIEW", "xen:5", 1);
    xch = xc_interface_open(NULL, NULL, 0);
    assert_non_null(xch);
    assert_int_equal(altview_open(NULL, 0, &handle), 0);
    *state = handle;
    return 0;
}

static int teardown(void **state)
{
    xc_interface_close(xch);
    return scene_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(altp2m_operations),
        TEST(access_operations),
        TEST(errors_arrive),
        TEST(no_buffers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
