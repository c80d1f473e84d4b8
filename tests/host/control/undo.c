/* SPDX-License-Identifier: BSD-2-Clause */
/* The server takes an owner's changes back when the owner goes: BIND and UNBIND, one promise in
 * each test. */
#include "control/port.h"

#include <altview/hvmop.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define BREAKPOINT (1U << ALTVIEW_EVENT_BREAKPOINT)
#define MEM_ACCESS (1U << ALTVIEW_EVENT_MEM_ACCESS)
#define DENIES     ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_STOP)

static int bind(struct port *p, uint32_t owner)
{
    return PORT_ASK(p, ALTVIEW_BIND, altview_bind, .owner = owner);
}

/* Until the request is done; stores the number of requests in *rounds. */
static int unbind_with(struct port *p, const struct altview_unbind *unbind, unsigned int *rounds)
{
    uint32_t before = port_owner;
    int status;

    port_owner = 0;
    *rounds = 0;
    do {
        status = port_ask(p, ALTVIEW_UNBIND, unbind, sizeof(*unbind));
        ++*rounds;
    } while (status == -ALTP2M_ERESTART);
    port_owner = before;
    return status;
}

static int unbind(struct port *p, uint32_t owner)
{
    unsigned int rounds;

    return unbind_with(p, &(struct altview_unbind){.owner = owner}, &rounds);
}

static int set_up(void **state)
{
    port_owner = 0;
    port_setup(state);
    assert_int_equal(bind(*state, 1), 0);
    assert_int_equal(bind(*state, 2), 0);
    port_owner = 1;
    return 0;
}

static int tear_down(void **state)
{
    struct port *p = *state;

    port_owner = 0;
    for (unsigned int vcpu = 0; vcpu < SIM_VCPUS; vcpu++) {
        assert_false(control_holds(&p->c, vcpu));
    }
    return port_teardown(state);
}

static int operate(struct port *p, struct xen_hvm_altp2m_op *op, uint32_t cmd)
{
    int status;

    op->version = HVMOP_ALTP2M_INTERFACE_VERSION;
    op->domain = DOMID_SELF;
    op->cmd = cmd;
    status = port_ask(p, ALTVIEW_HVMOP, op, sizeof(*op));
    if (p->reply.length == sizeof(*op)) {
        memcpy(op, p->payload, sizeof(*op));
    }
    return status;
}

static unsigned int create(struct port *p)
{
    struct xen_hvm_altp2m_op op = {.u.view.hvmmem_default_access = XENMEM_access_rwx};

    assert_int_equal(operate(p, &op, HVMOP_altp2m_create_p2m), 0);
    return op.u.view.view;
}

static unsigned int clone(struct port *p, uint16_t from)
{
    struct xen_hvm_altp2m_op op = {0};
    struct altview_clone_view *own = (void *)&op.u;

    own->from = from;
    assert_int_equal(operate(p, &op, HVMOP_altview_clone_view), 0);
    return own->view;
}

static int remap(struct port *p, unsigned int view, uint64_t gfn, uint64_t target)
{
    struct xen_hvm_altp2m_op op = {
        .u.change_gfn = {.view = (uint16_t)view, .old_gfn = gfn, .new_gfn = target}};

    return operate(p, &op, HVMOP_altp2m_change_gfn);
}

static int set_access(struct port *p, unsigned int view, uint64_t gfn, uint16_t access)
{
    struct xen_hvm_altp2m_op op = {
        .u.mem_access = {.view = (uint16_t)view, .access = access, .gfn = gfn}};

    return operate(p, &op, HVMOP_altp2m_set_mem_access);
}

static int set_range(struct port *p, unsigned int view, uint64_t gfn, uint64_t nr, uint16_t access)
{
    struct altview_set_access a = {.gfn = gfn, .nr = nr, .view = (uint16_t)view, .access = access};
    int status;

    do {
        status = port_ask(p, ALTVIEW_SET_ACCESS, &a, sizeof(a));
        a.done = ((const struct altview_progress *)(const void *)p->payload)->done;
    } while (status == -ALTP2M_ERESTART);
    return status;
}

