/* SPDX-License-Identifier: BSD-2-Clause */
/* How a handle finds its domain over real sockets and terminals, and which peers it refuses. */
#include "peer.h"

#include <altview/altview.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

static char runtime[] = "/tmp/altview-test-XXXXXX";
static const struct altview_hello greeting = {.version = ALTVIEW_CONTROL_VERSION, .domid = 1};

static int make_runtime(void **state)
{
    (void)state;
    unsetenv("ALTVIEW");
    return !mkdtemp(runtime) || setenv("XDG_RUNTIME_DIR", runtime, 1);
}

static void in_runtime(const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/altview%s%s", runtime, *name ? "/" : "", name);
}

static int remove_runtime(void **state)
{
    char path[128];

    (void)state;
    in_runtime("", path, sizeof(path));
    return (rmdir(path) && errno != ENOENT) || rmdir(runtime);
}

static void says(const char *text)
{
    if (!strstr(altview_error(), text)) {
        fail_msg("\"%s\" is not in \"%s\"", text, altview_error());
    }
}

static void refuses(const char *where, unsigned int flags, int error, const char *text)
{
    altview *h = NULL;

    assert_int_equal(altview_open(where, flags, &h), error);
    assert_null(h);
    says(text);
}

static void greet(struct peer *p)
{
    struct request r;

    while (peer_receive(p, &r)) {
        peer_reply(p, &r, 0, &greeting, sizeof(greeting));
    }
}

static int listener;

static void accept_and_greet(struct peer *p)
{
    p->fd = accept(listener, NULL, NULL);
    CHECK(p->fd >= 0);
    greet(p);
}

static void opens(const char *where, void (*script)(struct peer *p), int fd)
{
    struct peer p;
    altview *h = NULL;

    peer_run(&p, fd, script);
    int rc = altview_open(where, 0, &h);
    if (rc) {
        fail_msg("%s", altview_error());
    }
    altview_close(h);
    peer_join(&p);
}

static void listen_at_name(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char path[108];

    assert_int_equal(run_socket(name, path, sizeof(path)), 0);
    strcpy(a.sun_path, path);
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(listener, 1), 0);
}

static void forget_name(const char *name)
{
    char path[108];

    assert_int_equal(run_socket(name, path, sizeof(path)), 0);
    assert_int_equal(unlink(path), 0);
}

static void what_is_no_transport_is_refused(void **state)
{
    (void)state;
    refuses("carrier-pigeon:5", 0, -EINVAL, "\"carrier-pigeon:5\" is not understood");
    refuses("/a/path", 0, -EINVAL, "is not understood");
    refuses("sim:", 4, -EINVAL, "flags 0x4");
    refuses("unix:", 0, -EINVAL, "needs the path");
    refuses("tty:", 0, -EINVAL, "needs a device");
}

static void a_run_is_reached_by_its_name(void **state)
{
    (void)state;
    listen_at_name("alpha");
    opens("unix:alpha", accept_and_greet, -1);
    opens("alpha", accept_and_greet, -1);
    opens(NULL, accept_and_greet, -1); /* there is only one */
    setenv("ALTVIEW", "unix:alpha", 1);
    opens(NULL, accept_and_greet, -1);
    setenv("ALTVIEW", "", 1); /* an empty variable counts as unset */
    opens(NULL, accept_and_greet, -1);
    unsetenv("ALTVIEW");
    close(listener);
    refuses("unix:alpha", 0, -ECONNREFUSED, "that run has ended");
    forget_name("alpha");
    refuses("unix:alpha", 0, -ENOENT, "altview run");
}

