/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: a guest that makes arbitrary HVMOP_altp2m calls from arbitrary memory, while
 * the host changes its memory and the CPUs run. Whatever the guest does, the invariants hold, even
 * without free pages.
 */
#include "input.h"
#include "sim/fail.h"
#include "sim/machine.h"

#include <altview/hvmop.h>
#include <stdlib.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define PAGES           640
#define MOST_CALLS      64
#define ROTATING_CHECKS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    struct sim_machine machine;
    struct input in;
    struct altp2m_caller caller;
    unsigned int rotating;
    bool converts; /* converts the caller's memory each time the engine reads or writes it */
};

static uint16_t sample_of(const struct fuzz *f, uint8_t byte)
{
    return (uint16_t)((uint32_t)byte * f->machine.gfns.count / 256);
}

static uint64_t any_gfn(struct fuzz *f)
{
    uint64_t gfn = f->machine.gfns.gfn[sample_of(f, input_byte(&f->in))];

    /* Rarely a number that is no gfn. */
    return input_byte(&f->in) < 250 ? gfn : gfn | UINT64_MAX << SIM_GFN_BITS;
}

static void any_guest_memory(struct fuzz *f)
{
    uint8_t bytes[64];
    uint16_t at;

    input_bytes(&f->in, &at, sizeof(at));
    input_bytes(&f->in, bytes, sizeof(bytes));
    sim_guest_write(&f->machine.guest, SIM_GUEST_BASE + at % SIM_GUEST_SIZE, bytes, sizeof(bytes));
}

/* Repeats the call as often as a guest would, within limits: a range of 2^36 gfns is easy to ask
 * for. Between the repetitions, and after the last one, the guest asks about the accesses to its
 * memory. */
static void call(struct fuzz *f, uint64_t address)
{
    for (unsigned int i = 0; i < 3; i++) {
        if (altp2m_hvmop(&f->machine.domain, &f->caller, address) != -ALTP2M_ERESTART)
            return;
        for (unsigned int n = 0; n < f->machine.gfns.count; n++)
            altp2m_guest_may_change(&f->machine.domain, 0, f->machine.gfns.gfn[n]);
    }
}

static void call_from_anywhere(struct fuzz *f)
{
    uint16_t at;

    input_bytes(&f->in, &at, sizeof(at));
    call(f, SIM_GUEST_BASE - 0x100 + at);
}

/* As in the structure: view, visible, vCPU or all; the view to evict to or none. */
static void plausible_visibility(uint64_t *words, uint8_t shape)
{
    uint64_t vcpu = shape & 8 ? ALTVIEW_VCPU_ALL : shape % 4;

    words[0] = (words[0] & 0xffff) | (uint64_t)(shape & 1) << 16 | vcpu << 32;
    words[1] = shape & 2 ? ALTVIEW_EVICT_NONE : shape >> 4;
}

/* A valid envelope around arguments of plausible size: most of these pass the first checks. */
static void call_plausibly(struct fuzz *f)
{
    struct xen_hvm_altp2m_op op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION, .domain = DOMID_SELF};
#define NUMBER(number, ...) number,
    static const uint32_t cmds[] = {0, ALTVIEW_HVMOP_TABLE(NUMBER)};
    uint64_t words[3] = {0, any_gfn(f), any_gfn(f)};
    uint8_t shape;

    op.cmd = cmds[input_byte(&f->in) % (sizeof(cmds) / sizeof(cmds[0]))];
    words[0] = input_byte(&f->in) % 12; /* view or vCPU */
    words[0] |= (uint64_t)(input_byte(&f->in) % 12) << 16;
    shape = input_byte(&f->in);
    if (shape & 1)
        words[2] = UINT64_MAX;
    if (op.cmd == HVMOP_altp2m_set_mem_access_multi) {
        words[0] |= (uint64_t)shape << 32;
        words[0] &= ~UINT64_C(0xffff0000);
        words[1] = 0;
        words[2] = SIM_GUEST_BASE + 0x1000;
        op.u.pad[25] = 0x10; /* the other list, anywhere in the same memory */
    }
    if (op.cmd == HVMOP_altview_set_visibility)
        plausible_visibility(words, shape);
    if (op.cmd == HVMOP_altp2m_set_suppress_ve_multi)
        words[2] = words[1] + shape * 4;
    memcpy(op.u.pad, words, sizeof(words));
    sim_guest_write(&f->machine.guest, SIM_GUEST_BASE, &op, sizeof(op));
    call(f, SIM_GUEST_BASE);
}

/* Frames that no view may show, and their neighbours. */
static uint64_t near_kept(uint8_t kind)
{
    return sim_kept[kind % SIM_KEPT].first - 2 + (kind >> 3) % 4;
}

