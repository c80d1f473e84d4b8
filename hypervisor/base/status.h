/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a run ends. The log's last line is "altview: end: status N: reason"; the launcher makes N its
 * exit status. 0 to 5 are the guest's own shutdown reasons (SHUTDOWN_* in <xen/sched.h>).
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    STATUS_POWEROFF = 0,
    STATUS_REBOOT = 1,
    STATUS_SUSPEND = 2,
    STATUS_CRASH = 3,
    STATUS_WATCHDOG = 4,
    STATUS_SOFT_RESET = 5,
    STATUS_BAD_IMAGE = 65,    /* the guest image can't be loaded */
    STATUS_NO_IMAGE = 66,     /* no guest module was given */
    STATUS_BAD_MACHINE = 67,  /* the CPU lacks something altview needs */
    STATUS_NO_MEMORY = 68,    /* too little RAM for altview or for the guest image */
    STATUS_TRIPLE_FAULT = 69, /* the guest triple-faulted, or no CPU of it can ever run again */
    STATUS_PANIC = 70,        /* altview itself failed */
    STATUS_STOPPED = 71, /* altview stopped the guest: access_required, a monitor's rule, or an exit
                            it can't serve */
    STATUS_BAD_OPTION = 72, /* the hypervisor's command line */
};

#endif
