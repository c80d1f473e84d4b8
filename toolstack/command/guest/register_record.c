/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/record.h"

#include "range.h"

#include <stddef.h>
#include <string.h>

#define GPR(n)     offsetof(struct altview_general, gpr[n]), ALTVIEW_SET_GPRS
#define GENERAL(m) offsetof(struct altview_general, m)

/* The registers that can be set: their place in struct altview_general, their bit of the mask. */
static const struct {
    const char *name;
    size_t offset;
    uint32_t bit;
} general_registers[] = {
    {"rax", GPR(0)},
    {"rcx", GPR(1)},
    {"rdx", GPR(2)},
    {"rbx", GPR(3)},
    {"rsp", GPR(4)},
    {"rbp", GPR(5)},
    {"rsi", GPR(6)},
    {"rdi", GPR(7)},
    {"r8", GPR(8)},
    {"r9", GPR(9)},
    {"r10", GPR(10)},
    {"r11", GPR(11)},
    {"r12", GPR(12)},
    {"r13", GPR(13)},
    {"r14", GPR(14)},
    {"r15", GPR(15)},
    {"rip", GENERAL(rip), ALTVIEW_SET_RIP},
    {"rflags", GENERAL(rflags), ALTVIEW_SET_RFLAGS},
};
#define GENERAL_REGISTERS (sizeof(general_registers) / sizeof(general_registers[0]))

void general_record(struct json_object *o, const struct altview_general *general)
{
    for (size_t i = 0; i < GENERAL_REGISTERS; i++) {
        uint64_t value;

        memcpy(&value, (const char *)general + general_registers[i].offset, sizeof(value));
        field_hex(o, general_registers[i].name, value);
    }
}

static void add_control(struct json_object *o, const struct altview_registers *registers)
{
    field_hex(o, "cr0", registers->cr0);
    field_hex(o, "cr2", registers->cr2);
    field_hex(o, "cr3", registers->cr3);
    field_hex(o, "cr4", registers->cr4);
    field_hex(o, "dr7", registers->dr7);
    field_hex(o, "gdtr_base", registers->gdtr_base);
    field_hex(o, "gdtr_limit", registers->gdtr_limit);
    field_hex(o, "idtr_base", registers->idtr_base);
    field_hex(o, "idtr_limit", registers->idtr_limit);
}

static void add_msrs(struct json_object *o, const struct altview_registers *registers)
{
    field_hex(o, "efer", registers->efer);
    field_hex(o, "pat", registers->pat);
    field_hex(o, "sysenter_cs", registers->sysenter_cs);
    field_hex(o, "sysenter_esp", registers->sysenter_esp);
    field_hex(o, "sysenter_eip", registers->sysenter_eip);
    field_hex(o, "star", registers->star);
    field_hex(o, "lstar", registers->lstar);
    field_hex(o, "cstar", registers->cstar);
    field_hex(o, "syscall_mask", registers->syscall_mask);
    field_hex(o, "kernel_gs_base", registers->kernel_gs_base);
}

static void add_segments(struct json_object *segments, const struct altview_registers *registers)
{
    static const char *const names[ALTVIEW_SEGMENTS] = {
        [ALTVIEW_ES] = "es", [ALTVIEW_CS] = "cs", [ALTVIEW_SS] = "ss",     [ALTVIEW_DS] = "ds",
        [ALTVIEW_FS] = "fs", [ALTVIEW_GS] = "gs", [ALTVIEW_LDTR] = "ldtr", [ALTVIEW_TR] = "tr",
    };

    for (size_t i = 0; i < ALTVIEW_SEGMENTS; i++) {
        struct json_object *o = list_fields(segments);

        field_text(o, "name", names[i]);
        field_hex(o, "selector", registers->segments[i].selector);
        field_hex(o, "base", registers->segments[i].base);
        field_hex(o, "limit", registers->segments[i].limit);
        field_hex(o, "rights", registers->segments[i].rights);
    }
}

void registers_record(struct json_object *o, const struct altview_registers *registers)
{
    general_record(o, &registers->general);
    add_control(o, registers);
    add_msrs(o, registers);
    add_segments(field_list(o, "segments"), registers);
}

static bool is_name(const char *name, const char *text, size_t length)
{
    return strlen(name) == length && !strncmp(name, text, length);
}

/* False: no register of that name can be set. */
static bool set(const char *name, size_t length, uint64_t value, struct altview_set_registers *to)
{
    if (is_name("cr3", name, length)) {
        to->cr3 = value;
        to->mask |= ALTVIEW_SET_CR3;
        return true;
    }
    for (size_t i = 0; i < GENERAL_REGISTERS; i++) {
        if (is_name(general_registers[i].name, name, length)) {
            memcpy((char *)&to->general + general_registers[i].offset, &value, sizeof(value));
            to->mask |= general_registers[i].bit;
            return true;
        }
    }
    return false;
}

const char *register_parse(const char *text, struct altview_set_registers *to)
{
    size_t length = strcspn(text, "=");
    uint64_t value;
    const char *wrong;

    if (!text[length]) {
        return "give REGISTER=VALUE, as rip=0x1000";
    }
    wrong = range_number(text + length + 1, &value);
    if (wrong) {
        return wrong;
    }
    return set(text, length, value, to)
               ? NULL
               : "no register of that name can be set; there are rax to r15, rip, rflags and cr3";
}
