/* SPDX-License-Identifier: BSD-2-Clause */
/* A hub between a port that keeps the protocol's rules and clients that may not. */
#ifndef RUN_SCENE_H
#define RUN_SCENE_H

#include "toolstack/machine/hub/hub.h"

#define SCENE_VCPUS 2
#define SCENE_LOG   64

/* What the port saw and keeps. */
struct scene_port {
    struct frame_reader reader;
    bool knows_no_gone; /* an older one */
    bool mute;          /* takes requests, says nothing */
    bool lose_reply;    /* the next one gets lost */
    uint32_t last_sequence;
    struct altview_frame last;                /* the last request's header */
    unsigned int count[ALTVIEW_REQUESTS + 1]; /* requests done, by type; those it does not know */
    unsigned int repeated;
    uint8_t pauses[SCENE_VCPUS];
    bool steps[SCENE_VCPUS];
    struct altview_listen listen;
    struct altview_unbind unbind; /* the last */
    uint32_t unbind_owner;        /* what its frame named */
    uint8_t paused_then;          /* pauses of vCPU 0, when that came */
    unsigned int restarts;        /* so often it takes one request more */
    unsigned int silenced;        /* how often it was told that no client listens */
    unsigned int gone; /* and that the client that was to answer has gone without a word */
    size_t reply_size;
    _Alignas(8) uint8_t reply[FRAME_MAX];
};

struct scene {
    struct hub hub;
    struct scene_port port;
    uint64_t now;
    char text[4096]; /* between frames */
    size_t text_size;
};

/* The hub has met its port: it has asked how many vCPUs there are. */
void scene_init(struct scene *s);
void scene_free(struct scene *s);

/* Both directions of the port until nothing moves. */
void scene_settle(struct scene *s);
/* The hub gets to do nothing so long, as on a machine that is busy with something else. */
void scene_later(struct scene *s, unsigned int milliseconds);
/* Later, in steps of the hub's ticks. */
void scene_wait(struct scene *s, unsigned int milliseconds);

/* A client that is there from now on. */
int scene_client(struct scene *s);
/* It sends a request, and the scene settles. The frame names scene_owner. */
extern uint32_t scene_owner;
void scene_ask(struct scene *s, int client, uint16_t type, uint32_t sequence, const void *payload,
               size_t size);
/*
 * The next frame for it, payload behind it; NULL: none. Valid until the next call for any client.
 */
const struct altview_frame *scene_read(struct scene *s, int client);
/* Asks, and gives the status of the reply, which must come. */
int scene_status(struct scene *s, int client, uint16_t type, const void *payload, size_t size);

/* The port sends an event. */
void scene_event(struct scene *s, const struct altview_event *event);

#endif
