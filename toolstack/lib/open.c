/* SPDX-License-Identifier: BSD-2-Clause */
/* Which transport, and whether somebody answers. */
#include "handle.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_TIMEOUT_MS 500

static const struct {
    const char *prefix;
    int (*open)(const char *rest, unsigned int flags, struct transport **transport);
} transports[] = {
    {"unix:", transport_open_unix}, {"tcp:", transport_open_tcp}, {"tty:", transport_open_tty},
    {"sim:", transport_open_sim},   {"xen:", transport_open_xen},
};

static int open_transport(const char *where, unsigned int flags, struct transport **transport)
{
    for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
        size_t length = strlen(transports[i].prefix);
        if (!strncmp(where, transports[i].prefix, length)) {
            return transports[i].open(where + length, flags, transport);
        }
    }
    if (!strpbrk(where, ":/")) {
        return transport_open_unix(where, flags, transport); /* a run's name */
    }
    return altview_fail(-EINVAL,
                        "\"%s\" is not understood: NAME, unix:PATH, tcp:HOST:PORT, "
                        "tty:DEVICE, sim: or xen:DOMID",
                        where);
}

/* NAME of NAME.sock, cut in place; NULL: it is no such file. */
static const char *run_name(char *file)
{
    char *dot = strrchr(file, '.');

    if (!dot || dot == file || strcmp(dot, ".sock") != 0) {
        return NULL;
    }
    *dot = '\0';
    return file;
}

/* What is found in the directory of runs. */
struct runs {
    struct transport *first;
    unsigned int count;
    char names[512]; /* with commas */
};

/* A run that was killed leaves its socket behind: those that answer count. */
static void add_run(struct runs *runs, const char *name)
{
    struct transport *transport;
    size_t used = strlen(runs->names);

    if (transport_open_unix(name, 0, &transport)) {
        return;
    }
    snprintf(runs->names + used, sizeof(runs->names) - used, "%s%s", used ? ", " : "", name);
    if (runs->count++) {
        transport->ops->close(transport);
    } else {
        runs->first = transport;
    }
}

static void list_runs(DIR *directory, struct runs *runs)
{
    const struct dirent *entry;

    while ((entry = readdir(directory))) {
        char file[sizeof(entry->d_name)];
        const char *name = run_name(strcpy(file, entry->d_name));
        if (name) {
            add_run(runs, name);
        }
    }
}

/* The only run there is. */
static int open_only_run(struct transport **transport)
{
    struct runs runs = {.count = 0};
    char path[4096];
    int rc = run_directory(path, sizeof(path));
    DIR *directory = rc ? NULL : opendir(path);

    if (!directory) {
        return rc ? rc : altview_fail(-errno, "%s: %s", path, strerrordesc_np(errno));
    }
    list_runs(directory, &runs);
    closedir(directory);
    if (!runs.count) {
        return altview_fail(-ENOENT, "no domain runs: start one with `altview run GUEST`");
    }
    if (runs.count > 1) {
        runs.first->ops->close(runs.first);
        return altview_fail(-EINVAL, "several domains run: %s. Choose one with ALTVIEW=NAME",
                            runs.names);
    }
    *transport = runs.first;
    return 0;
}

static int open_default(unsigned int flags, struct transport **transport)
{
    const char *where = getenv("ALTVIEW");

    return where && *where ? open_transport(where, flags, transport) : open_only_run(transport);
}

/* Is there somebody who speaks the protocol? */
static int greet(altview *h)
{
    struct altview_hello hello;
    size_t size = sizeof(hello);
    int rc = ask_quietly(h, ALTVIEW_HELLO, NULL, 0, &hello, &size);

    if (rc || size != sizeof(hello)) {
        return explain(h, rc ? rc : -EPROTO, &(struct about){0});
    }
    if (hello.version != ALTVIEW_CONTROL_VERSION) {
        return altview_fail(-EPROTO, "the domain speaks version %u of the protocol, we speak %u",
                            hello.version, ALTVIEW_CONTROL_VERSION);
    }
    h->domid = hello.domid;
    return 0;
}

static int open_handle(struct transport *transport, altview **handle)
{
    altview *h = calloc(1, sizeof(*h));

    if (!h) {
        transport->ops->close(transport);
        return altview_fail(-ENOMEM, "not enough memory");
    }
    h->transport = transport;
    h->timeout_ms = DEFAULT_TIMEOUT_MS;
    int rc = greet(h);
    if (rc) {
        altview_close(h);
        return rc;
    }
    *handle = h;
    return 0;
}

int altview_open(const char *where, unsigned int flags, altview **handle)
{
    struct transport *transport = NULL;

    if (flags & ~ALTVIEW_OPEN_REMOTE) {
        return altview_fail(-EINVAL, "altview_open: flags 0x%x are not known", flags);
    }
    int rc = where ? open_transport(where, flags, &transport) : open_default(flags, &transport);
    return transport ? open_handle(transport, handle) : rc;
}

void altview_close(altview *h)
{
    if (h) {
        altview_set_timeout(h, CLOSE_TIMEOUT_MS);
        let_go(h);
        h->transport->ops->close(h->transport);
        free(h);
    }
}

void altview_set_timeout(altview *h, unsigned int milliseconds)
{
    h->timeout_ms = milliseconds ? milliseconds : DEFAULT_TIMEOUT_MS;
}

struct transport *altview_transport(altview *h)
{
    return h->transport;
}