static int write_bytes(struct port *p, unsigned int view, uint64_t address, const void *bytes,
                       uint32_t size)
{
    struct {
        struct altview_memory m;
        uint8_t bytes[64];
    } w = {.m = {.address = address, .length = size, .view = (uint16_t)view}};

    memcpy(w.bytes, bytes, size);
    return port_ask(p, ALTVIEW_WRITE, &w, sizeof(w.m) + size);
}

static void listen(struct port *p, uint32_t sync, uint32_t flags)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = sync, .flags = flags), 0);
}

static void nothing_has_changed(struct port *p, uint64_t before)
{
    assert_int_equal(port_fingerprint(p), before);
    assert_int_equal(p->c.undo.count, 0);
    assert_null(p->c.undo.pages);
}

static void only_who_is_bound_is_an_owner(void **state)
{
    struct port *p = *state;

    assert_int_equal(PORT_ASK(p, ALTVIEW_PING, altview_first, 0), -XEN_EINVAL);
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
    port_owner = 3;
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), -XEN_EINVAL);
    port_owner = ALTVIEW_OWNERS + 1;
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), -XEN_EINVAL);
    port_owner = 0;
    assert_int_equal(bind(p, 0), -XEN_EINVAL);
    assert_int_equal(bind(p, ALTVIEW_OWNERS + 1), -XEN_EINVAL);
    assert_int_equal(bind(p, ALTVIEW_OWNERS), 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_BIND, altview_bind, .owner = 1, .timeout_ms = 3600001),
                     -XEN_EINVAL);
    assert_int_equal(PORT_ASK(p, ALTVIEW_UNBIND, altview_unbind, .owner = 5), -XEN_EINVAL);
    assert_int_equal(PORT_ASK(p, ALTVIEW_UNBIND, altview_unbind, .owner = 1, .flags = 2),
                     -XEN_EINVAL);
    assert_int_equal(
        PORT_ASK(p, ALTVIEW_UNBIND, altview_unbind, .owner = 1, .listen = {.sync = 1U << 31}),
        -XEN_EINVAL);
}

/* All kinds of changes, in others' views and in its own. */
static void all_is_taken_back(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);
    struct xen_hvm_altp2m_op op = {.u.suppress_ve = {.view = 1, .gfn = 0x15}};
    unsigned int own = create(p);

    assert_int_equal(clone(p, 1), own + 1);
    assert_int_equal(remap(p, own, 0x30, 0x31), 0);
    assert_int_equal(remap(p, 1, 0x30, 0x31), 0);
    assert_int_equal(remap(p, 1, 0x11, ALTVIEW_NO_GFN), 0);
    assert_int_equal(remap(p, 0, 0x50, 0x51), 0);
    assert_int_equal(set_access(p, 1, 0x10, XENMEM_access_rwx), 0);
    assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_n), 0);
    assert_int_equal(set_access(p, 0, ALTVIEW_NO_GFN, XENMEM_access_r), 0);
    assert_int_equal(operate(p, &op, HVMOP_altp2m_set_suppress_ve), 0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_NAME_VIEW, altview_view_name, .view = 1, .name = "mine"),
                     0);
    assert_int_equal(PORT_ASK(p, ALTVIEW_SET_POLICY, altview_view_policy, .view = 1,
                              .policy = ALTVIEW_POLICY_STEP, .policy_view = (uint16_t)own),
                     0);
    op = (struct xen_hvm_altp2m_op){.u.set_visibility = {.altp2m_idx = 3, .visible = 1}};
    assert_int_equal(operate(p, &op, HVMOP_altp2m_set_visibility), 0);
    op = (struct xen_hvm_altp2m_op){.u.disable_notify = {.vcpu_id = 2}};
    assert_int_equal(operate(p, &op, HVMOP_altp2m_vcpu_disable_notify), 0);
    op = (struct xen_hvm_altp2m_op){0};
    ((struct altview_set_vmfunc *)(void *)&op.u)->enable = 1;
    assert_int_equal(operate(p, &op, HVMOP_altview_set_vmfunc), 0);
    assert_int_not_equal(port_fingerprint(p), before);
    assert_int_equal(unbind(p, 1), 0);
    nothing_has_changed(p, before);
}

