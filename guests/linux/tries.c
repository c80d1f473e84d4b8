/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to the vault's secret: the vault's own, and others. */
#include "system.h"
#include "vault.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

#define CROSSINGS 5000

static uint8_t *secret_of(const struct vault *v)
{
    return v->pages + VAULT_SECRET * VAULT_PAGE_SIZE;
}

/* The result of a try. */
static int judge(const struct vault *v, const uint8_t *page)
{
    uint8_t any = 0;

    if (vault_checksum(page) == v->checksum) {
        return TRY_SUCCEEDS;
    }
    for (unsigned int i = 0; i < VAULT_PAGE_SIZE; i++) {
        any |= page[i];
    }
    return any ? TRY_READS_OTHER : TRY_READS_ZEROS;
}

static int result_of(const struct vault *v, long got, const uint8_t *page)
{
    return got < 0 ? (int)got : judge(v, page);
}

static int read_it(const struct vault *v)
{
    return judge(v, secret_of(v));
}

/* With the current content, so that nothing is lost if it succeeds. */
static int write_it(const struct vault *v)
{
    *(volatile uint8_t *)secret_of(v) = 'w';
    return TRY_SUCCEEDS;
}

static int read_inside(const struct vault *v)
{
    return *(volatile uint8_t *)(v->pages + VAULT_INSIDE * VAULT_PAGE_SIZE) ? TRY_SUCCEEDS
                                                                            : TRY_READS_ZEROS;
}

/* The kernel reads it for the program. */
static int through_write(const struct vault *v)
{
    int ends[2] = {0, 0};
    long got = system_call(SYS_pipe, (long)ends, 0, 0);

    got = got < 0 ? got : system_call(SYS_write, ends[1], (long)secret_of(v), VAULT_PAGE_SIZE);
    return got < 0 ? (int)got : TRY_SUCCEEDS;
}

/* Another process, which is root, makes the kernel read it. */
static int through_process(const struct vault *v)
{
    static uint8_t page[VAULT_PAGE_SIZE];
    struct iovec to = {page, sizeof(page)}, from = {secret_of(v), sizeof(page)};
    long parent = system_call(SYS_getppid, 0, 0, 0);

    return result_of(v, system_call6(SYS_process_vm_readv, parent, (long)&to, 1, (long)&from, 1, 0),
                     page);
}

static int read_file_at(const struct vault *v, const char *name, uint64_t offset)
{
    static uint8_t page[VAULT_PAGE_SIZE];
    long file = system_call(SYS_open, (long)name, O_RDONLY, 0);

    if (file < 0) {
        return (int)file;
    }
    return result_of(
        v, system_call6(SYS_pread64, file, (long)page, sizeof(page), (long)offset, 0, 0), page);
}

static int through_dev_mem(const struct vault *v)
{
    return read_file_at(v, "/dev/mem", v->gfns[VAULT_SECRET] * VAULT_PAGE_SIZE);
}

/* The place of a physical address in /proc/kcore: in the kernel's map of all memory. */
static uint64_t kcore_offset(const uint8_t *headers, uint64_t physical)
{
    const Elf64_Ehdr *elf = (const Elf64_Ehdr *)headers;
    const Elf64_Phdr *part = (const Elf64_Phdr *)(headers + elf->e_phoff);

    for (unsigned int i = 0; i < elf->e_phnum; i++) {
        if (part[i].p_type == PT_LOAD && part[i].p_paddr <= physical &&
            physical - part[i].p_paddr < part[i].p_memsz) {
            return part[i].p_offset + (physical - part[i].p_paddr);
        }
    }
    return 0;
}

static int through_kcore(const struct vault *v)
{
    static _Alignas(8) uint8_t headers[VAULT_PAGE_SIZE];
    long file = system_call(SYS_open, (long)"/proc/kcore", O_RDONLY, 0);
    uint64_t offset;

    if (file < 0) {
        return (int)file;
    }
    system_call6(SYS_pread64, file, (long)headers, sizeof(headers), 0, 0, 0);
    offset = kcore_offset(headers, v->gfns[VAULT_SECRET] * VAULT_PAGE_SIZE);
    return offset ? read_file_at(v, "/proc/kcore", offset) : -ENOENT;
}

static int cross(const struct vault *v)
{
    uint64_t interrupted = 0;

    return vault_cross(v, &interrupted) == v->checksum ? TRY_SUCCEEDS : TRY_READS_OTHER;
}

/* Often enough to be interrupted inside. */
static int cross_often(const struct vault *v)
{
    uint64_t interrupted = 0;

    for (unsigned int i = 0; i < CROSSINGS; i++) {
        if (vault_cross(v, &interrupted) != v->checksum) {
            return TRY_READS_OTHER;
        }
    }
    put_text("vault: interrupted ");
    put_decimal(interrupted);
    put_text("\n");
    return TRY_SUCCEEDS;
}

static void vmfunc(unsigned int view)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xd4" : : "a"(0), "c"(view) : "memory");
}

/* Into the vault's view, but not by the door. */
static int past_the_door(const struct vault *v)
{
    vmfunc(VIEW_VAULT);
    return judge(v, secret_of(v));
}

/* In view 0, which shows all memory. */
static int by_view_0(const struct vault *v)
{
    vmfunc(0);
    return judge(v, secret_of(v));
}

/* Nothing to do with the vault: does Linux still work? */
static int something_else(const struct vault *v)
{
    static const char *const arguments[] = {"sha256sum", "-s", "-c", "/files.sha256", NULL};
    static const char *const environment[] = {NULL};

    (void)v;
    system_call(SYS_chdir, (long)"/files", 0, 0);
    return (int)system_call(SYS_execve, (long)"/bin/busybox", (long)arguments, (long)environment);
}

const struct try tries[] = {
    {'r', "read", read_it},
    {'w', "write", write_it},
    {'i', "read the inside", read_inside},
    {'k', "write(2)", through_write},
    {'p', "process_vm_readv", through_process},
    {'m', "/dev/mem", through_dev_mem},
    {'c', "/proc/kcore", through_kcore},
    {'x', "cross", cross},
    {'X', "cross often", cross_often},
    {'v', "past the door", past_the_door},
    {'0', "by view 0", by_view_0},
    {'e', "something else", something_else},
};
const unsigned int try_count = sizeof(tries) / sizeof(tries[0]);
