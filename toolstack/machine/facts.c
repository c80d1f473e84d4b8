/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/facts.h"

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

/* SDM Vol. 3D, appendix A.3.3 and A.11: high halves say what may be 1. */
#define MSR_PROCBASED_CONTROLS  0x482
#define MSR_PROCBASED_CONTROLS2 0x48b
#define MSR_VMFUNC              0x491
#define CONTROLS_SECONDARY      (1U << 31)
#define CONTROLS2_VMFUNC        (1U << 13)
#define CONTROLS2_VE            (1U << 18)

/* A path of this computer, or of the tree that ALTVIEW_COMPUTER names: for tests. */
static const char *in_tree(char *path, const char *file)
{
    const char *tree = getenv("ALTVIEW_COMPUTER");

    snprintf(path, PATH_MAX, "%s%s", tree ? tree : "", file);
    return path;
}

static FILE *open_file(const char *file)
{
    char path[PATH_MAX];

    return fopen(in_tree(path, file), "re");
}

static bool exists(const char *file, int how)
{
    char path[PATH_MAX];

    return !access(in_tree(path, file), how);
}

/* Is `word` in a line of /proc/cpuinfo that begins with `key`? (The first CPU's line; all are
 * alike.) */
static enum answer cpuinfo_has(const char *key, const char *word)
{
    FILE *from = open_file("/proc/cpuinfo");
    enum answer answer = ANSWER_UNKNOWN;
    char *line = NULL, *rest;
    size_t size = 0;

    while (from && answer == ANSWER_UNKNOWN && getline(&line, &size, from) >= 0) {
        if (strncmp(line, key, strlen(key)) || !strchr("\t :", line[strlen(key)])) {
            continue;
        }
        answer = ANSWER_NO;
        rest = strchr(line, ':');
        for (char *w = rest ? strtok_r(rest + 1, " \n", &rest) : NULL; w;
             w = strtok_r(NULL, " \n", &rest)) {
            answer = strcmp(w, word) ? answer : ANSWER_YES;
        }
    }
    free(line);
    if (from) {
        fclose(from);
    }
    return answer;
}

/* As the kernel's msr module gives it, to root. */
static bool read_msr(uint32_t number, uint64_t *value)
{
    char path[PATH_MAX];
    int msr = open(in_tree(path, "/dev/cpu/0/msr"), O_RDONLY | O_CLOEXEC);
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

static enum answer find_vtx(char *detail, size_t size)
{
    (void)detail;
    (void)size;
    return cpuinfo_has("flags", "vmx");
}

/* Without VT-x there is nothing of it. */
static enum answer part_of_vtx(enum answer by_msr, const char *flag, char *detail, size_t size)
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
    snprintf(detail, size, "not known");
    return ANSWER_UNKNOWN;
}

static enum answer find_ept(char *detail, size_t size)
{
    enum answer answer = cpuinfo_has("flags", "ept");

    return answer == ANSWER_YES ? answer : part_of_vtx(answer, "ept", detail, size);
}

static enum answer find_vmfunc(char *detail, size_t size)
{
    enum answer control = control_exists(CONTROLS2_VMFUNC);
    uint64_t functions = 0;

    if (control == ANSWER_YES) {
        control = read_msr(MSR_VMFUNC, &functions) && functions & 1 ? ANSWER_YES : ANSWER_NO;
    }
    return part_of_vtx(control, "eptp_switching", detail, size);
}

static enum answer find_ve(char *detail, size_t size)
{
    return part_of_vtx(control_exists(CONTROLS2_VE), "ept_violation_ve", detail, size);
}

static enum answer find_nested(char *detail, size_t size)
{
    FILE *from = open_file("/sys/module/kvm_intel/parameters/nested");
    int c = from ? getc(from) : EOF;

    if (from) {
        fclose(from);
    } else {
        snprintf(detail, size, "the module kvm_intel is not loaded");
    }
    return c == 'Y' || c == '1' ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_kvm(char *detail, size_t size)
{
    char path[PATH_MAX];
    int kvm = open(in_tree(path, "/dev/kvm"), O_RDWR | O_CLOEXEC);

    if (kvm < 0) {
        snprintf(detail, size, "%s", strerror(errno));
        return ANSWER_NO;
    }
    close(kvm);
    return ANSWER_YES;
}

/* The first line that names a version: what follows `mark`, up to a blank. */
static void find_version(const char *const *words, const char *mark, char *detail, size_t size)
{
    FILE *output = tmpfile();
    char line[512], *at;

    if (!output) {
        return;
    }
    process_run(&(struct program){.words = words, .output = fileno(output)}, -1);
    rewind(output);
    while (!*detail && fgets(line, sizeof(line), output)) {
        at = strstr(line, mark);
        if (at) {
            at += strlen(mark);
            at[strcspn(at, " \r\n")] = 0;
            snprintf(detail, size, "%s", at);
        }
    }
    fclose(output);
}

static enum answer find_bochs(char *detail, size_t size)
{
    static const char *const words[] = {"bochs", "-help", "cpu", NULL};

    if (!program_exists("bochs") || !exists("/usr/share/bochs/BIOS-bochs-latest", R_OK) ||
        !exists("/usr/share/bochs/VGABIOS-lgpl-latest", R_OK)) {
        return ANSWER_NO;
    }
    find_version(words, "Bochs x86 Emulator ", detail, size);
    return ANSWER_YES;
}

static enum answer find_qemu(char *detail, size_t size)
{
    static const char *const words[] = {"qemu-system-x86_64", "--version", NULL};

    if (!program_exists(words[0])) {
        return ANSWER_NO;
    }
    find_version(words, "version ", detail, size);
    return ANSWER_YES;
}

static enum answer by_program(const char *name)
{
    return program_exists(name) ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_grub_tools(char *detail, size_t size)
{
    (void)detail;
    (void)size;
    return by_program("grub-mkrescue");
}

static enum answer find_xorriso(char *detail, size_t size)
{
    (void)detail;
    (void)size;
    return by_program("xorriso");
}

static enum answer find_mtools(char *detail, size_t size)
{
    (void)detail;
    (void)size;
    return by_program("mformat");
}

static enum answer find_grub_bios(char *detail, size_t size)
{
    (void)detail;
    (void)size;
    return exists("/usr/lib/grub/i386-pc/multiboot2.mod", R_OK) ? ANSWER_YES : ANSWER_NO;
}

static enum answer find_grub_uefi(char *detail, size_t size)
{
    (void)detail;
    (void)size;
    return exists("/usr/lib/grub/x86_64-efi/multiboot2.mod", R_OK) ? ANSWER_YES : ANSWER_NO;
}

#define MODULE_MSR "as root: modprobe msr, then altview doctor; if it is no: a CPU from Haswell on"

const struct fact facts[FACTS] = {
    [FACT_VTX] = {"vt-x", "VT-x", "switch Intel VT-x on in the BIOS setup; it takes an Intel CPU",
                  find_vtx},
    [FACT_EPT] = {"ept", "EPT", "it takes an Intel CPU from Nehalem on, with VT-x switched on",
                  find_ept},
    [FACT_VMFUNC] = {"vmfunc", "VMFUNC with EPTP switching", MODULE_MSR, find_vmfunc},
    [FACT_VE] = {"ve", "#VE", MODULE_MSR, find_ve},
    [FACT_NESTED] = {"nested", "nested VT-x in KVM",
                     "as root: modprobe -r kvm_intel; modprobe kvm_intel nested=1", find_nested},
    [FACT_KVM] = {"kvm", "/dev/kvm",
                  "as root: modprobe kvm_intel; and add yourself to the group kvm", find_kvm},
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
};
