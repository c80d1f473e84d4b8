/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxenstore: the entries that a program reads to find a domain by its name or UUID. A program
 * can't write. A watch fires once when it is set, as xenstored's do, and not again: domains begin
 * and end with their connections.
 */
#include "toolstack/xen/domains.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenstore.h>

#define ROOM     160
#define NODES    8 /* a domain's */
#define UUID_FMT "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x"

struct watch {
    struct watch *next;
    bool fired;
    char *path, *token;
};

struct xs_handle {
    int fd; /* an eventfd: how many watches have not fired */
    struct watch *watches;
};

struct node {
    char path[ROOM], value[ROOM];
};

static void name_uuid(char *text, const uint8_t *u)
{
    snprintf(text, ROOM, UUID_FMT, u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9],
             u[10], u[11], u[12], u[13], u[14], u[15]);
}

/* All entries of a domain. */
static void nodes_of(const struct xen_domain *d, struct node nodes[NODES])
{
    char uuid[ROOM];
    struct node *n = nodes;

    memset(nodes, 0, NODES * sizeof(*nodes));
    name_uuid(uuid, d->uuid);
#define NODE(value_format, value_, path_format, path_)                                             \
    snprintf(n->path, ROOM, path_format, path_);                                                   \
    snprintf((n++)->value, ROOM, value_format, value_)
    NODE("%s", d->name, "/local/domain/%u/name", d->domid);
    NODE("%u", d->domid, "/local/domain/%u/domid", d->domid);
    NODE("/vm/%.40s", uuid, "/local/domain/%u/vm", d->domid);
    NODE("%s", d->name, "/vm/%.40s/name", uuid);
    NODE("%.40s", uuid, "/vm/%.40s/uuid", uuid);
#undef NODE
}

/* Is it `path`, or below it? Then what follows the slash. */
static const char *below(const char *path, const char *node)
{
    size_t length = strlen(path);

    while (length && path[length - 1] == '/') {
        length--;
    }
    return !strncmp(path, node, length) && node[length] == '/' ? node + length + 1 : NULL;
}

struct xs_handle *xs_open(unsigned long flags)
{
    struct xs_handle *h = calloc(1, sizeof(*h));
    int rc = h ? altview_xen_open_or_say() : -ENOMEM;

    (void)flags;
    if (rc) {
        free(h);
        errno = -rc;
        return NULL;
    }
    h->fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
    return h;
}

static void free_watch(struct watch *w)
{
    free(w->path);
    free(w->token);
    free(w);
}

void xs_close(struct xs_handle *xsh)
{
    if (!xsh) {
        return;
    }
    while (xsh->watches) {
        struct watch *w = xsh->watches;
        xsh->watches = w->next;
        free_watch(w);
    }
    close(xsh->fd);
    free(xsh);
    altview_xen_close();
}

struct xs_handle *xs_daemon_open(void)
{
    return xs_open(0);
}

struct xs_handle *xs_daemon_open_readonly(void)
{
    return xs_open(0);
}

struct xs_handle *xs_domain_open(void)
{
    return xs_open(0);
}

void xs_daemon_close(struct xs_handle *h)
{
    xs_close(h);
}

/* One string after another, as malloc's memory, with a 0 behind the last. */
struct names {
    char text[64][ROOM];
    unsigned int count;
};

static void add_name(struct names *n, const char *from, size_t length)
{
    char name[ROOM];

    snprintf(name, ROOM, "%.*s", (int)length, from);
    for (unsigned int i = 0; i < n->count; i++) {
        if (!strcmp(n->text[i], name)) {
            return;
        }
    }
    if (n->count < 64) {
        strcpy(n->text[n->count++], name);
    }
}

/* Pointers and what they point to in one piece: the program frees it at once. */
static char **pack(const struct names *n)
{
    size_t head = (n->count + 1) * sizeof(char *);
    char **list = malloc(head + n->count * ROOM);

    for (unsigned int i = 0; list && i < n->count; i++) {
        list[i] = (char *)list + head + i * ROOM;
        strcpy(list[i], n->text[i]);
    }
    return list;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
    struct names names = {.count = 0};
    struct node nodes[NODES];
    struct xen_domain d;

    (void)h;
    (void)t;
    for (unsigned int i = 0; altview_xen_at(i, &d); i++) {
        nodes_of(&d, nodes);
        for (unsigned int k = 0; k < NODES; k++) {
            const char *rest = below(path, nodes[k].path);
            if (rest) {
                add_name(&names, rest, strcspn(rest, "/"));
            }
        }
    }
    *num = names.count;
    errno = names.count ? errno : ENOENT;
    return names.count ? pack(&names) : NULL;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
    struct node nodes[NODES];
    struct xen_domain d;

    (void)h;
    (void)t;
    for (unsigned int i = 0; altview_xen_at(i, &d); i++) {
        nodes_of(&d, nodes);
        for (unsigned int k = 0; k < NODES; k++) {
            if (*path && !strcmp(path, nodes[k].path)) {
                if (len) {
                    *len = (unsigned int)strlen(nodes[k].value);
                }
                return strdup(nodes[k].value);
            }
        }
    }
    errno = ENOENT;
    return NULL;
}

char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
    char path[ROOM];

    (void)h;
    snprintf(path, sizeof(path), "/local/domain/%u", domid);
    return strdup(path);
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
    struct xen_domain d;

    (void)h;
    for (unsigned int i = 0; altview_xen_at(i, &d); i++) {
        if (d.domid == domid) {
            return true;
        }
    }
    return false;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
    struct watch *w = calloc(1, sizeof(*w)), **last = &h->watches;
    const uint64_t one = 1;

    if (!w) {
        return false;
    }
    w->path = strdup(path);
    w->token = strdup(token);
    if (!w->path || !w->token) {
        free_watch(w);
        return false;
    }
    while (*last) {
        last = &(*last)->next;
    }
    *last = w;
    return write(h->fd, &one, sizeof(one)) == sizeof(one);
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
    for (struct watch **link = &h->watches; *link; link = &(*link)->next) {
        struct watch *w = *link;
        if (!strcmp(w->path, path) && !strcmp(w->token, token)) {
            uint64_t one;
            if (!w->fired && read(h->fd, &one, sizeof(one)) < 0) {
                return false;
            }
            *link = w->next;
            free_watch(w);
            return true;
        }
    }
    errno = ENOENT;
    return false;
}

int xs_fileno(struct xs_handle *h)
{
    return h->fd;
}

/* Waits for ever if all have fired, as the real one would until something changes. */
char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
    struct names names = {.count = 0};
    uint64_t one;

    if (read(h->fd, &one, sizeof(one)) < 0) {
        return NULL;
    }
    for (struct watch *w = h->watches; w; w = w->next) {
        if (!w->fired) {
            w->fired = true;
            snprintf(names.text[XS_WATCH_PATH], ROOM, "%s", w->path);
            snprintf(names.text[XS_WATCH_TOKEN], ROOM, "%s", w->token);
            names.count = *num = 2;
            return pack(&names);
        }
    }
    errno = EAGAIN;
    return NULL;
}

/* Nothing changes, so each sees one state. */
xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
    (void)h;
    return 1;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
    (void)h;
    (void)t;
    (void)abort;
    return true;
}
