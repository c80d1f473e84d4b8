/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/vmfunc.h"

#include "core/domain.h"
#include "core/vcpu_view.h"
#include "guestmem/code.h"
#include "guestmem/path.h"
#include "port/monitor.h"
#include "run/entry.h"
#include "run/vmfunc_code.h"

#include <xen/errno.h>

#define FUNCTIONS     64 /* from there on VMFUNC is #UD (SDM Vol. 3C 26.5.6.2) */
#define OPCODE        0xd4010f
#define OPCODE_LENGTH 3

/* The CPU reads EAX and ECX in any mode. */
static uint32_t function_of(const struct vcpu *vcpu)
{
    return (uint32_t)vcpu->registers.rax;
}

/* Switch to the view in ECX by the vCPU's visible list, as the CPU does, or do nothing (SDM Vol. 3C
 * 26.5.6.3). */
static inline bool go(struct vcpu *vcpu)
{
    uint32_t view = (uint32_t)vcpu->registers.rcx;
    uint64_t root = altp2m_visible_root(vcpu->altp2m, view);

    if (root == ALTP2M_ROOT_NONE) {
        return false;
    }
    vcpu_go_to_view(vcpu, view, root);
    return true;
}

/* The same with all further work. Ends the instruction, which has this length. */
static bool go_and_skip(struct vcpu *vcpu, uint64_t length)
{
    vcpu_heed_stale(vcpu);
    if (!go(vcpu)) {
        return false;
    }
    event_skip(vcpu, length);
    return true;
}

/*
 * Whether the short path is possible: this exit needs no other work, and no other vCPU has a
 * demand. From here on other vCPUs see the vCPU as in the guest.
 */
static inline bool may_go_short(struct vcpu *vcpu)
{
    return vcpu->calm > 1 && !vcpu->cache.others_stale && entry_is_clear(vcpu) &&
           vcpu->altp2m->vmfunc;
}

/* That holds until the entry: a vCPU with a later demand sends NMIs until this one is out again.
 * The rare call comes last, so that the rest needs no frame. */
static inline bool stay_in_guest(struct vcpu *vcpu, uint64_t length)
{
    vcpu->calm--;
    event_skip(vcpu, length);
    entry_verify(vcpu);
    return true;
}

static inline bool leave_guest(struct vcpu *vcpu)
{
    __atomic_store_n(&vcpu->in_guest, false, __ATOMIC_RELEASE);
    return false;
}

static uint32_t first_bytes(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

/* The instruction without prefixes, in one page, in 64-bit code, at an address where it was found
 * before. */
static bool is_where_it_was(struct vcpu *vcpu)
{
    uint64_t rip = guest_get(vcpu, GUEST_RIP), offset = rip % ALTP2M_PAGE_SIZE;
    const struct guest_path *path = guest_code_path_of(vcpu, rip - offset);

    return path->page == rip - offset && offset <= ALTP2M_PAGE_SIZE - OPCODE_LENGTH &&
           guest_get(vcpu, GUEST_CS_RIGHTS) & RIGHTS_LONG && guest_path_holds(vcpu, path) &&
           first_bytes(path->host + offset) == OPCODE;
}

bool vmfunc_try(struct vcpu *vcpu)
{
    if (may_go_short(vcpu) && !function_of(vcpu) && is_where_it_was(vcpu) && go(vcpu)) {
        return stay_in_guest(vcpu, OPCODE_LENGTH);
    }
    return leave_guest(vcpu);
}

/* In the vCPU's view, regardless of its right to fetch. */
static unsigned int find(struct vcpu *vcpu)
{
    uint8_t code[VMFUNC_MOST];
    unsigned int bits, count = guest_code_anyhow(vcpu, code, sizeof(code), &bits);

    return vmfunc_length(code, count, bits);
}

void vmfunc_look(struct vcpu *vcpu)
{
    vcpu->step.vmfunc_looked = true;
    vcpu->step.vmfunc_length = (uint8_t)find(vcpu);
}

/* For vmfunc_try, and to see whether the view lets the guest fetch all of the instruction. */
static bool is_fetched(struct vcpu *vcpu, unsigned int length)
{
    uint64_t first = guest_code_address(vcpu, 0), last = guest_code_address(vcpu, length - 1);
    uint64_t page = first - first % ALTP2M_PAGE_SIZE, other = last - last % ALTP2M_PAGE_SIZE;

    return guest_page_fetch(vcpu, page, guest_code_path_of(vcpu, page)) &&
           (page == other || guest_page_fetch(vcpu, other, guest_code_path_of(vcpu, other)));
}

/*
 * The length of the VMFUNC at RIP, or 0. *again: the view now refuses the fetch. The violation
 * comes before the instruction, so let the CPU raise it. In a step the fetch was lent.
 */
static unsigned int recognise(struct vcpu *vcpu, bool *again)
{
    const struct guest_step *step = &vcpu->step;
    unsigned int length = step->vmfunc_looked ? step->vmfunc_length : find(vcpu);

    *again = length && !step->vmfunc_looked && !is_fetched(vcpu, length);
    return length;
}

bool vmfunc_serve(struct vcpu *vcpu)
{
    bool again;
    unsigned int length = recognise(vcpu, &again);

    if (!length || !vcpu->altp2m->vmfunc || function_of(vcpu) >= FUNCTIONS) {
        return false;
    }
    if (again) {
        blocking_forget_trap(vcpu);
    } else if (function_of(vcpu) || !go_and_skip(vcpu, length)) {
        monitor_vmfunc_refused(vcpu);
    }
    return true;
}

static void answer(struct vcpu *vcpu, long result)
{
    bool wide = guest_get(vcpu, GUEST_CS_RIGHTS) & RIGHTS_LONG;

    vcpu->registers.rax = wide ? (uint64_t)result : (uint32_t)result;
    event_skip(vcpu, HYPERCALL_LENGTH);
}

bool vmfunc_try_call(struct vcpu *vcpu)
{
    if (may_go_short(vcpu) && go(vcpu)) {
        vcpu->registers.rax = 0;
        return stay_in_guest(vcpu, HYPERCALL_LENGTH);
    }
    return leave_guest(vcpu);
}

void vmfunc_serve_call(struct vcpu *vcpu)
{
    if (!vcpu->altp2m->vmfunc) {
        answer(vcpu, -XEN_EOPNOTSUPP);
    } else if (go_and_skip(vcpu, HYPERCALL_LENGTH)) {
        vcpu->registers.rax = 0;
    } else if (!monitor_decides_vmfunc(vcpu, 0)) {
        answer(vcpu, -XEN_EINVAL);
    }
}
