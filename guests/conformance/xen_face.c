/* SPDX-License-Identifier: BSD-2-Clause */
/* What a PVH guest finds of Xen: CPUID leaves and the hypercalls but for altp2m. */
#include "areas.h"
#include "by_mode.h"
#include "check.h"
#include "cpu.h"
#include "start_info.h"
#include "string.h"
#include "world.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/features.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#define VERSION_4_17 (4 << 16 | 17)
#define BAD_POINTER  memory_window_clear(0)
#define UNKNOWN      99

static void check_cpuid(void)
{
    uint32_t base = xen_cpuid_base();
    struct cpuid features = cpu_id(base + 4, 0);

    check_value("cpuid.base", 0x40000000, base);
    check_true("cpuid.last_leaf", cpu_id(base, 0).eax >= base + 4);
    check_value("cpuid.version", VERSION_4_17, cpu_id(base + 1, 0).eax);
    check_value("cpuid.hypercall_pages", 1, cpu_id(base + 2, 0).eax);
    check_value("cpuid.msr", 0x40000000, cpu_id(base + 2, 0).ebx);
    check_true("cpuid.has_vcpu_id", features.eax & XEN_HVM_CPUID_VCPU_ID_PRESENT);
    check_value("cpuid.vcpu_id", 0, features.ebx);
    check_true("cpuid.has_domid", features.eax & XEN_HVM_CPUID_DOMID_PRESENT);
    check_true("cpuid.domid", features.ecx != 0);
}

static void check_version(void)
{
    char text[1024] = "";
    struct xen_feature_info features = {.submap_idx = 0};

    check_value("version", VERSION_4_17, (uint64_t)xen_version(XENVER_version, NULL));
    check_result("version.extra", 0, xen_version(XENVER_extraversion, text));
    check_true("version.extra_text", text[0] == '.' || text[0] == '-');
    check_result("version.pagesize", PAGE_SIZE, xen_version(XENVER_pagesize, NULL));
    check_result("version.features", 0, xen_version(XENVER_get_features, &features));
    features.submap_idx = 100;
    check_result("version.features_beyond", -XEN_EINVAL,
                 xen_version(XENVER_get_features, &features));
    check_result("version.handle", 0, xen_version(XENVER_guest_handle, text));
    check_result("version.unknown", -XEN_ENOSYS, xen_version(UNKNOWN, text));
    check_result("version.extra_pointer", -XEN_EFAULT,
                 xen_version(XENVER_extraversion, BAD_POINTER));
    check_result("version.features_pointer", -XEN_EFAULT,
                 xen_version(XENVER_get_features, BAD_POINTER));
    check_result("version.handle_pointer", -XEN_EFAULT,
                 xen_version(XENVER_guest_handle, BAD_POINTER));
}

static void check_unknown(void)
{
    static const unsigned int numbers[] = {6, 11, 50, 100, 127};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        check_result(check_name("hypercall_%u", numbers[i]), -XEN_ENOSYS,
                     hypercall(numbers[i], 0, 0, 0, 0));
    check_result("hvm_op.unknown", -XEN_ENOSYS, hypercall(__HYPERVISOR_hvm_op, UNKNOWN, 0, 0, 0));
    check_result("memory_op.unknown", -XEN_ENOSYS, xen_memory(UNKNOWN, NULL));
    check_result("event_op.unknown", -XEN_ENOSYS,
                 hypercall(__HYPERVISOR_event_channel_op, UNKNOWN, 0, 0, 0));
    check_result("sched_op.unknown", -XEN_ENOSYS,
                 hypercall(__HYPERVISOR_sched_op, UNKNOWN, 0, 0, 0));
    check_result("console_io.unknown", -XEN_ENOSYS,
                 hypercall(__HYPERVISOR_console_io, UNKNOWN, 0, 0, 0));
}

static void check_sched(void)
{
    check_result("sched_op.yield", 0, hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0));
    check_result("sched_op.shutdown_pointer", -XEN_EFAULT,
                 hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uintptr_t)BAD_POINTER, 0, 0));
}

