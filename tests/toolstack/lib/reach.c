/* SPDX-License-Identifier: BSD-2-Clause */
/* A run that hands out its memory, and one that hands out a wrong descriptor. */
#include "peer.h"

#include <altview/altview.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PAGE    4096U
#define PAGES   16U
#define COUNTER (3 * PAGE + 64)

/* The peer's reply, and the descriptors that it sends with it. */
static struct script {
    int status;
    struct altview_layout layout;
    size_t layout_size;
    int seals, size; /* of the file; size -1: a pipe's end, -2: nothing */
    int count;       /* descriptors that come with the reply */
    struct {
        struct altview_located head;
        struct altview_frames frames[2];
    } located;
    size_t located_size;
    unsigned int memory, locate, read, write; /* requests that came */
    bool moves;                               /* pages move whenever the library copies */
    bool full;                                /* the library has no room for a descriptor */
} script;

/* The library's own copies, which the linker redirects here (--wrap). */
static size_t most, copied; /* at a time, and in all */
ssize_t __real_pread64(int fd, void *to, size_t size, off_t at);
ssize_t __wrap_pread64(int fd, void *to, size_t size, off_t at);
ssize_t __real_pwrite64(int fd, const void *from, size_t size, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *from, size_t size, off_t at);
static int writable = -1; /* the file, for moving pages */

static void note_copy(size_t size)
{
    uint64_t generation = ++script.located.head.generation;

    most = size > most ? size : most;
    copied += size;
    CHECK(__real_pwrite64(writable, &generation, sizeof(generation), COUNTER) ==
          sizeof(generation));
}

ssize_t __wrap_pread64(int fd, void *to, size_t size, off_t at)
{
    ssize_t got = __real_pread64(fd, to, size, at);

    if (script.moves) {
        note_copy(size);
    }
    return got;
}

ssize_t __wrap_pwrite64(int fd, const void *from, size_t size, off_t at)
{
    ssize_t put = __real_pwrite64(fd, from, size, at);

    if (script.moves) {
        note_copy(size);
    }
    return put;
}

static const struct script good = {
    .layout = {.count = 1, .flags = 0, .pieces = {{.size = (uint64_t)PAGES * PAGE}}},
    .layout_size = sizeof(struct altview_layout),
    .seals = F_SEAL_SHRINK,
    .size = PAGES * PAGE,
    .count = 1,
    .located = {.head = {.generation = 5, .counter = COUNTER, .next = ALTVIEW_NO_GFN, .count = 1},
                .frames = {{.gfn = 8, .nr = 4, .mfn = 1}}},
    .located_size = sizeof(struct altview_located) + sizeof(struct altview_frames),
};

/* A file in which each byte of page n is n, and the counter's value is 5. */
static int make_file(void)
{
    uint64_t counter = 5;
    int fd, ends[2];

    if (script.size == -1) {
        CHECK(!pipe(ends));
        close(ends[1]);
        return ends[0];
    }
    fd = memfd_create("memory", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    CHECK(fd >= 0 && !ftruncate(fd, script.size));
    for (int i = 0; i < script.size / (int)PAGE; i++) {
        uint8_t page[PAGE];

        memset(page, i, sizeof(page));
        CHECK(__real_pwrite64(fd, page, sizeof(page), (off_t)i * PAGE) == PAGE);
    }
    CHECK(__real_pwrite64(fd, &counter, sizeof(counter), COUNTER) == sizeof(counter));
    CHECK(!script.seals || !fcntl(fd, F_ADD_SEALS, script.seals));
    return fd;
}

static int allow_files(rlim_t count)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

/* The reply's first byte goes ahead, with the descriptors: one with which no frame begins. */
static void pass(const struct peer *p)
{
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(2 * sizeof(int))];
    } control = {0};
    char byte = '\n';
    struct iovec part = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = CMSG_SPACE((size_t)script.count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&message);
    int fds[2] = {make_file(), make_file()};

    if (script.moves && writable < 0) {
        writable = dup(fds[0]);
    }
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN((size_t)script.count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, (size_t)script.count * sizeof(int));
    CHECK(!script.full || !allow_files(3));
    CHECK(sendmsg(p->fd, &message, MSG_NOSIGNAL) == 1);
    close(fds[0]);
    close(fds[1]);
}

static void give_memory(struct peer *p, const struct request *r)
{
    script.memory++;
    if (script.size != -2) {
        pass(p);
    }
    peer_reply(p, r, script.status, script.status ? NULL : &script.layout,
               script.status ? 0 : script.layout_size);
}

