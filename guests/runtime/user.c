/* SPDX-License-Identifier: BSD-2-Clause */
#include "user.h"

#include "layout.h"
#include "memory.h"
#include "percpu.h"
#include "sync.h"
#include "trap.h"

#define PTE_USER_LARGE 0x87 /* present, writable, user, large */
#define PTE_USER       0x07
#define LARGE_SHIFT    21 /* not every CPU has pages of 1 GiB */
#define ENTRIES        512
#define FLAGS_FIXED    2UL

static struct spinlock lock;
static uint64_t *root, old_root;

static void make_tables(void)
{
    uint64_t *first, *second, *third;

    spin_lock(&lock);
    if (!root) {
        first = memory_pages(3);
        second = first + ENTRIES;
        third = second + ENTRIES;
        first[0] = (uintptr_t)second | PTE_USER;
        second[0] = (uintptr_t)third | PTE_USER;
        for (uint64_t i = 0; i < ENTRIES; i++)
            third[i] = i << LARGE_SHIFT | PTE_USER_LARGE;
        __asm__ volatile("mov %%cr3, %0" : "=r"(old_root));
        root = first;
    }
    spin_unlock(&lock);
}

/* The user's exception: go on in ring 0, after user_run's IRET. Leave the kernel's to others. */
static bool come_back(struct trap_frame *frame)
{
    struct user_state *user = &percpu()->user;
    unsigned long *stack = &frame->flags + 1; /* RSP, SS */

    if (!(frame->cs & 3))
        return false;
    user->end = (struct user_end){frame->ax, frame->ip, frame->vector, frame->error_code};
    frame->ip = user->kernel_ip;
    frame->cs = LAYOUT_CODE64;
    frame->flags = FLAGS_FIXED;
    stack[0] = user->kernel_sp;
    stack[1] = LAYOUT_DATA;
    return true;
}

void user_enter(void)
{
    struct percpu *self = percpu();

    self->task.rsp0 = (uintptr_t)(self->user.kernel_stack + sizeof(self->user.kernel_stack));
    make_tables();
    trap_set_handler(TRAP_UD, come_back);
    trap_set_handler(TRAP_PF, come_back);
    __asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

void user_leave(void)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(old_root) : "memory");
}

struct user_end user_run_with(unsigned long flags, const void *code, unsigned long ax,
                              unsigned long cx)
{
    struct user_state *user = &percpu()->user;

    __asm__ volatile(
        "push %%rbp; push %%rbx\n\t"
        "mov %%rsp, %[kernel_sp]\n\t"
        "lea 1f(%%rip), %%rdx; mov %%rdx, %[kernel_ip]\n\t"
        "push %[ss]; push %[sp]; push %[flags]; push %[cs]; push %[code]\n\t"
        "iretq\n\t"
        "1: pop %%rbx; pop %%rbp"
        : [kernel_sp] "=m"(user->kernel_sp), [kernel_ip] "=m"(user->kernel_ip), "+a"(ax), "+c"(cx)
        : [ss] "i"(LAYOUT_USER_DATA), [sp] "r"(user->user_stack + sizeof(user->user_stack)),
          [flags] "r"(flags | FLAGS_FIXED), [cs] "i"(LAYOUT_USER_CODE), [code] "r"(code)
        : "memory", "cc", "rdx", "rdi", "rsi");
    return user->end;
}

struct user_end user_run(const void *code, unsigned long ax, unsigned long cx)
{
    return user_run_with(0, code, ax, cx);
}
