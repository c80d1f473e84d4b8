/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/debug.h"
#include "base/end.h"
#include "base/log.h"
#include "base/serial.h"
#include "boot/acpi.h"
#include "boot/multiboot.h"
#include "boot/physical.h"
#include "boot/relocate.h"
#include "loader/efi_map.h"
#include "memory/pages.h"
#include "memory/stack.h"
#include "vendors.h"
#include "x86/apic.h"
#include "x86/capabilities.h"
#include "x86/tables.h"
#include "x86/tsc.h"
#include "x86/x86.h"

#include <stdint.h>

/* boot/entry.S calls it with the boot loader's EAX and EBX, on a small stack. */
__attribute__((noreturn)) void hypervisor_boot(uint32_t magic, uint32_t information);
#define STACK_PAGES 4

/* CPUID's leaf 0, ECX: the end of "AuthenticAMD" and of "HygonGenuine". */
#define CPUID_DMAC 0x444d4163U
#define CPUID_UINE 0x656e6975U

#define CPUID1_ECX_VMX (1U << 5)
#define EXTENDED_SVM   (UINT64_C(1) << 2)

/* The only diagnosis on a machine without output. */
static void log_handover(const struct boot_info *boot)
{
    static const char *const screens[] = {"not told", "framebuffer", "VGA text"};

    log_line("firmware: %s, ACPI root pointer at %lx%s, %u CPUs, screen: %s %ux%u",
             boot->efi.system_table ? "UEFI" : "BIOS or unknown", boot->rsdp,
             boot->rsdp_copy_size ? " or copied" : "", boot->listed_count + boot->cpus_unlisted,
             screens[boot->screen.kind], boot->screen.width, boot->screen.height);
}

static void read_boot_loader(struct boot_info *boot, uint32_t magic, uint32_t information)
{
    const struct physical_memory memory = reach_memory();
    struct refusal why;
    bool parsed = multiboot_parse(boot, &memory, magic, information, &why);

    machine_end_set(boot->options.end);
    if (!parsed) {
        machine_end(why.status, "%s: %s; %s", why.subject, why.cause, why.remedy);
    }
    efi_map_reserve(boot, virt_of(boot->efi.map.start));
    rsdp_settle(boot, &memory);
    fadt_read(boot, &memory);
    hpet_read(boot, &memory);
    madt_read(boot, &memory);
    madt_choose(boot, apic_own_id(), boot->options.cpus);
    log_handover(boot);
}

static const struct vendor *vendor;

/* The message of the refusal, if the CPU has neither. */
static bool is_amd(void)
{
    return cpuid(0, 0).ecx == CPUID_DMAC || cpuid(0, 0).ecx == CPUID_UINE;
}

static const struct vendor *choose(const struct cpu_capabilities *cpu)
{
    if (cpu->cpuid1_ecx & CPUID1_ECX_VMX) {
        return &vendor_vmx;
    }
    return cpu->svm.extended & EXTENDED_SVM || is_amd() ? &vendor_svm : &vendor_vmx;
}

static void require_cpu(struct cpu_capabilities *cpu)
{
    char text[256];

    capabilities_read(cpu);
    vendor = choose(cpu);
    if (!vendor->check(cpu, text, sizeof(text))) {
        machine_end(STATUS_BAD_MACHINE, "%s", text);
    }
    vendor->unlock();
    vendor->describe(cpu, text, sizeof(text));
    log_line("%s: all that is required is there, and %s", vendor->name, text);
}

/*
 * A feature that altview does not use counts as missing, on this CPU and on those compared with it.
 * Without the CPU's VMFUNC altview does not use the CPU's #VE either: the emulator names the view
 * of its last VMFUNC there (docs/design/emulator-errata.md).
 */
static void forgo_vmfunc(struct cpu_capabilities *cpu, const struct boot_options *options)
{
    if (options->vmfunc_in_software) {
        cpu->vmfunc = cpu->eptp_switching = cpu->ve = false;
    }
    if (!capabilities_has_vmfunc(cpu)) {
        log_line("VMFUNC takes a VM exit: %s", options->vmfunc_in_software
                                                   ? "so says the option vmfunc=software"
                                                   : "this CPU changes no views by it");
    }
}

/* Runs on a stack of the right size. */
static void run(void *argument)
{
    const struct boot_info *boot = argument;
    struct guest_entry entry = guest_load(boot);

    vendor->start(boot, &entry);
}

void hypervisor_boot(uint32_t magic, uint32_t information)
{
    static struct cpu_tables tables;
    static struct boot_info boot;

    serial_init();
    panic_tells(backtrace);
    cpu_tables_load(&tables);
    read_boot_loader(&boot, magic, information);
    require_cpu(&boot.cpu);
    forgo_vmfunc(&boot.cpu, &boot.options);
    mtrr_read(&boot.mtrrs);
    wrmsr(MSR_IA32_PAT, PAT_AT_RESET);
    boot.tsc_hz = clock_measure_tsc(boot.pm_timer);
    if (DEBUG_BUILD) {
        log_line("this is the debug build, which checks itself as it runs");
    }
    relocate(&boot);
    cpu_tables_guard(&tables);
    go_on(stack_alloc(STACK_PAGES), run, &boot);
}
