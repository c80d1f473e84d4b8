/* SPDX-License-Identifier: BSD-2-Clause */
/* A snapshot's way: the hub's steps, QEMU's monitor, the file. */
#include "scene.h"
#include "toolstack/machine/hub/qmp.h"
#include "toolstack/machine/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static int set_up(void **state)
{
    static struct scene s;

    scene_init(&s);
    scene_owner = 0;
    s.hub.no_snapshot = 0;
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

static enum hub_stage stage(const struct scene *s)
{
    return s->hub.snapshot.stage;
}

static void ask_snapshot(struct scene *s, int client)
{
    scene_ask(s, client, ALTVIEW_SNAPSHOT, 5, NULL, 0);
}

static void disconnect(struct scene *s, int client)
{
    hub_disconnect(&s->hub, client);
    scene_settle(s);
}

/* The machine stops when all vCPUs are out of the guest, and while it stands the port gets nothing.
 * It goes on when the client has gone, and the vCPUs with it. */
static void test_steps(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    const struct altview_frame *reply;

    ask_snapshot(s, a);
    assert_int_equal(stage(s), HUB_SNAPSHOT_SAVES);
    assert_int_equal(s->port.pauses[0], 1);
    assert_int_equal(s->port.pauses[1], 1);
    assert_null(scene_read(s, a));
    scene_ask(s, b, ALTVIEW_READ, 1, "b", 1);
    scene_wait(s, 3000);
    assert_int_equal(s->port.count[ALTVIEW_READ], 0);
    hub_saved(&s->hub, 0);
    scene_settle(s);
    assert_int_equal(stage(s), HUB_SNAPSHOT_STANDS);
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_SNAPSHOT);
    reply = scene_read(s, a);
    assert_int_equal(reply->type, ALTVIEW_SNAPSHOT);
    assert_int_equal(reply->status, 0);
    assert_int_equal(reply->length, sizeof(struct altview_snapshot));
    scene_wait(s, 3000);
    assert_int_equal(s->port.count[ALTVIEW_READ], 0);
    assert_int_equal(s->port.pauses[0], 1);
    disconnect(s, a);
    assert_int_equal(stage(s), HUB_SNAPSHOT_ENDS);
    assert_int_equal(s->port.pauses[0], 1);
    hub_goes_on(&s->hub);
    scene_settle(s);
    assert_int_equal(s->port.pauses[0], 0);
    assert_int_equal(s->port.pauses[1], 0);
    assert_int_equal(s->port.count[ALTVIEW_READ], 1);
    assert_non_null(scene_read(s, b));
}

/* A client that goes before the state is saved: the machine goes on without a copy. */
static void test_client_goes_early(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    ask_snapshot(s, a);
    disconnect(s, a);
    assert_int_equal(stage(s), HUB_SNAPSHOT_SAVES); /* QEMU is at work */
    hub_saved(&s->hub, 0);
    assert_int_equal(stage(s), HUB_SNAPSHOT_ENDS);
    hub_goes_on(&s->hub);
    scene_settle(s);
    assert_int_equal(s->port.pauses[0], 0);
}

/* The client goes while the port has the PAUSE: QEMU need not stop. */
static void test_client_goes_at_once(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    s->port.mute = true;
    ask_snapshot(s, a);
    assert_int_equal(stage(s), HUB_SNAPSHOT_PAUSES);
    disconnect(s, a);
    s->port.mute = false;
    scene_wait(s, 1500);
    assert_int_equal(stage(s), HUB_SNAPSHOT_NONE);
    assert_int_equal(s->port.pauses[0], 0);
}

static void test_failures(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = hub_connect(&s->hub, false);
    const struct altview_frame *reply;

    ask_snapshot(s, a);
    hub_saved(&s->hub, -EIO);
    assert_int_equal(stage(s), HUB_SNAPSHOT_ENDS);
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_NONE);
    reply = scene_read(s, a);
    assert_int_equal(reply->status, -EIO);
    hub_goes_on(&s->hub);
    scene_settle(s);
    assert_int_equal(s->port.pauses[0], 0);
    assert_int_equal(scene_status(s, b, ALTVIEW_SNAPSHOT, NULL, 0), -EPERM); /* another user's */
    assert_int_equal(scene_status(s, a, ALTVIEW_SNAPSHOT, "1234", 4), -EINVAL);
    s->port.pauses[1] = UINT8_MAX;
    assert_int_equal(scene_status(s, a, ALTVIEW_SNAPSHOT, NULL, 0), -EBUSY);
    assert_int_equal(stage(s), HUB_SNAPSHOT_NONE);
}

