/* SPDX-License-Identifier: BSD-2-Clause */
/* A separate process serves the machine; its standard output and error are pipes. The test plays
 * its surroundings: a reader that reads or does not, the hypervisor at serial port 2, a client. */
#include "toolstack/machine/hub/serve.h"

#include "control/frame.h"
#include "control/ring.h"
#include "toolstack/machine/hub/port.h"
#include "toolstack/machine/process.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define HANGS_MS 60000 /* only a hang reaches it */
#define OUTPUT   (1024 * 1024)

struct act {
    struct service service;
    char directory[64];
    unsigned int number; /* the TCP port */
    int output, log;     /* the files, for writing and for reading */
    int out[2], err[2];  /* the pipes */
    int port, client;
    struct frame_reader port_reader, client_reader;
    pid_t server;
};

static int make_file(const struct act *a, const char *name)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", a->directory, name);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

static struct sockaddr_un address_of(const struct act *a)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", a->directory);
    return address;
}

static int set_up(void **state)
{
    static struct act a;
    struct sockaddr_un address;

    a = (struct act){.directory = "/tmp/altview-serve-XXXXXX", .port = -1, .client = -1};
    assert_non_null(mkdtemp(a.directory));
    address = address_of(&a);
    a.output = make_file(&a, "output");
    a.log = make_file(&a, "log");
    a.service.port_listener = port_listen(&a.number);
    a.service.memory = -1;
    a.service.port = a.service.serial = a.service.serial_listener = a.service.qmp =
        a.service.input = -1;
    a.service.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(a.service.listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(a.service.listener, 4), 0);
    assert_int_equal(pipe2(a.out, O_CLOEXEC) | pipe2(a.err, O_CLOEXEC), 0);
    frame_reader_init(&a.port_reader);
    frame_reader_init(&a.client_reader);
    *state = &a;
    return 0;
}

static int tear_down(void **state)
{
    struct act *a = *state;
    char command[128];
    int fds[] = {a->output,
                 a->log,
                 a->service.port_listener,
                 a->service.listener,
                 a->out[0],
                 a->out[1],
                 a->err[0],
                 a->err[1],
                 a->port,
                 a->client};

    if (a->server) {
        kill(a->server, SIGKILL);
        waitpid(a->server, NULL, 0);
    }
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0) {
            close(fds[i]);
        }
    }
    snprintf(command, sizeof(command), "rm -r %s", a->directory);
    return system(command);
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

/* Its exit status: the end of the service, and the output that no reader took. */
static int status_of(enum service_end end, unsigned int not_taken)
{
    return (int)(end | not_taken << 4);
}

static void serve_here(struct act *a)
{
    struct service_report report;
    enum service_end end;

    dup2(a->out[1], STDOUT_FILENO);
    dup2(a->err[1], STDERR_FILENO);
    close(a->out[0]);
    close(a->err[0]);
    a->service.emulator = machine();
    a->service.signals = signals_hold();
    a->service.guest_output = make_file(a, "output");
    a->service.log = make_file(a, "log");
    end = serve(&a->service, &report);
    _exit(status_of(end, report.not_taken));
}

static int join(int type, const void *address, size_t size)
{
    int s = socket(((const struct sockaddr *)address)->sa_family, type | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(s, address, (socklen_t)size), 0);
    return s;
}

static void send_text(const struct act *a, const char *text)
{
    assert_int_equal(send(a->port, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* The guest has started, and no output has come yet. */
static void start(struct act *a)
{
    struct sockaddr_in port = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)a->number),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    a->server = fork();
    if (!a->server) {
        serve_here(a);
    }
    close(a->service.port_listener);
    close(a->out[1]);
    close(a->err[1]);
    a->service.port_listener = a->out[1] = a->err[1] = -1;
    a->port = join(SOCK_STREAM, &port, sizeof(port));
    send_text(a, "altview: starting the guest\n");
}

/* Byte n of the guest's output. */
static char printed(size_t n)
{
    return (char)(n % 251);
}

static void print(const struct act *a)
{
    static char text[OUTPUT];

    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = printed(i);
    }
    assert_int_equal(write(a->output, text, sizeof(text)), sizeof(text));
}

