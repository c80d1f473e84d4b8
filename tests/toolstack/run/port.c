/* SPDX-License-Identifier: BSD-2-Clause */
/* Which connection becomes serial port 2. The test needs root to connect as another user. */
#include "toolstack/machine/hub/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

static int knock(unsigned int number)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)number),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(s >= 0);
    assert_int_equal(connect(s, (struct sockaddr *)&address, sizeof(address)), 0);
    return s;
}

static int let_in(int listener)
{
    struct pollfd someone = {.fd = listener, .events = POLLIN};

    assert_int_equal(poll(&someone, 1, 60000), 1);
    return port_accept(listener);
}

static void test_ones_own(void **state)
{
    unsigned int number = 0;
    int listener = port_listen(&number), peer = knock(number), port = let_in(listener);
    char text[8];

    (void)state;
    assert_true(port >= 0);
    assert_int_equal(write(peer, "hello", 5), 5);
    poll(&(struct pollfd){.fd = port, .events = POLLIN}, 1, 60000);
    assert_int_equal(port_read(port, text, sizeof(text)), 5);
    assert_int_equal(port_read(port, text, sizeof(text)), -1); /* it does not wait */
    assert_int_equal(errno, EAGAIN);
    close(peer);
    close(port);
    close(listener);
}

/* Connects as another user, and waits until the port closes the connection: exit status 0. */
static pid_t stranger(unsigned int number)
{
    pid_t child = fork();
    char byte;

    if (!child) {
        _exit(setuid(NOBODY) || read(knock(number), &byte, 1) > 0);
    }
    return child;
}

static void test_a_strangers(void **state)
{
    unsigned int number = 0;
    int listener, peer, port, status = -1;
    pid_t child;

    (void)state;
    if (geteuid()) {
        skip();
    }
    listener = port_listen(&number);
    child = stranger(number);
    assert_int_equal(let_in(listener), -EAGAIN);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    peer = knock(number); /* our connection comes second, and the port accepts it */
    port = let_in(listener);
    assert_true(port >= 0);
    close(peer);
    close(port);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ones_own),
        cmocka_unit_test(test_a_strangers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
