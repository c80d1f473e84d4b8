/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of C for assembly: OFFSET(VCPU_RAX, struct vcpu, rax) in offsets.c becomes
 * #define VCPU_RAX ... in the generated "asm-offsets.h". The compiler writes them as strings into
 * an assembly file that is only read, never assembled.
 */
#ifndef BASE_OFFSETS_H
#define BASE_OFFSETS_H

#include <stddef.h>

#define NUMBER(name, value)                                                                        \
    __asm__ volatile(".ascii \"OFFSET " #name " %c0 END\"" : : "i"((long)(value)))
#define OFFSET(name, type, member) NUMBER(name, offsetof(type, member))

#endif