/* The pipe is full: a writer to the other end, which is in this process, would have to wait. */
static void wait_until_full(int pipe)
{
    char path[64];
    int writes;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", pipe);
    writes = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(writes >= 0);
    for (int i = 0; poll(&(struct pollfd){.fd = writes, .events = POLLOUT}, 1, 0) > 0; i++) {
        assert_in_range(i, 0, HANGS_MS / 10);
        usleep(10000);
    }
    close(writes);
}

static void expect_end(struct act *a, enum service_end end, unsigned int not_taken)
{
    int pidfd = pidfd_open(a->server, 0), status = -1;

    assert_int_equal(poll(&(struct pollfd){.fd = pidfd, .events = POLLIN}, 1, HANGS_MS), 1);
    close(pidfd);
    assert_int_equal(waitpid(a->server, &status, 0), a->server);
    a->server = 0;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), status_of(end, not_taken));
}

static void send_frame(int to, enum altview_frame_kind kind, uint16_t type, uint32_t sequence,
                       const void *payload, size_t size)
{
    struct {
        struct altview_frame frame;
        uint8_t payload[1024];
    } bytes = {
        {.kind = (uint8_t)kind, .type = type, .length = (uint32_t)size, .sequence = sequence}, {0}};

    memcpy(bytes.payload, payload, size);
    size = frame_seal(&bytes.frame);
    assert_int_equal(send(to, &bytes, size, MSG_NOSIGNAL), size);
}

static const struct altview_frame *receive(int from, struct frame_reader *reader)
{
    const struct altview_frame *frame;
    uint8_t bytes[1024];

    while (!(frame = frame_next(reader))) {
        ssize_t got;

        assert_int_equal(poll(&(struct pollfd){.fd = from, .events = POLLIN}, 1, HANGS_MS), 1);
        got = recv(from, bytes, sizeof(bytes), 0);
        assert_true(got > 0);
        frame_feed(reader, bytes, (size_t)got);
    }
    return frame;
}

/* The hypervisor serves requests, up to the first one of this type. */
static void serve_port(struct act *a, uint16_t until)
{
    const struct altview_hello hello = {.vcpu_count = 1};
    uint16_t type;

    do {
        const struct altview_frame *asked = receive(a->port, &a->port_reader);

        type = asked->type;
        send_frame(a->port, ALTVIEW_FRAME_REPLY, type, asked->sequence, &hello,
                   type == ALTVIEW_HELLO ? sizeof(hello) : 0);
    } while (type != until);
}

static void expect_reply(struct act *a, uint16_t type)
{
    const struct altview_frame *frame = receive(a->client, &a->client_reader);

    assert_int_equal(frame->kind, ALTVIEW_FRAME_REPLY);
    assert_int_equal(frame->type, type);
    assert_int_equal(frame->status, 0);
}

static void ask_to_listen(struct act *a)
{
    const struct altview_listen listen = {.sync = 1U << ALTVIEW_EVENT_MEM_ACCESS};
    const struct sockaddr_un address = address_of(a);

    a->client = join(SOCK_STREAM, &address, sizeof(address));
    send_frame(a->client, ALTVIEW_FRAME_REQUEST, ALTVIEW_LISTEN, 1, &listen, sizeof(listen));
}

static void serve_listening(struct act *a)
{
    serve_port(a, ALTVIEW_LISTEN);
    expect_reply(a, ALTVIEW_LISTEN);
}

static void listen_synchronously(struct act *a)
{
    ask_to_listen(a);
    serve_listening(a);
}

/* The path of an event to its monitor, and of the answer back. */
static void expect_an_answer(struct act *a)
{
    const struct altview_event event = {.id = 1, .flags = ALTVIEW_EVENT_SYNC};
    const struct altview_answer answer = {.event = 1};

    send_frame(a->port, ALTVIEW_FRAME_EVENT, event.type, 1, &event, sizeof(event));
    assert_int_equal(receive(a->client, &a->client_reader)->kind, ALTVIEW_FRAME_EVENT);
    send_frame(a->client, ALTVIEW_FRAME_REQUEST, ALTVIEW_ANSWER, 2, &answer, sizeof(answer));
    serve_port(a, ALTVIEW_ANSWER);
    expect_reply(a, ALTVIEW_ANSWER);
}

