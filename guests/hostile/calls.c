/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random hypercalls. Their effects on the guest itself must not end the test by accident:
 *  - shutdown is never called, nor is poll;
 *  - lists are at the end of a page with nothing mapped after it: a long one ends in a fault;
 *  - gfns are those of unused memory, of altview's, or of no memory: the calls do not give back,
 *  remap or close the guest's code, stacks and tables;
 *  - a view whose default is not rwx is left by the first hypercall that fails in it;
 *  - no CPU is taken down;
 *  - console_io gets only text that can't be read;
 *  - ranges are short, or refused.
 */
#include "cpus/several.h"
#include "hostile.h"

#include <xen/hvm/params.h>
#include <xen/vcpu.h>

#define SLOT_SCRATCH  16
#define WORDS         (PAGE_SIZE / 8)
#define LIST          64 /* words at the end of the page */
#define COMMAND_SHIFT 6  /* Xen: MEMOP_EXTENT_SHIFT */
#define VIEWS_TRIED   12
#define CALLERS       2
#define NO_HYPERCALL  64                 /* with this bit a number is none */
#define IMAGE_FIRST   UINT64_C(0xfff000) /* a page before the image, which is linked at 16 MiB */
#define IMAGE_SIZE    UINT64_C(0x800000)

/* Each CPU makes its own calls. All share the views and gfns that the calls name. */
static struct caller {
    struct random random;
    uint64_t *scratch;
    uint64_t answered[2]; /* 0, and errors */
} callers[CALLERS];

static struct caller *me(void)
{
    return &callers[cpu_number()];
}

static struct random *dice(void)
{
    return &me()->random;
}

static uint64_t *scratch(void)
{
    return me()->scratch;
}

static uint64_t pick_gfn(void)
{
    const uint64_t bad[] = {OWN_HOLE_GFN,      own.first + own.count - 1,
                            own.rings,         0xfee00,
                            FAR_GFN,           (UINT64_C(1) << 36) - 1,
                            UINT64_C(1) << 36, UINT64_C(1) << 40,
                            UINT64_C(1) << 52, GFN_NONE,
                            GFN_NONE >> 12};

    return random_one_in(dice(), 3) ? RANDOM_OF(dice(), bad)
                                    : VICTIM_GFN + random_below(dice(), VICTIM_PAGES / 2);
}

static uint64_t pick_pointer(void)
{
    const uint64_t bad[] = {
        0xfee00000,        OWN_HOLE_GFN * PAGE_SIZE, ~UINT64_C(0),          ~UINT64_C(7),
        UINT64_C(1) << 47, UINT64_C(1) << 63,        world.hole * PAGE_SIZE};

    if (random_one_in(dice(), 8))
        return RANDOM_OF(dice(), bad);
    return (uintptr_t)scratch() +
           random_below(dice(), random_one_in(dice(), 4) ? PAGE_SIZE : 8) * 8 % PAGE_SIZE;
}

/* The hypervisor may take old calls and answers in the page for the address of an answer. That must
 * not be the guest's own memory. */
static void keep_off_the_image(void)
{
    for (size_t i = 0; i < WORDS; i++)
        if (scratch()[i] - IMAGE_FIRST < IMAGE_SIZE)
            scratch()[i] |= UINT64_C(1) << 52;
}

/* For a structure that may hold pointers itself. */
static uint64_t pick_structure(void)
{
    keep_off_the_image();
    return pick_pointer();
}

static uint16_t pick_view(void)
{
    return (uint16_t)(random_one_in(dice(), 16) ? random_awkward(dice())
                                                : random_below(dice(), VIEWS_TRIED));
}

static uint16_t pick_domain(void)
{
    return random_one_in(dice(), 16) ? (uint16_t)random_awkward(dice()) : DOMID_SELF;
}

/* Ours, and too far in for an extent at a picked gfn to put memory there: a page of zeros would be
 * a list that gives the guest's first pages away. */
static uint64_t own_list(void)
{
    return own.first + 2 <= own.rings ? own.first : own.first + own.count - 2;
}

static uint64_t *pick_list(void)
{
    return random_one_in(dice(), 16) ? (uint64_t *)(own_list() * PAGE_SIZE)
                                     : &scratch()[WORDS - 1 - random_below(dice(), LIST)];
}

static bool is_harmless(uint64_t gfn)
{
    return gfn - VICTIM_GFN < VICTIM_PAGES / 2 || gfn >> 24;
}