static void of_several_runs_one_must_be_chosen(void **state)
{
    (void)state;
    refuses(NULL, 0, -ENOENT, "no domain runs: start one with `altview run GUEST`");
    listen_at_name("alpha");
    int alpha = listener;
    listen_at_name("beta");
    altview *h = NULL;
    assert_int_equal(altview_open(NULL, 0, &h), -EINVAL);
    says("alpha");
    says("beta");
    says("ALTVIEW=");
    close(alpha); /* the process was killed: its socket file stays, and no process listens */
    close(listener);
    forget_name("beta");
    listen_at_name("beta");
    opens("beta", accept_and_greet, -1);
    opens(NULL, accept_and_greet, -1); /* only one answers */
    close(listener);
    forget_name("alpha");
    forget_name("beta");
}

static void names_lead_nowhere_else(void **state)
{
    char path[128];

    (void)state;
    assert_int_equal(run_socket("", path, sizeof(path)), -EINVAL);
    assert_int_equal(run_socket("..", path, sizeof(path)), -EINVAL);
    assert_int_equal(run_socket("../x", path, sizeof(path)), -EINVAL);
    assert_int_equal(run_socket("alpha", path, 10), -ENAMETOOLONG);
    char where[300] = "unix:/";
    memset(where + 6, 'x', 200);
    where[206] = '\0';
    refuses(where, 0, -ENAMETOOLONG, "a socket's path has at most 107 bytes");
}

static void the_run_directory_is_ours_alone(void **state)
{
    char path[128], expected[128];
    struct stat s;

    (void)state;
    in_runtime("", expected, sizeof(expected));
    assert_int_equal(run_directory(path, sizeof(path)), 0);
    assert_string_equal(path, expected);
    assert_int_equal(lstat(path, &s), 0);
    assert_int_equal(s.st_mode & 07777, 0700);
    assert_int_equal(run_directory(path, sizeof(path)), 0); /* it may exist already */
    char small[5];
    assert_int_equal(run_directory(small, sizeof(small)), -ENAMETOOLONG);
    assert_string_equal(small, ""); /* it does not return a different directory's path */
    /* Other users could put their sockets there. */
    assert_int_equal(chmod(expected, 0770), 0);
    assert_int_equal(run_directory(path, sizeof(path)), -EACCES);
    says("mode 0700");
    refuses(NULL, 0, -EACCES, "mode 0700");
    assert_int_equal(rmdir(expected), 0);
    /* Or it could lead to another directory. */
    assert_int_equal(symlink("/", expected), 0);
    assert_int_equal(run_directory(path, sizeof(path)), -EACCES);
    assert_int_equal(unlink(expected), 0);
}

/* A user that may write beside our directory may replace it. In a sticky directory that is
 * impossible. */
static void the_runtime_directory_is_no_others(void **state)
{
    char path[128], expected[128];

    (void)state;
    in_runtime("", expected, sizeof(expected));
    for (mode_t mode = 0720; mode != 0777; mode = mode == 0720 ? 0702 : 0777) {
        assert_int_equal(chmod(runtime, mode), 0);
        assert_int_equal(run_directory(path, sizeof(path)), -EACCES);
        says("others may write: set it to a directory of your own");
        assert_int_equal(rmdir(expected), -1); /* the call made no directory */
    }
    assert_int_equal(chmod(runtime, 01777), 0);
    assert_int_equal(run_directory(path, sizeof(path)), 0);
    assert_int_equal(rmdir(expected), 0);
    assert_int_equal(chmod(runtime, 0700), 0);
    setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
    assert_int_equal(run_directory(path, sizeof(path)), -ENOENT);
    setenv("XDG_RUNTIME_DIR", runtime, 1);
}

static void without_a_runtime_directory_there_is_one_in_tmp(void **state)
{
    static const char *const unusable[] = {NULL, "", "relative"};
    char path[128], expected[64];

    (void)state;
    snprintf(expected, sizeof(expected), "/tmp/altview-%u", geteuid());
    for (int i = 0; i < 3; i++) {
        if (unusable[i]) {
            setenv("XDG_RUNTIME_DIR", unusable[i], 1);
        } else {
            unsetenv("XDG_RUNTIME_DIR");
        }
        assert_int_equal(run_directory(path, sizeof(path)), 0);
        assert_string_equal(path, expected);
    }
    setenv("XDG_RUNTIME_DIR", runtime, 1);
}

