/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers, in Xen's two forms: as hypercalls have them, and as a domain is saved. */
#include "xc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xen/hvm/save.h>

/* altview uses the order of instructions; each form of Xen's has another order. */
#define EACH_GPR(row, to)                                                                          \
    row(to, 0, rax) row(to, 1, rcx) row(to, 2, rdx) row(to, 3, rbx) row(to, 4, rsp)                \
        row(to, 5, rbp) row(to, 6, rsi) row(to, 7, rdi) row(to, 8, r8) row(to, 9, r9)              \
            row(to, 10, r10) row(to, 11, r11) row(to, 12, r12) row(to, 13, r13) row(to, 14, r14)   \
                row(to, 15, r15)
#define GPR_TO_XEN(to, n, name)     (to)->name = g->gpr[n];
#define GPR_FROM_XEN(from, n, name) g->gpr[n] = (from)->name;

#define EACH_SEGMENT(row)                                                                          \
    row(ES, es) row(CS, cs) row(SS, ss) row(DS, ds) row(FS, fs) row(GS, gs) row(LDTR, ldtr)        \
        row(TR, tr)
#define SEGMENT_TO_XEN(N, name)                                                                    \
    c->name##_sel = r->segments[ALTVIEW_##N].selector;                                             \
    c->name##_limit = r->segments[ALTVIEW_##N].limit;                                              \
    c->name##_base = r->segments[ALTVIEW_##N].base;                                                \
    c->name##_arbytes = squeeze(r->segments[ALTVIEW_##N].rights);

/* Xen keeps access rights without the four unused bits in the middle of a VMCS's
 * (xen/arch/x86/include/asm/hvm/vcpu.h, struct segment_register). */
static uint32_t squeeze(uint16_t rights)
{
    return (rights & 0xffU) | (rights >> 4 & 0xf00U);
}

static void tables_to_hw_cpu(const struct altview_registers *r, struct hvm_hw_cpu *c)
{
    EACH_SEGMENT(SEGMENT_TO_XEN)
    c->gdtr_base = r->gdtr_base;
    c->gdtr_limit = r->gdtr_limit;
    c->idtr_base = r->idtr_base;
    c->idtr_limit = r->idtr_limit;
}

static void to_hw_cpu(const struct altview_registers *r, struct hvm_hw_cpu *c)
{
    const struct altview_general *g = &r->general;

    memset(c, 0, sizeof(*c));
    EACH_GPR(GPR_TO_XEN, c)
    tables_to_hw_cpu(r, c);
    c->rip = g->rip;
    c->rflags = g->rflags;
    c->cr0 = r->cr0;
    c->cr2 = r->cr2;
    c->cr3 = r->cr3;
    c->cr4 = r->cr4;
    c->dr7 = r->dr7;
    c->sysenter_cs = r->sysenter_cs;
    c->sysenter_esp = r->sysenter_esp;
    c->sysenter_eip = r->sysenter_eip;
    c->shadow_gs = r->kernel_gs_base;
    c->msr_lstar = r->lstar;
    c->msr_star = r->star;
    c->msr_cstar = r->cstar;
    c->msr_syscall_mask = r->syscall_mask;
    c->msr_efer = r->efer;
}

static void to_guest_context(const struct altview_registers *r, vcpu_guest_context_x86_64_t *c)
{
    const struct altview_general *g = &r->general;

    memset(c, 0, sizeof(*c));
    EACH_GPR(GPR_TO_XEN, &c->user_regs)
    c->flags = VGCF_online;
    c->user_regs.rip = g->rip;
    c->user_regs.rflags = g->rflags;
    c->user_regs.cs = r->segments[ALTVIEW_CS].selector;
    c->user_regs.ss = r->segments[ALTVIEW_SS].selector;
    c->user_regs.ds = r->segments[ALTVIEW_DS].selector;
    c->user_regs.es = r->segments[ALTVIEW_ES].selector;
    c->user_regs.fs = r->segments[ALTVIEW_FS].selector;
    c->user_regs.gs = r->segments[ALTVIEW_GS].selector;
    c->ctrlreg[0] = r->cr0;
    c->ctrlreg[2] = r->cr2;
    c->ctrlreg[3] = r->cr3;
    c->ctrlreg[4] = r->cr4;
    c->debugreg[7] = r->dr7;
    c->fs_base = r->segments[ALTVIEW_FS].base;
    c->gs_base_user = r->segments[ALTVIEW_GS].base;
    c->gs_base_kernel = r->kernel_gs_base;
}

int xc_vcpu_getcontext(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                       vcpu_guest_context_any_t *ctxt)
{
    altview *h = xc_domain(xch, domid);
    struct altview_registers r;
    int rc = h ? xc_result(altview_get_registers(h, vcpu, &r)) : -1;

    if (!rc) {
        to_guest_context(&r, &ctxt->x64);
    }
    return rc;
}

