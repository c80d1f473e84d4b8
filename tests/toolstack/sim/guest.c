/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guest itself sees: memory, holes, #VE, its own hypercalls; and wrong uses of the
 * calls. */
#include "scene.h"

#define VECTOR_UD 6
#define VECTOR_VE 20

#define VE_GFN  0x60
#define VE_PAGE UINT64_C(0x60000)

static int access_at(altview *h, unsigned int rights, uint64_t address, unsigned int size,
                     uint64_t *value)
{
    return altview_sim_access(h, 0, rights, address, size, value);
}

static void accesses_have_sizes(void **state)
{
    altview *h = *state;
    uint64_t value = UINT64_C(0x8877665544332211);

    assert_int_equal(access_at(h, WRITE, SCENE_ADDRESS, 8, &value), 0);
    for (unsigned int size = 1; size <= 8; size++) {
        assert_int_equal(access_at(h, READ, SCENE_ADDRESS, size, &value), 0);
        assert_int_equal(value, UINT64_C(0x8877665544332211) & UINT64_MAX >> (64 - 8 * size));
    }
    value = UINT64_MAX;
    assert_int_equal(access_at(h, WRITE, SCENE_ADDRESS + 3, 2, &value), 0);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), UINT64_C(0x887766ffff332211));
}

static void bad_accesses_are_refused(void **state)
{
    altview *h = *state;
    uint64_t value = 1;
    uint64_t rip = scene_vcpu(h).rip;

    assert_int_equal(access_at(h, 0, SCENE_ADDRESS, 8, &value), -EINVAL);
    assert_int_equal(access_at(h, 8, SCENE_ADDRESS, 8, &value), -EINVAL);
    assert_int_equal(access_at(h, FETCH | READ, SCENE_ADDRESS, 8, &value), -EINVAL);
    assert_int_equal(access_at(h, READ, SCENE_ADDRESS, 0, &value), -EINVAL);
    assert_int_equal(access_at(h, READ, SCENE_ADDRESS, 9, &value), -EINVAL);
    assert_int_equal(access_at(h, READ, SCENE_PAGE + 4093, 4, &value), -EINVAL);
    assert_int_equal(access_at(h, READ, UINT64_C(1) << 39, 8, &value), -EINVAL);
    assert_int_equal(access_at(h, READ, UINT64_MAX, 1, &value), -EINVAL);
    assert_int_equal(access_at(h, READ, SCENE_ADDRESS, 8, NULL), -EINVAL);
    assert_int_equal(altview_sim_access(h, 1, READ, SCENE_ADDRESS, 8, &value), -EINVAL);
    assert_int_equal(altview_sim_resume(h, 0, &value), -EINVAL);
    assert_int_equal(value, 1);
    assert_int_equal(scene_vcpu(h).rip, rip);
    assert_string_equal(altview_error(), "vCPU 0 has nothing to go on with");
}

static void holes_read_ones_and_swallow_writes(void **state)
{
    altview *h = *state;
    uint64_t value = 0;

    assert_int_equal(access_at(h, WRITE, SCENE_HOLE, 8, &value), -ENXIO);
    assert_int_equal(access_at(h, READ, SCENE_HOLE, 8, &value), -ENXIO);
    assert_int_equal(value, UINT64_MAX);
    assert_int_equal(access_at(h, READ, SCENE_HOLE, 2, &value), -ENXIO);
    assert_int_equal(value, 0xffff);
    assert_int_equal(access_at(h, FETCH, SCENE_HOLE, 1, NULL), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_UD);
}

/* The last page of RAM belongs to the guest. The memory behind it (our tables) does not. */
static void ram_ends_where_it_should(void **state)
{
    altview *h = *state;
    uint64_t value = 0x5a;

    assert_int_equal(access_at(h, WRITE, SCENE_HOLE - 8, 8, &value), 0);
    assert_int_equal(scene_memory(h, SCENE_HOLE - 8), 0x5a);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, SCENE_HOLE, &value, 8), -EFAULT);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, SCENE_HOLE - 4, &value, 8), -EFAULT);
}

