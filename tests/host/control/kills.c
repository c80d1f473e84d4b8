/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test kills a monitor that has tied its changes to its connection at any moment: in the middle
 * of a frame, between a request and its reply, while vCPUs wait on it. The guest is a kernel that
 * runs on, instruction by instruction, in whatever view its vCPUs are. An exception, or an end of
 * the run, would kill it. Between the two are the real hub and the real server. At the end the
 * guest lives, and the state is that from before the monitor came.
 * usage: kills [SEED [COUNT]]    a failure names its seed, which repeats it alone
 */
#include "control/port.h"

#include "toolstack/machine/hub/hub.h"

#include <altview/hvmop.h>
#include <errno.h>
#include <stdlib.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define KILLS 3000
#define AFTER 200000 /* turns within which all activity must end */

#define CODE      RAM_GFN       /* the kernel's page of code, */
#define DATA      (RAM_GFN + 1) /* of data, */
#define SHADOW    (RAM_GFN + 2) /* and two that it does not know */
#define ORIGINAL  (RAM_GFN + 3)
#define BYSTANDER (RAM_GFN + 4)
#define LENGTH    8 /* instructions of one byte each, in a loop */
#define VCPUS     2

#define INT3 0xcc

static uint64_t random_state, seed;

/* splitmix64 */
static uint32_t any(uint32_t below)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % below);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "seed %llu: %s\n", (unsigned long long)seed, #condition);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The guest. */

struct cpu {
    unsigned int pc;
    bool trapped; /* the vCPU has left the guest at an INT3, and no code has handled the exit yet */
    bool waits;   /* control_resume must decide how the vCPU goes on */
    uint64_t done;
};

struct world {
    struct port *port;
    struct hub hub;
    struct cpu cpus[VCPUS];
    int monitor, bystander; /* clients of the hub; -1: it has gone */
    uint32_t owner;         /* the monitor's number at the server */
    uint32_t sequence;
    bool asked; /* and the reply has not come yet */
    unsigned int step;
    uint16_t trap, plain, *making; /* the monitor's views */
    uint64_t event;                /* the event to be answered */
    uint32_t event_vcpu;
    struct frame_reader reader;
};

static struct altp2m_vcpu *vcpu_of(struct world *w, unsigned int i)
{
    return &w->port->d->config.vcpus[i];
}

static uint64_t code_at(const struct cpu *c)
{
    return ((uint64_t)CODE << ALTP2M_PAGE_SHIFT) + c->pc;
}

/* The present instruction has ended. */
static void next(struct world *w, unsigned int i)
{
    struct cpu *c = &w->cpus[i];

    c->pc = (c->pc + 1) % LENGTH;
    c->done++;
    altp2m_vcpu_come_home(w->port->d, vcpu_of(w, i));
    if (w->port->stepping[i]) {
        c->waits =
            control_done(&w->port->c, i, ALTVIEW_EVENT_SINGLE_STEP).action == ALTP2M_VERDICT_WAIT;
    }
}

static void carry_out(struct world *w, unsigned int i, const struct control_verdict *v)
{
    struct cpu *c = &w->cpus[i];

    c->waits = v->action == ALTP2M_VERDICT_WAIT;
    switch (v->action) {
    case ALTP2M_VERDICT_RUN:
    case ALTP2M_VERDICT_WAIT:
        break;
    case ALTP2M_VERDICT_STEP:
        next(w, i);
        break;
    case ALTP2M_VERDICT_STEP_IN:
        CHECK(!altp2m_vcpu_go_away(w->port->d, vcpu_of(w, i), v->view));
        break;
    default: /* #BP, #GP, or the end: they would kill a kernel */
        fprintf(stderr, "vCPU %u: verdict %d, vector %u, at %u in view %u\n", i, (int)v->action,
                v->vector, c->pc, vcpu_of(w, i)->view);
        CHECK(!"the guest lives");
    }
}

static void look(struct world *w, unsigned int i)
{
    struct control_verdict v;

    w->cpus[i].trapped = false;
    w->port->code = code_at(&w->cpus[i]);
    v = control_breakpoint(&w->port->c, i, w->port->code);
    carry_out(w, i, &v);
}

static bool can_notify(const struct control_access *a)
{
    (void)a;
    return false;
}

static struct control_violation describe(const struct control_access *a)
{
    return (struct control_violation){.physical = a->gfn << ALTP2M_PAGE_SHIFT, .wants = a->wants};
}

static bool may(struct world *w, unsigned int i, uint64_t gfn, unsigned int wants)
{
    const struct control_access access = {gfn, wants, can_notify, describe};
    struct control_verdict v;

    if (!(wants & ~altp2m_translate(w->port->d, vcpu_of(w, i)->view, gfn).rights)) {
        return true;
    }
    v = control_violation(&w->port->c, vcpu_of(w, i), &access);
    carry_out(w, i, &v);
    return false;
}