/* The registers that altview can set: all others must be unchanged. */
int xc_vcpu_setcontext(xc_interface *xch, uint32_t domid, uint32_t vcpu,
                       vcpu_guest_context_any_t *ctxt)
{
    altview *h = xc_domain(xch, domid);
    struct altview_set_registers set = {
        .vcpu = vcpu, .mask = ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP | ALTVIEW_SET_RFLAGS};
    struct altview_general *g = &set.general;
    struct altview_registers now;
    vcpu_guest_context_x86_64_t *wanted = &ctxt->x64, is;
    int rc = h ? altview_get_registers(h, vcpu, &now) : 0;

    if (!h) {
        return -1;
    }
    if (rc) {
        return xc_result(rc);
    }
    to_guest_context(&now, &is);
    is.ctrlreg[3] = wanted->ctrlreg[3];
    if (memcmp(is.ctrlreg, wanted->ctrlreg, sizeof(is.ctrlreg)) != 0 ||
        memcmp(is.debugreg, wanted->debugreg, sizeof(is.debugreg)) != 0) {
        return xc_result(altview_fail(-EOPNOTSUPP, "altview sets general registers, RIP, RFLAGS "
                                                   "and CR3"));
    }
    EACH_GPR(GPR_FROM_XEN, &wanted->user_regs)
    g->rip = wanted->user_regs.rip;
    g->rflags = wanted->user_regs.rflags;
    set.cr3 = wanted->ctrlreg[3];
    set.mask |= set.cr3 != now.cr3 ? ALTVIEW_SET_CR3 : 0;
    return xc_result(altview_set_registers(h, &set));
}

/* One record of a saved domain. */
struct record {
    struct hvm_save_descriptor head;
    struct hvm_hw_cpu cpu;
} __attribute__((packed));

static int save_cpus(altview *h, unsigned int count, struct record *to)
{
    struct altview_registers r;
    struct hvm_hw_cpu cpu;
    int rc = 0;

    for (unsigned int i = 0; !rc && i < count; i++) {
        rc = altview_get_registers(h, i, &r);
        if (!rc) {
            to_hw_cpu(&r, &cpu);
            to[i].head = (struct hvm_save_descriptor){
                .typecode = HVM_SAVE_CODE(CPU), .instance = (uint16_t)i, .length = sizeof(cpu)};
            memcpy(&to[i].cpu, &cpu, sizeof(cpu));
        }
    }
    return rc;
}

/* A record for each vCPU, and the record that ends them. Without a buffer: how large it must be. */
int xc_domain_hvm_getcontext(xc_interface *xch, uint32_t domid, uint8_t *ctxt_buf, uint32_t size)
{
    const struct hvm_save_descriptor end = {.typecode = HVM_SAVE_CODE(END)};
    altview *h = xc_domain(xch, domid);
    struct altview_hello hello;
    int rc = h ? xc_result(altview_hello(h, &hello)) : -1;

    if (rc) {
        return rc;
    }
    uint32_t records = hello.vcpu_count * (uint32_t)sizeof(struct record);
    uint32_t needed = records + (uint32_t)sizeof(end);
    if (!ctxt_buf) {
        return (int)needed;
    }
    if (size < needed) {
        return xc_result(altview_fail(-ENOSPC, "the buffer has %u bytes of %u", size, needed));
    }
    memcpy(ctxt_buf + records, &end, sizeof(end));
    rc = save_cpus(h, hello.vcpu_count, (struct record *)(void *)ctxt_buf);
    return rc ? xc_result(rc) : (int)needed;
}

int xc_domain_hvm_getcontext_partial(xc_interface *xch, uint32_t domid, uint16_t typecode,
                                     uint16_t instance, void *ctxt_buf, uint32_t size)
{
    altview *h = xc_domain(xch, domid);
    struct altview_registers r;
    struct hvm_hw_cpu cpu;
    struct hvm_hw_mtrr mtrr = {.msr_pat_cr = 0};
    int rc = h ? xc_result(altview_get_registers(h, instance, &r)) : -1;

    if (rc) {
        return rc;
    }
    if (typecode == HVM_SAVE_CODE(CPU) && size >= sizeof(cpu)) {
        to_hw_cpu(&r, &cpu);
        memcpy(ctxt_buf, &cpu, sizeof(cpu));
        return 0;
    }
    if (typecode == HVM_SAVE_CODE(MTRR) && size >= sizeof(mtrr)) {
        mtrr.msr_pat_cr = r.pat; /* altview shows the guest no MTRRs */
        memcpy(ctxt_buf, &mtrr, sizeof(mtrr));
        return 0;
    }
    return xc_result(altview_fail(-EINVAL, "altview has no record %u of %u bytes", typecode, size));
}