/* Answers overwrite the whole page, so this puts gfns back into the parts that may be lists. */
static void fill_list(void)
{
    scratch()[WORDS - 1 - random_below(dice(), LIST)] = pick_gfn();
    for (size_t i = WORDS - LIST; i < WORDS; i++)
        if (!is_harmless(scratch()[i]))
            scratch()[i] = pick_gfn();
}

static long call(unsigned long number, uint64_t a, uint64_t b, uint64_t c)
{
    long rc = hypercall(number, a, b, c, random_awkward(dice()));

    me()->answered[rc < 0]++;
    return rc;
}

static void call_version(void)
{
    call(__HYPERVISOR_xen_version,
         random_one_in(dice(), 4) ? random_awkward(dice()) : random_below(dice(), 12),
         pick_pointer(), 0);
}

static void call_reservation(unsigned int command)
{
    struct xen_memory_reservation *r = (void *)scratch();
    uint64_t order = random_one_in(dice(), 8) ? random_awkward(dice()) : random_below(dice(), 4);

    fill_list();
    *r = (struct xen_memory_reservation){
        .nr_extents = random_one_in(dice(), 8) ? random_awkward(dice()) : random_below(dice(), 8),
        .extent_order = (unsigned int)order,
        .mem_flags = (unsigned int)random_word(dice()),
        .domid = pick_domain(),
    };
    set_xen_guest_handle(r->extent_start, pick_list());
    call(__HYPERVISOR_memory_op,
         command | (random_one_in(dice(), 8) ? random_below(dice(), 9) << COMMAND_SHIFT : 0),
         (uintptr_t)scratch(), 0);
}

static void call_add_to_physmap(void)
{
    *(struct xen_add_to_physmap *)scratch() = (struct xen_add_to_physmap){
        .domid = pick_domain(),
        .size = (uint16_t)random_word(dice()),
        .space = (unsigned int)(random_one_in(dice(), 4) ? random_awkward(dice())
                                                         : random_below(dice(), 2)),
        .idx = random_one_in(dice(), 4) ? random_awkward(dice()) : random_below(dice(), 2),
        .gpfn = pick_gfn(),
    };
    call(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uintptr_t)scratch(), 0);
}

static void call_access_op(void)
{
    struct xen_mem_access_op *op = (void *)scratch();

    fill_list();
    *op = (struct xen_mem_access_op){
        .op = (uint8_t)(random_one_in(dice(), 8) ? random_word(dice()) : random_below(dice(), 6)),
        .access =
            (uint8_t)(random_one_in(dice(), 8) ? random_word(dice()) : random_below(dice(), 11)),
        .domid = random_one_in(dice(), 2) ? 1 : pick_domain(),
        .nr = (uint32_t)random_below(dice(), VICTIM_PAGES / 2),
        .pfn = pick_gfn(),
    };
    set_xen_guest_handle(op->pfn_list, pick_list());
    set_xen_guest_handle(op->access_list, (const uint8_t *)pick_pointer());
    call(__HYPERVISOR_memory_op, XENMEM_access_op, (uintptr_t)scratch(), 0);
}

/* All but those above, known or not. */
static void call_other_memory(void)
{
    static const uint8_t commands[] = {0,  2,  3,  4,  5,  8,  9,  9,  9,
                                       10, 11, 12, 15, 16, 20, 22, 40, 63};

    call(__HYPERVISOR_memory_op,
         RANDOM_OF(dice(), commands) | (random_awkward(dice()) << COMMAND_SHIFT), pick_structure(),
         0);
}

static void call_memory(void)
{
    switch (random_below(dice(), 6)) {
    case 0:
        call_reservation(XENMEM_decrease_reservation);
        break;
    case 1:
        call_reservation(XENMEM_populate_physmap);
        break;
    case 2:
        call_add_to_physmap();
        break;
    case 3:
        call_access_op();
        break;
    default:
        call_other_memory();
    }
}

static void call_param(unsigned int operation)
{
    *(struct xen_hvm_param *)scratch() = (struct xen_hvm_param){
        .domid = pick_domain(),
        .index = (uint32_t)(random_one_in(dice(), 8) ? random_awkward(dice())
                                                     : random_below(dice(), 40)),
        .value = random_awkward(dice()),
    };
    call(__HYPERVISOR_hvm_op, operation,
         random_one_in(dice(), 8) ? pick_pointer() : (uintptr_t)scratch(), 0);
}

