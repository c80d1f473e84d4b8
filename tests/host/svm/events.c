/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits with AMD-V that the test makes up, and what the next VMRUN would deliver after each. */
#include "core/kick.h"
#include "core/step.h"
#include "core/vcpu_view.h"
#include "guestmem/access.h"
#include "guestmem/code.h"
#include "port/monitor.h"
#include "run/bell.h"
#include "run/entry.h"
#include "run/exit.h"
#include "svm/event.h"
#include "svm/step.h"
#include "svm/svm.h"
#include "x86/tables.h"
#include "xen/events/timer.h"
#include "xen/events/upcall.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <cmocka.h>

#define RIP      UINT64_C(0x401000)
#define HANDLER  UINT64_C(0x405000) /* of any event */
#define CALLBACK 0xf3
#define CALM     9

static struct altp2m_vcpu altp2m;
static struct domain domain;
static struct vmcb vmcb;
static struct vcpu vcpu;
static uint8_t info[64], code[16];        /* vcpu_info; the bytes at any RIP */
static void (*answer)(struct vcpu *vcpu); /* of a monitor, to a step's event */
static unsigned int kicks;                /* of the vCPU to itself */
static uint8_t stack[16];                 /* the guest's, from linear address 0 on */

/* The rest of the hypervisor. */

unsigned int guest_code_anyhow(struct vcpu *v, uint8_t *to, unsigned int most, unsigned int *bits)
{
    (void)v;
    memcpy(to, code, most);
    *bits = 64;
    return most;
}

uint8_t *guest_byte_written(struct vcpu *v, uint64_t linear)
{
    (void)v;
    return linear < sizeof(stack) ? stack + linear : NULL;
}

void monitor_step(struct vcpu *v)
{
    if (answer) {
        answer(v);
    }
}

void step_every_next(struct vcpu *v)
{
    (void)v;
}

void step_leave(struct vcpu *v, bool violation)
{
    (void)violation;
    v->step.active = false;
}

bool step_go_on(struct vcpu *v)
{
    (void)v;
    return false;
}

void step_stay(struct vcpu *v)
{
    (void)v;
}

bool vcpu_is_in_step(const struct vcpu *v)
{
    (void)v;
    return false;
}

void vcpu_flush(struct vcpu *v, uint64_t eptp)
{
    (void)v, (void)eptp;
}

void vendor_watch(struct vcpu *v)
{
    (void)v;
}

void monitor_attend(struct vcpu *v)
{
    (void)v;
}

void xen_timer_keep(struct vcpu *v)
{
    (void)v;
}

void bell_look(struct vcpu *v)
{
    (void)v;
}

bool bell_takes_nmi(struct vcpu *v)
{
    (void)v;
    return false;
}

void kick_self(struct vcpu *v)
{
    (void)v;
    kicks++;
}

int cpu_take_interrupt(void)
{
    return -1;
}

void cpuid_handle(struct vcpu *v)
{
    event_skip(v, 2);
}

void entry_wait(struct vcpu *v)
{
    v->attention = false;
}

void violation_handle(struct vcpu *v)
{
    (void)v;
}

/* The host's CR8, which a program may neither read nor write. */

static void skip_cr8(int signal, siginfo_t *about, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *at = (const uint8_t *)registers[REG_RIP];

    (void)signal, (void)about;
    if ((at[0] & 0xfe) != 0x44 || at[1] != 0x0f || (at[2] != 0x20 && at[2] != 0x22)) {
        abort();
    }
    if (at[2] == 0x20) {
        static const int numbered[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                       REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                       REG_R12, REG_R13, REG_R14, REG_R15};

        registers[numbered[(at[0] & 1) << 3 | (at[3] & 7)]] = 0; /* REX.B, and ModRM's register */
    }
    registers[REG_RIP] += 4;
}

/* In a test: cmocka has a handler of its own for each. */
static void catch_cr8(void)
{
    const struct sigaction action = {.sa_sigaction = skip_cr8, .sa_flags = SA_SIGINFO};

    sigaction(SIGSEGV, &action, NULL);
}

/* The test's CPU and guest. */

