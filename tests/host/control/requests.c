/* SPDX-License-Identifier: BSD-2-Clause */
/* Every request: its result, and every possible error. A wrong request changes nothing. */
#include "control/port.h"

#include <altview/hvmop.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define NOT_LIVE 7
#define NO_SUCH  99
#define LAST_GFN ((UINT64_C(1) << SIM_GFN_BITS) - 1)

struct row {
    const char *name;
    uint16_t type;
    const void *payload;
    size_t size;
    int want;
};

#define PAYLOAD(kind, ...) .payload = &(const struct kind){__VA_ARGS__}, .size = sizeof(struct kind)

/* clang-format off */
static const struct row refused[] = {
    {"a type below the first", 0, NULL, 0, -XEN_ENOSYS},
    {"a type beyond the last", ALTVIEW_REQUESTS, NULL, 0, -XEN_ENOSYS},
    {"the largest type", 0xffff, NULL, 0, -XEN_ENOSYS},
    {"set access in a view that is not live", ALTVIEW_SET_ACCESS, PAYLOAD(altview_set_access, .gfn = 1, .nr = 1, .view = NOT_LIVE), -XEN_EINVAL},
    {"set an access there is not", ALTVIEW_SET_ACCESS, PAYLOAD(altview_set_access, .gfn = 1, .nr = 1, .view = 1, .access = 11), -XEN_EINVAL},
    {"set access beyond the width of a gfn", ALTVIEW_SET_ACCESS, PAYLOAD(altview_set_access, .gfn = LAST_GFN, .nr = 2, .view = 1), -XEN_EINVAL},
    {"set access of a range that wraps", ALTVIEW_SET_ACCESS, PAYLOAD(altview_set_access, .gfn = 1, .nr = UINT64_MAX, .view = 1), -XEN_EINVAL},
    {"set access, more done than there is", ALTVIEW_SET_ACCESS, PAYLOAD(altview_set_access, .gfn = 1, .nr = 1, .done = 2, .view = 1), -XEN_EINVAL},
    {"set access with a pad", ALTVIEW_SET_ACCESS, PAYLOAD(altview_set_access, .gfn = 1, .nr = 1, .view = 1, .pad = 1), -XEN_EINVAL},
    {"a list in a view that is not live", ALTVIEW_ACCESS_LIST, PAYLOAD(altview_access_list, .view = NOT_LIVE), -XEN_EINVAL},
    {"a list that is not there", ALTVIEW_ACCESS_LIST, PAYLOAD(altview_access_list, .view = 1, .nr = 1), -XEN_EINVAL},
    {"a list of 2^32 less one", ALTVIEW_ACCESS_LIST, PAYLOAD(altview_access_list, .view = 1, .nr = UINT32_MAX), -XEN_EINVAL},
    {"a list, more done than there is", ALTVIEW_ACCESS_LIST, PAYLOAD(altview_access_list, .view = 1, .done = 1), -XEN_EINVAL},
    {"a list with a pad", ALTVIEW_ACCESS_LIST, PAYLOAD(altview_access_list, .view = 1, .pad = 1), -XEN_EINVAL},
    {"get access in a view that is not live", ALTVIEW_GET_ACCESS, PAYLOAD(altview_gfn, .gfn = 1, .view = NOT_LIVE), -XEN_EINVAL},
    {"get access of a hole", ALTVIEW_GET_ACCESS, PAYLOAD(altview_gfn, .gfn = SCENE_HOLE, .view = 1), -XEN_ESRCH},
    {"get access with a pad", ALTVIEW_GET_ACCESS, PAYLOAD(altview_gfn, .gfn = 1, .view = 1, .pad = {0, 0, 1}), -XEN_EINVAL},
    {"overrides of a view that is not live", ALTVIEW_OVERRIDES, PAYLOAD(altview_gfn, .view = NOT_LIVE), -XEN_EINVAL},
    {"overrides of a view there can't be", ALTVIEW_OVERRIDES, PAYLOAD(altview_gfn, .view = ALTVIEW_NO_VIEW), -XEN_EINVAL},
    {"overrides with a pad", ALTVIEW_OVERRIDES, PAYLOAD(altview_gfn, .view = 1, .pad = {1}), -XEN_EINVAL},
    {"name a view that is not live", ALTVIEW_NAME_VIEW, PAYLOAD(altview_view_name, .view = NOT_LIVE, .name = "x"), -XEN_EINVAL},
    {"a name that begins with a digit", ALTVIEW_NAME_VIEW, PAYLOAD(altview_view_name, .view = 1, .name = "1x"), -XEN_EINVAL},
    {"a name with a space", ALTVIEW_NAME_VIEW, PAYLOAD(altview_view_name, .view = 1, .name = "a b"), -XEN_EINVAL},
    {"a name that does not end", ALTVIEW_NAME_VIEW, PAYLOAD(altview_view_name, .view = 1, .name = "abcdefghijklmnop"), -XEN_EINVAL},
    {"a name with a pad", ALTVIEW_NAME_VIEW, PAYLOAD(altview_view_name, .view = 1, .name = "x", .pad = {0, 1}), -XEN_EINVAL},
    {"policy of a view that is not live", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = NOT_LIVE), -XEN_EINVAL},
    {"no such policy", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = 1, .policy = 5), -XEN_EINVAL},
    {"step in a view that is not live", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = 1, .policy = ALTVIEW_POLICY_STEP, .policy_view = NOT_LIVE), -XEN_EINVAL},
    {"step in the view itself", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = 1, .policy = ALTVIEW_POLICY_STEP, .policy_view = 1), -XEN_EINVAL},
    {"switch to the view itself", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = 1, .policy = ALTVIEW_POLICY_SWITCH, .policy_view = 1), -XEN_EINVAL},
    {"a view to a policy that needs none", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = 1, .policy = ALTVIEW_POLICY_LIFT, .policy_view = 2), -XEN_EINVAL},
    {"policy with a pad", ALTVIEW_SET_POLICY, PAYLOAD(altview_view_policy, .view = 1, .pad = {0, 1}), -XEN_EINVAL},
    {"read nothing", ALTVIEW_READ, PAYLOAD(altview_memory, .address = RAM_BASE), -XEN_EINVAL},
    {"read too much", ALTVIEW_READ, PAYLOAD(altview_memory, .address = RAM_BASE, .length = ALTVIEW_MEMORY_MAX + 1), -XEN_EINVAL},
    {"read in a view that is not live", ALTVIEW_READ, PAYLOAD(altview_memory, .address = RAM_BASE, .length = 1, .view = NOT_LIVE), -XEN_EINVAL},
    {"read a hole", ALTVIEW_READ, PAYLOAD(altview_memory, .address = SCENE_HOLE << 12, .length = 1), -XEN_EFAULT},
    {"read a device", ALTVIEW_READ, PAYLOAD(altview_memory, .address = SCENE_DEVICE << 12, .length = 1), -XEN_EFAULT},
    {"read a device in the host p2m", ALTVIEW_READ, PAYLOAD(altview_memory, .address = SCENE_DEVICE << 12, .length = 1, .view = ALTVIEW_NO_VIEW), -XEN_EFAULT},
    {"read into a device", ALTVIEW_READ, PAYLOAD(altview_memory, .address = (SCENE_DEVICE << 12) - 1, .length = 2), -XEN_EFAULT},
    {"read beyond what there is", ALTVIEW_READ, PAYLOAD(altview_memory, .address = UINT64_MAX, .length = 2), -XEN_EFAULT},
    {"read with a pad", ALTVIEW_READ, PAYLOAD(altview_memory, .address = RAM_BASE, .length = 1, .pad = 1), -XEN_EINVAL},
    {"locate nothing", ALTVIEW_LOCATE, PAYLOAD(altview_locate, .gfn = 1), -XEN_EINVAL},
    {"locate in a view that is not live", ALTVIEW_LOCATE, PAYLOAD(altview_locate, .gfn = 1, .count = 1, .view = NOT_LIVE), -XEN_EINVAL},
    {"locate what wraps", ALTVIEW_LOCATE, PAYLOAD(altview_locate, .gfn = 2, .count = UINT64_MAX), -XEN_EINVAL},
    {"locate with a pad", ALTVIEW_LOCATE, PAYLOAD(altview_locate, .gfn = 1, .count = 1, .pad = {0, 1}), -XEN_EINVAL},
    {"memory of one that has none", ALTVIEW_MEMORY, PAYLOAD(altview_memory_wish, .flags = 1), -XEN_EOPNOTSUPP},
    {"memory with a pad", ALTVIEW_MEMORY, PAYLOAD(altview_memory_wish, .pad = 1), -XEN_EINVAL},
    {"write nothing", ALTVIEW_WRITE, PAYLOAD(altview_memory, .address = RAM_BASE), -XEN_EINVAL},
    {"write what is not sent", ALTVIEW_WRITE, PAYLOAD(altview_memory, .address = RAM_BASE, .length = 1), -XEN_EINVAL},
    {"translate for a vCPU there is not", ALTVIEW_TRANSLATE, PAYLOAD(altview_translate, .vcpu = SIM_VCPUS), -XEN_EINVAL},
    {"translate in a view that is not live", ALTVIEW_TRANSLATE, PAYLOAD(altview_translate, .view = NOT_LIVE), -XEN_EINVAL},
    {"translate in a mode there is not", ALTVIEW_TRANSLATE, PAYLOAD(altview_translate, .mode = ALTVIEW_PAGINGS), -XEN_EINVAL},
    {"translate with a flag there is not", ALTVIEW_TRANSLATE, PAYLOAD(altview_translate, .flags = 2), -XEN_EINVAL},
    {"translate with a CR3 that is not given", ALTVIEW_TRANSLATE, PAYLOAD(altview_translate, .cr3 = 0x1000), -XEN_EINVAL},
    {"access_required neither on nor off", ALTVIEW_SET_REQUIRED, PAYLOAD(altview_required, .required = 2), -XEN_EINVAL},
    {"access_required with a pad", ALTVIEW_SET_REQUIRED, PAYLOAD(altview_required, .pad = {[6] = 1}), -XEN_EINVAL},
    {"search for nothing", ALTVIEW_SEARCH, PAYLOAD(altview_search, .last = 9), -XEN_EINVAL},
    {"search for what is not sent", ALTVIEW_SEARCH, PAYLOAD(altview_search, .last = 9, .size = 1), -XEN_EINVAL},
    {"search for too much", ALTVIEW_SEARCH, .payload = &(const struct { struct altview_search s; uint8_t bytes[ALTVIEW_SEARCH_MAX + 1]; }){.s = {.last = 9, .size = ALTVIEW_SEARCH_MAX + 1}}, .size = sizeof(struct altview_search) + ALTVIEW_SEARCH_MAX + 1, -XEN_EINVAL},
    {"search backwards", ALTVIEW_SEARCH, .payload = &(const struct { struct altview_search s; uint8_t bytes[8]; }){.s = {.first = 9, .last = 8, .size = 8}}, .size = sizeof(struct altview_search) + 8, -XEN_EINVAL},
    {"search in a view that is not live", ALTVIEW_SEARCH, .payload = &(const struct { struct altview_search s; uint8_t bytes[8]; }){.s = {.last = 9, .view = NOT_LIVE, .size = 8}}, .size = sizeof(struct altview_search) + 8, -XEN_EINVAL},
    {"search with a pad", ALTVIEW_SEARCH, .payload = &(const struct { struct altview_search s; uint8_t bytes[8]; }){.s = {.last = 9, .size = 8, .pad = 1}}, .size = sizeof(struct altview_search) + 8, -XEN_EINVAL},
    {"registers of a vCPU there is not", ALTVIEW_GET_REGISTERS, PAYLOAD(altview_which_vcpu, .vcpu = SIM_VCPUS), -XEN_EINVAL},
    {"registers of all vCPUs", ALTVIEW_GET_REGISTERS, PAYLOAD(altview_which_vcpu, .vcpu = ALTVIEW_ALL_VCPUS), -XEN_EINVAL},
    {"registers with a pad", ALTVIEW_GET_REGISTERS, PAYLOAD(altview_which_vcpu, .flags = 2), -XEN_EINVAL},
    {"set registers of a vCPU there is not", ALTVIEW_SET_REGISTERS, PAYLOAD(altview_set_registers, .vcpu = SIM_VCPUS), -XEN_EINVAL},
    {"set registers of one that runs", ALTVIEW_SET_REGISTERS, PAYLOAD(altview_set_registers, .vcpu = 0), -XEN_EBUSY},
    {"pause a vCPU there is not", ALTVIEW_PAUSE, PAYLOAD(altview_which_vcpu, .vcpu = SIM_VCPUS), -XEN_EINVAL},
    {"pause with a pad", ALTVIEW_PAUSE, PAYLOAD(altview_which_vcpu, .flags = 2), -XEN_EINVAL},
    {"unpause a vCPU there is not", ALTVIEW_UNPAUSE, PAYLOAD(altview_which_vcpu, .vcpu = NO_SUCH), -XEN_EINVAL},
    {"unpause one that runs", ALTVIEW_UNPAUSE, PAYLOAD(altview_which_vcpu, .vcpu = 0), -XEN_EINVAL},
    {"unpause all while all run", ALTVIEW_UNPAUSE, PAYLOAD(altview_which_vcpu, .vcpu = ALTVIEW_ALL_VCPUS), -XEN_EINVAL},
    {"step a vCPU there is not", ALTVIEW_SINGLE_STEP, PAYLOAD(altview_single_step, .vcpu = SIM_VCPUS, .enable = 1), -XEN_EINVAL},
    {"step neither on nor off", ALTVIEW_SINGLE_STEP, PAYLOAD(altview_single_step, .enable = 2), -XEN_EINVAL},
    {"step with a pad", ALTVIEW_SINGLE_STEP, PAYLOAD(altview_single_step, .enable = 1, .pad = {1}), -XEN_EINVAL},
    {"statistics of a vCPU there is not", ALTVIEW_STATISTICS, PAYLOAD(altview_which_vcpu, .vcpu = SIM_VCPUS), -XEN_EINVAL},
    {"statistics with a pad", ALTVIEW_STATISTICS, PAYLOAD(altview_which_vcpu, .flags = 2), -XEN_EINVAL},
    {"listen for what there is not", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .report = 1U << ALTVIEW_EVENTS), -XEN_EINVAL},
    {"listen for what is no event", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .report = 1U << ALTVIEW_EVENT_PAUSE), -XEN_EINVAL},
    {"wait for what there is not", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .sync = 1U << 31), -XEN_EINVAL},
    {"wait at the end of the guest", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .sync = 1U << ALTVIEW_EVENT_SHUTDOWN), -XEN_EINVAL},
    {"wait at a timeout", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .sync = 1U << ALTVIEW_EVENT_TIMEOUT), -XEN_EINVAL},
    {"a timeout of more than an hour", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .report = 1, .timeout_ms = 3600001), -XEN_EINVAL},
    {"a flag that is not known", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .report = 1, .flags = 4), -XEN_EINVAL},
    {"a rule that is not known", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .sync = 1, .flags = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_RULES)), -XEN_EINVAL},
    {"a rule that is far from known", ALTVIEW_LISTEN, PAYLOAD(altview_listen, .sync = 1, .flags = ALTVIEW_LISTEN_RULE), -XEN_EINVAL},
    {"answer for a vCPU there is not", ALTVIEW_ANSWER, PAYLOAD(altview_answer, .event = 1, .vcpu = SIM_VCPUS), -XEN_EINVAL},
    {"answer for one that does not wait", ALTVIEW_ANSWER, PAYLOAD(altview_answer, .event = 1, .vcpu = 1), -XEN_ESRCH},
    {"answer to no event", ALTVIEW_ANSWER, PAYLOAD(altview_answer, .event = 0, .vcpu = 1), -XEN_ESRCH},
};

