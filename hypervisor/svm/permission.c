/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/permission.h"

#include "core/msr.h"
#include "core/ports.h"
#include "core/vcpu_view.h"
#include "core/vendor.h"
#include "memory/pages.h"
#include "svm/svm.h"
#include "x86/apic.h"

/* The MSR permission map (APM Vol. 2 15.11): two bits each, read and write, for three ranges. All
 * others leave the guest anyway. */
#define RANGE_BYTES 0x800U

#define READ_EXITS  1U
#define WRITE_EXITS 2U

/* EXITINFO1 of the two exits. */
#define INFO_WRITE      UINT64_C(1)
#define INFO_IN         (UINT64_C(1) << 0)
#define INFO_STRING     (UINT64_C(1) << 2)
#define INFO_SIZE_SHIFT 4 /* one bit of three: 1, 2, 4 bytes */
#define INFO_PORT_SHIFT 16

const uint32_t msr_ranges[MSR_RANGES] = {0, 0xc0000000, 0xc0010000};

static void change(uint8_t *map, uint32_t msr, unsigned int exits)
{
    for (unsigned int i = 0; i < MSR_RANGES; i++) {
        uint32_t bit = 2 * (msr - msr_ranges[i]);

        if (msr >= msr_ranges[i] && msr - msr_ranges[i] < MSR_REACH) {
            uint8_t *byte = map + i * RANGE_BYTES + bit / 8;

            *byte = (uint8_t)((*byte & ~(3U << bit % 8)) | exits << bit % 8);
        }
    }
}

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit)
{
    change(virt_of(domain->msr_bitmap), msr,
           (without_exit.read ? 0 : READ_EXITS) | (without_exit.write ? 0 : WRITE_EXITS));
}

void permission_watch_port(struct domain *domain, unsigned int port)
{
    uint8_t *map = virt_of(domain->io_bitmaps[0]);

    map[port / 8] |= (uint8_t)(1U << port % 8);
}

void vendor_watch_icr(const struct domain *domain, bool on)
{
    bool exits = on || !feature_is_shown(&domain->face, FEATURE_X2APIC);

    change(virt_of(domain->msr_bitmap), MSR_X2APIC_ICR, exits ? WRITE_EXITS : 0);
}

/* Of the guest's EFER: the rest is of SVM, or of AMD's own that no kernel needs. */
#define EFER_SCE     UINT64_C(1)
#define EFER_WRITTEN (EFER_SCE | EFER_LME | EFER_NXE)

static void read_efer(struct vcpu *vcpu)
{
    uint64_t value = guest_get(vcpu, GUEST_EFER);

    vcpu->registers.rax = (uint32_t)value;
    vcpu->registers.rdx = value >> 32;
    event_skip_instruction(vcpu);
}

/* APM Vol. 2 3.1.7. LMA is the CPU's; it may be written back as it was read. */
static void write_efer(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t value = (uint32_t)vcpu->registers.rax | vcpu->registers.rdx << 32;
    bool pages = vmcb->cr0 & CR0_PG;

    if (value & ~(EFER_WRITTEN | EFER_LMA) || (pages && (value ^ vmcb->efer) & EFER_LME)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vmcb->efer = (value & EFER_WRITTEN) | (vmcb->efer & EFER_LMA) | EFER_SVME;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* NXE says what bit 63 is */
    event_skip_instruction(vcpu);
}

void permission_handle_msr(struct vcpu *vcpu)
{
    bool efer = (uint32_t)vcpu->registers.rcx == MSR_IA32_EFER;

    if (vcpu->svm.vmcb->exit_info1 & INFO_WRITE) {
        (efer ? write_efer : msr_handle_write)(vcpu);
    } else {
        (efer ? read_efer : msr_handle_read)(vcpu);
    }
}

void permission_handle_port(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    const struct port_access access = {
        .port = (uint16_t)(vmcb->exit_info1 >> INFO_PORT_SHIFT),
        .size = vmcb->exit_info1 >> INFO_SIZE_SHIFT & 7,
        .in = vmcb->exit_info1 & INFO_IN,
        .string = vmcb->exit_info1 & INFO_STRING,
    };

    if (ports_handle(vcpu, &access)) {
        event_skip(vcpu, vmcb->exit_info2 - vmcb->rip); /* the next RIP, on any CPU */
    }
}
