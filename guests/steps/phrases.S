/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of a sequence besides single instructions with operands (instructions.c): instructions
 * with their own operands, and instructions that need a few others around them. They run at any
 * address to which they are copied. Of the registers, RAX, RCX, RDX and R8 to R11 are free; RBX,
 * RBP, RSI, RDI and R12 point to data, R12 to a multiple of 64; R13 to the first data page; R15 is
 * below 16.
 */
#include "arena.h"
#include "classes.h"
#include "enter.h"
#include "views.h"

#define TF       0x100
#define INDICES  (ARENA_DATA_PAGES - 1) * 4096
#define ICEBP    .byte 0xf1
#define REX_W    .byte 0x48
#define VMFUNC   .byte 0x0f, 0x01, 0xd4

    .macro phrase class
    .pushsection .rodata.phrases, "a"
    .quad phrase_\@
    .quad \class
    .popsection
phrase_\@:
    .endm

    .section .rodata.phrases, "a"
    .balign 8
    .globl phrases
phrases:
    .section .rodata.code, "a"

/* Where SYSCALL and SYSENTER lead to, from ring 0 and ring 3: generate.c counts on this order. */
    phrase CLASS_STUB
    push %r11
    popfq
    jmp *%rcx
    phrase CLASS_STUB
    mov %rcx, %rsp
    jmp *%rdx
    phrase CLASS_STUB
    sysretq
    phrase CLASS_STUB
    sysexitq

    .irp size, b, w, l, q
    .irp direction, cld, std
    phrase CLASS_STRING
    \direction
    mov %r15d, %ecx
    rep movs\size
    phrase CLASS_STRING
    \direction
    mov %r15d, %ecx
    rep stos\size
    phrase CLASS_STRING
    \direction
    mov %r15d, %ecx
    rep lods\size
    phrase CLASS_STRING
    \direction
    mov $9, %ecx
    repe cmps\size
    phrase CLASS_STRING
    \direction
    mov $40, %ecx
    repne scas\size
    phrase CLASS_STRING
    \direction
    movs\size
    .endr
    .endr
    phrase CLASS_STRING
    mov $70, %ecx
    rep movsb
    phrase CLASS_STRING
    mov $3, %ecx
    addr32 rep movsl
    phrase CLASS_STRING
    mov $0x80, %edx
    mov %r15d, %ecx
    rep outsb
    phrase CLASS_STRING
    mov $0x21, %edx
    insb

    phrase CLASS_STACK
    push %rax
    push %r9
    pop %rcx
    phrase CLASS_STACK
    push $0x12345678
    pushw $1
    phrase CLASS_STACK
    push %fs
    push %gs
    phrase CLASS_STACK
    pushq (%rbx)
    popq 8(%rbx)
    phrase CLASS_STACK
    pushq (%rsi)
    popq (%rsp)
    phrase CLASS_STACK
    pop %r8
    phrase CLASS_STACK
    popq (%rdi)
    phrase CLASS_STACK
    push %rsp
    pop %rax
    phrase CLASS_STACK
    push %rbp
    mov %rsp, %rbp
    leave
    phrase CLASS_STACK
    mov %rbp, %r8
    enter $48, $0
    mov %r8, %rbp
    phrase CLASS_STACK
    mov %rbp, %r8
    enter $16, $4
    mov %r8, %rbp
    phrase CLASS_STACK
    lea -600(%rsp), %rsp
    push %rax
    phrase CLASS_STACK
    mov %rsp, %rax
    lea 24(%rbx), %rsp
    push %rcx
    push (%rsi)
    mov %rax, %rsp

    phrase CLASS_FAR
    jmp 1f
    ud2
1:
    phrase CLASS_FAR
    .irp condition, e, ne, c, l, s, p, o
    j\condition . + 2
    .endr
    phrase CLASS_FAR
    mov $4, %ecx
1:  inc %eax
    loop 1b
    phrase CLASS_FAR
    call 1f
