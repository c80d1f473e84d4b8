/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of QEMU. */
#include "toolstack/machine/emulator/qemu_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct qemu_files files = {.serial1 = 11,
                                        .serial2 = 12,
                                        .qmp = 13,
                                        .memory = 14,
                                        .hypervisor = 15,
                                        .guest = 16,
                                        .modules = {17, 18}};

#define IMAGE .mode = "mixed", .views = 10, .end = "qemu", .bell = "hub"

static const struct image no_guest = {IMAGE};
static const struct image guest = {IMAGE, .guest = "g"};
static const struct image module = {IMAGE, .module_count = 1, .modules = {"m"}};
static const struct image modules = {IMAGE, .guest = "g", .module_count = 2, .modules = {"m", "n"},
                                     .append = " a=1,2  b "};
static const struct image options = {.mode = "external",
                                     .views = 64,
                                     .end = "qemu",
                                     .access_required = true,
                                     .xen_face = "off",
                                     .more = "pool=9"};
static const struct image shared = {IMAGE, .ring = true, .access_required = true};
static char *quoted[] = {(char[]){"a b"}, (char[]){"c\"d"}, (char[]){"e\\f"}, (char[]){"it's"},
                         (char[]){"x,y"}};
static const struct image arguments = {IMAGE, .guest = "g", .append = "first", .arguments = quoted,
                                       .argument_count = 5};

#define MACHINE .memory = 256, .cpus = 1

/* Words that are neighbours on the command line, and words that are not. */
static const struct {
    struct machine machine;
    bool kvm;
    const char *there, *not_there;
} lines[] = {
    /* The CPU. */
    {{MACHINE, .image = &no_guest}, false, " -accel tcg,thread=multi -cpu max ", "icount"},
    {{MACHINE, .image = &no_guest, .in_turns = true}, false, " -accel tcg,thread=single ", "multi"},
    {{MACHINE, .image = &no_guest}, true, " -accel kvm -cpu host ", "tcg"},
    {{MACHINE, .image = &no_guest, .icount = true},
     false,
     " -accel tcg -icount shift=0 -cpu max ",
     "thread"},
    {{MACHINE, .image = &no_guest, .cpu = "qemu64,-svm"}, false, " -cpu qemu64,-svm ", "max"},
    {{MACHINE, .image = &no_guest, .cpu = "Skylake-Client"}, true, " -cpu Skylake-Client ", "host"},
    {{.memory = 256, .cpus = 4, .image = &no_guest}, false, " -smp 4 ", "-smp 1"},
    /* The guest's memory is a file of ours. */
    {{.memory = 512, .cpus = 1, .image = &no_guest},
     false,
     " -object memory-backend-file,id=ram,size=512M,mem-path=/proc/self/fd/14,share=on -m 512 ",
     "256"},
    {{MACHINE, .image = &no_guest}, false, "memory-backend=ram", "/dev/shm"},
    /* No part of it is open to others. */
    {{MACHINE, .image = &no_guest}, false, " -nodefaults -no-user-config -display none ", ",path="},
    {{MACHINE, .image = &no_guest}, false, " -chardev socket,id=serial1,fd=11 ", "tcp"},
    {{MACHINE, .image = &no_guest}, false, " -chardev socket,id=serial2,fd=12 ", "unix"},
    {{MACHINE, .image = &no_guest}, false, " -chardev socket,id=qmp,fd=13 ", "vnc"},
    {{MACHINE, .image = &no_guest},
     false,
     " -serial chardev:serial1 -serial chardev:serial2 -mon chardev=qmp,mode=control ",
     "-net"},
    {{MACHINE, .image = &no_guest},
     false,
     " -device isa-debug-exit,iobase=0xf4,iosize=0x04 ",
     "-s "},
    /* The boot files: altview, then the guest and modules, which commas separate. */
    {{MACHINE, .image = &no_guest},
     false,
     " -kernel /proc/self/fd/15 -append altp2m=mixed altp2m_count=10 end=qemu bell=hub$",
     "-initrd"},
    {{MACHINE, .image = &options},
     false,
     " -append altp2m=external altp2m_count=64 end=qemu access_required xen-face=off pool=9$",
     "-initrd"},
    {{MACHINE, .image = &shared},
     false,
     " -append altp2m=mixed altp2m_count=10 end=qemu bell=hub ring=on access_required",
     "-initrd"},
    {{MACHINE, .image = &guest}, false, " end=qemu bell=hub -initrd /proc/self/fd/16$", "/fd/17"},
    {{MACHINE, .image = &module}, false, " -initrd /proc/self/fd/17$", "/fd/16"},
    {{MACHINE, .image = &modules},
     false,
     " -initrd /proc/self/fd/16 a=1,,2 b,/proc/self/fd/17,/proc/self/fd/18$",
     "-cdrom"},
    {{MACHINE, .image = &arguments},
     false,
     " -initrd /proc/self/fd/16 first \"a b\" c\\\"d e\\\\f it\\'s x,,y$",
     "-cdrom"},
    /* QEMU boots an existing image as a computer does. */
    {{MACHINE}, false, " -cdrom machine.iso -boot d$", "-kernel"},
};

/* The whole command line, with a blank before each word and "$" after the last. */
static void join(const struct machine *machine, bool kvm, char *text, size_t size)
{
    struct qemu_words words;
    size_t used = 0;

    assert_true(qemu_words_make(machine, kvm, &files, &words));
    assert_string_equal(words.words[0], "qemu-system-x86_64");
    for (const char **word = words.words; *word; word++) {
        used += (size_t)snprintf(text + used, size - used, " %s", *word);
        assert_true(used + 1 < size);
    }
    strcat(text, "$");
    qemu_words_free(&words);
}

static void test_lines(void **state)
{
    char text[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        join(&lines[i].machine, lines[i].kvm, text, sizeof(text));
        if (!strstr(text, lines[i].there) || strstr(text, lines[i].not_there)) {
            fail_msg("row %zu: not \"%s\", or \"%s\", in:%s", i, lines[i].there, lines[i].not_there,
                     text);
        }
    }
}

/* No character in a word ends the word. */
static void test_words(void **state)
{
    const struct machine machine = {MACHINE, .image = &arguments};
    struct qemu_words words;
    size_t at = 0;

    (void)state;
    assert_true(qemu_words_make(&machine, false, &files, &words));
    while (strcmp(words.words[at], "-initrd") != 0) {
        at++;
    }
    assert_string_equal(words.words[at + 1],
                        "/proc/self/fd/16 first \"a b\" c\\\"d e\\\\f it\\'s x,,y");
    assert_null(words.words[at + 2]);
    qemu_words_free(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
