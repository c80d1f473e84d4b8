/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One control port, several clients. Pure: bytes come in and go out, the clock is an argument;
 * serve.c does the sockets. docs/reference/control-protocol.md describes it for clients.
 *
 * Requests get the hub's own sequence numbers and go to the port one at a time. The hub keeps each
 * client's pauses, single steps and listening. The port gets the union of all clients' wishes, and
 * the hub undoes what a client leaves behind.
 */
#ifndef RUN_HUB_H
#define RUN_HUB_H

#include "control/frame.h"

#include <altview/ring.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUB_CLIENTS 16
#define HUB_VCPUS   64

/*
 * Bytes of events that wait until a client reads them. Events that no vCPU waits on get half of it.
 */
#define HUB_EVENTS 32768

/* A descriptor for a client: of the machine's memory, or of its other state. */
enum hub_gift { HUB_GIFT_NONE, HUB_GIFT_READ, HUB_GIFT_WRITE, HUB_GIFT_SNAPSHOT };

struct hub_client {
    struct frame_reader reader;
    bool may_map;         /* its user may have the machine's memory */
    enum hub_gift gift;   /* with the next bytes, or before the reply that they hold */
    bool waits;           /* the port has a request of it */
    bool broken;          /* disconnect it: it does not read events that it must answer */
    bool console;         /* it has asked for serial port 1, and gets no more frames */
    bool bound;           /* it has named its owner: */
    uint32_t owner;       /* the owner in its frames; for the port that is hub_owner */
    uint32_t wants_owner; /* of the BIND that the port has */
    struct altview_listen listen;
    struct altview_listen wish; /* of the LISTEN that the port has */
    uint8_t pauses[HUB_VCPUS];
    bool steps[HUB_VCPUS];
    uint32_t event_count;
    uint64_t lost;
    /* The last reply: the hub sends it again when the request comes again. Length 0: none. */
    size_t reply_size;
    _Alignas(8) uint8_t reply[FRAME_MAX];
    size_t queued; /* bytes to be sent, oldest first */
    uint8_t queue[HUB_EVENTS + FRAME_MAX];
};

/* The request that the port has. */
struct hub_request {
    bool under_way;
    struct hub_client *client; /* its sender; NULL: the hub, or one that has gone */
    uint32_t client_sequence;
    size_t size, sent;
    uint64_t since; /* the last time that the hub sent it, or heard of the port */
    _Alignas(8) uint8_t frame[FRAME_MAX];
};

/* A client's SNAPSHOT. The hub sends the port nothing from HUB_SNAPSHOT_SAVES on. */
enum hub_stage {
    HUB_SNAPSHOT_NONE,
    HUB_SNAPSHOT_PAUSES, /* the port has the PAUSE that takes all vCPUs out of the guest */
    HUB_SNAPSHOT_SAVES,  /* stop the machine and save its state: hub_saved */
    HUB_SNAPSHOT_STANDS, /* the client copies */
    HUB_SNAPSHOT_ENDS,   /* let the machine go on: hub_goes_on */
};
struct hub_snapshot {
    enum hub_stage stage;
    struct hub_client *client; /* NULL: it has gone */
    uint32_t sequence;         /* of its request */
};

