/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest of altview's: it moves between two views of its memory by VMFUNC. */
#define RWX      7 /* xenmem_access_t */
#define POWEROFF 0 /* SHUTDOWN_poweroff */

    .section .rodata
text:
    .asciz "view %u: %u\n"

    .bss
    .balign 4096
front:
    .skip 4096
vault:
    .skip 4096
view:
    .skip 8

    .text
show: /* what the page says in the view of that number, EDI */
    push %rbx
    mov %edi, %esi
    movzbl front, %edx
    mov $text, %edi
    xor %eax, %eax
    call printf
    pop %rbx
    ret

    .globl guest_main
guest_main: /* returns the guest's shutdown reason */
    push %rbx
    movb $1, front
    movb $2, vault
    mov $1, %edi
    call altp2m_set_state
    mov $RWX, %edi
    mov $view, %esi
    call altp2m_create
    movzwl view, %edi
    mov $front, %esi
    shr $12, %esi
    mov $vault, %edx
    shr $12, %edx
    call altp2m_change_gfn
    xor %edi, %edi
    mov $1, %esi
    call altview_set_vmfunc
    xor %edi, %edi
    call show
    xor %eax, %eax /* VMFUNC's leaf 0: go to the view ECX */
    movzwl view, %ecx
    vmfunc
    movzwl view, %edi
    call show
    mov $POWEROFF, %eax
    pop %rbx
    ret

    .section .note.GNU-stack, "", @progbits
