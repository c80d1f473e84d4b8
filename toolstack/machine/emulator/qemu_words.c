/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/emulator/qemu_words.h"

#include "toolstack/machine/image.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One word. */
__attribute__((format(printf, 2, 3))) static void put(FILE *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(to, format, args);
    va_end(args);
    putc(0, to);
}

static void put_all(FILE *to, const char *const *words)
{
    for (; *words; words++) {
        put(to, "%s", *words);
    }
}

/*
 * Only what a run needs: no network, no screen, no interactive monitor, no file of the user's. A
 * reset ends it. The clock is the same in each run, as in Bochs (bochs.c).
 */
static void put_machine(FILE *to, const struct machine *m, const struct qemu_files *files)
{
    static const char *const always[] = {"qemu-system-x86_64", "-nodefaults", "-no-user-config",
                                         "-display", "none", "-no-reboot", "-machine",
                                         "q35,vmport=off,memory-backend=ram", "-rtc",
                                         "base=2001-09-09T01:46:40,clock=vm",
                                         /* How the hypervisor ends it: hypervisor/base/log.c. */
                                         "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", NULL};

    put_all(to, always);
    put(to, "-object");
    put(to, "memory-backend-file,id=ram,size=%luM,mem-path=/proc/self/fd/%d,share=on", m->memory,
        files->memory);
    put(to, "-m");
    put(to, "%lu", m->memory);
    put(to, "-smp");
    put(to, "%lu", m->cpus);
}

/* CPUs that count instructions share a thread, with any option. */
static const char *accel_of(const struct machine *m, bool kvm)
{
    if (kvm) {
        return "kvm";
    }
    return m->icount ? "tcg" : m->in_turns ? "tcg,thread=single" : "tcg,thread=multi";
}

static void put_cpu(FILE *to, const struct machine *m, bool kvm)
{
    put(to, "-accel");
    put(to, "%s", accel_of(m, kvm));
    if (m->icount) {
        put(to, "-icount");
        put(to, "shift=0");
    }
    put(to, "-cpu");
    put(to, "%s", m->cpu ? m->cpu : kvm ? "host" : "max");
}

static void put_socket(FILE *to, const char *name, int file)
{
    put(to, "-chardev");
    put(to, "socket,id=%s,fd=%d", name, file);
}

static void put_sockets(FILE *to, const struct qemu_files *files)
{
    static const char *const users[] = {
        "-serial", "chardev:serial1",          "-serial", "chardev:serial2",
        "-mon",    "chardev=qmp,mode=control", NULL};

    put_socket(to, "serial1", files->serial1);
    put_socket(to, "serial2", files->serial2);
    put_socket(to, "qmp", files->qmp);
    put_all(to, users);
}

/* -initrd is a list of "FILE ARGUMENTS", in which a comma is written twice. */
static void put_doubled(FILE *to, const char *text)
{
    for (; *text; text++) {
        fputs(*text == ',' ? ",," : (char[]){*text, 0}, to);
    }
}

static void put_guest(FILE *to, const struct image *image, const struct qemu_files *files)
{
    char *arguments = NULL;
    size_t size;
    FILE *text = open_memstream(&arguments, &size);

    fprintf(to, "/proc/self/fd/%d", files->guest);
    if (text) {
        image_put_arguments(image, text);
        if (!fclose(text)) {
            put_doubled(to, arguments);
        }
    }
    free(arguments);
}

/* By Multiboot 1: the guest is the first module. */
static void put_modules(FILE *to, const struct image *image, const struct qemu_files *files)
{
    const char *separator = "";

    if (!image->guest && !image->module_count) {
        return;
    }
    put(to, "-initrd");
    if (image->guest) {
        put_guest(to, image, files);
        separator = ",";
    }
    for (int i = 0; i < image->module_count; i++) {
        fprintf(to, "%s/proc/self/fd/%d", separator, files->modules[i]);
        separator = ",";
    }
    putc(0, to);
}

static void put_boot(FILE *to, const struct image *image, const struct qemu_files *files)
{
    static const char *const from_image[] = {"-cdrom", MACHINE_IMAGE, "-boot", "d", NULL};

    if (!image) {
        put_all(to, from_image);
        return;
    }
    put(to, "-kernel");
    put(to, "/proc/self/fd/%d", files->hypervisor);
    put(to, "-append");
    image_put_options(image, to);
    putc(0, to);
    put_modules(to, image, files);
}

static bool list(struct qemu_words *words, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++) {
        count += !words->text[i];
    }
    words->words = calloc(count + 1, sizeof(*words->words));
    for (size_t i = 0, at = 0; words->words && i < count; i++) {
        words->words[i] = words->text + at;
        at += strlen(words->text + at) + 1;
    }
    return words->words;
}

bool qemu_words_make(const struct machine *machine, bool kvm, const struct qemu_files *files,
                     struct qemu_words *words)
{
    static const char *const waits[] = {"-S", "-incoming", "defer", NULL};
    size_t size = 0;
    FILE *to;

    *words = (struct qemu_words){0};
    to = open_memstream(&words->text, &size);
    if (!to) {
        return false;
    }
    put_machine(to, machine, files);
    put_cpu(to, machine, kvm);
    put_sockets(to, files);
    if (machine->snapshot) {
        put_all(to, waits);
    } else {
        put_boot(to, machine->image, files);
    }
    if (!fclose(to) && list(words, size)) {
        return true;
    }
    qemu_words_free(words);
    return false;
}

void qemu_words_free(struct qemu_words *words)
{
    free(words->text);
    free(words->words);
}