static void test_machine_that_can_not(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    struct altview_snapshot answer;
    const struct altview_frame *reply;

    s->hub.no_snapshot = ALTVIEW_SNAPSHOT_KVM;
    ask_snapshot(s, a);
    reply = scene_read(s, a);
    assert_int_equal(reply->status, -EOPNOTSUPP);
    assert_int_equal(reply->length, sizeof(answer));
    memcpy(&answer, frame_payload(reply), sizeof(answer));
    assert_int_equal(answer.why, ALTVIEW_SNAPSHOT_KVM);
    assert_int_equal(stage(s), HUB_SNAPSHOT_NONE);
    assert_int_equal(s->port.count[ALTVIEW_PAUSE], 0);
}

#define SEND(s, client, type, structure, ...)                                                      \
    assert_int_equal(                                                                              \
        scene_status(s, client, type, &(struct structure){__VA_ARGS__}, sizeof(struct structure)), \
        0)

/* Another hub at the same port, in a run that goes on from a snapshot. */
static void go_on_elsewhere(struct scene *s)
{
    void (*text)(void *, const uint8_t *, size_t) = s->hub.port.text;
    struct hub_kept kept;

    hub_keep(&s->hub, &kept);
    assert_true(hub_kept_is_good(&kept));
    scene_free(s);
    hub_init(&s->hub, text, s);
    hub_resume(&s->hub, &kept);
    hub_ready(&s->hub);
    scene_settle(s);
}

/* It ends what the clients of the first left there. */
static void test_resume(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    SEND(s, b, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 1);
    SEND(s, b, ALTVIEW_BIND, altview_bind, .owner = 3);
    SEND(s, b, ALTVIEW_SINGLE_STEP, altview_single_step, .vcpu = 0, .enable = 1);
    ask_snapshot(s, a);
    assert_int_equal(s->port.pauses[1], 2);
    go_on_elsewhere(s);
    assert_int_equal(s->port.pauses[0], 0);
    assert_int_equal(s->port.pauses[1], 0);
    assert_false(s->port.steps[0]);
    assert_int_equal(s->port.unbind.owner, 2);
    assert_int_equal(s->port.paused_then, 1); /* before the vCPUs run */
    assert_int_equal(s->port.repeated, 0);    /* its numbers go on from the first hub's */
    assert_int_equal(s->port.count[ALTVIEW_HELLO], 0);
}

/* The listener has gone without a farewell: its rule holds. */
static void test_resume_without_listener(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    SEND(s, b, ALTVIEW_LISTEN, altview_listen, .sync = 1);
    ask_snapshot(s, a);
    go_on_elsewhere(s);
    assert_int_equal(s->port.listen.sync, 0);
    assert_int_equal(s->port.gone, 1);
}

static void test_kept_that_is_none(void **state)
{
    struct hub_kept kept = {.vcpu_count = 1};

    (void)state;
    assert_true(hub_kept_is_good(&kept));
    kept.gone[HUB_CLIENTS - 1] = 2;
    assert_false(hub_kept_is_good(&kept));
    kept.gone[HUB_CLIENTS - 1] = 1;
    kept.stepping[0] = 9;
    assert_false(hub_kept_is_good(&kept));
    kept.stepping[0] = 0;
    kept.vcpu_count = HUB_VCPUS + 1;
    assert_false(hub_kept_is_good(&kept));
    kept.vcpu_count = 0;
    assert_false(hub_kept_is_good(&kept));
}

/* QEMU's end of its monitor. */
static void expect_command(int qemu, const char *name)
{
    char line[1024];
    ssize_t got = recv(qemu, line, sizeof(line) - 1, MSG_DONTWAIT);

    assert_true(got > 0);
    line[got] = 0;
    if (!strstr(line, name)) {
        fail_msg("no %s in %s", name, line);
    }
}

static void say(struct qmp *q, const char *line)
{
    qmp_take(q, line, strlen(line));
}

