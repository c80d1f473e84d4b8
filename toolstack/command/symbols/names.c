/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbols/names.h"

#include "range.h"
#include "say.h"

#include <stdio.h>
#include <string.h>

#define EFER_LMA 0x400U
#define PAGE     4096U
#define LIKE     200 /* characters of the suggestions */

int option_offset(const struct option *option, const char *value)
{
    struct names *names = option->to;
    const char *wrong = range_number(value, &names->offset);

    if (wrong) {
        return usage_error("--kaslr-offset %s: %s", value, wrong);
    }
    names->has_offset = true;
    return 0;
}

/* The guest's handler of an exception: 16 bytes of a gate, or 8 (SDM Vol. 3A 6.11, 6.14.1). */
static bool read_gate(struct session *s, unsigned int vcpu, unsigned int vector, uint64_t *address)
{
    const struct altview_space space = {.vcpu = vcpu};
    struct altview_registers now;
    uint32_t gate[4] = {0};
    size_t size;

    if (altview_get_registers(s->handle, vcpu, &now)) {
        return false;
    }
    size = now.efer & EFER_LMA ? 16 : 8;
    if (altview_read_virtual(s->handle, ALTVIEW_NO_VIEW, &space, now.idtr_base + vector * size,
                             gate, size)) {
        return false;
    }
    *address = (uint64_t)gate[2] << 32 | (gate[1] & 0xffff0000) | (gate[0] & 0xffff);
    return *address;
}

static bool read_lstar(struct session *s, unsigned int vcpu, unsigned int unused, uint64_t *address)
{
    struct altview_registers now;

    (void)unused;
    if (altview_get_registers(s->handle, vcpu, &now)) {
        return false;
    }
    *address = now.lstar;
    return now.lstar;
}

/* Linux's places of the entries; old names too. */
static const struct landmark {
    const char *symbol;
    bool (*read)(struct session *s, unsigned int vcpu, unsigned int vector, uint64_t *address);
    unsigned int vector;
} landmarks[] = {
    {"entry_SYSCALL_64", read_lstar, 0}, {"asm_exc_page_fault", read_gate, 14},
    {"page_fault", read_gate, 14},       {"asm_exc_divide_error", read_gate, 0},
    {"divide_error", read_gate, 0},
};

/* The kernel moves by whole pages. Otherwise the CPU's address is that of something else. */
static int find_offset(struct session *s, const struct symbols *symbols, unsigned int vcpu,
                       uint64_t *offset)
{
    bool known = false;

    for (size_t i = 0; i < sizeof(landmarks) / sizeof(landmarks[0]); i++) {
        uint64_t in_file = 0, in_guest;

        if (symbols_find(symbols, landmarks[i].symbol, &in_file) != 1) {
            continue;
        }
        known = true;
        if (landmarks[i].read(s, vcpu, landmarks[i].vector, &in_guest) &&
            !((in_guest - in_file) % PAGE)) {
            *offset = in_guest - in_file;
            return 0;
        }
    }
    *offset = 0;
    return known ? fail("where the guest has put the kernel of %s can't be seen from vCPU %u: "
                        "neither LSTAR nor the IDT fits; is it this kernel, and is it up? Else "
                        "give --kaslr-offset",
                        symbols->file, vcpu)
                 : 0;
}

/* A kernel that can move has at least one of the landmarks. Others are at their linked
 * addresses. */
static int load(struct session *s, const struct names *names, unsigned int vcpu,
                const struct symbols **symbols, uint64_t *offset)
{
    *symbols = symbols_of(names->file);
    *offset = names->offset;
    if (!*symbols) {
        return EXIT_FAILED;
    }
    return names->has_offset ? 0 : find_offset(s, *symbols, vcpu, offset);
}

static int unknown(const struct symbols *symbols, const char *name)
{
    char like[LIKE];

    symbols_like(symbols, name, like, sizeof(like));
    return *like ? fail("%s has no symbol %s; there are %s", symbols->file, name, like)
                 : fail("%s has no symbol %s", symbols->file, name);
}

int names_find(struct session *s, const struct names *names, unsigned int vcpu, const char *name,
               uint64_t *address)
{
    const struct symbols *symbols;
    uint64_t offset, in_file = 0;
    size_t count;

    if (load(s, names, vcpu, &symbols, &offset)) {
        return EXIT_FAILED;
    }
    count = symbols_find(symbols, name, &in_file);
    if (!count) {
        return unknown(symbols, name);
    }
    if (count > 1) {
        return fail("%s has %zu symbols %s; give an address", symbols->file, count, name);
    }
    *address = in_file + offset;
    return 0;
}

static struct {
    const struct symbols *symbols;
    uint64_t offset;
} used;

int names_use(struct session *s, const struct names *names, unsigned int vcpu)
{
    used.symbols = NULL;
    return names->file ? load(s, names, vcpu, &used.symbols, &used.offset) : 0;
}

bool names_are_used(void)
{
    return used.symbols;
}

const char *names_of(uint64_t address)
{
    static char text[512];
    uint64_t in_file = address - used.offset;
    const struct symbol *symbol = used.symbols ? symbols_at(used.symbols, in_file) : NULL;

    if (!symbol) {
        return NULL;
    }
    if (in_file == symbol->address) {
        snprintf(text, sizeof(text), "%s", symbol->name);
    } else {
        snprintf(text, sizeof(text), "%s+0x%llx", symbol->name,
                 (unsigned long long)(in_file - symbol->address));
    }
    return text;
}
