/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer outside, at the other end of serial port 2 or of the rings. control/ has the protocol
 * and what the peer can ask for. This folder connects them to the line, to the vCPU and to its
 * exits.
 */
#ifndef PORT_MONITOR_H
#define PORT_MONITOR_H

#include "base/status.h"
#include "control/control.h"
#include "core/domain.h"
#include "core/handlers.h"
#include "debug/window.h"

/* Exits after which the port is looked at, whatever the timer says: less than it takes a UART's
 * buffer to fill. With wide windows one exit takes as long as many. */
static inline uint32_t monitor_exits(void)
{
    return window_is_wide() ? 1 : 16;
}

void monitor_init(struct domain *domain);

/*
 * Before the guest runs on: look at the port if it is time; stand still while the monitor wants it.
 */
void monitor_attend(struct vcpu *vcpu);
/* Look at the port at the vCPU's next exit: called after an exit that has taken long. */
static inline void monitor_is_due(struct vcpu *vcpu)
{
    vcpu->calm = 1;
    vcpu->next_poll = 0;
}

/* Gives the lock up in between, and then catches up with what others did to the vCPU meanwhile. */
void monitor_hold(struct vcpu *vcpu);
/* Look at the port. */
void monitor_poll(struct vcpu *vcpu);

/* At the end of an exit of a vCPU that single-steps: tell if an instruction is done, let the next
 * run. */
void monitor_step(struct vcpu *vcpu);

/* Stand still until there is an answer. */
struct control_verdict monitor_settle(struct vcpu *vcpu, struct control_verdict verdict);
/* Do what is the same for every kind of event. True if that was all. */
bool monitor_carry_out(struct vcpu *vcpu, const struct control_verdict *verdict);

/* The vCPU has done something that a monitor may listen for (control_done): tell, wait if it is to
 * wait, and carry out the answer. */
void monitor_done(struct vcpu *vcpu, enum altview_event_type type);

/* monitor_vmfunc_refused of a VM function asked for in any way. False: nothing is decided, so it is
 * refused. */
bool monitor_decides_vmfunc(struct vcpu *vcpu, uint32_t function);

/* The guest has ended: tell, log the reason as the closing line, end the machine. */
__attribute__((format(printf, 3, 4), noreturn)) void
monitor_end(struct domain *domain, enum status status, const char *format, ...);

/* port.c: move what bytes there are, both ways, without waiting. */
void port_poll(struct domain *domain);
/* Call it in the midst of something long: the UART keeps no more than 16 bytes, 1.4 ms of the
 * line's. */
void port_save(struct domain *domain);
/* Something has moved lately. */
bool port_is_busy(const struct domain *domain);
/* So that another look is worth while; or something waits to be sent. */
bool port_is_expected(const struct domain *domain);
/* From here on a vCPU looks at the port all the time; no longer. */
void port_hold(struct domain *domain);
void port_release(struct domain *domain);
/* Send all that is to be sent, waiting for the wire; to a ring as much as has room. */
void port_drain(struct domain *domain);
/* The same at the run's end: what a ring has no room for waits for a reader, a second in all. */
void port_finish(struct domain *domain);

/* registers.c */
void monitor_get_registers(struct vcpu *vcpu, struct altview_registers *to);
void monitor_get_general(const struct vcpu *vcpu, struct altview_general *to);
void monitor_set_registers(struct vcpu *vcpu, uint32_t mask, const struct altview_general *general,
                           uint64_t cr3);

#endif