static long get_param_at(void *argument)
{
    return hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)argument, 0, 0);
}

static void check_params(void)
{
    static const struct {
        const char *name;
        uint32_t index;
    } needed[] = {
        {"console_page", HVM_PARAM_CONSOLE_PFN},
        {"console_port", HVM_PARAM_CONSOLE_EVTCHN},
        {"xenstore_page", HVM_PARAM_STORE_PFN},
        {"xenstore_port", HVM_PARAM_STORE_EVTCHN},
    };
    struct xen_hvm_param stranger = {.domid = 0x1234, .index = HVM_PARAM_CONSOLE_PFN};
    uint64_t value;

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        check_result(check_name("param.%s", needed[i].name), 0,
                     xen_get_param(needed[i].index, &value));
        check_true(check_name("param.%s.is_set", needed[i].name), value != 0);
    }
    check_result("param.altp2m", 0, xen_get_param(HVM_PARAM_ALTP2M, &value));
    check_value("param.altp2m.mode", world.mode, value);
    check_result("param.set_altp2m", -XEN_EPERM, xen_set_param(HVM_PARAM_ALTP2M, 1));
    check_result("param.beyond", -XEN_EINVAL, xen_get_param(HVM_NR_PARAMS, &value));
    check_result("param.set_beyond", -XEN_EINVAL, xen_set_param(HVM_NR_PARAMS, 0));
    check_result("param.pointer", -XEN_EFAULT, get_param_at(BAD_POINTER));
    check_result("param.domain", -XEN_ESRCH, get_param_at(&stranger));
}

/* e820 entries: 8 bytes address, 8 bytes size, 4 bytes type. */
#define MEMORY_MAP_ENTRIES 64
static uint8_t memory_map[MEMORY_MAP_ENTRIES][20];

static long get_memory_map(struct xen_memory_map *map, uint32_t entries)
{
    *map = (struct xen_memory_map){.nr_entries = entries};
    set_xen_guest_handle(map->buffer, memory_map);
    return xen_memory(XENMEM_memory_map, map);
}

static void check_memory_map(void)
{
    struct xen_memory_map map;
    uint32_t count;

    start_info_memory(&count);
    check_result("memory_map", 0, get_memory_map(&map, MEMORY_MAP_ENTRIES));
    check_result("memory_map.entries", (long)count, (long)map.nr_entries);
    check_result("memory_map.no_room", 0, get_memory_map(&map, 0));
    check_result("memory_map.pointer", -XEN_EFAULT, xen_memory(XENMEM_memory_map, BAD_POINTER));
}

static void check_physmap(void)
{
    struct xen_add_to_physmap add = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = (xen_pfn_t)memory_gfn(memory_pages(1)),
    };

    check_result("physmap.shared_info", 0, xen_memory(XENMEM_add_to_physmap, &add));
    check_result("physmap.again", 0, xen_memory(XENMEM_add_to_physmap, &add));
    check_result("physmap.pointer", -XEN_EFAULT, xen_memory(XENMEM_add_to_physmap, BAD_POINTER));
    add.domid = 0x1234;
    check_result("physmap.domain", -XEN_ESRCH, xen_memory(XENMEM_add_to_physmap, &add));
}

static long access_get(domid_t domain, uint64_t gfn, uint8_t *access)
{
    struct xen_mem_access_op op = {
        .op = XENMEM_access_op_get_access, .domid = domain, .pfn = gfn, .access = 0xff};
    long rc = xen_memory(XENMEM_access_op, &op);

    *access = op.access;
    return rc;
}

/* In Xen for other domains only (mem_access_memop, xen/common/mem_access.c). */
static void check_access_op_caller(void)
{
    bool mixed = world.mode == MODE_MIXED;
    uint64_t gfn = memory_gfn(memory_pages(1));
    domid_t own = (domid_t)cpu_id(xen_cpuid_base() + 4, 0).ecx;
    uint8_t access;

    check_result("access_op.pointer", -XEN_EFAULT, xen_memory(XENMEM_access_op, BAD_POINTER));
    check_result_differs("access_op.self", mixed ? 0 : -XEN_ESRCH, -XEN_ESRCH,
                         access_get(DOMID_SELF, gfn, &access));
    check_result_differs("access_op.own_domid", mixed ? 0 : -XEN_EPERM, -XEN_EPERM,
                         access_get(own, gfn, &access));
    check_result("access_op.unknown_domain", -XEN_ESRCH, access_get(0x1234, gfn, &access));
}