static void execute(struct world *w, unsigned int i)
{
    struct cpu *c = &w->cpus[i];
    uint8_t *byte = port_ram(w->port, vcpu_of(w, i)->view, code_at(c));

    if (!may(w, i, CODE, ALTP2M_X) || (c->pc == 0 && !may(w, i, DATA, ALTP2M_W))) {
        return;
    }
    if (*byte == INT3) {
        CHECK(!vcpu_of(w, i)->away); /* the guest would get a #BP of its own */
        c->trapped = true;
    } else {
        CHECK(*byte == 0x90 + c->pc);
        next(w, i);
    }
}

static void run(struct world *w, unsigned int i)
{
    struct cpu *c = &w->cpus[i];
    struct control_verdict v;

    if (c->trapped) {
        look(w, i);
    } else if (control_holds(&w->port->c, i)) {
        return;
    } else if (c->waits) {
        w->port->code = code_at(c);
        v = control_resume(&w->port->c, i);
        carry_out(w, i, &v);
    } else {
        execute(w, i);
    }
}

/* The line between hub and server: passes one piece at a time. */
static void move(struct world *w)
{
    struct port *p = w->port;
    size_t size;
    const void *bytes = hub_to_port(&w->hub, &size);

    if (bytes && any(2)) {
        size = 1 + any((uint32_t)size);
        hub_sent_to_port(&w->hub, control_receive(&p->c, bytes, size));
    }
    bytes = control_output(&p->c, &size);
    if (bytes && any(2)) {
        uint8_t copy[FRAME_MAX];

        size = 1 + any((uint32_t)size);
        memcpy(copy, bytes, size);
        control_sent(&p->c, size);
        hub_from_port(&w->hub, copy, size);
    }
}

/* The monitor. */

static void send_frame(struct world *w, int client, uint16_t type, uint32_t owner,
                       const void *payload, size_t size)
{
    struct {
        struct altview_frame header;
        uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
    } f = {.header = {.kind = ALTVIEW_FRAME_REQUEST,
                      .type = type,
                      .length = (uint32_t)size,
                      .owner = owner,
                      .sequence = ++w->sequence}};

    if (size) {
        memcpy(f.payload, payload, size);
    }
    hub_from_client(&w->hub, client, &f, frame_seal(&f.header));
}

static void ask(struct world *w, uint16_t type, const void *payload, size_t size)
{
    send_frame(w, w->monitor, type, w->step ? 1 : 0, payload, size);
    w->asked = true;
}

#define ASK(w, type, kind, ...) ask(w, type, &(struct kind){__VA_ARGS__}, sizeof(struct kind))

static void operate(struct world *w, struct xen_hvm_altp2m_op op)
{
    op.version = HVMOP_ALTP2M_INTERFACE_VERSION;
    op.domain = DOMID_SELF;
    ask(w, ALTVIEW_HVMOP, &op, sizeof(op));
}

static void put(struct world *w, uint64_t gfn, unsigned int at, const void *bytes, uint32_t size)
{
    struct {
        struct altview_memory m;
        uint8_t bytes[16];
    } f = {
        .m = {.address = (gfn << ALTP2M_PAGE_SHIFT) + at, .length = size, .view = ALTVIEW_NO_VIEW}};

    memcpy(f.bytes, bytes, size);
    ask(w, ALTVIEW_WRITE, &f, sizeof(f.m) + size);
}

static void remap(struct world *w, uint16_t view, uint64_t target)
{
    operate(w, (struct xen_hvm_altp2m_op){
                   .cmd = HVMOP_altp2m_change_gfn,
                   .u.change_gfn = {.view = view, .old_gfn = CODE, .new_gfn = target}});
}

static void listen(struct world *w)
{
    const uint32_t sync = 1U << ALTVIEW_EVENT_BREAKPOINT | 1U << ALTVIEW_EVENT_MEM_ACCESS |
                          (any(2) ? 1U << ALTVIEW_EVENT_SINGLE_STEP : 0);

    ASK(w, ALTVIEW_LISTEN, altview_listen, .sync = sync, .timeout_ms = any(3) ? 0 : 50,
        .flags = ALTVIEW_LISTEN_UNANSWERED(any(ALTVIEW_UNANSWERED_RULES)));
}

static void restrict_page(struct world *w, uint16_t view, uint64_t gfn, uint16_t access)
{
    ASK(w, ALTVIEW_SET_ACCESS, altview_set_access, .gfn = gfn, .nr = 1, .view = view,
        .access = access);
}