1:  pop %rax
    phrase CLASS_FAR
    call 1f
    jmp 2f
1:  ret
2:
    phrase CLASS_FAR
    call 1f
    jmp 2f
1:  push %rcx
    lea 8(%rsp), %rsp
    ret $0
2:
    phrase CLASS_FAR
    lea 1f(%rip), %rax
    call *%rax
1:  pop %rcx
    phrase CLASS_FAR
    lea 1f(%rip), %rax
    mov %rax, (%rbx)
    jmp *(%rbx)
1:
    phrase CLASS_FAR
    lea 1f(%rip), %rax
    mov %rax, (%rdi)
    call *(%rdi)
1:  pop %rax
    phrase CLASS_FAR
    mov %cs, %eax
    lea 1f(%rip), %rcx
    push %rax
    push %rcx
    lretq
1:
    phrase CLASS_FAR
    mov %cs, %eax
    lea 1f(%rip), %rcx
    push %rax
    push %rcx
    REX_W
    ljmpl *(%rsp)
1:  lea 16(%rsp), %rsp
    phrase CLASS_FAR
    mov %cs, %eax
    lea 1f(%rip), %rcx
    mov %rcx, (%rbx)
    mov %eax, 8(%rbx)
    REX_W
    lcalll *(%rbx)
1:  lea 16(%rsp), %rsp
    phrase CLASS_FAR
    mov %cs, %eax
    lea 1f(%rip), %rcx
    mov %rcx, (%rdi)
    mov %eax, 8(%rdi)
    REX_W
    lcalll *(%rdi)
    jmp 2f
1:  lretq
2:
    phrase CLASS_FLAGS
    mov %rsp, %rax
    mov %ss, %ecx
    push %rcx
    push %rax
    pushfq
    mov %cs, %ecx
    lea 1f(%rip), %rax
    push %rcx
    push %rax
    iretq
1:

    phrase CLASS_X87
    fninit
    fld1
    fldpi
    faddp
    phrase CLASS_X87
    fldt (%rbx)
    fstpt (%rdi)
    phrase CLASS_X87
    fnstenv (%rbx)
    fldenv (%rbx)
    phrase CLASS_X87
    fnsave (%r12)
    frstor (%r12)
    phrase CLASS_X87
    fld1
    fldz
    fdivrp
    fnstsw %ax
    fnclex
    phrase CLASS_X87
    fldl (%rsi)
    fsin
    fistpll (%rbp)
    phrase CLASS_X87
    movq (%rbx), %mm1
    paddb (%rdi), %mm1
    movntq %mm1, (%rsi)
    emms
    phrase CLASS_X87
    pcmpeqb %mm2, %mm2
    maskmovq %mm2, %mm1

    phrase CLASS_SSE
    pcmpeqb %xmm2, %xmm2
    maskmovdqu %xmm2, %xmm1
    phrase CLASS_SSE
    stmxcsr (%rbx)
    ldmxcsr (%rbx)
    phrase CLASS_SSE
    movaps %xmm3, (%r12)
    movntdqa (%r12), %xmm4
    movntps %xmm4, 32(%r12)

    phrase CLASS_AVX
    vzeroupper
    phrase CLASS_AVX
    vzeroall
    phrase CLASS_AVX
    vpcmpeqd %ymm1, %ymm1, %ymm1
    vpsllq $40, %ymm1, %ymm1
    vmaskmovps (%rbx), %ymm1, %ymm2
    vmaskmovps %ymm2, %ymm1, -2(%rdi)
    phrase CLASS_AVX
    vpmaskmovq -11(%rsi), %ymm3, %ymm2
    vpmaskmovd %ymm2, %ymm4, 5(%rdi)
    phrase CLASS_AVX
    vmaskmovdqu %xmm2, %xmm1
    phrase CLASS_AVX
    vmovdqa %ymm1, (%r12)
    vmovntdq %ymm2, 32(%r12)
    vlddqu 60(%r12), %ymm3

    phrase CLASS_AVX512
    mov $0xa5f0, %eax
    kmovw %eax, %k1
    vmovdqu32 (%rbx), %zmm1{%k1}{z}
    vmovdqu32 %zmm1, -30(%rdi){%k1}
    phrase CLASS_AVX512
    mov $0x00f0, %eax
    kmovd %eax, %k3
    vcompressps %zmm2, 3(%rbx){%k3}
    vexpandpd (%rdi), %zmm3{%k3}
    phrase CLASS_AVX512
    kmovq (%rbx), %k2
    kmovq %k2, (%rdi)
    vmovdqu8 (%rsi), %zmm4{%k2}
    vmovdqu16 %zmm4, (%rbx){%k2}
    phrase CLASS_AVX512
    vmovdqa64 %zmm1, (%r12)
    vmovntdq %zmm2, 64(%r12)
    vmovdqu64 33(%r12), %zmm20
    phrase CLASS_AVX512
    vpmovqb %zmm5, (%rbx)
    vpmovsxbq (%rdi), %zmm6
    vbroadcasti32x4 (%rsi), %zmm7
    phrase CLASS_AVX512
    kxnorw %k1, %k1, %k1
    vpconflictd (%rdi), %zmm8{%k1}
    vpermq (%rsi), %zmm1, %zmm17

