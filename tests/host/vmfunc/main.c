/* SPDX-License-Identifier: BSD-2-Clause */
/* hypervisor/run/vmfunc.c with a vCPU, guest memory and monitor of the test's: the recognised
 * instructions, their results, and the cases that the short path leaves to the long one. */
#include "core/domain.h"
#include "core/vcpu_view.h"
#include "guestmem/code.h"
#include "guestmem/path.h"
#include "port/monitor.h"
#include "run/vmfunc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <xen/errno.h>

#include <cmocka.h>

#define RIP  UINT64_C(0x401ffe) /* two bytes before the end of a page */
#define HERE UINT64_C(0x401000)
#define ROOT UINT64_C(0x700001e)
#define HOME UINT64_C(0x100001e)
#define GOES 5 /* a visible view */
#define CALM 9

static uint64_t list[ALTP2M_ENTRIES], rip, cs_rights;
static struct altp2m_vcpu altp2m;
static struct boot_info boot;
static struct domain domain = {.boot = &boot};
static struct vcpu vcpu;
static uint8_t code[16], memory[4096];
static unsigned int code_length, refuses; /* a bit for each page of the instruction */
static unsigned int skipped, refused, forgotten;
static uint64_t loaded;

/* Its calls into the hypervisor. */

uint64_t guest_get(const struct vcpu *v, enum guest_state state)
{
    (void)v;
    return state == GUEST_RIP ? rip : state == GUEST_CS_RIGHTS ? cs_rights : 0;
}

unsigned int guest_code_anyhow(struct vcpu *v, uint8_t *to, unsigned int most, unsigned int *bits)
{
    unsigned int count = code_length < most ? code_length : most;

    (void)v;
    memcpy(to, code, count);
    *bits = 64;
    return count;
}

uint64_t guest_code_address(const struct vcpu *v, unsigned int offset)
{
    (void)v;
    return rip + offset;
}

const uint8_t *guest_page_fetch(struct vcpu *v, uint64_t page, struct guest_path *path)
{
    (void)v, (void)path;
    return refuses >> (page != HERE) & 1 ? NULL : memory;
}

void event_skip(struct vcpu *v, uint64_t length)
{
    (void)v;
    skipped += (unsigned int)length;
}

void vendor_set_eptp(struct vcpu *v, uint64_t eptp)
{
    (void)v;
    loaded = eptp;
}

void vendor_note_view(struct vcpu *v, unsigned int view)
{
    (void)v;
    assert_int_equal(view, altp2m.view);
}

void vcpu_forget_others(struct vcpu *v)
{
    v->cache.others_stale = false;
}

void blocking_forget_trap(struct vcpu *v)
{
    (void)v;
    forgotten++;
}

void monitor_vmfunc_refused(struct vcpu *v)
{
    (void)v;
    refused++;
}

bool monitor_decides_vmfunc(struct vcpu *v, uint32_t function)
{
    (void)v;
    refused += !function;
    return false;
}

/* A vCPU at a VMFUNC to a visible view. */
static void set_up(void)
{
    static const uint8_t vmfunc[] = {0x0f, 0x01, 0xd4};

    memset(list, 0xff, sizeof(list));
    list[GOES] = ROOT;
    altp2m = (struct altp2m_vcpu){.visible_list = list, .vmfunc = true};
    memset(&vcpu, 0, sizeof(vcpu));
    vcpu.domain = &domain;
    vcpu.altp2m = &altp2m;
    vcpu.eptp = HOME;
    vcpu.calm = CALM;
    vcpu.registers.rcx = GOES;
    memcpy(code, vmfunc, sizeof(vmfunc));
    code_length = sizeof(vmfunc);
    rip = RIP;
    cs_rights = RIGHTS_LONG;
    refuses = skipped = refused = forgotten = 0;
    loaded = 0;
}

static void check_went(unsigned int length)
{
    assert_int_equal(altp2m.view, GOES);
    assert_int_equal(loaded, ROOT);
    assert_int_equal(vcpu.eptp, ROOT);
    assert_int_equal(skipped, length);
    assert_int_equal(refused, 0);
}

static void check_stayed(unsigned int told)
{
    assert_int_equal(altp2m.view, 0);
    assert_int_equal(loaded, 0);
    assert_int_equal(vcpu.eptp, HOME);
    assert_int_equal(refused, told);
}

static void goes(void **state)
{
    (void)state;
    set_up();
    vcpu.cache.others_stale = true;
    assert_true(vmfunc_serve(&vcpu));
    check_went(3);
    assert_false(vcpu.cache.others_stale);
    set_up();
    memmove(code + 1, code, 3);
    code[0] = 0x2e;
    code_length = 4;
    assert_true(vmfunc_serve(&vcpu));
    check_went(4);
}

