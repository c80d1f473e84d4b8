/* SPDX-License-Identifier: BSD-2-Clause */
/* A client at a domain's ring, as xen-access is one, and a simulated guest that raises events. */
#define XC_WANT_COMPAT_DEVICEMODEL_API
#define XC_WANT_COMPAT_EVTCHN_API
#include "toolstack/xen/domains.h"

#include <altview/sim.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenctrl.h>

#include <cmocka.h>
#include <xen/vm_event.h>

#define PAGE    4096
#define SOON_MS 30000 /* as long as a test may take */
#define INT3    0xcc
#define RWX     XENMEM_access_rwx

static struct {
    xc_interface *xch;
    altview *h; /* the guest's side */
    xc_evtchn *channels;
    void *page;
    vm_event_back_ring_t back;
    uint32_t remote;
    int port;
    uint16_t view;
} s;

/* The simulated guest's linear addresses equal its physical ones: its page tables have one page of
 * 1 GiB. */
static int write_page_tables(void)
{
    const uint64_t root = 0x400000, directory = 0x401000;
    const uint64_t present = directory | 3, large = 0x83;
    struct altview_set_registers set = {.mask = ALTVIEW_SET_CR3, .cr3 = root};
    int rc = altview_write(s.h, ALTVIEW_NO_VIEW, root, &present, sizeof(present)) |
             altview_write(s.h, ALTVIEW_NO_VIEW, directory, &large, sizeof(large)) |
             altview_pause(s.h, 0);

    return rc | altview_set_registers(s.h, &set) | altview_unpause(s.h, 0);
}

static int open_scene(void **state)
{
    (void)state;
    setenv("ALTVIEW_XEN", "sim:vcpus=2,memory=16", 1);
    s.xch = xc_interface_open(NULL, NULL, 0);
    s.h = altview_xen_domain(1);
    if (xc_altp2m_set_domain_state(s.xch, 1, true) ||
        xc_altp2m_create_view(s.xch, 1, RWX, &s.view) || write_page_tables()) {
        return -1;
    }
    s.page = xc_monitor_enable(s.xch, 1, &s.remote);
    s.channels = xc_evtchn_open(NULL, 0);
    s.port = xc_evtchn_bind_interdomain(s.channels, 1, s.remote);
    SHARED_RING_INIT((vm_event_sring_t *)s.page);
    BACK_RING_INIT(&s.back, (vm_event_sring_t *)s.page, PAGE);
    return s.page && s.port >= 0 ? 0 : -1;
}

static int close_scene(void **state)
{
    (void)state;
    xc_monitor_disable(s.xch, 1);
    xc_evtchn_close(s.channels);
    munmap(s.page, PAGE);
    return xc_interface_close(s.xch);
}

static void take_told(vm_event_request_t *r)
{
    struct pollfd fd = {.fd = xc_evtchn_fd(s.channels), .events = POLLIN};

    if (!RING_HAS_UNCONSUMED_REQUESTS(&s.back)) {
        assert_int_equal(poll(&fd, 1, SOON_MS), 1);
        assert_int_equal(xc_evtchn_pending(s.channels), s.port);
    }
    assert_true(RING_HAS_UNCONSUMED_REQUESTS(&s.back));
    RING_COPY_REQUEST(&s.back, s.back.req_cons, r);
    s.back.req_cons++;
    assert_int_equal(r->version, VM_EVENT_INTERFACE_VERSION);
}

/* The vCPU waits. */
static void take(vm_event_request_t *r)
{
    take_told(r);
    assert_true(r->flags & VM_EVENT_FLAG_VCPU_PAUSED);
}

static void respond(vm_event_response_t *r)
{
    *RING_GET_RESPONSE(&s.back, s.back.rsp_prod_pvt) = *r;
    s.back.rsp_prod_pvt++;
    RING_PUSH_RESPONSES(&s.back);
    assert_int_equal(xc_evtchn_notify(s.channels, (uint32_t)s.port), 0);
}

/* The result of the guest's interrupted access. */
static int outcome(unsigned int vcpu, uint64_t *value)
{
    int rc;

    for (int i = 0; i < SOON_MS; i++) {
        rc = altview_sim_resume(s.h, vcpu, value);
        if (rc != -EINPROGRESS) {
            break;
        }
        poll(NULL, 0, 1);
    }
    return rc;
}

