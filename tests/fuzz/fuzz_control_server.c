/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: a monitor that sends anything, reads now and then or not at all, and goes away.
 * Meanwhile the guest runs into restrictions, the host changes its memory, and time passes.
 * Whatever happens, the invariants of the engine and of the server's buffers hold. The server sends
 * only frames. No vCPU waits for ever.
 */
#include "control/control.h"
#include "control/ram.h"
#include "input.h"
#include "sim/fail.h"
#include "sim/machine.h"

#include <stdlib.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/xen.h>

#define PAGES        640
#define MOST_ACTIONS 96
#define CHECK_EVERY  8 /* actions: the engine's own fuzzer checks more often */
#define TICKS_HZ     1000
#define HOUR_MS      3600000
#define SECOND_GFN   0x1f8 /* the same memory again, around the end of a table */
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    struct sim_machine machine;
    struct altp2m_domain *d;
    struct control c;
    struct input in;
    struct frame_reader client;
    struct altview_registers registers;
    uint8_t *ram;
    uint64_t now;
    uint32_t sequence;
    unsigned int rotating;
    uint64_t watched[ALTVIEW_CONTROL_REGISTERS]; /* as the server has told the machine */
    bool ended;                                  /* the guest was stopped: only the port goes on */
};

static uint64_t now(void *context)
{
    return ((struct fuzz *)context)->now;
}

static void get_registers(void *context, unsigned int vcpu, struct altview_registers *to)
{
    struct fuzz *f = context;

    if (vcpu >= SIM_VCPUS)
        sim_fail("registers of a vCPU there is not");
    *to = f->registers;
}

static void get_mode(void *context, unsigned int vcpu, struct control_mode *to)
{
    struct altview_registers all;

    get_registers(context, vcpu, &all);
    *to = control_mode_of(&all);
}

static void get_general(void *context, unsigned int vcpu, struct altview_general *to, uint64_t *cr3)
{
    struct altview_registers all;

    get_registers(context, vcpu, &all);
    *to = all.general;
    *cr3 = all.cr3;
}

/* A separate check of the conditions for a VM entry. */
static void set_registers(void *context, unsigned int vcpu, uint32_t mask,
                          const struct altview_general *general, uint64_t cr3)
{
    struct fuzz *f = context;
    uint64_t top = general->rip >> 47;

    if (!control_holds(&f->c, vcpu))
        sim_fail("registers of a vCPU that runs are set");
    if (mask & ALTVIEW_SET_RIP && top && top != 0x1ffff)
        sim_fail("a RIP that is not canonical");
    if (mask & ALTVIEW_SET_RFLAGS && (general->rflags & 0xffffffffffc2802a) != 2)
        sim_fail("RFLAGS no CPU has");
    if (mask & ALTVIEW_SET_CR3 && cr3 >> 40)
        sim_fail("a CR3 beyond physical memory");
}

static void single_step(void *context, unsigned int vcpu, bool on)
{
    (void)context;
    (void)on;
    if (vcpu >= SIM_VCPUS)
        sim_fail("a vCPU there is not is to step");
}

static void statistics(void *context, unsigned int vcpu, struct altview_statistics *to)
{
    (void)context;
    (void)to;
    if (vcpu >= SIM_VCPUS)
        sim_fail("statistics of a vCPU there is not");
}

static uint64_t exits(void *context, unsigned int vcpu)
{
    (void)context;
    return vcpu;
}

static unsigned int instruction(void *context, unsigned int vcpu, uint8_t *to, uint8_t *bits)
{
    (void)context;
    (void)vcpu;
    memset(to, 0x90, 15);
    *bits = 64;
    return 15;
}

static void receive(struct fuzz *f, const void *bytes, size_t size)
{
    if (control_receive(&f->c, bytes, size) > size)
        sim_fail("more bytes taken than offered");
}

/* The client reads; it must understand all of it. */
static void client_reads(struct fuzz *f, const void *bytes, size_t size)
{
    const struct altview_frame *frame;

    if (frame_feed(&f->client, bytes, size) != size)
        sim_fail("a frame larger than a frame can be");
    while ((frame = frame_next(&f->client)))
        if (frame->kind == ALTVIEW_FRAME_REQUEST)
            sim_fail("the server asks");
    if (f->client.stray || f->client.broken)
        sim_fail("the server sends what is no frame");
}