/* Ctrl-S, a pager: the reader of standard output stops reading. */
static void test_events_reach_their_monitor_while_output_stalls(void **state)
{
    struct act *a = *state;

    start(a);
    listen_synchronously(a);
    print(a);
    wait_until_full(a->out[0]);
    expect_an_answer(a);
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, NOT_TAKEN_OUTPUT);
}

static void test_the_limit_holds_while_output_stalls(void **state)
{
    struct act *a = *state;

    a->service.limit_seconds = 1;
    print(a);
    start(a);
    expect_end(a, SERVICE_LIMIT, NOT_TAKEN_OUTPUT);
}

/* A logger that hangs at the end of standard error. The file has the output that the logger did not
 * take. */
static void test_the_log_stalls(void **state)
{
    struct act *a = *state;
    const char *line = "altview: a line of the log that tells of something or other\n";
    size_t size = 0;

    start(a);
    listen_synchronously(a);
    for (; size < OUTPUT; size += strlen(line)) {
        send_text(a, line);
    }
    wait_until_full(a->err[0]);
    expect_an_answer(a);
    kill(a->server, SIGINT);
    expect_end(a, SERVICE_INTERRUPTED, NOT_TAKEN_LOG);
    assert_true(lseek(a->log, 0, SEEK_END) > (off_t)size);
}

/* The end of the log's file. */
static bool log_ends_with(const struct act *a, const char *text)
{
    char end[64];
    off_t size = lseek(a->log, 0, SEEK_END), length = (off_t)strlen(text);

    return size >= length && pread(a->log, end, (size_t)length, size - length) == length &&
           !memcmp(end, text, (size_t)length);
}

/* Its bytes come one by one, and the guest prints meanwhile: the service shows whole lines of the
 * log, except perhaps the very last. */
static void test_the_log_comes_in_lines(void **state)
{
    struct act *a = *state;

    start(a);
    listen_synchronously(a);
    send_text(a, "altview: half of ");
    expect_an_answer(a); /* it comes after the log on the line */
    assert_true(log_ends_with(a, "starting the guest\n"));
    send_text(a, "a line\n");
    send_text(a, "altview: no end");
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    assert_true(log_ends_with(a, "half of a line\naltview: no end") ||
                log_ends_with(a, "altview: half of "));
}

static void test_what_waited_is_shown_when_it_is_taken(void **state)
{
    struct act *a = *state;
    char bytes[777];
    size_t size = 0;
    ssize_t got;

    print(a);
    start(a);
    wait_until_full(a->out[0]);
    send_text(a, "altview: end: status 0: the guest powered off\n");
    while ((got = read(a->out[0], bytes, sizeof(bytes))) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            assert_int_equal(bytes[i], printed(size + (size_t)i));
        }
        size += (size_t)got;
    }
    assert_int_equal(size, OUTPUT);
    expect_end(a, SERVICE_ENDED, 0);
}

static void test_a_machine_ends_though_nobody_reads(void **state)
{
    struct act *a = *state;

    print(a);
    start(a);
    wait_until_full(a->out[0]);
    send_text(a, "altview: end: status 0: the guest powered off\n");
    expect_end(a, SERVICE_ENDED, NOT_TAKEN_OUTPUT);
}

static void test_the_reader_goes(void **state)
{
    struct act *a = *state;

    start(a);
    close(a->out[0]);
    a->out[0] = -1;
    print(a);
    expect_end(a, SERVICE_UNHEARD, 0);
}