/* The least size of each. One byte more is too much, except for the last three. */
static const struct { uint16_t type; size_t size; } sizes[] = {
    {ALTVIEW_PING, 0}, {ALTVIEW_HELLO, 0}, {ALTVIEW_RING, 0}, {ALTVIEW_BIND, sizeof(struct altview_bind)},
    {ALTVIEW_UNBIND, sizeof(struct altview_unbind)}, {ALTVIEW_CONSOLE, 0}, {ALTVIEW_SNAPSHOT, 0},
    {ALTVIEW_SET_ACCESS, 32}, {ALTVIEW_GET_ACCESS, 16}, {ALTVIEW_VIEWS, 8}, {ALTVIEW_OVERRIDES, 16},
    {ALTVIEW_NAME_VIEW, 24}, {ALTVIEW_SET_POLICY, 8}, {ALTVIEW_READ, 16}, {ALTVIEW_VCPUS, 8},
    {ALTVIEW_GET_REGISTERS, 8}, {ALTVIEW_SET_REGISTERS, 160}, {ALTVIEW_PAUSE, 8}, {ALTVIEW_UNPAUSE, 8},
    {ALTVIEW_SINGLE_STEP, 8}, {ALTVIEW_STATISTICS, 8}, {ALTVIEW_LISTEN, 320}, {ALTVIEW_ANSWER, 192}, {ALTVIEW_VISIBILITY, 8},
    {ALTVIEW_LOCATE, 24}, {ALTVIEW_MEMORY, 8},
    {ALTVIEW_MEMORY_MAP, 8}, {ALTVIEW_MAXIMUM_GFN, 0}, {ALTVIEW_TRANSLATE, 24}, {ALTVIEW_SET_REQUIRED, 8},
    {ALTVIEW_HVMOP, 80}, {ALTVIEW_ACCESS_LIST, 16}, {ALTVIEW_WRITE, 16}, {ALTVIEW_SEARCH, 24},
};
/* clang-format on */
#define OPEN_ENDED 4

