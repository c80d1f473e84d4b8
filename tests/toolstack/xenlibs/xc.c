/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenctrl's functions on a simulated domain: its contract, -1 and errno, and Xen's answers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

#include <cmocka.h>

#define DOMAIN 1
#define RAM    4096 /* gfns */
#define VIEW   1

static xc_interface *xch;

static int open_domain(void **state)
{
    uint16_t view;

    (void)state;
    setenv("ALTVIEW", "sim:views=4,memory=16,vcpus=2", 1);
    xch = xc_interface_open(NULL, NULL, 0);
    return !xch || xc_altp2m_set_domain_state(xch, DOMAIN, true) ||
           xc_altp2m_create_view(xch, DOMAIN, XENMEM_access_rwx, &view) || view != VIEW;
}

static int close_domain(void **state)
{
    (void)state;
    return xc_interface_close(xch);
}

/* errno is read only after a failure. */
#define REFUSES(call, error)                                                                       \
    do {                                                                                           \
        errno = 0;                                                                                 \
        assert_int_equal((call), -1);                                                              \
        assert_int_equal(errno, error);                                                            \
    } while (0)

static xenmem_access_t access_of(uint16_t view, xen_pfn_t gfn)
{
    xenmem_access_t access = (xenmem_access_t)99;

    assert_int_equal(xc_altp2m_get_mem_access(xch, DOMAIN, view, gfn, &access), 0);
    return access;
}

static void the_domain_has_a_state(void **state)
{
    bool on = false;

    (void)state;
    assert_int_equal(xc_altp2m_get_domain_state(xch, DOMAIN, &on), 0);
    assert_true(on);
    assert_int_equal(xc_altp2m_set_domain_state(xch, DOMAIN, false), 0);
    assert_int_equal(xc_altp2m_get_domain_state(xch, DOMAIN, &on), 0);
    assert_false(on);
    REFUSES(xc_altp2m_switch_to_view(xch, DOMAIN, 0), EOPNOTSUPP);
}

static void views_are_made_entered_and_destroyed(void **state)
{
    uint16_t view = 99, in = 99;

    (void)state;
    assert_int_equal(xc_altp2m_create_view(xch, DOMAIN, XENMEM_access_r, &view), 0);
    assert_int_equal(view, 2);
    assert_int_equal(xc_altp2m_switch_to_view(xch, DOMAIN, view), 0);
    assert_int_equal(xc_altp2m_get_vcpu_p2m_idx(xch, DOMAIN, 1, &in), 0);
    assert_int_equal(in, 2);
    REFUSES(xc_altp2m_destroy_view(xch, DOMAIN, view), EBUSY);
    assert_int_equal(xc_altp2m_switch_to_view(xch, DOMAIN, 0), 0);
    assert_int_equal(xc_altp2m_destroy_view(xch, DOMAIN, view), 0);
    REFUSES(xc_altp2m_destroy_view(xch, DOMAIN, view), EBUSY);
    REFUSES(xc_altp2m_switch_to_view(xch, DOMAIN, view), EINVAL);
    REFUSES(xc_altp2m_get_vcpu_p2m_idx(xch, DOMAIN, 2, &in), EINVAL);
    REFUSES(xc_altp2m_create_view(xch, DOMAIN, (xenmem_access_t)11, &view), EINVAL);
    assert_int_equal(view, 2);
    assert_int_equal(in, 2);
}

static void visibility(void **state)
{
    (void)state;
    assert_int_equal(xc_altp2m_set_visibility(xch, DOMAIN, VIEW, false), 0);
    REFUSES(xc_altp2m_switch_to_view(xch, DOMAIN, VIEW), EINVAL);
    assert_int_equal(xc_altp2m_set_visibility(xch, DOMAIN, VIEW, true), 0);
    assert_int_equal(xc_altp2m_switch_to_view(xch, DOMAIN, VIEW), 0);
    REFUSES(xc_altp2m_set_visibility(xch, DOMAIN, 3, true), EINVAL);
}

