/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol of <xen/io/xs_wire.h>. The guest writes indices and headers as well: altview reads
 * each once, and no index leads out of a ring.
 */
#include "xen/backend.h"

#include "base/string.h"
#include "memory/pages.h"
#include "xen/events/events.h"
#include "xen/face.h"

#include <xen/io/xs_wire.h>

#define ERROR_TEXT "ENOENT"

#define REPLY_SIZE (sizeof(struct xsd_sockmsg) + sizeof(ERROR_TEXT))

/* The number of bytes in a ring, or UINT32_MAX if its indices are invalid. */
static uint32_t used(uint32_t producer, uint32_t consumer)
{
    uint32_t size = producer - consumer;

    return size <= XENSTORE_RING_SIZE ? size : UINT32_MAX;
}

static void copy_from_ring(void *to, const volatile char *ring, uint32_t at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((char *)to)[i] = ring[(at + i) % XENSTORE_RING_SIZE];
    }
}

static bool reply_to(volatile struct xenstore_domain_interface *page, const struct xsd_sockmsg *to)
{
    const struct xsd_sockmsg head = {XS_ERROR, to->req_id, to->tx_id, sizeof(ERROR_TEXT)};
    uint32_t at = page->rsp_prod, size = used(at, page->rsp_cons);
    char reply[REPLY_SIZE];

    if (size > XENSTORE_RING_SIZE - REPLY_SIZE) {
        return false;
    }
    memcpy(reply, &head, sizeof(head));
    memcpy(reply + sizeof(head), ERROR_TEXT, sizeof(ERROR_TEXT));
    for (size_t i = 0; i < sizeof(reply); i++) {
        page->rsp[(at + i) % XENSTORE_RING_SIZE] = reply[i];
    }
    __atomic_thread_fence(__ATOMIC_RELEASE);
    page->rsp_prod = at + (uint32_t)REPLY_SIZE;
    return true;
}

/* Skip the last request's bytes in the ring. True if that was all of it. */
static bool skip_rest(struct xen_state *xen, volatile struct xenstore_domain_interface *page)
{
    uint32_t at = page->req_cons, size = used(page->req_prod, at);

    if (size == UINT32_MAX) {
        return false;
    }
    size = size < xen->store_left ? size : xen->store_left;
    xen->store_left -= size;
    page->req_cons = at + size;
    return xen->store_left == 0;
}

/* True: altview has answered one more request. Its other bytes may still come. */
static bool answer_one(struct xen_state *xen, volatile struct xenstore_domain_interface *page)
{
    uint32_t at = page->req_cons, size = used(page->req_prod, at);
    struct xsd_sockmsg head;

    if (size == UINT32_MAX || size < sizeof(head)) {
        return false;
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    copy_from_ring(&head, page->req, at, sizeof(head));
    if (head.len > XENSTORE_PAYLOAD_MAX || !reply_to(page, &head)) {
        return false;
    }
    page->req_cons = at + (uint32_t)sizeof(head);
    xen->store_left = head.len;
    return true;
}

void store_serve(struct domain *domain)
{
    struct xen_state *xen = &domain->xen;
    volatile struct xenstore_domain_interface *page = virt_of(xen->store_mfn << ALTP2M_PAGE_SHIFT);
    bool answered = false;

    /* At most a ring's content: the guest may fill it meanwhile. */
    for (unsigned int i = 0; i < XENSTORE_RING_SIZE / sizeof(struct xsd_sockmsg); i++) {
        if (!skip_rest(xen, page) || !answer_one(xen, page)) {
            break;
        }
        answered = true;
    }
    skip_rest(xen, page);
    if (answered) {
        events_raise_from_0(domain, XEN_PORT_STORE);
    }
}
