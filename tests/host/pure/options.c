/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's command line. */
#include "pure/refusals.h"

#include "boot/multiboot.h"

struct option_case {
    const char *line;
    enum altp2m_mode mode;
    unsigned int view_count;
    bool access_required;
    enum boot_end end;
    const char *refused; /* the word, or NULL */
};

#define MIXED    ALTP2M_MODE_MIXED
#define EXTERNAL ALTP2M_MODE_EXTERNAL

static const struct option_case cases[] = {
    {"", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"  \t ", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"altp2m=mixed", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"altp2m=external", EXTERNAL, 10, false, BOOT_END_HALT, NULL},
    {"altp2m=limited", ALTP2M_MODE_LIMITED, 10, false, BOOT_END_HALT, NULL},
    {"altp2m=disabled", ALTP2M_MODE_DISABLED, 10, false, BOOT_END_HALT, NULL},
    {"altp2m_count=1", MIXED, 1, false, BOOT_END_HALT, NULL},
    {"altp2m_count=512", MIXED, 512, false, BOOT_END_HALT, NULL},
    {"access_required", MIXED, 10, true, BOOT_END_HALT, NULL},
    {"end=bochs", MIXED, 10, false, BOOT_END_BOCHS, NULL},
    {"end=qemu", MIXED, 10, false, BOOT_END_QEMU, NULL},
    {"end=reset", MIXED, 10, false, BOOT_END_RESET, NULL},
    {" end=bochs  altp2m=external\taltp2m_count=7 ", EXTERNAL, 7, false, BOOT_END_BOCHS, NULL},
    {"pool=5", MIXED, 10, false, BOOT_END_HALT, NULL},
    /* The last one counts. */
    {"altp2m=limited altp2m=external", EXTERNAL, 10, false, BOOT_END_HALT, NULL},

    {"altp2m", MIXED, 10, false, BOOT_END_HALT, "altp2m"},
    {"altp2m=", MIXED, 10, false, BOOT_END_HALT, "altp2m="},
    {"altp2m=MIXED", MIXED, 10, false, BOOT_END_HALT, "altp2m=MIXED"},
    {"altp2m=mixedup", MIXED, 10, false, BOOT_END_HALT, "altp2m=mixedup"},
    {"altp2m_count=0", MIXED, 10, false, BOOT_END_HALT, "altp2m_count=0"},
    {"altp2m_count=513", MIXED, 10, false, BOOT_END_HALT, "altp2m_count=513"},
    {"altp2m_count=-1", MIXED, 10, false, BOOT_END_HALT, "altp2m_count=-1"},
    {"altp2m_count=10x", MIXED, 10, false, BOOT_END_HALT, "altp2m_count=10x"},
    {"altp2m_count=", MIXED, 10, false, BOOT_END_HALT, "altp2m_count="},
    /* 2^32 + 1 does not count as 1. */
    {"altp2m_count=4294967297", MIXED, 10, false, BOOT_END_HALT, "altp2m_count=4294967297"},
    {"access_requiredx", MIXED, 10, false, BOOT_END_HALT, "access_requiredx"},
    {"cpus=1 silent-cpus=watch", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"vmfunc=auto", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"vmfunc=software", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"vmfunc", MIXED, 10, false, BOOT_END_HALT, "vmfunc"},
    {"ring=on", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"ring=off", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"ring", MIXED, 10, false, BOOT_END_HALT, "ring"},
    {"ring=yes", MIXED, 10, false, BOOT_END_HALT, "ring=yes"},
    {"vmfunc=hardware", MIXED, 10, false, BOOT_END_HALT, "vmfunc=hardware"},
    {"bell=auto", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"bell=hub", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"bell=off", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"bell=timer", MIXED, 10, false, BOOT_END_HALT, "bell=timer"},
    {"reach=32", MIXED, 10, false, BOOT_END_HALT, NULL},
    {"reach=31", MIXED, 10, false, BOOT_END_HALT, "reach=31"},
    {"reach=53", MIXED, 10, false, BOOT_END_HALT, "reach=53"},
    {"cpus=0", MIXED, 10, false, BOOT_END_HALT, "cpus=0"},
    {"cpus=65", MIXED, 10, false, BOOT_END_HALT, "cpus=65"},
    {"cpus=", MIXED, 10, false, BOOT_END_HALT, "cpus="},
    {"silent-cpus=", MIXED, 10, false, BOOT_END_HALT, "silent-cpus="},
    {"silent-cpus=ignore", MIXED, 10, false, BOOT_END_HALT, "silent-cpus=ignore"},
    {"pool=", MIXED, 10, false, BOOT_END_HALT, "pool="},
    {"pool=1000001", MIXED, 10, false, BOOT_END_HALT, "pool=1000001"},
    {"pool=-1", MIXED, 10, false, BOOT_END_HALT, "pool=-1"},
    {"debug=panic", MIXED, 10, false, BOOT_END_HALT, "debug=panic"},
    {"xen-face=maybe", MIXED, 10, false, BOOT_END_HALT, "xen-face=maybe"},
    {"xen-face", MIXED, 10, false, BOOT_END_HALT, "xen-face"},
    {"end=never", MIXED, 10, false, BOOT_END_HALT, "end=never"},
    {"quiet", MIXED, 10, false, BOOT_END_HALT, "quiet"},
    /* The hypervisor reports the first bad word, and ends in the way that end= selects, wherever
     * that is. */
    {"quiet splash end=bochs", MIXED, 10, false, BOOT_END_BOCHS, "quiet"},
    {"end=qemu altp2m=no", MIXED, 10, false, BOOT_END_QEMU, "altp2m=no"},
};