static void read_all(struct fuzz *f)
{
    size_t size, sum = 0;
    const void *bytes;

    while ((bytes = control_output(&f->c, &size))) {
        client_reads(f, bytes, size);
        control_sent(&f->c, size);
        sum += size;
        /* The waiting bytes, with replies to as many requests as the reader may hold. */
        if (sum > FRAME_MAX * (2 + FRAME_MAX / sizeof(struct altview_frame)))
            sim_fail("there is no end to what the server sends");
    }
    if (frame_is_under_way(&f->client))
        sim_fail("the server has left a frame unfinished");
}

static void any_bytes(struct fuzz *f)
{
    uint8_t bytes[64];
    size_t size = input_byte(&f->in) % sizeof(bytes);

    input_bytes(&f->in, bytes, size);
    receive(f, bytes, size);
}

static void send(struct fuzz *f, uint16_t type, const void *payload, size_t size)
{
    struct {
        struct altview_frame header;
        uint8_t payload[512];
    } frame = {.header = {.kind = ALTVIEW_FRAME_REQUEST, .type = type, .length = (uint32_t)size}};
    uint8_t how = input_byte(&f->in);

    frame.header.sequence = how & 1 ? f->sequence : ++f->sequence;
    memcpy(frame.payload, payload, size);
    size = frame_seal(&frame.header);
    /* Rarely truncated. */
    receive(f, &frame, how < 240 ? size : size * (how - 239) / 17);
    /* Usually the client waits for the reply. */
    if (how & 6)
        read_all(f);
}

/* A payload of the right size. Its numbers are mostly small: existing views, vCPUs and gfns. */
static void plausible_request(struct fuzz *f)
{
    static const uint16_t sizes[ALTVIEW_REQUESTS] = {
        [ALTVIEW_SET_ACCESS] = 32,   [ALTVIEW_ACCESS_LIST] = 16 + 4 * 9,
        [ALTVIEW_GET_ACCESS] = 16,   [ALTVIEW_VIEWS] = 8,
        [ALTVIEW_OVERRIDES] = 16,    [ALTVIEW_NAME_VIEW] = 24,
        [ALTVIEW_SET_POLICY] = 8,    [ALTVIEW_READ] = 16,
        [ALTVIEW_WRITE] = 16 + 8,    [ALTVIEW_VCPUS] = 8,
        [ALTVIEW_GET_REGISTERS] = 8, [ALTVIEW_SET_REGISTERS] = 160,
        [ALTVIEW_PAUSE] = 8,         [ALTVIEW_UNPAUSE] = 8,
        [ALTVIEW_SINGLE_STEP] = 8,   [ALTVIEW_STATISTICS] = 8,
        [ALTVIEW_LISTEN] = 16,       [ALTVIEW_VISIBILITY] = 8,
        [ALTVIEW_LOCATE] = 24,       [ALTVIEW_MEMORY] = 8,
        [ALTVIEW_MEMORY_MAP] = 8,    [ALTVIEW_TRANSLATE] = 24,
        [ALTVIEW_SEARCH] = 24 + 2,   [ALTVIEW_SET_REQUIRED] = 8,
    };
    uint16_t type = input_byte(&f->in) % ALTVIEW_REQUESTS;
    uint8_t payload[512] = {0}, mask = input_byte(&f->in);

    /* Some bytes, at offsets from the input. */
    for (unsigned int i = 0; i < mask % 16U && sizes[type]; i++)
        payload[input_byte(&f->in) % sizes[type]] = input_byte(&f->in);
    if (type == ALTVIEW_ACCESS_LIST)
        payload[12] = 4;
    if (type == ALTVIEW_WRITE)
        payload[8] = 8;
    if (type == ALTVIEW_SEARCH)
        payload[18] = 2;
    send(f, type, payload, sizes[type]);
}

/* Ranges with a length, mostly over existing memory. */
static void set_access(struct fuzz *f)
{
    struct altview_set_access a = {.gfn = input_byte(&f->in) % 32U,
                                   .nr = input_byte(&f->in),
                                   .view = input_byte(&f->in) % 4,
                                   .access = input_byte(&f->in) % 12};

    if (a.access & 1)
        a.gfn += SECOND_GFN;
    send(f, ALTVIEW_SET_ACCESS, &a, sizeof(a));
}

static void memory(struct fuzz *f)
{
    struct {
        struct altview_memory m;
        uint8_t bytes[256];
    } p = {0};
    uint8_t views[] = {0, 1, 2, 0xff};

    input_bytes(&f->in, &p.m.address, 3);
    p.m.length = input_byte(&f->in);
    p.m.view = views[input_byte(&f->in) % 4];
    if (p.m.view == 0xff)
        p.m.view = ALTVIEW_NO_VIEW;
    if (p.m.address & 1)
        send(f, ALTVIEW_READ, &p.m, sizeof(p.m));
    else
        send(f, ALTVIEW_WRITE, &p, sizeof(p.m) + p.m.length);
}

