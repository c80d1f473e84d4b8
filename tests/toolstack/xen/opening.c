/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domain the handle opens, the messages if there is none, and the operations that Xen does
 * not have. */
#include "scene.h"

#include <altview/hvmop.h>
#include <altview/sim.h>
#include <stdlib.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/xen.h>

static void hello_tells_what_xen_tells(void **state)
{
    struct altview_hello hello;

    fake.leaves[0] = (struct fake_field){16, 1, 1}; /* get_domain_state: on */
    assert_int_equal(altview_hello(*state, &hello), 0);
    assert_int_equal(hello.domid, FAKE_DOMAIN);
    assert_int_equal(hello.mode, XEN_ALTP2M_external);
    assert_int_equal(hello.flags, ALTVIEW_HELLO_ACTIVE);
    assert_string_equal(hello.software, "Xen 4.17");
    assert_int_equal(hello.view_count, 0); /* unknown */
    fake.error = EOPNOTSUPP;               /* no altp2m for that domain: it counts as off */
    assert_int_equal(altview_hello(*state, &hello), 0);
    assert_int_equal(hello.flags, 0);
    fake.param_error = ESRCH; /* the domain has gone meanwhile */
    assert_int_equal(altview_hello(*state, &hello), -ESRCH);
}

/* Cause and remedy for each. */
static void opening_fails(void **state)
{
    static const struct {
        const char *where;
        int open_error, param_error, expected;
        const char *says;
    } cases[] = {
        {"xen:", 0, 0, -EINVAL, "xen:: say the number of a domain, 0 to 32751 (`xl list`"},
        {"xen:x", 0, 0, -EINVAL, "xen:x: say the number of a domain"},
        {"xen:-1", 0, 0, -EINVAL, "xen:-1: say the number of a domain"},
        {"xen:5x", 0, 0, -EINVAL, "xen:5x: say the number of a domain"},
        {"xen:32752", 0, 0, -EINVAL, "xen:32752: say the number of a domain"},
        {"xen:99999999999999999999", 0, 0, -EINVAL, "say the number of a domain"},
        {"xen:5", ENOENT, 0, -ENOENT,
         "run this in domain 0 of a Xen host, where there is /dev/xen"},
        {"xen:5", EACCES, 0, -EACCES, "may not use /dev/xen/privcmd; become root"},
        {"xen:6", 0, 0, -ESRCH, "there is no domain 6; `xl list` shows those there are"},
        {"xen:5", 0, EPERM, -EPERM, "Xen lets us do nothing to domain 5; run this in domain 0"},
        {"xen:5", 0, EINVAL, -EINVAL, "domain 5 has no views"},
        {"xen:5", 0, EIO, -EIO, "domain 5: Input/output error"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        altview *h = NULL;

        fake_reset();
        fake.open_error = cases[i].open_error;
        fake.param_error = cases[i].param_error;
        assert_int_equal(altview_open(cases[i].where, 0, &h), cases[i].expected);
        assert_null(h);
        if (!strstr(altview_error(), cases[i].says)) {
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].where, altview_error(),
                     cases[i].says);
        }
        assert_int_equal(fake.handles, 0);
        assert_int_equal(fake.buffers, 0);
    }
}

static void no_memory_to_open_with(void **state)
{
    altview *h = NULL;

    (void)state;
    fake_reset();
    fake.out_of_buffers_in = 1;
    assert_int_equal(altview_open("xen:5", 0, &h), -ENOMEM);
    assert_int_equal(fake.handles, 0);
}

/* The library refuses operations without a call of Xen's, and Xen sees none of them. */
static void what_xen_can_not_do(void **state)
{
    altview *h = *state;
    unsigned int orders = fake.orders;
    struct altview_override *overrides;
    struct altview_registers registers;
    struct altview_statistics statistics;
    struct altview_view *views;
    struct altview_vcpu *vcpus;
    struct altview_event event;
    uint64_t value;
    size_t count;

    assert_int_equal(altview_views(h, &views, &count), -EOPNOTSUPP);
    assert_int_equal(altview_overrides(h, 0, &overrides, &count), -EOPNOTSUPP);
    assert_int_equal(altview_vcpus(h, &vcpus, &count), -EOPNOTSUPP);
    assert_int_equal(altview_name_view(h, 1, "name"), -EOPNOTSUPP);
    assert_int_equal(altview_set_policy(h, 1, ALTVIEW_POLICY_LIFT, 0), -EOPNOTSUPP);
    assert_int_equal(altview_read(h, 0, 0, &value, sizeof(value)), -EOPNOTSUPP);
    assert_int_equal(altview_write(h, 0, 0, &value, sizeof(value)), -EOPNOTSUPP);
    assert_int_equal(altview_get_registers(h, 0, &registers), -EOPNOTSUPP);
    assert_int_equal(altview_set_registers(h, &(struct altview_set_registers){0}), -EOPNOTSUPP);
    assert_int_equal(altview_pause(h, 0), -EOPNOTSUPP);
    assert_int_equal(altview_unpause(h, 0), -EOPNOTSUPP);
    assert_int_equal(altview_single_step(h, 0, true), -EOPNOTSUPP);
    assert_int_equal(altview_statistics(h, 0, &statistics), -EOPNOTSUPP);
    assert_int_equal(altview_listen(h, &(struct altview_listen){0}), -EOPNOTSUPP);
    assert_int_equal(altview_answer(h, &(struct altview_answer){0}), -EOPNOTSUPP);
    assert_int_equal(altview_next_event(h, &event, -1), -EOPNOTSUPP);
    assert_int_equal(altview_event_fd(h), -EOPNOTSUPP);
    assert_int_equal(altview_sim_access(h, 0, 1, 0, 8, &value), -EOPNOTSUPP);
    assert_int_equal(fake.orders, orders);
}

/* altview's own operations go to Xen like others. Xen does not know them, and refuses them. */
static void extensions_are_left_to_xen(void **state)
{
    const struct fake_field fields[] = {
        {0, 4, 1}, {4, 4, 0x100}, {8, 2, FAKE_DOMAIN}, {16, 4, 3}, {20, 1, 1}};
    struct xen_hvm_altp2m_op op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION,
                                   .cmd = HVMOP_altview_set_vmfunc,
                                   .domain = FAKE_DOMAIN};
    const struct altview_set_vmfunc set = {.vcpu_id = 3, .enable = 1};
    unsigned int calls = fake.calls, view;

    memcpy(&op.u, &set, sizeof(set));
    assert_int_equal(altview_hvmop(*state, &op, sizeof(op)), 0);
    assert_int_equal(fake.calls, calls + 1);
    scene_saw(__HYPERVISOR_hvm_op, HVMOP_altp2m, FAKE_ALTP2M, fields, COUNT(fields));
    fake.error = EOPNOTSUPP;
    assert_int_equal(altview_set_vmfunc(*state, 3, true), -EOPNOTSUPP);
    assert_int_equal(altview_clone_view(*state, 1, &view), -EOPNOTSUPP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hello_tells_what_xen_tells, scene_setup, scene_teardown),
        cmocka_unit_test(opening_fails),
        cmocka_unit_test(no_memory_to_open_with),
        cmocka_unit_test_setup_teardown(what_xen_can_not_do, scene_setup, scene_teardown),
        cmocka_unit_test_setup_teardown(extensions_are_left_to_xen, scene_setup, scene_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
