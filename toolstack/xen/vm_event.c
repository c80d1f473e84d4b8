/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring.h"

#include <string.h>

#define CR0_PG             (UINT64_C(1) << 31)
#define PRESENT            1U
#define LARGE              (1U << 7)
#define ADDRESS_BITS       UINT64_C(0x000ffffffffff000)
#define SOFTWARE_EXCEPTION 6 /* HVMOP_TRAP_sw_exc of older headers, as in a VMCS */
#define NOWHERE            (~UINT64_C(0))

_Static_assert(VM_EVENT_X86_CR3 == ALTVIEW_EVENT_CR3 - ALTVIEW_EVENT_CR0 &&
                   VM_EVENT_X86_CR4 == ALTVIEW_EVENT_CR4 - ALTVIEW_EVENT_CR0 &&
                   VM_EVENT_X86_XCR0 == ALTVIEW_EVENT_XCR0 - ALTVIEW_EVENT_CR0,
               "both have the control registers in the same order");

/* Of the order of instructions (altview) in that of the structure (Xen): the same. */
_Static_assert(offsetof(struct vm_event_regs_x86, r15) == 15 * sizeof(uint64_t),
               "both have sixteen registers in the order of their numbers");

/* The gfn of a linear address in 64-bit mode, by four levels (SDM Vol. 3A, 4.5.4). */
static uint64_t gfn_of(altview *h, const struct altview_registers *r, uint64_t address)
{
    uint64_t table = r->cr3 & ADDRESS_BITS, entry;

    if (!(r->cr0 & CR0_PG)) {
        return address >> XC_PAGE_SHIFT;
    }
    for (unsigned int shift = 39; shift >= XC_PAGE_SHIFT; shift -= 9) {
        uint64_t within = (UINT64_C(1) << shift) - 1;

        if (altview_read(h, ALTVIEW_NO_VIEW, table + (address >> shift & 511) * sizeof(entry),
                         &entry, sizeof(entry)) ||
            !(entry & PRESENT)) {
            return NOWHERE;
        }
        table = entry & ADDRESS_BITS;
        if (shift == XC_PAGE_SHIFT || (shift < 39 && entry & LARGE)) {
            return ((table & ~within) | (address & within)) >> XC_PAGE_SHIFT;
        }
    }
    return NOWHERE;
}

/* Xen has the twelve used bits of the access rights, and 20 bits of the limit, which counts pages
 * if the granularity bit is set. */
static struct vm_event_x86_selector_reg selector(const struct altview_segment *s)
{
    uint32_t rights = (s->rights & 0xffU) | (s->rights >> 4 & 0xf00U);

    return (struct vm_event_x86_selector_reg){
        .ar = rights & 0xfffU,
        .limit = (rights & 0x800U ? s->limit >> XC_PAGE_SHIFT : s->limit) & 0xfffffU,
    };
}

static void put_registers(const struct altview_registers *from, struct vm_event_regs_x86 *to)
{
    const struct altview_segment *s = from->segments;

    *to = (struct vm_event_regs_x86){
        .rflags = from->general.rflags,
        .dr7 = from->dr7,
        .rip = from->general.rip,
        .cr0 = from->cr0,
        .cr2 = from->cr2,
        .cr3 = from->cr3,
        .cr4 = from->cr4,
        .sysenter_cs = from->sysenter_cs,
        .sysenter_esp = from->sysenter_esp,
        .sysenter_eip = from->sysenter_eip,
        .msr_efer = from->efer,
        .msr_star = from->star,
        .msr_lstar = from->lstar,
        .gdtr_base = from->gdtr_base,
        .gdtr_limit = (uint16_t)from->gdtr_limit,
        .vmtrace_pos = NOWHERE,
        .cs_base = (uint32_t)s[ALTVIEW_CS].base,
        .ss_base = (uint32_t)s[ALTVIEW_SS].base,
        .ds_base = (uint32_t)s[ALTVIEW_DS].base,
        .es_base = (uint32_t)s[ALTVIEW_ES].base,
        .fs_base = s[ALTVIEW_FS].base,
        .gs_base = s[ALTVIEW_GS].base,
        .shadow_gs = from->kernel_gs_base,
        .cs = selector(&s[ALTVIEW_CS]),
        .ss = selector(&s[ALTVIEW_SS]),
        .ds = selector(&s[ALTVIEW_DS]),
        .es = selector(&s[ALTVIEW_ES]),
        .fs = selector(&s[ALTVIEW_FS]),
        .gs = selector(&s[ALTVIEW_GS]),
        .cs_sel = s[ALTVIEW_CS].selector,
        .ss_sel = s[ALTVIEW_SS].selector,
        .ds_sel = s[ALTVIEW_DS].selector,
        .es_sel = s[ALTVIEW_ES].selector,
        .fs_sel = s[ALTVIEW_FS].selector,
        .gs_sel = s[ALTVIEW_GS].selector,
    };
    memcpy(to, from->general.gpr, sizeof(from->general.gpr));
}