static void host_change(struct fuzz *f)
{
    static const uint64_t sizes[] = {1, 1, 3, 0x40, 0x200, 0x201, 0x400, 0x40000};
    static const enum altp2m_type types[] = {ALTP2M_TYPE_NONE,    ALTP2M_TYPE_RAM, ALTP2M_TYPE_RAM,
                                             ALTP2M_TYPE_RAM,     ALTP2M_TYPE_RAM, ALTP2M_TYPE_RAM,
                                             ALTP2M_TYPE_SPECIAL, ALTP2M_TYPE_MMIO};
    uint64_t gfn = any_gfn(f), nr = sizes[input_byte(&f->in) % 8];
    uint8_t kind = input_byte(&f->in);
    struct altp2m_mapping to = {.type = types[kind % 8], .memtype = ALTP2M_MEMTYPE_WB};

    /* 4 KiB entries for such a range would take too much time for their use. */
    if (!f->machine.domain.config.has_2m && nr > 0x400)
        nr = 0x400;
    if (nr >= 0x200)
        gfn &= ~(nr - 1) | UINT64_C(0x1ff);
    to.mfn = (gfn & UINT64_C(0xfffffffff)) + ((uint64_t)(kind >> 3) << (kind & 8 ? 18 : 9));
    if (nr <= 0x400 && kind >= 0xc0)
        to.mfn = near_kept(kind);
    if (to.type == ALTP2M_TYPE_NONE)
        altp2m_host_unmap(&f->machine.domain, gfn, nr);
    else
        altp2m_host_map(&f->machine.domain, gfn, nr, to);
}

static struct altp2m_vcpu *exiting_vcpu(struct fuzz *f, uint8_t byte)
{
    sim_machine_exit(&f->machine, byte % SIM_VCPUS);
    return &f->machine.vcpus[byte % SIM_VCPUS];
}

static void violation(struct fuzz *f)
{
    const struct altp2m_vcpu *vcpu = exiting_vcpu(f, input_byte(&f->in));
    struct altp2m_domain *d = &f->machine.domain;
    uint64_t gfn = any_gfn(f);
    uint8_t how = input_byte(&f->in);
    unsigned int wants = 1 + how % 7;

    switch (altp2m_violation(d, vcpu, gfn, wants)) {
    case ALTP2M_VERDICT_NOTIFY:
        altp2m_unnotified(d, vcpu, gfn, wants);
        break;
    case ALTP2M_VERDICT_RESTRICTED:
    case ALTP2M_VERDICT_CONVERTED:
        if (how & 0x80)
            altp2m_unheard(d, vcpu, gfn);
        break;
    default:
        break;
    }
}

static void any_name(struct fuzz *f, unsigned int view)
{
    char name[ALTP2M_NAME_SIZE];

    /* A few fixed names, or random bytes. */
    input_bytes(&f->in, name, sizeof(name));
    if (name[0] & 1) {
        name[0] = (char)('a' + (name[0] & 2));
        name[1] = 0;
    }
    altp2m_view_set_name(&f->machine.domain, view, name);
}

static void any_range(struct fuzz *f, unsigned int view, unsigned int number)
{
    uint64_t gfn = any_gfn(f), done = 0;
    uint16_t access = input_byte(&f->in) % 12;

    /* A shift from an empty range to an invalid one. */
    for (unsigned int i = 0; i < 3; i++)
        if (altp2m_set_access_range(&f->machine.domain, view, gfn, number >> 4 << (number & 0xf),
                                    access, &done) != -ALTP2M_ERESTART)
            return;
}

/* The operations of a tool outside, which the guest can't do. */
static void monitor(struct fuzz *f)
{
    struct altp2m_domain *d = &f->machine.domain;
    uint8_t what = input_byte(&f->in), number = input_byte(&f->in);
    unsigned int view = input_byte(&f->in) % 12;

    switch (what % 7) {
    case 0:
        any_name(f, view);
        break;
    case 1:
        altp2m_set_policy(d, view, (enum altp2m_policy)(number % 6), number / 6 % 12);
        break;
    case 2:
        altp2m_vcpu_enter(d, exiting_vcpu(f, number), view);
        break;
    case 3:
        any_range(f, view, number);
        break;
    case 4:
        altp2m_vcpu_go_away(d, exiting_vcpu(f, number), view);
        break;
    case 5:
        altp2m_vcpu_come_home(d, exiting_vcpu(f, number));
        break;
    default:
        altp2m_lift(d, view, any_gfn(f));
        break;
    }
}