/* A machine whose serial lines and QEMU monitor are sockets from the start. */
static void start_on_sockets(struct act *a, int *serial, int *qmp)
{
    int lines[3][2];

    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lines[i]), 0);
        assert_int_equal(fcntl(lines[i][0], F_SETFL, O_NONBLOCK), 0);
    }
    close(a->service.port_listener);
    a->service.port_listener = -1;
    a->service.port = lines[0][0];
    a->service.serial = lines[1][0];
    a->service.qmp = lines[2][0];
    a->server = fork();
    if (!a->server) {
        serve_here(a);
    }
    for (int i = 0; i < 3; i++) {
        close(lines[i][0]);
    }
    close(a->out[1]);
    close(a->err[1]);
    a->out[1] = a->err[1] = -1;
    a->port = lines[0][1];
    *serial = lines[1][1];
    *qmp = lines[2][1];
}

/* All output on serial port 1 is in the file and on standard output, to the end. */
static void test_serial_port_1_goes_to_the_file(void **state)
{
    static char text[OUTPUT / 16], seen[sizeof(text) + 1];
    struct act *a = *state;
    int serial, qmp;
    size_t size = 0;
    ssize_t got;

    start_on_sockets(a, &serial, &qmp);
    for (size_t i = 0; i < sizeof(text); i++) { /* as a UART does */
        text[i] = printed(i);
        assert_int_equal(send(serial, text + i, 1, MSG_NOSIGNAL), 1);
    }
    send_text(a, "altview: end: status 0: the guest powered off\n");
    close(serial);
    while (size < sizeof(seen) && (got = read(a->out[0], seen + size, sizeof(seen) - size)) > 0) {
        size += (size_t)got;
    }
    expect_end(a, SERVICE_ENDED, 0);
    assert_int_equal(size, sizeof(text));
    assert_memory_equal(seen, text, sizeof(text));
    assert_int_equal(pread(a->output, seen, sizeof(seen), 0), sizeof(text));
    assert_memory_equal(seen, text, sizeof(text));
    close(qmp);
}

/* Input comes by the line or all at once, and the guest may read slowly. The end of the input does
 * not end the run. */
static void test_what_is_typed_goes_to_serial_port_1(void **state)
{
    static char typed[OUTPUT / 4];
    struct act *a = *state;
    int serial, qmp, keys[2];
    pid_t typist;

    assert_int_equal(pipe2(keys, O_CLOEXEC), 0);
    a->service.input = keys[0];
    start_on_sockets(a, &serial, &qmp);
    close(keys[0]);
    typist = fork();
    if (!typist) {
        for (size_t i = 0; i < sizeof(typed); i++) {
            typed[i] = printed(i);
        }
        _exit(write(keys[1], typed, sizeof(typed)) != sizeof(typed));
    }
    close(keys[1]);
    for (size_t size = 0; size < sizeof(typed);) {
        ssize_t got;

        assert_int_equal(poll(&(struct pollfd){.fd = serial, .events = POLLIN}, 1, HANGS_MS), 1);
        got = recv(serial, typed, sizeof(typed), 0);
        assert_true(got > 0);
        for (ssize_t i = 0; i < got; i++) {
            assert_int_equal(typed[i], printed(size + (size_t)i));
        }
        size += (size_t)got;
    }
    assert_int_equal(waitpid(typist, NULL, 0), typist);
    send_text(a, "altview: end: status 0: the guest powered off\n");
    expect_end(a, SERVICE_ENDED, 0);
    close(serial);
    close(qmp);
}

/* The service ends before it has read the output, but keeps what its machine had printed. */
static void test_nothing_is_lost_at_an_interrupt(void **state)
{
    char text[20000];
    struct act *a = *state;
    int serial, qmp;

    start_on_sockets(a, &serial, &qmp);
    send_text(a, "altview: starting the guest\n");
    listen_synchronously(a);
    kill(a->server, SIGSTOP);
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = printed(i);
    }
    assert_int_equal(send(serial, text, sizeof(text), MSG_NOSIGNAL), sizeof(text));
    kill(a->server, SIGTERM);
    kill(a->server, SIGCONT);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    assert_int_equal(lseek(a->output, 0, SEEK_END), sizeof(text));
    close(serial);
    close(qmp);
}