/* One structure for all: the fields in the places they have. */
static void fill_operation(struct xen_hvm_altp2m_op *op)
{
    switch (op->cmd) {
    case HVMOP_altp2m_vcpu_enable_notify:
        op->u.enable_notify = (struct xen_hvm_altp2m_vcpu_enable_notify){
            .vcpu_id = (uint32_t)random_below(dice(), 3), .gfn = pick_gfn()};
        break;
    case HVMOP_altp2m_set_mem_access:
    case HVMOP_altp2m_get_mem_access:
        op->u.mem_access = (struct xen_hvm_altp2m_mem_access){
            .view = pick_view(), .access = (uint16_t)random_below(dice(), 12), .gfn = pick_gfn()};
        break;
    case HVMOP_altp2m_change_gfn:
        op->u.change_gfn = (struct xen_hvm_altp2m_change_gfn){
            .view = pick_view(), .old_gfn = pick_gfn(), .new_gfn = pick_gfn()};
        break;
    case HVMOP_altp2m_set_mem_access_multi:
        op->u.set_mem_access_multi = (struct xen_hvm_altp2m_set_mem_access_multi){
            .view = pick_view(), .nr = (uint32_t)random_below(dice(), WORDS)};
        set_xen_guest_handle(op->u.set_mem_access_multi.pfn_list, pick_list());
        set_xen_guest_handle(op->u.set_mem_access_multi.access_list,
                             (const uint8_t *)pick_pointer());
        break;
    case HVMOP_altp2m_set_suppress_ve:
    case HVMOP_altp2m_get_suppress_ve:
        op->u.suppress_ve = (struct xen_hvm_altp2m_suppress_ve){
            .view = pick_view(), .suppress_ve = (uint8_t)random_word(dice()), .gfn = pick_gfn()};
        break;
    case HVMOP_altp2m_set_suppress_ve_multi:
        op->u.suppress_ve_multi =
            (struct xen_hvm_altp2m_suppress_ve_multi){.view = pick_view(),
                                                      .suppress_ve = (uint8_t)random_word(dice()),
                                                      .first_gfn = pick_gfn()};
        op->u.suppress_ve_multi.last_gfn =
            op->u.suppress_ve_multi.first_gfn + random_below(dice(), VICTIM_PAGES / 2);
        break;
    default: /* a view, an access; a vCPU; on or off */
        op->u.view = (struct xen_hvm_altp2m_view){
            .view = pick_view(), .hvmmem_default_access = (uint16_t)random_below(dice(), 12)};
    }
}

/* All gfns would take many minutes. */
static void shorten(struct xen_hvm_altp2m_suppress_ve_multi *range)
{
    if (range->last_gfn > range->first_gfn && range->last_gfn - range->first_gfn > VICTIM_PAGES)
        range->last_gfn = range->first_gfn + VICTIM_PAGES;
}

static void call_altp2m(void)
{
    struct xen_hvm_altp2m_op *op = (void *)scratch();
    bool own_one = random_one_in(dice(), 5);

    fill_list();
    memset(op, 0, sizeof(*op));
    op->version = random_one_in(dice(), 64) ? (uint32_t)random_awkward(dice()) : 1;
    op->cmd =
        (uint32_t)(random_one_in(dice(), 32) ? random_awkward(dice())
                                             : random_below(dice(), 18) + (own_one ? 0xff : 0));
    if (own_one)
        op->cmd = HVMOP_altview_set_vmfunc + (uint32_t)random_below(dice(), 8);
    op->domain = pick_domain();
    fill_operation(op);
    if (random_one_in(dice(), 32))
        scratch()[random_below(dice(), sizeof(*op) / 8)] =
            random_awkward(dice()) & ~UINT64_C(0xffffffff);
    if (op->cmd == HVMOP_altp2m_set_suppress_ve_multi)
        shorten(&op->u.suppress_ve_multi);
    call(__HYPERVISOR_hvm_op, HVMOP_altp2m,
         random_one_in(dice(), 64) ? pick_structure() : (uintptr_t)op, 0);
}

static void call_hvm(void)
{
    switch (random_below(dice(), 8)) {
    case 0:
        call_param(HVMOP_set_param);
        break;
    case 1:
        call_param(HVMOP_get_param);
        break;
    case 2:
        call(__HYPERVISOR_hvm_op, random_awkward(dice()) | 32, pick_pointer(), 0);
        break;
    default:
        call_altp2m();
    }
}

/* CPUs that are up stay up: only VCPUOP_down stops one, and the attack does not call that. */
static void call_vcpu(void)
{
    uint64_t operation =
        random_one_in(dice(), 4) ? random_awkward(dice()) : random_below(dice(), 14);
    uint64_t pointer = pick_pointer();

    if ((uint32_t)operation == VCPUOP_down)
        operation = VCPUOP_is_up;
    if ((uint32_t)operation == VCPUOP_register_vcpu_info) { /* not over the guest itself */
        scratch()[0] = pick_gfn();
        scratch()[1] = random_awkward(dice());
        pointer = (uintptr_t)scratch();
    }
    call(__HYPERVISOR_vcpu_op, operation,
         random_one_in(dice(), 4) ? random_awkward(dice()) : random_below(dice(), 3), pointer);
}

