/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: libaltview against a server that sends any reply, at any time, or none. The
 * library's clock is the fuzzer's, so that waiting costs nothing. Whatever comes, each call ends
 * within its time. It sends no more requests than its task takes. Its results keep the header's
 * promises.
 */
#include "control/frame.h"
#include "input.h"
#include "sim/fail.h"
#include "toolstack/lib/transport.h"

#include <altview/altview.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <xen/hvm/hvm_op.h>

#define TIMEOUT_MS   1000
#define THINKS_MS    127 /* the server, at most: a call is late by that */
#define MOST_CALLS   12
#define PAGE         4096
#define VIEWS        65536
#define VCPUS        8192
#define HONEST_STEP  32
#define OPEN_MS      30000 /* the default of altview_set_timeout: a new handle has no other */
#define CLOSE_MS     500
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The other end of the line. */
static struct server {
    struct input in;
    int64_t now_ms;
    struct frame_reader requests;
    size_t waiting, taken; /* bytes to be received: in all, and those already received */
    unsigned int honest;   /* replies in this call that make as much progress as a true server's */
    bool gone;
    _Alignas(8) uint8_t bytes[2 * FRAME_MAX];
} server;

/* The library's build replaces clock_gettime by this. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
    (void)clock;
    *t = (struct timespec){server.now_ms / 1000, server.now_ms % 1000 * 1000000};
    return 0;
}

static void pass(int milliseconds)
{
    server.now_ms += milliseconds;
}

static void say(const void *bytes, size_t size)
{
    if (size <= sizeof(server.bytes) - server.waiting) {
        memcpy(server.bytes + server.waiting, bytes, size);
        server.waiting += size;
    }
}

/* Usually the payload has its right size. */
static uint32_t right_size(const struct altview_frame *request)
{
    static const uint16_t sizes[ALTVIEW_REQUESTS] = {
        [ALTVIEW_HELLO] = sizeof(struct altview_hello),
        [ALTVIEW_HVMOP] = sizeof(struct xen_hvm_altp2m_op),
        [ALTVIEW_SET_ACCESS] = sizeof(struct altview_progress),
        [ALTVIEW_ACCESS_LIST] = sizeof(struct altview_progress),
        [ALTVIEW_GET_ACCESS] = sizeof(struct altview_access),
        [ALTVIEW_GET_REGISTERS] = sizeof(struct altview_registers),
        [ALTVIEW_STATISTICS] = sizeof(struct altview_statistics),
        [ALTVIEW_LOCATE] = sizeof(struct altview_located) + sizeof(struct altview_frames),
        [ALTVIEW_MEMORY] = sizeof(struct altview_layout),
    };

    return request->type == ALTVIEW_READ
               ? ((const struct altview_memory *)frame_payload(request))->length % (PAGE + 1)
               : sizes[request->type % ALTVIEW_REQUESTS];
}

static size_t element_size(uint16_t type)
{
    switch (type) {
    case ALTVIEW_VIEWS:
        return sizeof(struct altview_view);
    case ALTVIEW_VCPUS:
        return sizeof(struct altview_vcpu);
    case ALTVIEW_VISIBILITY:
        return sizeof(struct altview_visible_to);
    case ALTVIEW_OVERRIDES:
        return sizeof(struct altview_override);
    default:
        return 0;
    }
}

/* Elements that count up from the request's first one; the input gives most of their bytes. */
static uint32_t fill_list(const struct altview_frame *request, uint8_t *payload)
{
    const struct altview_first *first = frame_payload(request);
    size_t size = element_size(request->type);
    size_t most = (ALTVIEW_CONTROL_MAX_PAYLOAD - sizeof(struct altview_list)) / size;
    uint8_t how = input_byte(&server.in);
    struct altview_list list = {.count = how & 64 ? (uint32_t)most : how % 8};

    for (uint32_t i = 0; i < list.count; i++) {
        uint8_t *element = payload + sizeof(list) + i * size;
        uint64_t place = first->first + i;

        if (request->type == ALTVIEW_OVERRIDES) {
            ((struct altview_override *)(void *)element)->gfn = place;
        } else if (request->type == ALTVIEW_VCPUS) {
            ((struct altview_vcpu *)(void *)element)->vcpu = (uint32_t)place;
        } else {
            memcpy(element, &place, sizeof(uint16_t)); /* a view */
        }
    }
    list.next = how & 128 ? first->first + list.count + (how & 1) : ALTVIEW_NO_GFN;
    memcpy(payload, &list, sizeof(list));
    server.honest += list.count >= HONEST_STEP;
    return (uint32_t)(sizeof(list) + list.count * size);
}

