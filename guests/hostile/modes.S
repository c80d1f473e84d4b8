/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Out of 64-bit mode and back: attempts where the runtime can't run, in 32-bit mode with and
 * without paging, and in real mode. Each exception ends one attempt, which notes its vector.
 *
 * void modes_run(void (*part)(void)): calls one of the parts below in 32-bit protected mode, paging
 * off. modes_seen has the results, in order.
 */
#define CODE32 0x08
#define DATA   0x10
#define CODE64 0x18
#define CODE16 0x20
#define DATA16 0x28
#define TASK_A 0x30
#define TASK_B 0x38
#define TASK16 0x40
#define USER_CODE32 0x4b
#define USER_DATA   0x53

#define EFER     0xc0000080
#define EFER_LME 0x100
#define CR0_NE   0x20
#define CR0_AM   0x40000
#define FLAG_AC  0x40000
#define CR0_PG   0x80000000
#define CR4_PAE  0x20

#define REAL      0x9000 /* where real-mode code is copied to */
#define REAL_IVT  0xa000
#define NO_VECTOR 0xff

#define COM2_STATUS 0x2fd

    .text
    .code64
    .globl modes_run
modes_run:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, stack64
    mov %edi, part
    mov %cr3, %rax
    mov %rax, cr3_saved
    mov %cr0, %rax
    mov %eax, cr0_saved
    mov %cr4, %rax
    mov %eax, cr4_saved
    sgdt gdt_saved
    sidt idt_saved
    str task_saved
    lgdt gdt_pointer
    lidt idt_pointer
    movl $modes_seen, seen_next
    pushq $CODE32
    pushq $1f
    lretq

    .code32
1:  call load_data
    mov $stack32_top, %esp
    mov %cr0, %eax
    and $~CR0_PG, %eax
    mov %eax, %cr0
    mov $EFER, %ecx
    rdmsr
    and $~EFER_LME, %eax
    wrmsr
    xor %eax, %eax
    mov %eax, %cr4
    mov %esp, stack32
    call *part

    call load_task /* a 16-bit one would keep the CPU out of 64-bit mode */
    mov cr4_saved, %eax
    mov %eax, %cr4
    mov cr3_saved, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    mov cr0_saved, %eax
    mov %eax, %cr0
    ljmp $CODE64, $1f

    .code64
1:  mov stack64, %rsp
    lgdt gdt_saved
    lidt idt_saved
    movzwl task_saved, %eax
    test %eax, %eax
    jz 2f
    mov gdt_saved + 2, %rcx
    andb $~2, 5(%rcx, %rax) /* not busy */
    ltr %ax
2:  pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

    .code32
load_data:
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    ret

load_task:
    andb $~2, gdt + TASK_A + 5
    mov $TASK_A, %eax
    ltr %ax
    ret

/* Keep EAX. */
note:
    push %edx
    mov seen_next, %edx
    mov %eax, (%edx)
    addl $4, seen_next
    pop %edx
    ret

/* The code up to `caught` may fault: note the vector, or NO_VECTOR. */
.macro try
    movl $8f, recover
    mov %esp, stack32
.endm
.macro caught
    movl $NO_VECTOR, vector
8:  mov stack32, %esp
    mov vector, %eax
    call note
.endm

fault: /* from ring 3 without data segments */
    push %eax
    call load_data
    pop %eax
    popl vector
    mov stack32, %esp
    jmp *recover

    .balign 8
stubs:
    number = 0
    .rept 33
    .balign 8
    .byte 0x6a, number /* push */
    jmp fault
    number = number + 1
    .endr

/* Hypercalls, exits and refusals without paging: modes.c has the right results. */
    .globl modes_plain
modes_plain:
    mov $17, %eax /* xen_version */
    xor %ebx, %ebx
    vmcall
    call note
    mov $17, %eax
    mov $1, %ebx /* extraversion */
    mov modes_own, %ecx
    vmcall
    call note
    mov $17, %eax
    mov $1, %ebx
    mov $-2, %ecx
    vmcall
    call note
    mov $COM2_STATUS, %edx
    xor %eax, %eax
    in %dx, %al
    call note
    try
    mov $0x480, %ecx
    rdmsr
    caught
    try
    vmxoff
    caught
    try
    mov %cr0, %eax
    xor $CR0_NE, %eax
    or $0x20000000, %eax /* NW without CD */
    mov %eax, %cr0
    caught
    try
    mov %cr0, %eax
    xor $CR0_NE, %eax
    mov %eax, %cr0
    cpuid
    caught
    ret

