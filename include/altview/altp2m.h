/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libaltp2m: several views of one guest's physical memory, and which of them the guest may reach.
 *
 * Free-standing: no libc, no assembly, no globals, no I/O. The embedding program hands in pages and
 * a flush through struct altp2m_host. It describes the caller of a hypercall, and that caller's
 * memory, through struct altp2m_caller. docs/design/engine.md explains the tables. This header
 * describes each call.
 *
 * Conventions
 *  - gfn, mfn: page frame numbers (4 KiB) in guest and machine physical memory.
 *  - access: Xen's xenmem_access_t (<xen/memory.h>): 0 n, 1 r, 2 w, 3 rw, 4 x, 5 rx, 6 wx, 7 rwx,
 *    8 rx2rw, 9 n2rwx, 10 default.
 *  - Functions return 0 or a negative Xen error number (<xen/errno.h>, Linux's numbers). A call
 *    that fails has changed nothing, unless its comment says otherwise.
 *  - Calls on one domain must not overlap in time: the caller holds the domain's lock.
 */
#ifndef ALTVIEW_ALTP2M_H
#define ALTVIEW_ALTP2M_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALTP2M_PAGE_SHIFT  12
#define ALTP2M_PAGE_SIZE   4096
#define ALTP2M_ENTRIES     512 /* entries of a table page, slots of an EPTP list */
#define ALTP2M_MAX_VIEWS   512 /* SDM Vol. 3C 26.5.6.3: an EPTP list has 512 entries */
#define ALTP2M_INVALID_GFN (~UINT64_C(0))
#define ALTP2M_INVALID_MFN (~UINT64_C(0))
#define ALTP2M_NAME_SIZE   16 /* of a view, with its terminating 0 */
/* A call works on at most this many elements of a list or range, before -ALTP2M_ERESTART. */
#define ALTP2M_BATCH_ELEMENTS 512

/* "Progress is saved, call again": never reaches a guest. (Xen's public headers do not have it.) */
#define ALTP2M_ERESTART 85

/* Xen's HVM_PARAM_ALTP2M values (<xen/hvm/params.h>): which caller may call what. */
enum altp2m_mode {
    ALTP2M_MODE_DISABLED = 0, /* no caller */
    ALTP2M_MODE_MIXED = 1,    /* the guest itself and a privileged caller */
    ALTP2M_MODE_EXTERNAL = 2, /* a privileged caller only */
    ALTP2M_MODE_LIMITED = 3,  /* a privileged caller; the guest only vcpu_enable_notify */
};

/* What a gfn maps to. */
enum altp2m_type {
    ALTP2M_TYPE_NONE = 0,    /* nothing: a hole */
    ALTP2M_TYPE_RAM = 1,     /* guest RAM, which views can restrict and remap */
    ALTP2M_TYPE_SPECIAL = 2, /* RAM that the hypervisor shares (shared_info): as RAM, but no #VE
                              * page */
    ALTP2M_TYPE_MMIO = 3,    /* device memory */
};

/* EPT memory types (SDM Vol. 3C 29.3.7). */
enum altp2m_memtype {
    ALTP2M_MEMTYPE_UC = 0,
    ALTP2M_MEMTYPE_WC = 1,
    ALTP2M_MEMTYPE_WT = 4,
    ALTP2M_MEMTYPE_WP = 5,
    ALTP2M_MEMTYPE_WB = 6,
    /* The entries grant no access. The verdict for an access that a view allows is
     * ALTP2M_VERDICT_STEP: the embedder carries it out. EPT has no such type. Host p2m only. */
    ALTP2M_MEMTYPE_TRAP = 7,
};
#define ALTP2M_MEMTYPES 8

/* The rights that an access needs, and that a hardware entry grants. Same bits as xenmem_access_t 0
 * to 7. */
#define ALTP2M_R   1U
#define ALTP2M_W   2U
#define ALTP2M_X   4U
#define ALTP2M_RWX 7U

/* A power of two above the last xenmem_access_t. */
#define ALTP2M_ACCESSES 16

struct altp2m_domain;

/*
 * The number of gfns that the engine can lend one instruction at once. Any instruction makes
 * progress with so many. A far call through a gate in 64-bit mode needs the most. Code, operand,
 * gate, code segment's descriptor, TSS, stack, shadow stack and its token are eight items. Each may
 * lie across a page end, and the walk to each page may take five of the guest's tables. String
 * instructions, gathers, scatters, tile loads and stores may touch more. They keep their progress,
 * and go on from there with other pages.
 */
#define ALTP2M_STEP_MAX         96
#define ALTP2M_STEP_OWN         8                /* of these, each vCPU has its own tables */
#define ALTP2M_STEP_PAGES(gfns) (1 + 3 * (gfns)) /* a root; at most three tables for each */

/* A single step of a vCPU. Private to the engine. */
struct altp2m_loan {
    uint64_t gfn, leaf;  /* what is lent */
    uint64_t seen;       /* the view's own entry for the gfn, before */
    unsigned int access; /* and its access, as set */
    uint64_t *slot;      /* the slot that holds it instead */
};
struct altp2m_step {
    uint64_t *pages[ALTP2M_STEP_PAGES(ALTP2M_STEP_OWN)]; /* tables of its own, the root first */
    unsigned int page_count;
    unsigned int used;         /* tables; those beyond page_count are of altp2m_spare */
    uint64_t writes;           /* altp2m_domain.writes when the tables were copied */
    uint16_t view;             /* from this one */
    unsigned int count;        /* loans of this step */
    unsigned int lent;         /* loans in the tables, perhaps the last step's */
    struct altp2m_loan *loans; /* a page; the loan that was wanted last is the last */
};

/* Tables for steps that take many. One vCPU at a time has them, until its instruction is done. */
struct altp2m_spare {
    uint64_t **pages; /* a page of pointers */
    unsigned int count;
    const struct altp2m_step *user;
};

/* The part of a virtual CPU that concerns views. The embedder owns the storage. */
struct altp2m_vcpu {
    unsigned int id;
    uint16_t view; /* current view. After the guest ran VMFUNC the embedder calls vcpu_moved. */
    bool away;     /* for one instruction only, and goes back to `home` */
    uint16_t home;
    bool vmfunc;            /* VMFUNC (EPTP switching) is on */
    uint64_t notify_gfn;    /* #VE information page, ALTP2M_INVALID_GFN while #VE is off */
    uint64_t notify_mfn;    /* the same page's mfn */
    uint64_t *visible_list; /* EPTPs it may load: a page, its address goes into its VMCS */
    struct altp2m_step step;
};

/* The mapping of a gfn in the host p2m or in a view. */
struct altp2m_mapping {
    uint64_t mfn; /* of this very gfn, also inside a superpage */
    enum altp2m_type type;
    enum altp2m_memtype memtype;
};

/*
 * What the engine needs from its embedder. Every call hands `context` back. The engine reaches
 * physical memory by a direct map: virtual = physical + direct_map, for every page that page_alloc
 * returns. (An offset, not a callback: a walk needs it once a level.)
 */
struct altp2m_host {
    void *context;
    uintptr_t direct_map;
    /* A 4 KiB page, contents undefined, or NULL. */
    void *(*page_alloc)(void *context);
    /* Never called for a page that a CPU may still have cached: a flush has come first. */
    void (*page_free)(void *context, void *page);
    /* Flush all that CPUs have cached for this EPTP (INVEPT type 1), or for all with
     * ALTP2M_EPTP_ALL. On return no vCPU may use an older translation. */
    void (*flush)(void *context, uint64_t eptp);
    /* The vCPU's view, vmfunc or notify_* changed: load them before it runs on. */
    void (*vcpu_changed)(void *context, struct altp2m_vcpu *vcpu);
    /*
     * Keep every vCPU out of the guest until the caller releases the domain's lock, and bring the
     * `view` of each up to date. The engine calls it before an operation uses or changes the views
     * of vCPUs, perhaps several times in one call. NULL: all vCPUs are out already.
     */
    void (*quiesce)(void *context);
    /*
     * For embedders that check the engine: it calls them only where it was compiled with
     * ALTVIEW_DEBUG. May be NULL. published: the engine has written an entry of a table or of an
     * EPTP list. reached: it is about to write an entry that leads to this frame, or to a large
     * page that begins there.
     */
    void (*published)(void *context);
    void (*reached)(void *context, struct altp2m_mapping to);
    /* Exit counter of a vCPU for HVMOP_altview_exit_count: 0 or -XEN_EINVAL. May be NULL: then
     * the sub-operation answers -XEN_EOPNOTSUPP. */
    int (*exit_count)(void *context, unsigned int vcpu_id, uint32_t reason, uint64_t *count);
};

#define ALTP2M_EPTP_ALL (~UINT64_C(0))

/*
 * The format of the tables that the CPU walks. Where this header says EPTP, NPT has nCR3. No CPU
 * reads NPT's lists of EPTPs.
 */
enum altp2m_format {
    ALTP2M_FORMAT_EPT = 0, /* Intel's extended page tables */
    ALTP2M_FORMAT_NPT = 1, /* AMD's nested page tables: no execute-only, no #VE */
};

/*
 * Frames [first, end) of the machine that the embedder keeps for itself, tables included. No entry
 * leads to one. The embedder shows `shared` ones to the guest on purpose, and only as
 * ALTP2M_TYPE_SPECIAL.
 */
struct altp2m_frames {
    uint64_t first, end;
    bool shared;
};

struct altp2m_config {
    enum altp2m_mode mode;
    enum altp2m_format format;
    unsigned int view_count;   /* slots, 1 to ALTP2M_MAX_VIEWS; Xen 4.17 has 10 */
    unsigned int gfn_bits;     /* width of a gfn: guest physical address bits - 12, at most 36 */
    bool has_2m, has_1g;       /* superpage sizes the CPU offers for its second level */
    bool has_exec_only;        /* execute-only entries are allowed; EPT only */
    bool has_ve;               /* the CPU delivers #VE itself; EPT only */
    bool access_required;      /* a violation without a listener stops the guest */
    uint16_t domid;            /* the domain's number, accepted in addition to DOMID_SELF */
    struct altp2m_vcpu *vcpus; /* vcpu_count of them, ids 0 upwards */
    unsigned int vcpu_count;
    const struct altp2m_frames *kept; /* ascending, kept_count of them; may be NULL if there are
                                       * none. For as long as the domain lives. */
    unsigned int kept_count;
};

/*
 * One view. The engine writes it. A caller that lists views may read it. This header has its size,
 * so that a domain needs no allocator.
 */
struct altp2m_view {
    uint64_t *root;         /* NULL: the slot is free, or the view is being destroyed */
    uint64_t *dying;        /* then: the tables and remaps still to be freed */
    uint32_t own_entries;   /* entries of the root that lead to this view's own tables */
    uint32_t overrides;     /* leaves that differ from the default */
    uint32_t remaps;        /* how many of those show another page */
    uint32_t table_pages;   /* pages, the root included */
    uint8_t default_access; /* xenmem_access_t, 0 to 9 */
    uint8_t default_rights; /* the part of it that an entry can express */
    uint8_t policy;         /* enum altp2m_policy */
    uint16_t policy_view;   /* used by ALTP2M_POLICY_STEP and SWITCH */
    uint64_t violations;    /* accesses refused since it was created */
    uint64_t born;          /* no other view has the same, before or after */
    char name[ALTP2M_NAME_SIZE];
    struct remap_link *remap_list; /* its remaps */
};

/* A slot of a tree of remaps: the list of one gfn, or a table of slots for gfns that have bits in
 * common with this one. Private to the engine. */
struct altp2m_remap_slot {
    union {
        uintptr_t table; /* with its level, and how many slots are in use */
        struct remap_link *list;
    };
    uint64_t gfn;
};

/* Remaps, found by where they are and by what they show. Private to the engine. */
struct altp2m_remaps {
    struct altp2m_remap_slot trees[2]; /* roots of trees with a gfn as the key */
    struct remap_page *with_room;      /* pages of nodes */
};

/* How the engine encodes neutral settings into entries: see engine/format/. Private to the
 * engine. */
struct altp2m_restriction {
    uint64_t kept, added; /* bits to keep, bits to set */
};
struct altp2m_encoding {
    uint64_t rights;      /* the bits that grant rights */
    uint64_t inverted;    /* those of them that grant by being 0 */
    uint64_t suppress;    /* the bit that suppresses the CPU's #VE; 0 without one */
    uint64_t page;        /* in addition to `rights`: bits of which a CPU must not have an old
                           * value */
    uint64_t table, root; /* set in an entry that leads to a table; in an EPTP */
    struct altp2m_restriction restriction[ALTP2M_RWX + 1]; /* to so many rights */
    uint64_t leaf[ALTP2M_MEMTYPES];                        /* of the base */
    uint64_t settings[2][ALTP2M_ACCESSES];                 /* of an override, by suppress-#VE */
};

/* A domain: about 36 KiB. The embedder only stores it. Its fields are private to the engine. */
struct altp2m_domain {
    struct altp2m_host host;
    struct altp2m_config config;
    struct altp2m_encoding encoding;
    bool active;                 /* HVMOP_altp2m_set_domain_state */
    bool ending;                 /* it was turned off, and the engine has not freed everything
                                  * yet */
    uint8_t default_access;      /* what xenmem_access_default stands for */
    uint64_t *base;              /* root of the host p2m */
    uint32_t base_pages;         /* pages of the host p2m, the root included */
    uint32_t policies;           /* views that have one */
    uint64_t writes;             /* grows with each entry written to tables or lists */
    uint64_t moves;              /* grows before a gfn shows another page: altp2m_tell_moves */
    uint64_t *moves_told;        /* where `moves` is published, or NULL */
    uint64_t *master_list;       /* EPTPs of live views: a page */
    uint32_t *presence;          /* where views have tables of their own: a page, see presence.c */
    struct altp2m_spare spare;   /* tables for steps */
    struct altp2m_remaps remaps; /* the remaps: see remap_store.c */
    /* Bit n % 64 of word n / 64: view n exists; its slot is taken, perhaps by a view being
     * freed. */
    uint64_t existing[ALTP2M_MAX_VIEWS / 64], taken[ALTP2M_MAX_VIEWS / 64];
    struct altp2m_view views[ALTP2M_MAX_VIEWS];
};

/*
 * Domain life. init makes an empty host p2m and view 0, in which the guest runs while altp2m is
 * off. It needs 5 pages. It also needs two for each vCPU, and up to
 * ALTP2M_STEP_PAGES(ALTP2M_STEP_OWN), which is 25, for each vCPU's single steps. One step that
 * takes many needs up to 264 more (fewer where gfns are narrow). -XEN_EINVAL for a bad config,
 * -XEN_ENOMEM. free returns every page.
 */
int altp2m_domain_init(struct altp2m_domain *d, const struct altp2m_host *host,
                       const struct altp2m_config *config);
void altp2m_domain_free(struct altp2m_domain *d);

/*
 * Host p2m: gfn -> mfn for the whole domain. Every view sees a change at once, keeping its own
 * access settings and remaps. The engine uses superpages where alignment and the CPU allow, and
 * splits them where it must.
 *
 * map: replaces whatever was there. -XEN_EINVAL: empty range, gfn or mfn out of range, type NONE.
 *   -XEN_EPERM: one of the frames is kept, and not for this type.
 * unmap: leaves a hole. -XEN_EINVAL for an empty range or one out of range.
 * Both: -XEN_ENOMEM.
 */
int altp2m_host_map(struct altp2m_domain *d, uint64_t gfn, uint64_t nr, struct altp2m_mapping to);
int altp2m_host_unmap(struct altp2m_domain *d, uint64_t gfn, uint64_t nr);
/* mapping.type is NONE for a hole; its mfn is ALTP2M_INVALID_MFN then. */
struct altp2m_mapping altp2m_host_lookup(const struct altp2m_domain *d, uint64_t gfn);
/*
 * The same, also for a view that is live or for view 0. The answer holds for *nr gfns from `gfn`
 * on, with mfns that count up, or holes. (The next gfns may continue it: one look goes only so
 * far.)
 */
struct altp2m_mapping altp2m_host_stretch(const struct altp2m_domain *d, uint64_t gfn,
                                          uint64_t *nr);
struct altp2m_mapping altp2m_stretch(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                                     uint64_t *nr);

/*
 * For a reader that caches the page that a gfn shows: the engine stores domain.moves to `to` now.
 * It stores a new value each time before any view or the host p2m shows another page, or none, at a
 * gfn. The value may also change when nothing moves in the end. NULL: stop storing.
 */
void altp2m_tell_moves(struct altp2m_domain *d, uint64_t *to);

/*
 * Turn altp2m on (view 0 becomes reachable) or off (every vCPU returns to view 0, all other views
 * end, view 0 loses its remaps, #VE and VMFUNC are switched off). Neither can fail, and neither
 * does anything when the domain is in that state already. Xen: HVMOP_altp2m_set_domain_state.
 * -ALTP2M_ERESTART: it is off, but the engine has not freed all tables of the views: call again.
 */
int altp2m_set_active(struct altp2m_domain *d, bool on);
/* How much the engine still has to free: less with each call that answers -ALTP2M_ERESTART. */
uint64_t altp2m_left(const struct altp2m_domain *d);

/*
 * Views. Errors for an index are Xen's: see each call.
 *
 * create: the lowest free slot; visible; `access` is what every gfn without an override allows.
 *   -XEN_EINVAL: no such access, or no free slot. -XEN_ENOMEM.
 * destroy: -XEN_EBUSY for view 0, for one that is not live, and while a vCPU is in it, or is away
 *   from it for one instruction.
 *   -ALTP2M_ERESTART after a bounded number of remaps and tables: the view is no longer live, and
 *   its slot is free when a further call has answered 0.
 * retire: move every vCPU that is in the view, or would come back to it, to view 0, visible or not.
 *   The view is no longer live; destroy frees its tables and remaps. -XEN_EINVAL: view 0, or not
 *   live.
 * switch_all: every vCPU moves to the view. -XEN_EINVAL if it is not live, or hidden from a vCPU.
 */
int altp2m_view_create(struct altp2m_domain *d, uint16_t access, uint16_t *view);
int altp2m_view_destroy(struct altp2m_domain *d, unsigned int view);
int altp2m_view_retire(struct altp2m_domain *d, unsigned int view);
int altp2m_switch_all(struct altp2m_domain *d, unsigned int view);

/*
 * Visibility. Each vCPU has a list of the views that it may enter with VMFUNC. A new view is in all
 * lists.
 *
 * set_visibility: take a live view out of every vCPU's list, or put it into every one.
 * set_visibility_for: out of, or into, the list of that vCPU alone.
 * evict: take it out of the list of that vCPU (NULL: of each), and move each of these vCPUs that is
 *   in it to the view `to`, at once. On return none of them runs in `view`, and none returns to it
 *   from an instruction in another view. -XEN_EINVAL also if `to` is `view` or is not visible to
 *   all of them, wherever they are.
 * All: -XEN_EINVAL if the view is not live. Without evict a vCPU that is in a view being hidden
 * stays until it leaves. In mixed mode hiding does not protect: there the guest may show the view
 * again itself.
 */
int altp2m_set_visibility(struct altp2m_domain *d, unsigned int view, bool visible);
int altp2m_set_visibility_for(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view,
                              bool visible);
int altp2m_evict(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view,
                 unsigned int to);

/*
 * clone: the lowest free slot gets a view with all settings of `from`: default access, overrides,
 *   remaps. It is visible, and has no name and no policy. -XEN_EINVAL: `from` is not live, or no
 *   free slot. -XEN_ENOMEM.
 * set_name: a letter, then letters, digits, '_', '-', '.'; "" takes it away; it goes with the view.
 *   -XEN_EINVAL: view not live, bad name; -XEN_EEXIST: another live view has it.
 */
int altp2m_view_clone(struct altp2m_domain *d, unsigned int from, uint16_t *view);
int altp2m_view_set_name(struct altp2m_domain *d, unsigned int view,
                         const char name[ALTP2M_NAME_SIZE]);

/*
 * How to decide about an access that a live view refuses, before a monitor is asked. The embedder
 * reads the policy in altp2m_view. When policy_view is destroyed the policy becomes NONE.
 *
 * set: -XEN_EINVAL: view or policy_view is not live, or they are the same (policy_view counts for
 *   STEP and SWITCH only); or policies SWITCH lead back to the view.
 */
enum altp2m_policy {
    ALTP2M_POLICY_NONE = 0,
    ALTP2M_POLICY_LIFT = 1,   /* rwx for that gfn in that view: altp2m_lift */
    ALTP2M_POLICY_REPORT = 2, /* let through for one instruction, and send an event */
    ALTP2M_POLICY_STEP = 3,   /* one instruction in policy_view */
    ALTP2M_POLICY_SWITCH = 4, /* the vCPU goes on in policy_view */
};
static inline bool altp2m_policy_names_view(unsigned int policy)
{
    return policy == ALTP2M_POLICY_STEP || policy == ALTP2M_POLICY_SWITCH;
}
int altp2m_set_policy(struct altp2m_domain *d, unsigned int view, enum altp2m_policy policy,
                      unsigned int policy_view);

/*
 * Move one vCPU to a live view, visible or not: for a monitor. -XEN_EINVAL if the view is not live
 * (view 0 always is here). The vCPU must be out of the guest, with its `view` up to date: the
 * caller's own vCPU, or one that is held. Unlike the other calls it does not quiesce, which a step
 * can't afford.
 *
 * vcpu_go_away: the same for the one instruction at RIP. From there the vCPU may go on to a third
 *   view.
 * vcpu_come_home: the instruction is done, and the vCPU returns to where it was when it first went
 *   away. If it was moved for good meanwhile (vcpu_moved, vcpu_enter, switch_all, altp2m off), it
 *   stays. If a caller evicts the vCPU from its home, the view that it evicts to becomes the home.
 * vcpu_moved: the guest has gone to that view by VMFUNC, perhaps to the very one that it visits.
 */
int altp2m_vcpu_enter(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view);
int altp2m_vcpu_go_away(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, unsigned int view);
void altp2m_vcpu_come_home(struct altp2m_domain *d, struct altp2m_vcpu *vcpu);
static inline void altp2m_vcpu_moved(struct altp2m_vcpu *vcpu, unsigned int view)
{
    vcpu->away = false;
    vcpu->view = (uint16_t)(view % ALTP2M_MAX_VIEWS);
}

/*
 * For an embedder that serves VMFUNC itself: the root (EPTP, nCR3) that the vCPU's visible list has
 * at this index, or ALTP2M_ROOT_NONE where VMFUNC would fail. It needs no lock, because a CPU that
 * reads the list takes none. But quiesce and flush must treat the vCPU as in the guest, from before
 * the call until vcpu_moved.
 */
#define ALTP2M_ROOT_NONE (~UINT64_C(0))
static inline uint64_t altp2m_visible_root(const struct altp2m_vcpu *vcpu, uint32_t index)
{
    return index < ALTP2M_ENTRIES
               ? __atomic_load_n(&vcpu->visible_list[index % ALTP2M_ENTRIES], __ATOMIC_ACQUIRE)
               : ALTP2M_ROOT_NONE;
}

/* struct altp2m_host's quiesce: for a caller that reads `view` of vCPUs that may be in the
 * guest. */
void altp2m_quiesce(const struct altp2m_domain *d);

bool altp2m_view_is_live(const struct altp2m_domain *d, unsigned int view);
/* Visible to every vCPU: a switch of all vCPUs requires that. */
bool altp2m_view_is_visible(const struct altp2m_domain *d, unsigned int view);
bool altp2m_view_is_visible_to(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                               unsigned int view);
/* The visibility to all vCPUs as one value, for a caller that lists views. */
enum altp2m_visibility {
    ALTP2M_HIDDEN = 0,
    ALTP2M_VISIBLE = 1, /* to every vCPU */
    ALTP2M_VISIBLE_TO_SOME = 2,
};
enum altp2m_visibility altp2m_view_visibility(const struct altp2m_domain *d, unsigned int view);
/* EPTP of a live view, or of view 0 while altp2m is off. */
uint64_t altp2m_view_eptp(const struct altp2m_domain *d, unsigned int view);
/* The live view with this EPTP, or ALTP2M_MAX_VIEWS. A vCPU may look up its own view without the
 * domain's lock, as long as it counts as in the guest. */
unsigned int altp2m_view_by_eptp(const struct altp2m_domain *d, uint64_t eptp);
/* Make the page, one of the direct map's, a root under which nothing is mapped and nothing raises
 * #VE; its EPTP. */
uint64_t altp2m_nothing(const struct altp2m_domain *d, void *page);
/* Physical address of the vCPU's visible list, for its VMCS field "EPTP-list address". */
uint64_t altp2m_visible_list_address(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu);

/*
 * Access of a gfn in a view.
 *
 * set: -XEN_EINVAL if the view is not live (view 0 always is here), there is no such access, or,
 *   in view 0, the gfn has more than 36 bits; -XEN_ESRCH if the gfn is not RAM in that view;
 *   -XEN_ENOMEM. gfn ALTP2M_INVALID_GFN sets what xenmem_access_default stands for, as in Xen, and
 *   touches no view.
 * get: -XEN_EINVAL likewise, -XEN_ESRCH for a hole. ALTP2M_INVALID_GFN reads that default in view
 *   0, in another view the view's own: Xen's p2m_get_mem_access asks the p2m it was given.
 */
int altp2m_set_access(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint16_t access);
int altp2m_get_access(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                      uint16_t *access);

/*
 * The same for `nr` gfns from `gfn` on, from element `*done` on, which is advanced; holes are
 * skipped (Xen: p2m_set_mem_access). gfn ALTP2M_INVALID_GFN as above. -XEN_EINVAL also for a range
 * that is not within the width of a gfn or ends before `*done`; -XEN_ENOMEM: what is done stays;
 * -ALTP2M_ERESTART after a bounded number of elements.
 */
int altp2m_set_access_range(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t nr,
                            uint16_t access, uint64_t *done);

/*
 * How a view restricts a gfn for the guest. `view` must be live, or 0.
 *
 * restricts: the view's access there, as set or as its default, is not rwx, or the view shows
 *   another page. A hole has an access as well.
 * guest_may_change: may a guest in `view` exchange the page of the gfn (give it back, take
 *   another)? It may not where that view restricts the gfn. In external and limited mode, in which
 *   the guest may not change views, it may not where any view does. The embedder must call this
 *   before it calls altp2m_host_map or altp2m_host_unmap for the guest: these two check no view.
 */
bool altp2m_restricts(const struct altp2m_domain *d, unsigned int view, uint64_t gfn);
bool altp2m_guest_may_change(const struct altp2m_domain *d, unsigned int view, uint64_t gfn);

/*
 * Suppress-#VE of a gfn in a view: 1 by default. It can be cleared on a hole too: then touching
 * the hole raises #VE.
 *
 * set: -XEN_EINVAL if the view is not live. For a gfn out of range -XEN_ESRCH; but in view 0
 *   nothing is set and the answer is 0, or -XEN_EINVAL with more than 36 bits. -XEN_ENOMEM.
 * get: -XEN_EINVAL (view not live), -XEN_ESRCH for a hole.
 */
int altp2m_set_suppress_ve(struct altp2m_domain *d, unsigned int view, uint64_t gfn, bool suppress);
int altp2m_get_suppress_ve(const struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                           bool *suppress);

/*
 * Show the page of `target` at `gfn` in one view, with the access `target` has in that view and
 * the given suppress-#VE; from then on it follows the host p2m of `target`. Target
 * ALTP2M_INVALID_GFN removes all settings of the view for `gfn`: remap, access, suppress-#VE.
 * -XEN_EINVAL if the view is not live, -XEN_ESRCH if one of the two is not RAM, -XEN_ENOMEM.
 */
int altp2m_remap(struct altp2m_domain *d, unsigned int view, uint64_t gfn, uint64_t target,
                 bool suppress);

/*
 * A view's settings for a gfn, as one value, for a caller that takes changes back.
 *
 * get: the view must be live, or 0. Without an override: no target, the default access, suppress.
 * put: all three at once. The engine does not follow a remap of the target in the view.
 *   -XEN_EINVAL: the view is not live, the gfn is out of range, or a target while altp2m is off;
 *   -XEN_ENOMEM.
 */
struct altp2m_setting {
    uint64_t target; /* the gfn shown, ALTP2M_INVALID_GFN: its own */
    uint16_t access; /* xenmem_access_t as set, 0 to 9 */
    bool suppress_ve;
};
struct altp2m_setting altp2m_get_setting(const struct altp2m_domain *d, unsigned int view,
                                         uint64_t gfn);
int altp2m_put_setting(struct altp2m_domain *d, unsigned int view, uint64_t gfn,
                       const struct altp2m_setting *setting);

/*
 * #VE and VMFUNC of a vCPU, any one. enable_notify: -XEN_EEXIST if #VE is on already, -XEN_EINVAL
 * unless the gfn is plain RAM, -XEN_EPERM of MMIO. It switches VMFUNC on as well, and
 * disable_notify leaves it on, as in Xen.
 */
int altp2m_enable_notify(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, uint64_t gfn);
void altp2m_disable_notify(struct altp2m_domain *d, struct altp2m_vcpu *vcpu);
void altp2m_set_vmfunc(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, bool on);

/* All that a view has set for one gfn. */
struct altp2m_translation {
    struct altp2m_mapping to;
    uint16_t access;     /* xenmem_access_t as set, 0 to 9 */
    unsigned int rights; /* what the hardware entry grants: ALTP2M_R/W/X, never more than access */
    bool suppress_ve;    /* as set */
    bool overridden;     /* the view has its own leaf for this gfn */
    bool remapped;
};

/* `view` must be live, or 0. */
struct altp2m_translation altp2m_translate(const struct altp2m_domain *d, unsigned int view,
                                           uint64_t gfn);

/* What a CPU finds for a gfn under an EPTP, a live view's or a step's: the page, and the rights of
 * the hardware entry. It needs no lock where the vCPU counts as in the guest under that EPTP. */
struct altp2m_mapping altp2m_reached(const struct altp2m_domain *d, uint64_t eptp, uint64_t gfn,
                                     unsigned int *rights);

/*
 * The overrides of a view that is live, or of view 0, in order: the first at or above `from`, with
 * the neighbours that have the same settings (and show consecutive gfns, if remapped). False if
 * there is none. Bounded work: the call advances *from beyond the entries that it has read. nr is 0
 * if it reached the bound and found nothing, and many neighbours may come in parts.
 */
struct altp2m_override {
    uint64_t gfn, nr;
    uint64_t target;     /* the gfn shown at gfn, ALTP2M_INVALID_GFN: its own */
    uint16_t access;     /* xenmem_access_t as set, 0 to 9 */
    unsigned int rights; /* what the hardware entries grant */
    bool suppress_ve;    /* as set */
};
bool altp2m_next_override(const struct altp2m_domain *d, unsigned int view, uint64_t *from,
                          struct altp2m_override *found);

/*
 * A decision about a vCPU after an exit, first of all after an access that `wants` more than its
 * view grants at `gfn` (an EPT violation, SDM Vol. 3C 29.3.3.2). The engine decides by rights.
 * control/ decides by policies and listeners (control_violation).
 */
enum altp2m_verdict {
    ALTP2M_VERDICT_RUN,    /* run on: execute the instruction (again) */
    ALTP2M_VERDICT_STEP,   /* let this access through for one instruction */
    ALTP2M_VERDICT_HOLE,   /* nothing is mapped there */
    ALTP2M_VERDICT_NOTIFY, /* deliver #VE in software */
    ALTP2M_VERDICT_STOP,   /* access_required, and no monitor listens: stop the guest */
    ALTP2M_VERDICT_NOMEM,  /* as STEP: lifting takes table pages and there are none */

    /* Only the engine gives these. A caller without policies and listeners calls altp2m_unheard. */
    ALTP2M_VERDICT_RESTRICTED,
    ALTP2M_VERDICT_CONVERTED, /* n2rwx, now rwx */

    /* Only control/ gives these. */
    ALTP2M_VERDICT_WAIT,    /* while control_holds, then control_resume */
    ALTP2M_VERDICT_STEP_IN, /* one instruction in another view, then back */
    ALTP2M_VERDICT_INJECT,  /* raise an exception */
    ALTP2M_VERDICT_SKIP,    /* go on after the instruction, without what it would do */
    ALTP2M_VERDICT_GIVE_UP, /* stop the guest: its monitor does not answer */
    ALTP2M_VERDICT_DEFAULT, /* what the CPU does without altview (VMFUNC: #UD, INT3: #BP, a write of
                             * a register: done) */
};

/*
 * violation: decide by rights. Where the verdict is NOTIFY and #VE can't be delivered (SDM Vol. 3C
 *   26.5.7.1: the information page is busy, an event is being delivered, or CR0.PE is 0), go on
 *   with unnotified. altp2m_view.violations counts verdicts other than RUN, STEP and HOLE. RUN:
 *   rx2rw has been converted, or the translation was stale.
 * unnotified: do as Xen does (p2m_mem_access_check): rx2rw and n2rwx convert, the rest is
 *   RESTRICTED.
 * unheard: the verdict was RESTRICTED or CONVERTED, there is no policy, and no monitor listens:
 *   lift, or STOP under access_required. RUN, STOP, NOMEM, or HOLE if the gfn has become one.
 * lift: rwx for that gfn in that view: 0, -XEN_ENOMEM, -XEN_ESRCH for a hole or no such view.
 */
enum altp2m_verdict altp2m_violation(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                     uint64_t gfn, unsigned int wants);
enum altp2m_verdict altp2m_unnotified(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                      uint64_t gfn, unsigned int wants);
enum altp2m_verdict altp2m_unheard(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                   uint64_t gfn);
int altp2m_lift(struct altp2m_domain *d, unsigned int view, uint64_t gfn);

/*
 * Let one instruction of one vCPU run in its current view, with lent entries in place of the
 * view's.
 *
 * begin_step: `gfn` shows the page `to` with the rights `rights` (which an EPT entry must be able
 *   to express) under step_eptp, all else is as in the view. This adds to the step's loans in this
 *   view, also to the rights of the same gfn, and flushes as needed. The engine ends a loan if the
 *   view has changed its gfn since. It ends the loan that was wanted longest ago if there would be
 *   more than ALTP2M_STEP_MAX, or more than ALTP2M_STEP_OWN while another vCPU's step has more.
 *   That other vCPU keeps them until end_step, also while it is held. Until then an instruction on
 *   this vCPU that needs as many begins again and again. The vCPU must not be running. -XEN_EINVAL:
 *   gfn out of range, type NONE. -XEN_EPERM: the frame is kept, and not for this type.
 * begin_visit: the same, without a further loan. It is for a vCPU that is away from its view: only
 *   by a separate EPTP can the embedder notice a VMFUNC to the view where the vCPU already is.
 * step_eptp: the EPTP of no view, and the same for the vCPU's whole life. The vCPU may run under it
 *   from a begin_step or begin_visit until its next VM exit, or a VMFUNC that leaves it. A flush
 *   for its view's EPTP, or for all, must take the vCPU off it. (It may still refuse what has been
 *   widened since: try the access again in the view itself.)
 * end_step: the instruction is done; the next begin_step is another instruction's. A second call
 *   does nothing.
 */
int altp2m_begin_step(struct altp2m_domain *d, struct altp2m_vcpu *vcpu, uint64_t gfn,
                      struct altp2m_mapping to, unsigned int rights);
void altp2m_begin_visit(struct altp2m_domain *d, struct altp2m_vcpu *vcpu);
uint64_t altp2m_step_eptp(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu);
void altp2m_end_step(struct altp2m_domain *d, struct altp2m_vcpu *vcpu);

/* The index itself if it is below `size`, else 0, without a branch. It is for an index that comes
 * from a guest or a peer, so that a mispredicted check reads nothing beyond a table. */
size_t altp2m_clamp(size_t index, size_t size);

/* The caller of a hypercall. */
struct altp2m_caller {
    bool privileged;          /* a control port or domain 0, not the guest itself */
    bool compat;              /* 32-bit: guest handles are 4 bytes wide */
    struct altp2m_vcpu *vcpu; /* the vCPU that makes it; NULL for a caller outside the guest */
    /*
     * Copy from/to the caller's memory: 0 or -XEN_EFAULT. Of this domain's functions they may call
     * the functions that only read, and altp2m_violation, because views convert pages for a
     * hypercall too.
     */
    void *context;
    int (*read)(void *context, void *to, uint64_t from, size_t size);
    int (*write)(void *context, uint64_t to, const void *from, size_t size);
};

/*
 * HVMOP_altp2m: every sub-operation of Xen 4.17 and altview's own (<altview/hvmop.h>), with Xen's
 * checks in Xen's order. `arg` is the address of a struct xen_hvm_altp2m_op in the caller's memory.
 * Returns the guest's result, or -ALTP2M_ERESTART: progress is saved in the structure, let the
 * guest issue the same hypercall again.
 */
long altp2m_hvmop(struct altp2m_domain *d, const struct altp2m_caller *caller, uint64_t arg);

/*
 * Some of its sub-operations without a structure in memory (<altview/hvmop.h>: HVMOP_altview_direct
 * says which, and what their parameters are): the same checks in the same order, the same answers.
 * Returns the value that the structure would carry back, or a negative error; -XEN_EOPNOTSUPP: not
 * one of them. Never -ALTP2M_ERESTART. The caller's read and write are not called.
 */
long altp2m_direct(struct altp2m_domain *d, const struct altp2m_caller *caller, uint32_t cmd,
                   uint16_t view, uint64_t first, uint64_t second);
/* Bit n: HVMOP_altp2m_* of number n is one of them. */
uint32_t altp2m_direct_known(void);

/*
 * The same lists for Xen's XENMEM_access_op_set_access_multi: `nr` gfns (8 bytes each) at `gfns`,
 * accesses (1 byte each) at `accesses`, from element `*done` on, which is advanced. Stops at the
 * first bad element, earlier ones stay set. Holes are skipped. -XEN_EFAULT, -XEN_EINVAL,
 * -XEN_ENOMEM, -ALTP2M_ERESTART after a bounded number of elements.
 */
int altp2m_set_access_list(struct altp2m_domain *d, const struct altp2m_caller *caller,
                           unsigned int view, uint64_t gfns, uint64_t accesses, uint64_t nr,
                           uint64_t *done);

#endif