struct lists {
    struct xen_hvm_altp2m_op op;
    uint64_t gfns[2];
    uint8_t accesses[8];
};

static int set_listed(struct port *p, struct lists *l, uint64_t gfns)
{
    struct xen_hvm_altp2m_set_mem_access_multi *a = &l->op.u.set_mem_access_multi;
    uint64_t accesses = offsetof(struct lists, accesses);

    l->op.version = HVMOP_ALTP2M_INTERFACE_VERSION;
    l->op.domain = DOMID_SELF;
    l->op.cmd = HVMOP_altp2m_set_mem_access_multi;
    *a = (struct xen_hvm_altp2m_set_mem_access_multi){.view = 1, .nr = 2};
    memcpy(&a->pfn_list, &gfns, sizeof(gfns));
    memcpy(&a->access_list, &accesses, sizeof(accesses));
    return port_ask(p, ALTVIEW_HVMOP, l, sizeof(*l));
}

/* Every gfn of a list, in Xen's form and in altview's. */
static void lists_are_taken_back(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);
    struct lists l = {.gfns = {0x21, 0x23}, .accesses = {XENMEM_access_n, XENMEM_access_x}};
    const struct {
        struct altview_access_list a;
        uint64_t gfns[3];
        uint8_t accesses[3];
    } __attribute__((packed)) own = {{.view = 2, .nr = 3},
                                     {0x24, 0x26, 0x26},
                                     {XENMEM_access_w, XENMEM_access_n, XENMEM_access_rx}};

    assert_int_equal(set_listed(p, &l, offsetof(struct lists, gfns)), 0);
    assert_int_equal(port_ask(p, ALTVIEW_ACCESS_LIST, &own, sizeof(own)), 0);
    assert_int_equal(scene_access(p->scene, 1, 0x23), XENMEM_access_x);
    assert_int_equal(scene_access(p->scene, 2, 0x26), XENMEM_access_rx);
    assert_int_equal(p->c.undo.count, 4);
    assert_int_equal(unbind(p, 1), 0);
    nothing_has_changed(p, before);
}

/* Lists outside of the request, and invalid places: the server refuses and does not note them. */
static void what_names_nothing_is_not_noted(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p), beyond = UINT64_C(1) << p->d->config.gfn_bits;
    struct lists l = {.gfns = {0x21, 0x23}};
    const struct altview_access_list none = {.view = 1, .nr = 2}, done = {.nr = 1, .done = 2};
    struct xen_hvm_altp2m_op op = {
        .u.suppress_ve_multi = {.view = 1, .first_gfn = beyond, .last_gfn = beyond + 1}};

    assert_int_equal(set_listed(p, &l, sizeof(l)), -XEN_EFAULT);
    assert_int_equal(set_listed(p, &l, UINT64_MAX - 3), -XEN_EFAULT);
    assert_int_equal(port_ask(p, ALTVIEW_ACCESS_LIST, &none, sizeof(none)), -XEN_EINVAL);
    assert_int_equal(port_ask(p, ALTVIEW_ACCESS_LIST, &done, sizeof(done)), -XEN_EINVAL);
    assert_int_equal(set_access(p, 1, beyond, XENMEM_access_n), 0); /* the same as for a hole */
    assert_int_equal(operate(p, &op, HVMOP_altp2m_set_suppress_ve_multi), 0);
    assert_int_not_equal(op.u.suppress_ve_multi.first_error, 0);
    op.u.suppress_ve_multi.first_gfn = beyond + 2;
    assert_int_not_equal(operate(p, &op, HVMOP_altp2m_set_suppress_ve_multi), 0);
    op = (struct xen_hvm_altp2m_op){.u.disable_notify = {.vcpu_id = SIM_VCPUS}};
    assert_int_not_equal(operate(p, &op, HVMOP_altp2m_vcpu_disable_notify), 0);
    assert_int_not_equal(write_bytes(p, ALTVIEW_NO_VIEW, beyond << 12, "\xcc", 1), 0);
    assert_int_not_equal(set_access(p, 7, 0x10, XENMEM_access_n), 0); /* no such view */
    nothing_has_changed(p, before);
    assert_int_equal(unbind(p, 1), 0);
}