/* Refused and reported; or not an instruction that altview serves. */
static void stays(void **state)
{
    (void)state;
    set_up();
    vcpu.registers.rcx = GOES + 1;
    assert_true(vmfunc_serve(&vcpu));
    check_stayed(1);
    set_up();
    vcpu.registers.rax = 1;
    assert_true(vmfunc_serve(&vcpu));
    check_stayed(1);
    set_up();
    vcpu.registers.rcx = ALTP2M_ENTRIES + GOES;
    assert_true(vmfunc_serve(&vcpu));
    check_stayed(1);
    set_up();
    vcpu.registers.rax = 64;
    assert_false(vmfunc_serve(&vcpu));
    check_stayed(0);
    set_up();
    altp2m.vmfunc = false;
    assert_false(vmfunc_serve(&vcpu));
    check_stayed(0);
    set_up();
    code[2] = 0xd3;
    assert_false(vmfunc_serve(&vcpu));
    check_stayed(0);
    set_up();
    code_length = 2;
    assert_false(vmfunc_serve(&vcpu));
    check_stayed(0);
}

/* The violation comes first: the CPU must meet it, in either page. */
static void the_view_refuses(void **state)
{
    (void)state;
    for (unsigned int pages = 1; pages < 4; pages++) {
        set_up();
        refuses = pages;
        assert_true(vmfunc_serve(&vcpu));
        check_stayed(0);
        assert_int_equal(skipped, 0);
        assert_int_equal(forgotten, 1);
    }
    set_up();
    refuses = 2; /* a page without a byte of it */
    rip = RIP - 1;
    assert_true(vmfunc_serve(&vcpu));
    check_went(3);
}

/* A step had a loan of a page that the view refuses, and may have run other code. */
static void a_step_has_met_it(void **state)
{
    (void)state;
    set_up();
    refuses = 3;
    vmfunc_look(&vcpu);
    memset(code, 0x90, sizeof(code));
    assert_true(vmfunc_serve(&vcpu));
    check_went(3);
    set_up();
    code[2] = 0xd3;
    vmfunc_look(&vcpu);
    code[2] = 0xd4;
    assert_false(vmfunc_serve(&vcpu));
    check_stayed(0);
}

/* A kept walk to the instruction, which now lies within the page. */
static void keep_path(void)
{
    struct guest_path *path = &vcpu.code_paths[(HERE / 4096 + altp2m.view) % CODE_PATHS];

    rip = RIP - 1;
    memcpy(memory + rip % 4096, code, 3);
    for (unsigned int i = 0; i < WALK_LEVELS; i++)
        path->entries[i] = &path->values[i];
    path->page = HERE;
    path->host = memory;
}

static void set_up_short(void)
{
    set_up();
    keep_path();
}

static void long_way(void)
{
    assert_false(vmfunc_try(&vcpu));
    check_stayed(0);
    assert_int_equal(skipped, 0);
    assert_int_equal(vcpu.calm, CALM);
    assert_false(vcpu.in_guest);
}

static void short_way(void **state)
{
    (void)state;
    set_up_short();
    assert_true(vmfunc_try(&vcpu));
    check_went(3);
    assert_true(vcpu.in_guest);
    assert_int_equal(vcpu.calm, CALM - 1);
    set_up_short();
    vcpu.attention = true;
    long_way();
    set_up_short();
    altp2m.vmfunc = false;
    long_way();
    set_up_short();
    vcpu.registers.rcx = GOES + 1;
    long_way();
    set_up_short();
    vcpu.registers.rax = 1;
    long_way();
    set_up_short();
    vcpu.cache.others_stale = true;
    long_way();
    set_up_short();
    cs_rights = 0;
    long_way();
    set_up_short();
    memory[rip % 4096] = 0x90;
    long_way();
    set_up_short();
    vcpu.cache.stamp++; /* flushed since */
    long_way();
    set_up_short();
    rip = RIP; /* across the page's end */
    long_way();
    set_up_short();
    vcpu.calm = 1;
    assert_false(vmfunc_try(&vcpu));
    check_stayed(0);
}

static void by_hypercall(void **state)
{
    (void)state;
    set_up();
    vcpu.registers.rax = ALTVIEW_HYPERCALL_switch;
    assert_true(vmfunc_is_call(&vcpu));
    assert_true(vmfunc_try_call(&vcpu));
    check_went(3);
    assert_int_equal(vcpu.registers.rax, 0);
    set_up();
    vcpu.registers.rcx = GOES + 1;
    assert_false(vmfunc_try_call(&vcpu));
    assert_false(vcpu.in_guest);
    vmfunc_serve_call(&vcpu);
    check_stayed(1);
    assert_int_equal(vcpu.registers.rax, (uint64_t)-XEN_EINVAL);
    set_up();
    cs_rights = 0;
    altp2m.vmfunc = false;
    vmfunc_serve_call(&vcpu);
    check_stayed(0);
    assert_int_equal(vcpu.registers.rax, (uint32_t)-XEN_EOPNOTSUPP);
    set_up();
    vmfunc_serve_call(&vcpu);
    check_went(3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes),
        cmocka_unit_test(stays),
        cmocka_unit_test(the_view_refuses),
        cmocka_unit_test(a_step_has_met_it),
        cmocka_unit_test(short_way),
        cmocka_unit_test(by_hypercall),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