/* Further work after the setup: more breakpoints, also in the kernel's own page, and all other
 * kinds. */
static void tinker(struct world *w)
{
    static const uint8_t int3 = INT3;
    unsigned int at = any(LENGTH);
    const uint8_t original = (uint8_t)(0x90 + at);

    switch (any(12)) {
    case 0:
        put(w, SHADOW, at, &int3, 1);
        break;
    case 1:
        put(w, SHADOW, at, &original, 1);
        break;
    case 2:
        put(w, CODE, at, &int3, 1);
        break;
    case 3:
        put(w, CODE, at, &original, 1);
        break;
    case 4:
        restrict_page(w, 0, DATA, any(2) ? XENMEM_access_r : XENMEM_access_rwx);
        break;
    case 5:
        restrict_page(w, w->trap, CODE, any(2) ? XENMEM_access_x : XENMEM_access_n);
        break;
    case 6:
        ASK(w, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = any(VCPUS));
        break;
    case 7:
        ASK(w, ALTVIEW_UNPAUSE, altview_which_vcpu, .vcpu = any(VCPUS));
        break;
    case 8:
        ASK(w, ALTVIEW_SINGLE_STEP, altview_single_step, .vcpu = any(VCPUS),
            .enable = (uint8_t)any(2));
        break;
    case 9:
        listen(w);
        break;
    case 10:
        remap(w, 0, any(2) ? SHADOW : ALTVIEW_NO_GFN);
        break;
    default:
        operate(w, (struct xen_hvm_altp2m_op){.cmd = HVMOP_altp2m_switch_p2m,
                                              .u.view.view = any(2) ? w->trap : 0});
    }
}

/* The monitor's next action. It sets no breakpoint before it listens. */
static void go_on(struct world *w)
{
    static const uint8_t original[LENGTH] = {0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97};
    static const uint8_t trapped[LENGTH] = {0x90, 0x91, INT3, 0x93, 0x94, INT3, 0x96, 0x97};
    const struct xen_hvm_altp2m_op create = {.cmd = HVMOP_altp2m_create_p2m,
                                             .u.view.hvmmem_default_access = XENMEM_access_rwx};

    switch (w->step) {
    case 0:
        ASK(w, ALTVIEW_BIND, altview_bind, .owner = 1);
        break;
    case 1:
    case 2:
        operate(w, create);
        w->making = w->step == 1 ? &w->trap : &w->plain;
        break;
    case 3:
        put(w, SHADOW, 0, trapped, sizeof(trapped));
        break;
    case 4:
        put(w, ORIGINAL, 0, original, sizeof(original));
        break;
    case 5:
        remap(w, w->trap, SHADOW);
        break;
    case 6:
        remap(w, w->plain, ORIGINAL);
        break;
    case 7:
        restrict_page(w, w->trap, CODE, XENMEM_access_x);
        break;
    case 8:
        listen(w);
        break;
    case 9:
        operate(w,
                (struct xen_hvm_altp2m_op){.cmd = HVMOP_altp2m_switch_p2m, .u.view.view = w->trap});
        break;
    default:
        tinker(w);
    }
    w->step++;
}

/* Through a view that shows the original page, with all accesses. */
static void answer(struct world *w)
{
    uint64_t event = w->event;

    w->event = 0;
    ASK(w, ALTVIEW_ANSWER, altview_answer, .event = event, .vcpu = w->event_vcpu,
        .actions = any(8) ? ALTVIEW_ANSWER_STEP : 0, .view = w->plain);
}

static void hear(struct world *w, const struct altview_frame *frame)
{
    const struct xen_hvm_altp2m_op *op = frame_payload(frame);
    const struct altview_event *event = frame_payload(frame);

    if (frame->kind == ALTVIEW_FRAME_EVENT && event->type == ALTVIEW_EVENT_TIMEOUT) {
        w->step = 0; /* all changes were taken back: begin again */
        w->event = w->trap = w->plain = 0;
        w->making = NULL;
        return;
    }
    if (frame->kind == ALTVIEW_FRAME_EVENT) {
        if (event->flags & ALTVIEW_EVENT_SYNC) {
            w->event = event->id;
            w->event_vcpu = event->vcpu;
        }
        return;
    }
    w->asked = false;
    if (w->making && !frame->status) {
        *w->making = op->u.view.view;
    }
    w->making = NULL;
}

