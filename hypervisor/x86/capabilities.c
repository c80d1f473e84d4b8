/* SPDX-License-Identifier: BSD-2-Clause */
#include "capabilities.h"

#include "base/string.h"
#include "x86/capability_table.h"

#define CPUID1_ECX_VMX  5
#define CPUID1_ECX_USED (1U << 26 | 1U << 21) /* XSAVE, x2APIC */

/* IA32_FEATURE_CONTROL (SDM Vol. 3C 24.7). */
#define FEATURE_LOCKED 0
#define FEATURE_VMX    2

#define ALLOWED(bit) (32 + (bit)) /* the high half of a control MSR has the bits that may be 1 */

#define FLAG(member) offsetof(struct cpu_capabilities, member)
#define WORD(member) FLAG(vmx.member)

/* vmx/controls.c has each control that must be on, or must be off, as well: as the controls that it
 * sets. */
static const struct capability required_rows[] = {
    {"NMI exiting", WORD(pin), ALLOWED(3), 0},
    {"virtual NMIs", WORD(pin), ALLOWED(5), 0},
    {"I/O bitmaps", WORD(processor), ALLOWED(25), 0},
    {"MSR bitmaps", WORD(processor), ALLOWED(28), 0},
    {"CR3 loads without exits", WORD(processor), CAPABILITY_OFF | 15, 0},
    {"CR3 stores without exits", WORD(processor), CAPABILITY_OFF | 16, 0},
    {"secondary processor controls", WORD(processor), ALLOWED(31), 0},
    {"EPT", WORD(secondary), ALLOWED(1), 0},
    {"EPT 4-level page walk", WORD(ept_vpid), 6, 0},
    {"EPT write-back tables", WORD(ept_vpid), 14, 0},
    {"INVEPT", WORD(ept_vpid), 20, 0},
    {"INVEPT all-context", WORD(ept_vpid), 26, 0},
    {"unrestricted guest", WORD(secondary), ALLOWED(7), 0},
    {"saving of debug controls", WORD(exit), ALLOWED(2), 0},
    {"a 64-bit host", WORD(exit), ALLOWED(9), 0},
    {"saving of PAT", WORD(exit), ALLOWED(18), 0},
    {"loading of PAT at exit", WORD(exit), ALLOWED(19), 0},
    {"saving of EFER", WORD(exit), ALLOWED(20), 0},
    {"loading of EFER at exit", WORD(exit), ALLOWED(21), 0},
    {"loading of debug controls", WORD(entry), ALLOWED(2), 0},
    {"loading of PAT at entry", WORD(entry), ALLOWED(14), 0},
    {"loading of EFER at entry", WORD(entry), ALLOWED(15), 0},
};

static const struct capability optional_rows[] = {
    {"VMFUNC", WORD(secondary), ALLOWED(13), FLAG(vmfunc)},
    {"EPTP switching", WORD(vmfunc), 0, FLAG(eptp_switching)},
    {"#VE", WORD(secondary), ALLOWED(18), FLAG(ve)},
    {"execute-only EPT", WORD(ept_vpid), 0, FLAG(execute_only)},
    {"2M EPT pages", WORD(ept_vpid), 16, FLAG(ept_2m)},
    {"1G EPT pages", WORD(ept_vpid), 17, FLAG(ept_1g)},
    {"INVEPT single-context", WORD(ept_vpid), 25, FLAG(invept_single)},
    {"VPID", WORD(secondary), ALLOWED(5), FLAG(vpid)},
    {"monitor trap flag", WORD(processor), ALLOWED(27), FLAG(mtf)},
    {"preemption timer", WORD(pin), ALLOWED(6), FLAG(preemption_timer)},
    {"SMEP", FLAG(cpuid7), 7, FLAG(smep)},
    {"SMAP", FLAG(cpuid7), 20, FLAG(smap)},
    {"UMIP", FLAG(cpuid7), 32 + 2, FLAG(umip)},
};

const struct capability_table vmx_required = CAPABILITY_TABLE(required_rows);
const struct capability_table vmx_optional = CAPABILITY_TABLE(optional_rows);

static bool bit_set(uint64_t word, unsigned int bit)
{
    return word >> bit & 1;
}

static uint64_t word_at(const struct cpu_capabilities *cpu, uint16_t offset)
{
    uint64_t word;

    memcpy(&word, (const char *)cpu + offset, sizeof(word));
    return word;
}

