/* SPDX-License-Identifier: BSD-2-Clause */
#include "exceptions.h"

#include "apic.h"
#include "base/log.h"
#include "tables.h"
#include "x86.h"

/* SDM Vol. 3A table 6-1. */
static const char *name_of(uint64_t vector)
{
    static const char names[EXCEPTION_COUNT][4] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "",    "#TS",
        "#NP", "#SS", "#GP", "#PF", "",    "#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
    };

    return vector < EXCEPTION_COUNT ? names[vector] : "";
}

static nmi_handler *nmi_told;

void exceptions_tell_nmis(nmi_handler *tell)
{
    nmi_told = tell;
}

static bool only_tried(const struct exception_frame *f)
{
    return f->vector == VECTOR_GP &&
           (f->rip == (uintptr_t)wrmsr_instruction || f->rip == (uintptr_t)rdmsr_instruction ||
            f->rip == (uintptr_t)xsetbv_instruction);
}

/* An NMI that comes after it, on the same stack, is a real NMI. */
static bool is_vector_2(struct cpu_tables *tables)
{
    if (tables->takes != TAKES_ANY || !apic_serves(VECTOR_NMI)) {
        return false;
    }
    tables->takes = HAS_TAKEN_2;
    return true;
}

/* Interrupts are enabled in root mode only while altview takes one, and only one may come. */
static void take_nmi(struct exception_frame *f)
{
    struct cpu_tables *tables = cpu_tables_current();

    f->rflags &= ~RFLAGS_IF;
    if (!is_vector_2(tables) && tables->vcpu) {
        nmi_told(tables->vcpu);
    }
}

void exception_handle(struct exception_frame *f)
{
    if (f->vector == VECTOR_NMI) {
        take_nmi(f);
        return;
    }
    if (f->vector == VECTOR_DB && !(f->rflags & RFLAGS_TF)) {
        return; /* left over from a guest's step: in Bochs 2.7 it comes after the exit */
    }
    if (only_tried(f)) {
        f->rip = (uintptr_t)try_refused;
        return;
    }
    machine_stop_others();
    log_line("rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_line("rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp, f->rsp);
    log_line("r8  %016lx r9  %016lx r10 %016lx r11 %016lx", f->r8, f->r9, f->r10, f->r11);
    log_line("r12 %016lx r13 %016lx r14 %016lx r15 %016lx", f->r12, f->r13, f->r14, f->r15);
    panic_at(f->rip, f->rsp,
             "altview itself took exception %lu %s, error code %lx, at RIP %lx, CR2 %lx", f->vector,
             name_of(f->vector), f->error, f->rip, read_cr2());
}
