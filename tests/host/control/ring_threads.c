/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring between two threads, each of which sleeps when it can't go on: all bytes arrive, in order,
 * and no bell is missed. The build has the thread sanitizer. A second ring carries the other
 * direction, so that both ends write and read.
 */
#include "control/ring.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#define SIZE    64
#define ROUNDS  200000
#define HUNG_MS 60000

/* One thread: it sends numbered messages, and expects those of the other. */
struct side {
    struct ring_reader reader;
    struct ring_writer writer;
    int bell, other_bell;
    unsigned int seed;
    uint8_t next_out, next_in;
    unsigned long sent, got;
};

static struct altview_ring rings[2];
static uint8_t bytes[2][SIZE];

static _Noreturn void die(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static unsigned int some(struct side *s, unsigned int most)
{
    s->seed = s->seed * 1103515245 + 12345;
    return 1 + (s->seed >> 16) % most;
}

static void send_some(struct side *s)
{
    unsigned long left = ROUNDS - s->sent, count = some(s, SIZE);
    uint8_t out[SIZE];

    count = count < left ? count : left;
    for (unsigned long i = 0; i < count; i++) {
        out[i] = (uint8_t)(s->next_out + i);
    }
    count = ring_write(&s->writer, out, count);
    s->next_out = (uint8_t)(s->next_out + count);
    s->sent += count;
    if (ring_must_wake(&s->writer)) {
        eventfd_write(s->other_bell, 1);
    }
}

static size_t take_some(struct side *s)
{
    uint8_t in[SIZE];
    size_t count = ring_read(&s->reader, in, some(s, SIZE));

    for (size_t i = 0; i < count; i++) {
        if (in[i] != s->next_in++) {
            die("a byte is not the one that was sent");
        }
    }
    s->got += count;
    return count;
}

static void sleep_until_rung(struct side *s)
{
    struct pollfd p = {.fd = s->bell, .events = POLLIN};
    eventfd_t count;

    if (poll(&p, 1, HUNG_MS) <= 0) {
        die("a bell was missed");
    }
    eventfd_read(s->bell, &count);
}

static void *run(void *argument)
{
    struct side *s = argument;

    while (s->sent < ROUNDS || s->got < ROUNDS) {
        size_t count = take_some(s);

        if (s->sent < ROUNDS) {
            send_some(s);
        } else if (!count && ring_sleep(&s->reader)) {
            sleep_until_rung(s);
        }
    }
    return NULL;
}

static void init(struct side *s, unsigned int out, int bell, int other_bell)
{
    ring_writer_init(&s->writer, &rings[out], bytes[out], SIZE);
    ring_reader_init(&s->reader, &rings[!out], bytes[!out], SIZE);
    s->bell = bell;
    s->other_bell = other_bell;
    s->seed = out + 1;
}

int main(void)
{
    static struct side sides[2];
    int bells[2] = {eventfd(0, 0), eventfd(0, 0)};
    pthread_t thread;

    init(&sides[0], 0, bells[0], bells[1]);
    init(&sides[1], 1, bells[1], bells[0]);
    if (pthread_create(&thread, NULL, run, &sides[1])) {
        die("no thread");
    }
    run(&sides[0]);
    pthread_join(thread, NULL);
    if (sides[0].reader.broken || sides[1].reader.broken || sides[0].writer.broken ||
        sides[1].writer.broken) {
        die("an index was wrong");
    }
    return 0;
}
