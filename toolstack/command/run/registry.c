/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/registry.h"

#include "run/files.h"
#include "say.h"
#include "toolstack/lib/transport.h"

#include <altview/altview.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_END ".sock"
#define RECORD_END ".json"
#define MOST_TRIES 1000 /* of numbers behind a name */

static bool is_good(unsigned char c, bool first)
{
    return isalnum(c) || (!first && strchr("_-.", c));
}

bool run_name_is_good(const char *name)
{
    size_t i = 0;

    while (name[i] && is_good((unsigned char)name[i], i == 0)) {
        i++;
    }
    return i && !name[i] && i < RUN_NAME_SIZE;
}

/* The guest's file without folder and ".elf", and without what can't be in a name. */
static void name_after(const char *guest, char *name)
{
    const char *base = guest && strrchr(guest, '/') ? strrchr(guest, '/') + 1 : guest;
    size_t length = 0;

    for (; base && *base && length < RUN_NAME_SIZE - 8 && strcmp(base, ".elf"); base++) {
        if (is_good((unsigned char)*base, length == 0)) {
            name[length++] = *base;
        }
    }
    name[length] = 0;
    if (!length) {
        strcpy(name, "guest");
    }
}

static int address_of(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address->sun_path)) {
        return -ENAMETOOLONG;
    }
    strcpy(address->sun_path, path);
    return 0;
}