/* Returns the request's payload, like an operation that has not finished, with some progress. */
static void fill_progress(const struct altview_frame *request, uint8_t *payload, uint32_t size)
{
    uint8_t step = input_byte(&server.in);

    if (size <= request->length) {
        memcpy(payload, frame_payload(request), size);
    }
    if (size >= sizeof(uint64_t)) {
        uint64_t done;

        memcpy(&done,
               request->type == ALTVIEW_SET_ACCESS ? (const uint8_t *)frame_payload(request) +
                                                         offsetof(struct altview_set_access, done)
                                                   : payload,
               sizeof(done));
        done += step & 15;
        memcpy(payload, &done, sizeof(done));
    }
}

static void scatter(uint8_t *payload, uint32_t size)
{
    for (uint8_t n = input_byte(&server.in) % 8; n; n--) {
        uint32_t at = input_byte(&server.in) | (uint32_t)input_byte(&server.in) << 8;
        uint8_t byte = input_byte(&server.in);

        if (size) {
            payload[at % size] = byte;
        }
    }
}

static int status(void)
{
    static const int statuses[] = {
        0,       0,           0,      0,      -ERESTART, -ERESTART, -EINVAL, -EBUSY,
        -ENOMEM, -EOPNOTSUPP, -EPERM, -ESRCH, -ENOENT,   -EEXIST,   -ENOSYS, 5};

    return statuses[input_byte(&server.in) % COUNT(statuses)];
}

static void reply(const struct altview_frame *request)
{
    struct {
        struct altview_frame frame;
        uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
    } r = {.frame = *request};
    uint8_t how = input_byte(&server.in);
    uint32_t size = right_size(request);

    memset(r.payload, how & 1 ? 0 : input_byte(&server.in), sizeof(r.payload));
    r.frame.kind = ALTVIEW_FRAME_REPLY;
    r.frame.status = how & 2 ? 0 : status();
    if (element_size(request->type)) {
        size = fill_list(request, r.payload);
    } else if (how & 4) {
        fill_progress(request, r.payload, size);
    }
    scatter(r.payload, size);
    server.honest += request->type == ALTVIEW_READ || request->type == ALTVIEW_WRITE;
    r.frame.length = (how & 0xf0) == 0xf0 ? input_byte(&server.in) : size;
    say(&r, frame_seal(&r.frame));
}

/* Lets the library's first question succeed. */
static void greet(const struct altview_frame *request)
{
    struct {
        struct altview_frame frame;
        struct altview_hello hello;
    } r = {*request,
           {.version = ALTVIEW_CONTROL_VERSION,
            .mode = 2,
            .vcpu_count = 4,
            .gfn_bits = 40,
            .flags = ALTVIEW_HELLO_ACTIVE}};

    r.frame.kind = ALTVIEW_FRAME_REPLY;
    r.frame.status = 0;
    r.frame.length = sizeof(r.hello);
    say(&r, frame_seal(&r.frame));
}

static void event(void)
{
    struct {
        struct altview_frame frame;
        struct altview_event event;
    } e = {.frame = {.kind = ALTVIEW_FRAME_EVENT, .length = sizeof(e.event)}};

    input_bytes(&server.in, &e.event, 48);
    e.event.instruction_size = input_byte(&server.in);
    e.frame.type = e.event.type;
    e.frame.length = e.event.id & 1 ? sizeof(e.event) : ALTVIEW_EVENT_BRIEF_SIZE;
    say(&e, frame_seal(&e.frame));
}