/* A range that ends beyond the last gfn: noted up to the last. */
static void suppressed_ranges_are_taken_back(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);
    struct xen_hvm_altp2m_op op = {
        .u.suppress_ve_multi = {.view = 1, .first_gfn = 0x14, .last_gfn = 0x18}};
    bool suppress = true;

    assert_int_equal(operate(p, &op, HVMOP_altp2m_set_suppress_ve_multi), 0);
    assert_int_equal(altp2m_get_suppress_ve(p->d, 1, 0x18, &suppress), 0);
    assert_false(suppress);
    op = (struct xen_hvm_altp2m_op){
        .u.suppress_ve_multi = {.view = 1, .first_gfn = SCENE_LARGE, .last_gfn = UINT64_MAX}};
    operate(p, &op, HVMOP_altp2m_set_suppress_ve_multi);
    assert_int_equal(altp2m_get_suppress_ve(p->d, 1, SCENE_LARGE, &suppress), 0);
    assert_false(suppress);
    assert_int_equal(unbind(p, 1), 0);
    nothing_has_changed(p, before);
}

/* For vCPUs: which see a view, and which one gets #VE. And the meaning of "default". */
static void what_vcpus_have_is_taken_back(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);
    struct xen_hvm_altp2m_op op = {0};
    struct altview_set_visibility *own = (void *)&op.u;

    *own = (struct altview_set_visibility){.view = 2, .vcpu_id = 1, .evict_to = ALTVIEW_EVICT_NONE};
    assert_int_equal(operate(p, &op, HVMOP_altview_set_visibility), 0);
    assert_false(altp2m_view_is_visible_to(p->d, &p->d->config.vcpus[1], 2));
    op = (struct xen_hvm_altp2m_op){.u.enable_notify = {.vcpu_id = 0, .gfn = SCENE_NOTIFY_GFN + 1}};
    assert_int_equal(operate(p, &op, HVMOP_altp2m_vcpu_enable_notify), 0);
    assert_int_equal(p->d->config.vcpus[0].notify_gfn, SCENE_NOTIFY_GFN + 1);
    assert_int_equal(set_range(p, 0, ALTVIEW_NO_GFN, 1, XENMEM_access_r), 0);
    assert_int_equal(p->c.undo.count, 3);
    assert_int_equal(unbind(p, 1), 0);
    nothing_has_changed(p, before);
}

/* An answer may lift a restriction of another client's view. That counts as the owner's change. */
static void what_an_answer_lifts_is_refused_again(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);
    struct altview_answer a = {.vcpu = PORT_VCPU, .actions = ALTVIEW_ANSWER_LIFT};

    listen(p, MEM_ACCESS | BREAKPOINT, 0);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    a.event = port_last_event(p)->id;
    assert_int_equal(port_ask(p, ALTVIEW_ANSWER, &a, sizeof(a)), 0);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_rwx);
    assert_int_equal(p->c.undo.count, 1);
    /* Another event has nothing to lift, and so there is nothing to take back. */
    assert_int_equal(control_breakpoint(&p->c, 0, 1).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    a = (struct altview_answer){.event = port_last_event(p)->id, .actions = ALTVIEW_ANSWER_LIFT};
    assert_int_equal(port_ask(p, ALTVIEW_ANSWER, &a, sizeof(a)), -XEN_EINVAL);
    a.vcpu = SIM_VCPUS;
    assert_int_equal(port_ask(p, ALTVIEW_ANSWER, &a, sizeof(a)), -XEN_EINVAL);
    assert_int_equal(p->c.undo.count, 1);
    assert_int_equal(unbind(p, 1), 0);
    nothing_has_changed(p, before);
    control_resume(&p->c, 0);
}

