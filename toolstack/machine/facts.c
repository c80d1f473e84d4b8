/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/facts.h"

#include "toolstack/machine/emulator/choice.h"
#include "toolstack/machine/emulator/computer.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SDM Vol. 3D, appendix A.3.3 and A.11: high halves have the bits that may be 1. */
#define MSR_PROCBASED_CONTROLS  0x482
#define MSR_PROCBASED_CONTROLS2 0x48b
#define MSR_VMFUNC              0x491
#define CONTROLS_SECONDARY      (1U << 31)
#define CONTROLS2_VMFUNC        (1U << 13)
#define CONTROLS2_VE            (1U << 18)

/* From the kernel's msr module, for root. */
static bool read_msr(uint32_t number, uint64_t *value)
{
    int msr = computer_open("/dev/cpu/0/msr", O_RDONLY);
    bool done = msr >= 0 && pread(msr, value, sizeof(*value), number) == sizeof(*value);

    if (msr >= 0) {
        close(msr);
    }
    return done;
}

/* May this secondary control be 1? */
static enum answer control_exists(uint32_t bit)
{
    uint64_t primary, secondary;

    if (!read_msr(MSR_PROCBASED_CONTROLS, &primary)) {
        return ANSWER_UNKNOWN;
    }
    if (!(primary >> 32 & CONTROLS_SECONDARY) || !read_msr(MSR_PROCBASED_CONTROLS2, &secondary)) {
        return ANSWER_NO;
    }
    return secondary >> 32 & bit ? ANSWER_YES : ANSWER_NO;
}

/* The answer of computer_cpu_has(). */
static enum answer cpuinfo_has(const char *key, const char *word)
{
    int has = computer_cpu_has(key, word);

    return has < 0 ? ANSWER_UNKNOWN : has ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_vtx(struct finding *finding)
{
    (void)finding;
    return cpuinfo_has("flags", "vmx");
}

/* Without VT-x the computer has none of it. */
static enum answer part_of_vtx(enum answer by_msr, const char *flag, struct finding *finding)
{
    enum answer by_flag = cpuinfo_has("vmx flags", flag);

    if (cpuinfo_has("flags", "vmx") == ANSWER_NO) {
        return ANSWER_NO;
    }
    if (by_msr != ANSWER_UNKNOWN) {
        return by_msr;
    }
    if (by_flag == ANSWER_YES) {
        return ANSWER_YES;
    }
    snprintf(finding->detail, sizeof(finding->detail), "not known");
    return ANSWER_UNKNOWN;
}

static enum answer find_ept(struct finding *finding)
{
    enum answer answer = cpuinfo_has("flags", "ept");

    return answer == ANSWER_YES ? answer : part_of_vtx(answer, "ept", finding);
}

static enum answer find_vmfunc(struct finding *finding)
{
    enum answer control = control_exists(CONTROLS2_VMFUNC);
    uint64_t functions = 0;

    if (control == ANSWER_YES) {
        control = read_msr(MSR_VMFUNC, &functions) && functions & 1 ? ANSWER_YES : ANSWER_NO;
    }
    return part_of_vtx(control, "eptp_switching", finding);
}

static enum answer find_ve(struct finding *finding)
{
    return part_of_vtx(control_exists(CONTROLS2_VE), "ept_violation_ve", finding);
}

static enum answer find_amd_v(struct finding *finding)
{
    (void)finding;
    return cpuinfo_has("flags", "svm");
}

static enum answer find_npt(struct finding *finding)
{
    (void)finding;
    return cpuinfo_has("flags", "npt");
}

static enum answer find_nested(struct finding *finding)
{
    struct computer computer;

    computer_look(&computer);
    finding->remedy = obstacle_remedy(
        computer.vendor == VENDOR_NONE ? OBSTACLE_CPU : OBSTACLE_NESTING, computer.vendor);
    return computer.nested ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_kvm(struct finding *finding)
{
    struct computer computer;

    computer_look(&computer);
    if (!computer.kvm_error) {
        return ANSWER_YES;
    }
    snprintf(finding->detail, sizeof(finding->detail), "%s", strerror(computer.kvm_error));
    finding->remedy = obstacle_remedy(device_obstacle(computer.kvm_error), computer.vendor);
    return ANSWER_NO;
}

/* The first line with a version: the text after `mark`, up to a blank. */
static void find_version(const char *const *words, const char *mark, struct finding *finding)
{
    FILE *output = tmpfile();
    char line[512], *at;

    if (!output) {
        return;
    }
    process_run(&(struct program){.words = words, .output = fileno(output)}, -1);
    rewind(output);
    while (!*finding->detail && fgets(line, sizeof(line), output)) {
        at = strstr(line, mark);
        if (at) {
            at += strlen(mark);
            at[strcspn(at, " \r\n")] = 0;
            snprintf(finding->detail, sizeof(finding->detail), "%s", at);
        }
    }
    fclose(output);
}

static enum answer find_bochs(struct finding *finding)
{
    static const char *const words[] = {"bochs", "-help", "cpu", NULL};

