/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/xen/foreign.h"
#include "xc.h"

#include "toolstack/lib/plain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

/* A logger's function takes a va_list. */
__attribute__((format(printf, 3, 4))) static void log_to(xentoollog_logger *logger, int error,
                                                         const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    logger->vmessage(logger, XTL_ERROR, error, "xc", format, arguments);
    va_end(arguments);
}

static void report(xentoollog_logger *logger, int error)
{
    char text[1024];

    plain_text(text, sizeof(text), altview_error());
    if (logger) {
        log_to(logger, error, "altview: %s", text);
    } else {
        fprintf(stderr, "xc: error: altview: %s\n", text);
    }
}

static xc_interface *refuse(xc_interface *xch, int error)
{
    free(xch);
    errno = error;
    return NULL;
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger,
                                unsigned open_flags)
{
    xc_interface *xch = calloc(1, sizeof(*xch));

    (void)dombuild_logger; /* libaltview builds no domains */
    if (!xch) {
        return refuse(xch, ENOMEM);
    }
    if (open_flags & XC_OPENFLAG_DUMMY) {
        return xch;
    }
    int rc = altview_xen_open();
    if (rc) {
        report(logger, -rc);
        return refuse(xch, -rc);
    }
    xch->open = true;
    return xch;
}

int xc_interface_close(xc_interface *xch)
{
    if (xch && xch->open) {
        altview_xen_write_back();
        altview_xen_close();
    }
    free(xch);
    return 0;
}

int xc_result(int rc)
{
    xc_set_error(rc);
    if (!rc) {
        return 0;
    }
    errno = -rc;
    return -1;
}

bool xc_is_open(xc_interface *xch)
{
    if (!xch->open) {
        xc_result(altview_fail(-EBADF, "the interface was opened with XC_OPENFLAG_DUMMY"));
    }
    return xch->open;
}

altview *xc_domain(xc_interface *xch, uint32_t domid)
{
    if (!xc_is_open(xch)) {
        return NULL;
    }
    altview_xen_write_back();
    altview *h = altview_xen_domain(domid);
    if (!h) {
        xc_set_error(errno);
    }
    return h;
}

int xc_altp2m(xc_interface *xch, uint32_t domid, uint32_t command, union altp2m_arguments *a,
              const struct about *about)
{
    altview *h = xc_domain(xch, domid);

    return h ? xc_result(ask_altp2m(h, command, a, about)) : -1;
}
