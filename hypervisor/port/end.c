/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "port/console_uart.h"
#include "port/monitor.h"

void monitor_end(struct domain *domain, enum status status, const char *format, ...)
{
    va_list args;

    console_finish();
    if (domain->control) {
        control_shutdown(domain->control, (uint32_t)status);
        port_finish(domain);
    }
    va_start(args, format);
    machine_end_with(status, format, args);
}