static void test_refused(void **state)
{
    struct port *p = *state;
    uint64_t before = scene_fingerprint(p->scene);

    for (size_t i = 0; i < COUNT(refused); i++) {
        const struct row *r = &refused[i];
        int status = port_ask(p, r->type, r->payload, r->size);

        if (status != r->want)
            fail_msg("%s: %d instead of %d", r->name, status, r->want);
        /* Lists return the end of their progress, and other requests nothing. */
        if (p->reply.length && (r->type != ALTVIEW_SET_ACCESS && r->type != ALTVIEW_ACCESS_LIST))
            fail_msg("%s: a payload", r->name);
        if (scene_fingerprint(p->scene) != before || p->c.listen.sync || p->c.listen.report)
            fail_msg("%s: something has changed", r->name);
    }
}

/* NOLINTNEXTLINE(bugprone-macro-parentheses): terms of a sum */
#define ONE(...) +1

static void test_sizes(void **state)
{
    static const uint8_t zeros[ALTVIEW_CONTROL_MAX_PAYLOAD];
    struct port *p = *state;
    uint64_t before = scene_fingerprint(p->scene);

    assert_int_equal(COUNT(sizes), 0 ALTVIEW_REQUEST_TABLE(ONE));
    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t size = sizes[i].size;

        for (size_t wrong = 0; wrong < size; wrong++)
            assert_int_equal(port_ask(p, sizes[i].type, zeros, wrong), -XEN_EINVAL);
        if (i < COUNT(sizes) - OPEN_ENDED) {
            assert_int_equal(port_ask(p, sizes[i].type, zeros, size + 1), -XEN_EINVAL);
            assert_int_equal(port_ask(p, sizes[i].type, zeros, sizeof(zeros)), -XEN_EINVAL);
        }
        assert_int_equal(p->reply.length, 0);
    }
    assert_int_equal(scene_fingerprint(p->scene), before);
}

