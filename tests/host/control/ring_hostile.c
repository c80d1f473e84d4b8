/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server behind the rings, while another thread writes anything into them: indices, wishes for
 * a bell, frames under way. Whatever the thread does, neither end reaches beyond the rings, the
 * server's buffers stay valid, and no loop is endless. After the thread has stopped, requests get
 * replies again.
 * usage: ring_hostile [ROUNDS [SEED]]
 */
#include "control/port.h"
#include "control/ring.h"
#include "sim/random.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS     3000
#define REQUESTS   200 /* in a round */
#define RING       16384
#define MOST_LOOKS 64 /* of the server's, at a full ring, 256 bytes each */
#define HEALED     64 /* turns of both ends */

/* The hostile thread can write all of it. It is malloc'ed so that the sanitizer detects accesses
 * beyond its end. */
struct memory {
    struct altview_rings rings;
    uint8_t to_altview[RING], from_altview[RING];
};

struct stage {
    struct port *p;
    struct memory *memory;
    struct ring_reader server_in, client_in;
    struct ring_writer server_out, client_out;
    struct sim_random random;
    uint64_t got;
};

static struct {
    struct memory *memory;
    uint64_t seed;
    atomic_bool stop;
    unsigned long written;
} hostile;

static uint32_t *an_index(struct altview_rings *rings, uint64_t which)
{
    struct altview_ring *ring = which & 1 ? &rings->to_altview : &rings->from_altview;

    return which & 2 ? &ring->head : which & 4 ? &ring->tail : &ring->wake;
}

/* Near the old value, or any value. */
static uint32_t another_index(struct sim_random *random, uint32_t index)
{
    switch (sim_random_below(random, 4)) {
    case 0:
        return (uint32_t)sim_random_next(random);
    case 1:
        return index + RING - (uint32_t)sim_random_below(random, 3);
    default:
        return index + (uint32_t)sim_random_below(random, 128) - 64;
    }
}

static void *write_anything(void *nothing)
{
    struct sim_random random = sim_random_seed(hostile.seed);
    struct memory *m = hostile.memory;

    for (; !atomic_load(&hostile.stop); hostile.written++) {
        uint32_t *index = an_index(&m->rings, sim_random_next(&random));
        volatile uint8_t *byte = (uint8_t *)m + sim_random_below(&random, sizeof(*m));

        if (sim_random_below(&random, 8)) {
            *byte = (uint8_t)sim_random_next(&random);
        } else {
            __atomic_store_n(index, another_index(&random, *index), __ATOMIC_RELAXED);
        }
    }
    return nothing;
}

/* Like hypervisor/port. */
static void server_turn(struct stage *s)
{
    uint8_t bytes[256];
    size_t size, count;
    const void *out;

    for (unsigned int i = 0; (count = ring_read(&s->server_in, bytes, sizeof(bytes))); i++) {
        if (i > MOST_LOOKS)
            break; /* the other thread still writes: the guest runs now */
        for (size_t at = 0; at < count;) {
            at += control_receive(&s->p->c, bytes + at, count - at);
            while ((out = control_output(&s->p->c, &size))) {
                size_t sent = ring_write(&s->server_out, out, size);

                control_sent(&s->p->c, sent);
                if (!sent)
                    break;
            }
            if (out)
                break; /* the rest is lost: the port would keep it */
        }
    }
    while ((out = control_output(&s->p->c, &size)) &&
           (size = ring_write(&s->server_out, out, size)))
        control_sent(&s->p->c, size);
    control_tick(&s->p->c);
}

static void client_reads(struct stage *s)
{
    uint8_t bytes[512];
    size_t count;

    for (unsigned int i = 0;
         i < MOST_LOOKS && (count = ring_read(&s->client_in, bytes, sizeof(bytes))); i++) {
        for (size_t at = 0; at < count;) {
            const struct altview_frame *frame;

            at += frame_feed(&s->p->client, bytes + at, count - at);
            while ((frame = frame_next(&s->p->client))) {
                s->p->reply = *frame;
                s->got++;
            }
        }
    }
}

static void client_asks(struct stage *s, uint16_t type, const void *payload, size_t size)
{
    _Alignas(8) uint8_t frame[FRAME_MAX];

    size = port_frame(frame, type, ++s->p->sequence, payload, size);
    frame_seal_unchecked((void *)frame);
    ring_write(&s->client_out, frame, size);
    ring_must_wake(&s->client_out);
    ring_is_unheard(&s->client_out);
}

