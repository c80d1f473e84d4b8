/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain of two vCPUs with RAM in two places. One page can't be read. Each other page holds the
 * low byte of its gfn. RIP is 0x1111 while the domain is paused, else 0x2222.
 * usage: patchy_domain SOCKET    Serves clients one after the other, until a signal ends it.
 */
#include "tests/toolstack/lib/peer.h"

#include <altview/control.h>
#include <errno.h>

#define VCPUS      2
#define UNREADABLE 0x11 /* this gfn */

static const struct {
    struct altview_list list;
    struct altview_memory_range ranges[3];
} map = {{.next = ALTVIEW_NO_GFN, .count = 3},
         {{.gfn = 0x10, .nr = 3, .type = ALTVIEW_MEMORY_RAM},
          {.gfn = 0x20, .nr = 1, .type = ALTVIEW_MEMORY_DEVICE},
          {.gfn = 0x100, .nr = 2, .type = ALTVIEW_MEMORY_RAM}}};

static int pauses;

static void answer_hello(struct peer *p, const struct request *r)
{
    const struct altview_hello hello = {.version = ALTVIEW_CONTROL_VERSION,
                                        .domid = 1,
                                        .view_count = 10,
                                        .mode = 2,
                                        .vcpu_count = VCPUS,
                                        .gfn_bits = 27,
                                        .max_payload = ALTVIEW_CONTROL_MAX_PAYLOAD};

    peer_reply(p, r, 0, &hello, sizeof(hello));
}

static void answer_vcpus(struct peer *p, const struct request *r)
{
    static const struct {
        struct altview_list list;
        struct altview_vcpu vcpus[VCPUS];
    } all = {{.next = ALTVIEW_NO_GFN, .count = VCPUS}, {{.vcpu = 0}, {.vcpu = 1}}};

    peer_reply(p, r, 0, &all, sizeof(all));
}

static void answer_registers(struct peer *p, const struct request *r)
{
    const struct altview_which_vcpu *which = (const void *)r->payload;
    const struct altview_registers registers = {
        .general = {.gpr = {[4] = which->vcpu, [15] = 0xf5}, .rip = pauses ? 0x1111 : 0x2222},
        .cr3 = 0x5000};

    peer_reply(p, r, 0, &registers, sizeof(registers));
}

static void answer_read(struct peer *p, const struct request *r)
{
    const struct altview_memory *m = (const void *)r->payload;
    uint64_t first = m->address >> 12, last = (m->address + m->length - 1) >> 12;
    uint8_t bytes[ALTVIEW_MEMORY_MAX];

    if (first <= UNREADABLE && UNREADABLE <= last) {
        peer_reply(p, r, -EFAULT, NULL, 0);
        return;
    }
    for (uint32_t i = 0; i < m->length; i++) {
        bytes[i] = (uint8_t)((m->address + i) >> 12);
    }
    peer_reply(p, r, 0, bytes, m->length);
}

static void answer_pause(struct peer *p, const struct request *r)
{
    pauses += r->frame.type == ALTVIEW_PAUSE ? 1 : -1;
    peer_reply(p, r, 0, NULL, 0);
}

static void answer_map(struct peer *p, const struct request *r)
{
    peer_reply(p, r, 0, &map, sizeof(map));
}

static void (*const answers[ALTVIEW_REQUESTS])(struct peer *p, const struct request *r) = {
    [ALTVIEW_HELLO] = answer_hello,    [ALTVIEW_VCPUS] = answer_vcpus,
    [ALTVIEW_READ] = answer_read,      [ALTVIEW_GET_REGISTERS] = answer_registers,
    [ALTVIEW_PAUSE] = answer_pause,    [ALTVIEW_UNPAUSE] = answer_pause,
    [ALTVIEW_MEMORY_MAP] = answer_map,
};

static void serve(struct peer *p)
{
    struct request r;

    while (peer_receive(p, &r)) {
        if (r.frame.type < ALTVIEW_REQUESTS && answers[r.frame.type]) {
            answers[r.frame.type](p, &r);
        } else {
            peer_reply(p, &r, -EOPNOTSUPP, NULL, 0);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        return 64;
    }
    peer_serve(argv[1], serve);
}
