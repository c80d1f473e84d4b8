/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run on a terminal: a process that serves a machine, on a pseudo-terminal. The test plays the
 * rest: the machine's two serial ports, and the terminal, which answers the questions of any
 * program.
 * usage: run-console [tcp]
 *   tcp   the machine connects its serial port 1 over TCP, as Bochs does
 */
#include "toolstack/machine/hub/serve.h"

#include "control/frame.h"
#include "toolstack/machine/hub/port.h"
#include "toolstack/machine/process.h"
#include "toolstack/machine/terminal/terminal.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <cmocka.h>

#define HANGS_MS 60000 /* only a hang reaches it */

struct act {
    char directory[64];
    int master, slave; /* the terminal; this end of it keeps its settings */
    struct termios before;
    int serial, port; /* the machine's ends */
    pid_t server;
    char shown[65536]; /* on the terminal */
    size_t shown_size;
};

static bool over_tcp;

static struct sockaddr_un address_of(const struct act *a)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", a->directory);
    return address;
}

static int make_file(const struct act *a, const char *name)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", a->directory, name);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static pid_t machine(void)
{
    pid_t child = fork();

    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    return child;
}

static int listen_here(const struct act *a)
{
    struct sockaddr_un address = address_of(a);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    return bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 4)
               ? -1
               : listener;
}

/* The ends of the lines that the run serves; -1: none. */
struct ends {
    int serial, serial_listener, port, listener;
};

/* As `altview run` does it. */
static _Noreturn void serve_here(const struct act *a, const struct ends *ends)
{
    struct terminal terminal;
    struct service service = {.port_listener = -1,
                              .serial_listener = ends->serial_listener,
                              .port = ends->port,
                              .serial = ends->serial,
                              .input = STDIN_FILENO,
                              .qmp = -1,
                              .memory = -1,
                              .listener = ends->listener};
    struct service_report report;
    enum service_end end;

    login_tty(a->slave);
    service.emulator = machine();
    service.signals = signals_hold();
    service.guest_output = make_file(a, "output");
    service.log = make_file(a, "log");
    service.leaves = terminal_hold(&terminal);
    end = serve(&service, &report);
    terminal_release(&terminal);
    _exit(service.leaves ? (int)end : 99);
}

/* Waits until the terminal has shown the text. The terminal must never show the forbidden text. */
static void expect_shown(struct act *a, const char *text)
{
    while (!strstr(a->shown, text)) {
        struct pollfd p = {.fd = a->master, .events = POLLIN};
        ssize_t got;

        if (poll(&p, 1, HANGS_MS) <= 0) {
            fail_msg("\"%s\" is not shown, but \"%s\"", text, a->shown);
        }
        got = read(a->master, a->shown + a->shown_size, sizeof(a->shown) - 1 - a->shown_size);
        assert_true(got > 0);
        a->shown_size += (size_t)got;
        a->shown[a->shown_size] = 0;
    }
}

static void send_text(int to, const char *text)
{
    assert_int_equal(send(to, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void open_pair(int *machine, int *run)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    *machine = ends[0];
    *run = ends[1];
}

/* As Bochs does it: the connection waits until the run accepts it. */
static int connect_to(unsigned int number)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)number),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int serial = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(serial, (const struct sockaddr *)&address, sizeof(address)), 0);
    return serial;
}

static void open_serial(struct act *a, struct ends *ends)
{
    unsigned int number;

    if (!over_tcp) {
        open_pair(&a->serial, &ends->serial);
        return;
    }
    ends->serial_listener = port_listen(&number);
    assert_true(ends->serial_listener >= 0);
    a->serial = connect_to(number);
}

static void close_ends(const struct ends *ends)
{
    close(ends->port);
    close(ends->listener);
    close(over_tcp ? ends->serial_listener : ends->serial);
}

