/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain and its virtual CPUs. */
#include "../handle.h"

#include <errno.h>

int altview_hello(altview *h, struct altview_hello *hello)
{
    int rc = ask(h, ALTVIEW_HELLO, NULL, 0, hello, sizeof(*hello), &(struct about){0});

    if (!rc) {
        hello->software[sizeof(hello->software) - 1] = '\0';
    }
    return rc;
}

/* For a request that names only a vCPU. */
static int ask_vcpu(altview *h, enum altview_request type, struct altview_which_vcpu which,
                    void *reply, size_t size, const struct hint *hints)
{
    const struct about about = {.has = ABOUT_VCPU, .vcpu = which.vcpu, .hints = hints};

    return ask(h, type, &which, sizeof(which), reply, size, &about);
}

/* What to explain of a call that names one vCPU. */
static struct altview_which_vcpu only(unsigned int vcpu)
{
    return (struct altview_which_vcpu){.vcpu = vcpu};
}

int altview_get_registers(altview *h, unsigned int vcpu, struct altview_registers *to)
{
    return ask_vcpu(h, ALTVIEW_GET_REGISTERS, only(vcpu), to, sizeof(*to), NULL);
}

int altview_statistics(altview *h, unsigned int vcpu, struct altview_statistics *to)
{
    return ask_vcpu(h, ALTVIEW_STATISTICS, only(vcpu), to, sizeof(*to), NULL);
}

static atomic_uint *pauses_of(altview *h, unsigned int vcpu)
{
    return &h->pauses[vcpu < VCPUS_MAX ? vcpu : VCPUS_MAX];
}

static int ask_pause(altview *h, unsigned int vcpu, uint32_t flags)
{
    static const struct hint hints[] = {{EBUSY, "it is paused 255 times already: unpause it first"},
                                        {0, NULL}};

    return ask_vcpu(h, ALTVIEW_PAUSE, (struct altview_which_vcpu){vcpu, flags}, NULL, 0, hints);
}

static int ask_unpause(altview *h, unsigned int vcpu, uint32_t flags)
{
    static const struct hint hints[] = {{EINVAL, "it is not paused"}, {0, NULL}};

    return ask_vcpu(h, ALTVIEW_UNPAUSE, (struct altview_which_vcpu){vcpu, flags}, NULL, 0, hints);
}

int altview_pause(altview *h, unsigned int vcpu)
{
    int rc = ask_pause(h, vcpu, 0);

    if (!rc) {
        (*pauses_of(h, vcpu))++;
    }
    return rc;
}

int altview_unpause(altview *h, unsigned int vcpu)
{
    int rc = ask_unpause(h, vcpu, 0);

    if (!rc && *pauses_of(h, vcpu)) {
        (*pauses_of(h, vcpu))--;
    }
    return rc;
}

int altview_pause_domain(altview *h, unsigned int vcpu)
{
    return ask_pause(h, vcpu, ALTVIEW_PAUSE_DOMAIN);
}

int altview_unpause_domain(altview *h, unsigned int vcpu)
{
    return ask_unpause(h, vcpu, ALTVIEW_PAUSE_DOMAIN);
}

#define OWNER 1 /* the only one of a handle */

int altview_bind(altview *h)
{
    static const struct hint hints[] = {
        {ENOSYS, "this altview can't take back what a client has set: it is an older one"},
        {0, NULL},
    };
    const struct altview_bind bind = {.owner = OWNER, .timeout_ms = h->transport->silence_ms};
    int rc = ask(h, ALTVIEW_BIND, &bind, sizeof(bind), NULL, 0, &(struct about){.hints = hints});

    if (!rc) {
        h->transport->owner = OWNER;
    }
    return rc;
}

static int ask_to_unbind(altview *h, uint32_t flags)
{
    const struct altview_unbind unbind = {.owner = OWNER, .flags = flags};
    size_t none;
    int rc;

    do {
        none = 0;
        rc = ask_quietly(h, ALTVIEW_UNBIND, &unbind, sizeof(unbind), NULL, &none);
    } while (rc == -ERESTART);
    return rc;
}

int altview_unbind(altview *h, bool keep)
{
    static const struct hint hints[] = {{EINVAL, "it is not bound"}, {0, NULL}};
    bool outermost = call_begin(h);
    int rc = h->transport->owner ? ask_to_unbind(h, keep ? ALTVIEW_UNBIND_KEEP : 0) : -EINVAL;

    if (!rc) {
        h->transport->owner = 0;
        h->listens = false;
    }
    return call_end(h, outermost, rc, &(struct about){.hints = hints});
}

/* The other side of a serial line does not notice that this one has disconnected. */
void let_go(altview *h)
{
    static const struct altview_listen nothing;
    int rc = h->transport->owner ? altview_unbind(h, false) : 0;

    rc = h->listens ? altview_listen(h, &nothing) : rc;

    for (unsigned int i = 0; i <= VCPUS_MAX; i++) {
        while (!rc && h->pauses[i]) {
            rc = altview_unpause(h, i < VCPUS_MAX ? i : ALTVIEW_ALL_VCPUS);
        }
    }
}

int altview_set_registers(altview *h, const struct altview_set_registers *from)
{
    static const struct hint hints[] = {
        {EBUSY, "the vCPU runs: pause it first"},
        {EINVAL, "a value the CPU would not go on with (RFLAGS with reserved bits, a RIP that is "
                 "not canonical, a CR3 that is too wide), or a bit of the mask that is not known"},
        {0, NULL},
    };
    const struct about about = {.has = ABOUT_VCPU, .vcpu = from->vcpu, .hints = hints};

    return ask(h, ALTVIEW_SET_REGISTERS, from, sizeof(*from), NULL, 0, &about);
}

int altview_single_step(altview *h, unsigned int vcpu, bool on)
{
    const struct altview_single_step set = {.vcpu = vcpu, .enable = on};
    const struct about about = {.has = ABOUT_VCPU, .vcpu = vcpu};

    return ask(h, ALTVIEW_SINGLE_STEP, &set, sizeof(set), NULL, 0, &about);
}

int altview_maximum_gfn(altview *h, uint64_t *gfn)
{
    struct altview_last_gfn last;
    int rc = ask(h, ALTVIEW_MAXIMUM_GFN, NULL, 0, &last, sizeof(last), &(struct about){0});

    if (!rc) {
        *gfn = last.gfn;
    }
    return rc;
}

int altview_set_required(altview *h, bool required)
{
    const struct altview_required set = {.required = required};

    return ask(h, ALTVIEW_SET_REQUIRED, &set, sizeof(set), NULL, 0, &(struct about){0});
}