static int setup(void **state)
{
    static const struct boot_info boot;

    (void)state;
    domain = (struct domain){.boot = &boot, .vcpus = {&vcpu}, .vcpu_count = 1};
    domain.xen.callback = XEN_CALLBACK_SET | CALLBACK;
    vmcb = (struct vmcb){
        .rip = RIP,
        .rflags = RFLAGS_FIXED | RFLAGS_IF,
        .cr0 = CR0_PE | CR0_PG,
        .efer = EFER_LMA | EFER_SVME,
        .cs.attributes = ATTRIBUTES_LONG | ATTRIBUTES_PRESENT,
    };
    vcpu = (struct vcpu){.domain = &domain, .altp2m = &altp2m, .calm = CALM, .svm.vmcb = &vmcb};
    vcpu.xen.info = info;
    asids_begin(&vcpu.svm.asids, 16);
    vendor_serve_exits(&vcpu);
    memset(info, 0, sizeof(info));
    memset(code, 0x90, sizeof(code)); /* NOPs */
    answer = NULL;
    kicks = 0;
    return 0;
}

/* As exit.S does. */
static void leave(uint64_t exit_code, uint64_t exit_event)
{
    vmcb.exit_code = exit_code;
    vmcb.exit_event = exit_event;
    vcpu.handle_exit(&vcpu);
}

/* The work before VMRUN. Returns the event that VMRUN delivers; 0: none. */
static uint64_t enter(void)
{
    assert_true(svm_settle(&vcpu));
    return event_is_pending(&vcpu) ? vmcb.event & ~SVM_EVENT_VALID : 0;
}

/* The CPU has delivered it, and executes the handler. */
static void run_handler(void)
{
    vmcb.rip = HANDLER;
    vmcb.event = 0;
}

#define EXCEPTION_WITH(vector, error)                                                              \
    (SVM_EVENT_EXCEPTION | SVM_EVENT_ERROR_CODE | VECTOR_##vector |                                \
     (uint64_t)(error) << SVM_EVENT_ERROR_SHIFT)
#define TRAP_OF_STEP SVM_EXIT_EXCEPTION(VECTOR_DB)

static void end_step_at(uint64_t rip)
{
    vmcb.rip = rip;
    vmcb.dr6 |= DR6_STEP;
    leave(TRAP_OF_STEP, 0);
}

/* Instructions that use the trap flag. */

static void step_code(const char *bytes, size_t size)
{
    memcpy(code, bytes, size);
    vendor_step_on(&vcpu, false, false);
    assert_true(vmcb.rflags & RFLAGS_TF);
}
#define STEP(bytes) step_code(bytes, sizeof(bytes) - 1)

/* PUSHF has pushed 8 bytes, with TF; all other bits stay. */
static void pushf_shows_no_flag(void **state)
{
    (void)state;
    memset(stack, 0xff, sizeof(stack));
    vmcb.rsp = 16;
    STEP("\x9c");
    vmcb.rsp = 8;
    end_step_at(RIP + 1);
    assert_int_equal(stack[9], 0xfe);
    assert_int_equal(stack[8] & stack[10] & stack[1], 0xff);
    assert_false(vmcb.rflags & RFLAGS_TF);
}

/* MOV SS's step includes the next instruction, but none that uses the flag. */
static void the_flags_user_gets_its_own_step(void **state)
{
    const uint32_t users = INTERCEPT_PUSHF | INTERCEPT_POPF | INTERCEPT_IRET;

    (void)state;
    vmcb.efer |= EFER_SCE;
    STEP("\x8e\xd0\x9c");
    assert_int_equal(vmcb.intercepts[3] & users, users);
    assert_false(vmcb.efer & EFER_SCE);
    assert_true(guest_get(&vcpu, GUEST_EFER) & EFER_SCE);
    vmcb.rip = RIP + 2;
    leave(SVM_EXIT_PUSHF, 0);
    assert_int_equal(vmcb.intercepts[3] & users, 0);
    assert_true(vmcb.efer & EFER_SCE);
    STEP("\x9c");
    assert_int_equal(vmcb.intercepts[3] & users, users & ~INTERCEPT_PUSHF);
}

