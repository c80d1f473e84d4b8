/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview iso`: a bootable image, mostly for real hardware. */
#include "commands.h"
#include "fields.h"
#include "new_file.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/emulator/machine.h"
#include "toolstack/machine/facts.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/image.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const ends[] = {"halt", "reset", "qemu", "bochs", NULL};

static bool has(enum fact_number number)
{
    struct finding finding = {0};

    return facts[number].find(&finding) == ANSWER_YES;
}

/* mtools puts GRUB for UEFI in an image. */
static bool has_uefi(void)
{
    return has(FACT_GRUB_UEFI) && has(FACT_MTOOLS);
}

static int check_tools(void)
{
    static const enum fact_number needs[] = {FACT_GRUB_TOOLS, FACT_XORRISO};

    for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
        if (!has(needs[i])) {
            return fail("%s can't be found; %s", facts[needs[i]].title, facts[needs[i]].remedy);
        }
    }
    return has(FACT_GRUB_BIOS) || has_uefi()
               ? 0
               : fail("there is no GRUB to put in the image; %s", facts[FACT_GRUB_BIOS].remedy);
}

/* The boot ways that the computer has files for: BIOS, UEFI, or both. */
static void choose_platform(struct image *image, struct json_object *boots)
{
    bool bios = has(FACT_GRUB_BIOS), uefi = has_uefi();

    image->platform = bios && uefi ? NULL : bios ? "i386-pc" : "x86_64-efi";
    if (bios) {
        json_object_array_add(boots, json_object_new_string("BIOS"));
    }
    if (uefi) {
        json_object_array_add(boots, json_object_new_string("UEFI"));
    }
}

/* Whether the file at the image's place is also an input of the image. */
static bool is_at(const struct new_file *place, const char *file)
{
    struct stat there, one;

    return file && !fstatat(place->parent, place->name, &there, AT_SYMLINK_NOFOLLOW) &&
           !stat(file, &one) && there.st_dev == one.st_dev && there.st_ino == one.st_ino;
}

static int check_place(const struct image *image, const struct new_file *place)
{
    bool is_part = is_at(place, image->guest) || is_at(place, image->hypervisor);

    for (int i = 0; i < image->module_count; i++) {
        is_part |= is_at(place, image->modules[i]);
    }
    return is_part ? usage_error("%s is one of the files that go into the image; give the image "
                                 "another name",
                                 place->path)
                   : 0;
}

/* In a new directory next to its place, so that a rename puts it there. */
static int make_beside(struct image *image, const struct new_file *place, int signals)
{
    char parent[INSIDE_SIZE], inside[INSIDE_SIZE], path[PATH_MAX];
    int directory, status;

    directory_inside(parent, place->parent);
    directory = private_directory(path_join(path, parent, ".altview-iso-XXXXXX"));
    if (directory < 0) {
        return fail("can't make a directory beside %s: %s; choose another place", place->path,
                    strerror(-directory));
    }
    directory_inside(inside, directory);
    status = image_make(image, inside, MACHINE_IMAGE, signals);
    if (!status && renameat(directory, MACHINE_IMAGE, place->parent, place->name)) {
        status = fail("can't write %s: %s; choose another name", place->path, strerror(errno));
    }
    remove_tree(path);
    close(directory);
    return status;
}

static int make(struct image *image, const struct new_file *place, bool json)
{
    struct json_object *made = fields();
    int signals = signals_hold(), status;

    field_text(made, "image", place->path);
    choose_platform(image, field_list(made, "boots_on"));
    status = make_beside(image, place, signals);
    if (status) {
        json_object_put(made);
        return status == -EINTR ? signals_status(signals) : status;
    }
    return output(json, made);
}

static int check(struct image *image, const char *path, char *hypervisor)
{
    int status;

    if (!*path) {
        usage_error("the image needs a name; give -o FILE");
        return EXIT_USAGE;
    }
    image->hypervisor = hypervisor;
    status = image_check(image);
    if (!status) {
        status = find_part(hypervisor, "altview.elf");
    }
    return status ? status : check_tools();
}

static int make_at(struct image *image, const char *path, bool json)
{
    struct new_file place;
    int status = new_file_place(&place, path);

    if (status) {
        return status;
    }
    status = check_place(image, &place);
    if (!status) {
        status = make(image, &place, json);
    }
    close(place.parent);
    return status;
}

int cmd_iso(int argc, char **argv)
{
    struct image image = {IMAGE_DEFAULTS, .end = ends[0]};
    struct common common = {0};
    const char *path = "";
    char hypervisor[PATH_MAX];
    const struct option options[] = {
        OPTION_TEXT("output", "FILE", &path, "the image to be made", .letter = 'o'),
        IMAGE_OPTIONS(&image),
        OPTION_CHOICE("end", "HOW", &image.end, ends,
                      "when the guest has ended: halt (default) or reset the computer;\n"
                      "qemu, bochs: end that emulator"),
        OPTION_JSON(&common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] GUEST -o FILE [-- GUEST ARGUMENTS]",
        .about = "Make an image that boots altview with a guest, from a CD or a USB stick: on BIOS "
                 "and, if\ngrub-efi-amd64-bin and mtools are installed, on UEFI. The guest has "
                 "serial port 1; the\nhypervisor's log and control port are serial port 2 "
                 "(115200 8N1; see tty: in altview(3)).",
        .options = options,
        .least = 1,
        .most = 1,
        .rest_apart = true,
    };
    int status = options_parse(&line, argc, argv);

    if (status != OPTIONS_OK) {
        return status;
    }
    image.guest = line.arguments[0];
    image.arguments = line.rest;
    image.argument_count = line.rest_count;
    status = check(&image, path, hypervisor);
    return status ? status : make_at(&image, path, common.json);
}