static const char greeting[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, "
    "\"package\": \"Debian 1:7.2\"}, \"capabilities\": [\"oob\"]}}\r\n";
static const char done[] = "{\"return\": {}, \"id\": \"task\"}\r\n";
#define MIGRATION(status)                                                                          \
    "{\"timestamp\": {\"seconds\": 1}, \"event\": \"MIGRATION\", \"data\": {\"status\": \"" status \
    "\"}}\r\n"

static void begin(struct qmp *q, int ends[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    qmp_begin(q, ends[0]);
    expect_command(ends[1], "qmp_capabilities");
    say(q, greeting);
    say(q, "{\"return\": {}}\r\n");
}

static void test_qmp_saves(void **state)
{
    struct qmp q;
    int ends[2], file = memfd_create("state", 0);

    (void)state;
    begin(&q, ends);
    assert_string_equal(q.version, "7.2.22 (Debian 1:7.2)");
    qmp_do(&q, QMP_SAVE, file);
    expect_command(ends[1], "\"stop\"");
    say(&q, "{\"timestamp\": {}, \"event\": \"STOP\"}\r\n{\"return\": {}}\r\n"); /* an NMI's */
    assert_true(recv(ends[1], &(char){0}, 1, MSG_DONTWAIT) < 0);
    say(&q, done);
    expect_command(ends[1], "x-ignore-shared");
    for (size_t i = 0; i < sizeof(done) - 1; i++) {
        qmp_take(&q, done + i, 1); /* byte by byte */
    }
    expect_command(ends[1], "getfd");
    say(&q, done);
    expect_command(ends[1], "fd:snapshot");
    say(&q, done);
    say(&q, MIGRATION("setup"));
    say(&q, MIGRATION("active"));
    assert_int_equal(q.state, QMP_UNDER_WAY);
    say(&q, MIGRATION("completed"));
    assert_int_equal(q.state, QMP_DONE);
    qmp_continue(&q);
    expect_command(ends[1], "cont");
    close(ends[0]);
    close(ends[1]);
    close(file);
}

static void test_qmp_fails(void **state)
{
    static const char *const ends_of_it[] = {
        "{\"id\": \"task\", \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n",
        MIGRATION("failed"), "x"};
    struct qmp q;
    int ends[2];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(&q, ends);
        qmp_do(&q, QMP_RESTORE, 17);
        expect_command(ends[1], "x-ignore-shared");
        say(&q, done);
        expect_command(ends[1], "fd:17");
        say(&q, ends_of_it[i]);
        assert_int_equal(q.state, QMP_FAILED);
        close(ends[0]);
        close(ends[1]);
    }
    qmp_begin(&q, -1);
    qmp_do(&q, QMP_SAVE, 3);
    assert_int_equal(q.state, QMP_FAILED); /* there is no QEMU */
    qmp_continue(&q);
    qmp_inject_nmi(&q);
}

/* A line that is longer than any that matters. */
static void test_qmp_long_line(void **state)
{
    struct qmp q;
    char line[5000];

    (void)state;
    qmp_begin(&q, -1);
    memset(line, 'x', sizeof(line));
    qmp_take(&q, line, sizeof(line));
    qmp_take(&q, "\n", 1);
    say(&q, greeting);
    assert_string_equal(q.version, "7.2.22 (Debian 1:7.2)");
}

#define MIB        (1U << 20)
#define STATE_SIZE 5000

static struct snapshot_head made(void)
{
    struct snapshot_head head = {.cpus = 2, .guest = "g", .qemu = "7.2", .hub.vcpu_count = 2};

    snapshot_seal(&head, STATE_SIZE, 0, 4 * MIB);
    return head;
}

static void expect_fault(const struct snapshot_head *head, uint64_t size, const char *fault)
{
    char why[SNAPSHOT_WHY];
    const char *found = snapshot_fault(head, size, why);

    if (!fault) {
        assert_null(found);
    } else if (!found || !strstr(found, fault)) {
        fail_msg("%s, not %s", found ? found : "nothing", fault);
    }
}

static void test_heads(void **state)
{
    struct snapshot_head head = made();
    const uint64_t size = 4096 + 8192 + 4 * MIB;

    (void)state;
    expect_fault(&head, size, NULL);
    expect_fault(&head, size - 1, "it has");
    expect_fault(&head, size + 1, "it has");
    expect_fault(&head, 4095, "no snapshot");
    head.magic[0]++;
    expect_fault(&head, size, "no snapshot");
    head = made();
    head.format++;
    expect_fault(&head, size, "its format is number 2");
    for (size_t i = 12; i < sizeof(head); i++) { /* behind the format */
        head = made();
        ((uint8_t *)&head)[i] ^= 1;
        expect_fault(&head, size, "damaged");
    }
}

/* Whole, but of no run's: the checksum is right. */
static void test_heads_that_mean_harm(void **state)
{
    struct snapshot_head head = made();

    (void)state;
    memset(head.cpu, 'x', sizeof(head.cpu));
    snapshot_seal(&head, STATE_SIZE, 0, 4 * MIB);
    expect_fault(&head, 4096 + 8192 + 4 * MIB, "damaged");
    head = made();
    head.cpus = 65;
    snapshot_seal(&head, STATE_SIZE, 0, 4 * MIB);
    expect_fault(&head, 4096 + 8192 + 4 * MIB, "damaged");
    head = made();
    snapshot_seal(&head, UINT64_MAX - 5000, 0, 4 * MIB);
    expect_fault(&head, 4 * MIB, "damaged");
    head = made();
    snapshot_seal(&head, STATE_SIZE, 0, UINT64_C(1) << 63);
    expect_fault(&head, 4 * MIB, "damaged");
    head = made();
    snapshot_seal(&head, STATE_SIZE, 0, 4 * MIB + 1);
    expect_fault(&head, 4096 + 8192 + 4 * MIB + 1, "damaged");
}

static int file_of(const char *name, size_t size)
{
    int file = memfd_create(name, MFD_CLOEXEC);

    assert_int_equal(ftruncate(file, (off_t)size), 0);
    return file;
}

/* What goes in comes out: bytes at both ends of RAM, and holes between them stay holes. */
static void test_file(void **state)
{
    const struct snapshot_head from_run = {.cpus = 1, .qemu = "7.2", .hub.vcpu_count = 1};
    char path[] = "/tmp/altview-snapshot-XXXXXX";
    int to = mkstemp(path), given = file_of("state", 0), memory = file_of("memory", 4 * MIB);
    int restored = file_of("restored", 4 * MIB);
    struct snapshot_head head;
    struct snapshot s;
    struct stat stat;
    char word[6] = "";

    (void)state;
    assert_int_equal(pwrite(given, &from_run, sizeof(from_run), 0), sizeof(from_run));
    assert_int_equal(pwrite(given, "state", 5, SNAPSHOT_STATE), 5);
    assert_int_equal(pwrite(memory, "first", 5, 0), 5);
    assert_int_equal(pwrite(memory, "final", 5, 4 * MIB - 5), 5);
    assert_int_equal(snapshot_write(given, memory, to, &head), 0);
    assert_int_equal(fstat(to, &stat), 0);
    assert_true(stat.st_blocks * 512 < MIB);
    assert_int_equal(snapshot_open(path, &s), 0);
    assert_int_equal(snapshot_fill(&s, restored), 0);
    assert_int_equal(read(s.file, word, 5), 5);
    assert_string_equal(word, "state");
    assert_int_equal(pread(restored, word, 5, 0), 5);
    assert_string_equal(word, "first");
    assert_int_equal(pread(restored, word, 5, 4 * MIB - 5), 5);
    assert_string_equal(word, "final");
    assert_int_equal(fstat(restored, &stat), 0);
    assert_true(stat.st_blocks * 512 < MIB);
    close(s.file);
    assert_int_equal(pwrite(to, "S", 1, SNAPSHOT_STATE), 1);
    assert_int_equal(snapshot_open(path, &s), 1);                        /* and says why */
    assert_int_equal(snapshot_write(memory, given, to, &head), -EPROTO); /* no head, no RAM */
    unlink(path);
    close(to);
    close(given);
    close(memory);
    close(restored);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_steps),
        TEST(test_client_goes_early),
        TEST(test_client_goes_at_once),
        TEST(test_failures),
        TEST(test_machine_that_can_not),
        TEST(test_resume),
        TEST(test_resume_without_listener),
        cmocka_unit_test(test_kept_that_is_none),
        cmocka_unit_test(test_qmp_saves),
        cmocka_unit_test(test_qmp_fails),
        cmocka_unit_test(test_qmp_long_line),
        cmocka_unit_test(test_heads),
        cmocka_unit_test(test_heads_that_mean_harm),
        cmocka_unit_test(test_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
