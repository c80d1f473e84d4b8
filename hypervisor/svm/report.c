/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "guestmem/code.h"
#include "svm/svm.h"

#define REPORT_CODE 32 /* bytes at RIP; at least one whole instruction */

static void write_exit(const struct vcpu *vcpu, const struct vmcb *v)
{
    log_line("vCPU %u stopped in view %u: exit code 0x%lx, information 0x%lx and 0x%lx",
             vcpu->altp2m->id, vcpu->altp2m->view, v->exit_code, v->exit_info1, v->exit_info2);
    log_line("  in delivery %lx  to be delivered %lx  shadow %lx  virtual interrupt %lx",
             v->exit_event, v->event, v->interrupt_shadow, v->virtual_interrupt);
}

static void write_segments(const struct vcpu *vcpu)
{
    static const char names[SEGMENTS][5] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"};

    for (unsigned int i = 0; i < SEGMENTS; i++) {
        const struct segment_state s = guest_segment(vcpu, (enum segment)i);

        log_line("  %-4s %04x  base %lx  limit %x  rights %x%s", names[i], s.selector, s.base,
                 s.limit, s.rights, s.rights & RIGHTS_UNUSABLE ? " (unusable)" : "");
    }
}

static void write_system(const struct vcpu *vcpu, const struct vmcb *v)
{
    log_line("  CR0 %lx  CR2 %lx  CR3 %lx  CR4 %lx  EFER %lx  CPL %u", v->cr0, v->cr2, v->cr3,
             v->cr4, v->efer, v->cpl);
    log_line("  DR0 %lx  DR1 %lx  DR2 %lx  DR3 %lx  DR6 %lx  DR7 %lx", read_dr0(), read_dr1(),
             read_dr2(), read_dr3(), v->dr6, v->dr7);
    write_segments(vcpu);
    log_line("  GDTR base %lx  limit %x  IDTR base %lx  limit %x", v->gdtr.base, v->gdtr.limit,
             v->idtr.base, v->idtr.limit);
    log_line("  SYSENTER CS %lx  ESP %lx  EIP %lx  PAT %lx", v->sysenter_cs, v->sysenter_esp,
             v->sysenter_eip, v->pat);
}

static void write_control(const struct vmcb *v)
{
    log_line("  intercepts %x %x %x %x %x %x", v->intercepts[0], v->intercepts[1], v->intercepts[2],
             v->intercepts[3], v->intercepts[4], v->intercepts[5]);
    log_line("  nested root %lx  ASID %u  TLB control %u", v->nested_root, v->asid, v->tlb_control);
}

static void write_code(struct vcpu *vcpu)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t code[REPORT_CODE];
    char text[3 * REPORT_CODE + 1];
    uint64_t at;
    unsigned int bits, count = guest_code(vcpu, code, sizeof(code), &at, &bits);

    for (unsigned int i = 0; i < count; i++) {
        text[3 * i] = ' ';
        text[3 * i + 1] = digits[code[i] >> 4];
        text[3 * i + 2] = digits[code[i] & 0xf];
    }
    text[3 * count] = '\0';
    log_line("  code %u at %lx:%s", bits, at, count ? text : " can't be read");
}

void report(struct vcpu *vcpu)
{
    const struct vmcb *v = vcpu->svm.vmcb;

    write_exit(vcpu, v);
    log_registers(vcpu->registers.numbered, v->rip, v->rsp, v->rflags);
    write_system(vcpu, v);
    write_control(v);
    write_code(vcpu);
}
