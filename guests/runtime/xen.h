/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypercalls of a PVH guest, but for altp2m.h's. They return 0 or a negative Xen error. */
#ifndef RUNTIME_XEN_H
#define RUNTIME_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/version.h>

/* Find the hypervisor by CPUID and fill the hypercall page. */
void xen_init(void);
bool xen_present(void);
/* First of Xen's CPUID leaves, 0 if there is no Xen. */
uint32_t xen_cpuid_base(void);

/* hypercall.S: by number, with up to four arguments. */
long hypercall(unsigned long number, unsigned long a1, unsigned long a2, unsigned long a3,
               unsigned long a4);

#ifndef __x86_64__
long hypercall5(unsigned long number, unsigned long a1, unsigned long a2, unsigned long a3,
                unsigned long a4, unsigned long a5);
#endif

long xen_version(unsigned int command, void *argument);
long xen_console_write(const char *text, size_t size);
long xen_event_send(uint32_t port);
long xen_memory(unsigned int command, void *argument);
/* VCPUOP_*, <xen/vcpu.h>; VCPUOP_is_up answers 0 or 1. */
long xen_vcpu_op(unsigned int command, unsigned int vcpu, void *argument);
long xen_get_param(uint32_t index, uint64_t *value);
long xen_set_param(uint32_t index, uint64_t value);

/* SHUTDOWN_*: the reason is the run's exit status. Without Xen: ACPI soft-off of an emulator. */
__attribute__((noreturn)) void xen_shutdown(unsigned int reason);

/* "-EINVAL" for -XEN_EINVAL, "0" and other numbers in decimal. The text lasts for eight calls. */
const char *xen_result(long value);

#endif