static void monitor(struct world *w)
{
    const struct altview_frame *frame;
    size_t size;
    const void *bytes = hub_to_client(&w->hub, w->monitor, &size);

    if (bytes) {
        size = frame_feed(&w->reader, bytes, size);
        hub_sent_to_client(&w->hub, w->monitor, size);
        while ((frame = frame_next(&w->reader))) {
            hear(w, frame);
        }
    }
    if (!w->asked && w->event && w->plain && any(4)) {
        answer(w);
    } else if (!w->asked && any(2)) {
        go_on(w);
    }
}

static void pass(struct world *w, unsigned int milliseconds)
{
    w->port->now += (uint64_t)milliseconds * PORT_TICKS_MS;
    control_tick(&w->port->c);
    hub_set_time(&w->hub, w->port->now / PORT_TICKS_MS);
    hub_tick(&w->hub);
}

static void turn(struct world *w)
{
    switch (any(8)) {
    case 0:
        if (w->monitor >= 0) {
            monitor(w);
        }
        break;
    case 1:
        pass(w, any(50) ? any(2) : any(100));
        break;
    case 2:
    case 3:
    case 4:
        run(w, any(VCPUS));
        break;
    default:
        move(w);
    }
}

/* A part of a request may have been sent already. */
static void kill_monitor(struct world *w)
{
    struct altview_frame part = {.kind = ALTVIEW_FRAME_REQUEST, .type = ALTVIEW_VIEWS};

    frame_seal(&part);
    if (any(2) && hub_room(&w->hub, w->monitor) > sizeof(part)) {
        hub_from_client(&w->hub, w->monitor, &part, any(sizeof(part)));
    }
    hub_disconnect(&w->hub, w->monitor);
    w->monitor = -1;
}

static bool is_at_rest(struct world *w)
{
    const struct control *c = &w->port->c;
    size_t size;

    for (unsigned int i = 0; i < VCPUS; i++) {
        if (control_holds(c, i) || w->cpus[i].waits || w->cpus[i].trapped || vcpu_of(w, i)->away) {
            return false;
        }
    }
    return !hub_to_port(&w->hub, &size) && !w->hub.request.under_way && !c->undo.count &&
           !c->undo.owners[w->owner].bound && !c->undo.owners[w->owner].ending;
}

static void as_before(struct world *w, uint64_t before)
{
    struct port *p = w->port;
    uint64_t done[VCPUS];

    for (unsigned int i = 0; i < LENGTH; i++) {
        CHECK(p->ram[i] == 0x90 + i);
    }
    CHECK(scene_access(p->scene, 0, BYSTANDER) == XENMEM_access_r);
    CHECK(port_fingerprint(p) == before);
    for (unsigned int i = 0; i < VCPUS; i++) {
        CHECK(!p->stepping[i]);
        done[i] = w->cpus[i].done;
        run(w, i);
        CHECK(w->cpus[i].done == done[i] + 1);
    }
}

static uint64_t begin(struct world *w)
{
    static const struct altview_set_access mine = {
        .gfn = BYSTANDER, .nr = 1, .access = XENMEM_access_r};
    void *port;
    uint64_t before;

    port_setup(&port);
    memset(w, 0, sizeof(*w));
    w->port = port;
    for (unsigned int i = 0; i < VCPUS; i++) {
        altp2m_vcpu_enter(w->port->d, vcpu_of(w, i), 0);
    }
    for (unsigned int i = 0; i < LENGTH; i++) {
        w->port->ram[i] = (uint8_t)(0x90 + i);
    }
    frame_reader_init(&w->reader);
    hub_init(&w->hub, NULL, NULL);
    hub_ready(&w->hub);
    w->bystander = hub_connect(&w->hub, false);
    send_frame(w, w->bystander, ALTVIEW_SET_ACCESS, 0, &mine, sizeof(mine));
    while (scene_access(w->port->scene, 0, BYSTANDER) != XENMEM_access_r) {
        move(w);
    }
    before = port_fingerprint(w->port);
    w->monitor = hub_connect(&w->hub, false);
    w->owner = (uint32_t)w->monitor + 1;
    return before;
}

static void kill_once(void)
{
    static struct world w;
    uint64_t before;
    uint32_t left = AFTER;

    random_state = seed;
    before = begin(&w);
    for (uint32_t turns = any(any(2) ? 400 : 20000); turns; turns--) {
        turn(&w);
    }
    kill_monitor(&w);
    while (left && !is_at_rest(&w)) {
        turn(&w);
        left--;
    }
    CHECK(left);
    as_before(&w, before);
    hub_free(&w.hub);
    port_end(w.port);
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 0) : argc > 1 ? 1 : KILLS;

    for (seed = first; seed < first + count; seed++) {
        kill_once();
    }
    printf("%llu monitors killed: seeds %llu to %llu\n", (unsigned long long)count,
           (unsigned long long)first, (unsigned long long)(seed - 1));
    return 0;
}