static int guest_call(altview *h, struct xen_hvm_altp2m_op *op)
{
    op->version = HVMOP_ALTP2M_INTERFACE_VERSION;
    op->domain = DOMID_SELF;
    return altview_sim_hvmop(h, 0, op, sizeof(*op));
}

static void guest_makes_its_own_hypercalls(void **state)
{
    struct xen_hvm_altp2m_op op = {.cmd = HVMOP_altp2m_create_p2m,
                                   .u.view.hvmmem_default_access = XENMEM_access_rx};
    altview *h = *state;

    assert_int_equal(guest_call(h, &op), 0);
    assert_int_equal(op.u.view.view, 3);
    op = (struct xen_hvm_altp2m_op){.cmd = HVMOP_altp2m_destroy_p2m, .u.view.view = SCENE_VIEW};
    assert_int_equal(guest_call(h, &op), -EBUSY); /* the vCPU is in it */
}

/* A list in the caller's memory, long enough for a restart in the middle. */
static void guest_hands_over_lists(void **state)
{
    enum { NR = 3000 };
    static struct {
        struct xen_hvm_altp2m_op op;
        uint64_t gfns[NR];
        uint8_t accesses[NR];
    } memory;
    altview *h = *state;
    unsigned int access;

    memory.op =
        (struct xen_hvm_altp2m_op){.version = HVMOP_ALTP2M_INTERFACE_VERSION,
                                   .cmd = HVMOP_altp2m_set_mem_access_multi,
                                   .domain = DOMID_SELF,
                                   .u.set_mem_access_multi = {.view = SCENE_OTHER, .nr = NR}};
    memory.op.u.set_mem_access_multi.pfn_list.p = (const uint64_t *)offsetof(typeof(memory), gfns);
    memory.op.u.set_mem_access_multi.access_list.p =
        (const uint8_t *)offsetof(typeof(memory), accesses);
    for (unsigned int i = 0; i < NR; i++) {
        memory.gfns[i] = i;
        memory.accesses[i] = i % 2 ? XENMEM_access_r : XENMEM_access_x;
    }
    assert_int_equal(altview_sim_hvmop(h, 0, &memory, sizeof(memory)), 0);
    for (unsigned int i = 0; i < NR; i += 999) {
        assert_int_equal(altview_get_access(h, SCENE_OTHER, i, &access), 0);
        assert_int_equal(access, i % 2 ? XENMEM_access_r : XENMEM_access_x);
    }
    /* A list that goes beyond the memory. */
    assert_int_equal(altview_sim_hvmop(h, 0, &memory, sizeof(memory) - 200), -EFAULT);
    assert_int_equal(altview_sim_hvmop(h, 0, &memory, 8), -EFAULT);
    memory.op.u.set_mem_access_multi.opaque = 0;
    memory.op.u.set_mem_access_multi.access_list.p = (const uint8_t *)(2 * sizeof(memory));
    assert_int_equal(altview_sim_hvmop(h, 0, &memory, sizeof(memory)), -EFAULT);
}

/* The mode restricts the guest, not the monitor. */
static void modes_bind_the_guest(void **state)
{
    static const struct {
        const char *where;
        int expected;
    } modes[] = {{"sim:", -EPERM}, {"sim:mode=external", -EPERM}, {"sim:mode=limited", -EPERM}};

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        struct xen_hvm_altp2m_op op = {.cmd = HVMOP_altp2m_create_p2m};
        unsigned int view;
        altview *h;

        assert_int_equal(altview_open(modes[i].where, 0, &h), 0);
        assert_int_equal(altview_set_active(h, true), 0);
        assert_int_equal(guest_call(h, &op), modes[i].expected);
        assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
        assert_int_equal(view, 1);
        altview_close(h);
    }
}

static void enable_ve(altview *h)
{
    struct xen_hvm_altp2m_op op = {.cmd = HVMOP_altp2m_vcpu_enable_notify,
                                   .u.enable_notify = {.gfn = VE_GFN}};

    assert_int_equal(guest_call(h, &op), 0);
    assert_int_equal(altview_set_suppress_ve(h, SCENE_VIEW, SCENE_GFN, false), 0);
    scene_restrict(h, XENMEM_access_r);
}

