/* SPDX-License-Identifier: BSD-2-Clause */
/* The checks of every HVMOP_altp2m call, and their order (Xen: do_altp2m_op). */
#include "hvmop/call.h"

static void bad_pointer(struct call *c)
{
    c->address = SIM_GUEST_BASE + SIM_GUEST_SIZE;
}

static void bad_pad1(struct call *c)
{
    c->envelope.pad1 = 1;
}

static void bad_pad2(struct call *c)
{
    c->envelope.pad2 = 1;
}

static void bad_version(struct call *c)
{
    c->envelope.version = 2;
}

static void unknown_cmd(struct call *c)
{
    c->envelope.cmd = 17;
}

static void other_domain(struct call *c)
{
    c->envelope.domain = 7;
}

static void altp2m_off(struct call *c)
{
    altp2m_set_active(c->scene->d, false);
}

static void mode_disabled(struct call *c)
{
    c->scene->d->config.mode = ALTP2M_MODE_DISABLED;
}

static void mode_external(struct call *c)
{
    c->scene->d->config.mode = ALTP2M_MODE_EXTERNAL;
}

static void bad_pad_of_operation(struct call *c)
{
    c->envelope.args.mem_access.pad = 1;
}

static const struct {
    const char *name;
    void (*spoil)(struct call *c);
    long want;
} checks[] = {
    {"pointer", bad_pointer, -XEN_EFAULT},
    {"pad1", bad_pad1, -XEN_EINVAL},
    {"pad2", bad_pad2, -XEN_EINVAL},
    {"version", bad_version, -XEN_EINVAL},
    {"command", unknown_cmd, -XEN_EOPNOTSUPP},
    {"domain", other_domain, -XEN_ESRCH},
    {"active", altp2m_off, -XEN_EOPNOTSUPP},
    {"mode disabled", mode_disabled, -XEN_EINVAL},
    {"caller", mode_external, -XEN_EPERM},
    {"the operation's own", bad_pad_of_operation, -XEN_EINVAL},
};

/* A call that fails only the checks [first, end), the last of them spoilt first. */
static long call_failing(size_t first, size_t end)
{
    struct scene *s = scene_new();
    struct call c;
    long rc;

    scene_start_active(s);
    c = call_new(s, HVMOP_altp2m_get_mem_access);
    c.envelope.args.mem_access.view = 1;
    for (size_t i = end; i > first; i--)
        checks[i - 1].spoil(&c);
    rc = call_make(&c);
    scene_end(s);
    return rc;
}

/* A call that fails this check and all later ones gets this one's code. */
static void checks_come_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(checks); i++) {
        if (call_failing(i, COUNT(checks)) != checks[i].want)
            fail_msg("%s does not come before what follows", checks[i].name);
        if (call_failing(i, i + 1) != checks[i].want)
            fail_msg("%s alone is answered otherwise", checks[i].name);
    }
    assert_int_equal(call_failing(0, 0), 0);
}

static void pointers(void **state)
{
    static const uint64_t end = SIM_GUEST_BASE + SIM_GUEST_SIZE;
    static const struct {
        uint64_t address;
        long want;
    } cases[] = {
        {0, -XEN_EFAULT},
        {SIM_GUEST_BASE - 1, -XEN_EFAULT},
        {SIM_GUEST_BASE, 0},
        {SIM_GUEST_BASE + 3, 0},
        {end - sizeof(struct call_envelope), 0},
        {end - sizeof(struct call_envelope) + 1, -XEN_EFAULT},
        {~UINT64_C(0), -XEN_EFAULT},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call c = call_new(*state, HVMOP_altp2m_get_domain_state);

        c.address = cases[i].address;
        if (call_make(&c) != cases[i].want)
            fail_msg("pointer %#llx", (unsigned long long)cases[i].address);
    }
}

static void unknown_commands(void **state)
{
    const uint32_t next = call_kinds[call_kinds_count - 1].cmd + 1;
    const uint32_t unknown[] = {0, 17, 18, 0xff, next, 0x200, 0x10001, UINT32_MAX};

    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct call c = call_new(*state, unknown[i]);

        if (call_make(&c) != -XEN_EOPNOTSUPP)
            fail_msg("command %#x", unknown[i]);
    }
}

