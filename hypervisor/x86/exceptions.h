/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions in root mode. Each is a fault of altview's, except the NMI, and the #GP of an
 * instruction that only tries (x86.h: wrmsr_try, rdmsr_try, xsetbv_try). For C and assembly.
 */
#ifndef X86_EXCEPTIONS_H
#define X86_EXCEPTIONS_H

#define EXCEPTION_COUNT      32
#define INTERRUPT_COUNT      256 /* vectors that an external interrupt may have: any */
#define EXCEPTION_ENTRY_SIZE 16

#define VECTOR_DE  0
#define VECTOR_DB  1
#define VECTOR_NMI 2
#define VECTOR_BP  3
#define VECTOR_OF  4
#define VECTOR_UD  6
#define VECTOR_DF  8
#define VECTOR_TS  10
#define VECTOR_GP  13
#define VECTOR_PF  14
#define VECTOR_AC  17
#define VECTOR_MC  18
#define VECTOR_VE  20
#define VECTOR_CP  21

#ifndef __ASSEMBLER__
#include <stdint.h>

extern const char exception_entries[]; /* EXCEPTION_COUNT of EXCEPTION_ENTRY_SIZE bytes */

/* take.S: INTERRUPT_COUNT entries of that size, and the function that enables interrupts for
 * one. */
extern const char interrupt_entries[];
int interrupt_take(void);

/* The instructions that only try, and the address at which they go on after #GP: try.S. */
extern const char wrmsr_instruction[], rdmsr_instruction[], xsetbv_instruction[], try_refused[];

/* exception_entry.S's data on the stack. */
struct exception_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss; /* pushed by the CPU */
};

void exception_handle(struct exception_frame *frame);

/* The function that takes the NMIs of a CPU with a vCPU (x86/tables.h). Set it once, before there
 * is such a CPU. */
struct vcpu;
typedef void nmi_handler(struct vcpu *vcpu);
void exceptions_tell_nmis(nmi_handler *tell);
#endif

#endif
