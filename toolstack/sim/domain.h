/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated domain: memory, engine, control server, virtual CPUs. One lock guards it all.
 * Functions that take it say so. Call the other functions of this folder with it held.
 */
#ifndef SIM_DOMAIN_H
#define SIM_DOMAIN_H

#include "control/control.h"
#include "toolstack/sim/memory.h"

#include <altview/altp2m.h>
#include <pthread.h>
#include <stdbool.h>

#define SIM_DOMID         1
#define SIM_PHYSICAL_BITS 39

/* The options after `sim:`. */
struct sim_options {
    unsigned int views;  /* slots: 1 to ALTP2M_MAX_VIEWS; 10 as Xen 4.17 */
    unsigned int memory; /* MiB of RAM, 1 to 65536; 16 */
    unsigned int vcpus;  /* 1 to CONTROL_VCPUS_MAX; 1 */
    enum altp2m_mode mode;
    bool access_required;
};

/* options.c: "" or NAME=VALUE,... Returns 0, or -EINVAL with altview_error's text set. */
int sim_options_parse(const char *text, struct sim_options *options);

struct sim;

/* A vCPU's order: one instruction. */
struct sim_operation {
    enum sim_operation_kind {
        SIM_OPERATION_NONE, /* no operation is in progress */
        SIM_OPERATION_ACCESS,
        SIM_OPERATION_VMFUNC,
        SIM_OPERATION_NOTHING,
        SIM_OPERATION_WRITE, /* `address` is the value */
        SIM_OPERATION_KINDS
    } kind;
    unsigned int rights, size;
    enum altview_event_type which; /* the register's, */
    uint32_t msr;                  /* and its number, if it is an MSR */
    uint64_t address;
    uint64_t rip;  /* where it is */
    bool executed; /* only the event after it may still be due */
    int result;
};

struct sim_vcpu {
    struct sim *sim;
    struct altp2m_vcpu *altp2m;
    unsigned int id;
    struct altview_registers registers;
    uint64_t xcr0;
    struct sim_operation operation;
    unsigned int exception; /* vector of the last, 0: none yet */
    bool stepping;          /* an event after each instruction */
    unsigned int hops;      /* from view to view in this step */
    uint64_t exits[ALTVIEW_EXIT_REASONS];
};

struct sim {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a thread let go of the lock */
    struct sim_memory memory;
    struct altp2m_frames kept; /* the pool: no view leads to a table */
    struct altp2m_domain altp2m;
    struct control control;
    unsigned int vcpu_count;
    struct altp2m_vcpu altp2m_vcpus[CONTROL_VCPUS_MAX];
    struct sim_vcpu vcpus[CONTROL_VCPUS_MAX];
    bool ended;      /* the guest is stopped */
    uint64_t *moves; /* a page of the pool: altp2m_tell_moves */
    int event_fd;    /* eventfd, -1 until the program asks for it */
    bool fd_is_up;   /* it is readable */
};

/* -ENOMEM, -EINVAL. */
int sim_new(const struct sim_options *options, struct sim **sim);
void sim_free(struct sim *s);

/* unlock tells the thread that waits for output. */
void sim_lock(struct sim *s);
void sim_unlock(struct sim *s);

/* Nanoseconds that never go back. */
uint64_t sim_now(void);

/* machine.c: the functions that the control server needs from this machine. */
struct control_host sim_control_host(struct sim *s);
void sim_reset_registers(struct altview_registers *registers);
/* An MSR that the vCPU has, or NULL. */
uint64_t *sim_msr(struct sim_vcpu *v, uint32_t msr);
uint64_t sim_exits(const struct sim_vcpu *v);

struct transport;

/* line.c: the domain behind a transport, or NULL if that is of another kind. */
struct sim *sim_of_transport(struct transport *t);

#endif
