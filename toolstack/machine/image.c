/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/image.h"

#include "say.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TREE          "machine.files"
#define LAST_MESSAGES 2000 /* bytes */

/* The modules of altview's configuration without a menu. */
#define MODULES "normal multiboot multiboot2 serial terminfo halt"

const char *const image_modes[] = {"mixed", "external", "limited", "disabled", NULL};
const char *const image_multiboots[] = {"1", "2", NULL};
const char *const image_faces[] = {"on", "off", NULL};

int option_module(const struct option *option, const char *value)
{
    struct image *image = option->to;

    if (image->module_count == IMAGE_MODULES) {
        return usage_error("--module %s: that is one too many; %d are possible", value,
                           IMAGE_MODULES);
    }
    image->modules[image->module_count++] = value;
    return 0;
}

/* These go into GRUB's configuration unchanged, so they must have none of its special
 * characters. */
int option_words(const struct option *option, const char *value)
{
    if (value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                            "_=,.- ")]) {
        return usage_error("--boot-options %s: give words of letters, digits, '_', '=', ',', '.' "
                           "and '-'",
                           value);
    }
    *(const char **)option->to = value;
    return 0;
}

/* GRUB's configuration is lines of text. */
static bool is_line(const char *text)
{
    return !text || !strpbrk(text, "\r\n");
}

static int check_arguments(const struct image *image)
{
    bool fine = is_line(image->append);

    for (int i = 0; i < image->argument_count; i++) {
        fine &= is_line(image->arguments[i]);
    }
    return fine ? 0
                : usage_error("the guest's arguments hold a line break, which a command line "
                              "can't carry; leave it out");
}

int image_check(struct image *image)
{
    int status = check_arguments(image);

    for (int i = 0; !status && i < image->module_count; i++) {
        status = check_file("--module", image->modules[i]);
    }
    if (!status && image->guest) {
        status = guest_file_look(image->guest, &image->guest_file, &image->is_linux);
        directory_inside(image->guest_inside, image->guest_file);
    }
    return status;
}

/* Quote any word for grub.cfg. */
static void put_quoted(FILE *to, const char *word)
{
    fputs(" '", to);
    for (; *word; word++) {
        fputs(*word == '\'' ? "'\\''" : (char[]){*word, 0}, to);
    }
    putc('\'', to);
}

/* GRUB puts a word with blanks in quotes, so these are words of their own. */
static void put_words(FILE *to, const char *text)
{
    char word[IMAGE_WORD];

    while ((text = image_next_word(text, word))) {
        put_quoted(to, word);
    }
}

static void put_guest(const struct image *image, const char *module, FILE *to)
{
    fprintf(to, "%s /guest", module);
    put_words(to, image->append);
    for (int i = 0; i < image->argument_count; i++) {
        put_quoted(to, image->arguments[i]);
    }
    putc('\n', to);
}

static void put_config(const struct image *image, FILE *to)
{
    bool first = image->multiboot && !strcmp(image->multiboot, "1");
    const char *load = first ? "multiboot" : "multiboot2", *module = first ? "module" : "module2";

    if (image->serial) {
        fputs("serial --unit=1\nterminfo serial dumb\nterminal_output serial\n", to);
    } else {
        /* A machine without a VGA has the framebuffer of the guest's boot information. */
        fputs("if [ $grub_platform = efi ]; then insmod all_video; fi\n", to);
    }
    fprintf(to, "%s /altview.elf ", load);
    image_put_options(image, to);
    putc('\n', to);
    /* Now that multiboot2 has asked for a framebuffer: a VGA has its text. */
    fputs(image->serial ? "set gfxpayload=text\n"
                        : "if [ $grub_platform = pc ]; then set gfxpayload=text; fi\n",
          to);
    if (image->guest) {
        put_guest(image, module, to);
    }
    for (int i = 0; i < image->module_count; i++) {
        fprintf(to, "%s /module%d\n", module, i + 1);
    }
    /* GRUB reaches halt if the boot failed; without it GRUB would wait for a key. */
    fputs(image->serial ? "boot\nhalt\n" : "boot\n", to);
}

static int write_config(const struct image *image, const char *tree)
{
    char path[PATH_MAX];
    FILE *to = NULL;
    int error;

    error = make_directories(path_join(path, tree, "boot/grub"));
    if (!error) {
        to = fopen(path_join(path, tree, "boot/grub/grub.cfg"), "wex");
        error = to ? 0 : -errno;
    }
    if (to) {
        put_config(image, to);
        error = fclose(to) ? -errno : 0;
    }
    return error;
}

static int copy_in(const char *file, const char *tree, const char *name)
{
    char path[PATH_MAX];

    return copy_file(file, path_join(path, tree, name));
}

static int fill(const struct image *image, const char *tree)
{
    int error = write_config(image, tree);
    char name[32];

    if (!error) {
        error = copy_in(image->hypervisor, tree, "altview.elf");
    }
    if (!error && image->guest) {
        error = copy_in(image->guest_inside, tree, "guest");
    }
    for (int i = 0; !error && i < image->module_count; i++) {
        snprintf(name, sizeof(name), "module%d", i + 1);
        error = copy_in(image->modules[i], tree, name);
    }
    return error;
}

/* For one platform, only what our menu-less configuration uses: GRUB loads in a fraction of the
 * time. For all that are installed, everything: those for Xen have no "multiboot". It works in the
 * directory, where a name can't be taken for an option or lead elsewhere. */
static int make(const struct image *image, const char *directory, const char *name, int log,
                int signals)
{
    char platform[PATH_MAX];
    const char *words[12] = {"grub-mkrescue", "-o", name};
    const char *environment[] = {"TMPDIR=" TREE, NULL};
    int count = 3;

    words[count++] = "--locales=";
    words[count++] = "--themes=";
    words[count++] = "--fonts=";
    if (image->platform) {
        words[count++] = image->serial ? "--install-modules=" MODULES
                                       : "--install-modules=" MODULES " all_video test";
        words[count++] = "-d";
        words[count++] = path_join(platform, "/usr/lib/grub", image->platform);
    }
    words[count] = TREE;
    return process_run(
        &(struct program){
            .words = words, .environment = environment, .directory = directory, .output = log},
        signals);
}

/* Print the end of grub-mkrescue's output, as altview's messages. */
static void say_messages(int log)
{
    static char text[LAST_MESSAGES + 1];
    off_t size = lseek(log, 0, SEEK_END);
    off_t from = size > LAST_MESSAGES ? size - LAST_MESSAGES : 0;
    ssize_t got = pread(log, text, LAST_MESSAGES, from);
    char *rest = NULL;

    text[got > 0 ? got : 0] = 0;
    for (char *line = strtok_r(text, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        say("grub-mkrescue: %s", line);
    }
}

int image_make(const struct image *image, const char *directory, const char *name, int signals)
{
    char tree[PATH_MAX], log_path[PATH_MAX];
    int log, error;

    path_join(tree, directory, TREE);
    snprintf(log_path, sizeof(log_path), "%s/%s.log", directory, name);
    log = open(log_path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    error = log < 0 || mkdir(tree, 0755) ? -errno : fill(image, tree);
    if (error) {
        error = fail("can't write %s: %s%s", name, strerror(-error), write_remedy(-error));
    } else {
        error = make(image, directory, name, log, signals);
        if (error > 0) {
            say_messages(log);
            error = fail("grub-mkrescue failed with status %d: see its messages above", error);
        }
    }
    remove_tree(tree);
    if (log >= 0) {
        close(log);
    }
    return error;
}
