/* SPDX-License-Identifier: BSD-2-Clause */
/* The owner of a run's name, whatever happens to the runs. Here runs are processes that only
 * register. */
#include "toolstack/machine/registry.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CALLERS 64 /* more than a run's queue of callers holds */

static char runtime[] = "/tmp/altview-registry-XXXXXX";

static const char *path_of(const char *file)
{
    static char path[256];

    snprintf(path, sizeof(path), "%s/altview/%s", runtime, file);
    return path;
}

static bool exists(const char *file)
{
    struct stat s;

    return !lstat(path_of(file), &s);
}

struct process {
    pid_t pid;
    int orders;
    char status; /* the status of its registration */
};

/* Registers, tells the status, and unregisters when a byte comes. */
static void be_run(const char *name, int told, int orders)
{
    static struct registration r;
    char status = (char)run_register(name, "guest.elf", &r), end;

    if (!status) {
        status = (char)run_describe(&r, "guest.elf", "/files");
    }
    if (write(told, &status, 1) == 1 && !status) {
        if (read(orders, &end, 1) == 1) {
            run_unregister(&r);
        }
    }
    _exit(0);
}

static struct process start(const char *name)
{
    struct process p;
    int told[2] = {-1, -1}, orders[2] = {-1, -1};

    assert_false(pipe2(told, O_CLOEXEC) || pipe2(orders, O_CLOEXEC));
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (!p.pid) {
        close(orders[1]);
        be_run(name, told[1], orders[0]);
    }
    close(told[1]);
    close(orders[0]);
    assert_int_equal(read(told[0], &p.status, 1), 1);
    close(told[0]);
    p.orders = orders[1];
    return p;
}

static void end(const struct process *p, int signal)
{
    if (signal) {
        kill(p->pid, signal);
    } else if (!p->status) {
        assert_int_equal(write(p->orders, "", 1), 1);
    }
    close(p->orders);
    assert_int_equal(waitpid(p->pid, NULL, 0), p->pid);
}

static void stop(const struct process *p)
{
    int status;

    kill(p->pid, SIGSTOP);
    assert_int_equal(waitpid(p->pid, &status, WUNTRACED), p->pid);
    assert_true(WIFSTOPPED(status));
}

/* 0 or the error. */
static int call(const char *file, int *socket_of)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strcpy(address.sun_path, path_of(file));
    *socket_of = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return connect(*socket_of, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
}

/* As many callers as the queue takes, so that it refuses the next. */
static void fill_queue(const char *file, int *callers)
{
    int error = 0;

    for (int i = 0; i < CALLERS; i++) {
        error = call(file, &callers[i]);
    }
    assert_int_equal(error, EAGAIN);
}

static void hang_up(const int *callers)
{
    for (int i = 0; i < CALLERS; i++) {
        close(callers[i]);
    }
}

static size_t count(void)
{
    struct run_record *records;
    size_t found;

    assert_int_equal(run_list(&records, &found), 0);
    free(records);
    return found;
}

static void check_owner(const char *name, pid_t owner)
{
    struct run_record record;

    assert_int_equal(run_find(name, &record), 0);
    assert_int_equal(record.process, owner);
}

/* No file is left, except those that all runs share. */
static void check_empty(void)
{
    assert_int_equal(count(), 0);
    assert_false(exists("x.sock") || exists("x.json") || exists("x.lock"));
}

/* A stopped run whose queue of callers is full does not answer, but it still exists. */
static void a_stopped_run_keeps_its_name(void **state)
{
    struct process first = start("x"), second;
    int callers[CALLERS], caller;

    (void)state;
    stop(&first);
    fill_queue("x.sock", callers);
    assert_int_equal(count(), 1);
    check_owner("x", first.pid);
    assert_true(exists("x.sock"));
    second = start("x");
    assert_int_equal(second.status, EXIT_USAGE);
    end(&second, 0);
    assert_true(exists("x.sock"));
    hang_up(callers);
    kill(first.pid, SIGCONT);
    check_owner("x", first.pid);
    assert_true(exists("x.sock"));
    end(&first, 0);
    check_empty();
    assert_int_equal(call("x.sock", &caller), ENOENT);
    close(caller);
}

/* Reachable again: its queue takes new callers after the old ones have gone. */
static void it_is_reached_again(void **state)
{
    struct process p = start("x");
    int caller;

    (void)state;
    stop(&p);
    count();
    kill(p.pid, SIGCONT);
    assert_int_equal(call("x.sock", &caller), 0);
    close(caller);
    end(&p, 0);
}