/* A request has no status, and its owner is bound; otherwise the bytes are right. */
static void test_header_fields_that_are_not_a_request_s(void **state)
{
    struct port *p = *state;
    struct altview_frame f = {.kind = ALTVIEW_FRAME_REQUEST, .type = ALTVIEW_PING, .status = 1};

    port_send(p, &f, frame_seal(&f));
    port_drain(p);
    assert_int_equal(p->reply.status, -XEN_EINVAL);
    f.status = 0;
    f.sequence++;
    frame_seal(&f);
    f.owner = 1;
    f.header_checksum = frame_checksum(&f, 28);
    port_send(p, &f, sizeof(f));
    port_drain(p);
    assert_int_equal(p->replies, 2);
    assert_int_equal(p->reply.status, -XEN_EINVAL);
}

static void test_ping(void **state)
{
    struct port *p = *state;

    assert_int_equal(port_ask(p, ALTVIEW_PING, NULL, 0), 0);
    assert_int_equal(p->reply.length, 0);
}

static void test_hello(void **state)
{
    struct port *p = *state;
    const struct altview_hello *h = (const void *)p->payload;

    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_int_equal(p->reply.length, sizeof(*h));
    assert_int_equal(h->version, ALTVIEW_CONTROL_VERSION);
    assert_int_equal(h->domid, 1);
    assert_int_equal(h->view_count, 10);
    assert_int_equal(h->mode, ALTP2M_MODE_MIXED);
    assert_int_equal(h->flags, ALTVIEW_HELLO_ACTIVE | ALTVIEW_HELLO_EXECUTE_ONLY |
                                   ALTVIEW_HELLO_VE | ALTVIEW_HELLO_2M | ALTVIEW_HELLO_1G);
    assert_int_equal(h->vcpu_count, SIM_VCPUS);
    assert_int_equal(h->gfn_bits, SIM_GFN_BITS);
    assert_int_equal(h->max_payload, ALTVIEW_CONTROL_MAX_PAYLOAD);
    assert_int_equal(h->tsc_hz, PORT_TICKS_HZ);
    assert_true(h->instance == 0x1122334455667788);
    assert_int_equal(h->image, 0x11223344);
    assert_string_equal(h->software, "a name that is longer than what"); /* cut, terminated */
    altp2m_set_active(p->d, false);
    p->d->config.access_required = true;
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_int_equal(h->flags & (ALTVIEW_HELLO_ACTIVE | ALTVIEW_HELLO_ACCESS_REQUIRED),
                     ALTVIEW_HELLO_ACCESS_REQUIRED);
    p->c.host.image = NULL; /* unknown: the simulated domain */
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_int_equal(h->image, 0);
}

/* The place of the rings, if there are any. */
static void test_ring(void **state)
{
    struct port *p = *state;
    const struct altview_ring_place place = {
        .address = 0x12345000, .size = 0x15000, .version = ALTVIEW_RING_VERSION};
    const struct altview_hello *h = (const void *)p->payload;

    assert_int_equal(port_ask(p, ALTVIEW_RING, NULL, 0), -XEN_EOPNOTSUPP);
    assert_int_equal(p->reply.length, 0);
    p->c.host.ring = place;
    assert_int_equal(port_ask(p, ALTVIEW_RING, NULL, 0), 0);
    assert_int_equal(p->reply.length, sizeof(place));
    assert_memory_equal(p->payload, &place, sizeof(place));
    assert_int_equal(port_ask(p, ALTVIEW_HELLO, NULL, 0), 0);
    assert_true(h->flags & ALTVIEW_HELLO_RING);
}

/* The contents of the caller's memory: the envelope, then lists. */
struct call {
    struct xen_hvm_altp2m_op op;
    uint64_t gfns[4];
    uint8_t accesses[4];
};

static struct call call_new(uint32_t cmd)
{
    return (struct call){
        .op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION, .cmd = cmd, .domain = DOMID_SELF}};
}

