/* SPDX-License-Identifier: BSD-2-Clause */
/* The page of stubs that a guest calls, one every 32 bytes. */
#include "base/string.h"
#include "core/domain.h"
#include "core/vendor.h"
#include "guestmem/access.h"
#include "x86/x86.h"
#include "xen/face.h"

#include <stdint.h>
#include <xen/xen.h>

#define STUB_SIZE 32

/* mov $number, %eax; vmcall or vmmcall; ret */
static void write_stub(uint8_t *stub, uint32_t number)
{
    static const uint8_t code[] = {0xb8, 0, 0, 0, 0, HYPERCALL_CODE, 0xc3};

    memcpy(stub, code, sizeof(code));
    memcpy(stub + 1, &number, sizeof(number));
}

/* IRET is for guests without hardware virtualization. */
static void write_stub_ud2(uint8_t *stub)
{
    stub[0] = 0x0f;
    stub[1] = 0x0b;
}

bool xen_read_hypercall_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = 0; /* write-only; Xen: guest_rdmsr_xen */
    return !vcpu->domain->xen.hidden;
}

/* Xen: guest_wrmsr_xen. Bits 11:0 choose the page, and there is one. */
bool xen_write_hypercall_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    uint8_t *page;

    (void)msr;
    if (vcpu->domain->xen.hidden) {
        return false;
    }
    guest_learn(vcpu);
    page = value % ALTP2M_PAGE_SIZE ? NULL : guest_frame(vcpu, PAGE_OF(value), ALTP2M_W);
    if (!page) {
        return false;
    }
    memset(page, 0, ALTP2M_PAGE_SIZE);
    for (uint32_t i = 0; i < ALTP2M_PAGE_SIZE / STUB_SIZE; i++) {
        if (i == __HYPERVISOR_iret) {
            write_stub_ud2(page + (size_t)i * STUB_SIZE);
        } else {
            write_stub(page + (size_t)i * STUB_SIZE, i);
        }
    }
    return true;
}
