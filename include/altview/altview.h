/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libaltview: a guest's views from outside. altview(3) is the manual page. Programs written for Xen
 * need not use it: for them altview has libraries with Xen's names (docs/design/xen-libraries.md).
 *
 * Conventions
 *  - Functions return 0 or a negative errno value and leave results untouched on failure;
 *    altview_error() then gives the cause and the remedy.
 *  - Several threads may use a handle at once. Calls on it take turns, except that
 *    altview_next_event waits without holding up other calls. Close a handle when no thread uses
 *    it.
 *  - <altview/control.h> says what the numbers mean: this library speaks that protocol.
 *  - Any call: -EINVAL if the domain refuses an argument, -ENOTCONN if the other side has
 *    disconnected, -ETIMEDOUT if it does not answer, -EPROTO if it does not keep to the protocol,
 *    -EOPNOTSUPP if the transport can't do it (on Xen, all but altp2m operations).
 */
#ifndef ALTVIEW_ALTVIEW_H
#define ALTVIEW_ALTVIEW_H

#include <altview/control.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct altview altview;

/*
 * Connect. `where`:
 *   NAME            a run of `altview run`, by its name
 *   unix:PATH       the socket of one; PATH without a '/' is a name as well
 *   tcp:HOST:PORT   a control port behind a TCP socket. Loopback only, unless ALTVIEW_OPEN_REMOTE:
 *                   the protocol knows no passwords.
 *   tty:DEVICE      a control port on a serial line (115200 8N1)
 *   sim: or sim:views=N,memory=MIB,vcpus=N,mode=MODE,access_required
 *                   a simulated domain in this process, one per handle: see <altview/sim.h>
 *   xen:DOMID       a domain of the Xen this program runs on, through libxencall
 *   NULL            the environment variable ALTVIEW, or else the only run there is
 * -ENOENT: no such run or device, or none at all; -EINVAL: not understood; -EACCES: not loopback;
 * -EBUSY: the listener there takes no callers; -ETIMEDOUT: it says nothing; -EPROTO: it is no
 * altview; or what connecting failed with.
 */
#define ALTVIEW_OPEN_REMOTE 1U
/* Opening takes a second at most, and the handle's timeout is a second. Without this flag both are
 * the default of altview_set_timeout. */
#define ALTVIEW_OPEN_HURRY 2U
int altview_open(const char *where, unsigned int flags, altview **handle);
/* NULL is allowed. Ends this handle's listening; its pauses end with it. */
void altview_close(altview *handle);

/* Why the last call of this thread failed: cause and remedy, one line. Never NULL. */
const char *altview_error(void);

/*
 * How long a call may take, in milliseconds (default 30000), with all its requests. A call that
 * takes many requests (ranges, lists, memory) has that time anew for each step of real progress: 32
 * elements, or 4096 bytes. -EPROTO: a reply that no altview sends; -ETIMEDOUT.
 */
void altview_set_timeout(altview *handle, unsigned int milliseconds);

int altview_hello(altview *handle, struct altview_hello *hello);

/* Lists are allocated; give them back with free(). */
int altview_views(altview *handle, struct altview_view **views, size_t *count);
int altview_overrides(altview *handle, unsigned int view, struct altview_override **overrides,
                      size_t *count);
int altview_vcpus(altview *handle, struct altview_vcpu **vcpus, size_t *count);
/* Which vCPUs each live view is visible to: for those whose altview_view.visible is 2. */
int altview_visibility(altview *handle, struct altview_visible_to **views, size_t *count);

/* The live view of that name or number ("3"). -ENOENT: none. */
int altview_find_view(altview *handle, const char *name, unsigned int *view);

/* The operations on views that Xen has too, with Xen's errors. access: 0 to 10. */
int altview_set_active(altview *handle, bool on);
int altview_create_view(altview *handle, unsigned int access, unsigned int *view);
int altview_destroy_view(altview *handle, unsigned int view);
int altview_switch_to_view(altview *handle, unsigned int view);
/*
 * Hide a view from VMFUNC and from the domain-wide switch, or show it again. It protects against
 * the guest in external and limited mode only: in mixed mode the guest can undo it.
 */