/* Bytes that no page of the file has. */
static void answer_read(struct peer *p, const struct request *r)
{
    const struct altview_memory *m = (const void *)r->payload;
    uint8_t bytes[ALTVIEW_MEMORY_MAX];

    script.read++;
    memset(bytes, 0xee, sizeof(bytes));
    peer_reply(p, r, 0, bytes, m->length);
}

/* The client asked for one page, and only the counter's place matters: there is no counter. */
static void answer_locate(struct peer *p, const struct request *r)
{
    struct altview_located none = script.located.head;

    script.locate++;
    none.count = 0;
    if (((const struct altview_locate *)(const void *)r->payload)->count == 1) {
        peer_reply(p, r, 0, &none, sizeof(none));
    } else {
        peer_reply(p, r, 0, &script.located, script.located_size);
    }
}

static void serve(struct peer *p)
{
    const struct altview_hello hello = {
        .version = ALTVIEW_CONTROL_VERSION, .vcpu_count = 1, .gfn_bits = 24, .software = "a test"};
    struct request r;

    p->fd = accept(peer_listener, NULL, NULL);
    CHECK(p->fd >= 0);
    while (peer_receive(p, &r)) {
        switch (r.frame.type) {
        case ALTVIEW_HELLO:
            peer_reply(p, &r, 0, &hello, sizeof(hello));
            break;
        case ALTVIEW_MEMORY:
            give_memory(p, &r);
            break;
        case ALTVIEW_LOCATE:
            answer_locate(p, &r);
            break;
        case ALTVIEW_READ:
            answer_read(p, &r);
            break;
        default:
            script.write += r.frame.type == ALTVIEW_WRITE;
            peer_reply(p, &r, 0, NULL, 0);
        }
    }
}

static altview *open_with(struct peer *p, const struct script *with)
{
    char where[80];
    altview *h;

    script = *with;
    snprintf(where, sizeof(where), "unix:%s", peer_path);
    peer_run(p, -1, serve);
    assert_int_equal(altview_open(where, 0, &h), 0);
    return h;
}

static void end(struct peer *p, altview *h)
{
    altview_close(h);
    peer_join(p);
}

static int map_four(altview *h, int prot, void **address)
{
    return altview_map(h, ALTVIEW_NO_VIEW, 8, 4, prot, address);
}

static void pages_are_where_it_says(void **state)
{
    const uint64_t *counter;
    struct peer p;
    altview *h = open_with(&p, &good);
    uint8_t *pages;

    (void)state;
    assert_int_equal(map_four(h, PROT_READ, (void **)&pages), 0);
    assert_int_equal(pages[0], 1);
    assert_int_equal(pages[3 * PAGE], 4);
    assert_int_equal(altview_unmap(h, pages, 4), 0);
    assert_int_equal(map_four(h, PROT_READ | PROT_WRITE, (void **)&pages), 0);
    pages[0] = 9;
    assert_int_equal(altview_unmap(h, pages, 4), 0);
    assert_int_equal(altview_generation(h, &counter), 0);
    assert_int_equal(*counter, 5);
    assert_int_equal(script.memory, 2); /* one for reading, and one for writing */
    end(&p, h);
}

/* One request asks for a large range. The library does not ask again for what it knows. */
static void reads_take_the_short_way(void **state)
{
    static uint8_t bytes[4 * PAGE - 8];
    struct peer p;
    altview *h = open_with(&p, &good);

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 8 * PAGE + 8, bytes, sizeof(bytes)), 0);
        assert_int_equal(bytes[0], 1);
        assert_int_equal(bytes[sizeof(bytes) - 1], 4);
    }
    assert_int_equal(script.locate, 1);
    assert_int_equal(script.read, 0);
    end(&p, h);
}

/* A single short read is not worth three requests; the next one is. */
static void one_short_read_is_a_request(void **state)
{
    struct peer p;
    altview *h = open_with(&p, &good);
    uint8_t byte;

    (void)state;
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 8 * PAGE, &byte, 1), 0);
    assert_int_equal(byte, 0xee);
    assert_int_equal(script.memory, 0);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 8 * PAGE, &byte, 1), 0);
    assert_int_equal(byte, 1);
    end(&p, h);
}

