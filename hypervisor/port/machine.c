/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that the control server needs from this machine. */
#include "base/log.h"
#include "base/string.h"
#include "core/kick.h"
#include "core/step.h"
#include "guestmem/code.h"
#include "memory/image.h"
#include "memory/map.h"
#include "memory/pages.h"
#include "port/line.h"
#include "port/monitor.h"
#include "x86/x86.h"

#define INSTRUCTION_MAX 15

static struct vcpu *vcpu_of(void *context, unsigned int id)
{
    struct domain *domain = context;

    return domain->vcpus[id];
}

static uint64_t now(void *context)
{
    (void)context;
    return rdtsc();
}

/* Only its own CPU reaches a vCPU's VMCS. That CPU runs this function. */
struct registers_call {
    struct altview_registers *to;
    uint32_t mask;
    const struct altview_general *general;
    uint64_t cr3;
};

static void get_there(struct vcpu *vcpu, void *argument)
{
    const struct registers_call *call = argument;

    monitor_get_registers(vcpu, call->to);
}

/* All zero for a vCPU whose CPU has been reset. */
static void get_registers(void *context, unsigned int id, struct altview_registers *to)
{
    struct registers_call call = {.to = to};

    if (!kick_run_on(vcpu_of(context, id), get_there, &call)) {
        memset(to, 0, sizeof(*to));
    }
}

static void get_mode_there(struct vcpu *vcpu, void *argument)
{
    monitor_get_mode(vcpu, argument);
}

static void get_mode(void *context, unsigned int id, struct control_mode *to)
{
    if (!kick_run_on(vcpu_of(context, id), get_mode_there, to)) {
        memset(to, 0, sizeof(*to));
    }
}

struct general_call {
    struct altview_general *to;
    uint64_t *cr3;
};

static void get_general_there(struct vcpu *vcpu, void *argument)
{
    const struct general_call *call = argument;

    monitor_get_general(vcpu, call->to);
    *call->cr3 = guest_get(vcpu, GUEST_CR3);
}

static void get_general(void *context, unsigned int id, struct altview_general *to, uint64_t *cr3)
{
    struct general_call call = {to, cr3};

    if (!kick_run_on(vcpu_of(context, id), get_general_there, &call)) {
        memset(to, 0, sizeof(*to));
        *cr3 = 0;
    }
}

static void set_there(struct vcpu *vcpu, void *argument)
{
    const struct registers_call *call = argument;

    step_give_up(vcpu); /* the loans were for the old instruction */
    monitor_set_registers(vcpu, call->mask, call->general, call->cr3);
    vcpu->rewritten = vcpu->rewritten ? vcpu->rewritten : REWRITTEN;
}

static void set_registers(void *context, unsigned int id, uint32_t mask,
                          const struct altview_general *general, uint64_t cr3)
{
    struct registers_call call = {.mask = mask, .general = general, .cr3 = cr3};

    kick_run_on(vcpu_of(context, id), set_there, &call);
}

static void interrupt_there(struct vcpu *vcpu, void *argument)
{
    *(bool *)argument = event_is_interrupt(vcpu);
}

static bool delivers_interrupt(void *context, unsigned int id)
{
    bool delivers = false;

    kick_run_on(vcpu_of(context, id), interrupt_there, &delivers);
    return delivers;
}

static void step_there(struct vcpu *vcpu, void *argument)
{
    step_every(vcpu, *(const bool *)argument);
}

static void single_step(void *context, unsigned int id, bool on)
{
    kick_run_on(vcpu_of(context, id), step_there, &on);
}

static void watch_there(struct vcpu *vcpu, void *argument)
{
    (void)argument;
    vendor_watch(vcpu);
}

/* A vCPU whose CPU has not started yet takes them when it starts. */
static void watch(void *context, const uint64_t bits[ALTVIEW_CONTROL_REGISTERS])
{
    struct domain *domain = context;

    memcpy(domain->watched, bits, sizeof(domain->watched));
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        kick_run_on(domain->vcpus[i], watch_there, NULL);
    }
}