static void put_mem_access(const struct altview_event *e, struct vm_event_mem_access *m)
{
    m->gfn = e->gfn;
    m->offset = e->offset;
    m->flags = e->wants; /* the rights' bits are the same */
    if (e->flags & ALTVIEW_EVENT_GLA) {
        m->gla = e->gla;
        m->flags |= MEM_ACCESS_GLA_VALID;
        m->flags |=
            e->flags & ALTVIEW_EVENT_IN_WALK ? MEM_ACCESS_FAULT_IN_GPT : MEM_ACCESS_FAULT_WITH_GLA;
    }
}

bool vm_event_make(altview *h, const struct altview_event *e, vm_event_request_t *r)
{
    struct altview_registers registers;

    *r = (vm_event_request_t){.version = VM_EVENT_INTERFACE_VERSION,
                              .flags = VM_EVENT_FLAG_ALTERNATE_P2M,
                              .vcpu_id = e->vcpu,
                              .altp2m_idx = e->view};
    if (altview_get_registers(h, e->vcpu, &registers)) {
        return false;
    }
    if (e->flags & ALTVIEW_EVENT_SYNC) {
        r->flags |= VM_EVENT_FLAG_VCPU_PAUSED;
    } else { /* the vCPU has run on since */
        registers.general = e->general;
        registers.cr3 = e->cr3;
    }
    put_registers(&registers, &r->data.regs.x86);
    switch (e->type) {
    case ALTVIEW_EVENT_MEM_ACCESS:
        r->reason = VM_EVENT_REASON_MEM_ACCESS;
        put_mem_access(e, &r->u.mem_access);
        return true;
    case ALTVIEW_EVENT_SINGLE_STEP:
        r->reason = VM_EVENT_REASON_SINGLESTEP;
        r->u.singlestep.gfn = gfn_of(h, &registers, registers.general.rip);
        return true;
    case ALTVIEW_EVENT_BREAKPOINT:
        r->reason = VM_EVENT_REASON_SOFTWARE_BREAKPOINT;
        r->u.software_breakpoint.gfn = gfn_of(h, &registers, e->gla);
        r->u.software_breakpoint.insn_length = 1;
        r->u.software_breakpoint.type = SOFTWARE_EXCEPTION;
        return true;
    case ALTVIEW_EVENT_CR0:
    case ALTVIEW_EVENT_CR3:
    case ALTVIEW_EVENT_CR4:
    case ALTVIEW_EVENT_XCR0:
        r->reason = VM_EVENT_REASON_WRITE_CTRLREG;
        r->u.write_ctrlreg.index = e->type - ALTVIEW_EVENT_CR0;
        r->u.write_ctrlreg.new_value = e->value;
        r->u.write_ctrlreg.old_value = e->old;
        return true;
    case ALTVIEW_EVENT_MSR:
        r->reason = VM_EVENT_REASON_MOV_TO_MSR;
        r->u.mov_to_msr.msr = e->status;
        r->u.mov_to_msr.new_value = e->value;
        r->u.mov_to_msr.old_value = e->old;
        return true;
    default:
        return false;
    }
}

/* As Xen, which checks each flag separately (vm_event_resume, xen/common/vm_event.c). */
void vm_event_answer(const vm_event_response_t *r, struct altview_answer *a, bool *toggles)
{
    const struct vm_event_regs_x86 *x = &r->data.regs.x86;
    bool writes =
        r->reason == VM_EVENT_REASON_WRITE_CTRLREG || r->reason == VM_EVENT_REASON_MOV_TO_MSR;

    *toggles = r->flags & VM_EVENT_FLAG_TOGGLE_SINGLESTEP;
    if (r->flags & VM_EVENT_FLAG_DENY && writes) {
        a->actions |= ALTVIEW_ANSWER_SKIP;
    } else if (r->flags & VM_EVENT_FLAG_EMULATE && !writes) {
        a->actions |= ALTVIEW_ANSWER_STEP;
    } else if (r->flags & VM_EVENT_FLAG_ALTERNATE_P2M && r->altp2m_idx != a->view) {
        a->actions |= ALTVIEW_ANSWER_SWITCH;
        a->view = r->altp2m_idx;
    }
    if (r->flags & VM_EVENT_FLAG_SET_REGISTERS) {
        a->actions |= ALTVIEW_ANSWER_SET;
        a->mask = ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP | ALTVIEW_SET_RFLAGS;
        memcpy(a->general.gpr, x, sizeof(a->general.gpr));
        a->general.rip = x->rip;
        a->general.rflags = x->rflags;
    }
}