static void hvmop(struct fuzz *f)
{
    struct {
        struct xen_hvm_altp2m_op op;
        uint8_t lists[64];
    } p = {.op = {.version = HVMOP_ALTP2M_INTERFACE_VERSION, .domain = DOMID_SELF}};
    uint8_t cmd = input_byte(&f->in) % 22;

    p.op.cmd = cmd <= HVMOP_altp2m_set_visibility
                   ? cmd
                   : cmd - HVMOP_altp2m_set_visibility - 1U + 0x100; /* altview's own */
    p.op.u.pad[0] = input_byte(&f->in) % 8;
    p.op.u.pad[2] = input_byte(&f->in) % 11;
    p.op.u.pad[8] = input_byte(&f->in) % 32;
    p.op.u.pad[16] = input_byte(&f->in);
    input_bytes(&f->in, p.lists, sizeof(p.lists));
    send(f, ALTVIEW_HVMOP, &p, sizeof(p));
}

static void policy(struct fuzz *f)
{
    struct altview_view_policy p = {.view = input_byte(&f->in) % 4};

    p.policy = input_byte(&f->in) % 5;
    p.policy_view = altp2m_policy_names_view(p.policy) ? input_byte(&f->in) % 4 : 0;
    send(f, ALTVIEW_SET_POLICY, &p, sizeof(p));
}

static void listen(struct fuzz *f)
{
    uint32_t cr = input_byte(&f->in);
    struct altview_listen l = {.sync = (input_byte(&f->in) & 7) | (cr & 15) << ALTVIEW_EVENT_CR0,
                               .report = (input_byte(&f->in) & 31) | cr >> 4 << ALTVIEW_EVENT_CR0,
                               .timeout_ms = 1000 + input_byte(&f->in) * 16U};

    l.ignore[1] = input_byte(&f->in);
    l.flags = input_byte(&f->in) & (ALTVIEW_LISTEN_BRIEF | ALTVIEW_LISTEN_GONE | 0x70);
    send(f, ALTVIEW_LISTEN, &l, sizeof(l));
}

static unsigned int any_vcpu(struct fuzz *f)
{
    return input_byte(&f->in) % SIM_VCPUS;
}

static void answer(struct fuzz *f)
{
    struct altview_answer a = {.vcpu = any_vcpu(f)};

    a.event = f->c.vcpus[a.vcpu].event;
    a.actions = input_byte(&f->in) & 63;
    a.view = input_byte(&f->in) % 4;
    a.vector = (uint8_t)(12 + input_byte(&f->in) % 4);
    a.mask = input_byte(&f->in) & 15;
    input_bytes(&f->in, &a.general.rip, sizeof(a.general.rip));
    input_bytes(&f->in, &a.general.rflags, 3);
    send(f, ALTVIEW_ANSWER, &a, sizeof(a));
}

static void verdict(struct fuzz *f, unsigned int vcpu, struct control_verdict v)
{
    if ((v.action == ALTP2M_VERDICT_WAIT) != control_holds(&f->c, vcpu))
        sim_fail("vCPU %u is to wait and is not held, or the other way round", vcpu);
    if (v.action == ALTP2M_VERDICT_STEP_IN && v.view && !altp2m_view_is_live(f->d, v.view))
        sim_fail("a step in view %u, which is not live", v.view);
    if (v.action == ALTP2M_VERDICT_INJECT && v.vector != 6 && v.vector != 13 && v.vector != 14)
        sim_fail("vector %u is injected", v.vector);
    f->ended = f->ended || v.action == ALTP2M_VERDICT_STOP || v.action == ALTP2M_VERDICT_GIVE_UP;
}

static void resume_all(struct fuzz *f)
{
    for (unsigned int i = 0; i < SIM_VCPUS && !f->ended; i++)
        verdict(f, i, control_resume(&f->c, i));
}

/* A vCPU that runs, or SIM_VCPUS. */
static unsigned int running(struct fuzz *f)
{
    unsigned int vcpu = any_vcpu(f);

    return f->ended || control_holds(&f->c, vcpu) ? SIM_VCPUS : vcpu;
}

struct refused {
    struct control_access access;
    struct control_violation told;
    bool can_notify;
};

static bool can_notify(const struct control_access *access)
{
    return ((const struct refused *)access)->can_notify;
}

static struct control_violation describe(const struct control_access *access)
{
    return ((const struct refused *)access)->told;
}

