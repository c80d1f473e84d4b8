/* SPDX-License-Identifier: BSD-2-Clause */
/* What the control server needs of this machine. */
#include "access/access.h"
#include "base/log.h"
#include "cpu/x86.h"
#include "memory/pages.h"
#include "monitor/monitor.h"
#include "vmx/step.h"
#include "vmx/vmx.h"

#define RIGHTS_LONG (1U << 13)
#define RIGHTS_BIG  (1U << 14)

#define INSTRUCTION_MAX 15

static struct vcpu *vcpu_of(void *context, unsigned int id)
{
    struct domain *domain = context;

    return &domain->vcpus[id];
}

static uint64_t now(void *context)
{
    (void)context;
    return rdtsc();
}

static void get_registers(void *context, unsigned int id, struct altview_registers *to)
{
    monitor_get_registers(vcpu_of(context, id), to);
}

static void set_registers(void *context, unsigned int id, uint32_t mask,
                          const struct altview_general *general, uint64_t cr3)
{
    monitor_set_registers(vcpu_of(context, id), mask, general, cr3);
}

static void single_step(void *context, unsigned int id, bool on)
{
    step_every(vcpu_of(context, id), on);
}

static uint64_t count_exits(void *context, unsigned int id)
{
    return domain_exits(vcpu_of(context, id));
}

static void statistics(void *context, unsigned int id, struct altview_statistics *to)
{
    const struct vcpu *vcpu = vcpu_of(context, id);

    _Static_assert(ALTVIEW_EXIT_REASONS == EXIT_REASONS, "the protocol has room for all");
    for (unsigned int i = 0; i < EXIT_REASONS; i++) {
        to->exits[i] = vcpu->exit_counts[i];
    }
    to->pool_pages = pages_total();
    to->pool_free = pages_available();
}

static uint8_t code_bits(uint64_t rights)
{
    if (rights & RIGHTS_LONG) {
        return 64;
    }
    return rights & RIGHTS_BIG ? 32 : 16;
}

/* Through the guest's page tables and its view, whatever of it the view lets it read. */
static unsigned int instruction(void *context, unsigned int id, uint8_t *to, uint8_t *bits)
{
    struct vcpu *vcpu = vcpu_of(context, id);
    uint64_t at = vmread(VMCS_GUEST_RIP);
    unsigned int count = 0;

    *bits = code_bits(vmread(VMCS_GUEST_CS_RIGHTS));
    if (*bits != 64) {
        at += vmread((enum vmcs_field)(VMCS_GUEST_ES_BASE + 2 * ALTVIEW_CS));
    }
    while (count < INSTRUCTION_MAX && !guest_copy_in(vcpu, to + count, at + count, 1)) {
        count++;
    }
    return count;
}

static void log_text(void *context, const char *text)
{
    (void)context;
    log_line("%s", text);
}

/* Text must not cut into a frame that is under way. */
static void finish_frames(void *context)
{
    port_drain(context);
}

void monitor_init(struct domain *domain)
{
    const struct boot_info *boot = domain->boot;
    const struct control_host host = {
        .context = domain,
        .now = now,
        .ticks_hz = boot->tsc_hz,
        .instance = rdtsc(),
        .software = "altview " ALTVIEW_VERSION,
        .get_registers = get_registers,
        .set_registers = set_registers,
        .single_step = single_step,
        .statistics = statistics,
        .exits = count_exits,
        .instruction = instruction,
        .physical_bits = domain->gfn_bits + ALTP2M_PAGE_SHIFT,
        .log = log_text,
    };

    domain->control = pages_reserve((sizeof(struct control) + PAGE_SIZE - 1) / PAGE_SIZE);
    if (!domain->control) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the control port's buffers");
    }
    control_init(domain->control, &host, &domain->altp2m);
    log_before_line(finish_frames, domain);
}
