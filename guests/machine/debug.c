/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug exceptions always cause exits, and the guest gets them: none may be lost or come twice, and
 * DR6 and DR7 must have the CPU's values. The trap flag must not skip what the hypervisor emulates.
 */
#include "machine.h"

#define VECTOR_BP 3
#define FLAG_TF   0x100UL
#define FLAG_RF   0x10000UL

#define DR6_NONE 0xffff0ff0UL /* bits that are always set (SDM Vol. 3B 18.2.3) */
#define DR6_B0   1UL
#define DR6_BD   0x2000UL
#define DR6_BS   0x4000UL
#define DR7_NONE 0x400UL
#define DR7_GD   0x2000UL
#define DR7_G0   2UL
#define DR7_W4_0 (13UL << 16) /* DR0: a write of 4 bytes */
#define DR7_RW_0 (15UL << 16) /* the same, or a read */

static struct {
    unsigned long ip, dr6;
    unsigned long vector;
} traps[16];
static unsigned int trap_count;

static unsigned long dr6_read(void)
{
    unsigned long value;

    __asm__ volatile("mov %%dr6, %0" : "=r"(value));
    return value;
}

static unsigned long dr7_read(void)
{
    unsigned long value;

    __asm__ volatile("mov %%dr7, %0" : "=r"(value));
    return value;
}

static void dr6_write(unsigned long value)
{
    __asm__ volatile("mov %0, %%dr6" : : "r"(value));
}

static void watch(const void *at, unsigned long dr7)
{
    __asm__ volatile("mov %0, %%dr0; mov %1, %%dr7" : : "r"(at), "r"(dr7) : "memory");
}

/* An instruction breakpoint comes before its instruction, which RF lets run. */
static bool record(struct trap_frame *frame)
{
    unsigned int i = trap_count++ % 16;

    traps[i].ip = frame->ip;
    traps[i].vector = frame->vector;
    traps[i].dr6 = dr6_read();
    frame->flags |= FLAG_RF;
    return true;
}

/* UD2, or an instruction of three bytes that is refused. */
static bool record_and_skip(struct trap_frame *frame)
{
    record(frame);
    frame->ip += 3;
    return true;
}

