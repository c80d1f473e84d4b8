/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for the engine: memory, CPUs with their TLB, the calling guest. The CPUs work while the
 * engine works. At every callback they walk the tables in their present state, so the test also
 * sees states that an operation shows only for a moment.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "sim/random.h"
#include "sim/tlb.h"

#include <altview/altp2m.h>
#include <stddef.h>
#include <stdint.h>

/* The calling guest's virtual memory: one buffer; every other address faults. */
#define SIM_GUEST_BASE UINT64_C(0x10000)
#define SIM_GUEST_SIZE UINT64_C(0x8000)

struct sim_guest {
    uint8_t bytes[SIM_GUEST_SIZE];
    uint64_t readonly_from; /* writes from this address on fault; 0: none do */
};

int sim_guest_read(const struct sim_guest *g, void *to, uint64_t from, size_t size);
int sim_guest_write(struct sim_guest *g, uint64_t to, const void *from, size_t size);

#define SIM_VCPUS       3
#define SIM_MAX_TOUCHED 26

/* The EPTP lists, and the places where views have their own tables. */
#define SIM_BOOKKEEPING_PAGES (2 + SIM_VCPUS)

struct sim_machine {
    struct sim_memory memory;
    struct sim_tables tables;
    struct sim_gfns gfns;
    struct sim_tlb tlb;
    struct sim_guest guest;
    struct sim_random random; /* selects the CPUs' checks */
    struct altp2m_vcpu vcpus[SIM_VCPUS];
    uint64_t loaded_eptp[SIM_VCPUS]; /* each vCPU's present root: a view's, or its own for steps */
    bool strayed[SIM_VCPUS];         /* it switched by VMFUNC, and has not left the guest since */
    bool loaded_vmfunc[SIM_VCPUS];
    uint64_t loaded_notify[SIM_VCPUS];
    unsigned int changes;              /* calls of vcpu_changed */
    unsigned int flushes;              /* calls of flush */
    unsigned int quiesces;             /* calls of quiesce */
    bool busy;                         /* CPUs walk during callbacks */
    uint16_t touched[SIM_MAX_TOUCHED]; /* samples of the running operation */
    unsigned int touched_count;
    struct altp2m_domain domain;
};

/* Frames of the machine that are not the guest's: single ones, large pages, two that views show. */
#define SIM_KEPT 6
extern const struct altp2m_frames sim_kept[SIM_KEPT];

/* The argument of altp2m_domain_init, for a capable CPU. A test changes its subject. */
struct altp2m_config sim_machine_config(struct sim_machine *s);
/* With ALTVIEW_FORMAT=npt in the environment it is AMD's: the tests run on both. */
bool sim_machine_is_npt(void);
/* The same CPU by AMD: without the features that NPT does not have. */
void sim_machine_use_npt(struct altp2m_config *config);
struct altp2m_host sim_machine_host(struct sim_machine *s);

/* The guest itself, on vCPU 0, 64-bit. */
struct altp2m_caller sim_machine_caller(struct sim_machine *s);

/* A machine with a domain in it. fini frees the domain, and fails the test if a page is missing. */
void sim_machine_init(struct sim_machine *s, uint32_t pages);
void sim_machine_start(struct sim_machine *s, const struct altp2m_config *config);
void sim_machine_fini(struct sim_machine *s);

/* The subject of the next operation; the CPUs check there while it runs. */
void sim_machine_touch(struct sim_machine *s, const uint16_t *samples, unsigned int count);

/* A vCPU's visible list as the CPU reads it. */
const uint64_t *sim_machine_visible_list(const struct sim_machine *s, unsigned int vcpu);

/*
 * The guest runs VMFUNC: false if the CPU refuses. The vCPU is then in another view. The engine
 * does not know that until the vCPU leaves the guest, by its own exit or because the engine
 * quiesces all.
 */
bool sim_machine_vmfunc(struct sim_machine *s, unsigned int vcpu, unsigned int index);
void sim_machine_exit(struct sim_machine *s, unsigned int vcpu);

/* The vCPU runs on with its loans, until its next exit, or a VMFUNC, or a flush for its view,
 * because the loans are a copy of that view. */
void sim_machine_step(struct sim_machine *s, unsigned int vcpu);
bool sim_machine_steps(const struct sim_machine *s, unsigned int vcpu);

/* The vCPU's present view, whether the engine knows it or not. */
unsigned int sim_machine_view(const struct sim_machine *s, unsigned int vcpu);

/* Each vCPU runs with the state in the engine's structures. Fails the test if the engine did not
 * report a change. */
void sim_machine_check_vcpus(const struct sim_machine *s);

/* The domain's pages by its own count; fails the test if the allocator has another number. */
void sim_machine_check_pages(const struct sim_machine *s);

/* Conditions that hold after any operations on a domain, without knowledge of them. */

/* The loans for single steps, with all rights. */
#define INVARIANTS_LENT_MFN 0x1234

/* One sample in all views, and as vCPUs see it that step. */
void invariants_sample(struct sim_machine *m, unsigned int sample);
/* Lists, vCPUs, pages. */
void invariants_domain(struct sim_machine *m);
/* The list of each view's own settings equals its settings. Takes long for many. */
void invariants_listings(struct sim_machine *m);

#endif
