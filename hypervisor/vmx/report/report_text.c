/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/report/report_text.h"

#include "base/format.h"
#include "base/log.h"
#include "control/exit_reason.h"
#include "vmx/event.h"
#include "vmx/report/reason.h"

#include <stddef.h>

#define UNUSABLE (1U << 16) /* in a segment's access rights */

/* A line that grows. */
struct line {
    size_t used;
    char text[256];
};

__attribute__((format(printf, 2, 3))) static void add(struct line *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    l->used += format_text(l->text + l->used, sizeof(l->text) - l->used, format, args);
    va_end(args);
}

static void end(struct line *l)
{
    if (l->used) {
        log_line("  %s", l->text);
    }
    l->used = 0;
}

static uint64_t field(const struct report_state *s, enum vmcs_field number)
{
    uint64_t value = 0;

    s->read(number, &value);
    return value;
}

/* "NAME VALUE", with two blanks between the parts of a line. It leaves out a field that the CPU
 * does not have. */
static void add_field(struct line *l, const struct report_state *s, const char *name,
                      enum vmcs_field number)
{
    uint64_t value;

    if (s->read(number, &value)) {
        add(l, "%s%s %lx", l->used ? "  " : "", name, value);
    }
}

/* A name of NULL ends a line. */
struct item {
    const char *name;
    uint16_t field;
};

static void write_items(const struct report_state *s, const struct item *items, size_t count)
{
    struct line l = {.used = 0};

    for (size_t i = 0; i < count; i++) {
        if (items[i].name) {
            add_field(&l, s, items[i].name, (enum vmcs_field)items[i].field);
        } else {
            end(&l);
        }
    }
}

#define WRITE_ITEMS(s, items) write_items(s, items, sizeof(items) / sizeof((items)[0]))

/* VM-entry, exit and IDT-vectoring information (SDM Vol. 3C 25.8.3, 25.9.2). */
static void add_event(struct line *l, const struct report_state *s, const char *name,
                      enum vmcs_field number, enum vmcs_field error_code)
{
    static const char *const types[8] = {
        "external interrupt",
        "type 1",
        "NMI",
        "exception",
        "software interrupt",
        "privileged software exception",
        "software exception",
        "other event",
    };
    uint64_t event = field(s, number);

    add(l, "%s%s ", l->used ? "  " : "", name);
    if (!(event & EVENT_VALID)) {
        add(l, "none");
        return;
    }
    add(l, "%lx (%s %lu", event, types[event >> 8 & 7], event & EVENT_VECTOR);
    if (event & EVENT_ERROR_CODE) {
        add(l, ", error code %lx", field(s, error_code));
    }
    add(l, ")");
}

static void write_events(const struct report_state *s)
{
    struct line l = {.used = 0};

    add_event(&l, s, "exit event", VMCS_EXIT_EVENT, VMCS_EXIT_ERROR_CODE);
    add_event(&l, s, "in delivery", VMCS_VECTORING_EVENT, VMCS_VECTORING_ERROR_CODE);
    add_event(&l, s, "to be delivered", VMCS_ENTRY_EVENT, VMCS_ENTRY_ERROR_CODE);
    end(&l);
}

static void write_segments(const struct report_state *s)
{
    static const char names[8][5] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"};

    for (unsigned int i = 0; i < 8; i++) {
        uint64_t rights = field(s, (enum vmcs_field)(VMCS_GUEST_ES_RIGHTS + 2 * i));

        log_line("  %-4s %04lx  base %lx  limit %lx  rights %lx%s", names[i],
                 field(s, (enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + 2 * i)),
                 field(s, (enum vmcs_field)(VMCS_GUEST_ES_BASE + 2 * i)),
                 field(s, (enum vmcs_field)(VMCS_GUEST_ES_LIMIT + 2 * i)), rights,
                 rights & UNUSABLE ? " (unusable)" : "");
    }
}

/* SDM Vol. 3C 25.4.2. */
static void write_activity(const struct report_state *s)
{
    static const char *const states[4] = {"active", "HLT", "shutdown", "wait for SIPI"};
    static const char *const blocks[4] = {" STI", " MOV-SS", " SMI", " NMI"};
    uint64_t activity = field(s, VMCS_GUEST_ACTIVITY);
    uint64_t blocked = field(s, VMCS_GUEST_INTERRUPTIBILITY);
    struct line l = {.used = 0};

    add(&l, "activity %lx (%s)  interruptibility %lx (blocked by:", activity,
        activity < 4 ? states[activity] : "not known", blocked);
    for (unsigned int i = 0; i < 4; i++) {
        add(&l, "%s", blocked >> i & 1 ? blocks[i] : "");
    }
    add(&l, blocked & 0xf ? ")" : " nothing)");
    add_field(&l, s, "pending debug exceptions", VMCS_GUEST_PENDING_DEBUG);
    end(&l);
}

