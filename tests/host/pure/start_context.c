/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VCPUOP_initialise: VM entry accepts all registers that the check lets through (entry_check/). The
 * test changes a few words of valid ones, thousands of times, and has some that the check must
 * refuse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/segment.h"
#include "core/start.h"
#include "entry_check/vmx_parts.h"
#include "x86/x86.h"

#include "sim/random.h"

#include <stdio.h>
#include <string.h>
#include <xen/errno.h>
#include <xen/hvm/hvm_vcpu.h>

#define ROUNDS       200000
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct boot_info boot;
static struct domain domain = {.boot = &boot};

static const struct vmx_msrs msrs = {
    .cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG,
    .cr0_fixed1 = 0xffffffff,
    .cr4_fixed0 = CR4_VMXE,
    .cr4_fixed1 = 0xffffff,
    .misc = 7 << 6,
};

static struct vcpu_hvm_context good_64(void)
{
    struct vcpu_hvm_context c = {.mode = VCPU_HVM_MODE_64B};

    c.cpu_regs.x86_64.cr0 = CR0_PE | CR0_WP | CR0_PG;
    c.cpu_regs.x86_64.cr3 = 0x1000;
    c.cpu_regs.x86_64.cr4 = CR4_PAE;
    c.cpu_regs.x86_64.efer = EFER_LME | EFER_LMA;
    return c;
}

static struct vcpu_hvm_context good_32(void)
{
    struct vcpu_hvm_context c = {.mode = VCPU_HVM_MODE_32B};
    struct vcpu_hvm_x86_32 *r = &c.cpu_regs.x86_32;

    r->cr0 = CR0_PE;
    r->cs_limit = r->ds_limit = r->ss_limit = r->es_limit = 0xffffffff;
    r->tr_limit = 0x67;
    r->cs_ar = 0xc9b;
    r->ds_ar = r->ss_ar = r->es_ar = 0xc93;
    r->tr_ar = 0x8b;
    return c;
}

/* The state that start_load makes of it. */
static void enter_with(struct vmx_entry_state *s, const struct guest_start *start)
{
    *s = (struct vmx_entry_state){
        .cpu = {.msrs = msrs, .physical_bits = 40, .linear_bits = 57, .debugctl = 0xffc7},
        .controls = {.processor = PROCESSOR_SECONDARY,
                     .secondary = SECONDARY_EPT | SECONDARY_UNRESTRICTED,
                     .entry = ENTRY_LOAD_DEBUG | ENTRY_LOAD_EFER},
        .guest = {.cr0 = (start->cr0 & ~(CR0_CD | CR0_NW)) | CR0_NE,
                  .cr3 = start->cr3,
                  .cr4 = start->cr4 | CR4_VMXE,
                  .efer = start->efer,
                  .rip = start->rip,
                  .rflags = start->rflags,
                  .dr7 = 0x400,
                  .link_pointer = ~UINT64_C(0)},
    };
    s->controls.entry |= start->efer & EFER_LMA ? ENTRY_GUEST_64BIT : 0;
    for (unsigned int i = 0; i < SEGMENTS; i++) {
        s->guest.segments[i] = (struct vmx_entry_segment){
            .selector = start->segments[i].selector,
            .base = start->segments[i].base,
            .limit = start->segments[i].limit,
            .rights = start->segments[i].rights,
        };
    }
}

/* -XEN_EINVAL, or 0 if VM entry accepts it. */
static int try(const struct vcpu_hvm_context *context)
{
    struct rule_walk walk = {.breaks = 0};
    struct vmx_entry_state state;
    struct guest_start start;
    int rc = start_fill_context(&domain, &start, context);

    if (!rc) {
        enter_with(&state, &start);
        vmx_check_guest(&walk, &state);
        if (walk.breaks) {
            fail_msg("let through: cr0 %lx cr4 %lx efer %lx rflags %lx, but %s, %s: %s",
                     (unsigned long)start.cr0, (unsigned long)start.cr4, (unsigned long)start.efer,
                     (unsigned long)start.rflags, walk.broken.section, walk.broken.subject,
                     walk.broken.text);
        }
    }
    return rc;
}

static void test_good_ones(void **state)
{
    struct vcpu_hvm_context wide = good_64(), narrow = good_32();

    (void)state;
    assert_int_equal(try(&wide), 0);
    assert_int_equal(try(&narrow), 0);
}

/* Shadow stacks without write protection: no CPU accepts both (SDM Vol. 3C 27.3.1.1). */
static void test_cet_takes_wp(void **state)
{
    struct vcpu_hvm_context c = good_64();

    (void)state;
    c.cpu_regs.x86_64.cr4 |= CR4_CET;
    assert_int_equal(try(&c), 0);
    c.cpu_regs.x86_64.cr0 &= ~CR0_WP;
    assert_int_equal(try(&c), -XEN_EINVAL);
}

/* One changed bit, an invalid word, or all ones. */
static void spoil(struct sim_random *random, void *registers, size_t size)
{
    uint8_t *at = (uint8_t *)registers + sim_random_below(random, size / 4) * 4;
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    switch (sim_random_below(random, 4)) {
    case 0:
        word = 0;
        break;
    case 1:
        word = UINT32_MAX;
        break;
    default:
        word ^= UINT32_C(1) << sim_random_below(random, 32);
    }
    memcpy(at, &word, sizeof(word));
}

static void test_what_is_let_through_can_be_entered(void **state)
{
    unsigned int taken = 0, refused = 0;
    struct sim_random random = sim_random_seed(1);

    (void)state;
    for (unsigned int i = 0; i < ROUNDS; i++) {
        struct vcpu_hvm_context c = i % 2 ? good_64() : good_32();
        size_t size = i % 2 ? sizeof(c.cpu_regs.x86_64) : sizeof(c.cpu_regs.x86_32);

        for (uint64_t n = sim_random_below(&random, 4); n > 0; n--) {
            spoil(&random, &c.cpu_regs, size);
        }
        if (try(&c)) {
            refused++;
        } else {
            taken++;
        }
    }
    assert_true(taken > ROUNDS / 10);
    assert_true(refused > ROUNDS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_ones),
        cmocka_unit_test(test_cet_takes_wp),
        cmocka_unit_test(test_what_is_let_through_can_be_entered),
    };

    domain.face.cr4 = msrs.cr4_fixed1 & ~CR4_VMXE;
    boot.cpu.vmx = msrs;
    boot.cpu.physical_bits = 40;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