static void access_refused(struct fuzz *f)
{
    unsigned int vcpu = running(f);
    struct refused r = {.access = {.can_notify = can_notify, .describe = describe}};
    uint64_t gfn = input_byte(&f->in);

    gfn = gfn & 1 ? SECOND_GFN + gfn % 32 : gfn % 32;
    r.told.wants = 1 + input_byte(&f->in) % 7;
    r.told.flags = input_byte(&f->in) & 14;
    r.told.physical = gfn << ALTP2M_PAGE_SHIFT | 0x10;
    r.can_notify = !(r.told.flags & ALTVIEW_EVENT_DELIVERING);
    r.access.gfn = gfn;
    r.access.wants = r.told.wants;
    if (vcpu < SIM_VCPUS)
        verdict(f, vcpu, control_violation(&f->c, &f->machine.vcpus[vcpu], &r.access));
}

static void vmfunc_refused(struct fuzz *f)
{
    unsigned int vcpu = running(f);
    uint8_t view = input_byte(&f->in);

    if (vcpu < SIM_VCPUS)
        verdict(f, vcpu, control_vmfunc_refused(&f->c, vcpu, view & 1, view * 1000U));
}

static void watch(void *context, const uint64_t bits[ALTVIEW_CONTROL_REGISTERS])
{
    struct fuzz *f = context;

    memcpy(f->watched, bits, sizeof(f->watched));
}

/* A separate check: the server watches what somebody listens for, and no more while nobody does. */
static void check_watched(const struct fuzz *f)
{
    const struct altview_listen *l = &f->c.listen;

    for (unsigned int i = 0; i < ALTVIEW_CONTROL_REGISTERS; i++) {
        uint32_t bit = 1U << (ALTVIEW_EVENT_CR0 + i);
        bool heard = (l->sync | l->report) & bit;

        if (heard ? f->watched[i] != ~l->ignore[i] : f->watched[i] && !(f->c.left & bit))
            sim_fail("control register %u of the list is watched for %lx", i,
                     (unsigned long)f->watched[i]);
    }
}

static void write_register(struct fuzz *f)
{
    unsigned int vcpu = running(f), which = input_byte(&f->in) % ALTVIEW_CONTROL_REGISTERS;
    uint64_t value = input_byte(&f->in);

    check_watched(f);
    if (vcpu < SIM_VCPUS && value & f->watched[which])
        verdict(f, vcpu, control_write(&f->c, vcpu, ALTVIEW_EVENT_CR0 + which, value, 0));
}

static void breakpoint(struct fuzz *f)
{
    unsigned int vcpu = running(f);

    if (vcpu < SIM_VCPUS)
        verdict(f, vcpu, control_breakpoint(&f->c, vcpu, input_byte(&f->in)));
}

static void stepped(struct fuzz *f)
{
    unsigned int vcpu = running(f);

    if (vcpu < SIM_VCPUS)
        verdict(f, vcpu, control_done(&f->c, vcpu, ALTVIEW_EVENT_SINGLE_STEP));
}

/* More events than the buffer holds. */
static void burst(struct fuzz *f)
{
    for (unsigned int i = 0; i < 40; i++)
        stepped(f);
}

static void time_passes(struct fuzz *f)
{
    f->now += input_byte(&f->in) * UINT64_C(10);
    control_tick(&f->c);
    resume_all(f);
}

static void read_some(struct fuzz *f)
{
    size_t size, most = 1 + input_byte(&f->in) * UINT64_C(4);
    const void *bytes = control_output(&f->c, &size);

    if (!bytes)
        return;
    size = size < most ? size : most;
    client_reads(f, bytes, size);
    control_sent(&f->c, size);
}

static void host_change(struct fuzz *f)
{
    uint8_t page = input_byte(&f->in);
    uint64_t gfn = page & 128 ? SECOND_GFN + page % 16 : page % 16;
    struct altp2m_mapping to = {.mfn = ram_mfn(&f->machine, f->ram) + (page >> 3) % RAM_PAGES,
                                .type = page & 64 ? ALTP2M_TYPE_RAM : ALTP2M_TYPE_SPECIAL,
                                .memtype = ALTP2M_MEMTYPE_WB};

    if (page % 3)
        altp2m_host_map(f->d, gfn, 1, to);
    else
        altp2m_host_unmap(f->d, gfn, 1);
}

/* One of the next allocations is refused. */
static void shortage(struct fuzz *f)
{
    sim_memory_fail_at(&f->machine.memory, 1 + input_byte(&f->in) % 8, false);
}

