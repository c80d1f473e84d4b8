/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/domain.h"

#include <string.h>
#include <time.h>

#define NANOSECONDS 1000000000

#define RIP_START         0x100000
#define RFLAGS_START      0x2
#define CR0_START         0x80050033 /* PG, AM, WP, NE, ET, MP, PE */
#define CR4_START         0x20       /* PAE */
#define EFER_START        0xd01      /* NXE, LMA, LME, SCE */
#define DR7_START         0x400
#define PAT_START         UINT64_C(0x0007040600070406)
#define INSTRUCTION_BYTES 15
#define CODE_BITS         64

uint64_t sim_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

static uint64_t now(void *context)
{
    (void)context;
    return sim_now();
}

/* 64-bit code in a flat address space in which linear and physical addresses are the same. */
void sim_reset_registers(struct altview_registers *registers)
{
    const struct altview_segment code = {0, UINT32_MAX, 0x08, 0xa09b};
    const struct altview_segment data = {0, UINT32_MAX, 0x10, 0xc093};

    *registers = (struct altview_registers){
        .general = {.rip = RIP_START, .rflags = RFLAGS_START},
        .cr0 = CR0_START,
        .cr4 = CR4_START,
        .efer = EFER_START,
        .dr7 = DR7_START,
        .pat = PAT_START,
        .segments = {[ALTVIEW_ES] = data,
                     [ALTVIEW_CS] = code,
                     [ALTVIEW_SS] = data,
                     [ALTVIEW_DS] = data,
                     [ALTVIEW_FS] = data,
                     [ALTVIEW_GS] = data,
                     [ALTVIEW_TR] = {0, 0x67, 0x18, 0x8b}},
    };
}

static void get_registers(void *context, unsigned int vcpu, struct altview_registers *to)
{
    const struct sim *s = context;

    *to = s->vcpus[vcpu].registers;
}

static void get_mode(void *context, unsigned int vcpu, struct control_mode *to)
{
    struct altview_registers all;

    get_registers(context, vcpu, &all);
    *to = control_mode_of(&all);
}

static void get_general(void *context, unsigned int vcpu, struct altview_general *to, uint64_t *cr3)
{
    struct altview_registers all;

    get_registers(context, vcpu, &all);
    *to = all.general;
    *cr3 = all.cr3;
}

static void set_registers(void *context, unsigned int vcpu, uint32_t mask,
                          const struct altview_general *general, uint64_t cr3)
{
    struct sim *s = context;
    struct altview_registers *to = &s->vcpus[vcpu].registers;

    if (mask & ALTVIEW_SET_GPRS) {
        memcpy(to->general.gpr, general->gpr, sizeof(to->general.gpr));
    }
    if (mask & ALTVIEW_SET_RIP) {
        to->general.rip = general->rip;
    }
    if (mask & ALTVIEW_SET_RFLAGS) {
        to->general.rflags = general->rflags;
    }
    if (mask & ALTVIEW_SET_CR3) {
        to->cr3 = cr3;
    }
}

static void single_step(void *context, unsigned int vcpu, bool on)
{
    struct sim *s = context;

    s->vcpus[vcpu].stepping = on;
}

uint64_t sim_exits(const struct sim_vcpu *v)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < ALTVIEW_EXIT_REASONS; i++) {
        sum += v->exits[i];
    }
    return sum;
}

static uint64_t exits(void *context, unsigned int vcpu)
{
    const struct sim *s = context;

    return sim_exits(&s->vcpus[vcpu]);
}

static void statistics(void *context, unsigned int vcpu, struct altview_statistics *to)
{
    const struct sim *s = context;

    memcpy(to->exits, s->vcpus[vcpu].exits, sizeof(to->exits));
    to->pool_pages = s->memory.pool_pages;
    to->pool_free = s->memory.pool_free;
}

/* One byte as the vCPU's view shows it. */
static bool read_byte(const struct sim_vcpu *v, uint64_t address, uint8_t *to)
{
    struct altp2m_translation t;

    if (address >> SIM_PHYSICAL_BITS) {
        return false;
    }
    t = altp2m_translate(&v->sim->altp2m, v->altp2m->view, address >> ALTP2M_PAGE_SHIFT);
    if (t.to.type == ALTP2M_TYPE_NONE) {
        return false;
    }
    *to = *sim_memory_at(&v->sim->memory,
                         (t.to.mfn << ALTP2M_PAGE_SHIFT) + (address & (ALTP2M_PAGE_SIZE - 1)));
    return true;
}

static unsigned int instruction(void *context, unsigned int vcpu, uint8_t *to, uint8_t *bits)
{
    const struct sim *s = context;
    const struct sim_vcpu *v = &s->vcpus[vcpu];
    unsigned int count = 0;

    *bits = CODE_BITS;
    while (count < INSTRUCTION_BYTES &&
           read_byte(v, v->registers.general.rip + count, &to[count])) {
        count++;
    }
    return count;
}

/* Of the time of day: another domain, another instance. */
static uint64_t instance(void)
{
    struct timespec day;

    clock_gettime(CLOCK_REALTIME, &day);
    return (uint64_t)day.tv_sec * NANOSECONDS + (uint64_t)day.tv_nsec;
}

struct control_host sim_control_host(struct sim *s)
{
    return (struct control_host){
        .context = s,
        .now = now,
        .ticks_hz = NANOSECONDS,
        .instance = instance(),
        .software = "altview simulation",
        .get_registers = get_registers,
        .get_mode = get_mode,
        .get_general = get_general,
        .set_registers = set_registers,
        .single_step = single_step,
        .statistics = statistics,
        .exits = exits,
        .instruction = instruction,
        .physical_bits = SIM_PHYSICAL_BITS,
        .pages_1g = true,
        .maximum_gfn = s->memory.ram_pages - 1,
    };
}

uint64_t *sim_msr(struct sim_vcpu *v, uint32_t msr)
{
    struct altview_registers *r = &v->registers;

    switch (msr) {
    case 0x174:
        return &r->sysenter_cs;
    case 0x175:
        return &r->sysenter_esp;
    case 0x176:
        return &r->sysenter_eip;
    case 0xc0000081:
        return &r->star;
    case 0xc0000082:
        return &r->lstar;
    case 0xc0000083:
        return &r->cstar;
    case 0xc0000084:
        return &r->syscall_mask;
    case 0xc0000102:
        return &r->kernel_gs_base;
    default:
        return NULL;
    }
}