/* vCPUs that were in the view run on in view 0, and can't come back by VMFUNC. */
static void vcpus_leave_a_view_that_goes(void **state)
{
    struct port *p = *state;
    unsigned int own = create(p);
    struct altp2m_vcpu *vcpus = p->d->config.vcpus;

    assert_int_equal(altp2m_set_visibility(p->d, 0, false), 0);
    assert_int_equal(altp2m_vcpu_enter(p->d, &vcpus[0], own), 0);
    assert_int_equal(altp2m_vcpu_enter(p->d, &vcpus[2], own), 0);
    assert_int_equal(altp2m_vcpu_go_away(p->d, &vcpus[2], 1), 0);
    assert_int_equal(unbind(p, 1), 0);
    assert_int_equal(vcpus[0].view, 0);
    assert_int_equal(vcpus[1].view, 1);
    altp2m_vcpu_come_home(p->d, &vcpus[2]);
    assert_int_equal(vcpus[2].view, 0);
    assert_false(altp2m_view_is_live(p->d, own));
}

/* The client that changed it last decides the value. */
static void what_others_have_changed_since_stays(void **state)
{
    struct port *p = *state;

    assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_r), 0);
    assert_int_equal(set_access(p, 0, 0x71, XENMEM_access_r), 0);
    port_owner = 0;
    assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_rx), 0);
    assert_int_equal(unbind(p, 1), 0);
    assert_int_equal(scene_access(p->scene, 0, 0x70), XENMEM_access_rx);
    assert_int_equal(scene_access(p->scene, 0, 0x71), XENMEM_access_rwx);
}

/* Two owners, one after the other: whichever goes first, no change of either stays. */
static void the_order_in_which_owners_go_does_not_matter(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);

    for (uint32_t first = 1; first <= 2; first++) {
        port_owner = 1;
        assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_rw), 0);
        port_owner = 2;
        assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_r), 0);
        port_owner = 1;
        assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_rx), 0);
        assert_int_equal(unbind(p, first), 0);
        assert_int_equal(scene_access(p->scene, 0, 0x70),
                         first == 1 ? XENMEM_access_r : XENMEM_access_rx);
        assert_int_equal(unbind(p, 3 - first), 0);
        nothing_has_changed(p, before);
        port_owner = 0;
        assert_int_equal(bind(p, 1) | bind(p, 2), 0);
    }
}

/* The value from before the first change counts, however often the owner changed it: the usual work
 * of a watcher. */
static void one_entry_for_each_thing(void **state)
{
    struct port *p = *state;

    for (unsigned int i = 0; i < 200; i++) {
        assert_int_equal(set_access(p, 0, 0x70, i % 2 ? XENMEM_access_rwx : XENMEM_access_n), 0);
        assert_int_equal(p->c.undo.count, i % 2 ? 0 : 1);
    }
}

static void keep_leaves_all(void **state)
{
    struct port *p = *state;
    unsigned int own = create(p), rounds;

    assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_r), 0);
    assert_int_equal(
        unbind_with(p, &(struct altview_unbind){.owner = 1, .flags = ALTVIEW_UNBIND_KEEP}, &rounds),
        0);
    assert_true(altp2m_view_is_live(p->d, own));
    assert_int_equal(scene_access(p->scene, 0, 0x70), XENMEM_access_r);
    assert_int_equal(p->c.undo.count, 0);
    port_owner = 0;
}

