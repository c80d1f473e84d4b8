/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface between a monitor outside and this guest: a page of guest memory whose address the
 * guest prints, "mailbox: 0x...". The monitor fills in command and arguments, then adds one to
 * `order`; the guest carries it out, fills in the results, then copies `order` to `done`.
 */
#ifndef MONITORED_MAILBOX_H
#define MONITORED_MAILBOX_H

#include <stdint.h>

#define MAILBOX_AREA_PAGES 16
#define MAILBOX_NO_TRAP    (-1)
#define MAILBOX_FAULT      0x10000

enum mailbox_command {
    MAILBOX_READ,        /* address -> 8 bytes, by MAILBOX_READ_CODE */
    MAILBOX_WRITE,       /* address, 8 bytes; by MAILBOX_WRITE_CODE */
    MAILBOX_READ_MANY,   /* address, count: as often in a row -> the last 8 bytes */
    MAILBOX_MOVE,        /* to, from: 8 bytes from memory to memory in one instruction, MOVSQ */
    MAILBOX_COPY,        /* to, from, count: by one REP MOVSB */
    MAILBOX_CALL,        /* address of a function -> what it returns */
    MAILBOX_VMFUNC,      /* EAX, ECX */
    MAILBOX_USER_VMFUNC, /* EAX, ECX; the same from ring 3 */
    MAILBOX_USER_READ,   /* address: from ring 3 -> 0, or MAILBOX_FAULT with the #PF's error code */
    MAILBOX_CPUID,       /* count: as often in a row */
    MAILBOX_HYPERCALL,   /* count: as often in a row -> Xen's version */
    MAILBOX_SLEEP,       /* HLT with interrupts on, and none to come */
    MAILBOX_IDLE,        /* address: HLT and timer interrupts in turn, until there is not 0 */
    MAILBOX_TRACE,       /* address of a function, RSI, RDI: with TF and IF -> see below */
    MAILBOX_TRAPS,       /* address of a function, flags to set in RFLAGS -> the same */
    MAILBOX_NAP,         /* address of a function, timer on -> has it ticked before that returns */
    MAILBOX_LOW_VECTOR,  /* address of a function, vector: sent -> how often it came in that */
    MAILBOX_UPCALL,      /* address of a function, another: Xen's timer set; upcalls add 1 there */
    MAILBOX_IN_NMI,      /* another command, two arguments: in an NMI's handler */
    MAILBOX_CHECKSUM,    /* address, size -> mailbox_checksum */
    MAILBOX_END,         /* SHUTDOWN_* reason, address: says what 8 bytes it read there, and ends */
    MAILBOX_COMMANDS     /* one more than the last */
};

/* Address in RSI, value in RAX; address in RDI, value in RAX. */
#define MAILBOX_READ_CODE  0x48, 0x8b, 0x06 /* mov (%rsi), %rax */
#define MAILBOX_WRITE_CODE 0x48, 0x89, 0x07 /* mov %rax, (%rdi) */

/*
 * MAILBOX_TRACE: the traps in the page that the function is in, which must come in the order of its
 * instructions: how many in the high half; in the low one bit N for one at byte N, bit 31 for all
 * that are out of order. After MAILBOX_TRACE_MOST of them it goes on without. Recorded are #DB,
 * #BP, the #UD of an UD2, and the interrupt MAILBOX_VECTOR; bit 30 says that a frame of another
 * than #DB has shown TF. Each time a byte of the function is read.
 */
#define MAILBOX_VECTOR     0x81
#define MAILBOX_TRACE_MOST 64

struct mailbox {
    uint32_t order, done;
    uint64_t turns; /* counts while the guest waits for an order */
    uint64_t area;  /* physical and virtual address of MAILBOX_AREA_PAGES zeroed pages to use */
    uint32_t command, pad;
    uint64_t arguments[3];
    uint64_t result;
    int32_t vector; /* the exception that ended the command, or MAILBOX_NO_TRAP */
    uint32_t error_code;
    uint64_t cr2, ip; /* of that exception */
    uint64_t tsc;     /* ticks the command took */
};

/* FNV-1a, 64 bits. */
static inline uint64_t mailbox_checksum(const void *at, uint64_t size)
{
    const uint8_t *bytes = (const uint8_t *)at;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (uint64_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
    return sum;
}

/* The guest's, by enum mailbox_command; each may end in an exception. */
typedef uint64_t mailbox_handler(const uint64_t *arguments);
extern mailbox_handler *const mailbox_handlers[MAILBOX_COMMANDS];

#endif