static void ask_something(struct stage *s)
{
    static const uint16_t sizes[ALTVIEW_RING] = {0, 0, 96,  32, 52, 16, 8, 16, 24,  8, 16, 80,
                                                 8, 8, 160, 8,  8,  8,  8, 16, 192, 8, 0};
    uint16_t type = (uint16_t)(1 + sim_random_below(&s->random, ALTVIEW_REQUESTS - 1));
    uint8_t payload[256] = {0};

    for (unsigned int i = sim_random_below(&s->random, 8) ? 4 : 0; i; i--)
        payload[sim_random_below(&s->random, 32)] = (uint8_t)sim_random_below(&s->random, 12);
    client_asks(s, type, payload,
                type <= ALTVIEW_RING ? sizes[type - 1] : sizeof(struct altview_locate));
}

static void check(const struct stage *s)
{
    const struct control *c = &s->p->c;

    assert_true(c->reply_size <= sizeof(c->reply) && c->reply_sent <= c->reply_size);
    assert_true(c->events_size <= sizeof(c->events) && c->events_sent <= c->events_size);
}

/* The guest meets a view's restrictions; a vCPU that is held for too long runs on. */
static void guest_turn(struct stage *s)
{
    if (!control_holds(&s->p->c, PORT_VCPU)) {
        control_resume(&s->p->c, PORT_VCPU);
        port_violation(s->p);
        control_done(&s->p->c, 0, ALTVIEW_EVENT_SINGLE_STEP);
    }
    s->p->now += sim_random_below(&s->random, 200 * PORT_TICKS_MS);
}

static void rest(struct stage *s)
{
    for (unsigned int i = 0; i < HEALED; i++) {
        server_turn(s);
        client_reads(s);
        s->p->now += 100 * PORT_TICKS_MS;
    }
}

/* The ends give up truncated frames, and agree on the indices again. */
static void expect_an_answer(struct stage *s)
{
    ring_write(&s->client_out, "", 0);
    rest(s);
    while (frame_is_under_way(&s->p->client)) {
        frame_give_up(&s->p->client);
        while (frame_next(&s->p->client)) {
        }
    }
    client_asks(s, ALTVIEW_PING, NULL, 0);
    rest(s);
    assert_int_equal(s->p->reply.kind, ALTVIEW_FRAME_REPLY);
    assert_int_equal(s->p->reply.sequence, s->p->sequence);
}

/* All memory that requests can reach is real. */
static void map_real_memory(const struct port *p)
{
    const struct altp2m_mapping ram = scene_ram(ram_mfn(&p->scene->machine, p->ram));

    altp2m_host_unmap(p->d, 0, 0x100);
    altp2m_host_unmap(p->d, SCENE_LARGE, 0x40000);
    altp2m_host_unmap(p->d, SCENE_SPECIAL, 1);
    altp2m_host_unmap(p->d, SCENE_DEVICE, 1);
    altp2m_host_map(p->d, 0, RAM_PAGES, ram);
    altp2m_host_map(p->d, PORT_GFN, RAM_PAGES, ram);
}

static struct stage stage_new(uint64_t seed)
{
    struct scene *scene = scene_new();
    struct stage s = {.random = sim_random_seed(seed), .memory = calloc(1, sizeof(*s.memory))};
    struct altview_rings *rings = &s.memory->rings;

    scene_start_active(scene);
    s.p = port_new(scene);
    s.p->client.unchecked = true;
    map_real_memory(s.p);
    control_moved(&s.p->c);
    ring_reader_init(&s.server_in, &rings->to_altview, s.memory->to_altview, RING);
    ring_writer_init(&s.client_out, &rings->to_altview, s.memory->to_altview, RING);
    ring_writer_init(&s.server_out, &rings->from_altview, s.memory->from_altview, RING);
    ring_reader_init(&s.client_in, &rings->from_altview, s.memory->from_altview, RING);
    return s;
}

static void play(uint64_t seed)
{
    struct stage s = stage_new(seed);
    pthread_t thread;

    hostile.memory = s.memory;
    hostile.seed = seed;
    atomic_store(&hostile.stop, false);
    assert_int_equal(pthread_create(&thread, NULL, write_anything, NULL), 0);
    for (unsigned int i = 0; i < REQUESTS; i++) {
        ask_something(&s);
        server_turn(&s);
        client_reads(&s);
        guest_turn(&s);
        check(&s);
    }
    atomic_store(&hostile.stop, true);
    pthread_join(thread, NULL);
    expect_an_answer(&s);
    free(s.memory);
    port_end(s.p);
}

static unsigned long rounds = ROUNDS;
static uint64_t seed = 1;

static void test_a_hostile_peer(void **state)
{
    (void)state;
    for (unsigned long i = 0; i < rounds; i++, seed++) {
        print_message("seed %" PRIu64 "\n", seed);
        play(seed);
    }
    print_message("%lu words written meanwhile\n", hostile.written);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_hostile_peer)};

    rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : rounds;
    seed = argc > 2 ? strtoull(argv[2], NULL, 10) : seed;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
