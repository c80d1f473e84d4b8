/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer outside, at the other end of serial port 2 or of the rings. control/ has the protocol
 * and serves the peer's requests. This folder connects them to the line, to the vCPU and to its
 * exits.
 */
#ifndef PORT_MONITOR_H
#define PORT_MONITOR_H

#include "base/status.h"
#include "control/control.h"
#include "core/domain.h"
#include "core/handlers.h"
#include "debug/window.h"

/* altview polls the port after this many exits, also without the timer: they take less time than a
 * UART's buffer takes to fill. With wide windows one exit takes as long as many. */
static inline uint32_t monitor_exits(void)
{
    return window_is_wide() ? 1 : 16;
}

void monitor_init(struct domain *domain);

/*
 * Before the guest runs on: poll the port if it is time, and stop while the monitor holds the vCPU.
 */
void monitor_attend(struct vcpu *vcpu);
/* Poll the port at the vCPU's next exit. Call it after a long exit. */
static inline void monitor_is_due(struct vcpu *vcpu)
{
    vcpu->calm = 1;
    vcpu->next_poll = 0;
}

/* Releases the lock in between, and then meets other vCPUs' demands from meanwhile. */
void monitor_hold(struct vcpu *vcpu);
/* Poll the port. */
void monitor_poll(struct vcpu *vcpu);

/* At the end of an exit of a single-stepped vCPU: send an event if an instruction is done, and let
 * the next run. */
void monitor_step(struct vcpu *vcpu);

/* Wait until there is an answer. */
struct control_verdict monitor_settle(struct vcpu *vcpu, struct control_verdict verdict);
/* Do the part that is the same for every kind of event. True if there is no more. */
bool monitor_carry_out(struct vcpu *vcpu, const struct control_verdict *verdict);

/* The vCPU has done something for which a monitor may listen (control_done): send the event, wait
 * if the vCPU must wait, and carry out the answer. */
void monitor_done(struct vcpu *vcpu, enum altview_event_type type);

/* The event of a refused VM function, from an instruction or a hypercall. False: there is no
 * decision, so it stays refused. */
bool monitor_decides_vmfunc(struct vcpu *vcpu, uint32_t function);

/* The guest has ended: send the event, log the reason as the closing line, and end the machine. */
__attribute__((format(printf, 3, 4), noreturn)) void
monitor_end(struct domain *domain, enum status status, const char *format, ...);

/* port.c: move the available bytes, in both directions, without waiting. */
void port_poll(struct domain *domain);
/* Call it during a long operation: the UART keeps only 16 bytes, 1.4 ms of the line. */
void port_save(struct domain *domain);
/* Bytes have moved recently. */
bool port_is_busy(const struct domain *domain);
/* The same, so that another poll is useful; or bytes wait to be sent. */
bool port_is_expected(const struct domain *domain);
/* From here on a vCPU polls the port all the time; no longer. */
void port_hold(struct domain *domain);
void port_release(struct domain *domain);
/* Send all waiting bytes, and wait for the wire; to a ring only as many as it has room for. */
void port_drain(struct domain *domain);
/* The same at the run's end: bytes without room in a ring wait for the reader, a second in all. */
void port_finish(struct domain *domain);

/* registers.c */
void monitor_get_registers(struct vcpu *vcpu, struct altview_registers *to);
void monitor_get_mode(const struct vcpu *vcpu, struct control_mode *to);
void monitor_get_general(const struct vcpu *vcpu, struct altview_general *to);
void monitor_set_registers(struct vcpu *vcpu, uint32_t mask, const struct altview_general *general,
                           uint64_t cr3);

#endif