/* Who listens there; 0: nobody. */
static pid_t listener_of(const char *path)
{
    struct sockaddr_un address;
    struct ucred peer = {0};
    socklen_t size = sizeof(peer);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (s < 0) {
        return 0;
    }
    /* EAGAIN: its queue of callers is full, so it lives. */
    if (!address_of(path, &address) &&
        (!connect(s, (struct sockaddr *)&address, sizeof(address)) || errno == EAGAIN)) {
        getsockopt(s, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    }
    close(s);
    return peer.pid;
}

/* NAME.json of NAME.sock, of the same length; `path` may be `socket`. */
static void record_path(const char *socket, char *path)
{
    size_t length = strlen(socket);

    memmove(path, socket, length + 1);
    strcpy(path + length - strlen(SOCKET_END), RECORD_END);
}

/* NAME of NAME.sock, cut in place; NULL: it is another file. */
static const char *name_of(char *file)
{
    size_t length = strlen(file), end = strlen(SOCKET_END);

    if (length <= end || strcmp(file + length - end, SOCKET_END) != 0) {
        return NULL;
    }
    file[length - end] = 0;
    return file;
}

static int is_socket(const struct dirent *entry)
{
    char file[sizeof(entry->d_name)];

    return name_of(strcpy(file, entry->d_name)) != NULL;
}

/* What killed runs could not put away. */
static void sweep(const char *directory)
{
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    int found = scandir(directory, &entries, is_socket, NULL);

    for (int i = 0; i < found; i++) {
        if (!listener_of(path_join(path, directory, entries[i]->d_name))) {
            unlink(path);
            record_path(path, path);
            unlink(path);
        }
        free(entries[i]);
    }
    free(entries);
}

/* One at a time may see which names are free, and make those so of runs that were killed. */
static int lock_names(void)
{
    char directory[PATH_MAX - 8], path[PATH_MAX];
    int lock;

    if (run_directory(directory, sizeof(directory))) {
        return -1; /* run_socket will say why */
    }
    lock = open(path_join(path, directory, ".lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    flock(lock, LOCK_EX);
    sweep(directory);
    return lock;
}

/* 0, -EADDRINUSE: the name is taken; or another error. */
static int listen_at(struct registration *r)
{
    struct sockaddr_un address;
    int error = address_of(r->socket, &address);
    mode_t mask;

    if (error) {
        return error;
    }
    r->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (r->listener < 0) {
        return -errno;
    }
    mask = umask(0177); /* mode 0600 */
    error =
        bind(r->listener, (struct sockaddr *)&address, sizeof(address)) || listen(r->listener, 16)
            ? -errno
            : 0;
    umask(mask);
    if (error) {
        close(r->listener);
    }
    return error;
}

static int take_name(struct registration *r)
{
    if (run_socket(r->name, r->socket, sizeof(r->socket))) {
        return fail("no socket for other commands: %s", altview_error());
    }
    record_path(r->socket, r->record);
    return listen_at(r);
}

/* Registers under `wanted`, or the first that is free of NAME, NAME-2, NAME-3, ... */
static int take_some_name(const char *wanted, const char *guest, struct registration *r)
{
    char base[RUN_NAME_SIZE];
    int error;

    if (wanted) {
        snprintf(r->name, sizeof(r->name), "%s", wanted);
        return take_name(r);
    }
    name_after(guest, base);
    snprintf(r->name, sizeof(r->name), "%s", base);
    error = take_name(r);
    for (int i = 2; error == -EADDRINUSE && i < MOST_TRIES; i++) {
        snprintf(r->name, sizeof(r->name), "%.*s-%d", RUN_NAME_SIZE - 8, base, i);
        error = take_name(r);
    }
    return error;
}

int run_register(const char *wanted, const char *guest, struct registration *r)
{
    int lock = lock_names(), error = take_some_name(wanted, guest, r);

    if (lock >= 0) {
        close(lock);
    }
    if (error == -EADDRINUSE) {
        return usage_error("--name %s: a run has that name; choose another, or end it with "
                           "altview stop %s",
                           r->name, r->name);
    }
    return error < 0 ? fail("no socket %s: %s; set XDG_RUNTIME_DIR to a directory of your own",
                            r->socket, strerror(-error))
                     : error;
}

int run_describe(const struct registration *r, const char *guest, const char *files)
{
    struct json_object *record = json_object_new_object();
    int error;

    json_object_object_add(record, "guest", json_object_new_string(guest ? guest : ""));
    json_object_object_add(record, "files", json_object_new_string(files));
    json_object_object_add(record, "started", json_object_new_int64(time(NULL)));
    error = json_object_to_file(r->record, record);
    json_object_put(record);
    return error ? fail("can't write %s: %s; see that there is room on the disk", r->record,
                        strerror(errno))
                 : 0;
}

void run_unregister(struct registration *r)
{
    close(r->listener);
    unlink(r->record);
    unlink(r->socket);
}

static void copy_text(const struct json_object *from, const char *key, char *to)
{
    struct json_object *text;

    to[0] = 0;
    if (json_object_object_get_ex(from, key, &text)) {
        snprintf(to, PATH_MAX, "%s", json_object_get_string(text));
    }
}

static void read_record(const char *path, struct run_record *record)
{
    struct json_object *from = json_object_from_file(path), *started;

    copy_text(from, "guest", record->guest);
    copy_text(from, "files", record->files);
    record->started = json_object_object_get_ex(from, "started", &started)
                          ? (long)json_object_get_int64(started)
                          : 0;
    json_object_put(from);
}

int run_find(const char *name, struct run_record *record)
{
    char path[PATH_MAX];

    if (!run_name_is_good(name) || run_socket(name, record->socket, sizeof(record->socket))) {
        return -ENOENT;
    }
    record->process = listener_of(record->socket);
    if (!record->process) {
        return -ENOENT;
    }
    snprintf(record->name, sizeof(record->name), "%s", name);
    record_path(record->socket, path);
    read_record(path, record);
    return 0;
}

int run_list(struct run_record **records, size_t *count)
{
    char directory[PATH_MAX];
    struct dirent **entries = NULL;
    int lock, found;

    if (run_directory(directory, sizeof(directory))) {
        return -EACCES;
    }
    lock = lock_names();
    found = scandir(directory, &entries, is_socket, alphasort);
    *records = calloc((size_t)(found > 0 ? found : 1), sizeof(**records));
    *count = 0;
    for (int i = 0; i < found; i++) {
        if (*records && !run_find(name_of(entries[i]->d_name), &(*records)[*count])) {
            (*count)++;
        }
        free(entries[i]);
    }
    free(entries);
    close(lock);
    return *records ? 0 : -ENOMEM;
}
