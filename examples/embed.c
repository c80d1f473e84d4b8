/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libaltp2m in a program of one's own: the smallest embedder of the engine. It has memory for
 * tables, one vCPU, and no real CPU: `touch` does what a CPU does with the tables, and what a
 * hypervisor does after the VM exit. docs/how-to/examples.md explains it.
 */
#include <altview/altp2m.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xen/xen.h>

#include <xen/memory.h>

#define GUEST_PAGES 1024U
#define FIRST_MFN   0x100000 /* the machine's frames that are the guest's RAM */

static struct altp2m_domain domain;
static struct altp2m_vcpu vcpu;

/* Tables are pages of this process, and the "physical" address of each is its own. */
static void *page_alloc(void *context)
{
    (void)context;
    return aligned_alloc(ALTP2M_PAGE_SIZE, ALTP2M_PAGE_SIZE);
}

static void page_free(void *context, void *page)
{
    (void)context;
    free(page);
}

/* A hypervisor executes INVEPT here, on each CPU. This one caches no translation. */
static void flush(void *context, uint64_t eptp)
{
    (void)context;
    (void)eptp;
}

/* A hypervisor writes the view's EPTP into the vCPU's VMCS here. */
static void vcpu_changed(void *context, struct altp2m_vcpu *changed)
{
    (void)context;
    printf("    the vCPU is in view %u, VMFUNC is %s\n", changed->view,
           changed->vmfunc ? "on" : "off");
}

static const struct altp2m_host host = {
    .page_alloc = page_alloc,
    .page_free = page_free,
    .flush = flush,
    .vcpu_changed = vcpu_changed,
};

static const struct altp2m_config config = {
    .mode = ALTP2M_MODE_EXTERNAL,
    .format = ALTP2M_FORMAT_EPT,
    .view_count = 10,
    .gfn_bits = 36,
    .has_2m = true,
    .vcpus = &vcpu,
    .vcpu_count = 1,
};

/* The engine's errors are Xen's. None is expected here. */
static void must(int rc, const char *what)
{
    if (rc) {
        fprintf(stderr, "embed: %s: error %d\n", what, rc);
        exit(1);
    }
}

static const char *verdict_name(enum altp2m_verdict verdict)
{
    switch (verdict) {
    case ALTP2M_VERDICT_RUN:
        return "try again";
    case ALTP2M_VERDICT_HOLE:
        return "nothing is there";
    case ALTP2M_VERDICT_RESTRICTED:
        return "refused";
    default:
        return "something else";
    }
}

/*
 * The guest touches a page. The CPU looks it up under the EPTP that is loaded. If the entry does
 * not grant the access, the CPU leaves the guest (EPT violation), and the engine decides.
 */
static void touch(uint64_t gfn, unsigned int wants)
{
    unsigned int rights;
    struct altp2m_mapping to =
        altp2m_reached(&domain, altp2m_view_eptp(&domain, vcpu.view), gfn, &rights);

    printf("  view %u, gfn %" PRIu64 ", %s: ", vcpu.view, gfn, wants & ALTP2M_W ? "write" : "read");
    if (!(wants & ~rights)) {
        printf("frame %#" PRIx64 "\n", to.mfn);
    } else {
        printf("%s\n", verdict_name(altp2m_violation(&domain, &vcpu, gfn, wants)));
    }
}

/* The guest executes VMFUNC. A CPU reads the list by itself, without an exit. */
static void vmfunc(uint32_t index)
{
    uint64_t root = altp2m_visible_root(&vcpu, index);

    printf("  VMFUNC to view %" PRIu32 ": %s\n", index, root == ALTP2M_ROOT_NONE ? "#UD" : "done");
    if (root != ALTP2M_ROOT_NONE) {
        altp2m_vcpu_moved(&vcpu, altp2m_view_by_eptp(&domain, root));
    }
}

static void start(void)
{
    const struct altp2m_mapping ram = {
        .mfn = FIRST_MFN, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

    must(altp2m_domain_init(&domain, &host, &config), "make a domain");
    must(altp2m_host_map(&domain, 0, GUEST_PAGES, ram), "map the guest's RAM");
    must(altp2m_set_active(&domain, true), "turn altp2m on");
    altp2m_set_vmfunc(&domain, &vcpu, true);
}

/* A view in which gfn 5 can't be written, and gfn 6 shows gfn 7's page. */
static uint16_t make_view(void)
{
    uint16_t view;

    must(altp2m_view_create(&domain, XENMEM_access_rwx, &view), "make a view");
    must(altp2m_set_access(&domain, view, 5, XENMEM_access_r), "restrict gfn 5");
    must(altp2m_remap(&domain, view, 6, 7, true), "remap gfn 6");
    return view;
}

static void touch_all(void)
{
    touch(5, ALTP2M_R);
    touch(5, ALTP2M_R | ALTP2M_W);
    touch(6, ALTP2M_R);
    touch(GUEST_PAGES, ALTP2M_R);
}

int main(void)
{
    uint16_t view;

    printf("A domain with %u pages\n", GUEST_PAGES);
    start();
    view = make_view();
    touch_all();
    vmfunc(view);
    touch_all();
    printf("View %u is hidden\n", view);
    vmfunc(0);
    must(altp2m_set_visibility(&domain, view, false), "hide the view");
    vmfunc(view);
    altp2m_domain_free(&domain);
    return 0;
}