/* Another process deleted its files, and a third one has its name now. */
static void the_end_of_a_run_leaves_anothers_files(void **state)
{
    static const char *const files[] = {"x.sock", "x.json", "x.lock"};
    struct process first = start("x"), second;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(unlink(path_of(files[i])), 0);
    }
    second = start("x");
    assert_int_equal(second.status, 0);
    end(&first, 0);
    check_owner("x", second.pid);
    assert_true(exists("x.sock") && exists("x.json") && exists("x.lock"));
    end(&second, 0);
    check_empty();
}

static void a_killed_run_is_swept(void **state)
{
    struct process first = start("x"), second;

    (void)state;
    end(&first, SIGKILL);
    assert_true(exists("x.sock"));
    check_empty();
    first = start("x");
    end(&first, SIGKILL);
    second = start("x");
    assert_int_equal(second.status, 0);
    check_owner("x", second.pid);
    end(&second, 0);
    check_empty();
}

/* A run that can't ask for its name gets another one. */
static void a_name_that_is_taken_gets_a_number(void **state)
{
    struct process first = start(NULL), second = start(NULL);

    (void)state;
    check_owner("guest", first.pid);
    check_owner("guest-2", second.pid);
    end(&first, 0);
    end(&second, 0);
    check_empty();
}

/* A socket that is not a run's, of a live process: altview may not delete it. */
static void anothers_socket_stays(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct process p;

    (void)state;
    strcpy(address.sun_path, path_of("x.sock"));
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    count();
    assert_true(exists("x.sock"));
    p = start("x");
    assert_int_equal(p.status, EXIT_USAGE);
    end(&p, 0);
    assert_true(exists("x.sock"));
    close(listener);
    check_empty();
}

/* A process keeps the lock on the names, perhaps because it is stopped. A list does not need the
 * lock. */
static void a_list_does_not_wait(void **state)
{
    struct process p = start("x");
    int lock = open(path_of(".lock"), O_RDWR | O_CLOEXEC);

    (void)state;
    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(count(), 1);
    close(lock);
    end(&p, 0);
}

/* The file that describes a run may contain any text. */
static void a_record_without_texts_is_read(void **state)
{
    struct process p = start("x");
    struct run_record record;
    FILE *file = fopen(path_of("x.json"), "we");

    (void)state;
    fputs("{\"guest\":null,\"files\":[1],\"started\":\"then\"}", file);
    fclose(file);
    assert_int_equal(run_find("x", &record), 0);
    assert_string_equal(record.guest, "");
    assert_string_equal(record.files, "");
    end(&p, 0);
}

/* The files are links to other places: altview writes nothing there. */
static void links_are_not_followed(void **state)
{
    struct process p;
    char target[64];
    struct stat s;

    (void)state;
    snprintf(target, sizeof(target), "%s/target", runtime);
    assert_int_equal(symlink(target, path_of("x.lock")), 0);
    p = start("x");
    end(&p, 0);
    assert_int_equal(lstat(target, &s), -1);
    assert_int_equal(symlink(target, path_of("x.json")), 0);
    p = start("x");
    assert_int_equal(p.status, 0);
    assert_int_equal(lstat(target, &s), -1);
    end(&p, 0);
    check_empty();
}

static int make_runtime(void **state)
{
    (void)state;
    return !mkdtemp(runtime) || setenv("XDG_RUNTIME_DIR", runtime, 1) || mkdir(path_of(""), 0700);
}

static int remove_runtime(void **state)
{
    (void)state;
    unlink(path_of(".lock"));
    return rmdir(path_of("")) || rmdir(runtime);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_run_keeps_its_name),
        cmocka_unit_test(it_is_reached_again),
        cmocka_unit_test(the_end_of_a_run_leaves_anothers_files),
        cmocka_unit_test(a_killed_run_is_swept),
        cmocka_unit_test(a_name_that_is_taken_gets_a_number),
        cmocka_unit_test(anothers_socket_stays),
        cmocka_unit_test(a_list_does_not_wait),
        cmocka_unit_test(a_record_without_texts_is_read),
        cmocka_unit_test(links_are_not_followed),
    };

    return cmocka_run_group_tests(tests, make_runtime, remove_runtime);
}
