/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs across the end of 4 GiB in 32-bit code. The last instruction before it touches a hole, so
 * that the hypervisor single-steps it and must go on at 0.
 */
#include "console.h"
#include "memory.h"
#include "reservation.h"
#include "runtime.h"
#include "string.h"

#define TOP          0xffc00000U /* the last large page, */
#define TOP_PHYSICAL 0x8000000U  /* and the page shown there: unused RAM */
#define LARGE_PAGE   0x83U

static const uint8_t store[] = {0x89, 0x03}; /* mov %eax, (%ebx) */
static const uint8_t leave[] = {0xff, 0xe1}; /* jmp *%ecx */

static void map_top(void)
{
    uint32_t *directory;

    __asm__ volatile("mov %%cr3, %0" : "=r"(directory));
    directory[TOP >> 22] = TOP_PHYSICAL | LARGE_PAGE;
    __asm__ volatile("mov %0, %%cr3" : : "r"(directory) : "memory");
}

unsigned int guest_main(void)
{
    volatile uint8_t *zero, *hole = memory_pages(1);

    __asm__("xor %0, %0" : "=r"(zero)); /* no null pointer to the compiler */
    reservation_give(memory_gfn(hole));
    map_top();
    for (unsigned int i = 0; i < sizeof(store); i++) {
        ((volatile uint8_t *)(uintptr_t) - sizeof(store))[i] = store[i];
        zero[i] = leave[i];
    }
    printf("about to run over the end\n");
    __asm__ volatile("mov $1f, %%ecx\n\t"
                     "jmp *%1\n"
                     "1:"
                     :
                     : "b"(hole), "r"(-sizeof(store))
                     : "ecx", "memory");
    printf("gone on at 0\n");
    return SHUTDOWN_poweroff;
}