static void rubbish(void)
{
    uint8_t bytes[64];
    size_t size = input_byte(&server.in) % sizeof(bytes);

    input_bytes(&server.in, bytes, size);
    say(bytes, size);
}

static void answer(const struct altview_frame *request)
{
    uint8_t what = input_byte(&server.in);

    if (!server.in.left) {
        return; /* the server never sends again */
    }
    if (what & 128) {
        pass(what & THINKS_MS);
    }
    switch (what & 15) {
    case 0:
        break;
    case 1:
        server.gone = true;
        break;
    case 2:
        rubbish();
        break;
    case 3:
        event();
        reply(request);
        break;
    case 4:
    case 5:
        if (request->type == ALTVIEW_HELLO) {
            greet(request);
            break;
        }
        reply(request);
        break;
    default:
        reply(request);
    }
}

static int line_send(void *line, const void *bytes, size_t size, int milliseconds)
{
    const struct altview_frame *request;
    size_t fed = 0;

    (void)line;
    (void)milliseconds;
    if (server.gone) {
        return -ENOTCONN;
    }
    while (fed < size) {
        fed += frame_feed(&server.requests, (const uint8_t *)bytes + fed, size - fed);
        while ((request = frame_next(&server.requests))) {
            answer(request);
        }
    }
    return (int)size;
}

static int line_receive(void *line, void *bytes, size_t size, int milliseconds)
{
    size_t left = server.waiting - server.taken;

    (void)line;
    if (!left) {
        server.waiting = server.taken = 0;
        pass(milliseconds < 0 ? TIMEOUT_MS : milliseconds);
        return server.gone ? -ENOTCONN : 0;
    }
    size = left < size ? left : size;
    memcpy(bytes, server.bytes + server.taken, size);
    server.taken += size;
    return (int)size;
}

static int line_fd(void *line)
{
    (void)line;
    return -EOPNOTSUPP;
}

static void line_close(void *line)
{
    (void)line;
}

/* The fuzzer's own kind of domain. */
int transport_open_sim(const char *rest, unsigned int flags, struct transport **transport)
{
    static const struct line_ops ops = {
        .send = line_send, .receive = line_receive, .fd = line_fd, .close = line_close};

    (void)rest;
    (void)flags;
    return transport_over_line(&ops, &server, transport);
}

/* A program's use of the results. It adds up the bytes, so that it reads each one. */
static volatile size_t used;

static void use_views(altview *h)
{
    struct altview_view *views = NULL;
    size_t count = 0;

    if (altview_views(h, &views, &count)) {
        return;
    }
    if (count > VIEWS) {
        sim_fail("more views than there are numbers");
    }
    for (size_t i = 0; i < count; i++) {
        used += strlen(views[i].name);
    }
    free(views);
}