static void test_hvmop(void **state)
{
    struct port *p = *state;
    struct call c = call_new(HVMOP_altp2m_create_p2m);
    const struct xen_hvm_altp2m_op *left = (const void *)p->payload;

    c.op.u.view.hvmmem_default_access = XENMEM_access_rx;
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c.op)), 0);
    assert_int_equal(p->reply.length, sizeof(c.op));
    assert_int_equal(left->u.view.view, 4);
    assert_int_equal(left->cmd, HVMOP_altp2m_create_p2m);
    assert_true(altp2m_view_is_live(p->d, 4));
    /* An error reply has the structure too. */
    c.op.u.view.hvmmem_default_access = 77;
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c.op)), -XEN_EINVAL);
    assert_int_equal(p->reply.length, sizeof(c.op));
    assert_int_equal(left->u.view.hvmmem_default_access, 77);
}

/* External mode forbids it to the guest; the peer is privileged. */
static void test_hvmop_is_privileged(void **state)
{
    struct port *p = *state;
    struct call c = call_new(HVMOP_altp2m_create_p2m);

    p->d->config.mode = ALTP2M_MODE_EXTERNAL;
    c.op.u.view.hvmmem_default_access = XENMEM_access_rwx;
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c.op)), 0);
    p->d->config.mode = ALTP2M_MODE_DISABLED;
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c.op)), -XEN_EINVAL);
}

static void handles(struct call *c, uint64_t gfns, uint64_t accesses)
{
    memcpy(&c->op.u.set_mem_access_multi.pfn_list, &gfns, sizeof(gfns));
    memcpy(&c->op.u.set_mem_access_multi.access_list, &accesses, sizeof(accesses));
}

static void test_hvmop_with_lists(void **state)
{
    struct port *p = *state;
    struct call c = call_new(HVMOP_altp2m_set_mem_access_multi);
    uint64_t before;

    c.op.u.set_mem_access_multi.view = 1;
    c.op.u.set_mem_access_multi.nr = 2;
    c.gfns[0] = 0x21;
    c.gfns[1] = 0x23;
    c.accesses[0] = XENMEM_access_n;
    c.accesses[1] = XENMEM_access_x;
    handles(&c, offsetof(struct call, gfns), offsetof(struct call, accesses));
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c)), 0);
    assert_int_equal(p->reply.length, sizeof(c.op));
    assert_int_equal(scene_access(p->scene, 1, 0x21), XENMEM_access_n);
    assert_int_equal(scene_access(p->scene, 1, 0x23), XENMEM_access_x);
    /* The memory ends with the payload. */
    before = scene_fingerprint(p->scene);
    handles(&c, sizeof(c), offsetof(struct call, accesses));
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c)), -XEN_EFAULT);
    handles(&c, UINT64_MAX - 3, UINT64_MAX);
    assert_int_equal(port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c)), -XEN_EFAULT);
    assert_int_equal(scene_fingerprint(p->scene), before);
}

/* More than the server does at a time: -ERESTART, with the progress in the structure, until all is
 * done. */
static void test_hvmop_goes_on_after_restart(void **state)
{
    struct port *p = *state;
    struct call c = call_new(HVMOP_altp2m_set_suppress_ve_multi);
    unsigned int rounds = 0;
    bool suppress = true;
    int status;

    c.op.u.suppress_ve_multi.view = 1;
    c.op.u.suppress_ve_multi.first_gfn = SCENE_LARGE;
    c.op.u.suppress_ve_multi.last_gfn = SCENE_LARGE + 2000;
    do {
        status = port_ask(p, ALTVIEW_HVMOP, &c, sizeof(c.op));
        memcpy(&c.op, p->payload, sizeof(c.op));
        rounds++;
    } while (status == -ALTP2M_ERESTART);
    assert_int_equal(status, 0);
    assert_in_range(rounds, 2, 10);
    assert_int_equal(altp2m_get_suppress_ve(p->d, 1, SCENE_LARGE + 2000, &suppress), 0);
    assert_false(suppress);
}

static int set_access(struct port *p, struct altview_set_access a)
{
    return port_ask(p, ALTVIEW_SET_ACCESS, &a, sizeof(a));
}

static uint64_t done(const struct port *p)
{
    assert_int_equal(p->reply.length, sizeof(struct altview_progress));
    return ((const struct altview_progress *)(const void *)p->payload)->done;
}

static void test_set_access(void **state)
{
    struct port *p = *state;
    struct altview_set_access a = {.gfn = 0xf8, .nr = 16, .view = 1, .access = XENMEM_access_rx};

    /* RAM up to 0x100, then a device and a hole, which the server skips. */
    assert_int_equal(set_access(p, a), 0);
    assert_int_equal(done(p), 16);
    assert_int_equal(scene_access(p->scene, 1, 0xf7), XENMEM_access_rwx);
    assert_int_equal(scene_access(p->scene, 1, 0xf8), XENMEM_access_rx);
    assert_int_equal(scene_access(p->scene, 1, SCENE_SPECIAL), XENMEM_access_rx);
    assert_int_equal(scene_access(p->scene, 2, 0xf8), XENMEM_access_r);
    /* View 0 is Xen's host p2m. */
    a.view = 0;
    assert_int_equal(set_access(p, a), 0);
    assert_int_equal(scene_access(p->scene, 0, 0xf8), XENMEM_access_rx);
}

static void test_set_access_goes_on_after_restart(void **state)
{
    struct port *p = *state;
    struct altview_set_access a = {
        .gfn = SCENE_LARGE, .nr = 3000, .view = 1, .access = XENMEM_access_r};
    unsigned int rounds = 1;

    while (set_access(p, a) == -ALTP2M_ERESTART) {
        assert_true(done(p) > a.done);
        a.done = done(p);
        rounds++;
    }
    assert_int_equal(p->reply.status, 0);
    assert_int_equal(done(p), 3000);
    assert_in_range(rounds, 2, 3000);
    assert_int_equal(p->d->views[1].overrides, 3 + 3000);
}

