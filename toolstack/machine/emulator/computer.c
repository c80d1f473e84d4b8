/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/emulator/computer.h"

#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *in_tree(char *path, const char *file)
{
    const char *tree = getenv("ALTVIEW_COMPUTER");

    snprintf(path, PATH_MAX, "%s%s", tree ? tree : "", file);
    return path;
}

bool computer_has_file(const char *file)
{
    char path[PATH_MAX];

    return !access(in_tree(path, file), R_OK);
}

int computer_open(const char *file, int flags)
{
    char path[PATH_MAX];
    int fd = open(in_tree(path, file), flags | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

static bool has_word(char *text, const char *word)
{
    char *rest = NULL;

    for (char *w = strtok_r(text, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest)) {
        if (!strcmp(w, word)) {
            return true;
        }
    }
    return false;
}

int computer_cpu_has(const char *key, const char *word)
{
    char path[PATH_MAX];
    FILE *from = fopen(in_tree(path, "/proc/cpuinfo"), "re");
    char *line = NULL, *values;
    size_t size = 0;
    int answer = -1;

    while (from && answer < 0 && getline(&line, &size, from) >= 0) {
        if (!strncmp(line, key, strlen(key)) && strchr("\t :", line[strlen(key)])) {
            values = strchr(line, ':');
            answer = values && has_word(values + 1, word);
        }
    }
    free(line);
    if (from) {
        fclose(from);
    }
    return answer;
}

unsigned int computer_idle_cpus(void)
{
    int from = computer_open("/proc/loadavg", O_RDONLY);
    char text[64];
    ssize_t got = 0;
    cpu_set_t allowed;

    if (from >= 0) {
        got = read(from, text, sizeof(text) - 1);
        close(from);
    }
    text[got > 0 ? got : 0] = 0;
    if (sched_getaffinity(0, sizeof(allowed), &allowed)) { /* more than a set has */
        return idle_cpus((unsigned int)sysconf(_SC_NPROCESSORS_ONLN), text);
    }
    return idle_cpus((unsigned int)CPU_COUNT(&allowed), text);
}

static void look_at_kvm(struct computer *c)
{
    static const char *const parameters[VENDORS] = {NULL, "/sys/module/kvm_intel/parameters/nested",
                                                    "/sys/module/kvm_amd/parameters/nested"};
    const char *parameter = parameters[c->vendor];
    int kvm = computer_open("/dev/kvm", O_RDWR);
    int nested = parameter ? computer_open(parameter, O_RDONLY) : -1;
    char value = 'N';

    c->kvm_error = kvm < 0 ? -kvm : 0;
    c->nested = nested >= 0 && read(nested, &value, 1) == 1 && strchr("Yy1", value);
    if (kvm >= 0) {
        close(kvm);
    }
    if (nested >= 0) {
        close(nested);
    }
}

void computer_look(struct computer *c)
{
    *c = (struct computer){
        .bochs = program_exists("bochs"),
        .qemu = program_exists("qemu-system-x86_64"),
        .vendor = computer_cpu_has("flags", "vmx") > 0   ? VENDOR_INTEL
                  : computer_cpu_has("flags", "svm") > 0 ? VENDOR_AMD
                                                         : VENDOR_NONE,
    };
    look_at_kvm(c);
}
