/* SPDX-License-Identifier: BSD-2-Clause */
#include "trap.h"

#include "console.h"
#include "cpu.h"
#include "layout.h"
#include "percpu.h"
#include "xen.h"

#define STUB_SIZE 16

/* trap_entry.S */
extern const char trap_stubs[], trap_unwind[];
unsigned long trap_call(void (*function)(void *), void *argument);
void trap_dispatch(struct trap_frame *frame);

/* SDM Vol. 3A 6.11 and 6.14.1: an interrupt gate. */
struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, attributes;
    uint16_t offset_middle;
#ifdef __x86_64__
    uint32_t offset_high, reserved;
#endif
};

static struct gate idt[TRAP_COUNT];
static trap_handler *handlers[TRAP_COUNT];

static struct gate make_gate(uintptr_t target)
{
    return (struct gate){
        .offset_low = (uint16_t)target,
#ifdef __x86_64__
        .selector = LAYOUT_CODE64,
        .offset_high = (uint32_t)(target >> 32),
#else
        .selector = LAYOUT_CODE32,
#endif
        .attributes = 0x8e,
        .offset_middle = (uint16_t)(target >> 16),
    };
}

void trap_init(void)
{
    for (unsigned int vector = 0; vector < TRAP_COUNT; vector++)
        idt[vector] = make_gate((uintptr_t)&trap_stubs[vector * STUB_SIZE]);
    trap_load();
}

void trap_load(void)
{
    cpu_load_idt(idt, sizeof(idt));
}

void trap_set_handler(unsigned int vector, trap_handler *handler)
{
    handlers[vector] = handler;
}

static void die(const struct trap_frame *frame)
{
    printf("guest: CPU %u: unexpected exception %s, error code %#lx, at %#lx, CR2 %#lx\n",
           percpu_number(), trap_name((int)frame->vector), frame->error_code, frame->ip,
           cpu_read_cr2());
    xen_shutdown(SHUTDOWN_crash);
}

void trap_dispatch(struct trap_frame *frame)
{
    trap_handler *handler = handlers[frame->vector];

    if (handler && handler(frame))
        return;
    if (!trap_expected())
        die(frame);
    percpu()->trap =
        (struct trap){(int)frame->vector, frame->error_code, cpu_read_cr2(), frame->ip};
    frame->ip = (uintptr_t)trap_unwind;
}

struct trap trap_try(void (*function)(void *), void *argument)
{
    if (trap_call(function, argument))
        return percpu()->trap;
    return (struct trap){.vector = TRAP_NONE};
}

bool trap_expected(void)
{
    return percpu()->unwind_stack != 0;
}

const char *trap_name(int vector)
{
    static const char names[TRAP_FREE][4] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "#09", "#TS",
        "#NP", "#SS", "#GP", "#PF", "#15", "#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
    };

    if (vector == TRAP_NONE)
        return "none";
    return vector < TRAP_FREE && names[vector][0] ? names[vector] : "#??";
}