/* A view of the same number that another client has made since does not belong to the owner. */
static void a_successor_is_another_view(void **state)
{
    struct port *p = *state;
    unsigned int own = create(p);
    struct xen_hvm_altp2m_op op = {.u.view.view = (uint16_t)own};

    assert_int_equal(set_access(p, 2, 0x70, XENMEM_access_n), 0);
    port_owner = 0;
    assert_int_equal(operate(p, &op, HVMOP_altp2m_destroy_p2m), 0);
    op.u.view.view = 2;
    assert_int_equal(operate(p, &op, HVMOP_altp2m_destroy_p2m), 0);
    assert_int_equal(create(p), 2);
    assert_int_equal(create(p), own);
    assert_int_equal(set_access(p, 2, 0x70, XENMEM_access_n), 0);
    assert_int_equal(unbind(p, 1), 0);
    assert_true(altp2m_view_is_live(p->d, own));
    assert_int_equal(scene_access(p->scene, 2, 0x70), XENMEM_access_n);
}

/* Byte by byte: bytes that the guest has written since are the guest's. */
static void short_writes_are_taken_back(void **state)
{
    struct port *p = *state;
    uint8_t long_one[ALTVIEW_TIED_WRITE + 1];

    memset(p->ram, 0x90, RAM_SIZE);
    memset(long_one, 7, sizeof(long_one));
    assert_int_equal(write_bytes(p, ALTVIEW_NO_VIEW, RAM_BASE + 0xffe, "\xcc\xcc\xcc\xcc", 4), 0);
    assert_int_equal(write_bytes(p, ALTVIEW_NO_VIEW, RAM_BASE + 0xfff, "\x01", 1), 0);
    assert_int_equal(write_bytes(p, 1, RAM_BASE, long_one, sizeof(long_one)), 0);
    p->ram[0x1001] = 0x55;
    assert_int_equal(unbind(p, 1), 0);
    assert_memory_equal(p->ram + 0xffe, "\x90\x90\x90\x55", 4);
    assert_memory_equal(p->ram, long_one, sizeof(long_one));
}

/* Through a view that shows another page, the byte is in that page. */
static void a_write_through_a_remap(void **state)
{
    struct port *p = *state;
    unsigned int own = create(p);

    assert_int_equal(remap(p, own, 0x30, RAM_GFN + 1), 0);
    assert_int_equal(write_bytes(p, own, 0x30123, "\xcc", 1), 0);
    assert_int_equal(p->ram[0x1123], 0xcc);
    assert_int_equal(unbind(p, 1), 0);
    assert_int_equal(p->ram[0x1123], 0);
}

/* All changes except the rest of the owner's views, at once: no instruction sees a part of it. */
static void views_go_in_pieces_all_else_at_once(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);
    const struct altview_unbind unbind = {.owner = 1};
    unsigned int rounds, own = create(p);

    assert_int_equal(set_range(p, own, 0, 0x100, XENMEM_access_r), 0);
    assert_int_equal(set_range(p, own, SCENE_LARGE, 40000, XENMEM_access_r), 0);
    assert_int_equal(create(p), own + 1);
    assert_int_equal(set_range(p, 1, SCENE_LARGE, 2000, XENMEM_access_r), 0);
    assert_int_equal(p->c.undo.count, 2002);
    assert_int_equal(altp2m_vcpu_enter(p->d, &p->d->config.vcpus[0], own + 1), 0);
    port_owner = 0;
    assert_int_equal(port_ask(p, ALTVIEW_UNBIND, &unbind, sizeof(unbind)), -ALTP2M_ERESTART);
    assert_int_equal(p->d->config.vcpus[0].view, 0);
    assert_int_equal(p->d->views[1].overrides, 3);
    assert_int_equal(unbind_with(p, &unbind, &rounds), 0);
    nothing_has_changed(p, before);
}

/* The server can put back only a limited amount at once. For more, a view of its own serves an
 * owner. */
static void there_is_a_limit(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);

    assert_int_equal(set_range(p, 1, SCENE_LARGE, 5000, XENMEM_access_r), -XEN_ENOMEM);
    assert_in_range(p->c.undo.count, 3000, 4095);
    assert_int_equal(p->d->views[1].overrides, p->c.undo.count + 3);
    assert_int_equal(unbind(p, 1), 0);
    nothing_has_changed(p, before);
}