static void a_write_is_told_and_let_through(void **state)
{
    vm_event_request_t r;
    uint64_t value = 0x77;

    (void)state;
    assert_int_equal(xc_altp2m_set_mem_access(s.xch, 1, s.view, 5, XENMEM_access_rx), 0);
    assert_int_equal(xc_altp2m_switch_to_view(s.xch, 1, s.view), 0);
    assert_int_equal(altview_sim_access(s.h, 1, 2, 5 * PAGE + 8, 8, &value), -EINPROGRESS);
    take(&r);
    assert_int_equal(r.reason, VM_EVENT_REASON_MEM_ACCESS);
    assert_int_equal(r.vcpu_id, 1);
    assert_int_equal(r.altp2m_idx, s.view);
    assert_int_equal(r.u.mem_access.gfn, 5);
    assert_int_equal(r.u.mem_access.offset, 8);
    assert_int_equal(r.u.mem_access.flags & MEM_ACCESS_RWX, MEM_ACCESS_W);
    assert_int_equal(r.data.regs.x86.rax, 0x77);
    /* The vCPU goes on in view 0, with another value to be written. */
    r.flags |= VM_EVENT_FLAG_ALTERNATE_P2M | VM_EVENT_FLAG_SET_REGISTERS;
    r.altp2m_idx = 0;
    r.data.regs.x86.rax = 0x78;
    respond(&r);
    assert_int_equal(outcome(1, &value), 0);
    assert_int_equal(altview_read(s.h, ALTVIEW_NO_VIEW, 5 * PAGE + 8, &value, 8), 0);
    assert_int_equal(value, 0x78);
}

/* A view that no longer exists does not hold the vCPU. The access, which is now allowed,
 * happens. */
static void a_dead_view_holds_no_vcpu(void **state)
{
    vm_event_request_t r;
    uint64_t value = 1;

    (void)state;
    assert_int_equal(xc_altp2m_set_mem_access(s.xch, 1, s.view, 5, XENMEM_access_n), 0);
    assert_int_equal(xc_altp2m_switch_to_view(s.xch, 1, s.view), 0);
    assert_int_equal(altview_sim_access(s.h, 0, 1, 5 * PAGE, 8, &value), -EINPROGRESS);
    take(&r);
    assert_int_equal(xc_altp2m_set_mem_access(s.xch, 1, s.view, 5, RWX), 0);
    r.altp2m_idx = 7;
    respond(&r);
    assert_int_equal(outcome(0, &value), 0);
}

static void a_breakpoint_is_given_to_the_guest(void **state)
{
    const uint8_t int3 = INT3;
    vm_event_request_t r;
    unsigned int vector = 0;
    uint64_t value;

    (void)state;
    assert_int_equal(altview_write(s.h, ALTVIEW_NO_VIEW, 9 * PAGE, &int3, 1), 0);
    assert_int_equal(xc_hvm_inject_trap(s.xch, 1, 0, 3, 4, ~0U, 1, 0), -1);
    assert_int_equal(xc_monitor_software_breakpoint(s.xch, 1, true), 0);
    assert_int_equal(altview_sim_access(s.h, 0, 4, 9 * PAGE, 1, &value), -EINPROGRESS);
    take(&r);
    assert_int_equal(r.reason, VM_EVENT_REASON_SOFTWARE_BREAKPOINT);
    assert_int_equal(r.u.software_breakpoint.gfn, 9);
    assert_int_equal(r.u.software_breakpoint.insn_length, 1);
    assert_int_equal(xc_hvm_inject_trap(s.xch, 1, 0, 3, 4, ~0U, 1, 0), 0);
    respond(&r);
    assert_int_equal(outcome(0, &value), -EFAULT);
    assert_int_equal(altview_sim_exception(s.h, 0, &vector), 0);
    assert_int_equal(vector, 3);
}

static void steps_begin_and_end_with_a_response(void **state)
{
    vm_event_request_t r;
    uint64_t value = 0;

    (void)state;
    assert_int_equal(xc_monitor_singlestep(s.xch, 1, true), 0);
    assert_int_equal(xc_domain_debug_control(s.xch, 1, XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_ON, 0), 0);
    assert_int_equal(altview_sim_step(s.h, 0), -EINPROGRESS);
    take(&r);
    assert_int_equal(r.reason, VM_EVENT_REASON_SINGLESTEP);
    assert_int_equal(r.u.singlestep.gfn, r.data.regs.x86.rip / PAGE);
    r.flags |= VM_EVENT_FLAG_TOGGLE_SINGLESTEP;
    respond(&r);
    assert_int_equal(outcome(0, &value), 0);
    assert_int_equal(altview_sim_step(s.h, 0), 0);
}

