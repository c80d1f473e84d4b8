/* SPDX-License-Identifier: BSD-2-Clause */
#include "user.h"

#include "layout.h"
#include "memory.h"
#include "trap.h"

#define SELECTOR_USER_DATA 0x23
#define SELECTOR_USER_CODE 0x2b
#define SELECTOR_TASK      0x30

#define PTE_USER_LARGE 0x87 /* present, writable, user, large */
#define PTE_USER       0x07

/* Descriptors (SDM Vol. 3A 3.4.5, 8.2.3). */
#define CODE32    UINT64_C(0x00cf9b000000ffff)
#define DATA      UINT64_C(0x00cf93000000ffff)
#define CODE64    UINT64_C(0x00af9b000000ffff)
#define USER_DATA UINT64_C(0x00cff3000000ffff)
#define USER_CODE UINT64_C(0x00affb000000ffff)
#define TASK      UINT64_C(0x0000890000000067)

static uint64_t gdt[8];
static struct __attribute__((packed)) {
    uint32_t reserved;
    uint64_t rsp0;
    uint8_t rest[92];
} task;
static uint8_t kernel_stack[4096] __attribute__((aligned(16)));
static uint8_t user_stack[4096] __attribute__((aligned(16)));
static unsigned long kernel_ip, kernel_sp;
static uint64_t *root, old_root;
static struct user_end end;

static void load_segments(void)
{
    const struct __attribute__((packed)) {
        uint16_t limit;
        uint64_t base;
    } pointer = {sizeof(gdt) - 1, (uintptr_t)gdt};
    uint64_t base = (uintptr_t)&task;

    task.rsp0 = (uintptr_t)(kernel_stack + sizeof(kernel_stack));
    gdt[LAYOUT_CODE32 / 8] = CODE32;
    gdt[LAYOUT_DATA / 8] = DATA;
    gdt[LAYOUT_CODE64 / 8] = CODE64;
    gdt[SELECTOR_USER_DATA / 8] = USER_DATA;
    gdt[SELECTOR_USER_CODE / 8] = USER_CODE;
    gdt[SELECTOR_TASK / 8] = TASK | (base & 0xffffff) << 16 | (base >> 24) << 56;
    __asm__ volatile("lgdt %0; ltr %w1" : : "m"(pointer), "r"(SELECTOR_TASK) : "memory");
}

static void make_tables(void)
{
    uint64_t *second;

    root = memory_pages(2);
    second = root + 512;
    root[0] = (uintptr_t)second | PTE_USER;
    second[0] = PTE_USER_LARGE;
}

/* The user's #UD: go on in ring 0, behind user_run's IRET. */
static bool come_back(struct trap_frame *frame)
{
    unsigned long *stack = &frame->flags + 1; /* RSP, SS */

    end = (struct user_end){frame->ax, frame->ip};
    frame->ip = kernel_ip;
    frame->cs = LAYOUT_CODE64;
    stack[0] = kernel_sp;
    stack[1] = LAYOUT_DATA;
    return true;
}

void user_enter(void)
{
    if (!root) {
        load_segments();
        make_tables();
    }
    trap_set_handler(TRAP_UD, come_back);
    __asm__ volatile("mov %%cr3, %0\n\tmov %1, %%cr3" : "=&r"(old_root) : "r"(root) : "memory");
}

void user_leave(void)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(old_root) : "memory");
    trap_set_handler(TRAP_UD, NULL);
}

struct user_end user_run(const void *code, unsigned long ax, unsigned long cx)
{
    __asm__ volatile("push %%rbp; push %%rbx\n\t"
                     "mov %%rsp, %[kernel_sp]\n\t"
                     "lea 1f(%%rip), %%rdx; mov %%rdx, %[kernel_ip]\n\t"
                     "push %[ss]; push %[sp]; push $2; push %[cs]; push %[code]\n\t"
                     "iretq\n\t"
                     "1: pop %%rbx; pop %%rbp"
                     : [kernel_sp] "=m"(kernel_sp), [kernel_ip] "=m"(kernel_ip), "+a"(ax), "+c"(cx)
                     : [ss] "i"(SELECTOR_USER_DATA), [sp] "r"(user_stack + sizeof(user_stack)),
                       [cs] "i"(SELECTOR_USER_CODE), [code] "r"(code)
                     : "memory", "cc", "rdx", "rdi", "rsi");
    return end;
}