static long access_set(uint64_t gfn, uint32_t nr, uint8_t access)
{
    struct xen_mem_access_op op = {.op = XENMEM_access_op_set_access,
                                   .domid = DOMID_SELF,
                                   .pfn = gfn,
                                   .nr = nr,
                                   .access = access};

    return xen_memory(XENMEM_access_op, &op);
}

static long access_set_list(const uint64_t *gfns, const uint8_t *accesses, uint32_t nr)
{
    struct xen_mem_access_op op = {
        .op = XENMEM_access_op_set_access_multi, .domid = DOMID_SELF, .nr = nr};

    set_xen_guest_handle(op.pfn_list, gfns);
    set_xen_guest_handle(op.access_list, accesses);
    return xen_memory(XENMEM_access_op, &op);
}

/* altview's own: a guest in mixed mode sets access in view 0, also while altp2m is off. */
static void check_access_op(void)
{
    uint64_t gfn = memory_gfn(memory_pages(2)), gfns[2] = {gfn, gfn + 1};
    uint8_t accesses[2] = {XENMEM_access_rw, XENMEM_access_rwx}, access;

    check_access_op_caller();
    if (world.mode != MODE_MIXED || !world.altview)
        return;
    check_result("access_op.set", 0, access_set(gfn, 2, XENMEM_access_rx));
    check_result("access_op.get", 0, access_get(DOMID_SELF, gfn + 1, &access));
    check_value("access_op.get.access", XENMEM_access_rx, access);
    check_result("access_op.set_multi", 0, access_set_list(gfns, accesses, 2));
    check_result("access_op.get_first", 0, access_get(DOMID_SELF, gfn, &access));
    check_value("access_op.get_first.access", XENMEM_access_rw, access);
    check_result("access_op.set_back", 0, access_set(gfn, 2, XENMEM_access_rwx));
    check_result("access_op.bad_access", -XEN_EINVAL, access_set(gfn, 1, 11));
    check_result("access_op.huge_gfn", -XEN_EINVAL, access_set(UINT64_C(1) << 50, 1, 7));
    check_result("access_op.overflow", -XEN_EINVAL, access_set(~UINT64_C(0) - 1, 3, 7));
    accesses[1] = 11;
    check_result("access_op.bad_element", -XEN_EINVAL, access_set_list(gfns, accesses, 2));
    check_result("access_op.get_kept", 0, access_get(DOMID_SELF, gfn, &access));
    check_value("access_op.get_kept.access", XENMEM_access_rw, access);
    check_result("access_op.bad_list", -XEN_EFAULT, access_set_list(BAD_POINTER, accesses, 2));
    check_result("access_op.undo", 0, access_set(gfn, 2, XENMEM_access_default));
}

static void check_console(void)
{
    static const char line[] = "conformance: this line came through the console ring\n";
    struct evtchn_send bad = {.port = 0xffff};

    check_result("console.ring", 0, console_ring_write(line, sizeof(line) - 1));
    check_result("event.bad_port", -XEN_EINVAL, xen_event_send(bad.port));
    check_result(
        "event.pointer", -XEN_EFAULT,
        hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)BAD_POINTER, 0, 0));
    if (!world.altview)
        return;
    check_result("console.write_pointer", -XEN_EFAULT, xen_console_write(BAD_POINTER, 1));
    check_result("console.write_nothing", 0, xen_console_write("", 0));
}

void area_xen(void)
{
    check_cpuid();
    check_version();
    check_unknown();
    check_sched();
    check_params();
    check_memory_map();
    check_physmap();
    check_access_op();
    check_console();
}
