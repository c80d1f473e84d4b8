/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_xen_version (Xen: xen/common/kernel.c, do_xen_version). */
#include "xen/face.h"

#include "base/index.h"
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/version.h>
#include <xen/xen.h>

static const char extraversion[sizeof(xen_extraversion_t)] = XEN_FACE_EXTRA;
static const char capabilities[sizeof(xen_capabilities_info_t)] =
    "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ";
static const char changeset[sizeof(xen_changeset_info_t)] = "unavailable";
static const char commandline[sizeof(xen_commandline_t)] = "";
static const xen_domain_handle_t handle;
static const struct xen_compile_info compile_info = {
    .compiler = __VERSION__,
    .compile_by = "altview",
    .compile_domain = "",
    .compile_date = "",
};
static const uint64_t virt_start; /* Xen maps none of its memory into an HVM guest */

/* The sub-operations that only copy data out. */
static const struct {
    const void *from;
    size_t size, size_compat;
} answers[] = {
    [XENVER_extraversion] = {extraversion, sizeof(extraversion), sizeof(extraversion)},
    [XENVER_compile_info] = {&compile_info, sizeof(compile_info), sizeof(compile_info)},
    [XENVER_capabilities] = {capabilities, sizeof(capabilities), sizeof(capabilities)},
    [XENVER_changeset] = {changeset, sizeof(changeset), sizeof(changeset)},
    [XENVER_platform_parameters] = {&virt_start, sizeof(uint64_t), sizeof(uint32_t)},
    [XENVER_guest_handle] = {&handle, sizeof(handle), sizeof(handle)},
    [XENVER_commandline] = {commandline, sizeof(commandline), sizeof(commandline)},
};

#define FEATURES                                                                                   \
    (1U << XENFEAT_writable_page_tables | 1U << XENFEAT_auto_translated_physmap |                  \
     1U << XENFEAT_hvm_callback_vector | 1U << XENFEAT_hvm_safe_pvclock |                          \
     1U << XENFEAT_linux_rsdp_unrestricted | 1U << XENFEAT_not_direct_mapped)

/* A separate function, so that a call without memory needs no frame. */
__attribute__((noinline)) static long get_features(const struct hypercall *call)
{
    xen_feature_info_t info;

    if (copy_in(call, &info, argument(call, 1), sizeof(info))) {
        return -XEN_EFAULT;
    }
    if (info.submap_idx != 0) {
        return -XEN_EINVAL;
    }
    info.submap = FEATURES;
    return copy_out(call, argument(call, 1), &info, sizeof(info));
}

long hypercall_version(const struct hypercall *call)
{
    size_t command = (uint32_t)argument(call, 0);

    if (command == XENVER_version) {
        return XEN_FACE_MAJOR << 16 | XEN_FACE_MINOR; /* the cheapest hypercall of all */
    }
    switch (command) {
    case XENVER_pagesize:
        return argument(call, 1) ? -XEN_EINVAL : ALTP2M_PAGE_SIZE;
    case XENVER_get_features:
        return get_features(call);
    default:
        break;
    }
    if (!index_clamp(&command, INDEX_COUNT(answers)) || !answers[command].from) {
        return -XEN_ENOSYS;
    }
    return copy_out(call, argument(call, 1), answers[command].from,
                    call->abi->compat ? answers[command].size_compat : answers[command].size);
}