static int set_up(void **state)
{
    static struct act a;
    struct ends ends = {.serial = -1, .serial_listener = -1};

    memset(&a, 0, sizeof(a));
    strcpy(a.directory, "/tmp/altview-console-XXXXXX");
    assert_non_null(mkdtemp(a.directory));
    assert_int_equal(openpty(&a.master, &a.slave, NULL, NULL, NULL), 0);
    assert_int_equal(tcgetattr(a.slave, &a.before), 0);
    open_pair(&a.port, &ends.port);
    open_serial(&a, &ends);
    ends.listener = listen_here(&a);
    assert_true(ends.listener >= 0);
    a.server = fork();
    if (!a.server) {
        close(a.master);
        close(a.serial);
        close(a.port);
        serve_here(&a, &ends);
    }
    close_ends(&ends);
    *state = &a;
    send_text(a.port, "altview: starting the guest\n");
    expect_shown(&a, "starting the guest\r\n");
    return 0;
}

static int tear_down(void **state)
{
    struct act *a = *state;
    char command[128];

    if (a->server) {
        kill(a->server, SIGKILL);
        waitpid(a->server, NULL, 0);
    }
    close(a->master);
    close(a->slave);
    close(a->serial);
    close(a->port);
    snprintf(command, sizeof(command), "rm -r %s", a->directory);
    return system(command);
}

/* The text typed into the guest, up to the part that must have arrived. */
static void expect_typed(const struct act *a, const char *want)
{
    char typed[256] = "";
    size_t size = 0;

    while (size < strlen(want)) {
        struct pollfd p = {.fd = a->serial, .events = POLLIN};
        ssize_t got;

        assert_true(poll(&p, 1, HANGS_MS) > 0);
        got = recv(a->serial, typed + size, sizeof(typed) - 1 - size, 0);
        assert_true(got > 0);
        size += (size_t)got;
        typed[size] = 0;
    }
    assert_string_equal(typed, want);
}

static int end_of(struct act *a)
{
    int status;

    assert_int_equal(waitpid(a->server, &status, 0), a->server);
    a->server = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool terminal_is_as_before(const struct act *a)
{
    struct termios now;

    assert_int_equal(tcgetattr(a->slave, &now), 0);
    return now.c_lflag == a->before.c_lflag && now.c_iflag == a->before.c_iflag &&
           !memcmp(now.c_cc, a->before.c_cc, sizeof(now.c_cc));
}

static void type(const struct act *a, const char *keys)
{
    assert_int_equal(write(a->master, keys, strlen(keys)), strlen(keys));
}

/* Each key goes to the guest at once, also the terminal's own keys. The terminal echoes none. */
static void test_all_keys_are_the_guests(void **state)
{
    struct act *a = *state;

    assert_false(terminal_is_as_before(a));
    type(a, "ls\r\x03\x1a\x1c\x04\x13\x11\x16\x7f\x1b[A\t");
    expect_typed(a, "ls\r\x03\x1a\x1c\x04\x13\x11\x16\x7f\x1b[A\t");
    send_text(a->serial, "echoed by the guest\r\n");
    expect_shown(a, "echoed by the guest\r");
    assert_null(strstr(a->shown, "ls"));
}

static void test_control_bracket_leaves(void **state)
{
    struct act *a = *state;

    type(a, "\x1d");
    assert_int_equal(end_of(a), SERVICE_INTERRUPTED);
    assert_true(terminal_is_as_before(a));
}

/* This test replaces the terminal's program: it looks for questions. */
static void test_nobody_answers_the_guests_questions(void **state)
{
    static const char *const asks[] = {"\x1b[6n",       "\x1b[c",     "\x1b[>c", "\x1bP$qm\x1b\\",
                                       "\x1b]11;?\x07", "\x1b[18t",   "\x05",    "\x1bZ",
                                       "\x1b[?25$p",    "\x1b[?1004h"};
    struct act *a = *state;

    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        send_text(a->serial, asks[i]);
        send_text(a->serial, "\x1b[1masked\x1b[0m\r\n");
    }
    send_text(a->serial, "end\r\n");
    expect_shown(a, "end\r");
    for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
        assert_null(strstr(a->shown, asks[i]));
    }
    assert_non_null(strstr(a->shown, "\x1b[1masked\x1b[0m\r"));
}