/* The guest writes CR4, and the program lets it, or denies it, or is only told. */
static void writes_of_control_registers_are_told(void **state)
{
    vm_event_request_t r;
    uint64_t value = 0;
    uint32_t capabilities = 0;

    (void)state;
    assert_int_equal(xc_monitor_get_capabilities(s.xch, 1, &capabilities), 0);
    assert_true(capabilities & 1U << XEN_DOMCTL_MONITOR_EVENT_WRITE_CTRLREG);
    assert_int_equal(xc_monitor_write_ctrlreg(s.xch, 1, 4, true, true, 0, true), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(xc_monitor_write_ctrlreg(s.xch, 1, VM_EVENT_X86_CR4, true, true, 0x80, true),
                     0);
    assert_int_equal(altview_sim_write(s.h, 0, ALTVIEW_EVENT_CR4, 0xa0), 0); /* PGE: masked */
    assert_int_equal(altview_sim_write(s.h, 0, ALTVIEW_EVENT_CR4, 0xa4), -EINPROGRESS);
    take(&r);
    assert_int_equal(r.reason, VM_EVENT_REASON_WRITE_CTRLREG);
    assert_int_equal(r.u.write_ctrlreg.index, VM_EVENT_X86_CR4);
    assert_int_equal(r.u.write_ctrlreg.new_value, 0xa4);
    assert_int_equal(r.u.write_ctrlreg.old_value, 0xa0);
    assert_int_equal(r.data.regs.x86.cr4, 0xa0);
    r.flags |= VM_EVENT_FLAG_DENY;
    respond(&r);
    assert_int_equal(outcome(0, &value), 0);
    assert_int_equal(altview_sim_write(s.h, 0, ALTVIEW_EVENT_CR4, 0xa4), -EINPROGRESS);
    take(&r);
    assert_int_equal(r.u.write_ctrlreg.old_value, 0xa0); /* it was denied */
    r.flags |= VM_EVENT_FLAG_SET_REGISTERS;              /* with the same ones, as LibVMI does */
    respond(&r);
    assert_int_equal(outcome(0, &value), 0);
    assert_int_equal(xc_monitor_write_ctrlreg(s.xch, 1, VM_EVENT_X86_CR4, true, false, 0, true), 0);
    assert_int_equal(altview_sim_write(s.h, 0, ALTVIEW_EVENT_CR4, 0x20), 0);
    take_told(&r);
    assert_int_equal(r.u.write_ctrlreg.old_value, 0xa4);
    assert_int_equal(xc_monitor_write_ctrlreg(s.xch, 1, VM_EVENT_X86_CR4, false, true, 0, true), 0);
    assert_int_equal(altview_sim_write(s.h, 0, ALTVIEW_EVENT_CR4, 0xa4), 0);
}

#define STAR  0xc0000081
#define LSTAR 0xc0000082

/* The guest writes an MSR, and the program lets it, or denies it. */
static void writes_of_msrs_are_told(void **state)
{
    vm_event_request_t r;
    uint64_t value = 0;
    uint32_t capabilities = 0;

    (void)state;
    assert_int_equal(xc_monitor_get_capabilities(s.xch, 1, &capabilities), 0);
    assert_true(capabilities & 1U << XEN_DOMCTL_MONITOR_EVENT_MOV_TO_MSR);
    assert_int_equal(xc_monitor_mov_to_msr(s.xch, 1, 0x2000, true, false), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(xc_monitor_mov_to_msr(s.xch, 1, STAR, true, true), 0);
    assert_int_equal(xc_monitor_mov_to_msr(s.xch, 1, LSTAR, true, false), 0);
    assert_int_equal(altview_sim_wrmsr(s.h, 0, STAR, 0), 0); /* no change */
    assert_int_equal(altview_sim_wrmsr(s.h, 0, LSTAR, 7), -EINPROGRESS);
    take(&r);
    assert_int_equal(r.reason, VM_EVENT_REASON_MOV_TO_MSR);
    assert_int_equal(r.u.mov_to_msr.msr, LSTAR);
    assert_int_equal(r.u.mov_to_msr.new_value, 7);
    assert_int_equal(r.u.mov_to_msr.old_value, 0);
    r.flags |= VM_EVENT_FLAG_DENY;
    respond(&r);
    assert_int_equal(outcome(0, &value), 0);
    assert_int_equal(xc_monitor_mov_to_msr(s.xch, 1, STAR, false, false), 0);
    assert_int_equal(altview_sim_wrmsr(s.h, 0, STAR, 8), 0);
    assert_int_equal(altview_sim_wrmsr(s.h, 0, LSTAR, 0), -EINPROGRESS); /* as before: a write */
    take(&r);
    assert_int_equal(r.u.mov_to_msr.old_value, 0); /* it was denied */
    respond(&r);
    assert_int_equal(outcome(0, &value), 0);
    assert_int_equal(xc_monitor_mov_to_msr(s.xch, 1, LSTAR, false, false), 0);
    assert_int_equal(altview_sim_wrmsr(s.h, 0, LSTAR, 9), 0);
}

static void a_domain_has_one_ring(void **state)
{
    uint32_t port;

    (void)state;
    assert_null(xc_monitor_enable(s.xch, 1, &port));
    assert_int_equal(errno, EBUSY);
    assert_int_equal(xc_monitor_disable(s.xch, 1), 0);
    assert_int_equal(xc_monitor_disable(s.xch, 1), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(xc_evtchn_notify(s.channels, s.remote), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_write_is_told_and_let_through),
        TEST(a_dead_view_holds_no_vcpu),
        TEST(a_breakpoint_is_given_to_the_guest),
        TEST(steps_begin_and_end_with_a_response),
        TEST(writes_of_control_registers_are_told),
        TEST(writes_of_msrs_are_told),
        TEST(a_domain_has_one_ring),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
