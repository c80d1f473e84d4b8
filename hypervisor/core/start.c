/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/start.h"

#include "x86/x86.h"

#define CR0_ET          (1UL << 4)
#define CPUID_SIGNATURE 1 /* leaf: EDX after INIT is its EAX */

#define RIGHTS_FLAT_CODE 0xc09bU /* 32-bit, present, DPL 0, 4 GiB, accessed */
#define RIGHTS_REAL_DATA 0x0093U
#define RIGHTS_EMPTY_LDT 0x0082U
#define LIMIT_FLAT       0xffffffffU
#define LIMIT_REAL       0xffffU
#define LIMIT_TSS        0x67U

static void set_segment(struct guest_start *s, enum segment segment, uint32_t limit,
                        uint32_t rights)
{
    s->segments[segment].limit = limit;
    s->segments[segment].rights = rights;
}

void start_fill_first(struct guest_start *s, const struct guest_entry *entry)
{
    *s = (struct guest_start){
        .registers = {.rbx = entry->ebx, .rsi = entry->esi},
        .rip = entry->eip,
        .rflags = RFLAGS_FIXED,
        .cr0 = CR0_PE | CR0_ET,
        .gdt = entry->gdt,
        .table_limit = entry->gdt_size ? entry->gdt_size - 1 : 0,
    };
    s->segments[CS].selector = entry->code;
    s->segments[DS].selector = s->segments[ES].selector = s->segments[SS].selector = entry->data;
    set_segment(s, CS, LIMIT_FLAT, RIGHTS_FLAT_CODE);
    set_segment(s, DS, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, ES, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, SS, LIMIT_FLAT, RIGHTS_FLAT_DATA);
    set_segment(s, FS, 0, RIGHTS_UNUSABLE);
    set_segment(s, GS, 0, RIGHTS_UNUSABLE);
    set_segment(s, LDTR, 0, RIGHTS_UNUSABLE);
    set_segment(s, TR, LIMIT_TSS, RIGHTS_BUSY_TSS);
}

/* CS as data: Bochs 2.7 enters real mode only so. INIT does not change CR0.CD and NW: they are
 * off. */
void start_fill_sipi(struct guest_start *s, uint8_t vector)
{
    *s = (struct guest_start){
        .registers = {.rdx = cpuid(CPUID_SIGNATURE, 0).eax},
        .rflags = RFLAGS_FIXED,
        .cr0 = CR0_ET,
        .table_limit = LIMIT_REAL,
    };
    for (unsigned int i = ES; i <= GS; i++) {
        set_segment(s, (enum segment)i, LIMIT_REAL, RIGHTS_REAL_DATA);
    }
    s->segments[CS].selector = (uint16_t)(vector << 8);
    s->segments[CS].base = (uint64_t)vector << 12;
    set_segment(s, LDTR, LIMIT_REAL, RIGHTS_EMPTY_LDT);
    set_segment(s, TR, LIMIT_REAL, RIGHTS_BUSY_TSS);
}
