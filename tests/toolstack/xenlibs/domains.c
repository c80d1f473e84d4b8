/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections that all handles of a process share. */
#include "toolstack/xen/domains.h"

#include "tests/toolstack/lib/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xenctrl.h>

#include <cmocka.h>

static void several_runs_are_several_domains(void **state)
{
    struct xen_domain d;
    bool on = true;

    (void)state;
    setenv("ALTVIEW_XEN", "sim:memory=16\nsim:vcpus=2,memory=16", 1);
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);
    assert_non_null(xch);
    assert_int_equal(altview_xen_count(), 2);
    for (unsigned int i = 0; i < 2; i++) {
        assert_true(altview_xen_at(i, &d));
        assert_int_equal(d.domid, 1 + i);
        assert_string_equal(d.name, "sim");
    }
    assert_false(altview_xen_at(2, &d));
    assert_int_equal(xc_altp2m_set_domain_state(xch, 2, true), 0);
    assert_int_equal(xc_altp2m_get_domain_state(xch, 1, &on), 0);
    assert_false(on);
    assert_int_equal(xc_altp2m_get_domain_state(xch, 3, &on), -1);
    assert_int_equal(errno, ESRCH);
    assert_non_null(strstr(xc_get_last_error(xch)->message, "domain 3"));
    xc_interface_close(xch);
    assert_int_equal(altview_xen_count(), 0);
}

/* A simulated domain lives as long as its connection: one handle sees the settings of the other. */
static void handles_share_a_connection(void **state)
{
    bool on = false;

    (void)state;
    setenv("ALTVIEW_XEN", "sim:", 1);
    xc_interface *one = xc_interface_open(NULL, NULL, 0);
    xc_interface *two = xc_interface_open(NULL, NULL, 0);
    assert_non_null(one);
    assert_non_null(two);
    assert_int_equal(xc_altp2m_set_domain_state(one, 1, true), 0);
    xc_interface_close(one);
    assert_int_equal(xc_altp2m_get_domain_state(two, 1, &on), 0);
    assert_true(on);
    xc_interface_close(two);
}

static void one_bad_name_opens_none(void **state)
{
    (void)state;
    setenv("ALTVIEW_XEN", "sim:\ncarrier-pigeon:", 1);
    assert_int_equal(altview_xen_open(), -EINVAL);
    assert_int_equal(altview_xen_count(), 0);
}

static int listener;
static uint64_t instance; /* of the run that listens */

static unsigned int open_files(void)
{
    unsigned int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* It can't reach its parent's simulated domain, and leaves no descriptor. */
static int look_in_child(unsigned int files)
{
    if (open_files() != files) {
        return 1;
    }
    return !altview_xen_domain(1) && errno == ESRCH ? 0 : 2;
}

static void a_child_closes_its_copies(void **state)
{
    unsigned int files = open_files();
    int status = -1;
    void *pages;
    altview *h;
    pid_t child;

    (void)state;
    setenv("ALTVIEW_XEN", "sim:", 1);
    assert_int_equal(altview_xen_open(), 0);
    h = altview_xen_domain(1);
    assert_non_null(h);
    assert_true(altview_event_fd(h) >= 0);
    assert_int_equal(altview_map(h, ALTVIEW_NO_VIEW, 0x100, 1, PROT_READ | PROT_WRITE, &pages), 0);
    assert_int_equal(altview_unmap(h, pages, 1), 0);
    assert_true(open_files() > files);
    child = fork();
    if (!child) {
        _exit(look_in_child(files));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    altview_xen_close();
    assert_int_equal(open_files(), files);
}

/* A run that greets all clients of one connection. */
static void greet(struct peer *p)
{
    const struct altview_hello hello = {
        .version = ALTVIEW_CONTROL_VERSION, .domid = 1, .instance = instance};
    struct request r;

    p->fd = accept(listener, NULL, NULL);
    CHECK(p->fd >= 0);
    while (peer_receive(p, &r)) {
        CHECK(r.frame.type == ALTVIEW_HELLO);
        peer_reply(p, &r, 0, &hello, sizeof(hello));
    }
}

static void listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 4), 0);
}

/* The child: its connection is its own, and keeps none of the parent's alive. */
static int use_in_child(int until)
{
    struct altview_hello hello;
    altview *h = altview_xen_domain(1);
    char byte;

    if (!h || altview_hello(h, &hello) || hello.domid != 1) {
        return 1;
    }
    return read(until, &byte, 1) == 0 ? 0 : 2;
}

/* The child: the run that listens there by now is not the one that its parent knows. */
static int miss_in_child(void)
{
    return !altview_xen_domain(1) && errno == ESRCH && strstr(altview_error(), "another") ? 0 : 1;
}

static void fork_with(bool same)
{
    char directory[] = "/tmp/altview-domains-XXXXXX", path[64], where[80];
    struct peer parents, childs;
    struct xen_domain d;
    int ends[2], status = -1;

    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/demo.sock", directory);
    snprintf(where, sizeof(where), "unix:%s", path);
    listen_at(path);
    setenv("ALTVIEW_XEN", where, 1);
    peer_run(&parents, -1, greet);
    assert_int_equal(altview_xen_open(), 0);
    assert_true(altview_xen_at(0, &d));
    assert_string_equal(d.name, "demo");
    instance += !same;
    peer_run(&childs, -1, greet);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (!child) {
        close(ends[1]);
        _exit(same ? use_in_child(ends[0]) : miss_in_child());
    }
    /* The child lives until the parent's peer has seen that its connection is closed. */
    altview_xen_close();
    peer_join(&parents);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    peer_join(&childs);
    close(ends[0]);
    close(listener);
    unlink(path);
    rmdir(directory);
}

static void a_child_has_its_own(void **state)
{
    (void)state;
    fork_with(true);
}

static void a_child_takes_no_other_run(void **state)
{
    (void)state;
    fork_with(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_runs_are_several_domains),
        cmocka_unit_test(handles_share_a_connection),
        cmocka_unit_test(one_bad_name_opens_none),
        cmocka_unit_test(a_child_closes_its_copies),
        cmocka_unit_test(a_child_has_its_own),
        cmocka_unit_test(a_child_takes_no_other_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