/* Port of a listener on that loopback address. */
static unsigned int listen_on_tcp(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(a);

    listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &size), 0);
    return ntohs(a.sin_port);
}

static void tcp_reaches_this_machine(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"};
    unsigned int port = listen_on_tcp();
    char where[64];

    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(where, sizeof(where), "tcp:%s:%u", hosts[i], port);
        opens(where, accept_and_greet, -1);
    }
    close(listener);
    snprintf(where, sizeof(where), "tcp:127.0.0.1:%u", port);
    refuses(where, 0, -ECONNREFUSED, "can't connect");
}

static void tcp_keeps_away_from_others(void **state)
{
    (void)state;
    /* TEST-NET-1: no machine has these. */
    refuses("tcp:192.0.2.1:4000", 0, -EACCES, "ALTVIEW_OPEN_REMOTE");
    refuses("tcp:0.0.0.0:4000", 0, -EACCES, "ALTVIEW_OPEN_REMOTE");
    refuses("tcp:[::]:4000", 0, -EACCES, "ALTVIEW_OPEN_REMOTE");
    refuses("tcp:[::ffff:192.0.2.1]:4000", 0, -EACCES, "ALTVIEW_OPEN_REMOTE");
    refuses("tcp:localhost", 0, -EINVAL, "tcp:HOST:PORT");
    refuses("tcp::4000", 0, -EINVAL, "tcp:HOST:PORT");
    refuses("tcp:localhost:", 0, -EINVAL, "tcp:HOST:PORT");
    refuses("tcp:localhost:no-such-port", 0, -EINVAL, "tcp:localhost:no-such-port");
}

/* With the option the library tries it: 0.0.0.0 is this machine under another address, where no
 * process listens. */
static void tcp_goes_further_when_forced(void **state)
{
    unsigned int port = listen_on_tcp();
    char where[64];

    (void)state;
    close(listener);
    snprintf(where, sizeof(where), "tcp:0.0.0.0:%u", port);
    refuses(where, ALTVIEW_OPEN_REMOTE, -ECONNREFUSED, "can't connect");
}

static void a_serial_line_is_made_raw_and_ours(void **state)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct termios t;
    char where[64];

    (void)state;
    assert_true(master >= 0);
    assert_int_equal(grantpt(master) || unlockpt(master), 0);
    snprintf(where, sizeof(where), "tty:%s", ptsname(master));
    int other = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(other >= 0);
    struct peer p;
    altview *h = NULL;
    peer_run(&p, master, greet);
    assert_int_equal(altview_open(where, 0, &h), 0);
    assert_int_equal(tcgetattr(other, &t), 0);
    assert_int_equal(cfgetospeed(&t), B115200);
    assert_int_equal(t.c_lflag & (ECHO | ICANON | ISIG), 0);
    assert_int_equal(t.c_oflag & OPOST, 0);
    assert_int_equal(t.c_cflag & (CSIZE | PARENB | CSTOPB), CS8);
    altview_close(h);
    close(other);
    peer_join(&p);
}

static void what_is_no_serial_line_is_refused(void **state)
{
    (void)state;
    refuses("tty:/dev/null", 0, -ENOTTY, "/dev/null is not a serial line");
    refuses("tty:/dev/no-such-line", 0, -ENOENT, "/dev/no-such-line");
}

static void hang_up_after_greeting(struct peer *p)
{
    struct request r;

    p->fd = accept(listener, NULL, NULL);
    peer_expect(p, &r, ALTVIEW_HELLO);
    peer_reply(p, &r, 0, &greeting, sizeof(greeting));
}

