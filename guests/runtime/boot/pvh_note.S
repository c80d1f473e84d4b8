/* SPDX-License-Identifier: BSD-2-Clause */
/* The note that makes an ELF image a PVH guest (xen/include/public/elfnote.h). */
#include <xen/elfnote.h>

    .section .note.Xen, "a", @note
    .balign 4
    .long 4
    .long entry_end - entry_address
    .long XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
entry_address:
#ifdef __x86_64__
    .quad pvh_entry
#else
    .long pvh_entry
#endif
entry_end:
    .balign 4

    .section .note.GNU-stack, "", @progbits