/* Rows of indices: generate.c fills them in. */
    row = 0
    .rept ENTER_INDEX_ROWS
    at = INDICES + row * 64
    phrase CLASS_GATHER
    vpcmpeqd %ymm14, %ymm14, %ymm14
    vmovdqu at(%r13), %ymm15
    vpgatherdd %ymm14, (%r13, %ymm15), %ymm3
    phrase CLASS_GATHER
    vpcmpeqd %ymm14, %ymm14, %ymm14
    vmovdqu at(%r13), %xmm15
    vgatherdpd %ymm14, (%r13, %xmm15), %ymm4
    phrase CLASS_GATHER
    vpcmpeqd %xmm14, %xmm14, %xmm14
    vpmovsxdq at(%r13), %ymm15
    vpgatherqd %xmm14, (%r13, %ymm15), %xmm5
    phrase CLASS_GATHER
    kxnorw %k1, %k1, %k1
    vmovdqu32 at(%r13), %zmm15
    vpgatherdd (%r13, %zmm15), %zmm3{%k1}
    phrase CLASS_GATHER
    kxnorw %k1, %k1, %k1
    vmovdqu32 at(%r13), %zmm15
    vpscatterdd %zmm3, (%r13, %zmm15){%k1}
    phrase CLASS_GATHER
    kxnorw %k1, %k1, %k1
    vmovdqu32 at(%r13), %ymm15
    vscatterdpd %zmm3, (%r13, %ymm15){%k1}
    row = row + 1
    .endr

    phrase CLASS_XSAVE
    mov $-1, %eax
    mov %eax, %edx
    xsave64 (%r12)
    xrstor64 (%r12)
    phrase CLASS_XSAVE
    mov $-1, %eax
    mov %eax, %edx
    xsavec64 (%r12)
    xrstor64 (%r12)
    phrase CLASS_XSAVE
    mov $-1, %eax
    mov %eax, %edx
    xsaveopt (%r12)
    xrstor (%r12)
    phrase CLASS_XSAVE
    mov $-1, %eax
    mov %eax, %edx
    xsaves64 (%r12)
    xrstors64 (%r12)
    phrase CLASS_XSAVE
    mov $6, %eax
    xor %edx, %edx
    xsave 64(%r12)
    phrase CLASS_XSAVE
    fxsave64 (%r12)
    fxrstor64 (%r12)
    phrase CLASS_XSAVE
    xor %ecx, %ecx
    xgetbv
    xsetbv

    phrase CLASS_SYSTEM
    mov %cr0, %rax
    mov %rax, %cr0
    phrase CLASS_SYSTEM
    mov %cr3, %rax
    mov %rax, %cr3
    phrase CLASS_SYSTEM
    mov %cr4, %rax
    mov %rax, %cr4
    phrase CLASS_SYSTEM
    mov %cr8, %rax
    mov %rax, %cr8
    phrase CLASS_SYSTEM
    mov %rcx, %cr2
    mov %cr2, %rax
    phrase CLASS_SYSTEM
    mov %rcx, %dr0
    mov %dr0, %rax
    mov %dr7, %rcx
    phrase CLASS_SYSTEM
    clts
    phrase CLASS_SYSTEM
    smsw %eax
    lmsw %ax
    phrase CLASS_SYSTEM
    sgdt (%rbx)
    lgdt (%rbx)
    phrase CLASS_SYSTEM
    sidt 16(%rdi)
    lidt 16(%rdi)
    phrase CLASS_SYSTEM
    sldt (%rbx)
    str (%rdi)
    phrase CLASS_SYSTEM
    mov %ds, %eax
    mov %eax, %ds
    phrase CLASS_SYSTEM
    lar %r15w, %eax
    lsl %r15w, %ecx
    phrase CLASS_SYSTEM
    verr (%rsi)
    phrase CLASS_SYSTEM
    invlpg (%rbx)
    phrase CLASS_SYSTEM
    movq $0, (%r12)
    movq $0, 8(%r12)
    mov $2, %eax
    invpcid (%r12), %rax
    phrase CLASS_SYSTEM
    wbinvd
    phrase CLASS_SYSTEM
    swapgs
    phrase CLASS_SYSTEM
    mov $0xc0000101, %ecx
    rdmsr
    wrmsr
    phrase CLASS_SYSTEM
    mov $0xc0000102, %ecx
    rdmsr
    wrmsr
    phrase CLASS_SYSTEM
    mov $0xc0000080, %ecx
    rdmsr
    phrase CLASS_TIME
    mov $0x10, %ecx
    rdmsr
    xor %eax, %eax
    xor %edx, %edx
    phrase CLASS_TIME
    rdtsc
    xor %eax, %eax
    xor %edx, %edx
    phrase CLASS_TIME
    rdtscp
    xor %eax, %eax
    xor %edx, %edx
    phrase CLASS_SYSTEM
    mov %rbx, %r8
    xor %eax, %eax
    cpuid
    mov %rbx, %r9
    mov %r8, %rbx
    phrase CLASS_SYSTEM
    in $0x21, %al
    out %al, $0x80
    phrase CLASS_SYSTEM
    clflush (%rbx)
    mfence
    lfence
    sfence
    phrase CLASS_SYSTEM
    mov %rbx, %rax
    prefetcht0 (%rax)
    prefetchw (%rdi)
    phrase CLASS_SYSTEM
    stac
    clac
    phrase CLASS_SYSTEM
    pause
    phrase CLASS_SYSTEM
    cli

    phrase CLASS_FLAGS
    pushfq
    pop %rax
    phrase CLASS_FLAGS
    pushfq
    popfq
    phrase CLASS_FLAGS
    pushfw
    popfw
    phrase CLASS_FLAGS
    pushfq
    orl $0x40cd5, (%rsp)
    popfq
    phrase CLASS_FLAGS
    int $0x80
    phrase CLASS_FLAGS
    int3
    phrase CLASS_FLAGS
    int $0x80
    pushfq
    pop %rdx
    phrase CLASS_FLAGS
    syscall
    phrase CLASS_FLAGS
    lea 1f(%rip), %rdx
    mov %rsp, %rcx
    sysenter
