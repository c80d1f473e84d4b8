/* SPDX-License-Identifier: BSD-2-Clause */
/* A hypercall with as few of the guest's own instructions as possible. */
#ifndef COST_CALL_H
#define COST_CALL_H

#include <altview/hvmop.h>
#include <stdint.h>
#include <xen/xen.h>

/* Through the hypercall page, 32 bytes a stub. The number must be a constant. */
#define DIRECT_CALL(number, first, second)                                                         \
    ({                                                                                             \
        long rc_;                                                                                  \
        unsigned long first_ = (first), second_ = (second);                                        \
        __asm__ volatile("call hypercall_page + %c[stub]"                                          \
                         : "=a"(rc_), "+D"(first_), "+S"(second_)                                  \
                         : [stub] "i"((number)*32)                                                 \
                         : "memory");                                                              \
        rc_;                                                                                       \
    })

/* The same with a third argument. */
#define DIRECT_CALL3(number, first, second, third)                                                 \
    ({                                                                                             \
        long rc_;                                                                                  \
        unsigned long first_ = (first), second_ = (second), third_ = (third);                      \
        __asm__ volatile("call hypercall_page + %c[stub]"                                          \
                         : "=a"(rc_), "+D"(first_), "+S"(second_), "+d"(third_)                    \
                         : [stub] "i"((number)*32)                                                 \
                         : "memory");                                                              \
        rc_;                                                                                       \
    })

/* ALTVIEW_HYPERCALL_switch, by the VMCALL or VMMCALL of a stub, after its MOV to EAX. */
#define SWITCH_CALL(view)                                                                          \
    ({                                                                                             \
        unsigned long rc_ = ALTVIEW_HYPERCALL_switch;                                              \
        __asm__ volatile("call hypercall_page + 5"                                                 \
                         : "+a"(rc_)                                                               \
                         : "c"((unsigned long)(view))                                              \
                         : "memory");                                                              \
        (long)rc_;                                                                                 \
    })

#endif