static void test_set_access_reports_progress_with_an_error(void **state)
{
    struct port *p = *state;
    struct altview_set_access a = {
        .gfn = SCENE_LARGE, .nr = 0x400, .view = 1, .access = XENMEM_access_r, .done = 0x1ff};

    /* An override has made the first table already. No page is free for a second. */
    scene_set_access(p->scene, 1, SCENE_LARGE, XENMEM_access_r);
    sim_memory_fail_at(&p->scene->machine.memory, 1, true);
    assert_int_equal(set_access(p, a), -XEN_ENOMEM);
    assert_int_equal(done(p), 0x200);
    sim_memory_fail_at(&p->scene->machine.memory, 0, false);
    assert_int_equal(scene_access(p->scene, 1, SCENE_LARGE + 0x1ff), XENMEM_access_r);
    assert_int_equal(scene_access(p->scene, 1, SCENE_LARGE + 0x200), XENMEM_access_rwx);
}

static void test_set_default_access(void **state)
{
    struct port *p = *state;
    struct altview_set_access a = {
        .gfn = ALTVIEW_NO_GFN, .nr = 1, .view = 0, .access = XENMEM_access_rx};

    assert_int_equal(set_access(p, a), 0);
    assert_int_equal(p->d->default_access, XENMEM_access_rx);
    a.access = XENMEM_access_default;
    a.gfn = 0x20;
    assert_int_equal(set_access(p, a), 0);
    assert_int_equal(scene_access(p->scene, 0, 0x20), XENMEM_access_rx);
}

struct list {
    struct altview_access_list header;
    uint64_t gfns[800];
    uint8_t accesses[800];
};

static struct list list_of(uint32_t nr)
{
    struct list l = {.header = {.nr = nr, .view = 1}};

    for (uint32_t i = 0; i < nr; i++) {
        l.gfns[i] = SCENE_LARGE + 2 * i;
        l.accesses[i] = XENMEM_access_rw;
    }
    return l;
}

/* nr gfns, with the accesses right after them. */
static int ask_list(struct port *p, const struct list *l)
{
    uint8_t payload[sizeof(*l)];
    size_t gfns = l->header.nr * sizeof(l->gfns[0]);

    memcpy(payload, &l->header, sizeof(l->header));
    memcpy(payload + sizeof(l->header), l->gfns, gfns);
    memcpy(payload + sizeof(l->header) + gfns, l->accesses, l->header.nr);
    return port_ask(p, ALTVIEW_ACCESS_LIST, payload, sizeof(l->header) + gfns + l->header.nr);
}

static void test_access_list(void **state)
{
    struct port *p = *state;
    struct list l = list_of(3);

    l.gfns[1] = SCENE_HOLE;
    l.accesses[2] = XENMEM_access_n;
    assert_int_equal(ask_list(p, &l), 0);
    assert_int_equal(done(p), 3);
    assert_int_equal(scene_access(p->scene, 1, SCENE_LARGE), XENMEM_access_rw);
    assert_int_equal(scene_access(p->scene, 1, SCENE_LARGE + 4), XENMEM_access_n);
    l.header.nr = 0;
    assert_int_equal(ask_list(p, &l), 0);
}

static void test_access_list_stops_at_the_first_bad_one(void **state)
{
    struct port *p = *state;
    struct list l = list_of(3);

    l.accesses[1] = 11;
    assert_int_equal(ask_list(p, &l), -XEN_EINVAL);
    assert_int_equal(done(p), 1);
    assert_int_equal(scene_access(p->scene, 1, SCENE_LARGE), XENMEM_access_rw);
    assert_int_equal(scene_access(p->scene, 1, SCENE_LARGE + 4), XENMEM_access_rwx);
}

static void test_access_list_goes_on_after_restart(void **state)
{
    struct port *p = *state;
    struct list l = list_of(COUNT(l.gfns));
    unsigned int rounds = 1;

    while (ask_list(p, &l) == -ALTP2M_ERESTART) {
        assert_true(done(p) > l.header.done);
        l.header.done = done(p);
        rounds++;
    }
    assert_int_equal(p->reply.status, 0);
    assert_int_equal(done(p), COUNT(l.gfns));
    assert_in_range(rounds, 2, 800);
    assert_int_equal(p->d->views[1].overrides, 3 + COUNT(l.gfns));
}

static void test_get_access(void **state)
{
    struct port *p = *state;
    const struct altview_access *got = (const void *)p->payload;

    assert_int_equal(PORT_ASK(p, ALTVIEW_GET_ACCESS, altview_gfn, .gfn = PORT_GFN, .view = 1), 0);
    assert_int_equal(p->reply.length, sizeof(*got));
    assert_int_equal(got->access, XENMEM_access_r);
    assert_int_equal(PORT_ASK(p, ALTVIEW_GET_ACCESS, altview_gfn, .gfn = ALTVIEW_NO_GFN, .view = 2),
                     0);
    assert_int_equal(got->access, XENMEM_access_r);
}

static void test_memory(void **state)
{
    struct port *p = *state;
    struct {
        struct altview_memory m;
        uint8_t bytes[0x1000];
    } w = {.m = {.address = RAM_BASE + 0x1800, .length = sizeof(w.bytes)}};

    /* Across a page's end, and no byte outside. */
    memset(p->ram, 0xee, RAM_SIZE);
    for (size_t i = 0; i < sizeof(w.bytes); i++)
        w.bytes[i] = (uint8_t)(i * 7);
    assert_int_equal(port_ask(p, ALTVIEW_WRITE, &w, sizeof(w)), 0);
    assert_int_equal(p->reply.length, 0);
    assert_memory_equal(p->ram + 0x1800, w.bytes, sizeof(w.bytes));
    assert_int_equal(p->ram[0x17ff], 0xee);
    assert_int_equal(p->ram[0x2800], 0xee);
    assert_int_equal(port_ask(p, ALTVIEW_READ, &w.m, sizeof(w.m)), 0);
    assert_int_equal(p->reply.length, sizeof(w.bytes));
    assert_memory_equal(p->payload, w.bytes, sizeof(w.bytes));
    /* In the last and the first byte of the payload. */
    w.m.length = 1;
    w.m.address = RAM_BASE + RAM_SIZE - 1;
    assert_int_equal(port_ask(p, ALTVIEW_WRITE, &w, sizeof(w.m) + 1), 0);
    assert_int_equal(p->ram[RAM_SIZE - 1], w.bytes[0]);
    assert_int_equal(port_ask(p, ALTVIEW_WRITE, &w, sizeof(w.m) + 2), -XEN_EINVAL);
}

