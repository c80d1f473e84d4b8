/* SPDX-License-Identifier: BSD-2-Clause */
/* Why the last call failed, for each thread. */
#include "transport.h"

#include <altview/altview.h>
#include <stdarg.h>
#include <stdio.h>

static _Thread_local char text[640] = "no call has failed";

int altview_fail(int error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return error;
}

const char *altview_error(void)
{
    return text;
}
