/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: caller ADDRESS: calls a function of the kernel, the one at ADDRESS, when it is told to,
 * and reads the kernel's code there. The function is ksys_lseek(fd, offset, whence): the offset
 * differs from call to call, and comes back as the result. Orders come from outside, in a word of
 * memory whose physical address the program prints.
 */
#include "system.h"

#include <elf.h>
#include <stdbool.h>

#define PAGE         4096
#define KNOWN_FRAME  ((UINT64_C(1) << 55) - 1) /* of an entry of /proc/self/pagemap */
#define MOST_HEADERS 64                        /* of /proc/kcore */

/* Commands are in the low byte, and the count above it. */
enum order { ORDER_NONE, ORDER_CALL, ORDER_READ, ORDER_END };

static volatile uint64_t order __attribute__((aligned(PAGE))) = ORDER_NONE;
static uint8_t page[PAGE];

static int open_file(const char *path)
{
    return (int)system_call(SYS_open, (long)path, 0, 0);
}

/* Not by lseek, because the program counts its calls. */
static bool read_at(int file, void *to, size_t size, uint64_t from)
{
    return system_call6(SYS_pread64, file, (long)to, (long)size, (long)from, 0, 0) == (long)size;
}

static void put(const char *name, uint64_t value)
{
    put_text(name);
    put_decimal(value);
}

/* Linux: Documentation/admin-guide/mm/pagemap.rst. 0: not known. */
static uint64_t physical(const volatile void *at)
{
    int map = open_file("/proc/self/pagemap");
    uint64_t entry = 0;

    system_call(SYS_mlock, (long)at, PAGE, 0);
    if (!read_at(map, &entry, sizeof(entry), (uintptr_t)at / PAGE * sizeof(entry))) {
        return 0;
    }
    system_call(SYS_close, map, 0, 0);
    return (entry & KNOWN_FRAME) * PAGE;
}

/* Where in /proc/kcore, an ELF file of the kernel's memory, the byte at that address is, or 0. */
static uint64_t place_in(int core, uint64_t address)
{
    static Elf64_Phdr headers[MOST_HEADERS];
    Elf64_Ehdr file = {0};

    if (!read_at(core, &file, sizeof(file), 0) || file.e_phnum > MOST_HEADERS ||
        !read_at(core, headers, file.e_phnum * sizeof(headers[0]), file.e_phoff)) {
        return 0;
    }
    for (unsigned int i = 0; i < file.e_phnum; i++) {
        uint64_t offset = address - headers[i].p_vaddr;

        if (headers[i].p_type == PT_LOAD && offset < headers[i].p_memsz) {
            return headers[i].p_offset + offset;
        }
    }
    return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t checksum(void)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof(page); i++) {
        sum = (sum ^ page[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

static void read_code(uint64_t function)
{
    int core = open_file("/proc/kcore");
    uint64_t from = place_in(core, function & ~(uint64_t)(PAGE - 1));

    if (!from || !read_at(core, page, sizeof(page), from)) {
        put_text("caller: /proc/kcore can't be read\n");
        return;
    }
    system_call(SYS_close, core, 0, 0);
    put_text("caller: page checksum=");
    put_hex(checksum());
    put_text(" entry=");
    put_hex(page[function % PAGE]);
    put_text("\n");
}

static void call(int file, uint64_t count)
{
    uint64_t right = 0, began = time_stamp();

    for (uint64_t i = 1; i <= count; i++) {
        right += system_call(SYS_lseek, file, (long)i, 0) == (long)i;
    }
    began = time_stamp() - began;
    put("caller: calls=", count);
    put(" right=", right);
    put(" ticks=", began);
    put_text("\n");
}

static uint64_t parse_hex(const char *text)
{
    uint64_t value = 0;

    for (; *text; text++) {
        value = value << 4 | (unsigned int)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
    }
    return value;
}

static uint64_t next_order(void)
{
    uint64_t now;

    while (!(now = order)) {
        __asm__ volatile("pause");
    }
    order = ORDER_NONE; /* before the output that allows the next order */
    return now;
}

int program(char **arguments)
{
    uint64_t function = arguments[1] ? parse_hex(arguments[1]) : 0;
    int file = open_file("/files/1");

    put_text("caller: function=0x");
    put_hex(function);
    put_text(" order=0x");
    put_hex(physical(&order));
    put_text("\n");
    for (;;) {
        uint64_t now = next_order();

        switch (now & 0xff) {
        case ORDER_CALL:
            call(file, now >> 8);
            break;
        case ORDER_READ:
            read_code(function);
            break;
        default:
            return 0;
        }
    }
}