    if (!program_exists("bochs") || !computer_has_file("/usr/share/bochs/BIOS-bochs-latest") ||
        !computer_has_file("/usr/share/bochs/VGABIOS-lgpl-latest")) {
        return ANSWER_NO;
    }
    find_version(words, "Bochs x86 Emulator ", finding);
    return ANSWER_YES;
}

static enum answer find_qemu(struct finding *finding)
{
    static const char *const words[] = {"qemu-system-x86_64", "--version", NULL};

    if (!program_exists(words[0])) {
        return ANSWER_NO;
    }
    find_version(words, "version ", finding);
    return ANSWER_YES;
}

static enum answer by_program(const char *name)
{
    return program_exists(name) ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_grub_tools(struct finding *finding)
{
    (void)finding;
    return by_program("grub-mkrescue");
}

static enum answer find_xorriso(struct finding *finding)
{
    (void)finding;
    return by_program("xorriso");
}

static enum answer find_mtools(struct finding *finding)
{
    (void)finding;
    return by_program("mformat");
}

static enum answer find_grub_bios(struct finding *finding)
{
    (void)finding;
    return computer_has_file("/usr/lib/grub/i386-pc/multiboot2.mod") ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_grub_uefi(struct finding *finding)
{
    (void)finding;
    return computer_has_file("/usr/lib/grub/x86_64-efi/multiboot2.mod") ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_xen_libraries(struct finding *finding)
{
    char path[PATH_MAX];

    (void)finding;
    return has_xen_library(path, "libxenctrl.so.4.17") &&
                   has_xen_library(path, "libaltview-xen-env.so")
               ? ANSWER_YES
               : ANSWER_NO;
}

/* Programs for Xen are linked with it, and altview does not provide it. */
static enum answer find_xentoollog(struct finding *finding)
{
    (void)finding;
    return computer_has_file("/usr/lib/x86_64-linux-gnu/libxentoollog.so.1") ? ANSWER_YES
                                                                             : ANSWER_NO;
}

#define MODULE_MSR "as root: modprobe msr, then altview doctor; if it is no: a CPU from Haswell on"

const struct fact facts[FACTS] = {
    [FACT_VTX] = {"vt-x", "VT-x", "switch Intel VT-x on in the BIOS setup; it takes an Intel CPU",
                  find_vtx},
    [FACT_EPT] = {"ept", "EPT", "it takes an Intel CPU from Nehalem on, with VT-x switched on",
                  find_ept},
    [FACT_VMFUNC] = {"vmfunc", "VMFUNC with EPTP switching", MODULE_MSR, find_vmfunc},
    [FACT_VE] = {"ve", "#VE", MODULE_MSR, find_ve},
    [FACT_AMD_V] = {"amd-v", "AMD-V", "switch SVM on in the BIOS setup; it takes an AMD CPU",
                    find_amd_v},
    [FACT_NPT] = {"npt", "nested page tables",
                  "it takes an AMD CPU from Barcelona on, with SVM switched on", find_npt},
    [FACT_NESTED] = {"nested", "nested virtualisation in KVM", NULL, find_nested},
    [FACT_KVM] = {"kvm", "/dev/kvm", NULL, find_kvm},
    [FACT_BOCHS] = {"bochs", "Bochs", "as root: apt-get install bochs bochs-sdl bochsbios vgabios",
                    find_bochs},
    [FACT_QEMU] = {"qemu", "QEMU", "as root: apt-get install qemu-system-x86", find_qemu},
    [FACT_GRUB_TOOLS] = {"grub-mkrescue", "GRUB's tools", "as root: apt-get install grub-common",
                         find_grub_tools},
    [FACT_GRUB_BIOS] = {"grub-bios", "GRUB for BIOS", "as root: apt-get install grub-pc-bin",
                        find_grub_bios},
    [FACT_GRUB_UEFI] = {"grub-uefi", "GRUB for UEFI", "as root: apt-get install grub-efi-amd64-bin",
                        find_grub_uefi},
    [FACT_MTOOLS] = {"mtools", "mtools", "as root: apt-get install mtools", find_mtools},
    [FACT_XORRISO] = {"xorriso", "xorriso", "as root: apt-get install xorriso", find_xorriso},
    [FACT_XEN_LIBRARIES] = {"xen-libraries", "altview's libxenctrl and its kin",
                            "build altview, or install it anew", find_xen_libraries},
    [FACT_XENTOOLLOG] = {"xentoollog", "libxentoollog", "as root: apt-get install libxentoollog1",
                         find_xentoollog},
};
