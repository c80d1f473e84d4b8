/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxencall is loaded when a `xen:` handle is opened, and not linked: few machines that use
 * libaltview run Xen, and on the others it needs none of Xen's libraries.
 */
#include "xencall.h"

#include "../transport.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <xentoollog.h>

#define LIBRARY "libxencall.so.1" /* the interface has been stable since Xen 4.7 */

/* libxencall prints errors to stderr, but libaltview's callers get them from altview_error. */
static void say_nothing(struct xentoollog_logger *logger, xentoollog_level level, int error,
                        const char *context, const char *format, va_list arguments)
{
    (void)logger, (void)level, (void)error, (void)context, (void)format, (void)arguments;
}

static void show_nothing(struct xentoollog_logger *logger, const char *context,
                         const char *doing_what, int percent, unsigned long done,
                         unsigned long total)
{
    (void)logger, (void)context, (void)doing_what, (void)percent, (void)done, (void)total;
}

static void destroy_nothing(struct xentoollog_logger *logger)
{
    (void)logger;
}

static xentoollog_logger silent = {say_nothing, show_nothing, destroy_nothing};

/* In C a function pointer is not a data pointer, only in POSIX. So copy it. */
static int find(void *library, const char *name, void *function, size_t size)
{
    void *symbol = dlsym(library, name);

    memcpy(function, &symbol, size);
    return symbol ? 0 : altview_fail(-ENOENT, "xen: " LIBRARY " has no %s: it is not Xen's", name);
}

static int find_all(struct xencall *x)
{
    const struct {
        const char *name;
        void *function;
    } wanted[] = {
        {"xencall_open", &x->open},
        {"xencall_close", &x->close},
        {"xencall_alloc_buffer", &x->alloc_buffer},
        {"xencall_free_buffer", &x->free_buffer},
        {"xencall2", &x->call2},
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        int rc = find(x->library, wanted[i].name, wanted[i].function, sizeof(void *));

        if (rc) {
            return rc;
        }
    }
    return 0;
}

static int open_failed(int error)
{
    if (error == EACCES || error == EPERM) {
        return altview_fail(-error, "xen: may not use /dev/xen/privcmd; become root");
    }
    return altview_fail(-error,
                        "xen: can't reach a hypervisor (%s); run this in domain 0 of a Xen host, "
                        "where there is /dev/xen/privcmd",
                        strerror(error));
}

static int open_handle(struct xencall *x)
{
    errno = 0;
    x->handle = x->open(&silent, 0);
    return x->handle ? 0 : open_failed(errno ? errno : ENODEV);
}

int xencall_start(struct xencall *x)
{
    int rc;

    x->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!x->library) {
        return altview_fail(-ENOENT,
                            "xen: can't load Xen's library (%s); install it (Debian: libxencall1)",
                            dlerror());
    }
    rc = find_all(x);
    if (!rc) {
        rc = open_handle(x);
    }
    if (rc) {
        dlclose(x->library);
    }
    return rc;
}

void xencall_end(struct xencall *x)
{
    x->close(x->handle);
    dlclose(x->library);
}

int xencall_make(const struct xencall *x, unsigned int hypercall, unsigned int command,
                 void *buffer)
{
    int rc = x->call2(x->handle, hypercall, command, (uintptr_t)buffer);

    return rc < 0 ? -errno : rc;
}

void *xencall_buffer(const struct xencall *x, size_t size)
{
    void *buffer = x->alloc_buffer(x->handle, size);

    return buffer ? memset(buffer, 0, size) : NULL;
}

void xencall_free(const struct xencall *x, void *buffer)
{
    if (buffer) {
        x->free_buffer(x->handle, buffer);
    }
}
