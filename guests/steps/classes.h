/* SPDX-License-Identifier: BSD-2-Clause */
/* Classes of a sequence's parts: without=NAME,NAME leaves some out. */
#ifndef STEPS_CLASSES_H
#define STEPS_CLASSES_H

#define CLASS_INTEGER 0
#define CLASS_STRING  1
#define CLASS_STACK   2
#define CLASS_FAR     3 /* branches, near and far */
#define CLASS_X87     4
#define CLASS_SSE     5
#define CLASS_AVX     6
#define CLASS_AVX512  7
#define CLASS_GATHER  8
#define CLASS_XSAVE   9
#define CLASS_SYSTEM  10
#define CLASS_FLAGS   11 /* what shows RFLAGS: PUSHF, INT n, SYSCALL */
#define CLASS_TRAP    12 /* what sets the trap flag */
#define CLASS_SHADOW  13 /* MOV SS, STI */
#define CLASS_VIEW    14 /* VMFUNC, hypercalls */
#define CLASS_SELF    15 /* operands on the instruction's own page */
#define CLASS_USER    16 /* sequences in ring 3 */
#define CLASS_TIME                                                                                 \
    17                      /* instructions that read clocks and discard the value; not where a trap
                             * shows it */
#define CLASS_RF         18 /* RFLAGS.RF in frames counts */
#define CLASS_BREAKPOINT 19 /* by DR7 */
#define CLASS_ICEBP      20
#define CLASS_FAULT      21 /* a fault in a shadow */
#define CLASS_MIX        22 /* shadows in sequences that set the trap flag */
#define CLASS_NMI        23 /* sequences in an NMI's handler */
#define CLASS_DR6        24 /* DR6 at traps counts */
#define CLASSES          25

/* An area of phrases that are no part of sequences. */
#define CLASS_STUB 30
#define CLASS_END  31

#endif