static void use_vcpus(altview *h)
{
    struct altview_vcpu *vcpus = NULL;
    size_t count = 0;

    if (altview_vcpus(h, &vcpus, &count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (vcpus[i].vcpu >= VCPUS || (i && vcpus[i].vcpu <= vcpus[i - 1].vcpu)) {
            sim_fail("vCPU %u is in the list", vcpus[i].vcpu);
        }
    }
    free(vcpus);
}

static void use_visibility(altview *h)
{
    struct altview_visible_to *views = NULL;
    size_t count = 0;

    if (!altview_visibility(h, &views, &count)) {
        used += count ? views[count - 1].view : 0;
        free(views);
    }
}

static void use_overrides(altview *h)
{
    struct altview_override *overrides = NULL;
    size_t count = 0;

    if (!altview_overrides(h, 1, &overrides, &count)) {
        used += count ? (size_t)overrides[count - 1].gfn : 0;
        free(overrides);
    }
}

static void use_hello(altview *h)
{
    struct altview_hello hello;

    if (!altview_hello(h, &hello)) {
        used += strlen(hello.software);
        if (hello.vcpu_count > VCPUS) {
            sim_fail("%u vCPUs", hello.vcpu_count);
        }
    }
}

static void find_view(altview *h)
{
    unsigned int view;

    altview_find_view(h, "vault", &view);
}

static void set_access(altview *h)
{
    altview_set_access(h, 1, input_byte(&server.in), 1 + input_byte(&server.in) % 8, 1);
}

static void read_memory(altview *h)
{
    uint8_t bytes[2 * PAGE];

    altview_read(h, 0, 0x1000, bytes, sizeof(bytes));
}

static void write_memory(altview *h)
{
    static const uint8_t bytes[PAGE + 8];

    altview_write(h, 0, 0x1000, bytes, sizeof(bytes));
}

static void operate(altview *h)
{
    unsigned int view;

    switch (input_byte(&server.in) % 6) {
    case 0:
        altview_create_view(h, 7, &view);
        break;
    case 1:
        altview_destroy_view(h, 1);
        break;
    case 2:
        altview_remap(h, 1, 2, 3);
        break;
    case 3:
        altview_evict(h, ALTVIEW_ALL_VCPUS, 1, 2);
        break;
    case 4:
        altview_name_view(h, 1, "name");
        break;
    default:
        altview_set_vmfunc(h, 1, true);
    }
}

static void look_at_vcpu(altview *h)
{
    struct altview_registers registers;
    struct altview_statistics statistics;
    unsigned int access;

    altview_get_registers(h, 0, &registers);
    altview_statistics(h, 0, &statistics);
    altview_get_access(h, 1, 2, &access);
}

static void hold_vcpu(altview *h)
{
    const struct altview_listen listen = {.sync = 1};

    altview_pause(h, 0);
    altview_listen(h, &listen);
}

static void take_events(altview *h)
{
    struct altview_event e;

    for (unsigned int i = 0; i < 8 && !altview_next_event(h, &e, TIMEOUT_MS / 8); i++) {
        if (e.type >= ALTVIEW_EVENTS || e.instruction_size >= sizeof(e.instruction)) {
            sim_fail("an event of type %u, of %u bytes", e.type, e.instruction_size);
        }
    }
}

/* The number of the library's calls in each. */
static const struct {
    void (*make)(altview *h);
    unsigned int calls;
} calls[] = {
    {use_views, 1}, {use_vcpus, 1},    {use_visibility, 1}, {use_overrides, 1}, {use_hello, 1},
    {find_view, 1}, {set_access, 1},   {read_memory, 1},    {write_memory, 1},  {operate, 1},
    {operate, 1},   {look_at_vcpu, 3}, {hold_vcpu, 2},      {take_events, 9},   {use_views, 1},
};

/* The time limit of one call, and that of one more for each honest reply. */
static void check_time(int64_t since, unsigned int count, int64_t each)
{
    int64_t took = server.now_ms - since;

    if (took > (each + THINKS_MS) * count + (int64_t)server.honest * each) {
        sim_fail("%u calls took %lld ms, with %u honest steps", count, (long long)took,
                 server.honest);
    }
}

static altview *open_domain(void)
{
    int64_t began = server.now_ms;
    altview *h = NULL;

    server.honest = 0;
    if (altview_open("sim:", 0, &h)) {
        h = NULL;
    }
    check_time(began, 1, OPEN_MS);
    return h;
}

static void make_call(altview *h)
{
    unsigned int which = input_byte(&server.in) % COUNT(calls);
    int64_t began = server.now_ms;

    server.honest = 0;
    calls[which].make(h);
    check_time(began, calls[which].calls, TIMEOUT_MS);
    used += strlen(altview_error());
}

static void close_domain(altview *h)
{
    int64_t began = server.now_ms;

    server.honest = 0;
    altview_close(h);
    check_time(began, 1, CLOSE_MS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    altview *h;

    memset(&server, 0, sizeof(server));
    server.in = (struct input){.data = data, .left = size};
    server.now_ms = 1000;
    frame_reader_init(&server.requests);
    h = open_domain();
    if (!h) {
        return 0;
    }
    altview_set_timeout(h, TIMEOUT_MS);
    for (unsigned int i = 0; i < MOST_CALLS && server.in.left; i++) {
        sim_describe("call %u of an input of %zu bytes", i, size);
        make_call(h);
    }
    close_domain(h);
    return 0;
}