/* SYSCALL behind MOV SS is #UD to altview, and none to the guest. Its own step leaves SCE. */
static void a_hidden_syscall_is_executed_next(void **state)
{
    (void)state;
    vmcb.efer |= EFER_SCE;
    STEP("\x8e\xd0");
    memcpy(code, (const uint8_t[]){0x0f, 0x05}, 2);
    vmcb.rip = RIP + 2;
    vmcb.exit_code = SVM_EXIT_EXCEPTION(VECTOR_UD);
    svm_step_settle(&vcpu);
    assert_true(svm_step_hid_system_call(&vcpu));
    assert_false(svm_step_hid_system_call(&vcpu)); /* one exit */
    STEP("\x0f\x05");
    assert_true(vmcb.efer & EFER_SCE);
}

/* The trap after SYSRET takes TF in R11. The guest's R11 and RFLAGS are what it wanted. */
static void sysret_traps(void **state)
{
    (void)state;
    for (uint64_t flag = 0; flag <= RFLAGS_TF; flag += RFLAGS_TF) {
        vcpu.registers.r11 = RFLAGS_FIXED | flag;
        STEP("\x48\x0f\x07");
        assert_true(vcpu.registers.r11 & RFLAGS_TF);
        vmcb.rflags = vcpu.registers.r11;
        end_step_at(RIP + 0x100);
        assert_int_equal(vcpu.registers.r11, RFLAGS_FIXED | flag);
        assert_int_equal(vmcb.rflags & RFLAGS_TF, flag);
        assert_int_equal(enter(), flag ? SVM_EVENT_EXCEPTION | VECTOR_DB : 0);
        run_handler();
        vmcb.rflags = RFLAGS_FIXED;
    }
}

/* DR6 may name a breakpoint that DR7 does not enable. */
static void only_enabled_breakpoints_trap(void **state)
{
    (void)state;
    for (uint64_t dr7 = DR7_AT_RESET; dr7 <= (DR7_AT_RESET | 4); dr7 += 4) {
        vmcb.dr6 = 0;
        vmcb.dr7 = dr7;
        STEP("\x90");
        vmcb.dr6 = 2;
        end_step_at(RIP + 1);
        assert_int_equal(vmcb.dr6, dr7 & 4 ? 2 : 0);
        assert_int_equal(enter(), dr7 & 4 ? SVM_EVENT_EXCEPTION | VECTOR_DB : 0);
        run_handler();
    }
}

/* Upcalls. */

static bool window_is_open(void)
{
    return vmcb.intercepts[3] & INTERCEPT_VINTR && vmcb.virtual_interrupt & VIRTUAL_IRQ;
}

static void answer_gp(struct vcpu *v)
{
    event_raise_error(v, VECTOR_GP, 0);
}

/* A step ends while an upcall waits, and the monitor answers by an exception. The exception comes
 * first, and the upcall when the guest takes interrupts again. */
static void a_steps_answer_loses_no_upcall(void **state)
{
    (void)state;
    vcpu.step.every = true;
    vcpu.calm = 1;
    vendor_step_on(&vcpu, false, false);
    vcpu.step.active = true;
    info[0] = 1;
    vcpu.xen.upcall = true;
    answer = answer_gp;
    end_step_at(RIP + 1);
    assert_int_equal(vmcb.event, SVM_EVENT_VALID | EXCEPTION_WITH(GP, 0));
    assert_true(window_is_open());

    answer = NULL;
    vcpu.step.every = false;
    vcpu.calm = CALM;
    run_handler();
    leave(SVM_EXIT_VINTR, 0);
    assert_int_equal(vmcb.event, SVM_EVENT_VALID | SVM_EVENT_INTERRUPT | CALLBACK);
    assert_false(window_is_open());
}

/* The upcall may belong to what the vCPU that starts anew waits for: vcpu_info is as before. */
static void a_start_keeps_the_window(void **state)
{
    static const struct guest_start start = {.rflags = RFLAGS_FIXED};

    (void)state;
    vcpu.xen.window = true;
    event_interrupt_window(&vcpu, true);
    start_load(&vcpu, &start);
    assert_true(window_is_open());
    vcpu.xen.window = false;
    start_load(&vcpu, &start);
    assert_false(window_is_open());
}

/* Instructions that altview emulates. */

/* An upcall ends a hypercall that waits, while altview steps the vCPU. */
static void altviews_flag_is_no_trap(void **state)
{
    (void)state;
    vendor_step_on(&vcpu, false, false);
    assert_true(vmcb.rflags & RFLAGS_TF);
    event_skip(&vcpu, HYPERCALL_LENGTH);
    assert_int_equal(vmcb.rip, RIP + HYPERCALL_LENGTH);
    assert_false(event_is_pending(&vcpu));
    assert_int_equal(vmcb.dr6 & DR6_STEP, 0);
}