/* PAE paging whose top level is in the hypervisor's range, by both paths of MOV to CR0. */
    .globl modes_pae
modes_pae:
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov modes_pae_own, %eax
    mov %eax, %cr3
    try
    mov %cr0, %eax
    or $CR0_PG, %eax
    mov %eax, %cr0
    caught
    try
    mov %cr0, %eax
    or $CR0_PG, %eax
    xor $CR0_NE, %eax
    mov %eax, %cr0
    caught
    mov modes_pdpt, %eax
    mov %eax, %cr3
    try
    mov %cr0, %eax
    or $CR0_PG, %eax
    xor $CR0_NE, %eax
    mov %eax, %cr0
    cpuid
    caught
    mov $17, %eax
    mov $1, %ebx
    mov $modes_text, %ecx
    vmcall
    call note
    try
    mov modes_pae_own, %eax
    mov %eax, %cr3
    caught
    mov %cr0, %eax
    and $~CR0_PG, %eax
    mov %eax, %cr0
    xor %eax, %eax
    mov %eax, %cr4
    ret

/* Task switches in all four ways. */
    .globl modes_tasks
modes_tasks:
    call load_task
    movl $stack32_top - 1024, task_b + 56
    movl $1f, task_b + 32
    try
    ljmp $TASK_B, $0
    caught
    try
    lcall $TASK_B, $0
    caught
    movw $TASK_B, task_a /* the back link */
    orb $2, gdt + TASK_B + 5
    try
    pushf
    orl $0x4000, (%esp) /* NT */
    popf
    iret
    caught
    pushf
    andl $~0x4000, (%esp)
    popf
    andb $~2, gdt + TASK_B + 5
    try
    int $32
    caught
    ret
1:  mov $0xbad, %eax /* the other task runs */
    mov %eax, vector
    jmp *recover

/* To 64-bit mode with a 16-bit TSS: MOV to CR0 refuses, also where the hypervisor does it. */
    .globl modes_task16
modes_task16:
    andb $~2, gdt + TASK16 + 5
    mov $TASK16, %eax
    ltr %ax
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov cr3_saved, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    try
    mov %cr0, %eax
    or $CR0_PG, %eax
    mov %eax, %cr0
    caught
    try
    mov %cr0, %eax
    or $CR0_PG, %eax
    xor $CR0_NE, %eax
    mov %eax, %cr0
    caught
    mov $EFER, %ecx
    rdmsr
    and $~EFER_LME, %eax
    wrmsr
    xor %eax, %eax
    mov %eax, %cr4
    ret

/* #AC whose handler, in ring 3, has a stack on which its frame raises #AC, and so on: until the
 * gate leads to ring 0. */
    .globl modes_alignment
modes_alignment:
    call load_task
    movl $(stack32_top - 2048), task_a + 4
    movl $DATA, task_a + 8
    mov %cr0, %eax
    or $CR0_AM, %eax
    mov %eax, %cr0
    try
    pushl $USER_DATA
    pushl $(stack32_top - 1023)
    pushl $(FLAG_AC | 2)
    pushl $USER_CODE32
    pushl $1f
    iret
1:  mov (%esp), %eax
    caught
    pushf
    andl $~FLAG_AC, (%esp)
    popf
    mov %cr0, %eax
    and $~CR0_AM, %eax
    mov %eax, %cr0
    ret

/* To real mode and back, in a copy below 1 MiB. */
    .globl modes_real
modes_real:
    mov $real, %esi
    mov $REAL, %edi
    mov $(real_end - real), %ecx
    cld
    rep movsb
    mov $REAL_IVT, %edi
    mov $256, %ecx
    mov $(REAL / 16 << 16 | (real_fault - real)), %eax
    rep stosl
    lidt real_idt_pointer
    ljmp $CODE16, $0
modes_real_back: /* with real mode's stack segment */
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %ss
    mov stack32, %esp
    sub $4, %esp /* modes_run's return address is below */
    call load_data
    lidt idt_pointer
    mov $(REAL + real_seen - real), %esi
    mov $8, %ecx
1:  lodsl
    call note
    loop 1b
    ret

    .code16
real:
    mov $DATA16, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov %cr0, %eax
    and $~1, %eax
    mov %eax, %cr0
    ljmp $(REAL / 16), $(1f - real)