static bool record_and_skip_byte(struct trap_frame *frame)
{
    record(frame);
    frame->ip++;
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

static void begin(void)
{
    trap_count = 0;
    dr6_write(DR6_NONE);
}

/* One exception, there, with that in DR6. */
static void check_one(const char *name, const char *at, unsigned long dr6)
{
    watch(NULL, DR7_NONE);
    check_value(check_name("%s.count", name), 1, trap_count);
    check_value(check_name("%s.ip", name), (uintptr_t)at, traps[0].ip);
    check_value(check_name("%s.dr6", name), dr6, traps[0].dr6);
}

static void check_steps(void)
{
    begin();
    run_traced();
    check_value("tf.after_popf_vmcall", (uintptr_t)debug_after_vmcall, traps[0].ip);
    check_value("tf.after_nop", (uintptr_t)debug_after_nop, traps[1].ip);
    check_value("tf.after_cpuid", (uintptr_t)debug_after_cpuid, traps[2].ip);
    check_value("tf.dr6", DR6_NONE | DR6_BS, traps[0].dr6);
    check_value("tf.count", 6, trap_count);
}

extern const char debug_wrote[], debug_read[], debug_stop[], debug_after_int1[], debug_access[];

static void check_breakpoints(void)
{
    static uint32_t word;

    begin();
    watch(&word, DR7_NONE | DR7_G0 | DR7_W4_0);
    __asm__ volatile("movl $1, %0\n\t"
                     "debug_wrote: nop"
                     : "=m"(word));
    check_one("write", debug_wrote, DR6_NONE | DR6_B0);

    begin();
    dr6_write(DR6_NONE | DR6_BS); /* sticky, as B0 is not */
    watch(&word, DR7_NONE | DR7_G0 | DR7_RW_0);
    __asm__ volatile("mov %0, %%eax\n\t"
                     "debug_read: nop"
                     :
                     : "m"(word)
                     : "eax");
    check_one("read", debug_read, DR6_NONE | DR6_B0 | DR6_BS);

    begin();
    watch(debug_stop, DR7_NONE | DR7_G0);
    __asm__ volatile("nop\n\t"
                     "debug_stop: nop");
    check_one("code", debug_stop, DR6_NONE | DR6_B0);
}

/* An emulator may have none. */
static void check_int1(void)
{
    trap_set_handler(TRAP_UD, record_and_skip_byte);
    begin();
    dr6_write(DR6_NONE | DR6_B0);
    __asm__ volatile(".byte 0xf1\n\t"
                     "debug_after_int1: nop");
    trap_set_handler(TRAP_UD, NULL);
    check_value("int1.vector", TRAP_DB, traps[0].vector);
    if (traps[0].vector == TRAP_DB)
        check_one("int1", debug_after_int1, DR6_NONE | DR6_B0);
}

/* Debug registers that are guarded: the exception comes before the access, and opens them. */
static void check_guard(void)
{
    unsigned long value;

    begin();
    watch(NULL, DR7_NONE | DR7_GD);
    __asm__ volatile("debug_access: mov %%dr7, %0" : "=r"(value));
    check_value("guard.is_off", DR7_NONE, value);
    check_one("guard", debug_access, DR6_NONE | DR6_BD);
}

extern const char debug_after_ss[], debug_ss_int3[], debug_ss_refused[];

/* Run `code` after a MOV SS, whose stack segment DR0 watches or not, with TF. */
#define BEHIND_MOV_SS(code)                                                                        \
    __asm__ volatile("pushf\n\t"                                                                   \
                     "orq %[tf], (%%rsp)\n\t"                                                      \
                     "popf\n\t"                                                                    \
                     "mov %[ss], %%ss\n\t" code "\n\t"                                             \
                     "pushf\n\t"                                                                   \
                     "andq %[clear], (%%rsp)\n\t"                                                  \
                     "popf"                                                                        \
                     :                                                                             \
                     : [tf] "i"(FLAG_TF), [clear] "i"(~FLAG_TF), [ss] "m"(stack_segment)           \
                     : "memory", "cc")

static unsigned long count_of(unsigned long vector)
{
    unsigned long count = 0;

    for (unsigned int i = 0; i < trap_count && i < 16; i++)
        count += traps[i].vector == vector;
    return count;
}

/*
 * Exits between MOV SS and the end of the next instruction, with TF: the CPU notes no trap then,
 * and enters no guest with TF, that blocking and none (SDM Vol. 3C 27.3.1.5).
 */
static void check_mov_ss(void)
{
    static uint32_t stack_segment;

    __asm__ volatile("mov %%ss, %0" : "=m"(stack_segment));
    begin();
    watch(&stack_segment, DR7_NONE | DR7_G0 | DR7_RW_0);
    __asm__ volatile("mov %0, %%ss\n\t"
                     "nop\n\t"
                     "debug_after_ss: nop"
                     :
                     : "m"(stack_segment));
    check_one("mov_ss", debug_after_ss, DR6_NONE | DR6_B0);

    trap_set_handler(VECTOR_BP, record);
    begin();
    BEHIND_MOV_SS("int3\n\tdebug_ss_int3:");
    check_value("mov_ss_int3.count", 1, count_of(VECTOR_BP));
    trap_set_handler(VECTOR_BP, NULL);

    trap_set_handler(TRAP_UD, record_and_skip);
    begin();
    BEHIND_MOV_SS("debug_ss_refused: vmxoff");
    check_value("mov_ss_refused.count", 1, count_of(TRAP_UD));
    trap_set_handler(TRAP_UD, NULL);

    trap_set_handler(TRAP_UD, record_and_skip_byte);
    begin();
    BEHIND_MOV_SS(".byte 0xf1");
    check_true("mov_ss_int1", count_of(TRAP_DB) > 0);
    trap_set_handler(TRAP_UD, NULL);
}

void area_debug(void)
{
    trap_set_handler(TRAP_DB, record);
    check_steps();
    check_breakpoints();
    check_int1();
    check_guard();
    check_mov_ss();
    check_value("dr7.as_before", DR7_NONE, dr7_read());
    trap_set_handler(TRAP_DB, NULL);
}
