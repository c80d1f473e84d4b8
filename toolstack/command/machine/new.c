/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview new`: a project for a guest of the user's own. guests/new/ has what it writes. */
#include "commands.h"
#include "fields.h"
#include "new_file.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const languages[] = {"c", "asm", NULL};

/* Where the project goes. */
struct place {
    const char *path;         /* as given */
    char parent[PATH_MAX];    /* its directory */
    char name[NAME_MAX + 1];  /* in it */
    char temporary[PATH_MAX]; /* beside it, the project until it is complete */
};

/* Slashes at the end mean nothing. "." and ".." are no names that a project could get. */
static bool split(struct place *place, const char *path)
{
    size_t length = strlen(path), name;

    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    for (name = length; name && path[name - 1] != '/';) {
        name--;
    }
    if (name == length || length - name > NAME_MAX || length >= PATH_MAX) {
        return false;
    }
    place->path = path;
    snprintf(place->name, sizeof(place->name), "%.*s", (int)(length - name), path + name);
    snprintf(place->parent, sizeof(place->parent), "%.*s", name ? (int)name : 1, name ? path : ".");
    path_join(place->temporary, place->parent, ".altview-new-XXXXXX");
    return place->temporary[0] && strcmp(place->name, ".") != 0 && strcmp(place->name, "..") != 0;
}

/* The packed project into the new directory. */
static int unpack(const char *packed, int directory)
{
    static const char *const words[] = {"tar", "-x", "-f", "-", "--touch", "--no-same-owner", NULL};
    char inside[INSIDE_SIZE];
    int signals = signals_hold(), status;

    directory_inside(inside, directory);
    status = process_run(
        &(struct program){
            .words = words, .directory = inside, .input = packed, .output = STDERR_FILENO},
        signals);
    if (status == -EINTR) {
        return signals_status(signals);
    }
    if (status < 0) {
        return fail("can't run tar: %s; see that it is installed", strerror(-status));
    }
    return status ? fail("tar could not unpack %s; see that there is room on the disk", packed) : 0;
}

/* Its mode is that of any new directory. */
static void open_to_others(int directory)
{
    mode_t mask = umask(0);

    umask(mask);
    fchmod(directory, 0777 & ~mask);
}

/* A rename replaces an empty directory, and nothing else. */
static int put(const struct place *place)
{
    char path[PATH_MAX];

    if (!rename(place->temporary, path_join(path, place->parent, place->name))) {
        return 0;
    }
    switch (errno) {
    case ENOTEMPTY:
    case EEXIST:
        return fail("%s is there and not empty; give another name, or empty it", place->path);
    case ENOTDIR:
        return fail("%s is a link or no directory; give another name", place->path);
    default:
        return fail("can't make %s: %s%s", place->path, strerror(errno), write_remedy(errno));
    }
}

static int make(struct place *place, const char *packed)
{
    int directory = private_directory(place->temporary), status;

    if (directory < 0) {
        return fail("can't make %s: %s%s", place->path, strerror(-directory),
                    write_remedy(-directory));
    }
    status = unpack(packed, directory);
    if (!status) {
        open_to_others(directory);
        status = put(place);
    }
    if (status) {
        remove_tree(place->temporary);
    }
    close(directory);
    return status;
}

static int tell(const struct place *place, const char *language, bool json)
{
    struct json_object *made = fields();

    field_text(made, "directory", place->path);
    field_text(made, "language", language);
    field_text(made, "boot", "make run");
    return output(json, made);
}

int cmd_new(int argc, char **argv)
{
    const char *language = languages[0];
    struct common common = {0};
    const struct option options[] = {
        OPTION_CHOICE("lang", "LANGUAGE", &language, languages,
                      "what the guest is written in: c (default) or asm"),
        OPTION_JSON(&common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] DIR",
        .about = "Write a project for a guest of your own: a source that moves between two views, "
                 "the\nruntime library it links with, a Makefile and a meson.build. In DIR, `make "
                 "run` boots the\nguest, and `make debug` opens gdb on it. DIR is new, or empty.",
        .options = options,
        .least = 1,
        .most = 1,
    };
    int status = options_parse(&line, argc, argv);
    char file[32], packed[PATH_MAX];
    struct place place;

    if (status != OPTIONS_OK) {
        return status;
    }
    if (!split(&place, line.arguments[0])) {
        return usage_error("\"%s\" is no name of a new directory", line.arguments[0]);
    }
    snprintf(file, sizeof(file), "altview-new-%s.tar", language);
    status = find_part(packed, file);
    status = status ? status : make(&place, packed);
    return status ? status : tell(&place, language, common.json);
}