1:  mov %cs, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $0x0ff0, %sp
    mov $17, %eax
    xor %ebx, %ebx
    vmcall
    mov %eax, real_seen - real
    mov $17, %eax
    mov $1, %ebx
    mov real_own - real, %ecx
    vmcall
    mov %eax, real_seen - real + 4
    mov $COM2_STATUS, %dx
    xor %eax, %eax
    in %dx, %al
    mov %eax, real_seen - real + 8
    movw $(1f - real), real_resume - real
    mov $0x480, %ecx
    rdmsr
    jmp 2f
1:  incl real_seen - real + 12
2:  movw $(1f - real), real_resume - real
    vmxoff
    jmp 2f
1:  incl real_seen - real + 16
2:  movw $(1f - real), real_resume - real
    mov %cr0, %eax
    or $CR0_PG, %eax /* without PE */
    mov %eax, %cr0
    jmp 2f
1:  incl real_seen - real + 20
2:  xor %eax, %eax
    cpuid
    mov %eax, real_seen - real + 24
    mov %cr0, %eax
    xor $CR0_NE, %eax
    mov %eax, %cr0
    mov %eax, real_seen - real + 28
    mov %cr0, %eax
    or $1, %eax
    mov %eax, %cr0
    ljmpl $CODE32, $modes_real_back
/* In the handler's frame: IP. */
real_fault:
    push %bp
    mov %sp, %bp
    push %ax
    mov real_resume - real, %ax
    mov %ax, 2(%bp)
    pop %ax
    pop %bp
    iret
    .balign 4
    .globl modes_real_own
modes_real_own:
real_own:    .long 0
real_resume: .word 0
    .balign 4
real_seen:   .skip 32
real_end:

/*
 * void modes_wrap(uintptr_t at): run code at a linear address below 4 GiB in compatibility mode, up
* to `jmp *%esi`. EAX, EBX and ECX are a hypercall's.
 */
    .code64
    .globl modes_wrap
modes_wrap:
    push %rbx
    push %rbp
    mov %rsp, stack64
    sgdt gdt_saved
    lgdt gdt_pointer
    mov %edi, %eax
    mov $modes_wrap_back, %esi
    pushq $CODE32
    pushq %rax
    mov $17, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    lretq
    .code32
modes_wrap_back:
    ljmp $CODE64, $1f
    .code64
1:  mov stack64, %rsp
    lgdt gdt_saved
    pop %rbp
    pop %rbx
    ret

    .data
    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff /* CODE32 */
    .quad 0x00cf93000000ffff /* DATA */
    .quad 0x00af9b000000ffff /* CODE64 */
    .quad 0x00009b000000ffff | REAL << 16 /* CODE16 */
    .quad 0x000093000000ffff /* DATA16 */
    /* Bases are filled in by modes_init: an address can't be split at link time. */
    .quad 0x0000890000000067 /* TASK_A */
    .quad 0x0000890000000067 /* TASK_B */
    .quad 0x000081000000002b /* TASK16 */
    .quad 0x00cffb000000ffff /* USER_CODE32 */
    .quad 0x00cff3000000ffff /* USER_DATA */
gdt_end:
gdt_pointer:
    .word gdt_end - gdt - 1
    .quad gdt
idt_pointer:
    .word 33 * 8 - 1
    .quad modes_idt
real_idt_pointer:
    .word 0x3ff
    .long REAL_IVT
    .balign 8
task_b: /* CR3 0, flat segments */
    .skip 36
    .long 2                   /* EFLAGS */
    .skip 32
    .long DATA, CODE32, DATA, DATA, DATA, DATA
    .skip 8

    .globl modes_tables, modes_stub_table
modes_tables: /* for modes_init: the GDT, the tasks, the first stub */
    .quad gdt, task_a, task_b, task16, stubs

    .bss
    .balign 16
task_a:    .skip 104
task16:    .skip 48
    .globl modes_idt, modes_seen, modes_own, modes_pae_own, modes_pdpt, modes_text
modes_idt:  .skip 33 * 8
modes_seen: .skip 4 * 32
modes_own:  .skip 4
modes_pdpt: .skip 4
modes_text: .skip 64
modes_pae_own: .skip 4
    .balign 8
stack64:    .skip 8
cr3_saved:  .skip 8
cr0_saved:  .skip 4
cr4_saved:  .skip 4
part:       .skip 4
seen_next:  .skip 4
recover:    .skip 4
vector:     .skip 4
stack32:    .skip 4
gdt_saved:  .skip 10
idt_saved:  .skip 10
task_saved: .skip 2
    .balign 16
    .skip 4096
stack32_top:

    .section .note.GNU-stack, "", @progbits
