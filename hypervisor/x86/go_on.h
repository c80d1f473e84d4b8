/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving one stack for another, for good. */
#ifndef X86_GO_ON_H
#define X86_GO_ON_H

__attribute__((noreturn)) static inline void go_on(void *stack, void (*function)(void *argument),
                                                   void *argument)
{
    __asm__ volatile("mov %0, %%rsp\n\t"
                     "call *%1\n\t"
                     "ud2"
                     :
                     : "r"(stack), "r"(function), "D"(argument)
                     : "memory");
    __builtin_unreachable();
}

#endif