/* The library writes by request where CPUs would not notice a change of code that they execute. */
static void writes_take_it_where_code_follows(void **state)
{
    struct script with = good;
    struct peer p;
    altview *h = open_with(&p, &good);
    uint8_t byte = 7;

    (void)state;
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, 8 * PAGE, &byte, 1), 0);
    assert_int_equal(script.write, 1);
    end(&p, h);
    with.layout.flags = ALTVIEW_LAYOUT_EXECUTES;
    h = open_with(&p, &with);
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, 8 * PAGE, &byte, 1), 0);
    assert_int_equal(script.write, 0);
    end(&p, h);
}

/* The counter's value always differs from LOCATE's, so a request must end the read. */
static void pages_that_never_rest(void **state)
{
    static uint8_t bytes[4 * PAGE];
    struct script with = good;
    struct peer p;
    altview *h;

    (void)state;
    with.located.head.generation = 6;
    h = open_with(&p, &with);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 8 * PAGE, bytes, sizeof(bytes)), 0);
    assert_int_equal(bytes[0], 0xee);
    assert_int_equal(script.read, 4);
    assert_true(script.locate <= 3);
    end(&p, h);
}

/* If the guest's pages move all the time, a read costs only a few times as much. */
static void pages_that_move_whenever_it_copies(void **state)
{
    static uint8_t bytes[768 * PAGE];
    struct script with = good;
    struct peer p;
    altview *h;

    (void)state;
    with.moves = true;
    with.size = 1024 * PAGE;
    with.layout.pieces[0].size = 1024 * PAGE;
    with.layout.flags = ALTVIEW_LAYOUT_EXECUTES;
    with.located.frames[0] = (struct altview_frames){.gfn = 8, .nr = 768, .mfn = 4};
    h = open_with(&p, &with);
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 8 * PAGE, bytes, sizeof(bytes)), 0);
    assert_int_equal(bytes[sizeof(bytes) - 1], 0xee);
    assert_int_equal(script.read, 768);
    assert_in_range(copied, 1, 3 * sizeof(bytes));
    copied = 0;
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, 8 * PAGE, bytes, sizeof(bytes)), 0);
    assert_int_equal(script.write, 768);
    assert_in_range(copied, 1, sizeof(bytes));
    assert_int_equal(most, 1U << 20);
    close(writable);
    end(&p, h);
}

/* Whatever is wrong with the memory, the library maps nothing, does not crash, and reads by
 * request. */
static void assert_refused(const struct script *with, int want)
{
    static uint8_t bytes[4 * PAGE];
    void *untouched = &script, *address = untouched;
    struct peer p;
    altview *h = open_with(&p, with);

    for (int i = 0; i < 2; i++) { /* and the same again */
        assert_int_equal(map_four(h, PROT_READ, &address), want);
        assert_ptr_equal(address, untouched);
        if (want == -EPERM) {
            assert_non_null(strstr(altview_error(), "the run's own user"));
        }
    }
    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, 8 * PAGE, bytes, sizeof(bytes)), 0);
    assert_int_equal(bytes[0], 0xee);
    end(&p, h);
}

#define REFUSED(want, field, value)                                                                \
    do {                                                                                           \
        struct script with = good;                                                                 \
                                                                                                   \
        with.field = (value);                                                                      \
        assert_refused(&with, want);                                                               \
    } while (0)

static void memory_that_is_none(void **state)
{
    (void)state;
    REFUSED(-EOPNOTSUPP, status, -EOPNOTSUPP);
    REFUSED(-EOPNOTSUPP, status, -ENOSYS); /* an older hypervisor */
    REFUSED(-EPERM, status, -EPERM);
    REFUSED(-EPROTO, size, -1);
    REFUSED(-EPROTO, size, -2);
    REFUSED(-EPROTO, seals, 0); /* the file could become shorter */
    REFUSED(-EPROTO, seals, F_SEAL_GROW);
}

static void layouts_that_are_none(void **state)
{
    (void)state;
    REFUSED(-EPROTO, layout_size, sizeof(struct altview_layout) - 1);
    REFUSED(-EPROTO, layout.count, 0);
    REFUSED(-EPROTO, layout.count, ALTVIEW_LAYOUT_PIECES + 1);
    REFUSED(-EPROTO, layout.count, 2); /* a piece without size */
    REFUSED(-EPROTO, layout.pieces[0].size, (PAGES + 1) * PAGE);
    REFUSED(-EPROTO, layout.pieces[0].size, PAGE + 1);
    REFUSED(-EPROTO, layout.pieces[0].size, 0 - (uint64_t)PAGE);
    REFUSED(-EPROTO, layout.pieces[0].offset, PAGE);
    REFUSED(-EPROTO, layout.pieces[0].offset, 0 - (uint64_t)PAGE);
    REFUSED(-EPROTO, layout.pieces[0].address, 1);
    REFUSED(-EPROTO, layout.pieces[0].address, 0 - (uint64_t)PAGE);
}

