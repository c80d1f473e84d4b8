/* SPDX-License-Identifier: BSD-2-Clause */
/* The trap flag must not skip what the hypervisor emulates. */
#include "machine.h"

#define VECTOR_DB 1
#define FLAG_TF   0x100UL

static unsigned long traps[16];
static unsigned int trap_count;

static bool record(struct trap_frame *frame)
{
    if (trap_count < 16)
        traps[trap_count] = frame->ip;
    trap_count++;
    return true;
}

extern const char debug_cpuid[], debug_after_cpuid[], debug_after_nop[], debug_after_vmcall[];

static void run_traced(void)
{
    unsigned long a = 17 /* __HYPERVISOR_xen_version */, b, c, d, di = 0, si = 0;

    __asm__ volatile("pushf\n\t"
                     "orq %[tf], (%%rsp)\n\t"
                     "popf\n\t"
                     "debug_cpuid: vmcall\n\t"
                     "debug_after_vmcall: nop\n\t"
                     "debug_after_nop: cpuid\n\t"
                     "debug_after_cpuid: pushf\n\t"
                     "andq %[clear], (%%rsp)\n\t"
                     "popf"
                     : "+a"(a), "=b"(b), "=c"(c), "=d"(d), "+D"(di), "+S"(si)
                     : [tf] "i"(FLAG_TF), [clear] "i"(~FLAG_TF)
                     : "memory", "cc");
}

void area_debug(void)
{
    trap_set_handler(VECTOR_DB, record);
    run_traced();
    check_value("tf.after_popf_vmcall", (uintptr_t)debug_after_vmcall, traps[0]);
    check_value("tf.after_nop", (uintptr_t)debug_after_nop, traps[1]);
    check_value("tf.after_cpuid", (uintptr_t)debug_after_cpuid, traps[2]);
    check_value("tf.count", 6, trap_count);
}
