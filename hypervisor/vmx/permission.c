/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/vmx.h"

#include "core/vendor.h"
#include "memory/pages.h"
#include "run/permission.h"
#include "vmx/instructions.h"
#include "x86/apic.h"

/* SDM Vol. 3C 25.6.9: reads of the low MSRs, of the high ones, then writes. */
#define MSR_PART  1024
#define MSR_WRITE 2048

#define BITMAP_PORTS 0x8000U /* in each of the two */

/* Qualification of an I/O exit (SDM Vol. 3C table 28-5). */
#define IO_SIZE(q) ((unsigned int)((q)&7) + 1)
#define IO_IN      (UINT64_C(1) << 3)
#define IO_STRING  (UINT64_C(1) << 4)
#define IO_PORT(q) ((uint16_t)((q) >> 16))

static void set_bit(uint8_t *bits, unsigned int bit, bool on)
{
    uint8_t mask = (uint8_t)(1U << bit % 8);

    bits[bit / 8] = on ? bits[bit / 8] | mask : bits[bit / 8] & (uint8_t)~mask;
}

/* In the part for reads, or, at MSR_WRITE more, in that for writes. */
static void watch_msr(uint8_t *part, uint32_t msr, bool exits)
{
    set_bit(part + (msr >= MSR_HIGH ? MSR_PART : 0), msr % MSR_REACH, exits);
}

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit)
{
    uint8_t *bitmap = virt_of(domain->msr_bitmap);

    if (msr % MSR_HIGH < MSR_REACH) {
        watch_msr(bitmap, msr, !without_exit.read);
        watch_msr(bitmap + MSR_WRITE, msr, !without_exit.write);
    }
}

void permission_watch_port(struct domain *domain, unsigned int port)
{
    set_bit(virt_of(domain->io_bitmaps[port / BITMAP_PORTS]), port % BITMAP_PORTS, true);
}

void vendor_watch_icr(const struct domain *domain, bool on)
{
    watch_msr((uint8_t *)virt_of(domain->msr_bitmap) + MSR_WRITE, MSR_X2APIC_ICR, on);
}

void permission_handle_port(struct vcpu *vcpu)
{
    uint64_t qualification = vmread(VMCS_QUALIFICATION);
    const struct port_access access = {
        .port = IO_PORT(qualification),
        .size = IO_SIZE(qualification),
        .in = qualification & IO_IN,
        .string = qualification & IO_STRING,
    };

    if (ports_handle(vcpu, &access)) {
        event_skip_instruction(vcpu);
    }
}