static void check_case(const struct option_case *c)
{
    struct boot_options is;
    struct refusal why = {.status = 0};

    if (options_parse(&is, c->line, &why) != !c->refused)
        fail_msg("'%s' is %s", c->line, c->refused ? "accepted" : "refused");
    if (is.end != c->end)
        fail_msg("'%s': ends by %d", c->line, is.end);
    if (c->refused) {
        check_refusal(c->line, &why, STATUS_BAD_OPTION, "");
        assert_string_equal(why.subject, c->refused);
        return;
    }
    if (is.mode != c->mode || is.view_count != c->view_count ||
        is.access_required != c->access_required)
        fail_msg("'%s': mode %d, %u views, access_required %d", c->line, is.mode, is.view_count,
                 is.access_required);
}

/* Whether a guest sees that it runs on Xen: without an option nothing is said about it. */
static void xen_face(void **state)
{
    static const struct {
        const char *line;
        enum boot_face face;
    } faces[] = {
        {"end=halt", BOOT_FACE_AUTO},
        {"xen-face=on", BOOT_FACE_ON},
        {"xen-face=off", BOOT_FACE_OFF},
        {"xen-face=off xen-face=on", BOOT_FACE_ON},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(faces); i++) {
        struct boot_options is;
        struct refusal why;

        assert_true(options_parse(&is, faces[i].line, &why));
        if (is.xen_face != faces[i].face)
            fail_msg("'%s': xen_face %d", faces[i].line, is.xen_face);
    }
}

/* Without an option: all CPUs, and altview does not ignore one that does not answer. */
static void which_cpus(void **state)
{
    static const struct {
        const char *line;
        unsigned int cpus;
        bool watch_silent;
    } lines[] = {
        {"", BOOT_MAX_CPUS, false},
        {"cpus=1", 1, false},
        {"cpus=64 silent-cpus=watch", 64, true},
        {"silent-cpus=watch silent-cpus=refuse cpus=3", 3, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct boot_options is;
        struct refusal why;

        assert_true(options_parse(&is, lines[i].line, &why));
        if (is.cpus != lines[i].cpus || is.watch_silent != lines[i].watch_silent)
            fail_msg("'%s': %u CPUs, watch_silent %d", lines[i].line, is.cpus, is.watch_silent);
    }
}

/* The last one counts. */
static void who_serves_vmfunc(void **state)
{
    static const struct {
        const char *line;
        bool software;
    } lines[] = {
        {"", false},
        {"vmfunc=auto", false},
        {"vmfunc=software", true},
        {"vmfunc=software vmfunc=auto", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct boot_options is;
        struct refusal why;

        assert_true(options_parse(&is, lines[i].line, &why));
        assert_int_equal(is.vmfunc_in_software, lines[i].software);
    }
}

static void every_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check_case(&cases[i]);
}

static void pool_sizes(void **state)
{
    static const struct {
        const char *line;
        unsigned int pool;
    } sizes[] = {{"", BOOT_POOL_ALL}, {"pool=0", 0}, {"pool=17", 17}, {"pool=1000000", 1000000}};
    struct boot_options options;
    struct refusal why;

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_true(options_parse(&options, sizes[i].line, &why));
        assert_int_equal(options.pool, sizes[i].pool);
    }
}

/* A word longer than any buffer is cut in the message, and does not overrun the buffer. */
static void long_word(void **state)
{
    static char line[5000];
    struct boot_options options;
    struct refusal why;

    (void)state;
    memset(line, 'a', sizeof(line) - 1);
    assert_false(options_parse(&options, line, &why));
    assert_true(strlen(why.subject) < sizeof(why.subject));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line), cmocka_unit_test(which_cpus),
        cmocka_unit_test(pool_sizes), cmocka_unit_test(xen_face),
        cmocka_unit_test(long_word),  cmocka_unit_test(who_serves_vmfunc),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
