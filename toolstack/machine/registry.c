/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/registry.h"

#include "say.h"
#include "toolstack/lib/transport.h"
#include "toolstack/machine/files.h"
#include "toolstack/machine/name_lock.h"

#include <altview/altview.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_END  ".sock"
#define RECORD_END  ".json"
#define LOCK_END    ".lock"
#define MOST_TRIES  1000 /* of numbers behind a name */
#define PATIENCE_MS 5000 /* the wait for other processes that use the names */

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

/*
 * Has the run ended? Only the kernel knows, by the fact that no process listens. A run that is
 * stopped, or has more connections than it accepts at once, exists.
 */
static bool is_dead(const char *path)
{
    struct sockaddr_un address;
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool dead = s >= 0 && !address_of(path, &address) &&
                connect(s, (struct sockaddr *)&address, sizeof(address)) &&
                (errno == ECONNREFUSED || errno == ENOENT);

    if (s >= 0) {
        close(s);
    }
    return dead;
}

/* What a run has in the directory: NAME and these. */
static const char *const ends[] = {SOCKET_END, RECORD_END, LOCK_END};

/* NAME.json or NAME.lock of NAME.sock; `path` may be `socket`. */
static char *beside(const char *socket, const char *end, char *path)
{
    size_t length = strlen(socket);

    memmove(path, socket, length + 1);
    strcpy(path + length - strlen(SOCKET_END), end);
    return path;
}

/* NAME of NAME.END, cut in place; NULL: it is another file. */
static const char *cut_end(char *file, const char *end)
{
    size_t length = strlen(file), cut = strlen(end);

    if (length <= cut || strcmp(file + length - cut, end) != 0) {
        return NULL;
    }
    file[length - cut] = 0;
    return file;
}

static bool is_name_with(const char *file, const char *end)
{
    char name[NAME_MAX + 1];

    return cut_end(strcpy(name, file), end) && run_name_is_good(name);
}

static int is_socket(const struct dirent *entry)
{
    return is_name_with(entry->d_name, SOCKET_END);
}

static int is_socket_or_lock(const struct dirent *entry)
{
    return is_socket(entry) || is_name_with(entry->d_name, LOCK_END);
}

/* Remove the files of a run that ended without cleaning up. Call it with the names locked. */
static void sweep_name(const char *directory, const char *name)
{
    char socket[PATH_MAX], path[PATH_MAX], file[NAME_MAX + 8];
    pid_t holder;

    snprintf(file, sizeof(file), "%s" SOCKET_END, name);
    path_join(socket, directory, file);
    if (!*socket || name_lock_is_held(beside(socket, LOCK_END, path), &holder) ||
        !is_dead(socket)) {
        return;
    }
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        unlink(beside(socket, ends[i], path));
    }
}

static void sweep(const char *directory)
{
    struct dirent **entries = NULL;
    int found = scandir(directory, &entries, is_socket_or_lock, NULL);

    for (int i = 0; i < found; i++) {
        char *file = entries[i]->d_name;

        if (!cut_end(file, SOCKET_END)) {
            cut_end(file, LOCK_END);
        }
        sweep_name(directory, file);
        free(entries[i]);
    }
    free(entries);
}

