/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/domain.h"

#include <altview/hvmop.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xen/errno.h>

/* The functions that the engine calls. `context` is the domain. */

static void *page_alloc(void *context)
{
    struct sim *s = context;

    return sim_memory_alloc(&s->memory);
}

static void page_free(void *context, void *page)
{
    struct sim *s = context;

    sim_memory_free(&s->memory, page);
}

/* A simulated vCPU translates anew with each access, by the engine's current answer. */

static void flush(void *context, uint64_t eptp)
{
    (void)context;
    (void)eptp;
}

static void vcpu_changed(void *context, struct altp2m_vcpu *vcpu)
{
    (void)context;
    (void)vcpu;
}

static int exit_count(void *context, unsigned int vcpu_id, uint32_t reason, uint64_t *count)
{
    const struct sim *s = context;

    if (vcpu_id >= s->vcpu_count ||
        (reason >= ALTVIEW_EXIT_REASONS && reason != ALTVIEW_EXIT_ALL)) {
        return -XEN_EINVAL;
    }
    *count = reason == ALTVIEW_EXIT_ALL ? sim_exits(&s->vcpus[vcpu_id])
                                        : s->vcpus[vcpu_id].exits[reason];
    return 0;
}

/* #VE is delivered in software, which looks the same from inside and needs no CPU model here. */
static int init_altp2m(struct sim *s, const struct sim_options *options)
{
    const struct altp2m_host host = {
        .context = s,
        .direct_map = (uintptr_t)s->memory.base,
        .page_alloc = page_alloc,
        .page_free = page_free,
        .flush = flush,
        .vcpu_changed = vcpu_changed,
        .exit_count = exit_count,
    };
    const struct altp2m_config config = {
        .mode = options->mode,
        .view_count = options->views,
        .gfn_bits = SIM_PHYSICAL_BITS - ALTP2M_PAGE_SHIFT,
        .has_2m = true,
        .has_1g = true,
        .has_exec_only = true,
        .has_ve = false,
        .access_required = options->access_required,
        .domid = SIM_DOMID,
        .vcpus = s->altp2m_vcpus,
        .vcpu_count = options->vcpus,
        .kept = &s->kept,
        .kept_count = 1,
    };
    const struct altp2m_mapping ram = {0, ALTP2M_TYPE_RAM, ALTP2M_MEMTYPE_WB};
    uint64_t ram_end = s->memory.ram_pages;
    int rc;

    s->kept = (struct altp2m_frames){ram_end, ram_end + s->memory.pool_pages, false};
    rc = altp2m_domain_init(&s->altp2m, &host, &config);
    return rc ? rc : altp2m_host_map(&s->altp2m, 0, s->memory.ram_pages, ram);
}

static void init_vcpus(struct sim *s, unsigned int count)
{
    s->vcpu_count = count;
    for (unsigned int i = 0; i < count; i++) {
        s->vcpus[i] = (struct sim_vcpu){.sim = s, .altp2m = &s->altp2m_vcpus[i], .id = i};
        sim_reset_registers(&s->vcpus[i].registers);
        s->vcpus[i].xcr0 = 1; /* as after a reset: SDM Vol. 1 13.3 */
    }
}

static void init_lock(struct sim *s)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&s->lock, NULL);
}

static int start(struct sim *s, const struct sim_options *options)
{
    struct control_host host = sim_control_host(s);
    int rc;

    init_vcpus(s, options->vcpus);
    rc = init_altp2m(s, options);
    if (!rc) {
        s->moves = sim_memory_alloc(&s->memory); /* there are thousands */
        altp2m_tell_moves(&s->altp2m, s->moves);
        host.counter = (uint64_t)((uint8_t *)s->moves - s->memory.base);
        control_init(&s->control, &host, &s->altp2m);
    }
    return rc;
}

int sim_new(const struct sim_options *options, struct sim **sim)
{
    struct sim *s = calloc(1, sizeof(*s));
    int rc;

    if (!s) {
        return -ENOMEM;
    }
    s->event_fd = -1;
    init_lock(s);
    rc = sim_memory_init(&s->memory, options->memory);
    if (!rc) {
        rc = start(s, options);
    }
    if (rc) {
        sim_free(s);
        return rc;
    }
    *sim = s;
    return 0;
}

/* The tables are pages of the memory and are freed with it. */
void sim_free(struct sim *s)
{
    if (s->memory.base) {
        sim_memory_fini(&s->memory);
    }
    if (s->event_fd >= 0) {
        close(s->event_fd);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void sim_lock(struct sim *s)
{
    pthread_mutex_lock(&s->lock);
}

/* Readable while there is output. */
static void update_event_fd(struct sim *s)
{
    size_t size;
    bool up = control_output(&s->control, &size);
    eventfd_t value;

    if (s->event_fd < 0 || up == s->fd_is_up) {
        return;
    }
    if (up ? eventfd_write(s->event_fd, 1) : eventfd_read(s->event_fd, &value)) {
        return; /* neither fails for this eventfd; the next unlock tries again */
    }
    s->fd_is_up = up;
}

void sim_unlock(struct sim *s)
{
    update_event_fd(s);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}
