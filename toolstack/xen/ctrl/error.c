/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls about a failure, and the objects that xenctrl.h declares. */
#include "xc.h"

#include <stdio.h>
#include <string.h>

xc_hypercall_buffer_t XC__HYPERCALL_BUFFER_NAME(HYPERCALL_BUFFER_NULL) = {.hbuf = NULL};

const char *xc_strerror(xc_interface *xch, int errcode)
{
    (void)xch;
    const char *text = strerrordesc_np(errcode);

    return text ? text : "unknown error";
}

const char *xc_error_code_to_desc(int code)
{
    static const char *const names[] = {
        [XC_ERROR_NONE] = "no error",           [XC_INTERNAL_ERROR] = "error of the library",
        [XC_INVALID_KERNEL] = "invalid kernel", [XC_INVALID_PARAM] = "invalid parameter",
        [XC_OUT_OF_MEMORY] = "out of memory",
    };
    const size_t known = sizeof(names) / sizeof(names[0]);

    return code >= 0 && (size_t)code < known ? names[code] : "unknown error";
}

/* Of the thread, as its errno is: valid until its next call. */
static _Thread_local xc_error last;

const xc_error *xc_get_last_error(xc_interface *handle)
{
    (void)handle;
    return &last;
}

void xc_clear_last_error(xc_interface *xch)
{
    (void)xch;
    last = (xc_error){.code = XC_ERROR_NONE};
}

void xc_set_error(int code)
{
    last.code = code ? XC_INTERNAL_ERROR : XC_ERROR_NONE;
    snprintf(last.message, sizeof(last.message), "%s", code ? altview_error() : "");
}