/* Calls that end the guest, or may wait for ever for a port that nothing raises. */
static bool ends_or_waits(uint32_t operation)
{
    return operation == SCHEDOP_shutdown || operation == SCHEDOP_poll;
}

static void call_others(void)
{
    static const uint64_t unreadable[] = {0xfee00000, UINT64_C(1) << 47, ~UINT64_C(0)};
    uint64_t operation = random_awkward(dice());

    switch (random_below(dice(), several() ? 7 : 6)) {
    case 4:
        call(__HYPERVISOR_grant_table_op,
             random_one_in(dice(), 4) ? operation : random_below(dice(), 13), pick_pointer(),
             random_below(dice(), 3));
        break;
    case 5:
        call(__HYPERVISOR_set_timer_op, operation, 0, 0);
        break;
    case 0:
        call(__HYPERVISOR_sched_op, ends_or_waits((uint32_t)operation) ? SCHEDOP_yield : operation,
             pick_pointer(), 0);
        break;
    case 1:
        call(__HYPERVISOR_event_channel_op, random_below(dice(), 12), pick_pointer(), 0);
        break;
    case 2:
        call(__HYPERVISOR_console_io, random_below(dice(), 3), random_awkward(dice()),
             RANDOM_OF(dice(), unreadable));
        break;
    case 6:
        call_vcpu();
        break;
    default: /* no such hypercall */
        operation |= NO_HYPERCALL;
        __asm__ volatile("vmcall"
                         : "+a"(operation)
                         : "D"(random_awkward(dice())), "S"(pick_pointer()),
                           "d"(random_awkward(dice()))
                         : "memory");
        me()->answered[(long)operation < 0]++;
    }
}

static bool resume(struct trap_frame *frame)
{
    (void)frame;
    return true; /* the busy word stays: the access then leaves the guest, and is lifted */
}

static void one_call(void)
{
    static void (*const kinds[])(void) = {call_version, call_memory, call_hvm, call_hvm,
                                          call_others};

    if (random_one_in(dice(), 4000)) {
        altp2m_set_state(0);
        altp2m_set_state(1);
    }
    kinds[random_below(dice(), sizeof(kinds) / sizeof(kinds[0]))]();
}

/* Argument 0: the seed. */
static void calls_begin(void)
{
    check_true("list_stays_ours",
               own_list() < own.rings || own_list() >= OWN_HOLE_GFN + EXTENT_MOST);
    for (unsigned int cpu = 0; cpu < CALLERS; cpu++) {
        unsigned int slot = SLOT_SCRATCH + 2 * cpu;

        callers[cpu] = (struct caller){
            .random = {box->arguments[0] + cpu},
            .scratch = memory_window_map(slot, VICTIM_GFN + VICTIM_PAGES + cpu),
        };
        memory_window_clear(slot + 1);
        memset(callers[cpu].scratch, 0, PAGE_SIZE);
    }
    trap_set_handler(TRAP_VE, resume);
    altp2m_set_state(1);
}

static void calls_many(void *count)
{
    for (uint64_t i = 0; i < *(const uint64_t *)count; i++)
        one_call();
}

static void calls_end(unsigned int cpus, uint64_t count)
{
    check_value("victims_not_restored", 0, victims_restore());
    ve_init();
    for (unsigned int cpu = 0; cpu < cpus; cpu++) {
        const uint64_t *answered = callers[cpu].answered;

        printf("%lu calls: %lu errors\n", (unsigned long)(answered[0] + answered[1]),
               (unsigned long)answered[1]);
        check_value(check_name("cpu_%u.all_came_back", cpu), count, answered[0] + answered[1]);
        check_true(check_name("cpu_%u.some_succeed", cpu), answered[0] > count / 20);
        check_true(check_name("cpu_%u.some_fail", cpu), answered[1] > count / 20);
    }
}

/* Argument 2: how many. */
void attack_calls(void)
{
    uint64_t count = box->arguments[2];

    calls_begin();
    calls_many(&count);
    calls_end(1, count);
}

/* As many on each. */
void attack_calls_of_two(void)
{
    uint64_t count = box->arguments[2];

    calls_begin();
    cpu_run(1, calls_many, &count);
    calls_many(&count);
    several_wait();
    calls_end(2, count);
}
