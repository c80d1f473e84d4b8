/* SPDX-License-Identifier: BSD-2-Clause */
/* A control port with both its ends: the server on the scene's domain (unit/scene.h), a machine
 * whose clock and registers the test controls, and a client. The memory from gfn RAM_GFN up is
 * real. */
#ifndef CONTROL_PORT_H
#define CONTROL_PORT_H

#include "control/control.h"
#include "control/ram.h"
#include "unit/scene.h"

#define PORT_EVENTS   64
#define PORT_TICKS_HZ 10000
#define PORT_TICKS_MS (PORT_TICKS_HZ / 1000)
#define PORT_BITS     40      /* of a physical address */
#define PORT_LAST_GFN 0x7ffff /* of RAM, by the machine's answer */
#define PORT_CODE     15      /* bytes at RIP: INT3 and 0x90s, unless `code` is set */

/* In the scene vCPU 1 is in view 1, and this gfn is read-only there. */
#define PORT_VCPU 1
#define PORT_GFN  0x10

struct port {
    struct scene *scene;
    struct altp2m_domain *d;
    uint8_t *ram;
    struct control c;
    /* The machine. */
    uint64_t now;
    struct altview_registers registers[SIM_VCPUS];
    unsigned int registers_set; /* number of calls */
    bool delivers_interrupt;    /* to each vCPU */
    uint32_t set_mask;
    bool stepping[SIM_VCPUS];
    uint64_t watched[ALTVIEW_CONTROL_REGISTERS]; /* what it is to watch, */
    unsigned int watches;                        /* and how often that has changed */
    uint32_t msr;                                /* the last that it was told of, */
    bool msr_on;                                 /* and what, */
    unsigned int msrs_told;                      /* and how often */
    unsigned int logged, told, stilled;
    uint64_t code; /* the physical address of each vCPU's code; 0: anywhere */
    /* The client. */
    struct frame_reader client;
    uint32_t sequence; /* of its last request */
    struct altview_frame reply;
    _Alignas(8) uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD]; /* of the reply */
    unsigned int replies;
    struct altview_event events[PORT_EVENTS];
    size_t event_sizes[PORT_EVENTS];
    unsigned int event_count;
};

struct port *port_new(struct scene *scene);
void port_end(struct port *p);

/* cmocka fixtures: a port on an active scene. */
int port_setup(void **state);
int port_teardown(void **state);

/* The owner in the frames of requests. */
extern uint32_t port_owner;
/* The byte that a view shows at a physical address, or NULL. */
uint8_t *port_ram(const struct port *p, unsigned int view, uint64_t address);
/* Makes the frame of a request; `frame` has room for FRAME_MAX bytes. Returns its size. */
size_t port_frame(uint8_t *frame, uint16_t type, uint32_t sequence, const void *payload,
                  size_t size);
/* Give all of it to the server, as one piece. */
void port_send(struct port *p, const void *bytes, size_t size);
/* Read the server's whole output. Fails the test if it has anything but frames. */
void port_drain(struct port *p);
/* Sends a request under a new sequence number, and returns the reply's status. Fails without a
 * reply. */
int port_ask(struct port *p, uint16_t type, const void *payload, size_t size);

#define PORT_ASK(p, type, kind, ...)                                                               \
    port_ask(p, type, &(const struct kind){__VA_ARGS__}, sizeof(struct kind))

void port_listen(struct port *p, uint32_t sync, uint32_t report);
/* PORT_VCPU writes to PORT_GFN. */
struct control_verdict port_violation(struct port *p);
/* The same, and PORT_VCPU waits; returns the event as the client got it. */
const struct altview_event *port_wait(struct port *p);
const struct altview_event *port_last_event(const struct port *p);
void port_pass(struct port *p, unsigned int milliseconds);

/* scene_fingerprint, but for how many pages the domain takes: remaps that come in another order lie
 * in others. */
uint64_t port_fingerprint(struct port *p);

#endif
