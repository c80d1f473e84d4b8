/* SPDX-License-Identifier: BSD-2-Clause */
#include "attacks.h"

#include "check.h"
#include "guest.h"
#include "raw.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLOOD    100 /* requests without a read of their replies */
#define GARBAGE  8192
#define TAKES_MS 300 /* a stall of that length means that the other side has enough */
#define GOOD     77  /* a sequence number, which the following frames increase */
#define TRIES    12
#define QUIET_MS 1000

/* Views are listed piece by piece, from the first. */
static const struct altview_first from_first;

static void half_a_frame(const char *where)
{
    _Alignas(8) uint8_t frame[FRAME_MAX];
    size_t size = raw_frame(frame, ALTVIEW_VIEWS, 1, &from_first, sizeof(from_first));
    int fd = raw_open(where);

    raw_send(fd, frame, size / 2, TAKES_MS);
    close(fd);
}

/* The frame announces the longest payload, and the payload does not come. */
static void long_frame(const char *where)
{
    static _Alignas(8) uint8_t frame[FRAME_MAX];
    int fd = raw_open(where);

    raw_frame(frame, ALTVIEW_PING, 1, frame + sizeof(struct altview_frame),
              ALTVIEW_CONTROL_MAX_PAYLOAD);
    raw_send(fd, frame, sizeof(struct altview_frame) + 100, TAKES_MS);
    close(fd);
}

/* The client closes the connection while the reply is under way. */
static void gone_mid_reply(const char *where)
{
    const struct altview_memory whole_page = {
        .address = 0x1000000, .length = PAGE_SIZE, .view = ALTVIEW_NO_VIEW};
    uint8_t some[10];
    int fd = raw_open(where);

    raw_request(fd, ALTVIEW_READ, 1, &whole_page, sizeof(whole_page));
    sleep_ms(50);
    recv(fd, some, sizeof(some), 0);
    close(fd);
}

/* Sends requests without end, and reads nothing. */
static void request_flood(const char *where)
{
    _Alignas(8) uint8_t frame[FRAME_MAX];
    struct altview_which_vcpu vcpu = {0};
    int fd = raw_open(where);
    unsigned int i = 0;

    for (bool taken = true; taken && i < FLOOD; i++) {
        size_t size = raw_frame(frame, ALTVIEW_GET_REGISTERS, i, &vcpu, sizeof(vcpu));

        taken = raw_send(fd, frame, size, TAKES_MS) == size;
    }
    note("%u requests were taken", i);
    close(fd);
}

/* Bytes that are not a frame, with the beginnings of frames among them, then a request. */
static void garbage(const char *where)
{
    static uint8_t bytes[GARBAGE];
    const uint32_t magic = ALTVIEW_CONTROL_MAGIC;
    uint32_t random = 2463534242;
    int fd = raw_open(where), status = -ETIMEDOUT;

    for (unsigned int i = 0; i < GARBAGE; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(random >> 24);
        if (i % 1000 == 0) {
            memcpy(bytes + i, &magic, sizeof(magic));
            i += sizeof(magic) - 1;
        }
    }
    check_equal("garbage is taken", GARBAGE, raw_send(fd, bytes, GARBAGE, PATIENCE));
    /* The server gives up an apparent beginning of a frame after a while without a byte. */
    for (unsigned int i = 1; i <= TRIES && status == -ETIMEDOUT; i++) {
        raw_request(fd, ALTVIEW_PING, GOOD + i, NULL, 0);
        status = raw_reply_within(fd, GOOD + i, (int)i * QUIET_MS);
    }
    check_answer("a request that follows garbage is answered", 0, status);
    close(fd);
}

/* Good frames with bad contents: the server refuses each, and none has an effect. */
static void nonsense(const char *where)
{
    uint8_t ones[256];
    int fd = raw_open(where);

    memset(ones, 0xff, sizeof(ones));
    for (unsigned int type = 0; type < ALTVIEW_REQUESTS + 3; type++) {
        raw_request(fd, (enum altview_request)type, 1000 + type, ones, sizeof(ones));
        int status = raw_reply(fd, 1000 + type);

        if (status >= 0) {
            check(false, "nonsense is refused", "type %u: %d", type, status);
        }
    }
    close(fd);
}

const struct attack attacks[] = {
    {"half a frame", half_a_frame},
    {"a long frame that does not come", long_frame},
    {"gone in the middle of a reply", gone_mid_reply},
    {"a flood of requests", request_flood},
    {"garbage", garbage},
    {"nonsense", nonsense},
};
const unsigned int attack_count = sizeof(attacks) / sizeof(attacks[0]);
