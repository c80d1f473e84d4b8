/* SPDX-License-Identifier: BSD-2-Clause */
#include "domains.h"

#include "toolstack/lib/handle.h"
#include "toolstack/lib/plain.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection {
    struct xen_domain domain;
    char *where;       /* NULL: what altview_open chooses */
    uint64_t instance; /* which run that is */
    altview *handle;   /* NULL in a child that has not used it yet */
};

/* Guards all fields below. A thread holds it while it makes a connection, because others need that
 * connection as well. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct connection connections[DOMAINS_MAX];
static unsigned int count;
static unsigned int users;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void parent_after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

/* The connections are the parent's: the child sends nothing on them. It does not free their memory,
 * because another thread may have been using it. */
static void child_after_fork(void)
{
    for (unsigned int i = 0; i < count; i++) {
        if (connections[i].handle) {
            altview_abandon(connections[i].handle);
            connections[i].handle = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
}

static void mind_forks(void)
{
    pthread_atfork(before_fork, parent_after_fork, child_after_fork);
}

/* "demo" of "demo", "unix:/run/x/demo.sock" and "unix:demo"; "sim" of "sim:vcpus=2". */
static void name_domain(struct xen_domain *d, const char *where)
{
    const char *from = where ? where : "altview";
    const char *slash = strrchr(from, '/');
    size_t length;

    if (slash) {
        from = slash + 1;
    } else if (!strncmp(from, "unix:", strlen("unix:"))) {
        from += strlen("unix:");
    }
    length = strcspn(from, slash ? "." : ":");
    snprintf(d->name, sizeof(d->name), "%.*s", (int)length, from);
}

static bool is_taken(uint16_t domid)
{
    for (unsigned int i = 0; i < count; i++) {
        if (connections[i].domain.domid == domid) {
            return true;
        }
    }
    return false;
}

static uint16_t free_domid(uint16_t wanted)
{
    while (is_taken(wanted)) {
        wanted++;
    }
    return wanted;
}

/* The run's number at the end of a UUID of zeros. */
static void make_uuid(struct connection *c)
{
    for (unsigned int i = 0; i < sizeof(c->instance); i++) {
        c->domain.uuid[sizeof(c->domain.uuid) - 1 - i] = (uint8_t)(c->instance >> (8 * i));
    }
}

/* `where` becomes the connection's, or is freed. */
static int add_connection(char *where)
{
    struct connection c = {.where = where};

    if (count == DOMAINS_MAX) {
        free(where);
        return altview_fail(-E2BIG, "ALTVIEW_XEN names more than %u domains", DOMAINS_MAX);
    }
    int rc = altview_open(where, 0, &c.handle);
    if (rc) {
        free(where);
        return rc;
    }
    c.instance = c.handle->instance;
    make_uuid(&c);
    name_domain(&c.domain, where ? where : getenv("ALTVIEW"));
    c.domain.domid = free_domid(c.handle->domid);
    connections[count++] = c;
    return 0;
}

static void close_all(void)
{
    while (count) {
        struct connection *c = &connections[--count];
        char *where = c->where;

        c->where = NULL;
        altview_close(c->handle);
        free(where);
    }
}

static int add_each(const char *names)
{
    int rc = 0;

    while (!rc && *names) {
        size_t length = strcspn(names, "\n");
        char *where = strndup(names, length);

        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the connection's from here on */
        rc = where ? add_connection(where) : altview_fail(-ENOMEM, "not enough memory");
        names += length;
        names += strspn(names, "\n");
    }
    return rc;
}

static int open_all(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *names = getenv("ALTVIEW_XEN");

    pthread_once(&once, mind_forks);
    int rc = names && *names ? add_each(names) : add_connection(NULL);
    if (rc) {
        close_all();
    }
    return rc;
}

int altview_xen_open(void)
{
    int rc = 0;

    pthread_mutex_lock(&lock);
    if (!users) {
        rc = open_all();
    }
    users += !rc;
    pthread_mutex_unlock(&lock);
    return rc;
}

int altview_xen_open_or_say(void)
{
    int rc = altview_xen_open();
    char text[1024];

    if (rc) {
        fprintf(stderr, "altview: %s\n", plain_text(text, sizeof(text), altview_error()));
    }
    return rc;
}

void altview_xen_close(void)
{
    pthread_mutex_lock(&lock);
    if (users && !--users) {
        close_all();
    }
    pthread_mutex_unlock(&lock);
}

/* In a child. The place may be another run's by now. */
static int open_again(struct connection *c)
{
    altview *handle;
    int rc = altview_open(c->where, 0, &handle);

    if (rc) {
        return rc;
    }
    if (handle->instance != c->instance) {
        altview_close(handle);
        return altview_fail(-ESRCH, "domain %u has gone: %s is another one now", c->domain.domid,
                            c->domain.name);
    }
    c->handle = handle;
    return 0;
}

static int find(uint32_t domid, altview **handle)
{
    for (unsigned int i = 0; i < count; i++) {
        struct connection *c = &connections[i];
        if (c->domain.domid == domid) {
            int rc = c->handle ? 0 : open_again(c);
            *handle = c->handle;
            return rc;
        }
    }
    return altview_fail(-ESRCH, "domain %u is not here", domid);
}

/* Xen takes DOMID_SELF for the caller's domain; those here are others. */
altview *altview_xen_domain(uint32_t domid)
{
    altview *handle = NULL;

    pthread_mutex_lock(&lock);
    int rc = find(domid, &handle);
    pthread_mutex_unlock(&lock);
    if (rc) {
        errno = -rc;
    }
    return handle;
}

unsigned int altview_xen_count(void)
{
    pthread_mutex_lock(&lock);
    unsigned int found = count;
    pthread_mutex_unlock(&lock);
    return found;
}

bool altview_xen_at(unsigned int index, struct xen_domain *domain)
{
    bool found;

    pthread_mutex_lock(&lock);
    found = index < count;
    if (found) {
        *domain = connections[index].domain;
    }
    pthread_mutex_unlock(&lock);
    return found;
}
