/* SPDX-License-Identifier: BSD-2-Clause */
#include "ring.h"

#include "domains.h"
#include "ports.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define VCPUS   64
#define PAGE    4096
#define HOUR_MS 3600000U /* as long as altview waits for an answer; Xen waits for ever */

/* A vCPU that waits for the program's answer. */
struct asked {
    uint64_t event; /* 0: it does not */
    uint16_t view;
    bool injects;
    uint8_t vector;
    uint32_t error_code;
    uint64_t cr2;
};

struct ring {
    uint32_t domid;
    pid_t owner; /* its thread is in no child */
    int port;
    altview *h;
    void *page;                  /* the library's mapping; the program has another */
    vm_event_front_ring_t front; /* Xen's side of it */
    uint32_t wanted;             /* events, by bits */
    uint32_t told;               /* of these, those on which the vCPU does not wait */
    uint64_t ignore[ALTVIEW_CONTROL_REGISTERS];
    struct altview_msrs msrs;
    bool ends;
    bool gone; /* the domain has ended: its connection stays readable for ever */
    pthread_t thread;
    struct asked vcpus[VCPUS];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all rings */
static struct ring *rings[DOMAINS_MAX];

static struct ring **find(uint32_t domid)
{
    for (unsigned int i = 0; i < DOMAINS_MAX; i++) {
        if (rings[i] && rings[i]->domid == domid && rings[i]->owner == getpid()) {
            return &rings[i];
        }
    }
    return NULL;
}

/* With the lock: put in as many as fit. A vCPU with an event that Xen does not have goes on. */
static void take_events(struct ring *r)
{
    struct altview_event e;
    vm_event_request_t request;
    bool any = false;
    int rc = 0;

    while (!RING_FULL(&r->front) && !(rc = altview_next_event(r->h, &e, 0))) {
        if (e.vcpu >= VCPUS || !vm_event_make(r->h, &e, &request)) {
            continue;
        }
        if (e.flags & ALTVIEW_EVENT_SYNC) {
            r->vcpus[e.vcpu].event = e.id;
            r->vcpus[e.vcpu].view = e.view;
        }
        *RING_GET_REQUEST(&r->front, r->front.req_prod_pvt) = request;
        r->front.req_prod_pvt++;
        RING_PUSH_REQUESTS(&r->front);
        any = true;
    }
    r->gone = rc && rc != -EAGAIN;
    if (any) {
        altview_xen_port_notify(r->port, PORT_RING);
    }
}

/* An exception that xc_hvm_inject_trap asked for goes before all else: the guest handles it. */
static void add_exception(struct asked *v, struct altview_answer *a)
{
    if (v->injects) {
        a->actions &= ~(ALTVIEW_ANSWER_STEP | ALTVIEW_ANSWER_SWITCH);
        a->actions |= ALTVIEW_ANSWER_DENY;
        a->vector = v->vector;
        a->error_code = v->error_code;
        a->cr2 = v->cr2;
    }
    v->injects = false;
}

static bool is_stepped(altview *h, uint32_t vcpu)
{
    struct altview_vcpu *list = NULL;
    size_t count = 0;
    bool stepped = false;

    if (!altview_vcpus(h, &list, &count) && vcpu < count) {
        stepped = list[vcpu].flags & ALTVIEW_VCPU_STEPPING;
    }
    free(list);
    return stepped;
}

/* Xen lets the vCPU go on whatever the response says. */
static void answer(struct ring *r, const vm_event_response_t *response)
{
    struct asked *v = response->vcpu_id < VCPUS ? &r->vcpus[response->vcpu_id] : NULL;
    struct altview_answer a = {.vcpu = response->vcpu_id};
    bool toggles;

    if (!v || !v->event || !(response->flags & VM_EVENT_FLAG_VCPU_PAUSED)) {
        return;
    }
    a.event = v->event;
    a.view = v->view;
    v->event = 0;
    vm_event_answer(response, &a, &toggles);
    add_exception(v, &a);
    if (toggles) {
        altview_single_step(r->h, response->vcpu_id, !is_stepped(r->h, response->vcpu_id));
    }
    if (altview_answer(r->h, &a)) {
        fprintf(stderr, "altview: a response can't be followed, the vCPU goes on without: %s\n",
                altview_error());
        altview_answer(r->h, &(struct altview_answer){.event = a.event, .vcpu = a.vcpu});
    }
}

/* Each is read once: the program may write to the page at any time. */
static void take_responses(struct ring *r)
{
    RING_IDX end = __atomic_load_n(&r->front.sring->rsp_prod, __ATOMIC_ACQUIRE);
    vm_event_response_t response;

    if (RING_RESPONSE_PROD_OVERFLOW(&r->front, end)) {
        return;
    }
    while (r->front.rsp_cons != end && r->front.rsp_cons != r->front.req_prod_pvt) {
        RING_COPY_RESPONSE(&r->front, r->front.rsp_cons, &response);
        r->front.rsp_cons++;
        r->front.sring->rsp_event = r->front.rsp_cons + 1;
        answer(r, &response);
    }
}

static void *serve(void *context)
{
    struct ring *r = context;
    struct pollfd fds[2] = {
        {.fd = altview_xen_port_fd(r->port, PORT_RING), .events = POLLIN},
        {.fd = altview_event_fd(r->h), .events = POLLIN},
    };

    for (bool ends = false; !ends;) {
        /* With a full ring, events wait until there are responses. */
        poll(fds, r->gone || RING_FULL(&r->front) ? 1 : 2, -1);
        pthread_mutex_lock(&lock);
        altview_xen_port_take(r->port, PORT_RING);
        ends = r->ends;
        if (!ends) {
            take_responses(r);
            take_events(r);
        }
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static int listen_to(struct ring *r)
{
    struct altview_listen l = {
        .sync = r->wanted & ~r->told,
        .report = r->wanted,
        .timeout_ms = HOUR_MS,
        .flags = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_LIFT),
        .msrs = r->msrs,
    };

    memcpy(l.ignore, r->ignore, sizeof(l.ignore));
    return altview_listen(r->h, r->wanted ? &l : &(struct altview_listen){0});
}

/* One page, for the program and for the library. */
static void *make_page(void **ours)
{
    void *theirs = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    *ours = theirs == MAP_FAILED ? MAP_FAILED : mremap(theirs, 0, PAGE, MREMAP_MAYMOVE);
    if (*ours == MAP_FAILED) {
        if (theirs != MAP_FAILED) {
            munmap(theirs, PAGE);
        }
        return NULL;
    }
    return theirs;
}

static void free_ring(struct ring *r)
{
    altview_xen_port_close(r->port);
    munmap(r->page, PAGE);
    free(r);
    altview_xen_close();
}

/* With the lock. */
static int start(struct ring *r)
{
    vm_event_sring_t *shared = r->page;
    int rc;

    SHARED_RING_INIT(shared);
    FRONT_RING_INIT(&r->front, shared, PAGE);
    r->wanted = 1U << ALTVIEW_EVENT_MEM_ACCESS;
    rc = listen_to(r);
    return rc ? rc : -pthread_create(&r->thread, NULL, serve, r);
}

static int open_ring(altview *h, uint32_t domid, struct ring **ring, void **theirs)
{
    struct ring *r = calloc(1, sizeof(*r));
    int rc = r ? altview_xen_port_open(domid) : -ENOMEM;

    if (rc < 0) {
        free(r);
        return rc;
    }
    altview_xen_open(); /* the connection is open: one user more */
    *r = (struct ring){.domid = domid, .owner = getpid(), .port = rc, .h = h};
    *theirs = make_page(&r->page);
    rc = *theirs ? start(r) : -ENOMEM;
    if (rc) {
        if (*theirs) {
            munmap(*theirs, PAGE);
        }
        free_ring(r);
        return rc;
    }
    *ring = r;
    return 0;
}

void *altview_xen_ring_open(uint32_t domid, int *port)
{
    altview *h = altview_xen_domain(domid);
    void *theirs = NULL;
    int rc = h ? 0 : -errno;

    pthread_mutex_lock(&lock);
    for (unsigned int i = 0; !rc && i < DOMAINS_MAX; i++) {
        if (!rings[i]) {
            rc = open_ring(h, domid, &rings[i], &theirs);
            *port = rc ? *port : rings[i]->port;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    errno = rc ? -rc : errno;
    return rc ? NULL : theirs;
}

int altview_xen_ring_close(uint32_t domid)
{
    struct ring *r = NULL, **at;

    pthread_mutex_lock(&lock);
    at = find(domid);
    if (at) {
        r = *at;
        *at = NULL;
        r->ends = true;
        r->wanted = 0;
        listen_to(r); /* events on which vCPUs wait go by the rule */
        altview_xen_port_notify(r->port, PORT_PROGRAM);
    }
    pthread_mutex_unlock(&lock);
    if (!r) {
        return -EINVAL;
    }
    pthread_join(r->thread, NULL);
    free_ring(r);
    return 0;
}

int altview_xen_ring_want(uint32_t domid, unsigned int type, bool wanted)
{
    int rc = -EINVAL;

    pthread_mutex_lock(&lock);
    struct ring **at = find(domid);
    if (at) {
        struct ring *r = *at;
        r->wanted = wanted ? r->wanted | 1U << type : r->wanted & ~(1U << type);
        rc = listen_to(r);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int altview_xen_ring_want_register(uint32_t domid, unsigned int index, bool wanted, bool sync,
                                   uint64_t ignore)
{
    int rc = -EINVAL;

    pthread_mutex_lock(&lock);
    struct ring **at = find(domid);
    if (at && index < ALTVIEW_CONTROL_REGISTERS) {
        struct ring *r = *at;
        uint32_t bit = 1U << (ALTVIEW_EVENT_CR0 + index);
        r->wanted = wanted ? r->wanted | bit : r->wanted & ~bit;
        r->told = sync ? r->told & ~bit : r->told | bit;
        r->ignore[index] = ignore;
        rc = listen_to(r);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

/* The last one takes the place of one that goes. */
static void drop_msr(struct altview_msrs *msrs, uint32_t msr)
{
    uint32_t i = 0, last;

    while (i < msrs->count && msrs->numbers[i] != msr) {
        i++;
    }
    if (i == msrs->count) {
        return;
    }
    last = --msrs->count;
    msrs->numbers[i] = msrs->numbers[last];
    msrs->changes = (msrs->changes & ~(UINT64_C(1) << i)) | (msrs->changes >> last & 1) << i;
    msrs->changes &= ~(UINT64_C(1) << last);
    msrs->numbers[last] = 0;
}

static int add_msr(struct altview_msrs *msrs, uint32_t msr, bool changes)
{
    if (msrs->count == ALTVIEW_MSRS) {
        return -ENOSPC;
    }
    msrs->numbers[msrs->count] = msr;
    msrs->changes |= (uint64_t)changes << msrs->count;
    msrs->count++;
    return 0;
}

static int want_msr(struct ring *r, uint32_t msr, bool wanted, bool changes)
{
    const struct altview_msrs before = r->msrs;
    uint32_t bit = 1U << ALTVIEW_EVENT_MSR;
    int rc;

    drop_msr(&r->msrs, msr);
    rc = wanted ? add_msr(&r->msrs, msr, changes) : 0;
    r->wanted = r->msrs.count ? r->wanted | bit : r->wanted & ~bit;
    rc = rc ? rc : listen_to(r);
    if (rc) {
        r->msrs = before;
        r->wanted = before.count ? r->wanted | bit : r->wanted & ~bit;
    }
    return rc;
}

int altview_xen_ring_want_msr(uint32_t domid, uint32_t msr, bool wanted, bool changes)
{
    int rc = -EINVAL;

    pthread_mutex_lock(&lock);
    struct ring **at = find(domid);
    if (at) {
        rc = want_msr(*at, msr, wanted, changes);
    }
    pthread_mutex_unlock(&lock);
    return rc;
}

int altview_xen_ring_inject(uint32_t domid, uint32_t vcpu, uint8_t vector, uint32_t error_code,
                            uint64_t cr2)
{
    int rc = -EINVAL;

    pthread_mutex_lock(&lock);
    struct ring **at = find(domid);
    if (at && vcpu < VCPUS && (*at)->vcpus[vcpu].event) {
        struct asked *v = &(*at)->vcpus[vcpu];
        v->injects = true;
        v->vector = vector;
        v->error_code = error_code;
        v->cr2 = cr2;
        rc = 0;
    }
    pthread_mutex_unlock(&lock);
    return rc;
}
