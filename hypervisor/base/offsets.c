/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/offsets.h"

#include "cpu/x86.h"
#include "vcpu.h"

void offsets(void);

void offsets(void)
{
    NUMBER(ASM_PAGE_SIZE, PAGE_SIZE);
    NUMBER(VCPU_REGISTERS_SIZE, sizeof(struct guest_registers));
    OFFSET(VCPU_HOST_STACK, struct vcpu, host_stack);
}