/* No vCPU is in the guest while the map changes: the CPU may keep parts of it. */
static void watch_msr(void *context, uint32_t msr, bool on)
{
    struct domain *domain = context;

    kick_all(domain);
    vendor_watch_msr(domain, msr, on);
}

static uint64_t count_exits(void *context, unsigned int id)
{
    return domain_exits(vcpu_of(context, id));
}

static void statistics(void *context, unsigned int id, struct altview_statistics *to)
{
    const struct vcpu *vcpu = vcpu_of(context, id);

    for (unsigned int i = 0; i < ALTVIEW_EXIT_REASONS; i++) {
        to->exits[i] = vcpu->exit_counts[i];
    }
    to->pool_pages = pages_total();
    to->pool_free = pages_available();
}

struct instruction_call {
    uint8_t *to, *bits;
    unsigned int count;
};

static void instruction_there(struct vcpu *vcpu, void *argument)
{
    struct instruction_call *call = argument;
    unsigned int bits;
    uint64_t linear;

    call->count = guest_code(vcpu, call->to, INSTRUCTION_MAX, &linear, &bits);
    *call->bits = (uint8_t)bits;
}

static unsigned int instruction(void *context, unsigned int id, uint8_t *to, uint8_t *bits)
{
    struct instruction_call call = {to, bits, 0};

    *bits = 0;
    kick_run_on(vcpu_of(context, id), instruction_there, &call);
    return call.count;
}

/* The memory that altview's page tables let no CPU write: the code, and the constants. */
static uint32_t image(void *context)
{
    (void)context;
    return frame_checksum(image_start, (size_t)(image_data - image_start)) ^
           frame_checksum(image_rodata, (size_t)(image_bss - image_rodata));
}

static void log_text(void *context, const char *text)
{
    (void)context;
    log_line("%s", text);
}

static void still(void *context)
{
    kick_all(context);
}

/* The vCPU with the lock sends it before its next entry, if no timer would do so later. */
static void told(void *context)
{
    const struct domain *domain = context;
    struct vcpu *vcpu = domain->owner;

    if (!vendor_has_timer(vcpu)) {
        vcpu->rung = vcpu->attention = true;
    }
}

/* Text must not interrupt an unfinished frame. */
static void finish_frames(void *context)
{
    port_drain(context);
}

void monitor_init(struct domain *domain)
{
    static const struct altview_ring_place no_rings;
    const struct boot_info *boot = domain->boot;
    const uint64_t instance = rdtsc();
    const struct altview_ring_place rings =
        boot->options.ring ? line_make(domain, instance) : no_rings;
    const struct control_host host = {
        .context = domain,
        .now = now,
        .ticks_hz = boot->tsc_hz,
        .instance = instance,
        .software = "altview " ALTVIEW_VERSION,
        .get_registers = get_registers,
        .get_mode = get_mode,
        .get_general = get_general,
        .set_registers = set_registers,
        .delivers_interrupt = delivers_interrupt,
        .single_step = single_step,
        .watch = watch,
        .watch_msr = watch_msr,
        .statistics = statistics,
        .exits = count_exits,
        .instruction = instruction,
        .physical_bits = domain->gfn_bits + ALTP2M_PAGE_SHIFT,
        .pages_1g = boot->cpu.pages_1g,
        .maximum_gfn = PAGE_OF(map_ram_end(boot)) - 1,
        .image = image,
        .ring = rings,
        .counter = rings.size ? rings.address + offsetof(struct altview_rings, generation) : 0,
        .still = still,
        .log = log_text,
        .told = told,
    };

    domain->control = pages_reserve((sizeof(struct control) + PAGE_SIZE - 1) / PAGE_SIZE);
    if (!domain->control) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the control port's buffers");
    }
    control_init(domain->control, &host, &domain->altp2m);
    log_before_line(finish_frames, domain);
}