static void write_code(const struct report_state *s)
{
    struct line l = {.used = 0};

    add(&l, "code %u at %lx:", s->code_bits, s->code_at); /* the toolstack looks for this */
    for (unsigned int i = 0; i < s->code_size; i++) {
        add(&l, " %02x", s->code[i]);
    }
    add(&l, s->code_size ? "" : " can't be read");
    end(&l);
}

static void write_system(const struct report_state *s)
{
    static const struct item control[] = {
        {"CR0", VMCS_GUEST_CR0},   {"mask", VMCS_CR0_MASK},   {"read", VMCS_CR0_SHADOW},
        {"CR3", VMCS_GUEST_CR3},   {"CR4", VMCS_GUEST_CR4},   {"mask", VMCS_CR4_MASK},
        {"read", VMCS_CR4_SHADOW}, {"EFER", VMCS_GUEST_EFER}, {NULL, 0},
    };
    static const struct item tables[] = {
        {"GDTR base", VMCS_GUEST_GDTR_BASE},
        {"limit", VMCS_GUEST_GDTR_LIMIT},
        {"IDTR base", VMCS_GUEST_IDTR_BASE},
        {"limit", VMCS_GUEST_IDTR_LIMIT},
        {NULL, 0},
        {"SYSENTER CS", VMCS_GUEST_SYSENTER_CS},
        {"ESP", VMCS_GUEST_SYSENTER_ESP},
        {"EIP", VMCS_GUEST_SYSENTER_EIP},
        {"PAT", VMCS_GUEST_PAT},
        {NULL, 0},
    };

    WRITE_ITEMS(s, control);
    log_line("  CR2 %lx  DR0 %lx  DR1 %lx  DR2 %lx  DR3 %lx  DR6 %lx  DR7 %lx  DEBUGCTL %lx",
             s->cr2, s->dr[0], s->dr[1], s->dr[2], s->dr[3], s->dr6, field(s, VMCS_GUEST_DR7),
             field(s, VMCS_GUEST_DEBUGCTL));
    write_segments(s);
    WRITE_ITEMS(s, tables);
}

static void write_vmcs(const struct report_state *s)
{
    static const struct item items[] = {
        {"controls: pin", VMCS_PIN_CONTROLS},
        {"processor", VMCS_PROCESSOR_CONTROLS},
        {"secondary", VMCS_SECONDARY_CONTROLS},
        {"exit", VMCS_EXIT_CONTROLS},
        {"entry", VMCS_ENTRY_CONTROLS},
        {"exceptions", VMCS_EXCEPTION_BITMAP},
        {NULL, 0},
        {"EPT pointer", VMCS_EPT_POINTER},
        {"EPTP list", VMCS_EPTP_LIST},
        {"EPTP index", VMCS_EPTP_INDEX},
        {"#VE page", VMCS_VE_INFORMATION},
        {"VPID", VMCS_VPID},
        {"timer", VMCS_PREEMPTION_TIMER},
        {"link pointer", VMCS_LINK_POINTER},
        {NULL, 0},
    };

    WRITE_ITEMS(s, items);
}

static void write_exit(const struct report_state *s)
{
    static const struct item items[] = {
        {"guest-physical", VMCS_GUEST_PHYSICAL},
        {"linear", VMCS_GUEST_LINEAR},
        {"instruction length", VMCS_EXIT_LENGTH},
        {"instruction information", VMCS_INSTRUCTION_INFORMATION},
        {NULL, 0},
    };
    uint64_t reason = field(s, VMCS_EXIT_REASON);

    log_line("vCPU %u stopped in view %u: exit reason %lu (%s), qualification 0x%lx", s->vcpu,
             s->view, reason & REASON_BASIC, exit_reason_name(reason & REASON_BASIC),
             field(s, VMCS_QUALIFICATION));
    WRITE_ITEMS(s, items);
}

void report_write(const struct report_state *s)
{
    write_exit(s);
    write_events(s);
    log_registers(s->registers.numbered, field(s, VMCS_GUEST_RIP), field(s, VMCS_GUEST_RSP),
                  field(s, VMCS_GUEST_RFLAGS));
    write_system(s);
    write_activity(s);
    write_vmcs(s);
    write_code(s);
}

const char *report_cause(uint32_t reason, uint64_t event, enum status *status)
{
    bool machine_check = (reason & REASON_BASIC) == REASON_MACHINE_CHECK ||
                         (reason == REASON_EXCEPTION && (event & EVENT_VECTOR) == VECTOR_MC);

    *status = STATUS_STOPPED;
    if (machine_check) {
        return "machine check: the hardware has failed";
    }
    if (reason & REASON_ENTRY_FAILED) {
        *status = STATUS_PANIC;
        return "the CPU refuses to enter the guest: altview has left it in no valid state";
    }
    return "the guest did something altview does not serve";
}