int altview_set_visibility(altview *handle, unsigned int view, bool visible);
/* The same for one vCPU alone; Xen has no call for it. ALTVIEW_ALL_VCPUS: all. */
int altview_set_visibility_for(altview *handle, unsigned int vcpu, unsigned int view, bool visible);
/*
 * Hide a view from a vCPU, or from all with ALTVIEW_ALL_VCPUS, and move the vCPUs that are in it to
 * the view `to`, which must be visible to them. On return none of them runs in the view. Not on
 * Xen.
 */
int altview_evict(altview *handle, unsigned int vcpu, unsigned int view, unsigned int to);
int altview_set_access(altview *handle, unsigned int view, uint64_t gfn, uint64_t nr,
                       unsigned int access);
int altview_get_access(altview *handle, unsigned int view, uint64_t gfn, unsigned int *access);
/* target ALTVIEW_NO_GFN: remove all settings of the view for gfn. */
int altview_remap(altview *handle, unsigned int view, uint64_t gfn, uint64_t target);
int altview_set_suppress_ve(altview *handle, unsigned int view, uint64_t gfn, bool suppress);
int altview_set_vmfunc(altview *handle, unsigned int vcpu, bool on);

/* The operations on views that Xen does not have. */
int altview_clone_view(altview *handle, unsigned int from, unsigned int *view);
int altview_name_view(altview *handle, unsigned int view, const char *name);
/* `in`: the view of ALTVIEW_POLICY_STEP and SWITCH, else 0. */
int altview_set_policy(altview *handle, unsigned int view, enum altview_policy policy,
                       unsigned int in);

/*
 * Guest physical memory, of any size, as a view shows it; ALTVIEW_NO_VIEW: the host p2m.
 * -EFAULT: not RAM throughout. More than 4096 bytes may then have been read or written in part.
 * Where the handle reaches the machine's memory (altview_map), the library copies from there.
 */
int altview_read(altview *handle, unsigned int view, uint64_t address, void *to, size_t size);
int altview_write(altview *handle, unsigned int view, uint64_t address, const void *from,
                  size_t size);

/*
 * The guest's own pages, `count` of them from `gfn` on as a view shows them, in this process. The
 * process sees the guest's stores, and the guest the process's. prot: PROT_READ, or PROT_READ |
 * PROT_WRITE. unmap ends the mapping, before or after the handle is closed. -EOPNOTSUPP: the
 * machine's memory is out of reach (it is in reach in a run in QEMU, and in sim:). -EFAULT: not RAM
 * of the guest's throughout; pages of altview's are none, also where it shows them to the guest.
 *
 * A mapping does not follow when a gfn shows another page. *counter (an atomic load) changes before
 * that happens: load it, then map, and map again once it has changed. The counter keeps its address
 * until the handle is closed. It changes when the run ends, too, unless the run is killed by
 * SIGKILL: altview_read fails then, and altview_event_fd is readable.
 *
 * Translated CPUs (QEMU without KVM) don't notice a store to code through a mapping: write code
 * with altview_write.
 */
int altview_map(altview *handle, unsigned int view, uint64_t gfn, size_t count, int prot,
                void **address);
int altview_unmap(altview *handle, void *address, size_t count);
int altview_generation(altview *handle, const uint64_t **counter);

/* RAM and devices as the guest has them, ascending; neighbours of one type are one element. Give it
 * back with free(). maximum_gfn: the last gfn of the machine's RAM. */
int altview_memory_map(altview *handle, struct altview_memory_range **ranges, size_t *count);
int altview_maximum_gfn(altview *handle, uint64_t *gfn);

/* Which page tables translate a virtual address. All zero: those that vCPU 0 uses now. */
struct altview_space {
    unsigned int vcpu;
    bool has_cr3; /* then `cr3` instead of the vCPU's */
    uint64_t cr3;
    enum altview_paging mode; /* ALTVIEW_PAGING_VCPU: the vCPU's */
};

/*
 * Where a virtual address leads, by the tables as `view` shows them; ALTVIEW_NO_VIEW: as the host
 * p2m has them. -EFAULT: the walk does not arrive. Then too `to` has the walk's steps, and
 * altview_error() says at which level it stopped.
 */
int altview_translate(altview *handle, unsigned int view, const struct altview_space *space,
                      uint64_t address, struct altview_translation *to);

/* A part of a range of virtual addresses that is contiguous in guest physical memory. */
struct altview_run {
    uint64_t address; /* virtual */
    uint64_t physical;
    uint64_t size;
};
/* A range, page by page; neighbours are one run. Give it back with free(). -EFAULT: an address has
 * no translation. */
