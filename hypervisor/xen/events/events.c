/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/events/events.h"

#include "base/index.h"
#include "base/string.h"
#include "xen/events/upcall.h"
#include "xen/face.h"
#include "xen/shared_info.h"

#include <xen/event_channel.h>
#include <xen/xen.h>

/* By bytes, so that no access crosses a cache line. */

static bool test_and_set(uint8_t *bits, size_t bit)
{
    uint8_t mask = (uint8_t)(1U << bit % 8);

    return __atomic_fetch_or(&bits[bit / 8], mask, __ATOMIC_SEQ_CST) & mask;
}

static bool test_and_clear(uint8_t *bits, size_t bit)
{
    uint8_t mask = (uint8_t)(1U << bit % 8);

    return __atomic_fetch_and(&bits[bit / 8], (uint8_t)~mask, __ATOMIC_SEQ_CST) & mask;
}

static bool test(const uint8_t *bits, size_t bit)
{
    return __atomic_load_n(&bits[bit / 8], __ATOMIC_SEQ_CST) >> bit % 8 & 1;
}

static void move(struct vcpu *vcpu, uint8_t *info, uint64_t mfn)
{
    vcpu->xen.info = info ? info : shared_info_of(vcpu);
    vcpu->xen.info_mfn = info ? mfn : ALTP2M_INVALID_MFN;
}

void events_init(struct domain *domain)
{
    struct xen_port *ports = domain->xen.ports;

    ports[0].state = XEN_PORT_RESERVED;
    domain->xen.ports_made = 64; /* Xen's first bucket */
    for (uint16_t port = XEN_PORT_STORE; port <= XEN_PORT_CONSOLE; port++) {
        ports[port] = (struct xen_port){.state = EVTCHNSTAT_interdomain, .peer = port};
    }
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        move(domain->vcpus[i], NULL, 0);
    }
}

/* Mark its word as pending. */
static void select_word(struct vcpu *vcpu, const struct shared_layout *layout, size_t port)
{
    uint8_t *info = vcpu->xen.info;

    if (info && !test_and_set(info + layout->selector, port / layout->word_bits)) {
        upcall_mark(vcpu);
    }
}

static void notify(const struct domain *domain, size_t port)
{
    select_word(domain->vcpus[domain->xen.ports[port].vcpu], shared_layout(domain), port);
}

void events_raise(struct domain *domain, size_t port)
{
    const struct shared_layout *layout = shared_layout(domain);
    uint8_t *shared = domain->xen.shared_info;

    if (!test_and_set(shared + layout->pending, port) && !test(shared + layout->mask, port)) {
        notify(domain, port);
    }
}

void events_unmask(struct domain *domain, size_t port)
{
    const struct shared_layout *layout = shared_layout(domain);
    uint8_t *shared = domain->xen.shared_info;

    if (test_and_clear(shared + layout->mask, port) && test(shared + layout->pending, port)) {
        notify(domain, port);
    }
}

void events_clear(struct domain *domain, size_t port)
{
    test_and_clear(domain->xen.shared_info + shared_layout(domain)->pending, port);
}

void events_raise_from_0(struct domain *domain, uint16_t port)
{
    const struct xen_port *end = &domain->xen.ports[port % XEN_PORTS];

    if (end->state == EVTCHNSTAT_interdomain && end->domain != DOMAIN_ID) {
        events_raise(domain, port);
    }
}

bool events_is_pending(const struct domain *domain, size_t port)
{
    return test(domain->xen.shared_info + shared_layout(domain)->pending, port);
}

void events_raise_timer(const struct vcpu *vcpu)
{
    if (vcpu->xen.virqs[VIRQ_TIMER]) {
        events_raise(vcpu->domain, vcpu->xen.virqs[VIRQ_TIMER]);
    }
}

void events_move_info(struct vcpu *vcpu, uint8_t *info, uint64_t mfn)
{
    const struct shared_layout *layout = shared_layout(vcpu->domain);
    const uint8_t *before = vcpu->xen.info;

    move(vcpu, info, mfn);
    if (!vcpu->xen.info) {
        return;
    }
    if (before) {
        memcpy(vcpu->xen.info, before, VCPU_INFO_SIZE);
    } else {
        memset(vcpu->xen.info, 0, VCPU_INFO_SIZE);
    }
    shared_info_tell_time(vcpu->domain, vcpu->xen.info);
    memset(vcpu->xen.info + layout->selector, 0xff, layout->word_bits / 8);
    upcall_mark(vcpu);
}

void events_leave(struct domain *domain, uint64_t mfn)
{
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (domain->vcpus[i]->xen.info_mfn == mfn) {
            events_move_info(domain->vcpus[i], NULL, 0);
        }
    }
}