/* As the view shows it, whatever accesses the view allows. The host p2m has no views. */
static void test_memory_through_a_view(void **state)
{
    struct port *p = *state;
    const uint64_t gfn = RAM_GFN, target = RAM_GFN + 1;

    p->ram[0] = 'a';
    p->ram[0x1000] = 'b';
    assert_int_equal(altp2m_remap(p->d, 1, gfn, target, true), 0);
    scene_set_access(p->scene, 1, target, XENMEM_access_n);
    assert_int_equal(
        PORT_ASK(p, ALTVIEW_READ, altview_memory, .address = RAM_BASE, .length = 1, .view = 1), 0);
    assert_int_equal(p->payload[0], 'b');
    assert_int_equal(
        PORT_ASK(p, ALTVIEW_READ, altview_memory, .address = RAM_BASE, .length = 1, .view = 2), 0);
    assert_int_equal(p->payload[0], 'a');
    assert_int_equal(PORT_ASK(p, ALTVIEW_READ, altview_memory, .address = RAM_BASE, .length = 1,
                              .view = ALTVIEW_NO_VIEW),
                     0);
    assert_int_equal(p->payload[0], 'a');
    assert_int_equal(PORT_ASK(p, ALTVIEW_READ, altview_memory, .address = RAM_BASE + 0x1000,
                              .length = 1, .view = 1),
                     0);
    assert_int_equal(p->payload[0], 'b');
}

/* All or nothing: the next page is a hole. */
static void test_a_write_that_faults_writes_nothing(void **state)
{
    struct port *p = *state;
    struct {
        struct altview_memory m;
        uint8_t bytes[16];
    } w = {.m = {.address = RAM_BASE + 0xff8, .length = 16}, .bytes = "sixteen bytes.."};

    assert_int_equal(altp2m_host_unmap(p->d, RAM_GFN + 1, 1), 0);
    assert_int_equal(port_ask(p, ALTVIEW_WRITE, &w, sizeof(w)), -XEN_EFAULT);
    for (size_t i = 0; i < RAM_SIZE; i++)
        assert_int_equal(p->ram[i], 0);
}

static void test_get_registers(void **state)
{
    struct port *p = *state;
    struct altview_registers r;

    p->registers[1].lstar = 0x77;
    assert_int_equal(PORT_ASK(p, ALTVIEW_GET_REGISTERS, altview_which_vcpu, .vcpu = 1), 0);
    assert_int_equal(p->reply.length, sizeof(r));
    assert_memory_equal(p->payload, &p->registers[1], sizeof(r));
}

static int set_registers(struct port *p, uint32_t mask, uint64_t rip, uint64_t rflags, uint64_t cr3)
{
    struct altview_set_registers s = {.vcpu = 1, .mask = mask, .cr3 = cr3};

    s.general.rip = rip;
    s.general.rflags = rflags;
    s.general.gpr[3] = 0x3333;
    return port_ask(p, ALTVIEW_SET_REGISTERS, &s, sizeof(s));
}

static void test_set_registers(void **state)
{
    struct port *p = *state;
    struct altview_registers *r = &p->registers[1];

    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 1), 0);
    assert_int_equal(set_registers(p, ALTVIEW_SET_GPRS, 1, 2, 3), 0);
    assert_int_equal(r->general.gpr[3], 0x3333);
    assert_true(r->general.rip == 0xffffffff81000001 && r->cr3 == 0x5000);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP | ALTVIEW_SET_CR3, 0x7ffffffff000, 0, 0x6018),
                     0);
    assert_true(r->general.rip == 0x7ffffffff000 && r->cr3 == 0x6018);
    assert_int_equal(r->general.rflags, 0x202);
    /* Bit 1 is always 1. */
    assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, 0x3d5cd5, 0), 0);
    assert_int_equal(r->general.rflags, 0x3d5cd7);
    assert_int_equal(set_registers(p, 0, 0, 0, 0), 0);
}

/* VM entry accepts none without IF (SDM Vol. 3C 27.3.1.4). */
static void test_interrupts_keep_if(void **state)
{
    struct port *p = *state;

    p->delivers_interrupt = true;
    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 1), 0);
    p->registers_set = 0;
    assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, 0x2, 0), -XEN_EBUSY);
    assert_int_equal(p->registers_set, 0);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, 0x202, 0), 0);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, 0x1000, 0x2, 0), 0);
    p->delivers_interrupt = false;
    assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, 0x2, 0), 0);
}