/* The terminal shows the guest's line as one line, and the log's too, whichever comes first. */
static void test_lines_are_whole(void **state)
{
    struct act *a = *state;

    send_text(a->serial, "login: ");
    expect_shown(a, "login: ");
    send_text(a->port, "altview: a line ");
    send_text(a->serial, "ro");
    expect_shown(a, "login: ro");
    send_text(a->port, "of the log\n");
    expect_shown(a, "login: ro\r\x1b[Kaltview: a line of the log\r\nlogin: ro");
    send_text(a->serial, "ot\r\n");
    expect_shown(a, "of the log\r\nlogin: root\r");
}

/* Also where the run can't clean up at its end. */
static void terminal_survives(struct act *a, int signal)
{
    kill(a->server, signal);
    end_of(a);
    for (int i = 0; !terminal_is_as_before(a); i++) {
        assert_in_range(i, 0, HANGS_MS / 10);
        usleep(10000);
    }
}

static void test_sigkill(void **state)
{
    terminal_survives(*state, SIGKILL);
}

static void test_sigsegv(void **state)
{
    terminal_survives(*state, SIGABRT);
}

static void test_sigterm(void **state)
{
    terminal_survives(*state, SIGTERM);
}

static void test_sigquit(void **state)
{
    terminal_survives(*state, SIGQUIT);
}

/* The hub's requests to the hypervisor before it serves its first client. */
static void greet(const struct act *a)
{
    struct altview_frame asked;
    struct {
        struct altview_frame frame;
        struct altview_hello hello;
    } reply = {.frame = {.kind = ALTVIEW_FRAME_REPLY,
                         .type = ALTVIEW_HELLO,
                         .length = sizeof(reply.hello)},
               .hello = {.vcpu_count = 1}};

    assert_true(poll(&(struct pollfd){.fd = a->port, .events = POLLIN}, 1, HANGS_MS) > 0);
    assert_int_equal(recv(a->port, &asked, sizeof(asked), 0), sizeof(asked));
    assert_int_equal(asked.type, ALTVIEW_HELLO);
    reply.frame.sequence = asked.sequence;
    assert_int_equal(send(a->port, &reply, frame_seal(&reply.frame), 0), sizeof(reply));
}

/* Another client attaches to the same port, and detaches: the run goes on. */
static void test_a_console_is_attached(void **state)
{
    struct act *a = *state;
    struct sockaddr_un address = address_of(a);
    struct altview_frame ask = {
        .kind = ALTVIEW_FRAME_REQUEST, .type = ALTVIEW_CONSOLE, .sequence = 7};
    struct {
        struct altview_frame frame;
        struct altview_console console;
    } reply;
    char bytes[16] = "";
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    send_text(a->serial, "before\r\n");
    expect_shown(a, "before\r");
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(write(client, &ask, frame_seal(&ask)), sizeof(ask));
    greet(a);
    assert_int_equal(recv(client, &reply, sizeof(reply), MSG_WAITALL), sizeof(reply));
    assert_int_equal(reply.frame.status, 0);
    assert_int_equal(reply.frame.sequence, 7);
    assert_int_equal(reply.console.flags, ALTVIEW_CONSOLE_INPUT);
    send_text(client, "typed");
    expect_typed(a, "typed");
    send_text(a->serial, "\x1b[6nafter");
    assert_int_equal(recv(client, bytes, 9, MSG_WAITALL), 9); /* unchanged: its user filters */
    assert_string_equal(bytes, "\x1b[6nafter");
    close(client);
    send_text(a->serial, " it\r\n");
    expect_shown(a, "after it\r");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_all_keys_are_the_guests),
        TEST(test_control_bracket_leaves),
        TEST(test_nobody_answers_the_guests_questions),
        TEST(test_lines_are_whole),
        TEST(test_sigkill),
        TEST(test_sigsegv),
        TEST(test_sigterm),
        TEST(test_sigquit),
        TEST(test_a_console_is_attached),
    };

    signal(SIGPIPE, SIG_IGN);
    over_tcp = argc > 1 && !strcmp(argv[1], "tcp");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