struct hub {
    uint32_t no_snapshot; /* ALTVIEW_SNAPSHOT_*: why it can't; 0: it can */
    struct hub_snapshot snapshot;
    bool has_input;                 /* the console takes typed input */
    bool ready;                     /* the hypervisor listens */
    bool over;                      /* the guest has ended: the port takes nothing */
    bool greeted;                   /* the hub has asked for the number of vCPUs */
    bool shares;                    /* its rings are in reach: ask for their place */
    bool moved;                     /* requests go to its ring: hub_move */
    struct altview_layout memory;   /* of the machine; without pieces: out of reach */
    uint64_t instance;              /* altview_hello.instance */
    struct altview_ring_place ring; /* its answer; size 0: none yet, or there are none */
    uint64_t now;
    struct frame_reader port, from_ring;
    uint64_t heard; /* the last time that the port sent something */
    uint32_t sequence;
    struct hub_request request;
    uint32_t vcpu_count;             /* 0 until it is known */
    struct altview_listen listening; /* the port's present state */
    bool release;                    /* no answer will come to vCPUs that wait */
    bool stepping[HUB_VCPUS];        /* vCPUs that step */
    uint16_t owed[HUB_VCPUS];        /* UNPAUSEs */
    bool gone[HUB_CLIENTS];          /* UNBINDs, by the owner's number, less 1 */
    unsigned int turn;               /* the client whose turn is next */
    struct hub_client *clients[HUB_CLIENTS];
};

/* `text` gets the bytes between frames: the log. */
void hub_init(struct hub *h, void (*text)(void *context, const uint8_t *bytes, size_t size),
              void *context);
void hub_free(struct hub *h);

/* The hypervisor's log says that it serves its port. Clients wait until then. */
void hub_ready(struct hub *h);

/* A new client's number, or -EMFILE, -ENOMEM. `may_map`: it may have the machine's memory. */
int hub_connect(struct hub *h, bool may_map);
void hub_disconnect(struct hub *h, int client);

/* The number of a client's bytes that the hub can take now. */
size_t hub_room(const struct hub *h, int client);
void hub_from_client(struct hub *h, int client, const void *bytes, size_t size);
/* Bytes for a client, or NULL. */
const void *hub_to_client(const struct hub *h, int client, size_t *size);
void hub_sent_to_client(struct hub *h, int client, size_t size);
/* The descriptor that goes with them. hub_sent_to_client with at least a byte means that it was
 * sent. */
enum hub_gift hub_gift(const struct hub *h, int client);
bool hub_is_broken(const struct hub *h, int client);
/* The client has asked for the console, and all bytes for it have been sent. */
bool hub_is_console(const struct hub *h, int client);

/*
 * From now on hub_to_port's bytes are for the ring. Do not call it while a request is in progress
 * on the line. The hub still reads the line: it has earlier bytes, and the log.
 */
bool hub_may_move(const struct hub *h);
void hub_move(struct hub *h);
void hub_from_ring(struct hub *h, const void *bytes, size_t size);

void hub_from_port(struct hub *h, const void *bytes, size_t size);
const void *hub_to_port(const struct hub *h, size_t *size);
void hub_sent_to_port(struct hub *h, size_t size);
/* The port is closed: an apparent beginning of a frame was text. */
void hub_port_closed(struct hub *h);

/* HUB_SNAPSHOT_SAVES is done, with 0 or a negative errno value. */
void hub_saved(struct hub *h, int status);
/* HUB_SNAPSHOT_ENDS is done: the machine runs. */
void hub_goes_on(struct hub *h);

/* The hub's part of a snapshot: what it is to do at the port once all its clients have gone. */
struct hub_kept {
    uint64_t instance;
    struct altview_ring_place ring; /* size 0: it is on the line */
    uint32_t sequence, vcpu_count;
    struct altview_listen listening;
    uint16_t owed[HUB_VCPUS];
    uint8_t stepping[HUB_VCPUS], gone[HUB_CLIENTS];
};
void hub_keep(const struct hub *h, struct hub_kept *kept);
/* False: no hub has kept that. */
bool hub_kept_is_good(const struct hub_kept *kept);
/* After hub_init: go on from there. */
void hub_resume(struct hub *h, const struct hub_kept *kept);

/* The time, in milliseconds: before the others are called. */
void hub_set_time(struct hub *h, uint64_t now);
/*
 * Call it every HUB_TICK, after handing over all bytes that have come. It gives up requests that
 * have waited too long.
 */
#define HUB_TICK 100
void hub_tick(struct hub *h);

#endif