int altview_translate_range(altview *handle, unsigned int view, const struct altview_space *space,
                            uint64_t address, uint64_t size, struct altview_run **runs,
                            size_t *count);

/* Memory by virtual addresses. -EFAULT as altview_translate_range, before anything is read or
 * written, and as altview_read and altview_write. The rights in the page tables do not bind. */
int altview_read_virtual(altview *handle, unsigned int view, const struct altview_space *space,
                         uint64_t address, void *to, size_t size);
int altview_write_virtual(altview *handle, unsigned int view, const struct altview_space *space,
                          uint64_t address, const void *from, size_t size);

/*
 * One piece of a search: the guest physical addresses from *first on at which RAM, as a view or the
 * host p2m has it, holds these 1 to ALTVIEW_SEARCH_MAX bytes, all of them up to `last`. There may
 * be none. *first becomes the address at which to go on, or ALTVIEW_NO_GFN. A piece is 256 KiB of
 * RAM.
 */
int altview_search(altview *handle, unsigned int view, uint64_t *first, uint64_t last,
                   const void *bytes, size_t size, uint64_t addresses[ALTVIEW_SEARCH_MOST],
                   size_t *count);

int altview_get_registers(altview *handle, unsigned int vcpu, struct altview_registers *to);
int altview_set_registers(altview *handle, const struct altview_set_registers *from);
/* ALTVIEW_ALL_VCPUS: all. Pauses count: a vCPU runs when each has been undone. */
int altview_pause(altview *handle, unsigned int vcpu);
int altview_unpause(altview *handle, unsigned int vcpu);
/*
 * The domain's pause, as on Xen, instead of the handle's: it has no time limit and outlives the
 * handle and its program. altview_unpause_domain of any handle undoes one. A vCPU runs when it has
 * pauses of neither kind.
 */
int altview_pause_domain(altview *handle, unsigned int vcpu);
int altview_unpause_domain(altview *handle, unsigned int vcpu);
int altview_single_step(altview *handle, unsigned int vcpu, bool on);
int altview_statistics(altview *handle, unsigned int vcpu, struct altview_statistics *to);

/*
 * Whether a refused access about which no listener decides stops the guest, or lifts the
 * restriction (Xen's xc_domain_set_access_required). At first the run's option holds.
 */
int altview_set_required(altview *handle, bool required);

/*
 * Events. listen: from now on; a later call replaces an earlier one. One peer at a time may be
 * synchronous: -EBUSY. next_event: waits up to `milliseconds` (0: not at all, -1: for ever);
 * -EAGAIN: none came. answer: see altview_answer in <altview/control.h>.
 */
int altview_listen(altview *handle, const struct altview_listen *listen);
int altview_next_event(altview *handle, struct altview_event *event, int milliseconds);
int altview_answer(altview *handle, const struct altview_answer *answer);
/* A descriptor that is readable while an event may be waiting, for poll(2); -EOPNOTSUPP where there
 * is none. */
int altview_event_fd(altview *handle);

/*
 * Tie what this handle sets from now on to its connection. When the connection ends, by
 * altview_close or because the program has been killed, altview takes the settings back. No
 * instruction of the guest runs with a part of them taken back. docs/reference/control-protocol.md
 * ("Taking back") lists them: views that the handle has made, settings in other views, writes of at
 * most 16 bytes, listening, pauses, steps. altview leaves what another party has changed since.
 *
 * bind: 0 also if it is bound already. -ENOSYS: the domain is older. A line may not show that its
 *   peer has ended (tty:, tcp:). There 5 seconds without a call count as the end: make some call
 *   every second or so.
 * unbind: take the settings back now, or with `keep` leave them for good. Then the handle is as
 *   before bind. Its listening has ended. -EINVAL: it is not bound.
 */
int altview_bind(altview *handle);
int altview_unbind(altview *handle, bool keep);

/* HVMOP_altp2m as a hypercall: `memory` starts with a struct xen_hvm_altp2m_op
 * (<altview/control.h>, HVMOP), which the call updates. The library restarts it until it is
 * done. */
int altview_hvmop(altview *handle, void *memory, size_t size);

#ifdef __cplusplus
}
#endif
#endif