/* SDM Vol. 3C 26.5.7.2: the contents of the information page. */
static void refused_access_becomes_ve(void **state)
{
    altview *h = *state;
    uint16_t index;

    enable_ve(h);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 1), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_VE);
    assert_int_equal(scene_memory(h, VE_PAGE), UINT64_C(0xffffffff) << 32 | 48);
    assert_int_equal(scene_memory(h, VE_PAGE + 8) & 7, WRITE);
    assert_int_equal(scene_memory(h, VE_PAGE + 8) >> 3 & 7, READ); /* the granted accesses */
    assert_int_equal(scene_memory(h, VE_PAGE + 16), SCENE_ADDRESS);
    assert_int_equal(scene_memory(h, VE_PAGE + 24), SCENE_ADDRESS);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, VE_PAGE + 32, &index, 2), 0);
    assert_int_equal(index, SCENE_VIEW);
    scene_no_event(h); /* the guest handles it alone */
}

/* While the guest still handles one, the monitor gets the event. */
static void busy_ve_page_leaves_it_to_the_monitor(void **state)
{
    uint32_t free = 0;
    altview *h = *state;

    enable_ve(h);
    scene_listen(h, 0, EVENT(MEM_ACCESS));
    assert_int_equal(scene_write(h, 1), -EFAULT);
    scene_no_event(h);
    assert_int_equal(scene_write(h, 1), 0);
    scene_event(h, ALTVIEW_EVENT_MEM_ACCESS);
    /* The guest's handler has finished. */
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, VE_PAGE + 4, &free, sizeof(free)), 0);
    scene_restrict(h, XENMEM_access_r);
    assert_int_equal(scene_write(h, 1), -EFAULT);
}

static void hole_becomes_ve_if_asked_for(void **state)
{
    altview *h = *state;
    uint64_t value;

    enable_ve(h);
    assert_int_equal(altview_set_suppress_ve(h, SCENE_VIEW, SCENE_HOLE >> 12, false), 0);
    assert_int_equal(access_at(h, READ, SCENE_HOLE, 8, &value), -EFAULT);
    assert_int_equal(scene_exception(h), VECTOR_VE);
    assert_int_equal(scene_memory(h, VE_PAGE + 8) >> 3 & 7, 0);
}

/* Access w has no entry in hardware: the write goes through, and the read is refused. */
static void access_that_no_entry_can_say(void **state)
{
    altview *h = *state;
    uint64_t value;

    scene_restrict(h, XENMEM_access_w);
    scene_listen(h, EVENT(MEM_ACCESS), 0);
    assert_int_equal(scene_write(h, 0x31), 0);
    scene_no_event(h);
    assert_int_equal(scene_memory(h, SCENE_ADDRESS), 0x31);
    assert_int_equal(scene_read(h, &value), -EINPROGRESS);
}

static void altp2m_goes_off_under_the_guest(void **state)
{
    altview *h = *state;
    uint64_t value;

    scene_restrict(h, XENMEM_access_n);
    assert_int_equal(altview_set_active(h, false), 0);
    assert_int_equal(scene_read_text(h, &value), 0);
    assert_int_equal(value, SCENE_REAL_TEXT);
    assert_int_equal(altview_sim_vmfunc(h, 0, 0), -EFAULT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(accesses_have_sizes),
        TEST(bad_accesses_are_refused),
        TEST(holes_read_ones_and_swallow_writes),
        TEST(ram_ends_where_it_should),
        TEST(guest_makes_its_own_hypercalls),
        TEST(guest_hands_over_lists),
        cmocka_unit_test(modes_bind_the_guest),
        TEST(refused_access_becomes_ve),
        TEST(busy_ve_page_leaves_it_to_the_monitor),
        TEST(hole_becomes_ve_if_asked_for),
        TEST(access_that_no_entry_can_say),
        TEST(altp2m_goes_off_under_the_guest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