/* Values with which the CPU would refuse to enter the guest. */
static void test_register_values_that_are_refused(void **state)
{
    struct port *p = *state;
    struct altview_registers *r = &p->registers[1];

    assert_int_equal(PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = 1), 0);
    assert_int_equal(set_registers(p, 16, 0, 0, 0), -XEN_EINVAL);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, 0x800000000000, 0, 0), -XEN_EINVAL);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, 0xffff7fffffffffff, 0, 0), -XEN_EINVAL);
    assert_int_equal(set_registers(p, ALTVIEW_SET_CR3, 0, 0, UINT64_C(1) << PORT_BITS),
                     -XEN_EINVAL);
    assert_int_equal(set_registers(p, ALTVIEW_SET_CR3, 0, 0, UINT64_C(1) << 63), -XEN_EINVAL);
    for (unsigned int bit = 0; bit < 64; bit++) {
        bool reserved = bit == 3 || bit == 5 || bit == 15 || bit >= 22 || bit == 17;

        assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, UINT64_C(1) << bit, 0),
                         reserved ? -XEN_EINVAL : 0);
    }
    p->registers_set = 0;
    /* With one bad value the server does not set the good ones either. */
    assert_int_equal(set_registers(p, ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP, 0x800000000000, 0, 0),
                     -XEN_EINVAL);
    assert_int_equal(p->registers_set, 0);
    /* With 5-level paging a linear address has 57 bits. */
    r->cr4 |= UINT64_C(1) << 12;
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, UINT64_C(0x00ffffffffffffff), 0, 0), 0);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, UINT64_C(1) << 56, 0, 0), -XEN_EINVAL);
    r->cr4 &= ~(UINT64_C(1) << 12);
    /* Outside of 64-bit code RIP has 32 bits. */
    r->segments[ALTVIEW_CS].rights = 0xc09b;
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, UINT64_C(1) << 32, 0, 0), -XEN_EINVAL);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, UINT32_MAX, 0, 0), 0);
    /* CS.L means nothing outside of IA-32e mode. */
    r->segments[ALTVIEW_CS].rights = 0xa09b;
    r->efer = 0;
    assert_int_equal(set_registers(p, ALTVIEW_SET_RIP, UINT64_C(1) << 32, 0, 0), -XEN_EINVAL);
    /* PAE paging has more state than CR3. */
    assert_int_equal(set_registers(p, ALTVIEW_SET_CR3, 0, 0, 0x1000), -XEN_EOPNOTSUPP);
    r->cr0 = 1;
    assert_int_equal(set_registers(p, ALTVIEW_SET_CR3, 0, 0, 0x1000), 0);
    /* A guest in virtual-8086 mode stays there. */
    r->general.rflags |= 0x20000;
    assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, 0x202, 0), -XEN_EINVAL);
    assert_int_equal(set_registers(p, ALTVIEW_SET_RFLAGS, 0, 0x20202, 0), 0);
}

static int pause(struct port *p, uint32_t vcpu)
{
    return PORT_ASK(p, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = vcpu);
}

static int unpause(struct port *p, uint32_t vcpu)
{
    return PORT_ASK(p, ALTVIEW_UNPAUSE, altview_which_vcpu, .vcpu = vcpu);
}

static void test_pauses_count(void **state)
{
    struct port *p = *state;

    assert_int_equal(pause(p, 1), 0);
    assert_int_equal(pause(p, 1), 0);
    assert_true(control_holds(&p->c, 1));
    assert_false(control_holds(&p->c, 0));
    assert_int_equal(control_resume(&p->c, 1).action, ALTP2M_VERDICT_WAIT);
    assert_int_equal(unpause(p, 1), 0);
    assert_true(control_holds(&p->c, 1));
    assert_int_equal(unpause(p, 1), 0);
    assert_false(control_holds(&p->c, 1));
    assert_int_equal(unpause(p, 1), -XEN_EINVAL);
    assert_int_equal(control_resume(&p->c, 1).action, ALTP2M_VERDICT_RUN);
}

/* All or none: if one vCPU's count is full, the others' counts do not change. */
static void test_pause_all(void **state)
{
    struct port *p = *state;

    assert_int_equal(pause(p, ALTVIEW_ALL_VCPUS), 0);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        assert_true(control_holds(&p->c, i));
    for (unsigned int i = 1; i < 255; i++)
        assert_int_equal(pause(p, 1), 0);
    assert_int_equal(pause(p, 1), -XEN_EBUSY);
    assert_int_equal(pause(p, ALTVIEW_ALL_VCPUS), -XEN_EBUSY);
    assert_int_equal(unpause(p, 0), 0);
    assert_false(control_holds(&p->c, 0));
    assert_int_equal(unpause(p, ALTVIEW_ALL_VCPUS), -XEN_EINVAL);
    assert_true(control_holds(&p->c, 2));
}

static void test_single_step(void **state)
{
    struct port *p = *state;

    assert_int_equal(PORT_ASK(p, ALTVIEW_SINGLE_STEP, altview_single_step, .vcpu = 2, .enable = 1),
                     0);
    assert_true(p->stepping[2] && !p->stepping[1]);
    assert_int_equal(PORT_ASK(p, ALTVIEW_SINGLE_STEP, altview_single_step, .vcpu = 2), 0);
    assert_false(p->stepping[2]);
}

static void test_statistics(void **state)
{
    struct port *p = *state;
    const struct altview_statistics *s = (const void *)p->payload;
    uint64_t pages = 0;

    for (unsigned int i = 0; i < 4; i++)
        pages += p->d->views[i].table_pages;
    port_send(p, "stray", 5);
    port_violation(p);
    assert_int_equal(PORT_ASK(p, ALTVIEW_STATISTICS, altview_which_vcpu, .vcpu = 2), 0);
    assert_int_equal(p->reply.length, sizeof(*s));
    assert_int_equal(s->exits[48], 1002);
    assert_int_equal(s->pool_pages, 500);
    assert_int_equal(s->pool_free, 400);
    assert_int_equal(s->base_pages, p->d->base_pages);
    assert_int_equal(s->view_pages, pages);
    assert_int_equal(s->requests, 1);
    assert_int_equal(s->stray_bytes, 5);
    assert_int_equal(s->bad_frames, 0);
    assert_int_equal(s->events_sent + s->events_dropped, 0); /* no listener */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_refused),
        TEST(test_sizes),
        TEST(test_header_fields_that_are_not_a_request_s),
        TEST(test_ping),
        TEST(test_hello),
        TEST(test_ring),
        TEST(test_hvmop),
        TEST(test_hvmop_is_privileged),
        TEST(test_hvmop_with_lists),
        TEST(test_hvmop_goes_on_after_restart),
        TEST(test_set_access),
        TEST(test_set_access_goes_on_after_restart),
        TEST(test_set_access_reports_progress_with_an_error),
        TEST(test_set_default_access),
        TEST(test_access_list),
        TEST(test_access_list_stops_at_the_first_bad_one),
        TEST(test_access_list_goes_on_after_restart),
        TEST(test_get_access),
        TEST(test_memory),
        TEST(test_memory_through_a_view),
        TEST(test_a_write_that_faults_writes_nothing),
        TEST(test_get_registers),
        TEST(test_set_registers),
        TEST(test_interrupts_keep_if),
        TEST(test_register_values_that_are_refused),
        TEST(test_pauses_count),
        TEST(test_pause_all),
        TEST(test_single_step),
        TEST(test_statistics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
