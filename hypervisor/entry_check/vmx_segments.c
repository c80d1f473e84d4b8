/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's segment registers: SDM Vol. 3C 27.3.1.2. */
#include "entry_check/vmx_parts.h"

#include "core/segment.h"
#include "x86/x86.h"

#define SECTION "27.3.1.2"

#define SELECTOR_RPL UINT64_C(3)
#define SELECTOR_TI  UINT64_C(4)

#define TYPE(rights)    ((rights)&0xf)
#define DPL(rights)     ((rights) >> 5 & 3)
#define TYPE_ACCESSED   1U
#define TYPE_READABLE   2U
#define TYPE_CODE       8U
#define IS_SEGMENT      (1U << 4)
#define PRESENT         (1U << 7)
#define GRANULARITY     (1U << 15)
#define RIGHTS_RESERVED UINT64_C(0xfffe0f00)

#define TYPE_DATA           3 /* of CS: read, write, accessed */
#define TYPE_CONFORMING     4U
#define TYPE_LDT            2
#define TYPE_TSS_16_BUSY    3
#define TYPE_TSS_BUSY       11
#define LIMIT_VIRTUAL_8086  0xffff
#define RIGHTS_VIRTUAL_8086 0xf3

static const char *const names[VMX_SEGMENTS] = {"ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR"};

static bool is_virtual_8086(const struct vmx_entry_state *s)
{
    return s->guest.rflags & RFLAGS_VM;
}

static bool is_usable(const struct vmx_entry_segment *segment)
{
    return !(segment->rights & RIGHTS_UNUSABLE);
}

/* The granularity must be able to express the limit. */
static bool fits_limit(const struct vmx_entry_segment *segment)
{
    bool pages = segment->rights & GRANULARITY;

    return implies((segment->limit & 0xfff) != 0xfff, !pages) &&
           implies(segment->limit >> 20, pages);
}

static void virtual_8086(struct rule_walk *w, const struct vmx_entry_segment *segment, bool on)
{
    rule(w, "the base is the selector's in virtual-8086 mode",
         implies(on, segment->base == segment->selector << 4));
    rule(w, "the limit is 64 KiB in virtual-8086 mode",
         implies(on, segment->limit == LIMIT_VIRTUAL_8086));
    rule(w, "the rights are those of virtual-8086 mode",
         implies(on, segment->rights == RIGHTS_VIRTUAL_8086));
}

static void cs_type(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_segment *cs = &s->guest.segments[VMX_CS];
    uint64_t type = TYPE(cs->rights), dpl = DPL(cs->rights);
    uint64_t ss_dpl = DPL(s->guest.segments[VMX_SS].rights);
    bool checked = !is_virtual_8086(s), code = type & TYPE_CODE;
    bool data = type == TYPE_DATA && vmx_is_unrestricted(s);

    rule(w, "the type is accessed code, or data in an unrestricted guest",
         implies(checked, data || (code && type & TYPE_ACCESSED)));
    rule(w, "data has DPL 0", implies(checked && data, dpl == 0));
    rule(w, "code that does not conform has SS's DPL",
         implies(checked && code && !(type & TYPE_CONFORMING), dpl == ss_dpl));
    rule(w, "conforming code has at most SS's DPL",
         implies(checked && code && type & TYPE_CONFORMING, dpl <= ss_dpl));
    rule(
        w, "D is clear in 64-bit code",
        implies(checked && vmx_is_long(s) && cs->rights & RIGHTS_LONG, !(cs->rights & RIGHTS_BIG)));
}

static void ss_type(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_segment *ss = &s->guest.segments[VMX_SS];
    const struct vmx_entry_segment *cs = &s->guest.segments[VMX_CS];
    uint64_t rpl = ss->selector & SELECTOR_RPL, dpl = DPL(ss->rights);
    bool checked = !is_virtual_8086(s), restricted = checked && !vmx_is_unrestricted(s);
    bool data_or_real = TYPE(cs->rights) == TYPE_DATA || !(s->guest.cr0 & CR0_PE);

    rule(w, "RPL is CS's, unless the guest is unrestricted",
         implies(restricted, rpl == (cs->selector & SELECTOR_RPL)));
    rule(w, "the type is accessed data that can be written",
         implies(checked && is_usable(ss), (TYPE(ss->rights) & ~4U) == TYPE_DATA));
    rule(w, "DPL is RPL, unless the guest is unrestricted", implies(restricted, dpl == rpl));
    rule(w, "DPL is 0 in real mode, and where CS is data",
         implies(checked && data_or_real, dpl == 0));
}

