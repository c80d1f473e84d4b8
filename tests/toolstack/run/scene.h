/* SPDX-License-Identifier: BSD-2-Clause */
/* A hub between a port that keeps the protocol's rules and clients that may break them. */
#ifndef RUN_SCENE_H
#define RUN_SCENE_H

#include "toolstack/machine/hub/hub.h"

#define SCENE_VCPUS 2

/* The port's records and state. */
struct scene_port {
    struct frame_reader reader;
    bool knows_no_gone; /* an older one, without that flag */
    bool mute;          /* takes requests, sends nothing */
    bool lose_reply;    /* the next one gets lost */
    uint32_t last_sequence;
    struct altview_frame last;                /* the last request's header */
    unsigned int count[ALTVIEW_REQUESTS + 1]; /* requests done, by type; unknown ones too */
    unsigned int repeated;
    uint8_t pauses[SCENE_VCPUS];
    bool steps[SCENE_VCPUS];
    struct altview_listen listen;
    struct altview_unbind unbind; /* the last */
    uint32_t unbind_owner;        /* the owner in its frame */
    uint8_t paused_then;          /* pauses of vCPU 0 at that time */
    unsigned int restarts;        /* it returns "go on" so many times */
    unsigned int silenced;        /* how often the hub told it that no client listens */
    unsigned int gone;            /* and that the client that answers went without notice */
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

/* The hub has started with its port: it has asked for the number of vCPUs. */
void scene_init(struct scene *s);
void scene_free(struct scene *s);

/* Both directions of the port, until no byte moves. */
void scene_settle(struct scene *s);
/* The hub does not run for that time, as on a busy machine. */
void scene_later(struct scene *s, unsigned int milliseconds);
/* Later, in steps of the hub's ticks. */
void scene_wait(struct scene *s, unsigned int milliseconds);

/* Connects a client. */
int scene_client(struct scene *s);
/* The client sends a request, and the traffic ends. The frame names scene_owner. */
extern uint32_t scene_owner;
void scene_ask(struct scene *s, int client, uint16_t type, uint32_t sequence, const void *payload,
               size_t size);
/* The client's next frame, with its payload behind it; NULL: none. Valid until the next call for
 * any client. */
const struct altview_frame *scene_read(struct scene *s, int client);
/* Sends a request, and returns the status of the reply, which must come. */
int scene_status(struct scene *s, int client, uint16_t type, const void *payload, size_t size);

/* The port sends an event. */
void scene_event(struct scene *s, const struct altview_event *event);

#endif
