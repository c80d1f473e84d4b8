/* SPDX-License-Identifier: BSD-2-Clause */
/* Xen's interface for a PVH guest: CPUID leaves, and the hypercalls except altp2m. */
#include "areas.h"
#include "by_mode.h"
#include "check.h"
#include "cpu.h"
#include "start_info.h"
#include "string.h"
#include "world.h"

#include <xen/arch-x86/cpuid.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/physdev.h>

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
    check_result("physdev_op", -XEN_ENOSYS,
                 hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_eoi, 0, 0, 0));
    check_result("hvm_op.unknown", -XEN_ENOSYS, hypercall(__HYPERVISOR_hvm_op, UNKNOWN, 0, 0, 0));
    check_result("memory_op.unknown", -XEN_ENOSYS, xen_memory(UNKNOWN, NULL));
    check_result("event_op.unknown", -XEN_ENOSYS,
                 hypercall(__HYPERVISOR_event_channel_op, UNKNOWN, 0, 0, 0));
    check_result("sched_op.unknown", -XEN_ENOSYS,
                 hypercall(__HYPERVISOR_sched_op, UNKNOWN, 0, 0, 0));
    check_result("console_io.unknown", -XEN_EPERM,
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

/* The parameters that a guest may access. It may access no others. */
static const struct {
    uint32_t index;
    long get, set; /* to 0 */
} param_rights[] = {
    {HVM_PARAM_STORE_PFN, 0, -XEN_EPERM},
    {HVM_PARAM_PAE_ENABLED, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_DM_DOMAIN, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_VM86_TSS, 0, 0},
    {HVM_PARAM_CONSOLE_PFN, 0, -XEN_EPERM},
    {HVM_PARAM_ACPI_IOPORTS_LOCATION, 0, -XEN_ENODEV},
    {HVM_PARAM_MEMORY_EVENT_CR0, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_MEMORY_EVENT_CR3, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_MEMORY_EVENT_CR4, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_MEMORY_EVENT_INT3, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_NESTEDHVM, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_MEMORY_EVENT_SINGLE_STEP, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_BUFIOREQ_EVTCHN, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_MEMORY_EVENT_MSR, -XEN_EINVAL, -XEN_EINVAL},
    {HVM_PARAM_VM_GENERATION_ID_ADDR, 0, 0},
    {HVM_PARAM_ALTP2M, 0, -XEN_EPERM},
    {HVM_PARAM_X87_FIP_WIDTH, 0, 0},
};

/* HVM_PARAM_VM86_TSS_SIZED is not set to 0: Xen crashes the domain. */
static bool may_be_set(uint32_t index)
{
    return index != HVM_PARAM_CALLBACK_IRQ && index != HVM_PARAM_STORE_EVTCHN &&
           index != HVM_PARAM_CONSOLE_EVTCHN && index != HVM_PARAM_VM86_TSS_SIZED;
}

static void check_param_rights(void)
{
    for (uint32_t index = 0; index < HVM_NR_PARAMS; index++) {
        long get = may_be_set(index) ? -XEN_EPERM : 0, set = -XEN_EPERM;
        uint64_t value;

        for (size_t i = 0; i < sizeof(param_rights) / sizeof(param_rights[0]); i++)
            if (param_rights[i].index == index) {
                get = param_rights[i].get;
                set = param_rights[i].set;
            }
        check_result(check_name("param.get_%u", index), get, xen_get_param(index, &value));
        if (may_be_set(index))
            check_result(check_name("param.set_%u", index), set, xen_set_param(index, 0));
    }
    check_result("param.fip_width", -XEN_EINVAL, xen_set_param(HVM_PARAM_X87_FIP_WIDTH, 2));
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
    struct xen_hvm_param domain_0 = {.domid = 0, .index = HVM_PARAM_CONSOLE_PFN};
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
    check_result("param.domain_0", -XEN_EINVAL, get_param_at(&domain_0));
    check_param_rights();
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
    add.domid = 0;
    check_result("physmap.domain_0", -XEN_EACCES, xen_memory(XENMEM_add_to_physmap, &add));
}

static long about_domain(unsigned int command, domid_t domain)
{
    struct xen_memory_domain a = {.domid = domain};

    return xen_memory(command, &a);
}

static void check_reservation(void)
{
    static const struct {
        const char *name;
        unsigned int command;
    } rows[] = {
        {"maximum_gpfn", XENMEM_maximum_gpfn},
        {"current_reservation", XENMEM_current_reservation},
        {"maximum_reservation", XENMEM_maximum_reservation},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned int command = rows[i].command;

        check_true(rows[i].name, about_domain(command, DOMID_SELF) > 0);
        check_result(check_name("%s.domain", rows[i].name), -XEN_ESRCH,
                     about_domain(command, 0x1234));
        check_result(check_name("%s.domain_0", rows[i].name), -XEN_EPERM, about_domain(command, 0));
        check_result(check_name("%s.pointer", rows[i].name), -XEN_EFAULT,
                     xen_memory(command, BAD_POINTER));
    }
    check_true("reservation.order", about_domain(XENMEM_current_reservation, DOMID_SELF) <=
                                        about_domain(XENMEM_maximum_reservation, DOMID_SELF));
}

static long grant_op(unsigned int command, void *argument, unsigned int count)
{
    return hypercall(__HYPERVISOR_grant_table_op, command, (uintptr_t)argument, count, 0);
}

static long set_version(uint32_t version, uint32_t *seen)
{
    struct gnttab_set_version a = {.version = version};
    long rc = grant_op(GNTTABOP_set_version, &a, 1);

    *seen = a.version;
    return rc;
}

static long get_version(domid_t domain, uint32_t *seen)
{
    struct gnttab_get_version a = {.dom = domain};
    long rc = grant_op(GNTTABOP_get_version, &a, 1);

    *seen = a.version;
    return rc;
}

static long query_size(domid_t domain, struct gnttab_query_size *a, unsigned int count)
{
    *a = (struct gnttab_query_size){.dom = domain};
    return grant_op(GNTTABOP_query_size, a, count);
}

static void check_grant_version(void)
{
    uint32_t version;

    check_result("grant.set_version", 0, set_version(1, &version));
    check_value("grant.set_version_is", 1, version);
    check_result("grant.set_version_3", -XEN_EINVAL, set_version(3, &version));
    check_value("grant.set_version_3_is", 1, version);
    check_result("grant.get_version", 0, get_version(DOMID_SELF, &version));
    check_value("grant.get_version_is", 1, version);
    check_result("grant.get_version_domain", -XEN_ESRCH, get_version(0x1234, &version));
    check_result("grant.get_version_domain_0", -XEN_EPERM, get_version(0, &version));
    /* Tables of version 2 have separate pages for the status words. */
    check_result_differs("grant.set_version_2", -XEN_ENOSYS, 0, set_version(2, &version));
    set_version(1, &version);
    check_result("grant.unknown", -XEN_ENOSYS, grant_op(UNKNOWN, NULL, 1));
}

static void check_grant_size(void)
{
    struct gnttab_query_size a;

    check_result("grant.query_size", 0, query_size(DOMID_SELF, &a, 1));
    check_result("grant.query_size_status", GNTST_okay, a.status);
    check_true("grant.query_size_frames", a.nr_frames > 0 && a.nr_frames <= a.max_nr_frames);
    check_result("grant.query_size_domain", 0, query_size(0x1234, &a, 1));
    check_result("grant.query_size_domain_status", GNTST_bad_domain, a.status);
    check_result("grant.query_size_domain_0", 0, query_size(0, &a, 1));
    check_result("grant.query_size_domain_0_status", GNTST_permission_denied, a.status);
    check_result("grant.query_size_two", -XEN_EINVAL, query_size(DOMID_SELF, &a, 2));
    check_result("grant.query_size_pointer", -XEN_EFAULT,
                 grant_op(GNTTABOP_query_size, BAD_POINTER, 1));
}

static long map_grants(uint64_t index, uint64_t gfn)
{
    struct xen_add_to_physmap add = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_grant_table,
        .idx = (xen_ulong_t)index,
        .gpfn = (xen_pfn_t)gfn,
    };

    return xen_memory(XENMEM_add_to_physmap, &add);
}

static void check_grant_frames(void)
{
    volatile uint32_t *first = memory_pages(2), *second = first + PAGE_SIZE / sizeof(*first);
    const unsigned int last = PAGE_SIZE / sizeof(*first) - 1;

    first[last] = 0x11111111;
    check_result("grant.map", 0, map_grants(0, memory_gfn(first)));
    check_value("grant.map_clean", 0, first[last]);
    first[last] = 0x22222222;
    check_result("grant.map_elsewhere", 0, map_grants(0, memory_gfn(second)));
    check_value("grant.map_the_same", 0x22222222, second[last]);
    check_result("grant.map_back", 0, map_grants(0, memory_gfn(first)));
    check_result("grant.map_beyond", -XEN_EINVAL, map_grants(0x10000, memory_gfn(first)));
    check_result("grant.map_status", -XEN_EINVAL, map_grants(0x80000000, memory_gfn(first)));
    first[last] = 0;
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
    check_reservation();
    check_grant_version();
    check_grant_size();
    check_grant_frames();
    check_console();
}