static void data_type(struct rule_walk *w, const struct vmx_entry_state *s,
                      const struct vmx_entry_segment *segment)
{
    uint64_t type = TYPE(segment->rights);
    bool checked = !is_virtual_8086(s) && is_usable(segment);
    bool conforming = type & TYPE_CODE && type & TYPE_CONFORMING;

    rule(w, "the type is accessed", implies(checked, type & TYPE_ACCESSED));
    rule(w, "code can be read", implies(checked && type & TYPE_CODE, type & TYPE_READABLE));
    rule(w, "DPL is at least RPL, unless the guest is unrestricted",
         implies(checked && !vmx_is_unrestricted(s) && !conforming,
                 DPL(segment->rights) >= (segment->selector & SELECTOR_RPL)));
}

/* Rules for both code and data. CS must be usable. */
static void common(struct rule_walk *w, const struct vmx_entry_state *s, enum vmx_segment number)
{
    const struct vmx_entry_segment *segment = &s->guest.segments[number];
    bool checked = !is_virtual_8086(s) && (is_usable(segment) || number == VMX_CS);

    rule(w, "it is code or data", implies(checked, segment->rights & IS_SEGMENT));
    rule(w, "it is present", implies(checked, segment->rights & PRESENT));
    rule(w, "reserved rights are clear", implies(checked, !(segment->rights & RIGHTS_RESERVED)));
    rule(w, "its granularity can say its limit", implies(checked, fits_limit(segment)));
}

static void base(struct rule_walk *w, const struct vmx_entry_state *s, enum vmx_segment number)
{
    const struct vmx_entry_segment *segment = &s->guest.segments[number];

    if (number == VMX_FS || number == VMX_GS) {
        rule(w, "the base is canonical", vmx_is_canonical(s, segment->base));
    } else {
        rule(w, "the base has 32 bits",
             implies(is_usable(segment) || number == VMX_CS, !(segment->base >> 32)));
    }
}

static void code_or_data(struct rule_walk *w, const struct vmx_entry_state *s,
                         enum vmx_segment number)
{
    const struct vmx_entry_segment *segment = &s->guest.segments[number];

    rules_of(w, SECTION, names[number]);
    virtual_8086(w, segment, is_virtual_8086(s));
    base(w, s, number);
    if (number == VMX_CS) {
        cs_type(w, s);
    } else if (number == VMX_SS) {
        ss_type(w, s);
    } else {
        data_type(w, s, segment);
    }
    common(w, s, number);
}

/* TR, and LDTR if it is usable. */
static void system_segment(struct rule_walk *w, const struct vmx_entry_state *s,
                           const struct vmx_entry_segment *segment, bool checked)
{
    rule(w, "the selector is in the GDT", implies(checked, !(segment->selector & SELECTOR_TI)));
    rule(w, "the base is canonical", implies(checked, vmx_is_canonical(s, segment->base)));
    rule(w, "it is a system segment", implies(checked, !(segment->rights & IS_SEGMENT)));
    rule(w, "it is present", implies(checked, segment->rights & PRESENT));
    rule(w, "reserved rights are clear", implies(checked, !(segment->rights & RIGHTS_RESERVED)));
    rule(w, "its granularity can say its limit", implies(checked, fits_limit(segment)));
}

static void task(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_segment *tr = &s->guest.segments[VMX_TR];
    uint64_t type = TYPE(tr->rights);

    rules_of(w, SECTION, names[VMX_TR]);
    system_segment(w, s, tr, true);
    rule(w, "it is usable", is_usable(tr));
    rule(w, "it is a busy TSS, of 16 bits only outside of IA-32e mode",
         type == TYPE_TSS_BUSY || (type == TYPE_TSS_16_BUSY && !vmx_is_long(s)));
}

static void local_table(struct rule_walk *w, const struct vmx_entry_state *s)
{
    const struct vmx_entry_segment *ldtr = &s->guest.segments[VMX_LDTR];

    rules_of(w, SECTION, names[VMX_LDTR]);
    system_segment(w, s, ldtr, is_usable(ldtr));
    rule(w, "it is an LDT", implies(is_usable(ldtr), TYPE(ldtr->rights) == TYPE_LDT));
}

void vmx_check_segments(struct rule_walk *w, const struct vmx_entry_state *s)
{
    for (unsigned int i = VMX_ES; i <= VMX_GS; i++) {
        code_or_data(w, s, (enum vmx_segment)i);
    }
    task(w, s);
    local_table(w, s);
}
