/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/vcpu.h"

#include "base/log.h"
#include "control/paging.h"
#include "core/domain.h"
#include "core/vendor.h"
#include "guestmem/access.h"
#include "guestmem/path.h"
#include "memory/pages.h"
#include "memory/stack.h"
#include "x86/tables.h"
#include "x86/x86.h"

#define STACK_PAGES 4

/* Access to the guest's memory for a hypercall. `context` is the vCPU. */

static int read_guest(void *context, void *to, uint64_t from, size_t size)
{
    return guest_copy_in(context, to, from, size);
}

static int write_guest(void *context, uint64_t to, const void *from, size_t size)
{
    return guest_copy_out(context, to, from, size);
}

/* Memory that is never freed, zeroed. */
static void *memory_for(size_t size)
{
    void *memory = pages_reserve((size + PAGE_SIZE - 1) / PAGE_SIZE);

    if (!memory) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the virtual CPUs; give the machine more");
    }
    return memory;
}

/* The first one's CPU has its own since it booted. */
static void give_stacks(struct vcpu *vcpu)
{
    if (vcpu->altp2m->id == 0) {
        vcpu->tables = cpu_tables_current();
        return;
    }
    vcpu->tables = memory_for(sizeof(*vcpu->tables));
    cpu_tables_guard(vcpu->tables);
    vcpu->host_stack = (uint64_t)stack_alloc(STACK_PAGES) - 16; /* a word, and RSP's alignment */
}

/* Leave room below: svm/exit.S has the stack there at an exit, and Bochs 2.7 may raise #DB then. */
#define ROOM 1024

struct vcpu *vcpu_new(struct domain *domain, unsigned int id)
{
    struct vcpu *vcpu = (struct vcpu *)((char *)memory_for(sizeof(*vcpu) + ROOM) + ROOM);

    vcpu->domain = domain;
    vcpu->altp2m = &domain->altp2m_vcpus[id];
    vcpu->hypercall.vcpu = vcpu;
    vcpu->as_caller = (struct altp2m_caller){
        .vcpu = vcpu->altp2m,
        .context = vcpu,
        .read = read_guest,
        .write = write_guest,
    };
    guest_forget_paths(vcpu);
    for (unsigned int i = 0; i < PATH_SLOTS; i++) {
        vcpu->paths[i] = &vcpu->path_store[i];
    }
    vcpu->calm = 1;
    vcpu->address_reserved = PTE_ADDRESS & (~UINT64_C(0) << (domain->gfn_bits + ALTP2M_PAGE_SHIFT));
    vcpu->cache.stamp = EPOCH_ONE; /* the empty slots' 0 is an old moment */
    vcpu->step_page = domain_shown_page(domain);
    vcpu->apic_id = domain->boot->apic_ids[id];
    vcpu->altp2m->id = id; /* the engine gives the same answer */
    give_stacks(vcpu);
    vendor_prepare(vcpu);
    return vcpu;
}