static void places_that_are_none(void **state)
{
    (void)state;
    REFUSED(-EPROTO, located_size, sizeof(struct altview_located) - 1);
    REFUSED(-EPROTO, located_size, sizeof(struct altview_located));
    REFUSED(-EPROTO, located.head.count, UINT32_MAX);
    REFUSED(-EPROTO, located.head.next, 8);
    REFUSED(-EPROTO, located.head.next, 9); /* in the middle of a piece */
    REFUSED(-EPROTO, located.head.counter, COUNTER + 1);
    REFUSED(-EPROTO, located.head.counter, PAGES * PAGE);
    REFUSED(-EPROTO, located.head.counter, UINT64_MAX - 7);
    REFUSED(-EOPNOTSUPP, located.head.counter, 0);
}

static void frames_that_are_none(void **state)
{
    (void)state;
    REFUSED(-EPROTO, located.frames[0].gfn, 7);
    REFUSED(-EPROTO, located.frames[0].nr, 0);
    REFUSED(-EPROTO, located.frames[0].nr, UINT64_MAX);
    REFUSED(-EPROTO, located.frames[0].mfn, PAGES - 3);
    REFUSED(-EPROTO, located.frames[0].mfn, UINT64_MAX);
    REFUSED(-EPROTO, located.frames[0].gfn, 9);
}

/* The last page does not belong to the guest. */
static void a_hole_is_not_mapped(void **state)
{
    struct script with = good;
    void *address = NULL;
    struct peer p;
    altview *h;

    (void)state;
    with.located.frames[0].nr = 3;
    h = open_with(&p, &with);
    assert_int_equal(map_four(h, PROT_READ, &address), -EFAULT);
    script.located.frames[0].nr = 5; /* more than the request's number */
    assert_int_equal(map_four(h, PROT_READ, &address), -EPROTO);
    assert_null(address);
    end(&p, h);
}

/* The library closes descriptors that it has not asked for. */
static unsigned int open_files(void)
{
    unsigned int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void no_descriptor_stays(void **state)
{
    struct script with = good;
    unsigned int before = open_files();

    (void)state;
    with.count = 2;
    for (int i = 0; i < 8; i++) {
        struct peer p;
        altview *h = open_with(&p, &with);
        void *address = NULL;

        if (!map_four(h, PROT_READ, &address)) {
            altview_unmap(h, address, 4);
        }
        end(&p, h);
        with.status = i % 2 ? -EPERM : 0;
    }
    assert_int_equal(open_files(), before);
}

/* A failure for lack of descriptors does not stop later attempts. */
static void no_room_for_a_descriptor(void **state)
{
    struct script with = good;
    void *address = NULL;
    struct peer p;
    altview *h;

    (void)state;
    with.full = true;
    h = open_with(&p, &with);
    assert_int_equal(map_four(h, PROT_READ, &address), -EMFILE);
    assert_non_null(strstr(altview_error(), "descriptor"));
    assert_int_equal(allow_files(1024), 0);
    script.full = false;
    assert_int_equal(map_four(h, PROT_READ, &address), 0);
    assert_int_equal(altview_unmap(h, address, 4), 0);
    end(&p, h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_where_it_says),
        cmocka_unit_test(reads_take_the_short_way),
        cmocka_unit_test(one_short_read_is_a_request),
        cmocka_unit_test(writes_take_it_where_code_follows),
        cmocka_unit_test(pages_that_never_rest),
        cmocka_unit_test(pages_that_move_whenever_it_copies),
        cmocka_unit_test(memory_that_is_none),
        cmocka_unit_test(layouts_that_are_none),
        cmocka_unit_test(places_that_are_none),
        cmocka_unit_test(frames_that_are_none),
        cmocka_unit_test(a_hole_is_not_mapped),
        cmocka_unit_test(no_descriptor_stays),
        cmocka_unit_test(no_room_for_a_descriptor),
    };

    return cmocka_run_group_tests(tests, peer_make_socket, peer_remove_socket);
}