static void the_guests_flag_is_one(void **state)
{
    (void)state;
    vmcb.rflags |= RFLAGS_TF;
    vendor_step_on(&vcpu, false, false);
    event_skip(&vcpu, HYPERCALL_LENGTH);
    assert_int_equal(vmcb.event, SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | VECTOR_DB);
    assert_int_equal(vmcb.dr6 & DR6_STEP, DR6_STEP);
}

/* INT1's #DB need not cause an exit, but the instruction does: its handler must not get the step's
 * loans. The guest sees no trap in DR6. */
static void a_step_ends_at_int1(void **state)
{
    (void)state;
    code[0] = 0xf1;
    vendor_step_on(&vcpu, false, false);
    assert_true(vmcb.intercepts[4] & INTERCEPT_ICEBP);
    leave(SVM_EXIT_ICEBP, 0);
    assert_int_equal(vmcb.event, SVM_EVENT_VALID | SVM_EVENT_EXCEPTION | VECTOR_DB);
    assert_int_equal(vmcb.rip, RIP + 1);
    assert_int_equal(vmcb.rflags & RFLAGS_TF, 0);
    assert_int_equal(vmcb.dr6 & DR6_STEP, 0);
    assert_false(vmcb.intercepts[4] & INTERCEPT_ICEBP);
}

/* Task gates. */

#define GATE UINT64_C(0x28) /* a selector */

#define BY_JUMP (UINT64_C(1) << 38) /* EXITINFO2 */

static void meet_gate(uint64_t event)
{
    vmcb.exit_info1 = GATE;
    vmcb.exit_info2 = 0;
    leave(SVM_EXIT_TASK_SWITCH, SVM_EVENT_VALID | event);
}

/* INT n is refused with #GP. Where #GP goes through a task gate as well, RIP is still at the INT
 * n. */
static void a_gate_behind_a_gate_is_a_double_fault(void **state)
{
    (void)state;
    code[0] = 0xcd;
    code[1] = 0x80;
    meet_gate(SVM_EVENT_SOFTWARE | 0x80);
    assert_int_equal(vmcb.event, SVM_EVENT_VALID | EXCEPTION_WITH(GP, GATE));
    meet_gate(EXCEPTION_WITH(GP, GATE));
    assert_int_equal(vmcb.event, SVM_EVENT_VALID | EXCEPTION_WITH(DF, 0));
}

/* The handler of the #GP has run in between, without an exit of its own, and has returned to the
 * INT n. */
static void a_gate_after_a_handler_is_refused_again(void **state)
{
    (void)state;
    code[0] = 0xcd;
    code[1] = 0x80;
    for (unsigned int i = 1; i <= 3; i++) {
        meet_gate(SVM_EVENT_SOFTWARE | 0x80);
        assert_int_equal(enter(), EXCEPTION_WITH(GP, GATE));
        assert_int_equal(kicks, i);
        run_handler();
        leave(SVM_EXIT_NMI, 0);
        assert_int_equal(enter(), 0);
        vmcb.rip = RIP;
    }
}

/* A refused jump has a handler, too, which causes no exit. */
static void a_gate_after_a_jump_is_refused(void **state)
{
    (void)state;
    vmcb.exit_info1 = GATE;
    vmcb.exit_info2 = BY_JUMP;
    leave(SVM_EXIT_TASK_SWITCH, 0);
    assert_int_equal(enter(), EXCEPTION_WITH(GP, GATE));
    run_handler();
    code[0] = 0xcd;
    code[1] = 0x80;
    meet_gate(SVM_EVENT_SOFTWARE | 0x80);
    assert_int_equal(enter(), EXCEPTION_WITH(GP, GATE));
}

/* NMIs of the guest's. */

/* As an interrupt: the CPU must not block NMIs, which altview's kicks are. */
#define NMI (SVM_EVENT_INTERRUPT | VECTOR_NMI)

static bool iret_leaves(void)
{
    return vmcb.intercepts[3] & INTERCEPT_IRET;
}