/* DOMID_SELF and the domain's own number; and domain 0, which is not an HVM domain. */
static void domains(void **state)
{
    static const struct {
        uint16_t domain;
        long want;
    } cases[] = {{DOMID_SELF, 0},
                 {1, 0},
                 {0, -XEN_EOPNOTSUPP},
                 {2, -XEN_ESRCH},
                 {DOMID_IO, -XEN_ESRCH},
                 {DOMID_XEN, -XEN_ESRCH},
                 {DOMID_INVALID, -XEN_ESRCH}};

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call c = call_new(*state, HVMOP_altp2m_get_domain_state);

        c.envelope.domain = cases[i].domain;
        if (call_make(&c) != cases[i].want)
            fail_msg("domain %#x", cases[i].domain);
    }
}

static void while_off(void **state)
{
    altp2m_set_active(((struct scene *)*state)->d, false);
    for (size_t i = 0; i < call_kinds_count; i++) {
        const struct call_kind *k = &call_kinds[i];
        struct call c = call_new(*state, k->cmd);

        if (call_make(&c) != (k->state == ALWAYS ? 0 : -XEN_EOPNOTSUPP))
            fail_msg("command %#x", k->cmd);
    }
}

/* The table equals Xen's for Xen's operations: do_altp2m_op and xsm_hvm_altp2mhvm_op. */
static void table_is_xens(void **state)
{
    (void)state;
    for (size_t i = 0; i < call_kinds_count && call_kinds[i].cmd < 0x100; i++) {
        const struct call_kind *k = &call_kinds[i];
        bool limited = k->cmd == HVMOP_altp2m_vcpu_enable_notify;
        bool about_state = k->cmd <= HVMOP_altp2m_set_domain_state;

        assert_int_equal(k->guest_in,
                         1U << ALTP2M_MODE_MIXED | (uint32_t)limited << ALTP2M_MODE_LIMITED);
        assert_int_equal(k->state, about_state ? ALWAYS : ON);
    }
}

static void check_permission(struct scene *s, enum altp2m_mode mode, bool privileged,
                             const struct call_kind *k)
{
    bool may = privileged || k->guest_in >> mode & 1;
    uint32_t cmd = k->cmd;
    struct call c = call_new(s, cmd);
    uint64_t before = scene_fingerprint(s);
    long rc;

    s->d->config.mode = mode;
    c.privileged = privileged;
    c.envelope.args.domain_state.state = 1;
    rc = call_make(&c);
    if (mode == ALTP2M_MODE_DISABLED) {
        if (rc != -XEN_EINVAL || scene_fingerprint(s) != before)
            fail_msg("disabled: command %#x answers %ld", cmd, rc);
        return;
    }
    if ((rc == -XEN_EPERM) == may)
        fail_msg("mode %d, privileged %d: command %#x answers %ld", mode, privileged, cmd, rc);
    if (rc == -XEN_EPERM && scene_fingerprint(s) != before)
        fail_msg("mode %d: command %#x was refused and did something", mode, cmd);
}

/* Each, by callers that have permission, and by callers that have none. */
static void modes(void **state)
{
    (void)state;
    for (int mode = ALTP2M_MODE_DISABLED; mode <= ALTP2M_MODE_LIMITED; mode++)
        for (int privileged = 0; privileged < 2; privileged++)
            for (size_t i = 0; i < call_kinds_count; i++) {
                struct scene *s = scene_new();

                scene_start_active(s);
                check_permission(s, (enum altp2m_mode)mode, privileged, &call_kinds[i]);
                scene_end(s);
            }
}

/* An answer that can't be written to the caller's memory. */
static void readonly_envelope(void **state)
{
    struct scene *s = *state;

    s->machine.guest.readonly_from = SIM_GUEST_BASE;
    for (size_t i = 0; i < call_kinds_count; i++) {
        struct call c = call_new(s, call_kinds[i].cmd);

        if (call_kinds[i].back == WHOLE && call_make(&c) != -XEN_EFAULT)
            fail_msg("command %#x", call_kinds[i].cmd);
    }
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_come_in_order),
        ACTIVE(pointers),
        ACTIVE(unknown_commands),
        ACTIVE(domains),
        ACTIVE(while_off),
        cmocka_unit_test(table_is_xens),
        cmocka_unit_test(modes),
        ACTIVE(readonly_envelope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