/* See names_lock; -EACCES: altview_error says why. */
static int lock_names(char *directory, size_t size, unsigned int patience)
{
    return run_directory(directory, size) ? -EACCES : names_lock(directory, patience);
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

/* A file, in a form that identifies it. */
static struct inode inode_of(const char *path)
{
    struct inode none = {0};
    struct stat s;

    if (lstat(path, &s)) {
        return none;
    }
    return (struct inode){s.st_dev, s.st_ino};
}

/* Remove only this run's own files: another run may have the name meanwhile. */
static void unlink_own(const char *path, const struct inode *own)
{
    struct inode now = inode_of(path);

    if (now.number && now.number == own->number && now.device == own->device) {
        unlink(path);
    }
}

/* First the lock: the process that has it has the name. */
static int take_name(struct registration *r)
{
    int error;

    if (run_socket(r->name, r->socket, sizeof(r->socket))) {
        return fail("no socket for other commands: %s", altview_error());
    }
    beside(r->socket, RECORD_END, r->record);
    r->lock = name_lock_take(beside(r->socket, LOCK_END, r->lock_path));
    if (r->lock < 0) {
        return r->lock;
    }
    error = listen_at(r);
    if (error) {
        close(r->lock);
        return error;
    }
    r->own_socket = inode_of(r->socket);
    r->own_lock = inode_of(r->lock_path);
    return 0;
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
    char directory[PATH_MAX - 8];
    int lock = lock_names(directory, sizeof(directory), PATIENCE_MS), error;

    if (lock < 0) {
        return fail("no name for other commands: %s",
                    lock == -EACCES ? altview_error()
                                    : "another altview keeps the names to itself; end it");
    }
    sweep(directory);
    error = take_some_name(wanted, guest, r);
    close(lock);
    if (error == -EADDRINUSE) {
        return usage_error("--name %s: a run has that name; choose another, or end it with "
                           "altview stop %s",
                           r->name, r->name);
    }
    return error < 0 ? fail("no socket %s: %s; set XDG_RUNTIME_DIR to a directory of your own",
                            r->socket, strerror(-error))
                     : error;
}

/* A new file of this run's. */
static int write_record(struct registration *r, struct json_object *record)
{
    int file, error;

    unlink(r->record); /* removes the file of an earlier run; the name is ours */
    file = open(r->record, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return -errno;
    }
    error = json_object_to_fd(file, record, JSON_C_TO_STRING_PLAIN) ? -errno : 0;
    r->own_record = inode_of(r->record);
    return close(file) && !error ? -errno : error;
}

int run_describe(struct registration *r, const char *guest, const char *files)
{
    struct json_object *record = json_object_new_object();
    int error;

    json_object_object_add(record, "guest", json_object_new_string(guest ? guest : ""));
    json_object_object_add(record, "files", json_object_new_string(files));
    json_object_object_add(record, "started", json_object_new_int64(time(NULL)));
    error = write_record(r, record);
    json_object_put(record);
    return error ? fail("can't write %s: %s%s", r->record, strerror(-error), write_remedy(-error))
                 : 0;
}

/*
 * Meanwhile a user may have cleared the directory, and another run may have this name: leave its
 * files. If this run can't lock the names in time, leave its own files too, and the next run
 * removes them.
 */
void run_unregister(struct registration *r)
{
    char directory[PATH_MAX - 8];
    int names = lock_names(directory, sizeof(directory), PATIENCE_MS);

    close(r->listener);
    if (names >= 0) {
        unlink_own(r->record, &r->own_record);
        unlink_own(r->socket, &r->own_socket);
        unlink_own(r->lock_path, &r->own_lock);
        close(names);
    }
    close(r->lock);
}

static void copy_text(const struct json_object *from, const char *key, char *to)
{
    struct json_object *text;

    to[0] = 0;
    if (json_object_object_get_ex(from, key, &text) &&
        json_object_is_type(text, json_type_string)) {
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
    if (!name_lock_is_held(beside(record->socket, LOCK_END, path), &record->process)) {
        return -ENOENT;
    }
    snprintf(record->name, sizeof(record->name), "%s", name);
    read_record(beside(record->socket, RECORD_END, path), record);
    return 0;
}

int run_list(struct run_record **records, size_t *count)
{
    char directory[PATH_MAX - 8];
    struct dirent **entries = NULL;
    int lock = lock_names(directory, sizeof(directory), 0), found;

    if (lock == -EACCES) {
        return lock;
    }
    if (lock >= 0) { /* otherwise another process may: a list must not wait for ended runs */
        sweep(directory);
    }
    found = scandir(directory, &entries, is_socket, alphasort);
    *records = calloc((size_t)(found > 0 ? found : 1), sizeof(**records));
    *count = 0;
    for (int i = 0; i < found; i++) {
        const char *name = cut_end(entries[i]->d_name, SOCKET_END);

        if (*records && !run_find(name, &(*records)[*count])) {
            (*count)++;
        }
        free(entries[i]);
    }
    free(entries);
    if (lock >= 0) {
        close(lock);
    }
    return *records ? 0 : -ENOMEM;
}
