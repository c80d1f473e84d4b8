/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/offsets.h"

#include "core/vcpu.h"

void offsets(void);

void offsets(void)
{
    NUMBER(VCPU_REGISTERS_SIZE, sizeof(struct guest_registers));
    OFFSET(VCPU_HANDLE_EXIT, struct vcpu, handle_exit);
    OFFSET(VCPU_HOST_STACK, struct vcpu, host_stack);
}
