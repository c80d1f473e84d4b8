/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a request failed, in words. A number like -EINVAL has a dozen causes, so the library asks the
 * domain for its state after the failure. That state may be newer than the failure, so the library
 * skips a rule that no longer fits.
 */
#include "handle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>

/* A failure to explain. */
struct failure {
    altview *h;
    int error; /* positive */
    const struct about *about;
};

/* If the rule fits, writes the text and returns true. */
typedef bool explanation(const struct failure *f);

static bool say(const struct failure *f, const char *text)
{
    altview_fail(-f->error, "%s", text);
    return true;
}

static bool ask_hello(const struct failure *f, struct altview_hello *hello)
{
    size_t size = sizeof(*hello);

    return !ask_quietly(f->h, ALTVIEW_HELLO, NULL, 0, hello, &size) && size == sizeof(*hello);
}

static bool gone(const struct failure *f)
{
    return say(f, "the other side has gone: the run has ended, or its control port was closed");
}

static bool silent(const struct failure *f)
{
    altview_fail(-f->error,
                 "no answer within %u ms: is it a control port of altview, and does the machine "
                 "still run?",
                 f->h->timeout_ms);
    return true;
}

static bool garbled(const struct failure *f)
{
    return say(f, "the other side does not keep to the protocol: library and hypervisor must be "
                  "of one version");
}

static bool unknown_request(const struct failure *f)
{
    return say(f, "the hypervisor does not know this request: it is older than the library");
}

static bool disabled(const struct failure *f)
{
    struct altview_hello hello;

    return ask_hello(f, &hello) && hello.mode == XEN_ALTP2M_disabled &&
           say(f,
               "the domain has altp2m disabled: start it with --mode external, mixed or limited");
}

static bool off(const struct failure *f)
{
    struct altview_hello hello;

    return ask_hello(f, &hello) && !(hello.flags & ALTVIEW_HELLO_ACTIVE) &&
           say(f, "altp2m is off: turn it on first (altview on, altview_set_active or "
                  "xc_altp2m_set_domain_state)");
}

static bool no_way(const struct failure *f)
{
    return say(f, "this kind of connection has no way to do that: on Xen there are only altp2m "
                  "operations and mem_access");
}

static bool unknown_operation(const struct failure *f)
{
    return say(f, "the domain does not know this operation: Xen has none of altview's own");
}

static bool forbidden(const struct failure *f)
{
    static const char *const texts[] = {
        [XEN_ALTP2M_external] = "the domain runs in external mode: only a monitor outside may do "
                                "this, not the guest",
        [XEN_ALTP2M_limited] = "the domain runs in limited mode: only a monitor outside may do "
                               "this, the guest may no more than enable #VE",
    };
    struct altview_hello hello;

    return ask_hello(f, &hello) && hello.mode < sizeof(texts) / sizeof(texts[0]) &&
           texts[hello.mode] && say(f, texts[hello.mode]);
}

static bool no_such_access(const struct failure *f)
{
    if (f->about->access <= XENMEM_access_default) {
        return false;
    }
    altview_fail(-f->error, "access %u: there are 0 (n) to 9 (n2rwx), and 10 (default)",
                 f->about->access);
    return true;
}

static bool no_such_vcpu(const struct failure *f)
{
    struct altview_hello hello;

    if (f->about->vcpu == ALTVIEW_ALL_VCPUS || !ask_hello(f, &hello) ||
        f->about->vcpu < hello.vcpu_count || !hello.vcpu_count) {
        return false;
    }
    altview_fail(-f->error, "there is no vCPU %u (vCPUs: 0 to %u)", f->about->vcpu,
                 hello.vcpu_count - 1);
    return true;
}

/* The views, separated by commas, with their names if wanted. Leaves out those that do not fit. */
static void print_views(const struct altview_view *views, size_t count, bool names, char *text,
                        size_t size)
{
    size_t used = 0;

    *text = '\0';
    for (size_t i = 0; i < count && used < size; i++) {
        const struct altview_view *v = &views[i];
        bool named = names && v->name[0];
        int more = snprintf(text + used, size - used, "%s%u%s%.*s%s", i ? ", " : "", v->view,
                            named ? " \"" : "", named ? (int)sizeof(v->name) : 0, v->name,
                            named ? "\"" : "");
        used += more > 0 ? (size_t)more : 0;
    }
}

