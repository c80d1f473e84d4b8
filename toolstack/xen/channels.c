/* SPDX-License-Identifier: BSD-2-Clause */

#include "ports.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct altview_xen_channels {
    int epoll;
};

static int result(int rc)
{
    errno = rc < 0 ? -rc : errno;
    return rc < 0 ? -1 : rc;
}

struct altview_xen_channels *altview_xen_channels_open(void)
{
    struct altview_xen_channels *c = calloc(1, sizeof(*c));

    if (c) {
        c->epoll = epoll_create1(EPOLL_CLOEXEC);
    }
    if (c && c->epoll < 0) {
        free(c);
        c = NULL;
    }
    return c;
}

int altview_xen_channels_close(struct altview_xen_channels *c)
{
    if (c) {
        close(c->epoll);
        free(c);
    }
    return 0;
}

int altview_xen_channels_fd(struct altview_xen_channels *c)
{
    return c->epoll;
}

int altview_xen_channels_bind(struct altview_xen_channels *c, uint32_t domid, uint32_t port)
{
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = port};
    int found = altview_xen_port_find(domid, (int)port);

    if (found >= 0 &&
        epoll_ctl(c->epoll, EPOLL_CTL_ADD, altview_xen_port_fd(found, PORT_PROGRAM), &e)) {
        found = -errno;
    }
    return result(found);
}

/* Its descriptor has left the set by itself if the port is closed. */
int altview_xen_channels_unbind(struct altview_xen_channels *c, uint32_t port)
{
    int fd = altview_xen_port_fd((int)port, PORT_PROGRAM);

    if (fd >= 0) {
        epoll_ctl(c->epoll, EPOLL_CTL_DEL, fd, NULL);
    }
    return 0;
}

int altview_xen_channels_pending(struct altview_xen_channels *c)
{
    struct epoll_event e;

    while (epoll_wait(c->epoll, &e, 1, -1) == 1) {
        if (!altview_xen_port_take((int)e.data.u32, PORT_PROGRAM)) {
            return (int)e.data.u32;
        }
    }
    return -1;
}

int altview_xen_channels_notify(struct altview_xen_channels *c, uint32_t port)
{
    (void)c;
    return result(altview_xen_port_notify((int)port, PORT_PROGRAM));
}
