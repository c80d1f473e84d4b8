/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment of 64 GiB of zeros: no test machine has that much memory. */
    .section .huge, "aw", @nobits
    .skip 0x1000000000

    .section .note.GNU-stack, "", @progbits
