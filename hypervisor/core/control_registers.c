/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/control_registers.h"

#include "core/domain.h"
#include "core/vendor.h"
#include "x86/x86.h"

#define CR3_PCID UINT64_C(0xfff)

/* SDM Vol. 2B, MOV to control registers. */
bool control_register_admits_cr4(const struct vcpu *vcpu, uint64_t value)
{
    uint64_t old = guest_get(vcpu, GUEST_CR4);
    bool long_mode = guest_get(vcpu, GUEST_EFER) & EFER_LMA;

    if (value & ~vcpu->domain->face.cr4 ||
        (value & CR4_CET && !(guest_get(vcpu, GUEST_CR0) & CR0_WP))) {
        return false;
    }
    if (long_mode && (!(value & CR4_PAE) || (value ^ old) & CR4_LA57)) {
        return false;
    }
    return !(value & ~old & CR4_PCIDE) || (long_mode && !(guest_get(vcpu, GUEST_CR3) & CR3_PCID));
}

/* Bits that exclude each other (SDM Vol. 2B, MOV to control registers), and bits that start and
 * stop long mode. */
static bool may_page(const struct vcpu *vcpu, bool on)
{
    uint64_t cr4 = guest_get(vcpu, GUEST_CR4), efer = guest_get(vcpu, GUEST_EFER);
    bool long_code = guest_get(vcpu, GUEST_CS_RIGHTS) & RIGHTS_LONG;

    if (on) {
        return !(efer & EFER_LME) || (cr4 & CR4_PAE && !long_code);
    }
    return !(efer & EFER_LMA) || !(cr4 & CR4_PCIDE || long_code);
}

bool control_register_admits_cr0(const struct vcpu *vcpu, uint64_t value)
{
    bool pages = value & CR0_PG;

    return !(value >> 32) && !(pages && !(value & CR0_PE)) &&
           !(value & CR0_NW && !(value & CR0_CD)) &&
           !(guest_get(vcpu, GUEST_CR4) & CR4_CET && !(value & CR0_WP)) &&
           (pages == !!(guest_get(vcpu, GUEST_CR0) & CR0_PG) || may_page(vcpu, pages));
}

/* APM Vol. 2 3.1.7. The other bits are SVM's, or AMD's own bits that no kernel needs. */
bool control_register_admits_efer(const struct vcpu *vcpu, uint64_t value)
{
    bool pages = guest_get(vcpu, GUEST_CR0) & CR0_PG;

    return !(value & ~(EFER_WRITTEN | EFER_LMA)) &&
           !(pages && (value ^ guest_get(vcpu, GUEST_EFER)) & EFER_LME);
}

/* SDM Vol. 3A 12.12.2: each byte is one of the types 0, 1, 4, 5, 6 and 7. */
bool control_register_admits_pat(uint64_t value)
{
    bool valid = true;

    for (unsigned int i = 0; i < 8; i++, value >>= 8) {
        valid &= (value & 0xff) < 8 && (value & 6) != 2;
    }
    return valid;
}

#define XCR0_X87    UINT64_C(0x1)
#define XCR0_SSE    UINT64_C(0x2)
#define XCR0_AVX    UINT64_C(0x4)
#define XCR0_AVX512 UINT64_C(0xe0)
#define XCR0_AMX    UINT64_C(0x60000)

static bool all_or_none(uint64_t value, uint64_t bits)
{
    return (value & bits) == 0 || (value & bits) == bits;
}

/* SDM Vol. 1 13.3. */
static bool xcr0_is_valid(struct vcpu *vcpu, uint64_t value)
{
    return value & XCR0_X87 && !(value & ~vcpu->domain->face.xcr0) &&
           !(value & XCR0_AVX && !(value & XCR0_SSE)) && all_or_none(value, XCR0_AVX512) &&
           !(value & XCR0_AVX512 && !(value & XCR0_AVX)) && all_or_none(value, XCR0_AMX);
}

/* The monitor may have changed registers that the value's validity depends on. */
static bool write_valid(struct vcpu *vcpu, uint64_t operand, const struct register_write *write)
{
    return write->is_valid(vcpu, operand) && write->set(vcpu, write->value);
}

static void ask_and_write(struct vcpu *vcpu, uint64_t operand, const struct register_write *write)
{
    uint64_t rip = guest_get(vcpu, GUEST_RIP);
    enum write_decision decision = register_may_change(vcpu, write->type, write->value, write->old);

    if (decision == WRITE_ENDED) {
        return;
    }
    if (decision == WRITE_ALLOWED && !write_valid(vcpu, operand, write)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vcpu->moment++;
    if (guest_get(vcpu, GUEST_RIP) == rip) { /* else the monitor has set it */
        event_skip_instruction(vcpu);
    }
}

/* A value that is not valid now is not written without the question, even if the guest's memory,
 * which it may depend on, makes it valid a moment later. */
void register_write(struct vcpu *vcpu, uint64_t operand, const struct register_write *write)
{
    if (write->is_valid(vcpu, operand)) {
        ask_and_write(vcpu, operand, write);
    } else {
        event_raise_error(vcpu, VECTOR_GP, 0);
    }
}

static bool set_xcr0(struct vcpu *vcpu, uint64_t value)
{
    (void)vcpu;
    return xsetbv_try(0, value);
}

void xsetbv_handle(struct vcpu *vcpu)
{
    const struct register_write write = {
        .type = ALTVIEW_EVENT_XCR0,
        .value = (uint32_t)vcpu->registers.rax | vcpu->registers.rdx << 32,
        .old = xgetbv(0),
        .is_valid = xcr0_is_valid,
        .set = set_xcr0,
    };

    if ((uint32_t)vcpu->registers.rcx != 0) {
        event_raise_error(vcpu, VECTOR_GP, 0);
    } else {
        register_write(vcpu, write.value, &write);
    }
}