/* The next line to QEMU's monitor. */
static void expect_command(int qmp, const char *command)
{
    char line[128];
    size_t used = 0;

    do {
        assert_int_equal(poll(&(struct pollfd){.fd = qmp, .events = POLLIN}, 1, HANGS_MS), 1);
        assert_int_equal(recv(qmp, line + used, 1, 0), 1);
    } while (line[used++] != '\n' && used + 1 < sizeof(line));
    line[used] = 0;
    assert_string_equal(line, command);
}

/* The bell of a hypervisor that asked for one: once for each request, and again until the reply
 * comes. */
static void test_a_request_rings(void **state)
{
    static const char nmi[] = "{\"execute\":\"inject-nmi\"}\n";
    struct act *a = *state;
    int serial, qmp;

    start_on_sockets(a, &serial, &qmp);
    expect_command(qmp, "{\"execute\":\"qmp_capabilities\"}\n");
    send_text(a, "altview: rung by NMI\naltview: starting the guest\n");
    ask_to_listen(a);
    for (int i = 0; i < 4; i++) { /* there is no reply yet */
        expect_command(qmp, nmi);
    }
    serve_listening(a);
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    close(serial);
    close(qmp);
}

/* A hypervisor that polls must get no NMI, because its guest would get it. */
static void test_none_rings_without_being_asked(void **state)
{
    struct act *a = *state;
    int serial, qmp;

    start_on_sockets(a, &serial, &qmp);
    expect_command(qmp, "{\"execute\":\"qmp_capabilities\"}\n");
    send_text(a, "altview: starting the guest\n");
    listen_synchronously(a);
    assert_int_equal(poll(&(struct pollfd){.fd = qmp, .events = POLLIN}, 1, 0), 0);
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    close(serial);
    close(qmp);
}

#define RINGS_AT   0x10000U
#define RINGS_SIZE 0x9000U
#define INSTANCE   7

/* The hypervisor's ends of its rings, and the machine's memory, where they are. */
struct far_end {
    int qmp;
    uint8_t *base;
    struct ring_reader in;
    struct ring_writer out;
    struct frame_reader reader;
};

static void make_rings(struct act *a, struct far_end *f)
{
    struct altview_rings *rings;

    a->service.memory = memfd_create("memory", MFD_CLOEXEC);
    assert_int_equal(ftruncate(a->service.memory, 1 << 20), 0);
    f->base =
        mmap(NULL, RINGS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, a->service.memory, RINGS_AT);
    assert_true(f->base != MAP_FAILED);
    rings = (void *)f->base;
    *rings = (struct altview_rings){.magic = ALTVIEW_RING_MAGIC,
                                    .version = ALTVIEW_RING_VERSION,
                                    .size = RINGS_SIZE,
                                    .instance = INSTANCE,
                                    .to_altview_at = 0x1000,
                                    .to_altview_size = 0x4000,
                                    .from_altview_at = 0x5000,
                                    .from_altview_size = 0x4000};
    ring_reader_init(&f->in, &rings->to_altview, f->base + 0x1000, 0x4000);
    ring_writer_init(&f->out, &rings->from_altview, f->base + 0x5000, 0x4000);
    frame_reader_init(&f->reader);
    f->reader.unchecked = true;
}

/* Over the line: the hub's requests before it knows of the rings. */
static void tell_of_rings(struct act *a)
{
    const struct altview_hello hello = {.vcpu_count = 1, .instance = INSTANCE};
    const struct altview_ring_place place = {
        .address = RINGS_AT, .size = RINGS_SIZE, .version = ALTVIEW_RING_VERSION};
    const struct altview_frame *asked = receive(a->port, &a->port_reader);

    assert_int_equal(asked->type, ALTVIEW_HELLO);
    send_frame(a->port, ALTVIEW_FRAME_REPLY, ALTVIEW_HELLO, asked->sequence, &hello, sizeof(hello));
    asked = receive(a->port, &a->port_reader);
    assert_int_equal(asked->type, ALTVIEW_RING);
    send_frame(a->port, ALTVIEW_FRAME_REPLY, ALTVIEW_RING, asked->sequence, &place, sizeof(place));
}