static void access_of_one_gfn(void **state)
{
    (void)state;
    for (int access = XENMEM_access_n; access < XENMEM_access_default; access++) {
        assert_int_equal(xc_altp2m_set_mem_access(xch, DOMAIN, VIEW, 5, (xenmem_access_t)access),
                         0);
        assert_int_equal(access_of(VIEW, 5), access);
    }
    REFUSES(xc_altp2m_set_mem_access(xch, DOMAIN, VIEW, 5, (xenmem_access_t)11), EINVAL);
    REFUSES(xc_altp2m_set_mem_access(xch, DOMAIN, 3, 5, XENMEM_access_r), EINVAL);
    /* set skips a hole, and get finds nothing there. */
    xenmem_access_t access = (xenmem_access_t)99;
    assert_int_equal(xc_altp2m_set_mem_access(xch, DOMAIN, VIEW, RAM, XENMEM_access_r), 0);
    REFUSES(xc_altp2m_get_mem_access(xch, DOMAIN, VIEW, RAM, &access), ESRCH);
    assert_int_equal(access, 99);
}

#define MANY 3000 /* three and a half frames of them */

static uint64_t gfns[MANY];
static uint8_t accesses[MANY];

static void fill_lists(void)
{
    for (unsigned int i = 0; i < MANY; i++) {
        gfns[i] = MANY - 1 - i;
        accesses[i] = i % 10;
    }
}

static void access_of_many_gfns(void **state)
{
    (void)state;
    fill_lists();
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, DOMAIN, VIEW, accesses, gfns, MANY), 0);
    for (unsigned int i = 0; i < MANY; i++) {
        assert_int_equal(access_of(VIEW, gfns[i]), accesses[i]);
    }
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, DOMAIN, VIEW, accesses, gfns, 0), 0);
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, DOMAIN, VIEW, NULL, NULL, 0), 0);
    REFUSES(xc_altp2m_set_mem_access_multi(xch, DOMAIN, 3, accesses, gfns, 0), EINVAL);
}

/* Wherever the bad element is, the call sets those before it, and none after it. */
static void lists_stop_at_the_first_bad_element(void **state)
{
    static const unsigned int places[] = {0, 1, 900, 901, 902, 907, 908, 909, 2000, MANY - 1};

    (void)state;
    for (size_t p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
        unsigned int bad = places[p];

        fill_lists();
        memset(accesses, XENMEM_access_r, sizeof(accesses));
        accesses[bad] = 11;
        REFUSES(xc_altp2m_set_mem_access_multi(xch, DOMAIN, VIEW, accesses, gfns, MANY), EINVAL);
        for (unsigned int i = 0; i < MANY; i++) {
            assert_int_equal(access_of(VIEW, gfns[i]),
                             i < bad ? XENMEM_access_r : XENMEM_access_rwx);
        }
        memset(accesses, XENMEM_access_rwx, sizeof(accesses));
        assert_int_equal(xc_altp2m_set_mem_access_multi(xch, DOMAIN, VIEW, accesses, gfns, MANY),
                         0);
        accesses[bad] = 11;
        REFUSES(xc_set_mem_access_multi(xch, DOMAIN, accesses, gfns, MANY), EINVAL);
    }
}

static void suppress_ve(void **state)
{
    bool suppressed = false;

    (void)state;
    assert_int_equal(xc_altp2m_get_suppress_ve(xch, DOMAIN, VIEW, 5, &suppressed), 0);
    assert_true(suppressed); /* by default */
    assert_int_equal(xc_altp2m_set_suppress_ve(xch, DOMAIN, VIEW, 5, false), 0);
    assert_int_equal(xc_altp2m_get_suppress_ve(xch, DOMAIN, VIEW, 5, &suppressed), 0);
    assert_false(suppressed);
    REFUSES(xc_altp2m_set_suppress_ve(xch, DOMAIN, 3, 5, false), EINVAL);
    REFUSES(xc_altp2m_get_suppress_ve(xch, DOMAIN, VIEW, RAM, &suppressed), ESRCH);
    assert_false(suppressed);
}

