/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that follows the orders of a monitor outside: see mailbox.h. */
#include "console.h"
#include "cpu.h"
#include "mailbox.h"
#include "memory.h"
#include "runtime.h"
#include "trap.h"

static volatile struct mailbox *box;

/* The monitor writes its order before it increments `order`. */
static void wait_for_order(void)
{
    while (box->order == box->done)
        box->turns++;
}

struct job {
    uint32_t command;
    uint64_t arguments[3];
    uint64_t result;
};

static void carry_out(void *argument)
{
    struct job *job = argument;

    job->result = mailbox_handlers[job->command](job->arguments);
}

static void serve(void)
{
    struct job job = {.command = box->command % MAILBOX_COMMANDS};
    uint64_t start;
    struct trap trap;

    for (unsigned int i = 0; i < 3; i++)
        job.arguments[i] = box->arguments[i];
    start = cpu_read_tsc();
    trap = trap_try(carry_out, &job);
    box->tsc = cpu_read_tsc() - start;
    box->result = job.result;
    box->vector = trap.vector;
    box->error_code = (uint32_t)trap.error_code;
    box->cr2 = trap.address;
    box->ip = trap.ip;
}

unsigned int guest_main(void)
{
    box = memory_pages(1);
    box->area = (uintptr_t)memory_pages(MAILBOX_AREA_PAGES);
    printf("mailbox: %#lx\n", (unsigned long)(uintptr_t)box);
    for (;;) {
        wait_for_order();
        serve();
        box->done = box->order;
    }
}