/* The server sets nothing that it could not take back. */
static void without_memory_nothing_is_set(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);

    sim_memory_fail_at(&p->scene->machine.memory, 1, true);
    assert_int_equal(set_access(p, 1, 0x10, XENMEM_access_rwx), -XEN_ENOMEM);
    assert_int_equal(write_bytes(p, ALTVIEW_NO_VIEW, RAM_BASE, "\xcc", 1), -XEN_ENOMEM);
    assert_int_equal(p->ram[0], 0);
    sim_memory_fail_at(&p->scene->machine.memory, 0, false);
    nothing_has_changed(p, before);
    assert_int_equal(unbind(p, 1), 0);
}

/* At an INT3 that has gone by then the vCPU executes the original instruction, whatever the
 * rule. */
static void a_breakpoint_that_is_waited_on(void **state)
{
    struct port *p = *state;
    struct control_verdict verdict;

    p->code = RAM_BASE + 0x123;
    p->ram[0x123] = 0x90;
    assert_int_equal(write_bytes(p, ALTVIEW_NO_VIEW, p->code, "\xcc", 1), 0);
    listen(p, BREAKPOINT, DENIES);
    assert_int_equal(control_breakpoint(&p->c, 0, p->code).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(unbind(p, 1), 0);
    assert_false(control_holds(&p->c, 0));
    verdict = control_resume(&p->c, 0);
    assert_int_equal(verdict.action, ALTP2M_VERDICT_RUN);
    /* And a vCPU that left the guest at it before, but whose exit is handled only now. */
    assert_int_equal(control_breakpoint(&p->c, 2, p->code).action, ALTP2M_VERDICT_RUN);
    /* The guest's own INT3 is the guest's. */
    p->ram[0x123] = 0xcc;
    assert_int_equal(control_breakpoint(&p->c, 2, p->code).action, ALTP2M_VERDICT_DEFAULT);
}

/* The guest's own INT3, and an access that others refuse: the same as without a listener. */
static void what_is_not_its_own_goes_as_without_a_listener(void **state)
{
    struct port *p = *state;

    p->code = RAM_BASE + 0x123;
    p->ram[0x123] = 0xcc;
    listen(p, BREAKPOINT | MEM_ACCESS, DENIES);
    assert_int_equal(control_breakpoint(&p->c, 0, p->code).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(unbind(p, 1), 0);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_DEFAULT);
    assert_int_equal(control_resume(&p->c, PORT_VCPU).action, ALTP2M_VERDICT_RUN);
    assert_int_equal(scene_access(p->scene, 1, PORT_GFN), XENMEM_access_rwx);
}

/* Other clients still listen. */
static void listening_goes_on_for_others(void **state)
{
    struct port *p = *state;
    unsigned int rounds;

    listen(p, BREAKPOINT, 0);
    assert_int_equal(
        unbind_with(p, &(struct altview_unbind){.owner = 1, .listen = {.report = MEM_ACCESS}},
                    &rounds),
        0);
    port_violation(p);
    port_drain(p);
    assert_int_equal(port_last_event(p)->type, ALTVIEW_EVENT_MEM_ACCESS);
}

/* A late listener counts as gone: the vCPU goes on only after all was taken back. */
static void an_answer_that_is_late(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);

    create(p);
    listen(p, BREAKPOINT, DENIES);
    assert_int_equal(control_breakpoint(&p->c, 0, 1).action, ALTP2M_VERDICT_WAIT);
    p->now += UINT64_C(5001) * PORT_TICKS_MS;
    control_tick(&p->c);
    assert_true(control_holds(&p->c, 0)); /* a view is still to be removed */
    for (unsigned int i = 0; i < 10; i++) {
        control_tick(&p->c);
    }
    assert_false(control_holds(&p->c, 0));
    nothing_has_changed(p, before);
    assert_int_equal(control_resume(&p->c, 0).action, ALTP2M_VERDICT_DEFAULT);
    port_drain(p);
    assert_int_equal(port_last_event(p)->type, ALTVIEW_EVENT_TIMEOUT);
    assert_int_equal(p->c.left, 0);
    /* The server refuses the owner's next request. The owner does not know yet that it counts as
     * gone. */
    assert_int_equal(set_access(p, 0, 0x70, XENMEM_access_n), -XEN_EINVAL);
    port_owner = 0;
    assert_int_equal(bind(p, 1), 0);
}