/* SIGPIPE would end the process; SIGALRM interrupts waits. */
static void signals_do_no_harm(void **state)
{
    struct peer p;
    altview *h;

    (void)state;
    listen_at_name("alpha");
    peer_run(&p, -1, hang_up_after_greeting);
    assert_int_equal(altview_open("alpha", 0, &h), 0);
    peer_join(&p);
    assert_int_equal(altview_pause(h, 0), -ENOTCONN);
    assert_int_equal(altview_pause(h, 0), -ENOTCONN);
    altview_close(h);
    close(listener);
    forget_name("alpha");
}

static void nothing(int signal)
{
    (void)signal;
}

static void answer_late(struct peer *p)
{
    struct request r;

    p->fd = accept(listener, NULL, NULL);
    peer_expect(p, &r, ALTVIEW_HELLO);
    CHECK(peer_hears_nothing(p, 50));
    peer_reply(p, &r, 0, &greeting, sizeof(greeting));
    peer_wait_for_end(p);
}

static void an_interrupted_wait_goes_on(void **state)
{
    const struct sigaction action = {.sa_handler = nothing}; /* without SA_RESTART */
    struct itimerval often = {{0, 2000}, {0, 2000}}, never = {{0, 0}, {0, 0}};
    struct peer p;
    altview *h;
    sigset_t alarm;

    (void)state;
    listen_at_name("alpha");
    /* Only this thread gets the signals. */
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    peer_run(&p, -1, answer_late);
    pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    int rc = altview_open("alpha", 0, &h);
    struct altview_event e;
    int waited = rc ? rc : altview_next_event(h, &e, 30);
    setitimer(ITIMER_REAL, &never, NULL);
    assert_int_equal(rc, 0);
    assert_int_equal(waited, -EAGAIN);
    altview_close(h);
    peer_join(&p);
    close(listener);
    forget_name("alpha");
}

/* The descriptor that is connected to PATH, or -1. The function searches all descriptors: the
 * number is chance, because the peer's thread opens descriptors at the same time. */
static int connected_to(const char *path)
{
    for (int fd = 0; fd < FD_SETSIZE; fd++) {
        struct sockaddr_un a = {0};
        socklen_t size = sizeof(a);

        if (!getpeername(fd, (struct sockaddr *)&a, &size) && a.sun_family == AF_UNIX &&
            !strcmp(a.sun_path, path)) {
            return fd;
        }
    }
    return -1;
}

static void is_not_inherited(int fd)
{
    int flags = fcntl(fd, F_GETFD);

    assert_true(flags >= 0);
    assert_true(flags & FD_CLOEXEC);
}

static void descriptors_are_not_inherited(void **state)
{
    struct peer p;
    altview *h;
    char path[108];

    (void)state;
    listen_at_name("alpha");
    assert_int_equal(run_socket("alpha", path, sizeof(path)), 0);
    peer_run(&p, -1, accept_and_greet);
    assert_int_equal(altview_open("alpha", 0, &h), 0);
    is_not_inherited(altview_event_fd(h));
    is_not_inherited(connected_to(path));
    altview_close(h);
    peer_join(&p);
    close(listener);
    forget_name("alpha");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_transport_is_refused),
        cmocka_unit_test(a_run_is_reached_by_its_name),
        cmocka_unit_test(of_several_runs_one_must_be_chosen),
        cmocka_unit_test(names_lead_nowhere_else),
        cmocka_unit_test(the_run_directory_is_ours_alone),
        cmocka_unit_test(the_runtime_directory_is_no_others),
        cmocka_unit_test(without_a_runtime_directory_there_is_one_in_tmp),
        cmocka_unit_test(tcp_reaches_this_machine),
        cmocka_unit_test(tcp_keeps_away_from_others),
        cmocka_unit_test(tcp_goes_further_when_forced),
        cmocka_unit_test(a_serial_line_is_made_raw_and_ours),
        cmocka_unit_test(what_is_no_serial_line_is_refused),
        cmocka_unit_test(signals_do_no_harm),
        cmocka_unit_test(an_interrupted_wait_goes_on),
        cmocka_unit_test(descriptors_are_not_inherited),
    };

    return cmocka_run_group_tests(tests, make_runtime, remove_runtime);
}
