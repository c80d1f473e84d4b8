/* SPDX-License-Identifier: BSD-2-Clause */
/* From ring 3: instructions that only the kernel may execute are refused, also if an exit comes
 * first. */
#include "hostile.h"
#include "user.h"

#define SKIPPED 0xdead

static unsigned int skip;

/* Go on after the refused instruction, and note that. */
static bool refuse(struct trap_frame *frame)
{
    frame->ax = SKIPPED;
    frame->ip += skip;
    return true;
}

static const struct {
    const char *name;
    uint8_t code[8]; /* ends with UD2 */
    unsigned int size;
    unsigned long cx;
} refused[] = {
    {"xsetbv", {0x0f, 0x01, 0xd1, 0x0f, 0x0b}, 3, 0},
    {"invd", {0x0f, 0x08, 0x0f, 0x0b}, 2, 0},
    {"wbinvd", {0x0f, 0x09, 0x0f, 0x0b}, 2, 0},
    {"rdmsr", {0x0f, 0x32, 0x0f, 0x0b}, 2, 0x1b},
    {"rdmsr.vmx", {0x0f, 0x32, 0x0f, 0x0b}, 2, 0x480},
    {"wrmsr", {0x0f, 0x30, 0x0f, 0x0b}, 2, 0x40000000},
    {"mov_cr0", {0x0f, 0x22, 0xc0, 0x0f, 0x0b}, 3, 0},
    {"mov_cr3", {0x0f, 0x22, 0xd8, 0x0f, 0x0b}, 3, 0},
    {"mov_cr4", {0x0f, 0x22, 0xe0, 0x0f, 0x0b}, 3, 0},
    {"hlt", {0xf4, 0x0f, 0x0b}, 1, 0},
    {"in", {0xec, 0x0f, 0x0b}, 1, 0},
    {"clts", {0x0f, 0x06, 0x0f, 0x0b}, 2, 0},
};

static void check_refused(void)
{
    trap_set_handler(TRAP_GP, refuse);
    cpu_write_cr4(cpu_read_cr4() | 0x40000); /* OSXSAVE, for XSETBV */
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        skip = refused[i].size;
        check_value(refused[i].name, SKIPPED, user_run(refused[i].code, 0x2f8, refused[i].cx).ax);
    }
    cpu_write_cr4(cpu_read_cr4() & ~0x40000UL);
    trap_set_handler(TRAP_GP, NULL);
}

static void check_hypercalls(void)
{
    static const uint8_t code[] = {0x0f, 0x01, 0xc1, 0x0f, 0x0b}; /* vmcall; ud2 */
    unsigned int refused_calls = 0;

    for (unsigned long number = 0; number < 64; number++)
        refused_calls += (long)user_run(code, number, 0).ax == -XEN_EPERM;
    check_value("hypercalls.refused", 64, refused_calls);
    check_result("hypercall.any_number", -XEN_EPERM, (long)user_run(code, ~0UL, ~0UL).ax);
}

/* VMX and similar instructions: #UD at the instruction, not at the UD2 after it. */
static void check_vmx(void)
{
    static const uint8_t codes[][6] = {
        {0x0f, 0x01, 0xc2, 0x0f, 0x0b},       /* vmlaunch */
        {0x0f, 0x01, 0xc3, 0x0f, 0x0b},       /* vmresume */
        {0x0f, 0x01, 0xc4, 0x0f, 0x0b},       /* vmxoff */
        {0x0f, 0xc7, 0x34, 0x24, 0x0f, 0x0b}, /* vmptrld (%rsp) */
        {0x0f, 0x78, 0x0c, 0x24, 0x0f, 0x0b}, /* vmread %rcx, (%rsp) */
        {0x0f, 0x37, 0x0f, 0x0b},             /* getsec */
        {0x66, 0x0f, 0x01, 0xcf, 0x0f, 0x0b}, /* seamcall */
        {0x66, 0x0f, 0x01, 0xcc, 0x0f, 0x0b}, /* tdcall */
    };

    for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        check_value(check_name("vmx.%u", i), (uintptr_t)codes[i], user_run(codes[i], 0, 0).ip);
}

/* VMFUNC works from ring 3, as on every CPU: docs/design/security.md says what follows. */
static void check_vmfunc(void)
{
    static const uint8_t code[] = {0x0f, 0x01, 0xd4, 0x0f, 0x0b};
    uint16_t view = 0, now = 0;

    if (world.mode != MODE_MIXED)
        return;
    altp2m_set_state(1);
    altview_set_vmfunc(0, 1);
    altp2m_create(XENMEM_access_rwx, &view);
    check_value("vmfunc", (uintptr_t)code + 3, user_run(code, 0, view).ip);
    altp2m_get_index(0, &now);
    check_value("vmfunc.is_there", view, now);
    altp2m_set_visibility(0, 0);
    check_value("vmfunc.hidden", (uintptr_t)code, user_run(code, 0, 0).ip);
    check_value("vmfunc.leaf", (uintptr_t)code, user_run(code, 1, 0).ip);
    altp2m_set_state(0);
}

void attack_user(void)
{
    user_enter();
    check_refused();
    check_hypercalls();
    check_vmx();
    check_vmfunc();
    user_leave();
}