/* The next request in the ring; an NMI announces it. */
static const struct altview_frame *receive_from_ring(struct far_end *f)
{
    const struct altview_frame *frame;
    uint8_t bytes[1024];

    while (!(frame = frame_next(&f->reader))) {
        if (ring_sleep(&f->in)) {
            expect_command(f->qmp, "{\"execute\":\"inject-nmi\"}\n");
        }
        frame_feed(&f->reader, bytes, ring_read(&f->in, bytes, sizeof(bytes)));
    }
    return frame;
}

/* Into the ring, and with a bell if the hub wants one. */
static void send_by_ring(struct act *a, struct far_end *f, enum altview_frame_kind kind,
                         uint16_t type, uint32_t sequence, const void *payload, size_t size)
{
    struct {
        struct altview_frame frame;
        uint8_t payload[1024];
    } bytes = {
        {.kind = (uint8_t)kind, .type = type, .length = (uint32_t)size, .sequence = sequence}, {0}};

    memcpy(bytes.payload, payload, size);
    size = frame_seal_unchecked(&bytes.frame);
    assert_int_equal(ring_write(&f->out, &bytes, size), size);
    if (ring_must_wake(&f->out)) {
        send_text(a, "\a");
    }
}

static void answer_by_ring(struct act *a, struct far_end *f, uint16_t type)
{
    const struct altview_frame *asked = receive_from_ring(f);

    assert_int_equal(asked->type, type);
    send_by_ring(a, f, ALTVIEW_FRAME_REPLY, type, asked->sequence, "", 0);
    expect_reply(a, type);
}

/* Requests, replies and events use the rings once the hub knows them. The log stays on the line,
 * without bells in it. */
static void test_the_talk_moves_to_the_rings(void **state)
{
    static const char log[] = "altview: rung by NMI\naltview: starting the guest\naltview: on\n";
    const struct altview_event event = {.id = 1, .flags = ALTVIEW_EVENT_SYNC};
    const struct altview_answer answer = {.event = 1};
    struct act *a = *state;
    struct far_end f;
    char got[sizeof(log)] = {0};
    int serial;

    make_rings(a, &f);
    start_on_sockets(a, &serial, &f.qmp);
    expect_command(f.qmp, "{\"execute\":\"qmp_capabilities\"}\n");
    send_text(a, "altview: rung by NMI\naltview: starting the guest\nalt");
    ask_to_listen(a);
    tell_of_rings(a);
    answer_by_ring(a, &f, ALTVIEW_LISTEN);
    send_by_ring(a, &f, ALTVIEW_FRAME_EVENT, event.type, 1, &event, sizeof(event));
    assert_int_equal(receive(a->client, &a->client_reader)->kind, ALTVIEW_FRAME_EVENT);
    send_frame(a->client, ALTVIEW_FRAME_REQUEST, ALTVIEW_ANSWER, 2, &answer, sizeof(answer));
    answer_by_ring(a, &f, ALTVIEW_ANSWER);
    send_text(a, "view: on\n");
    send_frame(a->client, ALTVIEW_FRAME_REQUEST, ALTVIEW_PING, 3, "", 0);
    answer_by_ring(a, &f, ALTVIEW_PING);
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    assert_int_equal(pread(a->log, got, sizeof(got), 0), sizeof(log) - 1);
    assert_string_equal(got, log);
    munmap(f.base, RINGS_SIZE);
    close(a->service.memory);
    close(serial);
    close(f.qmp);
}

/* The descriptors that come with the reply to MEMORY, or before it. */
static int receive_descriptor(const struct act *a, uint32_t flags)
{
    const struct altview_memory_wish wish = {.flags = flags};
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(int))];
    } control;
    uint8_t bytes[sizeof(struct altview_frame) + sizeof(struct altview_layout)];
    struct iovec part = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    const struct cmsghdr *c;
    int fd = -1;

    send_frame(a->client, ALTVIEW_FRAME_REQUEST, ALTVIEW_MEMORY, 10 + flags, &wish, sizeof(wish));
    assert_int_equal(recvmsg(a->client, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL), sizeof(bytes));
    c = CMSG_FIRSTHDR(&message);
    assert_non_null(c);
    assert_int_equal(c->cmsg_type, SCM_RIGHTS);
    memcpy(&fd, CMSG_DATA(c), sizeof(fd));
    return fd;
}

