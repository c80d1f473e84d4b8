/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In external and limited mode the guest can't return, replace or cover a page that any view keeps
 * from it. It can still do so with a page that no view keeps. It also can't name a kept page as the
 * destination of #VE information.
 */
#include "check.h"
#include "stories.h"

#include <errno.h>
#include <string.h>

#define VALUE     0x1eaf
#define CODE_PAGE 14
#define ARGUMENTS 15

/* Xen's numbers (<xen/xen.h>, <xen/memory.h>, <xen/hvm/hvm_op.h>). */
#define MEMORY_OP         12
#define HVM_OP            34
#define HVMOP_ALTP2M      25
#define DECREASE          1
#define POPULATE          6
#define ADD_TO_PHYSMAP    7
#define SELF              0x7ff0
#define ENABLE_NOTIFY     3
#define INTERFACE_VERSION 1

struct reservation {
    uint64_t extents, count;
    uint32_t order, flags;
    uint64_t domain, extent;
};

struct add_to_physmap {
    uint16_t domain, size;
    uint32_t space;
    uint64_t index, gfn;
};

struct enable_notify {
    uint32_t version, command;
    uint16_t domain, pad1;
    uint32_t pad2, vcpu, pad;
    uint64_t gfn, rest[6];
};

static uint8_t *append(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

/* mov $operation, %rdi; mov $arguments, %rsi; mov $number, %eax; vmcall; ret */
static void put_code(struct guest *g, uint32_t number, uint64_t operation)
{
    uint64_t arguments = guest_address(g, ARGUMENTS);
    uint8_t code[29], *at = code;

    at = append(at, "\x48\xbf", 2);
    at = append(at, &operation, sizeof(operation));
    at = append(at, "\x48\xbe", 2);
    at = append(at, &arguments, sizeof(arguments));
    at = append(at, "\xb8", 1);
    at = append(at, &number, sizeof(number));
    append(at, "\x0f\x01\xc1\xc3", 4);
    guest_put_bytes(g, guest_address(g, CODE_PAGE), code, sizeof(code));
}

static void expect(struct guest *g, const char *what, long expected, uint32_t number,
                   uint64_t operation)
{
    put_code(g, number, operation);
    guest_do(g, MAILBOX_CALL, guest_address(g, CODE_PAGE), 0, 0);
    guest_check_result(g, what, (uint64_t)expected);
}

static void change(struct guest *g, const char *what, long expected, uint64_t operation,
                   unsigned int page)
{
    struct reservation r = {
        .extents = guest_address(g, ARGUMENTS) + offsetof(struct reservation, extent),
        .count = 1,
        .domain = SELF,
        .extent = guest_gfn(g, page),
    };

    guest_put_bytes(g, guest_address(g, ARGUMENTS), &r, sizeof(r));
    expect(g, what, expected, MEMORY_OP, operation);
}

static void cover(struct guest *g, const char *what, long expected, unsigned int page)
{
    struct add_to_physmap a = {.domain = SELF, .gfn = guest_gfn(g, page)};

    guest_put_bytes(g, guest_address(g, ARGUMENTS), &a, sizeof(a));
    expect(g, what, expected, MEMORY_OP, ADD_TO_PHYSMAP);
}

static void give_and_take(struct guest *g, const char *what, unsigned int page)
{
    static const uint8_t zeros[PAGE_SIZE];

    note("%s", what);
    change(g, "a page that no view restricts is given back", 1, DECREASE, page);
    change(g, "and taken", 1, POPULATE, page);
    guest_expect_bytes(g, guest_address(g, page), zeros, PAGE_SIZE);
}

static void check_refused(struct guest *g, const char *what, unsigned int page)
{
    note("%s", what);
    change(g, "a page that a view restricts is not given back", -EPERM, DECREASE, page);
    change(g, "nor taken anew", -EPERM, POPULATE, page);
    cover(g, "nor covered with shared_info", -EPERM, page);
    guest_do(g, MAILBOX_READ, guest_address(g, page), 0, 0);
    guest_check_result(g, "it holds what it held", VALUE);
}

/* In a view that the guest is not in. */
static void check_accesses(struct guest *g, unsigned int view)
{
    static const enum access accesses[] = {ACCESS_N, ACCESS_R, ACCESS_RW, ACCESS_RX, ACCESS_X};

    for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
        guest_restrict(g, view, 0, accesses[i]);
        check_refused(g, "restricted", 0);
    }
    guest_restrict(g, view, 0, ACCESS_RWX);
}

static void check_default(struct guest *g)
{
    unsigned int view;

    need("a view is made in which all is restricted",
         altview_create_view(g->handle, ACCESS_RX, &view));
    check_refused(g, "by the default", 0);
    need("it is destroyed", altview_destroy_view(g->handle, view));
}

void story_balloon(struct guest *g)
{
    unsigned int view;

    need("a view is made", altview_create_view(g->handle, ACCESS_RWX, &view));
    guest_put(g, guest_address(g, 0), VALUE);
    change(g, "there is a page to be taken", 1, DECREASE, 2);
    check_accesses(g, view);
    need("a page is remapped", altview_remap(g->handle, view, guest_gfn(g, 0), guest_gfn(g, 1)));
    check_refused(g, "remapped", 0);
    give_and_take(g, "what is shown there", 1);
    need("the remap is undone", altview_remap(g->handle, view, guest_gfn(g, 0), ALTVIEW_NO_GFN));
    check_default(g);
    give_and_take(g, "once nothing restricts it", 0);
    change(g, "the first page comes back", 1, POPULATE, 2);
    need("the view is destroyed", altview_destroy_view(g->handle, view));
}

/* Here the guest may turn #VE on. Its current view decides: the CPU's writes count as the guest's
 * own. */
void story_limited(struct guest *g)
{
    struct enable_notify enable = {
        .version = INTERFACE_VERSION,
        .command = ENABLE_NOTIFY,
        .domain = SELF,
        .gfn = guest_gfn(g, 3),
    };

    story_balloon(g);
    guest_restrict(g, 0, 3, ACCESS_R);
    guest_put_bytes(g, guest_address(g, ARGUMENTS), &enable, sizeof(enable));
    expect(g, "a page that the view restricts is not for #VE", -EPERM, HVM_OP, HVMOP_ALTP2M);
    guest_restrict(g, 0, 3, ACCESS_RWX);
    expect(g, "one that it does not restrict is", 0, HVM_OP, HVMOP_ALTP2M);
}