static bool view_not_live(const struct failure *f, unsigned int view)
{
    struct altview_view *views;
    size_t count;
    char live[512];
    bool found = false;

    if (list_get(f->h, ALTVIEW_VIEWS, 0, &views, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        found |= views[i].view == view;
    }
    if (!found) {
        print_views(views, count, false, live, sizeof(live));
        altview_fail(-f->error, "view %u is not live (live: %s)", view, live);
    }
    free(views);
    return !found;
}

static bool not_live(const struct failure *f)
{
    return view_not_live(f, f->about->view);
}

static bool hidden(const struct failure *f)
{
    struct altview_view *views;
    size_t count;
    const char *text = NULL;

    if (list_get(f->h, ALTVIEW_VIEWS, 0, &views, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (views[i].view == f->about->view && views[i].visible != ALTVIEW_VISIBLE) {
            text = views[i].visible ? "is hidden from some vCPUs: make it visible to all first"
                                    : "is hidden: make it visible first";
        }
    }
    free(views);
    if (text) {
        altview_fail(-f->error, "view %u %s", f->about->view, text);
    }
    return text;
}

/* The first of the named vCPUs from which the view is hidden, or VCPUS_MAX. */
static unsigned int hidden_from(const struct failure *f, unsigned int view)
{
    struct altview_visible_to *views;
    struct altview_hello hello;
    uint64_t hidden = 0;
    size_t count;

    if (!ask_hello(f, &hello) || list_get(f->h, ALTVIEW_VISIBILITY, 0, &views, &count)) {
        return VCPUS_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        hidden |= views[i].view == view ? ~views[i].vcpus : 0;
    }
    free(views);
    for (unsigned int i = 0; i < hello.vcpu_count && i < VCPUS_MAX; i++) {
        if (hidden >> i & 1 && (f->about->vcpu == ALTVIEW_ALL_VCPUS || f->about->vcpu == i)) {
            return i;
        }
    }
    return VCPUS_MAX;
}

/* The view to which vCPUs should move can't take them. */
static bool no_refuge(const struct failure *f)
{
    unsigned int to = f->about->to, vcpu;

    if (to == f->about->view) {
        altview_fail(-f->error, "view %u is to be left: name another to move the vCPUs to", to);
        return true;
    }
    if (view_not_live(f, to)) {
        return true;
    }
    vcpu = hidden_from(f, to);
    if (vcpu < VCPUS_MAX) {
        altview_fail(-f->error,
                     "view %u is hidden from vCPU %u, which is to go there: make it visible first",
                     to, vcpu);
    }
    return vcpu < VCPUS_MAX;
}

static bool view_zero(const struct failure *f)
{
    return !f->about->view &&
           say(f, "view 0 can't be destroyed: the guest runs in it while altp2m is off");
}

static bool in_use(const struct failure *f)
{
    struct altview_vcpu *vcpus;
    size_t count, i = 0;

    if (list_get(f->h, ALTVIEW_VCPUS, 0, &vcpus, &count)) {
        return false;
    }
    while (i < count && vcpus[i].view != f->about->view) {
        i++;
    }
    if (i < count) {
        altview_fail(-f->error, "view %u is in use by vCPU %u: switch it away first",
                     f->about->view, vcpus[i].vcpu);
    }
    free(vcpus);
    return i < count;
}

static bool no_slot(const struct failure *f)
{
    struct altview_hello hello;
    struct altview_view *views;
    size_t count;

    if (!ask_hello(f, &hello) || list_get(f->h, ALTVIEW_VIEWS, 0, &views, &count)) {
        return false;
    }
    free(views);
    if (count < hello.view_count) {
        return false;
    }
    altview_fail(-f->error, "no free slot for a view: all %u are live; start with --views N",
                 hello.view_count);
    return true;
}

static bool beyond(uint64_t gfn, unsigned int bits)
{
    return bits < 64 && gfn >> bits;
}

static bool too_wide(const struct failure *f)
{
    const struct about *a = f->about;
    struct altview_hello hello;
    uint64_t gfn = a->gfn;

    if (!ask_hello(f, &hello) || !hello.gfn_bits) {
        return false;
    }
    if (!beyond(gfn, hello.gfn_bits) && a->nr) {
        uint64_t last = gfn + a->nr - 1;
        gfn = last < gfn ? ALTVIEW_NO_GFN : last;
    }
    if (!beyond(gfn, hello.gfn_bits) && a->has & ABOUT_TARGET) {
        gfn = a->target;
    }
    if (!beyond(gfn, hello.gfn_bits)) {
        return false;
    }
    altview_fail(-f->error,
                 "gfn 0x%llx is beyond the guest's address width (%u bits: the last gfn is 0x%llx)",
                 (unsigned long long)gfn, hello.gfn_bits + 12, (1ULL << hello.gfn_bits) - 1);
    return true;
}

static bool not_ram(const struct failure *f)
{
    const struct about *a = f->about;
    unsigned long long gfn = a->gfn, target = a->target;

    if (a->has & ABOUT_TARGET) {
        altview_fail(-f->error, "gfn 0x%llx or gfn 0x%llx is not RAM in view %u", gfn, target,
                     a->view);
    } else {
        altview_fail(-f->error, "gfn 0x%llx is not RAM in view %u", gfn, a->view);
    }
    return true;
}

static bool bad_name(const struct failure *f)
{
    altview_fail(-f->error,
                 "\"%s\" is no name for a view: a letter, then letters, digits, '_', '-' and '.', "
                 "at most %d in all",
                 f->about->name, ALTVIEW_NAME_SIZE - 1);
    return true;
}

static bool name_taken(const struct failure *f)
{
    altview_fail(-f->error, "another view is called \"%s\": take the name away from it first",
                 f->about->name);
    return true;
}

static bool name_unknown(const struct failure *f)
{
    struct altview_view *views;
    size_t count;
    char live[512];

    if (list_get(f->h, ALTVIEW_VIEWS, 0, &views, &count)) {
        return false;
    }
    print_views(views, count, true, live, sizeof(live));
    free(views);
    if (f->about->name[strspn(f->about->name, "0123456789")]) {
        altview_fail(-f->error, "no view is called \"%s\" (live: %s)", f->about->name, live);
    } else {
        altview_fail(-f->error, "view %s is not live (live: %s)", f->about->name, live);
    }
    return true;
}

static bool out_of_pages(const struct failure *f)
{
    const struct altview_which_vcpu which = {0};
    struct altview_statistics now;
    size_t size = sizeof(now);

    if (ask_quietly(f->h, ALTVIEW_STATISTICS, &which, sizeof(which), &now, &size) ||
        size != sizeof(now)) {
        return false;
    }
    altview_fail(-f->error,
                 "the hypervisor has too few pages for tables (%llu of %llu are free): destroy "
                 "views, or undo what is spread over many places",
                 (unsigned long long)now.pool_free, (unsigned long long)now.pool_pages);
    return true;
}

/* The rules. The first one for the error that fits counts. `needs`: what the request must be
 * about. */
static const struct rule {
    int error;
    unsigned int needs;
    explanation *explain;
} rules[] = {
    {ENOTCONN, 0, gone},
    {ETIMEDOUT, 0, silent},
    {EPROTO, 0, garbled},
    {ENOSYS, 0, unknown_request},
    {EOPNOTSUPP, ABOUT_ALTP2M, disabled},
    {EOPNOTSUPP, ABOUT_ALTP2M, off},
    {EOPNOTSUPP, ABOUT_ALTP2M, unknown_operation},
    {EOPNOTSUPP, 0, no_way},
    {EPERM, 0, forbidden},
    {EINVAL, ABOUT_ALTP2M, disabled},
    {EINVAL, ABOUT_ACCESS, no_such_access},
    {EINVAL, ABOUT_VCPU, no_such_vcpu},
    {EINVAL, ABOUT_VIEW, not_live},
    {EINVAL, ABOUT_VISIBLE, hidden},
    {EINVAL, ABOUT_EVICT, no_refuge},
    {EINVAL, ABOUT_SLOT, no_slot},
    {EINVAL, ABOUT_GFN, too_wide},
    {EINVAL, ABOUT_NAME, bad_name},
    {EBUSY, ABOUT_UNUSED, view_zero},
    {EBUSY, ABOUT_UNUSED, not_live},
    {EBUSY, ABOUT_UNUSED, in_use},
    {ESRCH, ABOUT_GFN, too_wide},
    {ESRCH, ABOUT_GFN, not_ram},
    {EEXIST, ABOUT_NAME, name_taken},
    {ENOENT, ABOUT_NAME, name_unknown},
    {ENOMEM, 0, out_of_pages},
};

static bool by_rule(const struct failure *f)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        const struct rule *r = &rules[i];
        if (r->error == f->error && (f->about->has & r->needs) == r->needs && r->explain(f)) {
            return true;
        }
    }
    return false;
}

static bool by_hint(const struct failure *f)
{
    for (const struct hint *hint = f->about->hints; hint && hint->text; hint++) {
        if (hint->error == f->error) {
            return say(f, hint->text);
        }
    }
    return false;
}

int explain(altview *h, int error, const struct about *about)
{
    const struct failure f = {.h = h, .error = -error, .about = about};
    const char *text = strerrordesc_np(f.error);

    if (!by_rule(&f) && !by_hint(&f)) {
        altview_fail(error, "the domain refuses: %s", text ? text : "for a reason without a name");
    }
    return error;
}