static void take_nmi(void)
{
    catch_cr8();
    event_want_nmi(&vcpu);
    assert_int_equal(enter(), NMI);
    assert_true(iret_leaves());
    run_handler();
}

/* One that comes while the handler of another runs waits for its IRET, and for all of that. */
static void an_nmi_waits_for_iret(void **state)
{
    (void)state;
    take_nmi();
    event_want_nmi(&vcpu);
    for (unsigned int i = 0; i < 3; i++) {
        assert_int_equal(enter(), 0);
        leave(SVM_EXIT_CPUID, 0);
    }
    leave(SVM_EXIT_IRET, 0);
    assert_false(iret_leaves());
    assert_int_equal(enter(), 0);
    assert_true(vcpu.svm.step.on);
    end_step_at(RIP);
    assert_int_equal(enter(), NMI);
    assert_true(iret_leaves());
    run_handler();
    assert_int_equal(enter(), 0);
}

/* As on the CPU: several that wait are one. */
static void waiting_nmis_merge(void **state)
{
    (void)state;
    take_nmi();
    event_want_nmi(&vcpu);
    event_want_nmi(&vcpu);
    leave(SVM_EXIT_IRET, 0);
    assert_int_equal(enter(), 0);
    end_step_at(RIP);
    assert_int_equal(enter(), NMI);
    run_handler();
    leave(SVM_EXIT_IRET, 0);
    vmcb.rip = RIP;
    leave(SVM_EXIT_CPUID, 0);
    assert_int_equal(enter(), 0);
}

/* IRET ends the mask even if it faults (SDM Vol. 3A 6.7.1). The fault comes first, and the NMI
 * before the first instruction of its handler. */
static void an_iret_that_faults_ends_the_mask(void **state)
{
    (void)state;
    take_nmi();
    event_want_nmi(&vcpu);
    leave(SVM_EXIT_IRET, 0);
    assert_int_equal(enter(), 0);
    vmcb.exit_info1 = 0;
    leave(SVM_EXIT_EXCEPTION(VECTOR_GP), 0);
    assert_int_equal(enter(), EXCEPTION_WITH(GP, 0));
    assert_int_equal(kicks, 1);
    vmcb.rip = HANDLER + 0x100;
    leave(SVM_EXIT_NMI, 0);
    assert_int_equal(enter(), NMI);
}

/* A kick, or the bell, while the handler runs: it makes the vCPU exit, and changes nothing else. */
static void a_kick_in_the_handler_ends_no_mask(void **state)
{
    (void)state;
    take_nmi();
    leave(SVM_EXIT_NMI, 0);
    assert_int_equal(enter(), 0);
    assert_true(iret_leaves());
}

/* The delivery of an NMI has met a restricted page: it is delivered again, and still masks. */
static void an_nmis_delivery_goes_on(void **state)
{
    (void)state;
    event_want_nmi(&vcpu);
    assert_int_equal(enter(), NMI);
    leave(SVM_EXIT_NMI, SVM_EVENT_VALID | NMI);
    event_want_nmi(&vcpu);
    assert_int_equal(enter(), NMI);
    run_handler();
    leave(SVM_EXIT_CPUID, 0);
    assert_int_equal(enter(), 0);
    assert_true(iret_leaves());
}

/* A monitor may turn the guest's interrupts off while an NMI is on its way. */
static void an_nmi_needs_no_if(void **state)
{
    (void)state;
    event_want_nmi(&vcpu);
    assert_int_equal(enter(), NMI);
    assert_false(event_is_interrupt(&vcpu));
    leave(SVM_EXIT_NMI, SVM_EVENT_VALID | NMI);
    assert_false(event_is_interrupt(&vcpu));
    vcpu.svm.nmi_masked = false;
    assert_true(event_is_interrupt(&vcpu));
}

/* QEMU 7.2 may deliver an interrupt twice, and blocks no NMIs. */
static void qemu_gets_an_nmi(void **state)
{
    (void)state;
    vcpu.svm.tcg = true;
    event_want_nmi(&vcpu);
    assert_int_equal(enter(), SVM_EVENT_NMI | VECTOR_NMI);
}

/* An exit that goes back to the instruction behind STI, with an interrupt pending: QEMU 7.2 does
 * not load the shadow, and would deliver it before the instruction. */
