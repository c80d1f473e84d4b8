/* SPDX-License-Identifier: BSD-2-Clause */
/* A bootable image: GRUB, altview, a guest. */
#ifndef RUN_IMAGE_H
#define RUN_IMAGE_H

#include "new_file.h"
#include "options.h"

#include <stdbool.h>
#include <stdio.h>

#define IMAGE_MODULES 16

struct image {
    const char *hypervisor; /* altview.elf */
    const char *guest;      /* NULL: none */
    /* Set by image_check: of the guest's file, unpacked if it was compressed. */
    int guest_file;                 /* the open file to load */
    char guest_inside[INSIDE_SIZE]; /* a path to it */
    bool is_linux;
    char **arguments; /* the guest's */
    int argument_count;
    const char *append; /* more arguments, in one text; NULL: none */
    const char *modules[IMAGE_MODULES];
    int module_count;
    const char *mode, *multiboot; /* multiboot: NULL is "2" */
    const char *xen_face;         /* NULL: as suits the guest */
    unsigned long views;
    bool access_required;
    const char *more;     /* words for altview's own command line; NULL: none */
    const char *end;      /* the hypervisor's option end= */
    bool ring;            /* its option ring=on */
    const char *bell;     /* its option bell=; NULL: none */
    bool serial;          /* GRUB talks to serial port 2, and halts the machine if it fails */
    const char *platform; /* a directory of /usr/lib/grub; NULL: all that are installed */
};

#define IMAGE_DEFAULTS .mode = "mixed", .views = 10

/* Options of an image's contents. */
extern const char *const image_modes[], *const image_multiboots[], *const image_faces[];
int option_module(const struct option *option, const char *value);
int option_words(const struct option *option, const char *value);
#define IMAGE_OPTIONS(i)                                                                           \
    OPTION_CHOICE("mode", "MODE", &(i)->mode, image_modes,                                         \
                  "which callers may use altp2m: mixed (default), external, limited, disabled"),   \
        OPTION_CHOICE("altp2m", "MODE", &(i)->mode, image_modes, NULL),                            \
        OPTION_NUMBER("views", "N", &(i)->views, 1, 512,                                           \
                      "slots for views, 1 to 512 (default 10)"),                                   \
        OPTION_FLAG("access-required", &(i)->access_required,                                      \
                    "stop the guest at a violation without a listener (default: lift it)"),        \
        OPTION_BY(option_words, "boot-options", "WORDS", &(i)->more,                               \
                  "more words for altview's own command line: pool=N leaves views N table pages"), \
        OPTION_BY(option_module, "module", "FILE", (i),                                            \
                  "hand the guest a module; may be repeated"),                                     \
        OPTION_BY(option_module, "initrd", "FILE", (i),                                            \
                  "Linux: its initial ramdisk; the same as --module"),                             \
        OPTION_TEXT(                                                                               \
            "append", "TEXT", &(i)->append,                                                        \
            "Linux: its command line; other guests: more arguments, before those after --"),       \
        OPTION_CHOICE(                                                                             \
            "xen-face", "on|off", &(i)->xen_face, image_faces,                                     \
            "show the guest that it runs on Xen, or hide it (default: on, off for Linux)"),        \
        OPTION_CHOICE("multiboot", "1|2", &(i)->multiboot, image_multiboots,                       \
                      "how GRUB starts altview (default 2); QEMU does by 1")

/*
 * Check the image's files: the guest's as the hypervisor does, and all for names that GRUB's
 * language can't express. 0, or EXIT_USAGE, EXIT_BAD_IMAGE or EXIT_FAILED after a message.
 */
int image_check(struct image *image);

/*
 * Make the image in `directory`, which is the user's alone, as `name`, which must not exist.
 * NAME.log has grub-mkrescue's messages. `signals`: a signal in it ends the work. 0, -EINTR, or an
 * exit status after a message.
 */
int image_make(const struct image *image, const char *directory, const char *name, int signals);

/*
 * guest_file.c: check a guest's file before anything boots, with the hypervisor's own code
 * (image/image.h). Unpack a compressed file here, so that the hypervisor need not. `file` is then
 * the file to load, and stays open. 0, or EXIT_USAGE, EXIT_BAD_IMAGE or EXIT_FAILED after a
 * message.
 */
int guest_file_look(const char *path, int *file, bool *is_linux);

/* image_text.c: the command lines in an image, for any loader. Pure. This one is altview's own. */
void image_put_options(const struct image *image, FILE *to);

/* The guest's arguments in GRUB's form, each after a blank: in quotes if it has a blank, with a
 * backslash before each quote and backslash. */
void image_put_arguments(const struct image *image, FILE *to);

/* The next word of a text, into `word` of IMAGE_WORD bytes. Returns the text after it. NULL: there
 * is none. */
#define IMAGE_WORD 4096
const char *image_next_word(const char *text, char *word);

#endif
