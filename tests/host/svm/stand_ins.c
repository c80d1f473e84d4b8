/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that the code under test in events.c refers to, and that no case of it calls. */
#include <stdio.h>
#include <stdlib.h>

#define NEVER_CALLED(name)                                                                         \
    void name(void);                                                                               \
    void name(void)                                                                                \
    {                                                                                              \
        fputs(#name " was called\n", stderr);                                                      \
        abort();                                                                                   \
    }

NEVER_CALLED(altp2m_vcpu_moved)
NEVER_CALLED(apic_send)
NEVER_CALLED(apic_takes_interrupts)
NEVER_CALLED(bell_keep_time)
NEVER_CALLED(control_register_ask)
NEVER_CALLED(control_register_is_reserved_cr3)
NEVER_CALLED(control_register_settle)
NEVER_CALLED(control_register_try)
NEVER_CALLED(domain_wait)
NEVER_CALLED(entry_heed)
NEVER_CALLED(guest_copy)
NEVER_CALLED(kept_init_take)
NEVER_CALLED(kick_one)
NEVER_CALLED(life_init)
NEVER_CALLED(life_triple_fault)
NEVER_CALLED(life_wait)
NEVER_CALLED(log_line)
NEVER_CALLED(machine_stop_others)
NEVER_CALLED(monitor_breakpoint)
NEVER_CALLED(panic_at)
NEVER_CALLED(permission_handle_msr)
NEVER_CALLED(permission_handle_port)
NEVER_CALLED(report_and_stop)
NEVER_CALLED(still_look)
NEVER_CALLED(still_note)
NEVER_CALLED(svm_idle)
NEVER_CALLED(svm_idle_polls)
NEVER_CALLED(svm_idle_sleeps)
NEVER_CALLED(svm_watch_control_registers)
NEVER_CALLED(timer_rest)
NEVER_CALLED(vmfunc_look)
NEVER_CALLED(vmfunc_serve)
NEVER_CALLED(vmfunc_serve_call)
NEVER_CALLED(vmfunc_try)
NEVER_CALLED(vmfunc_try_call)
NEVER_CALLED(watch_done)
NEVER_CALLED(xen_handle_hypercall)
NEVER_CALLED(xen_timer_look)
NEVER_CALLED(xsetbv_handle)
