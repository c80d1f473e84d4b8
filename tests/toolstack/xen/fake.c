/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xencall.h>

#define BUFFERS_MAX 8

/* <xen/xen.h>, <xen/hvm/hvm_op.h>, <xen/memory.h>, <xen/version.h>, <xen/hvm/params.h> */
#define MEMORY_OP     12
#define XEN_VERSION   17
#define HVM_OP        34
#define GET_PARAM     1
#define ALTP2M        25
#define ACCESS_OP     21
#define ACCESS_MULTI  4
#define ALTP2M_STATE  1
#define ALTP2M_MULTI  9
#define PARAM_ALTP2M  35
#define MODE_EXTERNAL 2
#define VERSION_4_17  0x00040011
#define GARBAGE       0xa5

struct fake fake;

static struct {
    uint8_t *start;
    size_t size;
} buffers[BUFFERS_MAX];

void fake_reset(void)
{
    fake = (struct fake){.param_value = MODE_EXTERNAL};
}

uint64_t fake_get(const void *bytes, struct fake_field field)
{
    uint64_t value = 0;

    memcpy(&value, (const uint8_t *)bytes + field.offset, field.size);
    return value;
}

void fake_put(void *bytes, struct fake_field field)
{
    memcpy((uint8_t *)bytes + field.offset, &field.value, field.size);
}

xencall_handle *xencall_open(struct xentoollog_logger *logger, unsigned open_flags)
{
    (void)open_flags;
    if (!logger) {
        fake.fault = "a handle without a logger writes to stderr";
    }
    if (fake.open_error) {
        errno = fake.open_error;
        return NULL;
    }
    fake.handles++;
    return (xencall_handle *)&fake;
}

int xencall_close(xencall_handle *xcall)
{
    (void)xcall;
    fake.handles--;
    return 0;
}

/* Exactly as large as asked for, so that the sanitizer detects an access beyond it; and not
 * zeroed. */
void *xencall_alloc_buffer(xencall_handle *xcall, size_t size)
{
    unsigned int i = 0;

    (void)xcall;
    if (fake.out_of_buffers_in && !--fake.out_of_buffers_in) {
        errno = ENOMEM;
        return NULL;
    }
    while (buffers[i].start) {
        if (++i == BUFFERS_MAX) {
            fake.fault = "buffers are not given back";
            return NULL;
        }
    }
    buffers[i].start = malloc(size);
    buffers[i].size = size;
    memset(buffers[i].start, GARBAGE, size);
    fake.buffers++;
    return buffers[i].start;
}

void xencall_free_buffer(xencall_handle *xcall, void *p)
{
    (void)xcall;
    for (unsigned int i = 0; i < BUFFERS_MAX; i++) {
        if (buffers[i].start == p) {
            free(p);
            buffers[i].start = NULL;
            fake.buffers--;
            return;
        }
    }
    fake.fault = "freed what is no buffer";
}

/* Xen copies that many bytes from there. */
static int copy_in(void *to, uint64_t from, size_t size)
{
    for (unsigned int i = 0; i < BUFFERS_MAX; i++) {
        uintptr_t start = (uintptr_t)buffers[i].start;

        if (start && from >= start && from - start <= buffers[i].size &&
            size <= buffers[i].size - (from - start)) {
            memcpy(to, (const void *)(uintptr_t)from, size);
            return 0;
        }
    }
    fake.fault = "an address leads out of the hypercall buffers";
    return -EFAULT;
}

/* The two handles at `offset`, each 8 bytes. */
static int copy_lists(struct fake_call *call, unsigned int offset)
{
    const struct fake_field gfns = {offset, 8, 0}, accesses = {offset + 8, 8, 0};
    uint64_t from_gfns = fake_get(call->bytes, gfns);
    uint64_t from_accesses = fake_get(call->bytes, accesses);

    fake_put(call->bytes, gfns);
    fake_put(call->bytes, accesses);
    if (call->nr > FAKE_LIST_MAX) {
        fake.fault = "a list is longer than this fake takes";
        return -EINVAL;
    }
    return copy_in(call->gfns, from_gfns, call->nr * sizeof(uint64_t)) ||
                   copy_in(call->accesses, from_accesses, call->nr)
               ? -EFAULT
               : 0;
}

static int read_altp2m(struct fake_call *call, uint64_t address)
{
    call->size = FAKE_ALTP2M;
    if (copy_in(call->bytes, address, call->size)) {
        return -EFAULT;
    }
    fake.orders += call->bytes[4] != ALTP2M_STATE;
    if (fake_get(call->bytes, (struct fake_field){4, 4, 0}) != ALTP2M_MULTI) {
        return 0;
    }
    call->nr = (uint32_t)fake_get(call->bytes, (struct fake_field){20, 4, 0});
    return copy_lists(call, 32);
}

static int read_access(struct fake_call *call, uint64_t address)
{
    call->size = FAKE_ACCESS;
    if (copy_in(call->bytes, address, call->size)) {
        return -EFAULT;
    }
    fake.orders++;
    if (call->bytes[0] != ACCESS_MULTI) {
        return 0;
    }
    call->nr = (uint32_t)fake_get(call->bytes, (struct fake_field){4, 4, 0});
    return copy_lists(call, 16);
}

static int leave(uint64_t address)
{
    if (fake.error) {
        return -fake.error;
    }
    for (unsigned int i = 0; i < FAKE_FIELDS_MAX && fake.leaves[i].size; i++) {
        fake_put((void *)(uintptr_t)address, fake.leaves[i]);
    }
    return 0;
}

static int get_param(struct fake_call *call, uint64_t address)
{
    call->size = FAKE_PARAM;
    if (copy_in(call->bytes, address, call->size)) {
        return -EFAULT;
    }
    if (fake_get(call->bytes, (struct fake_field){0, 2, 0}) != FAKE_DOMAIN) {
        return -ESRCH;
    }
    if (fake_get(call->bytes, (struct fake_field){4, 4, 0}) != PARAM_ALTP2M) {
        return -EINVAL;
    }
    fake_put((void *)(uintptr_t)address, (struct fake_field){8, 8, (uint64_t)fake.param_value});
    return -fake.param_error;
}

static int serve(struct fake_call *call, uint64_t address)
{
    int rc;

    if (call->hypercall == XEN_VERSION && call->command == 0 && !address) {
        return VERSION_4_17;
    }
    if (call->hypercall == HVM_OP && call->command == GET_PARAM) {
        return get_param(call, address);
    }
    if (call->hypercall == HVM_OP && call->command == ALTP2M) {
        rc = read_altp2m(call, address);
    } else if (call->hypercall == MEMORY_OP && call->command == ACCESS_OP) {
        rc = read_access(call, address);
    } else {
        return -ENOSYS;
    }
    return rc ? rc : leave(address);
}

int xencall2(xencall_handle *xcall, unsigned int op, uint64_t arg1, uint64_t arg2)
{
    int rc;

    (void)xcall;
    fake.calls++;
    fake.last = (struct fake_call){.hypercall = op, .command = arg1};
    rc = serve(&fake.last, arg2);
    errno = rc < 0 ? -rc : errno;
    return rc < 0 ? -1 : rc;
}