static bool keeps_interrupts_out_behind(uint64_t exit_code)
{
    bool steps;

    vmcb.interrupt_shadow = SHADOW;
    leave(exit_code, 0);
    if (!vcpu.svm.busy) {
        return false;
    }
    assert_int_equal(enter(), 0);
    steps = vmcb.rflags & RFLAGS_TF && vmcb.virtual_interrupt & VIRTUAL_MASKING;
    vmcb.interrupt_shadow = 0;
    end_step_at(RIP + 1);
    assert_int_equal(enter(), 0);
    assert_int_equal(vmcb.rflags & RFLAGS_TF, 0);
    assert_int_equal(vmcb.virtual_interrupt, 0);
    return steps;
}

static void qemu_loads_no_shadow(void **state)
{
    static const uint64_t exits[] = {SVM_EXIT_NMI, SVM_EXIT_SMI, SVM_EXIT_NPF, SVM_EXIT_IRET};

    (void)state;
    catch_cr8();
    for (unsigned int i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
        vcpu.svm.tcg = false;
        vmcb.rip = RIP;
        assert_false(keeps_interrupts_out_behind(exits[i]));
        vcpu.svm.tcg = true;
        assert_true(keeps_interrupts_out_behind(exits[i]));
    }
}

/* An NMI comes before the stepped instruction, and QEMU saves no shadow then. The instruction is
 * stepped again. */
static void qemu_saves_no_shadow_that_it_has_not_loaded(void **state)
{
    (void)state;
    catch_cr8();
    vcpu.svm.tcg = true;
    vmcb.interrupt_shadow = SHADOW;
    leave(SVM_EXIT_NMI, 0);
    for (unsigned int i = 0; i < 2; i++) {
        assert_int_equal(enter(), 0);
        assert_true(vmcb.rflags & RFLAGS_TF && vmcb.virtual_interrupt & VIRTUAL_MASKING);
        vmcb.interrupt_shadow = 0;
        leave(SVM_EXIT_NMI, 0);
        assert_true(vmcb.interrupt_shadow & SHADOW);
    }
    assert_int_equal(enter(), 0);
    vmcb.interrupt_shadow = 0;
    end_step_at(RIP + 1);
    assert_false(vmcb.interrupt_shadow & SHADOW);
}

/* HLT behind STI is executed, and its shadow over: nothing is stepped. */
static void hlt_ends_the_shadow(void **state)
{
    (void)state;
    vcpu.svm.tcg = true;
    vmcb.interrupt_shadow = SHADOW;
    leave(SVM_EXIT_HLT, 0);
    assert_true(vcpu.svm.halted);
    assert_int_equal(vmcb.interrupt_shadow, 0);
}

/* INIT ends the handler, and its mask. */
static void a_start_ends_the_mask(void **state)
{
    static const struct guest_start start = {.rflags = RFLAGS_FIXED};

    (void)state;
    take_nmi();
    start_load(&vcpu, &start);
    assert_false(iret_leaves());
    event_want_nmi(&vcpu);
    assert_int_equal(enter(), NMI);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    static const struct CMUnitTest tests[] = {
        TEST(pushf_shows_no_flag),
        TEST(the_flags_user_gets_its_own_step),
        TEST(a_hidden_syscall_is_executed_next),
        TEST(sysret_traps),
        TEST(only_enabled_breakpoints_trap),
        TEST(a_steps_answer_loses_no_upcall),
        TEST(a_start_keeps_the_window),
        TEST(altviews_flag_is_no_trap),
        TEST(the_guests_flag_is_one),
        TEST(a_step_ends_at_int1),
        TEST(a_gate_behind_a_gate_is_a_double_fault),
        TEST(a_gate_after_a_handler_is_refused_again),
        TEST(a_gate_after_a_jump_is_refused),
        TEST(an_nmi_waits_for_iret),
        TEST(waiting_nmis_merge),
        TEST(an_iret_that_faults_ends_the_mask),
        TEST(a_kick_in_the_handler_ends_no_mask),
        TEST(an_nmis_delivery_goes_on),
        TEST(an_nmi_needs_no_if),
        TEST(qemu_gets_an_nmi),
        TEST(qemu_loads_no_shadow),
        TEST(qemu_saves_no_shadow_that_it_has_not_loaded),
        TEST(hlt_ends_the_shadow),
        TEST(a_start_ends_the_mask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
