/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/port.h"

#include <stdlib.h>

static uint64_t now(void *context)
{
    struct port *p = context;

    return p->now;
}

static void get_registers(void *context, unsigned int vcpu, struct altview_registers *to)
{
    struct port *p = context;

    *to = p->registers[vcpu];
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

static bool delivers_interrupt(void *context, unsigned int vcpu)
{
    const struct port *p = context;

    (void)vcpu;
    return p->delivers_interrupt;
}

static void set_registers(void *context, unsigned int vcpu, uint32_t mask,
                          const struct altview_general *general, uint64_t cr3)
{
    struct port *p = context;
    struct altview_registers *to = &p->registers[vcpu];

    p->registers_set++;
    p->set_mask = mask;
    if (mask & ALTVIEW_SET_GPRS)
        memcpy(to->general.gpr, general->gpr, sizeof(to->general.gpr));
    if (mask & ALTVIEW_SET_RIP)
        to->general.rip = general->rip;
    if (mask & ALTVIEW_SET_RFLAGS)
        to->general.rflags = general->rflags;
    if (mask & ALTVIEW_SET_CR3)
        to->cr3 = cr3;
}

static void single_step(void *context, unsigned int vcpu, bool on)
{
    struct port *p = context;

    p->stepping[vcpu] = on;
}

static void watch(void *context, const uint64_t bits[ALTVIEW_CONTROL_REGISTERS])
{
    struct port *p = context;

    memcpy(p->watched, bits, sizeof(p->watched));
    p->watches++;
}

static void watch_msr(void *context, uint32_t msr, bool on)
{
    struct port *p = context;

    p->msr = msr;
    p->msr_on = on;
    p->msrs_told++;
}

/* Recognizable numbers. */
static void statistics(void *context, unsigned int vcpu, struct altview_statistics *to)
{
    (void)context;
    to->exits[48] = 1000 + vcpu;
    to->pool_pages = 500;
    to->pool_free = 400;
}

static uint64_t exits(void *context, unsigned int vcpu)
{
    (void)context;
    return 7000 + vcpu;
}

uint8_t *port_ram(const struct port *p, unsigned int view, uint64_t address)
{
    struct altp2m_mapping to = altp2m_translate(p->d, view, address >> ALTP2M_PAGE_SHIFT).to;
    uint64_t at = (to.mfn << ALTP2M_PAGE_SHIFT) + address % ALTP2M_PAGE_SIZE;

    return to.type == ALTP2M_TYPE_NONE ? NULL : (uint8_t *)(at + p->d->host.direct_map);
}

static unsigned int instruction(void *context, unsigned int vcpu, uint8_t *to, uint8_t *bits)
{
    const struct port *p = context;
    const uint8_t *code;
    unsigned int size = 0;

    *bits = 64;
    if (!p->code) {
        memset(to, 0x90, PORT_CODE);
        *to = 0xcc;
        return PORT_CODE;
    }
    code = port_ram(p, p->d->config.vcpus[vcpu].view, p->code);
    for (; code && size < PORT_CODE && (!size || (p->code + size) % ALTP2M_PAGE_SIZE); size++)
        to[size] = code[size];
    return size;
}

static uint32_t image(void *context)
{
    (void)context;
    return 0x11223344;
}

static void log_line(void *context, const char *text)
{
    struct port *p = context;

    assert_non_null(text);
    p->logged++;
}

static void told(void *context)
{
    struct port *p = context;
    size_t size;

    assert_non_null(control_output(&p->c, &size));
    p->told++;
}

static void still(void *context)
{
    struct port *p = context;

    p->stilled++;
}

/* In 64-bit mode: paging, EFER.LMA, CS.L. */
static struct altview_registers registers_of(unsigned int vcpu)
{
    struct altview_registers r = {.cr0 = 0x80000001, .cr4 = 0x20, .efer = 0x500, .cr3 = 0x5000};

    r.general.rip = 0xffffffff81000000 + vcpu;
    r.general.rflags = 0x202;
    r.segments[ALTVIEW_CS].rights = 0xa09b;
    return r;
}

struct port *port_new(struct scene *scene)
{
    struct port *p = calloc(1, sizeof(*p));
    struct control_host host = {
        .now = now,
        .ticks_hz = PORT_TICKS_HZ,
        .instance = 0x1122334455667788,
        .software = "a name that is longer than what fits there",
        .get_registers = get_registers,
        .get_mode = get_mode,
        .get_general = get_general,
        .set_registers = set_registers,
        .delivers_interrupt = delivers_interrupt,
        .single_step = single_step,
        .watch = watch,
        .watch_msr = watch_msr,
        .statistics = statistics,
        .exits = exits,
        .instruction = instruction,
        .physical_bits = PORT_BITS,
        .pages_1g = true,
        .maximum_gfn = PORT_LAST_GFN,
        .image = image,
        .log = log_line,
        .told = told,
        .still = still,
    };

    assert_non_null(p);
    host.context = p;
    p->scene = scene;
    p->d = scene->d;
    p->ram = ram_new(&scene->machine);
    assert_int_equal(
        altp2m_host_map(p->d, RAM_GFN, RAM_PAGES, scene_ram(ram_mfn(&scene->machine, p->ram))), 0);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        p->registers[i] = registers_of(i);
    p->now = 1000;
    p->sequence = 0x1000;
    frame_reader_init(&p->client);
    control_init(&p->c, &host, p->d);
    return p;
}

void port_end(struct port *p)
{
    control_end(&p->c);
    ram_free(p->ram);
    scene_end(p->scene);
    free(p);
}

int port_setup(void **state)
{
    struct scene *scene = scene_new();

    scene_start_active(scene);
    *state = port_new(scene);
    return 0;
}

int port_teardown(void **state)
{
    port_end(*state);
    return 0;
}

uint32_t port_owner;

size_t port_frame(uint8_t *frame, uint16_t type, uint32_t sequence, const void *payload,
                  size_t size)
{
    struct {
        struct altview_frame header;
        uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
    } f = {.header = {.kind = ALTVIEW_FRAME_REQUEST,
                      .type = type,
                      .length = (uint32_t)size,
                      .sequence = sequence}};

    f.header.owner = port_owner;
    assert_true(size <= sizeof(f.payload));
    if (size)
        memcpy(f.payload, payload, size);
    size = frame_seal(&f.header);
    memcpy(frame, &f, size);
    return size;
}

void port_send(struct port *p, const void *bytes, size_t size)
{
    assert_int_equal(control_receive(&p->c, bytes, size), size);
}

static void keep_event(struct port *p, const struct altview_frame *frame)
{
    assert_true(p->event_count < PORT_EVENTS);
    assert_true(frame->length <= sizeof(p->events[0]));
    memcpy(&p->events[p->event_count], frame_payload(frame), frame->length);
    p->event_sizes[p->event_count] = frame->length;
    assert_int_equal(frame->type, p->events[p->event_count].type);
    assert_int_equal(frame->sequence, p->events[p->event_count].id);
    p->event_count++;
}

static void keep(struct port *p, const struct altview_frame *frame)
{
    if (frame->kind == ALTVIEW_FRAME_EVENT) {
        keep_event(p, frame);
        return;
    }
    assert_int_equal(frame->kind, ALTVIEW_FRAME_REPLY);
    p->reply = *frame;
    memcpy(p->payload, frame_payload(frame), frame->length);
    p->replies++;
}

void port_drain(struct port *p)
{
    const struct altview_frame *frame;
    const void *bytes;
    size_t size;

    while ((bytes = control_output(&p->c, &size))) {
        assert_int_equal(frame_feed(&p->client, bytes, size), size);
        control_sent(&p->c, size);
        while ((frame = frame_next(&p->client)))
            keep(p, frame);
    }
    assert_int_equal(size, 0);
    assert_false(frame_is_under_way(&p->client));
    assert_int_equal(p->client.stray, 0);
}

int port_ask(struct port *p, uint16_t type, const void *payload, size_t size)
{
    uint8_t frame[FRAME_MAX];
    unsigned int replies = p->replies;

    port_send(p, frame, port_frame(frame, type, ++p->sequence, payload, size));
    port_drain(p);
    assert_int_equal(p->replies, replies + 1);
    assert_int_equal(p->reply.type, type);
    assert_int_equal(p->reply.sequence, p->sequence);
    return p->reply.status;
}

void port_listen(struct port *p, uint32_t sync, uint32_t report)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_LISTEN, altview_listen, .sync = sync, .report = report),
                     0);
}

struct control_verdict port_violation(struct port *p)
{
    struct control_violation v = {.physical = ((uint64_t)PORT_GFN << ALTP2M_PAGE_SHIFT) + 0x123,
                                  .gla = 0x7000123,
                                  .wants = ALTP2M_W,
                                  .flags = ALTVIEW_EVENT_GLA};

    return control_refused(&p->c, PORT_VCPU, ALTP2M_VERDICT_RESTRICTED, &v);
}

const struct altview_event *port_wait(struct port *p)
{
    assert_int_equal(port_violation(p).action, ALTP2M_VERDICT_WAIT);
    port_drain(p);
    return port_last_event(p);
}

const struct altview_event *port_last_event(const struct port *p)
{
    assert_true(p->event_count > 0);
    return &p->events[p->event_count - 1];
}

void port_pass(struct port *p, unsigned int milliseconds)
{
    p->now += (uint64_t)milliseconds * PORT_TICKS_MS;
    control_tick(&p->c);
}

uint64_t port_fingerprint(struct port *p)
{
    uint32_t used = p->scene->machine.memory.used;
    uint64_t sum;

    p->scene->machine.memory.used = 0;
    sum = scene_fingerprint(p->scene);
    p->scene->machine.memory.used = used;
    return sum;
}