bool capabilities_has_vmx(const struct cpu_capabilities *cpu, char *missing, size_t size)
{
    missing[0] = '\0';
    if (!bit_set(cpu->cpuid1_ecx, CPUID1_ECX_VMX)) {
        capability_append(missing, size, "",
                          "this CPU has no VT-x: VMX is missing (CPUID.1:ECX.5)");
        return false;
    }
    if (bit_set(cpu->feature_control, FEATURE_LOCKED) &&
        !bit_set(cpu->feature_control, FEATURE_VMX)) {
        capability_append(
            missing, size, "",
            "this CPU has no VT-x: the firmware has locked VMX off (IA32_FEATURE_CONTROL); "
            "switch it on in the firmware's setup");
        return false;
    }
    return true;
}

bool capabilities_check(struct cpu_capabilities *cpu, char *missing, size_t size)
{
    static const char lead[] = "this CPU's VT-x lacks ";
    bool complete;

    if (!capabilities_has_vmx(cpu, missing, size)) {
        return false;
    }
    complete = capability_require(cpu, &vmx_required, lead, missing, size);
    capability_note(cpu, &vmx_optional);
    if (!cpu->mtf && !cpu->preemption_timer) { /* single steps need one of them */
        capability_append(missing, size, complete ? lead : ", ",
                          "a monitor trap flag or a preemption timer");
        complete = false;
    }
    return complete;
}

void capabilities_describe(const struct cpu_capabilities *cpu, char *text, size_t size)
{
    capability_describe(cpu, &vmx_optional, text, size);
}

/* Whether a word of one CPU can replace another's. */
static bool contains(uint64_t first, uint64_t other)
{
    return !(first & ~other);
}

static bool demands_no_more(uint64_t first, uint64_t other)
{
    return !(other & ~first);
}

/* A control's MSR: low half, bits that must be 1; high half, bits that may be 1. */
static bool permits(uint64_t first, uint64_t other)
{
    return demands_no_more((uint32_t)first, (uint32_t)other) && contains(first >> 32, other >> 32);
}

/* IA32_VMX_BASIC: revision, region size, memory type, and whether exits report INS and OUTS. */
static bool same_basics(uint64_t first, uint64_t other)
{
    return first == other;
}

/* The preemption timer's rate. */
static bool same_rate(uint64_t first, uint64_t other)
{
    return (first & 31) == (other & 31);
}

static const struct {
    const char *name;
    uint16_t word;
    bool (*serves)(uint64_t first, uint64_t other);
} comparisons[] = {
    {"the same VMCS", WORD(basic), same_basics},
    {"the timer's rate", WORD(misc), same_rate},
    {"pin controls", WORD(pin), permits},
    {"processor controls", WORD(processor), permits},
    {"secondary controls", WORD(secondary), permits},
    {"exit controls", WORD(exit), permits},
    {"entry controls", WORD(entry), permits},
    {"EPT features", WORD(ept_vpid), contains},
    {"VM functions", WORD(vmfunc), contains},
    {"bits of CR0", WORD(cr0_fixed0), demands_no_more},
    {"bits of CR0", WORD(cr0_fixed1), contains},
    {"bits of CR4", WORD(cr4_fixed0), demands_no_more},
    {"bits of CR4", WORD(cr4_fixed1), contains},
    /* altview checks the guest's values against the first CPU's, and loads them in root mode. */
    {"bits of XCR0", FLAG(xcr0), contains},
    {"bits of IA32_XSS", FLAG(xss), contains},
    {"instructions of XSAVE", FLAG(xsave), contains},
};

/* The bits of CPUID on which the hypervisor itself relies. feature_list.h has the bits that the
 * guest sees. */
static const char *lack_outside_vmx(const struct cpu_capabilities *first,
                                    const struct cpu_capabilities *other)
{
    if (first->cpuid1_ecx & ~other->cpuid1_ecx & CPUID1_ECX_USED) {
        return "XSAVE or x2APIC";
    }
    if (other->physical_bits < first->physical_bits) {
        return "the width of physical addresses";
    }
    return first->pages_1g && !other->pages_1g ? "1 GiB pages" : NULL;
}

const char *capabilities_lack(const struct cpu_capabilities *first,
                              const struct cpu_capabilities *other)
{
    const char *lack;

    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        uint16_t word = comparisons[i].word;

        if (!comparisons[i].serves(word_at(first, word), word_at(other, word))) {
            return comparisons[i].name;
        }
    }
    lack = capability_lack(first, other, &vmx_optional);
    return lack ? lack : lack_outside_vmx(first, other);
}

uint64_t capabilities_feature_control(uint64_t now)
{
    uint64_t locked = UINT64_C(1) << FEATURE_LOCKED, vmx = UINT64_C(1) << FEATURE_VMX;

    return now & locked ? now : now | vmx | locked;
}
