/* SPDX-License-Identifier: BSD-2-Clause */
/* Choose the transport, and check that the other side answers. */
#include "handle.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_TIMEOUT_MS 500
#define HURRY_MS         1000

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

/* The content of the directory of runs. */
struct runs {
    struct transport *first; /* NULL: it takes no callers now */
    unsigned int count;
    char names[512]; /* with commas */
};

/* A killed run leaves its socket behind, so only sockets on which a process listens count. */
static void add_run(struct runs *runs, const char *name)
{
    struct transport *transport = NULL;
    size_t used = strlen(runs->names);
    int rc = transport_open_unix(name, TRANSPORT_AT_ONCE, &transport);

    if (rc && rc != -EBUSY) {
        return;
    }
    snprintf(runs->names + used, sizeof(runs->names) - used, "%s%s", used ? ", " : "", name);
    if (!runs->count++) {
        runs->first = transport;
    } else if (transport) {
        transport->ops->close(transport);
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

/* The only run, if there is exactly one. */
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
        if (runs.first) {
            runs.first->ops->close(runs.first);
        }
        return altview_fail(-EINVAL, "several domains run: %s. Choose one with ALTVIEW=NAME",
                            runs.names);
    }
    *transport = runs.first;
    return runs.first ? 0 : transport_open_unix(runs.names, 0, transport);
}

static int open_default(unsigned int flags, struct transport **transport)
{
    const char *where = getenv("ALTVIEW");

    return where && *where ? open_transport(where, flags, transport) : open_only_run(transport);
}

/* Does the other side speak the protocol? */
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
    h->instance = hello.instance;
    return 0;
}

static int open_handle(struct transport *transport, unsigned int milliseconds, altview **handle)
{
    altview *h = calloc(1, sizeof(*h));

    if (!h) {
        transport->ops->close(transport);
        return altview_fail(-ENOMEM, "not enough memory");
    }
    h->transport = transport;
    h->timeout_ms = milliseconds;
    reach_init(&h->reach);
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
    unsigned int milliseconds = flags & ALTVIEW_OPEN_HURRY ? HURRY_MS : DEFAULT_TIMEOUT_MS;
    struct transport *transport = NULL;

    if (flags & ~(ALTVIEW_OPEN_REMOTE | ALTVIEW_OPEN_HURRY)) {
        return altview_fail(-EINVAL, "altview_open: flags 0x%x are not known", flags);
    }
    bool outermost = deadline_begin(milliseconds);
    int rc = where ? open_transport(where, flags, &transport) : open_default(flags, &transport);
    if (transport) {
        rc = open_handle(transport, milliseconds, handle);
    }
    deadline_end(outermost);
    return rc;
}

void altview_close(altview *h)
{
    if (h) {
        bool outermost = deadline_begin(CLOSE_TIMEOUT_MS);
        let_go(h);
        deadline_end(outermost);
        h->transport->ops->close(h->transport);
        reach_free(&h->reach);
        free(h);
    }
}

void altview_abandon(altview *h)
{
    if (h->transport->ops->abandon) {
        h->transport->ops->abandon(h->transport);
    }
    reach_abandon(&h->reach);
}

void altview_set_timeout(altview *h, unsigned int milliseconds)
{
    h->timeout_ms = milliseconds ? milliseconds : DEFAULT_TIMEOUT_MS;
}

struct transport *altview_transport(altview *h)
{
    return h->transport;
}