static void (*const actions[])(struct fuzz *f) = {
    plausible_request,
    plausible_request,
    set_access,
    memory,
    hvmop,
    policy,
    listen,
    listen,
    answer,
    answer,
    answer,
    answer,
    access_refused,
    access_refused,
    vmfunc_refused,
    breakpoint,
    write_register,
    stepped,
    burst,
    time_passes,
    read_some,
    read_some,
    read_some,
    read_all,
    host_change,
    shortage,
    any_bytes,
};

/* Each vCPU in its own view, with policies of all kinds. */
static void start_views(struct fuzz *f)
{
    static const uint16_t accesses[] = {XENMEM_access_rwx, XENMEM_access_r, XENMEM_access_n2rwx};
    uint8_t policies = input_byte(&f->in);

    altp2m_set_active(f->d, true);
    for (uint16_t view, i = 1; i < SIM_VCPUS; i++)
        if (!altp2m_view_create(f->d, accesses[i], &view))
            altp2m_vcpu_enter(f->d, &f->machine.vcpus[i], view);
    for (uint64_t gfn = 0; gfn < RAM_PAGES; gfn++)
        altp2m_set_access(f->d, 0, gfn, (uint16_t)(gfn % XENMEM_access_default));
    for (unsigned int view = 0; view < SIM_VCPUS; view++, policies >>= 2)
        altp2m_set_policy(f->d, view, (enum altp2m_policy)(policies & 3), (view + 1) % 3);
}

static void start(struct fuzz *f)
{
    struct altp2m_config config = sim_machine_config(&f->machine);
    struct control_host host = {
        .context = f,
        .now = now,
        .ticks_hz = TICKS_HZ,
        .software = "fuzzed",
        .get_registers = get_registers,
        .get_mode = get_mode,
        .get_general = get_general,
        .set_registers = set_registers,
        .single_step = single_step,
        .watch = watch,
        .statistics = statistics,
        .exits = exits,
        .instruction = instruction,
        .physical_bits = 40,
    };
    struct altp2m_mapping to = {.type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};
    uint8_t how = input_byte(&f->in);

    config.has_exec_only = how & 1;
    if (how & 16)
        sim_machine_use_npt(&config);
    config.access_required = !(how & 6);
    config.mode = how & 8 ? ALTP2M_MODE_EXTERNAL : ALTP2M_MODE_MIXED;
    sim_machine_start(&f->machine, &config);
    f->d = &f->machine.domain;
    f->ram = ram_new(&f->machine);
    to.mfn = ram_mfn(&f->machine, f->ram);
    altp2m_host_map(f->d, 0, RAM_PAGES, to);
    altp2m_host_map(f->d, SECOND_GFN, RAM_PAGES, to);
    start_views(f);
    f->registers.efer = 0x500;
    f->registers.segments[ALTVIEW_CS].rights = 0xa09b;
    f->registers.general.rflags = 2;
    frame_reader_init(&f->client);
    control_init(&f->c, &host, f->d);
    listen(f);
}

static void check_engine(struct fuzz *f)
{
    for (unsigned int i = 0; i < 8; i++)
        invariants_sample(&f->machine, f->rotating++ % f->machine.gfns.count);
    invariants_domain(&f->machine);
}

static void check_buffers(const struct fuzz *f)
{
    if (f->c.reply_size > sizeof(f->c.reply) || f->c.reply_sent > f->c.reply_size ||
        f->c.events_size > sizeof(f->c.events) || f->c.events_sent > f->c.events_size)
        sim_fail("the server's buffers hold more than they can");
}

/* The peer has gone: within the longest possible timeout its effects end. The check waits twice
 * that: a frame that the server gives up may contain a whole request, whose time begins only
 * then. */
static void end(struct fuzz *f)
{
    for (unsigned int i = 0; i < 2; i++) {
        f->now += HOUR_MS;
        control_tick(&f->c);
    }
    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        f->c.vcpus[i].held = 0; /* pauses that are the domain's have no end */
        if (control_holds(&f->c, i))
            sim_fail("vCPU %u is held for ever", i);
    }
    resume_all(f);
    control_shutdown(&f->c, 0);
    read_all(f);
    check_engine(f);
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
    for (unsigned int i = 0; i < MOST_ACTIONS && f->in.left; i++) {
        sim_describe("action %u of an input of %zu bytes", i, size);
        actions[input_byte(&f->in) % COUNT(actions)](f);
        resume_all(f);
        check_buffers(f);
        if (i % CHECK_EVERY == 0)
            check_engine(f);
    }
    end(f);
    sim_machine_fini(&f->machine);
    ram_free(f->ram);
    return 0;
}
