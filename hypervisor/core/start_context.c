/* SPDX-License-Identifier: BSD-2-Clause */
/* VCPUOP_initialise: registers of the guest's choice. VM entry must not fail with registers that
 * pass here (SDM Vol. 3C 27.3.1): otherwise one vCPU could end the run. */
#include "core/start.h"
#include "x86/x86.h"

#include <stdbool.h>
#include <xen/errno.h>
#include <xen/hvm/hvm_vcpu.h>

#define CR0_DEFINED  UINT64_C(0xe005003f)
#define EFER_ALLOWED (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

#define RFLAGS_ALLOWED UINT64_C(0x3d7fd7) /* all defined bits except VM (SDM Vol. 1 3.4.3) */
#define RFLAGS_VM_BIT  (UINT64_C(1) << 17)

/* Rights as in the VMCS. Xen's do not have the gap between bits 7 and 12. */
#define RIGHTS(ar) (((ar)&0xffU) | ((ar)&0xf00U) << 4)

#define RIGHTS_CODE64 0xa09bU
#define LIMIT_FLAT    0xffffffffU
#define LIMIT_TSS     0x67U

#define TYPE(rights)       ((rights)&0xf)
#define TYPE_ACCESSED      1U
#define TYPE_READ_OR_WRITE 2U
#define TYPE_CODE          8U
#define IS_SEGMENT         (1U << 4)
#define PRESENT            (1U << 7)
#define IN_PAGES           (1U << 15)

static bool fits_control_registers(const struct domain *domain, const struct guest_start *s)
{
    uint64_t physical = ~UINT64_C(0) << domain->boot->cpu.physical_bits;
    bool pages = s->cr0 & CR0_PG, lme = s->efer & EFER_LME, lma = s->efer & EFER_LMA;

    return !(s->cr0 & ~CR0_DEFINED) && (!pages || s->cr0 & CR0_PE) &&
           (!(s->cr0 & CR0_NW) || s->cr0 & CR0_CD) && (!(s->cr4 & CR4_CET) || s->cr0 & CR0_WP) &&
           !(s->cr4 & ~domain->face.cr4) && !(s->cr3 & physical) && !(s->efer & ~EFER_ALLOWED) &&
           lma == (lme && pages) && (!lma || s->cr4 & CR4_PAE) && (!(s->cr4 & CR4_PCIDE) || lma) &&
           /* PAE paging would need its four top entries in the VMCS. */
           !(pages && s->cr4 & CR4_PAE && !lma);
}

