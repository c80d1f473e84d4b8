/* SPDX-License-Identifier: BSD-2-Clause */
/* From start.S to the guest's own body. */
#include "runtime.h"

#include "console.h"
#include "percpu.h"
#include "start_info.h"
#include "trap.h"
#include "xen.h"

void runtime_start(const struct hvm_start_info *info);

void runtime_start(const struct hvm_start_info *info)
{
    percpu_load(0);
    trap_init();
    xen_init();
    if (info->magic != XEN_HVM_START_MAGIC_VALUE) {
        printf("guest: start_info at %#lx has the wrong magic number\n", (unsigned long)info);
        xen_shutdown(SHUTDOWN_crash);
    }
    start_info_init(info);
    xen_shutdown(guest_main());
}
