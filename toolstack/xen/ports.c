/* SPDX-License-Identifier: BSD-2-Clause */
#include "ports.h"

#include "domains.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FIRST 16 /* a guest's own have the low numbers */

struct port {
    bool open;
    uint32_t domid;
    int fds[2]; /* by the side that waits */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct port ports[DOMAINS_MAX];

/* With the lock. NULL: there is none. */
static struct port *find(int port)
{
    return port >= FIRST && port < FIRST + DOMAINS_MAX && ports[port - FIRST].open
               ? &ports[port - FIRST]
               : NULL;
}

static int open_at(struct port *p, uint32_t domid)
{
    p->fds[PORT_PROGRAM] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    p->fds[PORT_RING] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->fds[PORT_RING] < 0) {
        close(p->fds[PORT_PROGRAM]);
        return -errno;
    }
    p->domid = domid;
    p->open = true;
    return 0;
}

int altview_xen_port_open(uint32_t domid)
{
    int free_one = -ENOSPC;

    pthread_mutex_lock(&lock);
    for (int i = 0; i < DOMAINS_MAX; i++) {
        if (ports[i].open && ports[i].domid == domid) {
            free_one = -EBUSY;
            break;
        }
        if (!ports[i].open && free_one < 0) {
            free_one = i;
        }
    }
    int rc = free_one < 0 ? free_one : open_at(&ports[free_one], domid);
    pthread_mutex_unlock(&lock);
    return rc < 0 ? rc : FIRST + free_one;
}

void altview_xen_port_close(int port)
{
    pthread_mutex_lock(&lock);
    struct port *p = find(port);
    if (p) {
        p->open = false;
        close(p->fds[PORT_PROGRAM]);
        close(p->fds[PORT_RING]);
    }
    pthread_mutex_unlock(&lock);
}

int altview_xen_port_find(uint32_t domid, int port)
{
    pthread_mutex_lock(&lock);
    const struct port *p = find(port);
    int rc = p && p->domid == domid ? port : -EINVAL;
    pthread_mutex_unlock(&lock);
    return rc;
}

int altview_xen_port_fd(int port, enum port_side side)
{
    pthread_mutex_lock(&lock);
    const struct port *p = find(port);
    int fd = p ? p->fds[side] : -EINVAL;
    pthread_mutex_unlock(&lock);
    return fd;
}

int altview_xen_port_take(int port, enum port_side side)
{
    int fd = altview_xen_port_fd(port, side);
    uint64_t count;

    return fd < 0 ? fd : read(fd, &count, sizeof(count)) == sizeof(count) ? 0 : -EAGAIN;
}

int altview_xen_port_notify(int port, enum port_side side)
{
    int fd = altview_xen_port_fd(port, side == PORT_PROGRAM ? PORT_RING : PORT_PROGRAM);
    const uint64_t one = 1;

    return fd < 0 ? fd : write(fd, &one, sizeof(one)) == sizeof(one) ? 0 : -errno;
}