static void suppress_ve_of_a_range(void **state)
{
    xen_pfn_t error_gfn = 77;
    int32_t error_code = 77;
    bool suppressed = true;

    (void)state;
    assert_int_equal(
        xc_altp2m_set_supress_ve_multi(xch, DOMAIN, VIEW, 10, 1500, false, &error_gfn, &error_code),
        0);
    for (xen_pfn_t gfn = 10; gfn <= 1500; gfn++) {
        assert_int_equal(xc_altp2m_get_suppress_ve(xch, DOMAIN, VIEW, gfn, &suppressed), 0);
        assert_false(suppressed);
    }
    assert_int_equal(xc_altp2m_get_suppress_ve(xch, DOMAIN, VIEW, 1501, &suppressed), 0);
    assert_true(suppressed);
    /* The logger gets only errors that occurred. */
    assert_int_equal(error_gfn, 77);
    assert_int_equal(error_code, 77);
    REFUSES(
        xc_altp2m_set_supress_ve_multi(xch, DOMAIN, VIEW, 11, 10, false, &error_gfn, &error_code),
        EINVAL);
    assert_int_equal(error_code, 77);
}

static void a_gfn_is_changed_and_changed_back(void **state)
{
    (void)state;
    assert_int_equal(xc_altp2m_set_mem_access(xch, DOMAIN, VIEW, 6, XENMEM_access_r), 0);
    assert_int_equal(xc_altp2m_change_gfn(xch, DOMAIN, VIEW, 5, 6), 0);
    assert_int_equal(access_of(VIEW, 5), XENMEM_access_r); /* the page's access comes with it */
    assert_int_equal(xc_altp2m_change_gfn(xch, DOMAIN, VIEW, 5, ~(xen_pfn_t)0), 0);
    assert_int_equal(access_of(VIEW, 5), XENMEM_access_rwx);
    REFUSES(xc_altp2m_change_gfn(xch, DOMAIN, VIEW, 5, RAM), ESRCH);
    REFUSES(xc_altp2m_change_gfn(xch, DOMAIN, 3, 5, 6), EINVAL);
}

static void a_vcpu_is_notified(void **state)
{
    (void)state;
    assert_int_equal(xc_altp2m_set_vcpu_enable_notify(xch, DOMAIN, 0, 9), 0);
    REFUSES(xc_altp2m_set_vcpu_enable_notify(xch, DOMAIN, 0, 9), EEXIST);
    assert_int_equal(xc_altp2m_set_vcpu_disable_notify(xch, DOMAIN, 0), 0);
    assert_int_equal(xc_altp2m_set_vcpu_enable_notify(xch, DOMAIN, 0, 9), 0);
    REFUSES(xc_altp2m_set_vcpu_enable_notify(xch, DOMAIN, 1, RAM), EINVAL);
    REFUSES(xc_altp2m_set_vcpu_enable_notify(xch, DOMAIN, 2, 9), EINVAL);
    REFUSES(xc_altp2m_set_vcpu_disable_notify(xch, DOMAIN, 2), EINVAL);
}

/* View 0 is Xen's host p2m here. */
static void mem_access_is_that_of_the_host(void **state)
{
    xenmem_access_t access;

    (void)state;
    assert_int_equal(xc_set_mem_access(xch, DOMAIN, XENMEM_access_rx, 100, 3000), 0);
    assert_int_equal(xc_get_mem_access(xch, DOMAIN, 3099, &access), 0);
    assert_int_equal(access, XENMEM_access_rx);
    assert_int_equal(access_of(0, 3099), XENMEM_access_rx);
    assert_int_equal(access_of(VIEW, 3099), XENMEM_access_rwx);
    assert_int_equal(xc_get_mem_access(xch, DOMAIN, 3100, &access), 0);
    assert_int_equal(access, XENMEM_access_rwx);
    /* The meaning of "default": callers pass any number of pages with it, mostly 0. */
    assert_int_equal(xc_set_mem_access(xch, DOMAIN, XENMEM_access_rw, ~UINT64_C(0), 0), 0);
    assert_int_equal(xc_get_mem_access(xch, DOMAIN, ~UINT64_C(0), &access), 0);
    assert_int_equal(access, XENMEM_access_rw);
    assert_int_equal(xc_set_mem_access(xch, DOMAIN, XENMEM_access_default, 100, 1), 0);
    assert_int_equal(xc_get_mem_access(xch, DOMAIN, 100, &access), 0);
    assert_int_equal(access, XENMEM_access_rw);
    REFUSES(xc_set_mem_access(xch, DOMAIN, XENMEM_access_r, 100, 0), EINVAL);
    REFUSES(xc_set_mem_access(xch, DOMAIN, (xenmem_access_t)11, 100, 1), EINVAL);
    REFUSES(xc_get_mem_access(xch, DOMAIN, RAM, &access), ESRCH);
    fill_lists();
    assert_int_equal(xc_set_mem_access_multi(xch, DOMAIN, accesses, gfns, MANY), 0);
    assert_int_equal(xc_get_mem_access(xch, DOMAIN, gfns[MANY - 1], &access), 0);
    assert_int_equal(access, accesses[MANY - 1]);
}

