/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction where the monitor trap flag is dead (Bochs 2.7): NMIs' window is open, and what
 * blocks it for one instruction (blocking.c) has the exit come behind it. The guest sees nothing of
 * that; RFLAGS.TF, which would do as well, it does. What the instruction itself does to blocking,
 * to IF and to the activity state is made good afterwards.
 */
#ifndef VMX_WINDOW_H
#define VMX_WINDOW_H

#include "vcpu.h"

/* Before an entry that executes one instruction, or delivers the event that is pending. */
void window_open_for(struct vcpu *vcpu, bool delivers);
/* After the exit. Once for each that has been opened, or not. */
void window_close(struct vcpu *vcpu);

/*
 * An open window is an exit before any interrupt is taken. So whoever steps all the time looks
 * first whether one is due: by an entry that can do nothing else, since nothing is mapped. It ends
 * when an interrupt has been taken, to be delivered at the next entry, or with the fetch of an
 * instruction.
 */
bool window_must_look(const struct vcpu *vcpu);
void window_look(struct vcpu *vcpu);

#endif