/* On a line that does not report the end of its peer. */
static void silence_is_an_end_for_who_asked_for_it(void **state)
{
    struct port *p = *state;
    uint64_t before = port_fingerprint(p);

    assert_int_equal(PORT_ASK(p, ALTVIEW_BIND, altview_bind, .owner = 1, .timeout_ms = 100), 0);
    create(p);
    port_pass(p, 50);
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
    port_pass(p, 90);
    assert_int_not_equal(port_fingerprint(p), before);
    port_pass(p, 20);
    port_pass(p, 20);
    port_pass(p, 20);
    nothing_has_changed(p, before);
    port_owner = 1;
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), -XEN_EINVAL);
    port_owner = 2; /* it has set no timeout */
    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
}

/* The domain's pause: no silence ends it, and it has a count of its own. */
static void the_domain_s_pause(void **state)
{
    struct port *p = *state;
    const struct altview_which_vcpu domain = {0, ALTVIEW_PAUSE_DOMAIN}, own = {0, 0};

    assert_int_equal(port_ask(p, ALTVIEW_PAUSE, &domain, sizeof(domain)), 0);
    assert_int_equal(port_ask(p, ALTVIEW_PAUSE, &own, sizeof(own)), 0);
    port_pass(p, 20000);
    port_pass(p, 20000);
    assert_true(control_holds(&p->c, 0));
    assert_int_equal(port_ask(p, ALTVIEW_UNPAUSE, &own, sizeof(own)), -XEN_EINVAL);
    assert_int_equal(unbind(p, 1), 0);
    assert_true(control_holds(&p->c, 0));
    port_owner = 0;
    assert_int_equal(PORT_ASK(p, ALTVIEW_VCPUS, altview_first, 0), 0);
    assert_int_equal(((const struct altview_vcpu *)(const void *)(p->payload + 16))->flags,
                     ALTVIEW_VCPU_PAUSED | ALTVIEW_VCPU_HELD);
    assert_int_equal(port_ask(p, ALTVIEW_UNPAUSE, &domain, sizeof(domain)), 0);
    assert_int_equal(port_ask(p, ALTVIEW_UNPAUSE, &domain, sizeof(domain)), -XEN_EINVAL);
}

int main(void)
{
#define BOUND(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    static const struct CMUnitTest tests[] = {
        BOUND(only_who_is_bound_is_an_owner),
        BOUND(all_is_taken_back),
        BOUND(lists_are_taken_back),
        BOUND(what_names_nothing_is_not_noted),
        BOUND(suppressed_ranges_are_taken_back),
        BOUND(what_vcpus_have_is_taken_back),
        BOUND(what_an_answer_lifts_is_refused_again),
        BOUND(vcpus_leave_a_view_that_goes),
        BOUND(what_others_have_changed_since_stays),
        BOUND(the_order_in_which_owners_go_does_not_matter),
        BOUND(one_entry_for_each_thing),
        BOUND(keep_leaves_all),
        BOUND(a_successor_is_another_view),
        BOUND(short_writes_are_taken_back),
        BOUND(a_write_through_a_remap),
        BOUND(views_go_in_pieces_all_else_at_once),
        BOUND(there_is_a_limit),
        BOUND(without_memory_nothing_is_set),
        BOUND(a_breakpoint_that_is_waited_on),
        BOUND(what_is_not_its_own_goes_as_without_a_listener),
        BOUND(listening_goes_on_for_others),
        BOUND(an_answer_that_is_late),
        BOUND(silence_is_an_end_for_who_asked_for_it),
        BOUND(the_domain_s_pause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