static void other_domains_are_not_here(void **state)
{
    static const uint32_t others[] = {0, 2, DOMID_SELF, 0x10001, UINT32_MAX};
    xenmem_access_t access;
    uint16_t number;
    bool on;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        REFUSES(xc_altp2m_get_domain_state(xch, others[i], &on), ESRCH);
        REFUSES(xc_altp2m_set_domain_state(xch, others[i], false), ESRCH);
        REFUSES(xc_altp2m_create_view(xch, others[i], XENMEM_access_rwx, &number), ESRCH);
        REFUSES(xc_altp2m_set_mem_access_multi(xch, others[i], VIEW, accesses, gfns, 1), ESRCH);
        REFUSES(xc_altp2m_set_mem_access(xch, others[i], VIEW, 1, XENMEM_access_r), ESRCH);
        REFUSES(xc_set_mem_access(xch, others[i], XENMEM_access_r, 0, 1), ESRCH);
        REFUSES(xc_set_mem_access_multi(xch, others[i], accesses, gfns, 1), ESRCH);
        REFUSES(xc_get_mem_access(xch, others[i], 0, &access), ESRCH);
    }
    assert_int_equal(xc_altp2m_get_domain_state(xch, DOMAIN, &on), 0);
    assert_true(on);
}

/* A logger that the program supplies. */
static struct {
    xentoollog_logger interface;
    char text[256];
    int error;
    xentoollog_level level;
} logger;

static void log_message(xentoollog_logger *l, xentoollog_level level, int error,
                        const char *context, const char *format, va_list arguments)
{
    (void)l;
    (void)context;
    logger.level = level;
    logger.error = error;
    vsnprintf(logger.text, sizeof(logger.text), format, arguments);
}

static void a_logger_is_told_why_opening_failed(void **state)
{
    (void)state;
    setenv("ALTVIEW", "sim:views=many", 1);
    logger.interface.vmessage = log_message;
    errno = 0;
    assert_null(xc_interface_open(&logger.interface, NULL, 0));
    assert_int_equal(errno, EINVAL);
    assert_int_equal(logger.error, EINVAL);
    assert_int_equal(logger.level, XTL_ERROR);
    assert_non_null(strstr(logger.text, "views=many"));
}

static void a_dummy_opens_nothing(void **state)
{
    (void)state;
    setenv("ALTVIEW", "nonsense:", 1);
    xc_interface *dummy = xc_interface_open(NULL, NULL, XC_OPENFLAG_DUMMY);
    assert_non_null(dummy);
    REFUSES(xc_altp2m_switch_to_view(dummy, DOMAIN, 0), EBADF);
    assert_int_equal(xc_interface_close(dummy), 0);
    assert_int_equal(xc_interface_close(NULL), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_domain, close_domain)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_domain_has_a_state),
        TEST(views_are_made_entered_and_destroyed),
        TEST(visibility),
        TEST(access_of_one_gfn),
        TEST(access_of_many_gfns),
        TEST(lists_stop_at_the_first_bad_element),
        TEST(suppress_ve),
        TEST(suppress_ve_of_a_range),
        TEST(a_gfn_is_changed_and_changed_back),
        TEST(a_vcpu_is_notified),
        TEST(mem_access_is_that_of_the_host),
        TEST(other_domains_are_not_here),
        cmocka_unit_test(a_logger_is_told_why_opening_failed),
        cmocka_unit_test(a_dummy_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