1:
    phrase CLASS_FLAGS
    ud2
    phrase CLASS_FLAGS
    xor %ecx, %ecx
    div %ecx

    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    nop
    pushfq
    andl $~TF, (%rsp)
    popfq
    phrase CLASS_ICEBP
    ICEBP
    phrase CLASS_ICEBP
    nop
    ICEBP
    pushfq
    pop %rax
    phrase CLASS_ICEBP
    mov %ss, %eax
    mov %eax, %ss
    ICEBP
    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    int3
    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    syscall
    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    pushfq
    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    mov $5, %ecx
    rep movsb
    phrase CLASS_TRAP
    pushfq
    orl $TF, (%rsp)
    popfq
    mov %rbx, %r8
    xor %eax, %eax
    cpuid
    mov %r8, %rbx

/* Breakpoints: at an instruction, at a read or write, at a write. */
    phrase CLASS_BREAKPOINT
    lea 1f(%rip), %rax
    mov %rax, %dr0
    mov $0x401, %eax
    mov %rax, %dr7
1:  mov (%rbx), %rcx
    mov $0x400, %eax
    mov %rax, %dr7
    .irp kind, 0xf0401, 0xd0401
    phrase CLASS_BREAKPOINT
    mov %rbx, %dr0
    mov $\kind, %eax
    mov %rax, %dr7
    mov (%rbx), %ecx
    mov %ecx, (%rbx)
    push (%rbx)
    mov $0x400, %eax
    mov %rax, %dr7
    .endr

    phrase CLASS_SHADOW
    mov %ss, %eax
    mov %eax, %ss
    mov (%rbx), %rcx
    phrase CLASS_SHADOW
    mov %ss, %eax
    mov %eax, %ss
    int3
    phrase CLASS_FAULT
    mov %ss, %eax
    mov %eax, %ss
    ud2
    phrase CLASS_SHADOW
    mov %ss, (%rbx)
    mov (%rbx), %ss
    push %rax
    phrase CLASS_SHADOW
    mov %ss, %eax
    mov %eax, %ss
    mov %eax, %ss
    nop
    phrase CLASS_SHADOW
    sti
    nop
    cli
    phrase CLASS_SHADOW
    sti
    mov (%rdi), %rax
    mov (%rbx), %rcx
    phrase CLASS_SHADOW
    sti
    push %rax
    cli
    phrase CLASS_SHADOW
    sti
    cli

    phrase CLASS_SELF
    movb $9, 1f - 4(%rip)
    mov $0x11223344, %eax
