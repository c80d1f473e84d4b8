/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control protocol: the bytes on the hypervisor's control port (serial port 2), and over the
 * Unix socket by which `altview run` shares it. docs/reference/control-protocol.md tells how to use
 * it. This header defines the bytes.
 *
 * Conventions
 *  - Numbers are little-endian; structures have no implicit padding; `pad` fields are zero: a
 *    request with others gets -EINVAL.
 *  - gfn: guest page frame number (4 KiB). access: xenmem_access_t, 0 to 9 (10, "default", where
 *    one is set). rights: 1 read, 2 write, 4 execute.
 *  - status of a reply: 0 or a negative Xen error number (<xen/errno.h>; Linux's numbers). A reply
 *    with a negative status has no payload, unless its request says otherwise.
 *  - The peer is a privileged caller, as Xen's domain 0 is. In mode "disabled" HVMOP is -EINVAL,
 *    and the other requests find only the host p2m (view 0).
 *  - Every request: -EINVAL for a payload of the wrong size, -ENOSYS for a type that is not known.
 */
#ifndef ALTVIEW_CONTROL_H
#define ALTVIEW_CONTROL_H

#include <stdint.h>

#define ALTVIEW_CONTROL_VERSION     1
#define ALTVIEW_CONTROL_MAX_PAYLOAD 8192

/*
 * Starts every frame. None of its bytes is ASCII. Between frames are lines of the hypervisor's log,
 * which stay readable on a terminal.
 */
#define ALTVIEW_CONTROL_MAGIC UINT32_C(0xb4a1f7e5)

enum altview_frame_kind {
    ALTVIEW_FRAME_REQUEST = 1, /* to the hypervisor */
    ALTVIEW_FRAME_REPLY = 2,   /* same type and sequence number as its request */
    ALTVIEW_FRAME_EVENT = 3,   /* enum altview_event_type; sequence counts events */
};

struct altview_frame {
    uint32_t magic;
    uint8_t version;
    uint8_t kind; /* enum altview_frame_kind */
    uint16_t type;
    uint32_t length;   /* of the payload that follows, at most ALTVIEW_CONTROL_MAX_PAYLOAD */
    uint32_t sequence; /* the client chooses it; the server serves a request sent twice under one
                        * number once */
    int32_t status;    /* replies; else 0 */
    uint32_t payload_checksum; /* CRC-32 (IEEE 802.3) of the payload, 0 if there is none */
    uint32_t owner;            /* requests: 0, or the owner to which the request ties its settings
                                * (BIND); else 0 */
    uint32_t header_checksum;  /* CRC-32 of the 28 bytes before */
};

/*
 * Which of a hub's clients may send a request, or gets an event. On the port itself there is one
 * peer, which may send every request.
 */
enum altview_who {
    ALTVIEW_ANY,       /* every client */
    ALTVIEW_LISTENERS, /* those whose LISTEN names the event, in `sync` or `report` */
    ALTVIEW_OWNER,     /* clients of the run's user */
    ALTVIEW_ASKED,     /* the client whose LISTEN has a `sync`. A request: every client, while there
                        * is no such client */
};

/*
 * The requests: number, name, payload of the request, payload of the reply, which clients may send
 * it, since which altview, and its purpose. docs/reference/control-protocol.md has the same table,
 * and a test checks that.
 */
/* clang-format off */
#define ALTVIEW_REQUEST_TABLE(row)                                                                 \
    row(1, PING, "", "", ANY, "0.1", "a sign of life")                                             \
    row(2, HELLO, "", "`altview_hello`", ANY, "0.1",                                               \
        "ask this first: version, mode, limits, which run this is; `image` shows whether the "     \
        "hypervisor is unchanged")                                                                 \
    row(3, HVMOP, "`xen_hvm_altp2m_op`, lists", "`xen_hvm_altp2m_op`", ANY, "0.1",                 \
        "every altp2m operation, through the guest's own dispatcher; a guest handle is an "        \
        "offset into the payload. The structure comes back with an error too")                     \
    row(4, SET_ACCESS, "`altview_set_access`", "`altview_progress`", ANY, "0.1",                   \
        "Xen's `xc_set_mem_access`. Elements before an error stay changed; `done` counts them")    \
    row(5, ACCESS_LIST, "`altview_access_list`, gfns, accesses", "`altview_progress`", ANY, "0.1", \
        "Xen's `xc_set_mem_access_multi`; likewise")                                               \
    row(6, GET_ACCESS, "`altview_gfn`", "`altview_access`", ANY, "0.1", "")                        \
    row(7, VIEWS, "`altview_first`", "list of `altview_view`", ANY, "0.1",                         \
        "view 0 is always in it")                                                                  \
    row(8, OVERRIDES, "`altview_gfn`", "list of `altview_override`", ANY, "0.1",                   \
        "neighbours with equal settings are one element")                                          \
    row(9, NAME_VIEW, "`altview_view_name`", "", ANY, "0.1", "")                                   \
    row(10, SET_POLICY, "`altview_view_policy`", "", ANY, "0.1",                                   \
        "what altview does about refused accesses without asking")                                 \
    row(11, READ, "`altview_memory`", "bytes", ANY, "0.1",                                         \
        "up to 4096, over page ends; a view's access does not bind the monitor")                   \
    row(12, WRITE, "`altview_memory`, bytes", "", ANY, "0.1", "all or nothing")                    \
    row(13, VCPUS, "`altview_first`", "list of `altview_vcpu`", ANY, "0.1", "")                    \
    row(14, GET_REGISTERS, "`altview_which_vcpu`", "`altview_registers`", ANY, "0.1", "")          \
    row(15, SET_REGISTERS, "`altview_set_registers`", "", ANY, "0.1",                              \
        "of a vCPU that is paused or waits. `-EBUSY` else, and for RFLAGS without IF while an"     \
        " interrupt is being delivered to it")                                                     \
    row(16, PAUSE, "`altview_which_vcpu`", "", ANY, "0.1",                                         \
        "counts; vCPU 0xffffffff: all, or none")                                                   \
    row(17, UNPAUSE, "`altview_which_vcpu`", "", ANY, "0.1", "")                                   \
    row(18, SINGLE_STEP, "`altview_single_step`", "", ANY, "0.1",                                  \
        "an event after each instruction, if you listen for it")                                   \
    row(19, STATISTICS, "`altview_which_vcpu`", "`altview_statistics`", ANY, "0.1", "")            \
    row(20, LISTEN, "`altview_listen`", "", ANY, "0.1",                                            \
        "which events, and which of them the vCPU waits on")                                       \
    row(21, ANSWER, "`altview_answer`", "", ASKED, "0.1", "to a synchronous event")                \
    row(22, VISIBILITY, "`altview_first`", "list of `altview_visible_to`", ANY, "0.1",             \
        "to which vCPUs each view is visible")                                                     \
    row(23, RING, "", "`altview_ring_place`", ANY, "0.1",                                          \
        "where the rings lie, for a peer that reaches the machine's memory. `-EOPNOTSUPP`: "       \
        "there are none")                                                                          \
    row(24, MEMORY_MAP, "`altview_first`", "list of `altview_memory_range`", ANY, "0.1",           \
        "RAM and devices as the guest has them, from gfn `first` on; pages of altview's are not "  \
        "among them")                                                                              \
    row(25, MAXIMUM_GFN, "", "`altview_last_gfn`", ANY, "0.1",                                     \
        "the last gfn of the machine's RAM")                                                       \
    row(26, TRANSLATE, "`altview_translate`", "`altview_translation`", ANY, "0.1",                 \
        "a virtual address by the guest's page tables, with the way there. A walk that does not "  \
        "arrive is no error: `end` says why")                                                      \
    row(27, SEARCH, "`altview_search`, bytes", "list of addresses", ANY, "0.1",                    \
        "where RAM holds these bytes; stops after 256 KiB, and `next` says where")                 \
    row(28, SET_REQUIRED, "`altview_required`", "", ANY, "0.1",                                    \
        "whether a violation without a listener stops the guest (access_required), from now on")   \
    row(40, LOCATE, "`altview_locate`", "`altview_located`, list of `altview_frames`", ANY, "0.1", \
        "which frames of the machine pages of the guest's own lie in; see Mapped memory")          \
    row(41, MEMORY, "`altview_memory_wish`", "`altview_layout`, and a descriptor", OWNER, "0.1",   \
        "the machine's memory, from a hub that has it. `-EOPNOTSUPP`: this one has not")           \
    row(50, BIND, "`altview_bind`", "", ANY, "0.1",                                                \
        "from now on frames may name this owner: `UNBIND` takes back what they set")               \
    row(51, UNBIND, "`altview_unbind`", "", ANY, "0.1",                                            \
        "the owner ends: take back what it has set, or leave it for good")                         \
    row(52, CONSOLE, "", "`altview_console`", ANY, "0.1",                                          \
        "of a hub: after the reply the connection carries serial port 1, and no frames")           \
    row(53, SNAPSHOT, "", "`altview_snapshot`, and a descriptor", OWNER, "0.1",                    \
        "of a hub: the machine stands still until this connection ends, and the file has its "     \
        "state. `-EOPNOTSUPP`: this machine can't, and `why` says the reason")
/* clang-format on */

#define ALTVIEW_REQUEST_NUMBER(number, name, ...) ALTVIEW_##name = (number),
enum altview_request {
    ALTVIEW_REQUEST_TABLE(ALTVIEW_REQUEST_NUMBER) ALTVIEW_REQUESTS /* one more than the last */
};

#define ALTVIEW_NO_GFN    (~UINT64_C(0))
#define ALTVIEW_NO_VIEW   0xffffU     /* READ, WRITE: the host p2m */
#define ALTVIEW_ALL_VCPUS 0xffffffffU /* PAUSE, UNPAUSE */
#define ALTVIEW_NAME_SIZE 16          /* with its terminating 0 */

/*
 * HVMOP: HVMOP_altp2m through the dispatcher that serves the guest, as a privileged caller. The
 * payload is the caller's memory: struct xen_hvm_altp2m_op (64-bit layout) at 0, and lists after
 * it. A guest handle in it is an offset into the payload. The reply is the structure after the
 * operation, also when the status is negative. Status -ERESTART (-85): progress is saved in the
 * structure, send it again.
 */

struct altview_hello {
    uint16_t version; /* ALTVIEW_CONTROL_VERSION */
    uint16_t domid;
    uint16_t view_count; /* slots for views */
    uint8_t mode;        /* HVM_PARAM_ALTP2M: 0 disabled, 1 mixed, 2 external, 3 limited */
    uint8_t flags;       /* ALTVIEW_HELLO_* */
    uint32_t vcpu_count;
    uint32_t gfn_bits; /* width of a gfn */
    uint32_t max_payload;
    uint32_t image; /* checksum of the hypervisor's code and constants, made now; 0: not known */
    uint64_t tsc_hz;
    uint64_t instance; /* differs from run to run, as far as the machine's clock does */
    char software[32]; /* "altview 0.1.0" */
};
#define ALTVIEW_HELLO_ACTIVE          1U /* altp2m is on */
#define ALTVIEW_HELLO_ACCESS_REQUIRED 2U /* a violation without a listener stops the guest */
#define ALTVIEW_HELLO_EXECUTE_ONLY    4U /* execute-only entries exist */
#define ALTVIEW_HELLO_VE              8U /* the CPU delivers #VE by itself */
#define ALTVIEW_HELLO_2M              16U
#define ALTVIEW_HELLO_1G              32U
#define ALTVIEW_HELLO_UNANSWERED                                                                   \
    64U                         /* a monitor has disconnected without a farewell: its
                                            * rule holds */
#define ALTVIEW_HELLO_RING 128U /* there are rings in memory: RING gives their place */

/*
 * SET_ACCESS: the access of gfn to gfn + nr - 1 in a view (0: Xen's host p2m). The server skips
 * pages that are not RAM. Bounded work: status -ERESTART with `done` saved. Send the request again
 * with that altview_set_access.done. gfn ALTVIEW_NO_GFN with nr 1 sets what "default" stands for.
 * -EINVAL: view not live, no such access, range beyond the width of a gfn. -ENOMEM. Elements before
 * an error stay changed, and the reply reports the progress with the error.
 */
struct altview_set_access {
    uint64_t gfn, nr, done;
    uint16_t view, access;
    uint32_t pad;
};

/* ACCESS_LIST: nr gfns (8 bytes each), then nr accesses (1 byte each) follow. As SET_ACCESS. */
struct altview_access_list {
    uint64_t done;
    uint16_t view, pad;
    uint32_t nr;
};

struct altview_progress {
    uint64_t done;
};

/* GET_ACCESS: -EINVAL, -ESRCH for a hole. OVERRIDES: those at or above gfn. */
struct altview_gfn {
    uint64_t gfn;
    uint16_t view, pad[3];
};

struct altview_access {
    uint16_t access, pad[3];
};

/* Lists come in pieces: ask again from `next` on, until it is ALTVIEW_NO_GFN. */
struct altview_first {
    uint64_t first; /* index of a view or vCPU */
};

struct altview_list {
    uint64_t next;
    uint32_t count; /* elements that follow */
    uint32_t pad;
};

/* One live view. The list has view 0 also while altp2m is off, as not visible. */
struct altview_view {
    uint16_t view;
    uint16_t default_access;
    uint8_t visible;      /* 0: to no vCPU, 1: to every one, 2: to some; VISIBILITY says which */
    uint8_t policy;       /* enum altview_policy */
    uint16_t policy_view; /* of ALTVIEW_POLICY_STEP and SWITCH */
    uint32_t overrides;   /* gfns whose access, suppress-#VE or page differ from the default */
    uint32_t remaps;      /* how many of them show another page */
    uint32_t table_pages; /* 4 KiB pages this view alone occupies */
    uint32_t vcpus;       /* whose current view this is */
    uint64_t violations;  /* refused accesses since the view was created */
    char name[ALTVIEW_NAME_SIZE]; /* "" or what NAME_VIEW gave; ends with a 0 */
};

/* Which vCPUs may enter a live view by VMFUNC. */
struct altview_visible_to {
    uint16_t view;
    uint16_t pad[3];
    uint64_t vcpus; /* bit n: vCPU n */
};

/* Neighbours with the same settings are one element. */
struct altview_override {
    uint64_t gfn, nr;
    uint64_t target; /* the gfn shown at gfn; further ones count up. ALTVIEW_NO_GFN: its own */
    uint8_t access;  /* xenmem_access_t as set */
    uint8_t rights;  /* what the hardware entry grants: never more than access */
    uint8_t suppress_ve;
    uint8_t pad[5];
};

/*
 * NAME_VIEW: a letter, then letters, digits, '_', '-' and '.'; "" takes the name away. The name
 * goes with the view. -EINVAL: view not live, bad name. -EEXIST: another view has it.
 */
struct altview_view_name {
    uint16_t view, pad[3];
    char name[ALTVIEW_NAME_SIZE];
};

/*
 * SET_REQUIRED: Xen's xc_domain_set_access_required. An event on which a vCPU waits already goes by
 * the old setting. -EINVAL: neither 0 nor 1.
 */
struct altview_required {
    uint8_t required;
    uint8_t pad[7];
};

/* How to decide about an access that a view refuses, before a monitor is asked. */
enum altview_policy {
    ALTVIEW_POLICY_NONE = 0,   /* a listener decides; without one, as Xen: lift, or stop */
    ALTVIEW_POLICY_LIFT = 1,   /* the page becomes rwx in that view, no event */
    ALTVIEW_POLICY_REPORT = 2, /* altview lets that one instruction through and sends an event; the
                                * restriction stays */
    ALTVIEW_POLICY_STEP = 3,   /* that one instruction runs in policy_view, no event */
    ALTVIEW_POLICY_SWITCH = 4, /* the vCPU goes on in policy_view, visible or not; no event */
};

/*
 * SET_POLICY. -EINVAL: the view is not live; there is no such policy; policy_view is not live or is
 * the view itself (POLICY_STEP and SWITCH; else it must be 0); or policies SWITCH lead in a circle.
 * When policy_view ends, the policy becomes NONE.
 */
struct altview_view_policy {
    uint16_t view;
    uint16_t policy_view;
    uint8_t policy, pad[3];
};

/*
 * READ, WRITE: guest physical memory as a view shows it, or as the host p2m has it. Remaps are
 * followed; the view's access does not bind the monitor. Length 1 to 4096; in a WRITE as many bytes
 * follow. -EFAULT: not all of it is RAM; then nothing was written.
 */
#define ALTVIEW_MEMORY_MAX 4096
struct altview_memory {
    uint64_t address;
    uint32_t length;
    uint16_t view, pad;
};

/*
 * MEMORY_MAP: what gfns map to in the host p2m, which all views have in common. Neighbours of one
 * type are one element, unless a piece ends between them. A page that the guest has given back is a
 * hole. So is a page that the hypervisor keeps for itself or shows to the guest.
 */
struct altview_memory_range {
    uint64_t gfn, nr;
    uint8_t type; /* enum altview_memory_type */
    uint8_t pad[7];
};

enum altview_memory_type {
    ALTVIEW_MEMORY_RAM = 1,
    ALTVIEW_MEMORY_DEVICE = 3, /* a device's; also where there is no device */
};

/* MAXIMUM_GFN: as XENMEM_maximum_gpfn. It does not change. */
struct altview_last_gfn {
    uint64_t gfn;
};

/* Ways to page (SDM Vol. 3A 4.1.1). */
enum altview_paging {
    ALTVIEW_PAGING_VCPU = 0, /* TRANSLATE: the vCPU's */
    ALTVIEW_PAGING_NONE = 1, /* an address is a physical one */
    ALTVIEW_PAGING_32 = 2,   /* 32-bit, pages of 4 KiB */
    ALTVIEW_PAGING_PSE = 3,  /* 32-bit, and pages of 4 MiB */
    ALTVIEW_PAGING_PAE = 4,
    ALTVIEW_PAGING_4_LEVEL = 5,
    ALTVIEW_PAGING_5_LEVEL = 6,
    ALTVIEW_PAGINGS /* one more than the last */
};

/*
 * TRANSLATE: where a virtual address leads, by the guest's page tables as `view` shows them, or the
 * host p2m (ALTVIEW_NO_VIEW). Mode and CR3 are the vCPU's unless given. The walk changes nothing,
 * and no access of a view binds it. It reads each entry once, follows five at most, and reads them
 * in RAM only: not in devices, and not in pages that the hypervisor shows the guest. Of PAE it
 * reads the four upper entries in memory too; a vCPU may still have older ones. Bit 63 of an entry
 * forbids execution if `mode` is given, else if the vCPU's EFER.NXE is set. -EINVAL: no such vCPU,
 * view, mode or flag; a cr3 without the flag.
 */
struct altview_translate {
    uint64_t address;
    uint64_t cr3; /* with ALTVIEW_TRANSLATE_CR3, else 0 */
    uint32_t vcpu;
    uint16_t view;
    uint8_t mode;  /* enum altview_paging */
    uint8_t flags; /* ALTVIEW_TRANSLATE_* */
};
#define ALTVIEW_TRANSLATE_CR3 1U

/* How a walk ends. All but ARRIVED and BAD_ADDRESS are about the last step. */
enum altview_walk_end {
    ALTVIEW_WALK_ARRIVED = 0,
    ALTVIEW_WALK_BAD_ADDRESS = 1, /* not canonical; or beyond 32 bits, where that is all there is */
    ALTVIEW_WALK_NOT_PRESENT = 2, /* the entry's bit 0 is clear */
    ALTVIEW_WALK_RESERVED = 3,    /* a reserved bit is set */
    ALTVIEW_WALK_NO_TABLE = 4,    /* the entry is not in RAM: its `value` is 0 */
    ALTVIEW_WALK_ENDS
};

/* rights, as the page tables grant them: 1 read, 2 write, 4 execute, 8 at CPL 3 as well. */
#define ALTVIEW_PAGE_USER 8U

/* An entry on the walk's path. */
struct altview_translation_step {
    uint64_t address; /* guest physical, of the entry */
    uint64_t value;
    uint8_t level;      /* 5 to 1 */
    uint8_t rights;     /* this entry's */
    uint8_t page_shift; /* it maps a page of 1 << page_shift bytes; 0: it leads to a table */
    uint8_t pad[5];
};
#define ALTVIEW_WALK_MOST 5 /* steps */

struct altview_translation {
    uint64_t physical; /* guest physical, if the walk has arrived; may be other than RAM */
    uint64_t cr3;
    uint16_t view;
    uint8_t mode; /* enum altview_paging */
    uint8_t end;  /* enum altview_walk_end */
    uint8_t step_count;
    uint8_t rights;     /* of all steps together, if it has arrived */
    uint8_t page_shift; /* of the page, if it has arrived; 32 without paging */
    uint8_t pad;
    struct altview_translation_step steps[ALTVIEW_WALK_MOST];
};

/*
 * SEARCH: the guest physical addresses in [first, last] at which RAM, as a view or the host p2m has
 * it, holds the `size` bytes that follow (1 to 256). All of them lie in [first, last]. They may lie
 * across a page end. The search skips what is not RAM, and pages that the hypervisor shows the
 * guest. The reply is a list of addresses (8 bytes each), ascending. Ask again with first = `next`.
 */
#define ALTVIEW_SEARCH_MAX  256
#define ALTVIEW_SEARCH_MOST 1022 /* addresses in a reply */
struct altview_search {
    uint64_t first, last;
    uint16_t view, size;
    uint32_t pad;
};

/*
 * LOCATE: which frames of the machine's memory `count` pages from `gfn` on lie in, as a view shows
 * them, or the host p2m. The list has only the guest's own RAM. It leaves out altview's pages,
 * devices and holes. -EINVAL: no view, no pages, or beyond 2^64.
 */
struct altview_locate {
    uint64_t gfn, count;
    uint16_t view, pad[3];
};

struct altview_located {
    uint64_t generation; /* the counter's value while this was so */
    uint64_t counter;    /* physical address of those 8 bytes, or 0: changes are not counted */
    uint64_t next;       /* ask again from that gfn; ALTVIEW_NO_GFN: that was all */
    uint32_t count;      /* elements that follow, in order */
    uint32_t pad;
};

struct altview_frames {
    uint64_t gfn, nr;
    uint64_t mfn; /* of `gfn`; further ones count up */
};

/*
 * CONSOLE: the guest's output on serial port 1 from now on, and input to it, byte for byte, until
 * either end closes. Send nothing before the reply. A hub has four of them at a time, and closes
 * the connection of a fifth. -EOPNOTSUPP: it is no hub.
 */
struct altview_console {
    uint32_t flags;
    uint32_t pad;
};
#define ALTVIEW_CONSOLE_INPUT 1U /* the machine accepts input there */

/*
 * SNAPSHOT: ask for MEMORY first. The descriptor is a file's: a head
 * (toolstack/machine/snapshot.h) and the state of all that is not RAM. RAM is MEMORY's file, which
 * neither the guest nor altview writes until the connection ends. The hub takes one snapshot after
 * the other. -EBUSY: a vCPU is paused too often. -EIO: the emulator can't, its messages say why.
 */
struct altview_snapshot {
    uint32_t why; /* ALTVIEW_SNAPSHOT_*; 0 if the status is */
    uint32_t pad;
};
#define ALTVIEW_SNAPSHOT_MACHINE 1U /* the emulator can't save its state: Bochs */
#define ALTVIEW_SNAPSHOT_KVM     2U /* KVM has the CPUs' state */
#define ALTVIEW_SNAPSHOT_IMAGE   3U /* the machine has a file that is not in the snapshot */

/* MEMORY: -EINVAL for a flag that is not known; -EPERM: the client is another user's. */
struct altview_memory_wish {
    uint32_t flags;
    uint32_t pad;
};
#define ALTVIEW_MEMORY_WRITE 1U /* a descriptor for writing, too */

/* Where in the file physical memory lies: whole pages, in order. */
struct altview_layout_piece {
    uint64_t address, size, offset;
};
#define ALTVIEW_LAYOUT_PIECES 4
struct altview_layout {
    uint32_t count; /* of pieces */
    uint32_t flags;
    struct altview_layout_piece pieces[ALTVIEW_LAYOUT_PIECES]; /* the others are zero */
};
/* The machine's CPUs notice stores to code through the file as their own. */
#define ALTVIEW_LAYOUT_EXECUTES 1U

struct altview_vcpu {
    uint32_t vcpu;
    uint16_t view;
    uint8_t vmfunc;      /* VMFUNC is on */
    uint8_t flags;       /* ALTVIEW_VCPU_* */
    uint64_t notify_gfn; /* #VE information page or ALTVIEW_NO_GFN */
    uint64_t event;      /* id of the event it waits on, or 0 */
    uint64_t exits;
    uint64_t rip, cr3;
};
#define ALTVIEW_VCPU_PAUSED   1U
#define ALTVIEW_VCPU_WAITING  2U /* it waits for the answer to an event */
#define ALTVIEW_VCPU_STEPPING 4U /* an event after each instruction */
#define ALTVIEW_VCPU_HELD     8U /* PAUSED, and by the domain's pause: ALTVIEW_PAUSE_DOMAIN */

/* -EINVAL: there is no such vCPU, or a flag that is not known. */
struct altview_which_vcpu {
    uint32_t vcpu;
    uint32_t flags; /* PAUSE, UNPAUSE: ALTVIEW_PAUSE_*; else 0 */
};
#define ALTVIEW_PAUSE_DOMAIN 1U /* the domain's pause, not the peer's */

/*
 * PAUSE and UNPAUSE count; a vCPU runs at 0. -EBUSY: it is paused 255 times. A pause ends when the
 * peer is silent for altview_listen.timeout_ms; then listening ends as well. All vCPUs: the server
 * serves the request for all of them or for none. -EINVAL: UNPAUSE of a vCPU that is not paused.
 *
 * With ALTVIEW_PAUSE_DOMAIN pauses count separately and belong to no peer, as in Xen: such a pause
 * has no time limit, does not end with a peer, and ends by any peer's UNPAUSE with the same flag.
 */

/* In the order instructions number them: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15. */
struct altview_general {
    uint64_t gpr[16];
    uint64_t rip, rflags;
};

struct altview_segment {
    uint64_t base;
    uint32_t limit;
    uint16_t selector;
    uint16_t rights; /* as in a VMCS, bits 15:0; 0 if unusable */
};

enum altview_segment_name {
    ALTVIEW_ES,
    ALTVIEW_CS,
    ALTVIEW_SS,
    ALTVIEW_DS,
    ALTVIEW_FS,
    ALTVIEW_GS,
    ALTVIEW_LDTR,
    ALTVIEW_TR,
    ALTVIEW_SEGMENTS
};

struct altview_registers {
    struct altview_general general;
    uint64_t cr0, cr2, cr3, cr4, efer, dr7, pat;
    uint64_t gdtr_base, idtr_base;
    uint32_t gdtr_limit, idtr_limit;
    struct altview_segment segments[ALTVIEW_SEGMENTS];
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t star, lstar, cstar, syscall_mask, kernel_gs_base;
};

/*
 * SET_REGISTERS sets the registers that the mask names. -EBUSY unless the vCPU is paused or waits
 * for an answer, and for RFLAGS without IF while the vCPU takes an external interrupt. -EINVAL: an
 * unknown bit of the mask, or a value with which the CPU would not enter the guest (RFLAGS with
 * reserved bits, a RIP that is not canonical, a CR3 beyond the physical address width; RFLAGS.VM
 * can't be changed). -EOPNOTSUPP: CR3 while the guest uses PAE paging. Bit 1 of RFLAGS counts as
 * set.
 */
#define ALTVIEW_SET_GPRS   1U
#define ALTVIEW_SET_RIP    2U
#define ALTVIEW_SET_RFLAGS 4U
#define ALTVIEW_SET_CR3    8U
struct altview_set_registers {
    uint32_t vcpu;
    uint32_t mask;
    uint64_t cr3;
    struct altview_general general;
};

/* SINGLE_STEP: an event SINGLE_STEP after each instruction, sent to a peer that listens for it. */
struct altview_single_step {
    uint32_t vcpu;
    uint8_t enable, pad[3];
};

#define ALTVIEW_EXIT_REASONS 70 /* SDM Vol. 3D, appendix C; later reasons have no count */
struct altview_statistics {
    uint64_t exits[ALTVIEW_EXIT_REASONS]; /* of that vCPU, by basic exit reason */
    uint64_t pool_pages, pool_free;       /* pages for tables */
    uint64_t base_pages, view_pages;      /* tables of the host p2m; of all views together */
    uint64_t events_sent;                 /* on the wire or in the buffer to it */
    uint64_t events_dropped;              /* dropped for lack of room: the peer does not read */
    uint64_t events_answered, events_timed_out;
    uint64_t requests;    /* frames served */
    uint64_t bad_frames;  /* checksum, version, kind or length wrong */
    uint64_t stray_bytes; /* outside of frames */
    uint64_t policy_lifts,
        policy_steps; /* accesses that a policy decided without an event; switches count as steps */
};

/*
 * Events: number, name, the command's name for it, whether a vCPU may wait on it (a synchronous
 * event stops its vCPU until the answer), which clients get it, since which altview, and when it
 * comes. Their payload is struct altview_event. docs/reference/control-protocol.md has the same
 * table.
 */
/* clang-format off */
#define ALTVIEW_EVENT_TABLE(row)                                                                   \
    row(0, MEM_ACCESS, "mem_access", 1, LISTENERS, "0.1",                                          \
        "a view refused an access, and no policy decided without an event")                        \
    row(1, SINGLE_STEP, "single_step", 1, LISTENERS, "0.1", "an instruction has been executed")    \
    row(2, VMFUNC_REFUSED, "vmfunc_refused", 1, LISTENERS, "0.1",                                  \
        "the view is hidden or not there (`wanted_view`), or no such leaf (`status`)")             \
    row(6, BREAKPOINT, "breakpoint", 1, LISTENERS, "0.1",                                          \
        "a vCPU is about to execute INT3, at the linear address `gla`")                            \
    row(7, CR0, "cr0", 1, LISTENERS, "0.1",                                                        \
        "a vCPU is about to change CR0 from `old` to `value`, in bits that LISTEN does not ignore") \
    row(8, CR3, "cr3", 1, LISTENERS, "0.1", "the same for CR3")                                    \
    row(9, CR4, "cr4", 1, LISTENERS, "0.1", "the same for CR4")                                    \
    row(10, XCR0, "xcr0", 1, LISTENERS, "0.1", "the same for XCR0")                                \
    row(11, MSR, "msr", 1, LISTENERS, "0.1",                                                       \
        "a vCPU is about to write an MSR that LISTEN names, `status`: `value`, in place of `old`") \
    row(3, SHUTDOWN, "shutdown", 0, LISTENERS, "0.1",                                              \
        "the guest has ended; `status` is the run's exit status")                                  \
    row(4, TIMEOUT, "timeout", 0, ASKED, "0.1",                                                    \
        "no answer in time: no client listens any more and the rule holds; `status` is that "      \
        "event's type, or 5 where a pause has ended")

#define ALTVIEW_EVENT_NUMBER(number, name, ...) ALTVIEW_EVENT_##name = (number),
enum altview_event_type {
    ALTVIEW_EVENT_TABLE(ALTVIEW_EVENT_NUMBER)
    ALTVIEW_EVENT_PAUSE = 5, /* never sent: altview_event.status of a TIMEOUT */
    ALTVIEW_EVENTS = 12      /* one more than the last */
};

/* Control registers, in the order of the types of their events: CR0, CR3, CR4, XCR0. */
#define ALTVIEW_CONTROL_REGISTERS 4

/* The events that a peer can listen for, and those that a vCPU may wait on, by bits 1 << type. */
/* NOLINTBEGIN(bugprone-macro-parentheses): terms of a sum */
#define ALTVIEW_EVENT_BIT(number, ...) +(1U << (number))
#define ALTVIEW_EVENT_SYNC_BIT(number, name, command, sync, ...) +((sync##U) << (number))
/* NOLINTEND(bugprone-macro-parentheses) */
#define ALTVIEW_ALL_EVENTS  (ALTVIEW_EVENT_TABLE(ALTVIEW_EVENT_BIT))
#define ALTVIEW_SYNC_EVENTS (ALTVIEW_EVENT_TABLE(ALTVIEW_EVENT_SYNC_BIT))
/* Those of a vCPU that is about to change a control register or to write an MSR. Such instructions
 * cause VM exits only while a peer listens for them. */
#define ALTVIEW_REGISTER_EVENTS                                                                    \
    (((1U << ALTVIEW_CONTROL_REGISTERS) - 1) << ALTVIEW_EVENT_CR0 | 1U << ALTVIEW_EVENT_MSR)
/* clang-format on */

/* What altview has done about the event's cause, or will do without an answer. */
enum altview_outcome {
    ALTVIEW_OUTCOME_WAITS = 0,     /* synchronous: the vCPU waits on the answer */
    ALTVIEW_OUTCOME_LIFTED = 1,    /* no policy, no listener: the page is rwx in that view now */
    ALTVIEW_OUTCOME_STEPPED = 2,   /* ALTVIEW_POLICY_REPORT: that one instruction is let through;
                                    * BREAKPOINT: it runs in policy_view */
    ALTVIEW_OUTCOME_STOPPED = 3,   /* access_required, or by rule: altview stops the guest */
    ALTVIEW_OUTCOME_CONVERTED = 4, /* n2rwx: the page is rwx now, as Xen does */
    ALTVIEW_OUTCOME_DENIED = 5,    /* an exception to the guest. VMFUNC: #UD; BREAKPOINT: #BP;
                                      MEM_ACCESS: as the rule has it */
    ALTVIEW_OUTCOME_DONE = 6,      /* SINGLE_STEP, SHUTDOWN, TIMEOUT: there is no decision. CR0 to
                                    * XCR0, MSR: the register is written */
};

struct altview_event {
    uint64_t id; /* for the answer; counts from 1 */
    uint64_t tsc;
    uint32_t vcpu;
    uint8_t type;             /* enum altview_event_type */
    uint8_t outcome;          /* enum altview_outcome */
    uint16_t flags;           /* ALTVIEW_EVENT_* */
    uint16_t view;            /* the vCPU's */
    uint16_t wanted_view;     /* VMFUNC_REFUSED: ECX, at most 0xffff */
    uint8_t access;           /* MEM_ACCESS: xenmem_access_t of the page in that view */
    uint8_t wants;            /* MEM_ACCESS: the rights the access needed */
    uint8_t code_bits;        /* 16, 32 or 64: mode of the code at RIP */
    uint8_t instruction_size; /* how many bytes at RIP could be read, at most 15 */
    uint64_t gfn;             /* MEM_ACCESS; else ALTVIEW_NO_GFN */
    uint64_t gla;             /* guest linear address, if ALTVIEW_EVENT_GLA */
    uint32_t offset;          /* MEM_ACCESS: of the access in the page */
    uint32_t status;          /* SHUTDOWN: exit status of the run; TIMEOUT: type of that event,
                                 or PAUSE: a pause has ended; VMFUNC_REFUSED: EAX, the leaf;
                                 MSR: its number */
    uint64_t lost;            /* events dropped so far: no room in the buffer */
    uint64_t cr3;
    uint64_t value, old; /* CR0 to XCR0, MSR: what the instruction writes there, and what is there
                          * (0 if the guest can't read that MSR) */
    uint8_t instruction[16];
    struct altview_general general;
};
#define ALTVIEW_EVENT_SYNC       1U  /* the vCPU waits */
#define ALTVIEW_EVENT_GLA        2U  /* gla is valid */
#define ALTVIEW_EVENT_IN_WALK    4U  /* the access was the page walk's (Xen: FAULT_IN_GPT) */
#define ALTVIEW_EVENT_DELIVERING 8U  /* it came during the delivery of an interrupt or exception */
#define ALTVIEW_EVENT_USER       16U /* MEM_ACCESS: the guest was at CPL 3 */

/* The size of an event that ALTVIEW_LISTEN_BRIEF shortens: it ends before instruction and general,
 * and its instruction_size and code_bits are 0. */
#define ALTVIEW_EVENT_BRIEF_SIZE offsetof(struct altview_event, instruction)

/*
 * LISTEN: which events the server sends, by bits 1 << type. For a type in `sync` the vCPU waits for
 * an answer, for at most timeout_ms (1 to 3600000; 0: 5000). When that time has passed, the rule in
 * `flags` decides about that event and the others on which vCPUs wait. The server clears both masks
 * and sends an event TIMEOUT. The rule then holds at once for the types that were in `sync`, until
 * a LISTEN names that type in `sync` again. All zero: stop listening. Then the rule decides about
 * events on which vCPUs wait, later events go as if there had been no listener, and the server
 * drops events that it has not sent yet. -EINVAL: an unknown bit, SHUTDOWN or TIMEOUT in `sync`, an
 * unknown flag or rule.
 *
 * `ignore`, for CR0, CR3, CR4 and XCR0 in this order: a write that changes no other bit of the
 * register sends no event (Xen: the bitmask of xc_monitor_write_ctrlreg). Neither does a write that
 * changes none, nor a change of CR3's bit 63. While another of a hub's clients listens for the same
 * register, a client may get events that it ignores.
 *
 * `msrs`: those whose writes are events MSR. -EINVAL: more than there is room for, or an MSR of
 * another range than the 0x2000 from 0, 0x40000000, 0xc0000000 and 0xc0010000 on. While another of
 * a hub's clients listens for MSRs, a client may get events of MSRs that it does not name. -ENOSPC:
 * a hub's clients name more MSRs together than there is room for.
 */
#define ALTVIEW_MSRS 64
struct altview_msrs {
    uint64_t changes; /* bit n: of numbers[n] only writes of another value than it has */
    uint32_t count;
    uint32_t pad;
    uint32_t numbers[ALTVIEW_MSRS];
};
struct altview_listen {
    uint32_t sync, report;
    uint32_t timeout_ms;
    uint32_t flags;
    uint64_t ignore[ALTVIEW_CONTROL_REGISTERS];
    struct altview_msrs msrs;
};
#define ALTVIEW_LISTEN_BRIEF 1U
/*
 * The peer that was to answer so far has disconnected without a farewell, and another peer sends
 * this in its place. The server acts as if the first peer's time had passed, except for types that
 * `sync` names. (To a hub: -EINVAL. It knows which client has disconnected.)
 */
#define ALTVIEW_LISTEN_GONE             2U
#define ALTVIEW_LISTEN_UNANSWERED(rule) ((uint32_t)(rule) << 4)
#define ALTVIEW_LISTEN_RULE             0xf0U

/*
 * The rule for an event in `sync` without an answer: the answer is late, the listener has
 * disconnected, or there is no room to ask. By default it denies a refused access (MEM_ACCESS): a
 * page that a monitor has closed stays closed without the monitor. If altview can't raise the
 * exception because the vCPU takes another event, it stops the guest. Unless the rule is STOP,
 * other events go as if there were no listener. VMFUNC_REFUSED: #UD. BREAKPOINT: under
 * ALTVIEW_POLICY_STEP the instruction runs in policy_view; else the guest gets its #BP, as it does
 * for an INT3 that it executes in a step in another view. SINGLE_STEP: the vCPU goes on. CR0 to
 * XCR0, MSR: the register is written.
 */
enum altview_unanswered {
    ALTVIEW_UNANSWERED_DEFAULT = 0, /* DENY_GP; with access_required as LIFT: the guest stops */
    ALTVIEW_UNANSWERED_LIFT = 1,    /* as without a listener: lift, or stop (access_required) */
    ALTVIEW_UNANSWERED_STOP = 2,    /* stop the guest, at an event of any type */
    ALTVIEW_UNANSWERED_DENY_UD = 3, /* #UD */
    ALTVIEW_UNANSWERED_DENY_GP = 4, /* #GP(0) */
    ALTVIEW_UNANSWERED_DENY_PF = 5, /* #PF at the linear address; #GP(0) if there is none */
    ALTVIEW_UNANSWERED_RULES        /* one more than the last */
};

/*
 * BIND: from now on the server notes what requests set whose frame names `owner`, so that UNBIND
 * can take it back. timeout_ms: silence of the peer for that time is an UNBIND as well (0: never,
 * as for a hub, which knows when a client disconnects). So is a late answer. -EINVAL: owner 0, or
 * above ALTVIEW_OWNERS; -EBUSY: the server still takes back what it had set. A frame that names an
 * owner that is not bound: -EINVAL. To a hub: the number is the client's own; it may bind one
 * (-EBUSY), and its disconnection is the UNBIND.
 *
 * UNBIND: docs/reference/control-protocol.md says what it takes back, and in which order.
 * -ERESTART: not all is taken back yet, send it again. `listen` gives the masks from then on, as in
 * LISTEN (a hub fills in those of its other clients). -EINVAL: not bound, an unknown flag, or
 * values that LISTEN would refuse.
 *
 * The server makes the note before it serves the request: -ENOMEM if there is no room for the note.
 */
#define ALTVIEW_OWNERS 16
struct altview_bind {
    uint32_t owner;
    uint32_t timeout_ms; /* at most 3600000 */
};
struct altview_unbind {
    uint32_t owner;
    uint32_t flags;
    struct altview_listen listen;
};
#define ALTVIEW_UNBIND_KEEP 1U /* take nothing back: the settings stay, without an owner */

/* UNBIND takes back a tied WRITE of at most this many bytes (a breakpoint), and no longer one. */
#define ALTVIEW_TIED_WRITE 16

/*
 * ANSWER. Without an action the vCPU executes the instruction again, and the view refuses it again
 * unless the peer has changed something meanwhile. CR0 to XCR0, MSR: unless the answer is SKIP or
 * DENY, the register is written; then the vCPU goes on after the instruction, or at the RIP of SET.
 * An MSR gets the value of the event, whatever registers SET sets; the guest takes #GP if the CPU
 * or altview refuses that.
 * -ESRCH: the vCPU waits on no event, or on another. -EINVAL: no such vCPU, bad actions or values,
 * `view` not live. -EBUSY: DENY while the vCPU takes an event; SET as SET_REGISTERS. After an error
 * the vCPU still waits.
 */
#define ALTVIEW_ANSWER_LIFT   1U /* MEM_ACCESS: the page becomes rwx in that view */
#define ALTVIEW_ANSWER_SWITCH 2U /* the vCPU goes on in `view`, hidden or not */
#define ALTVIEW_ANSWER_STEP                                                                        \
    4U /* one instruction in `view`, hidden or not, then back. The view it                         \
          is in: MEM_ACCESS, that access is let through once. Not to CR0 to XCR0, MSR */
#define ALTVIEW_ANSWER_DENY                                                                        \
    8U /* inject `vector`: 6 #UD, 13 #GP, 14 #PF (CR2 = cr2); to a BREAKPOINT also 3 #BP */
#define ALTVIEW_ANSWER_SET 16U /* new register values, by `mask` */
#define ALTVIEW_ANSWER_SKIP                                                                        \
    32U /* CR0 to XCR0, MSR: the register keeps its value, and the vCPU goes on after the          \
           instruction */
struct altview_answer {
    uint64_t event;
    uint32_t vcpu;
    uint32_t actions; /* at most one of SWITCH, STEP, DENY, SKIP; LIFT only with SWITCH, SET */
    uint16_t view;
    uint8_t vector, pad;
    uint32_t error_code; /* of #GP and #PF, at most 0x7fff; else 0 */
    uint64_t cr2;
    uint32_t mask; /* ALTVIEW_SET_* */
    uint32_t pad2;
    uint64_t cr3;
    struct altview_general general;
};

#endif