static uint64_t generation_in(int memory)
{
    uint64_t generation;

    assert_int_equal(pread(memory, &generation, sizeof(generation),
                           RINGS_AT + offsetof(struct altview_rings, generation)),
                     sizeof(generation));
    return generation;
}

/* A descriptor for reading can't write, one for both can; both are the machine's memory. The memory
 * itself announces its end. */
static void test_the_machines_memory_is_handed_out(void **state)
{
    struct act *a = *state;
    struct far_end f;
    char got[4] = {0};
    int serial, reads, writes;
    uint64_t generation;

    make_rings(a, &f);
    start_on_sockets(a, &serial, &f.qmp);
    expect_command(f.qmp, "{\"execute\":\"qmp_capabilities\"}\n");
    send_text(a, "altview: rung by NMI\naltview: starting the guest\n");
    ask_to_listen(a);
    tell_of_rings(a);
    answer_by_ring(a, &f, ALTVIEW_LISTEN);
    reads = receive_descriptor(a, 0);
    writes = receive_descriptor(a, ALTVIEW_MEMORY_WRITE);
    assert_int_equal(pwrite(writes, "abc", 3, 0x8000), 3);
    assert_int_equal(pread(reads, got, 3, 0x8000), 3);
    assert_string_equal(got, "abc");
    assert_int_equal(pwrite(reads, "x", 1, 0x8000), -1);
    assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reads, 0) == MAP_FAILED);
    generation = generation_in(reads);
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    assert_int_not_equal(generation_in(reads), generation);
    munmap(f.base, RINGS_SIZE);
    close(a->service.memory);
    close(serial);
    close(f.qmp);
    close(reads);
    close(writes);
}

#define NOBODY           65534
#define OF_SEVERAL_USERS "test_another_user*"

/* The kernel sees the client as another user's process. The rest of the test runs as root. */
static void join_as_nobody(struct act *a)
{
    const struct sockaddr_un address = address_of(a);

    assert_int_equal(chmod(a->directory, 0711) | chmod(address.sun_path, 0666), 0);
    assert_int_equal(seteuid(NOBODY), 0);
    a->client = join(SOCK_STREAM, &address, sizeof(address));
    assert_int_equal(seteuid(0), 0);
}

static void test_another_user_does_not_get_the_memory(void **state)
{
    const struct altview_memory_wish wish = {.flags = 0};
    const struct altview_frame *reply;
    struct act *a = *state;
    struct far_end f;
    int serial;

    make_rings(a, &f);
    start_on_sockets(a, &serial, &f.qmp);
    send_text(a, "altview: starting the guest\n");
    join_as_nobody(a);
    send_frame(a->client, ALTVIEW_FRAME_REQUEST, ALTVIEW_MEMORY, 1, &wish, sizeof(wish));
    tell_of_rings(a);
    reply = receive(a->client, &a->client_reader);
    assert_int_equal(reply->type, ALTVIEW_MEMORY);
    assert_int_equal(reply->status, -EPERM);
    kill(a->server, SIGTERM);
    expect_end(a, SERVICE_INTERRUPTED, 0);
    munmap(f.base, RINGS_SIZE);
    close(a->service.memory);
    close(serial);
    close(f.qmp);
}

/* usage: serve [PATTERN]    PATTERN selects tests; the default is all except those of several
 * users */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_events_reach_their_monitor_while_output_stalls, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_limit_holds_while_output_stalls, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_log_stalls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_log_comes_in_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_waited_is_shown_when_it_is_taken, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_machine_ends_though_nobody_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_reader_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_serial_port_1_goes_to_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_typed_goes_to_serial_port_1, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_lost_at_an_interrupt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_request_rings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_none_rings_without_being_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_talk_moves_to_the_rings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_machines_memory_is_handed_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_user_does_not_get_the_memory, set_up,
                                        tear_down),
    };

    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    } else {
        cmocka_set_skip_filter(OF_SEVERAL_USERS);
    }
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
