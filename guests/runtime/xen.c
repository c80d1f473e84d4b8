/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen.h"

#include "cpu.h"
#include "string.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#define CPUID_FIRST 0x40000000U
#define CPUID_LAST  0x40010000U
#define CPUID_STEP  0x100U

/* ACPI PM1a control of QEMU's and of Bochs's chip set, and "soft-off" there. */
#define PM1A_QEMU  0x604
#define PM1A_BOCHS 0xb004
#define SOFT_OFF   0x2000

extern char hypercall_page[];
static uint32_t cpuid_base;

static bool is_xen(uint32_t leaf)
{
    struct cpuid id = cpu_id(leaf, 0);

    return id.ebx == XEN_CPUID_SIGNATURE_EBX && id.ecx == XEN_CPUID_SIGNATURE_ECX &&
           id.edx == XEN_CPUID_SIGNATURE_EDX && id.eax >= leaf + 2;
}

void xen_init(void)
{
    for (uint32_t leaf = CPUID_FIRST; leaf < CPUID_LAST && !cpuid_base; leaf += CPUID_STEP)
        if (is_xen(leaf))
            cpuid_base = leaf;
    if (cpuid_base)
        cpu_write_msr(cpu_id(cpuid_base + 2, 0).ebx, (uintptr_t)hypercall_page);
}

bool xen_present(void)
{
    return cpuid_base != 0;
}

uint32_t xen_cpuid_base(void)
{
    return cpuid_base;
}

long xen_version(unsigned int command, void *argument)
{
    return hypercall(__HYPERVISOR_xen_version, command, (uintptr_t)argument, 0, 0);
}

long xen_console_write(const char *text, size_t size)
{
    return hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, size, (uintptr_t)text, 0);
}

long xen_event_send(uint32_t port)
{
    struct evtchn_send send = {.port = port};

    return hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send, 0, 0);
}

long xen_memory(unsigned int command, void *argument)
{
    return hypercall(__HYPERVISOR_memory_op, command, (uintptr_t)argument, 0, 0);
}

long xen_vcpu_op(unsigned int command, unsigned int vcpu, void *argument)
{
    return hypercall(__HYPERVISOR_vcpu_op, command, vcpu, (uintptr_t)argument, 0);
}

long xen_get_param(uint32_t index, uint64_t *value)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index};
    long rc = hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)&param, 0, 0);

    *value = param.value;
    return rc;
}

long xen_set_param(uint32_t index, uint64_t value)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index, .value = value};

    return hypercall(__HYPERVISOR_hvm_op, HVMOP_set_param, (uintptr_t)&param, 0, 0);
}

void xen_shutdown(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    if (xen_present())
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)&shutdown, 0, 0);
    cpu_out16(PM1A_QEMU, SOFT_OFF);
    cpu_out16(PM1A_BOCHS, SOFT_OFF);
    cpu_stop();
}

struct error_name {
    int number;
    const char *name;
};

static const struct error_name error_names[] = {
#define XEN_ERRNO(name, value) {value, "-" #name},
#include <xen/errno.h>
};

const char *xen_result(long value)
{
    static char texts[8][24];
    static unsigned int next;
    char *text = texts[next++ % 8];

    for (size_t i = 0; i < sizeof(error_names) / sizeof(error_names[0]); i++)
        if (value == -error_names[i].number)
            return error_names[i].name;
    snprintf(text, sizeof(texts[0]), "%ld", value);
    return text;
}