/* A vCPU keeps its loan until something takes the vCPU off it, or its step ends. */
static void step(struct fuzz *f)
{
    uint8_t n = input_byte(&f->in) % SIM_VCPUS;
    struct altp2m_vcpu *vcpu = exiting_vcpu(f, n);
    uint64_t gfn = any_gfn(f);
    struct altp2m_mapping to = {
        .mfn = INVARIANTS_LENT_MFN, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};
    struct altp2m_mapping kept = {
        .mfn = sim_kept[0].first, .type = ALTP2M_TYPE_SPECIAL, .memtype = ALTP2M_MEMTYPE_WB};

    if (!altp2m_begin_step(&f->machine.domain, vcpu, gfn, kept, ALTP2M_RWX))
        sim_fail("a kept frame is lent to vCPU %u", n);
    if (input_byte(&f->in) & 1)
        altp2m_end_step(&f->machine.domain, vcpu);
    else if (!altp2m_begin_step(&f->machine.domain, vcpu, gfn, to, ALTP2M_RWX))
        sim_machine_step(&f->machine, n);
}

static void vmfunc(struct fuzz *f)
{
    uint8_t vcpu = input_byte(&f->in) % SIM_VCPUS;

    sim_machine_vmfunc(&f->machine, vcpu, input_byte(&f->in) % 16);
}

/* For a hypercall and for an instruction: a view may convert the page of a read or write. */
static void reach(struct fuzz *f)
{
    unsigned int wants = 1 + input_byte(&f->in) % 3;

    altp2m_violation(&f->machine.domain, f->caller.vcpu, any_gfn(f), wants);
}

static int read_memory(void *context, void *to, uint64_t from, size_t size)
{
    struct fuzz *f = context;

    if (f->converts)
        reach(f);
    return sim_guest_read(&f->machine.guest, to, from, size);
}

static int write_memory(void *context, uint64_t to, const void *from, size_t size)
{
    struct fuzz *f = context;

    if (f->converts)
        reach(f);
    return sim_guest_write(&f->machine.guest, to, from, size);
}

static void change_caller(struct fuzz *f)
{
    uint8_t bits = input_byte(&f->in);

    f->caller.privileged = bits & 1;
    f->caller.compat = bits & 2;
    f->converts = bits & 4;
}

/* One of the next allocations is refused. */
static void shortage(struct fuzz *f)
{
    sim_memory_fail_at(&f->machine.memory, 1 + input_byte(&f->in) % 8, false);
}

static void (*const actions[])(struct fuzz *f) = {
    call_plausibly, call_plausibly, call_plausibly,   call_plausibly,
    call_plausibly, call_plausibly, any_guest_memory, call_from_anywhere,
    host_change,    host_change,    violation,        step,
    vmfunc,         change_caller,  shortage,         monitor,
};

static void start(struct fuzz *f)
{
    struct altp2m_config config = sim_machine_config(&f->machine);
    uint8_t cpu = input_byte(&f->in), domain = input_byte(&f->in);
    struct altp2m_mapping ram = {
        .mfn = 0x80000, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

    config.has_2m = !(cpu & 1);
    config.has_1g = !(cpu & 2);
    config.has_exec_only = !(cpu & 4);
    config.has_ve = !(cpu & 8);
    if (cpu & 16)
        sim_machine_use_npt(&config);
    /* Usually the mode that is most useful to a fuzzer. */
    config.mode = domain < 64 ? (enum altp2m_mode)(domain & 3) : ALTP2M_MODE_MIXED;
    config.access_required = domain & 4;
    sim_machine_start(&f->machine, &config);
    f->caller = (struct altp2m_caller){
        .vcpu = &f->machine.vcpus[0], .context = f, .read = read_memory, .write = write_memory};
    altp2m_host_map(&f->machine.domain, 0, 0x800, ram);
    altp2m_set_active(&f->machine.domain, true);
}

static void check_some(struct fuzz *f)
{
    for (unsigned int i = 0; i < ROTATING_CHECKS; i++)
        invariants_sample(&f->machine, f->rotating++ % f->machine.gfns.count);
    invariants_domain(&f->machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz fuzz; /* too large for an allocation in each run */
    struct fuzz *f = &fuzz;

    memset(f, 0, sizeof(*f));
    f->in = (struct input){.data = data, .left = size};
    sim_machine_init(&f->machine, PAGES);
    f->machine.memory.may_run_out = true;
    start(f);
    for (unsigned int i = 0; i < MOST_CALLS && f->in.left; i++) {
        sim_describe("action %u of an input of %zu bytes", i, size);
        actions[input_byte(&f->in) % (sizeof(actions) / sizeof(actions[0]))](f);
        check_some(f);
    }
    for (unsigned int i = 0; i < f->machine.gfns.count; i++)
        invariants_sample(&f->machine, i);
    invariants_listings(&f->machine);
    sim_machine_fini(&f->machine);
    return 0;
}