1:
    phrase CLASS_SELF
    mov 1f(%rip), %rax
1:
    phrase CLASS_SELF
    lea 1f(%rip), %rax
    movb $0x90, (%rax)
1:  int3
    phrase CLASS_SELF
    mov %rsi, %r8
    lea 1f(%rip), %rsi
    lodsq
1:  mov %r8, %rsi
    phrase CLASS_SELF
    lock incb 1f - 4(%rip)
    mov $0x11223344, %eax
1:

/* RCX: where to. A view is left for view 0, or for the last, which restricts nothing. */
    phrase CLASS_VIEW
    xor %eax, %eax
    xor %ecx, %ecx
    VMFUNC
    phrase CLASS_VIEW
    xor %eax, %eax
    mov $VIEW_OTHER, %ecx
    VMFUNC
    phrase CLASS_VIEW
    xor %eax, %eax
    mov $500, %ecx
    VMFUNC
    phrase CLASS_VIEW
    mov $64, %eax
    VMFUNC
    phrase CLASS_VIEW
    mov %rdi, %r8
    mov %rsi, %r9
    xor %edi, %edi
    mov $17, %eax
    vmcall
    mov %r8, %rdi
    mov %r9, %rsi
    .irp envelope, views_to_0, views_to_other
    phrase CLASS_VIEW
    mov %rdi, %r8
    mov %rsi, %r9
    mov $25, %edi
    mov $\envelope, %esi
    mov $34, %eax
    vmcall
    mov %r8, %rdi
    mov %r9, %rsi
    .endr

    phrase CLASS_END

    .section .note.GNU-stack, "", @progbits