/* A linear address has 48 bits, or 57. */
static bool is_canonical(const struct guest_start *s, uint64_t address)
{
    unsigned int unused = s->cr4 & CR4_LA57 ? 7 : 16;

    return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static bool fits_flags(const struct guest_start *s)
{
    return s->rflags & RFLAGS_FIXED && !(s->rflags & (~RFLAGS_ALLOWED | RFLAGS_VM_BIT));
}

/* The granularity must be able to express the limit. */
static bool fits_limit(uint32_t limit, uint32_t rights)
{
    return rights & IN_PAGES ? (limit & 0xfff) == 0xfff : !(limit >> 20);
}

static bool fits_data(uint32_t limit, uint32_t rights)
{
    bool code = rights & TYPE_CODE;

    return rights == RIGHTS_UNUSABLE ||
           (rights & IS_SEGMENT && rights & PRESENT && rights & TYPE_ACCESSED &&
            (!code || rights & TYPE_READ_OR_WRITE) && fits_limit(limit, rights));
}

static bool fits_segments(const struct guest_start *s)
{
    uint32_t cs = s->segments[CS].rights, ss = s->segments[SS].rights, tr = s->segments[TR].rights;
    bool long_mode = s->efer & EFER_LMA;

    return cs & IS_SEGMENT && cs & PRESENT && cs & TYPE_CODE && cs & TYPE_ACCESSED &&
           !(cs & RIGHTS_DPL) && fits_limit(s->segments[CS].limit, cs) &&
           (!(cs & RIGHTS_LONG) || (long_mode && !(cs & RIGHTS_BIG))) && ss & IS_SEGMENT &&
           ss & PRESENT && TYPE(ss & ~4U) == (TYPE_ACCESSED | TYPE_READ_OR_WRITE) &&
           !(ss & RIGHTS_DPL) && fits_limit(s->segments[SS].limit, ss) &&
           fits_data(s->segments[DS].limit, s->segments[DS].rights) &&
           fits_data(s->segments[ES].limit, s->segments[ES].rights) && tr == RIGHTS_BUSY_TSS &&
           fits_limit(s->segments[TR].limit, tr);
}

static void set_segment(struct guest_start *s, enum segment segment, uint32_t base, uint32_t limit,
                        uint32_t rights)
{
    s->segments[segment].base = base;
    s->segments[segment].limit = limit;
    s->segments[segment].rights = rights ? rights : RIGHTS_UNUSABLE;
}

static void take_32(struct guest_start *s, const struct vcpu_hvm_x86_32 *r)
{
    *s = (struct guest_start){
        .registers = {.rax = r->eax,
                      .rcx = r->ecx,
                      .rdx = r->edx,
                      .rbx = r->ebx,
                      .rbp = r->ebp,
                      .rsi = r->esi,
                      .rdi = r->edi},
        .rip = r->eip,
        .rsp = r->esp,
        .rflags = r->eflags | RFLAGS_FIXED,
        .cr0 = r->cr0,
        .cr3 = r->cr3,
        .cr4 = r->cr4,
        .efer = r->efer,
    };
    set_segment(s, CS, r->cs_base, r->cs_limit, RIGHTS(r->cs_ar));
    set_segment(s, DS, r->ds_base, r->ds_limit, RIGHTS(r->ds_ar));
    set_segment(s, SS, r->ss_base, r->ss_limit, RIGHTS(r->ss_ar));
    set_segment(s, ES, r->es_base, r->es_limit, RIGHTS(r->es_ar));
    set_segment(s, TR, r->tr_base, r->tr_limit, RIGHTS(r->tr_ar));
}

static void take_64(struct guest_start *s, const struct vcpu_hvm_x86_64 *r)
{
    *s = (struct guest_start){
        .registers = {.rax = r->rax,
                      .rcx = r->rcx,
                      .rdx = r->rdx,
                      .rbx = r->rbx,
                      .rbp = r->rbp,
                      .rsi = r->rsi,
                      .rdi = r->rdi},
        .rip = r->rip,
        .rsp = r->rsp,
        .rflags = r->rflags | RFLAGS_FIXED,
        .cr0 = r->cr0,
        .cr3 = r->cr3,
        .cr4 = r->cr4,
        .efer = r->efer,
    };
    set_segment(s, CS, 0, LIMIT_FLAT, RIGHTS_CODE64);
    set_segment(s, DS, 0, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, SS, 0, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, ES, 0, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, TR, 0, LIMIT_TSS, RIGHTS_BUSY_TSS);
}

int start_fill_context(const struct domain *domain, struct guest_start *s,
                       const struct vcpu_hvm_context *context)
{
    bool wide = context->mode == VCPU_HVM_MODE_64B;

    if (context->pad || context->mode > VCPU_HVM_MODE_64B) {
        return -XEN_EINVAL;
    }
    if (wide) {
        take_64(s, &context->cpu_regs.x86_64);
    } else {
        take_32(s, &context->cpu_regs.x86_32);
    }
    set_segment(s, FS, 0, 0, RIGHTS_UNUSABLE);
    set_segment(s, GS, 0, 0, RIGHTS_UNUSABLE);
    set_segment(s, LDTR, 0, 0, RIGHTS_UNUSABLE);
    if (!fits_control_registers(domain, s) || !fits_flags(s) || !fits_segments(s) ||
        !(wide ? s->efer & EFER_LMA && is_canonical(s, s->rip) : s->cr0 & CR0_PE)) {
        return -XEN_EINVAL;
    }
    return 0;
}
