/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/control_registers.h"

#include "core/control_registers.h"
#include "core/domain.h"
#include "core/vcpu_view.h"
#include "guestmem/access.h"
#include "guestmem/code.h"
#include "svm/svm.h"

#define INSTRUCTION_MAX 15
#define REGISTER_RSP    4
#define REX_MASK        0xf0U
#define REX             0x40U
#define REX_B           0x01U

/* The register that MOV to CR4 names, and the instruction's length: 0F 22 /4, prefixes before. The
 * CPU has decoded it already, another CPU may have written it since: false. */
static bool decode(struct vcpu *vcpu, unsigned int *number, unsigned int *length)
{
    uint8_t code[INSTRUCTION_MAX], rex = 0;
    unsigned int bits, at = 0, count = guest_code_anyhow(vcpu, code, sizeof(code), &bits);

    while (at + 2 < count && code[at] != 0x0f) {
        rex = bits == 64 && (code[at] & REX_MASK) == REX ? code[at] : 0;
        at++;
    }
    if (at + 2 >= count || code[at + 1] != 0x22) {
        return false;
    }
    *number = (code[at + 2] & 7) | (rex & REX_B) << 3;
    *length = at + 3;
    return true;
}

void control_register_write_cr4(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    unsigned int number, length;
    uint64_t value;

    if (!decode(vcpu, &number, &length)) {
        return; /* it is executed again, whatever it is by now */
    }
    value = number == REGISTER_RSP ? vmcb->rsp : vcpu->registers.numbered[number];
    if (!(vmcb->cs.attributes & ATTRIBUTES_LONG) || !(vmcb->efer & EFER_LMA)) {
        value = (uint32_t)value;
    }
    if (!control_register_admits_cr4(vcpu, value)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vmcb->cr4 = value;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* of what the guest's tables have mapped */
    event_skip(vcpu, length);
}

void control_register_set_cr3(struct vcpu *vcpu, uint64_t value)
{
    vcpu->svm.vmcb->cr3 = value;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}

#define PDPTES 4

uint64_t guest_pdpte(const struct vcpu *vcpu, unsigned int n)
{
    uint64_t root = vcpu->svm.vmcb->cr3 & UINT64_C(0xffffffe0);
    const uint8_t *frame =
        guest_frame_seen((struct vcpu *)(uintptr_t)vcpu, root >> ALTP2M_PAGE_SHIFT, 0);

    return frame ? ((const volatile uint64_t *)(frame + root % ALTP2M_PAGE_SIZE))[n % PDPTES] : 0;
}
