/* SPDX-License-Identifier: BSD-2-Clause */
/* A handle whose domain sends valid frames with wrong contents. */
#include "peer.h"

#include <altview/altview.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xen/hvm/hvm_op.h>
#include <xenctrl.h>

#include <cmocka.h>

static const struct altview_hello greeting = {.version = ALTVIEW_CONTROL_VERSION,
                                              .domid = 1,
                                              .view_count = 10,
                                              .vcpu_count = 1,
                                              .gfn_bits = 24,
                                              .mode = 2,
                                              .software = "a test"};

/* The peer accepts first; then the test's script runs. */
static void (*after_accept)(struct peer *p);

static void accept_first(struct peer *p)
{
    p->fd = accept(peer_listener, NULL, NULL);
    CHECK(p->fd >= 0);
    after_accept(p);
}

static int open_handle(struct peer *p, void (*script)(struct peer *p), altview **h)
{
    char where[80];

    snprintf(where, sizeof(where), "unix:%s", peer_path);
    after_accept = script;
    peer_run(p, -1, accept_first);
    return altview_open(where, 0, h);
}

static void greet(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_HELLO);
    peer_reply(p, &r, 0, &greeting, sizeof(greeting));
}

static void greet_shortly(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_HELLO);
    peer_reply(p, &r, 0, &greeting, sizeof(greeting) - 1);
    peer_wait_for_end(p);
}

static void greet_in_another_version(struct peer *p)
{
    struct altview_hello other = greeting;
    struct request r;

    other.version = 77;
    peer_expect(p, &r, ALTVIEW_HELLO);
    peer_reply(p, &r, 0, &other, sizeof(other));
    peer_wait_for_end(p);
}

static void greet_with(struct peer *p, const struct altview_hello *hello)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_HELLO);
    peer_reply(p, &r, 0, hello, sizeof(*hello));
    peer_wait_for_end(p);
}

static void greet_with_many_vcpus(struct peer *p)
{
    struct altview_hello other = greeting;

    other.vcpu_count = UINT32_MAX; /* a shell that offers each as a completion would take hours */
    greet_with(p, &other);
}

static void greet_with_wide_addresses(struct peer *p)
{
    struct altview_hello other = greeting;

    other.gfn_bits = 64; /* no gfn has so many bits */
    greet_with(p, &other);
}

static void greet_without_an_end(struct peer *p)
{
    struct altview_hello other = greeting;

    memset(other.software, 'x', sizeof(other.software));
    greet_with(p, &other);
}

static void greet_and_go(struct peer *p)
{
    struct request r;

    peer_expect(p, &r, ALTVIEW_HELLO);
}

static void opening_takes_a_proper_greeting(void **state)
{
    static const struct {
        void (*script)(struct peer *p);
        int error;
        const char *text;
    } cases[] = {
        {greet_shortly, -EPROTO, "does not keep to the protocol"},
        {greet_in_another_version, -EPROTO, "version 77"},
        {greet_with_many_vcpus, -EPROTO, "does not keep to the protocol"},
        {greet_with_wide_addresses, -EPROTO, "does not keep to the protocol"},
        {greet_without_an_end, -EPROTO, "does not keep to the protocol"},
        {greet_and_go, -ENOTCONN, "the other side has gone"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct peer p;
        altview *h = NULL;
        assert_int_equal(open_handle(&p, cases[i].script, &h), cases[i].error);
        assert_non_null(strstr(altview_error(), cases[i].text));
        assert_null(h);
        peer_join(&p);
    }
}

/* Every reply has the maximal length and consists of ones: wrong for every request. */
static void shout(struct peer *p)
{
    uint8_t ones[ALTVIEW_CONTROL_MAX_PAYLOAD];
    struct request r;

    memset(ones, 0xff, sizeof(ones));
    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, 0, ones, sizeof(ones));
    }
}

/* Every reply empty. */
static void whisper(struct peer *p)
{
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, 0, NULL, 0);
    }
}

/* "Go on", without any progress. */
static void stall(struct peer *p)
{
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        struct altview_progress none = {.done = 0};
        bool is_hvmop = r.frame.type == ALTVIEW_HVMOP;
        peer_reply(p, &r, -ERESTART, is_hvmop ? (void *)r.payload : &none,
                   is_hvmop ? sizeof(struct xen_hvm_altp2m_op) : sizeof(none));
    }
}

/* Lists without an end, or with a wrong count. */
static void list_nothing_for_ever(struct peer *p)
{
    const struct altview_list piece = {.next = 0};
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, 0, &piece, sizeof(piece));
    }
}

static void lie_about_the_count(struct peer *p)
{
    const struct altview_list piece = {.next = ALTVIEW_NO_GFN, .count = 0x20000000};
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, 0, &piece, sizeof(piece));
    }
}

static void call_everything(altview *h, int expected)
{
    struct altview_registers registers;
    struct altview_statistics statistics;
    struct altview_override *overrides;
    struct altview_hello hello;
    struct altview_view *views;
    struct altview_vcpu *vcpus;
    struct altview_memory_range *ranges;
    struct altview_translation translation;
    const struct altview_space space = {0};
    uint64_t first = 0, places[ALTVIEW_SEARCH_MOST];
    unsigned int number;
    char bytes[100];
    size_t count;

    assert_int_equal(altview_views(h, &views, &count), expected);
    assert_int_equal(altview_overrides(h, 1, &overrides, &count), expected);
    assert_int_equal(altview_vcpus(h, &vcpus, &count), expected);
    assert_int_equal(altview_find_view(h, "1", &number), expected);
    assert_int_equal(altview_create_view(h, 7, &number), expected);
    assert_int_equal(altview_get_access(h, 1, 1, &number), expected);
    assert_int_equal(altview_read(h, 1, 1, bytes, sizeof(bytes)), expected);
    assert_int_equal(altview_get_registers(h, 0, &registers), expected);
    assert_int_equal(altview_statistics(h, 0, &statistics), expected);
    assert_int_equal(altview_hello(h, &hello), expected);
    assert_int_equal(altview_memory_map(h, &ranges, &count), expected);
    assert_int_equal(altview_maximum_gfn(h, &first), expected);
    assert_int_equal(altview_translate(h, 1, &space, 0, &translation), expected);
    assert_int_equal(altview_search(h, 1, &first, 9, "x", 1, places, &count), expected);
}

static void replies_of_the_wrong_size_are_refused(void **state)
{
    struct peer p;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, shout, &h), 0);
    call_everything(h, -EPROTO);
    assert_int_equal(altview_pause(h, 0), -EPROTO);
    altview_close(h);
    peer_join(&p);
    assert_int_equal(open_handle(&p, whisper, &h), 0);
    call_everything(h, -EPROTO);
    assert_int_equal(altview_pause(h, 0), 0); /* its reply is empty */
    altview_close(h);
    peer_join(&p);
}

static void work_without_progress_ends(void **state)
{
    struct peer p;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, stall, &h), 0);
    assert_int_equal(altview_set_access(h, 1, 0, 10, 7), -EPROTO);
    assert_int_equal(altview_set_active(h, true), -EPROTO);
    altview_close(h);
    peer_join(&p);
}

static void lists_that_cannot_be_are_refused(void **state)
{
    struct altview_view *views;
    struct peer p;
    size_t count;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, list_nothing_for_ever, &h), 0);
    assert_int_equal(altview_views(h, &views, &count), -EPROTO);
    altview_close(h);
    peer_join(&p);
    assert_int_equal(open_handle(&p, lie_about_the_count, &h), 0);
    assert_int_equal(altview_views(h, &views, &count), -EPROTO);
    altview_close(h);
    peer_join(&p);
}

/* Walks that no page tables give. */
static const struct altview_translation lies[] = {
    {.mode = ALTVIEW_PAGINGS, .page_shift = 12},
    {.mode = ALTVIEW_PAGING_VCPU, .page_shift = 12},
    {.mode = ALTVIEW_PAGING_PAE, .end = ALTVIEW_WALK_ENDS},
    {.mode = ALTVIEW_PAGING_PAE, .page_shift = 33},
    {.mode = ALTVIEW_PAGING_PAE, .page_shift = 11}, /* its range would take for ever */
    {.mode = ALTVIEW_PAGING_PAE, .page_shift = 12, .step_count = ALTVIEW_WALK_MOST + 1},
    {.mode = ALTVIEW_PAGING_PAE, .page_shift = 12, .step_count = 1, .steps = {{.level = 6}}},
    {.mode = ALTVIEW_PAGING_PAE, .page_shift = 12, .step_count = 1, .steps = {{.level = 0}}},
    {.mode = ALTVIEW_PAGING_PAE, .end = ALTVIEW_WALK_NOT_PRESENT},
    {.mode = ALTVIEW_PAGING_PAE,
     .page_shift = 12,
     .step_count = 1,
     .steps = {{.level = 1}}}, /* this one is valid */
};
#define LIES (sizeof(lies) / sizeof(lies[0]))

static void lie_about_walks(struct peer *p)
{
    struct request r;

    greet(p);
    for (size_t i = 0; peer_receive(p, &r); i++) {
        peer_reply(p, &r, 0, &lies[i % LIES], sizeof(lies[0]));
    }
}

static void walks_that_cannot_be_are_refused(void **state)
{
    const struct altview_space space = {0};
    struct altview_translation t;
    struct peer p;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, lie_about_walks, &h), 0);
    for (size_t i = 0; i < LIES; i++) {
        assert_int_equal(altview_translate(h, 0, &space, 0, &t), i < LIES - 1 ? -EPROTO : 0);
    }
    altview_close(h);
    peer_join(&p);
}

/* Raw names: the first has no terminator, and neither does the list. */
static char view_names[][ALTVIEW_NAME_SIZE] = {
    {'n', 'o', 'e', 'n', 'd', 'n', 'o', 'e', 'n', 'd', 'n', 'o', 'e', 'n', 'd', '!'},
    "k$(id)",
    "\33[2J",
    "7up",
    "\303\244",
    "",
    "a-name_1.x",
};
#define BAD_NAMES 5

static void name_views(struct peer *p)
{
    struct {
        struct altview_list list;
        struct altview_view view;
    } piece = {.list = {.next = ALTVIEW_NO_GFN, .count = 1}};
    struct request r;

    greet(p);
    for (int i = 0; peer_receive(p, &r); i++) {
        memcpy(piece.view.name, view_names[i], sizeof(piece.view.name));
        peer_reply(p, &r, 0, &piece, sizeof(piece));
    }
}

/* Programs print names, and shells read them as words. */
static void names_are_names(void **state)
{
    struct altview_view *views;
    struct peer p;
    size_t count;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, name_views, &h), 0);
    for (size_t i = 0; i < sizeof(view_names) / sizeof(view_names[0]); i++) {
        int rc = altview_views(h, &views, &count);

        assert_int_equal(rc, i < BAD_NAMES ? -EPROTO : 0);
        if (!rc) {
            assert_string_equal(views[0].name, view_names[i]);
            free(views);
        }
    }
    altview_close(h);
    peer_join(&p);
}

/* One element after the other, each in its right place: only the time limit ends the call. */
static void list_for_ever(struct peer *p)
{
    struct {
        struct altview_list list;
        struct altview_override override;
    } piece = {.list = {.count = 1}, .override = {.nr = 1}};
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        piece.override.gfn = ((const struct altview_gfn *)(const void *)r.payload)->gfn;
        piece.list.next = piece.override.gfn + 1;
        if (!peer_try_reply(p, &r, 0, &piece, sizeof(piece))) {
            break;
        }
    }
}

/* The same of an operation: it goes on by one page at a time, past the last page. */
static void work_for_ever(struct peer *p)
{
    struct altview_progress progress;
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        progress.done = ((const struct altview_set_access *)(const void *)r.payload)->done + 1;
        if (!peer_try_reply(p, &r, -ERESTART, &progress, sizeof(progress))) {
            break;
        }
    }
}

/* Further than the request's end. */
static void go_too_far(struct peer *p)
{
    const struct altview_progress progress = {.done = 11};
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, -ERESTART, &progress, sizeof(progress));
    }
}

static void calls_that_go_on_end_in_time(void **state)
{
    struct altview_override *overrides;
    struct peer p;
    size_t count;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, list_for_ever, &h), 0);
    altview_set_timeout(h, 200);
    assert_int_equal(altview_overrides(h, 1, &overrides, &count), -ETIMEDOUT);
    altview_close(h);
    peer_join(&p);
    assert_int_equal(open_handle(&p, work_for_ever, &h), 0);
    altview_set_timeout(h, 200);
    assert_int_equal(altview_set_access(h, 1, 0, UINT64_C(1) << 40, 7), -ETIMEDOUT);
    altview_close(h);
    peer_join(&p);
    assert_int_equal(open_handle(&p, go_too_far, &h), 0);
    assert_int_equal(altview_set_access(h, 1, 0, 10, 7), -EPROTO);
    altview_close(h);
    peer_join(&p);
}

/* A stopped run (Ctrl-Z) accepts no callers, and the queue of its socket is full. */
static void nobody_waits_for_ever_to_be_let_in(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int waiting[64], count = 0;
    char where[80];
    altview *h;

    (void)state;
    memcpy(a.sun_path, peer_path, strlen(peer_path));
    do {
        assert_in_range(count, 0, 63);
        waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    } while (!connect(waiting[count++], (struct sockaddr *)&a, sizeof(a)));
    assert_int_equal(errno, EAGAIN);
    snprintf(where, sizeof(where), "unix:%s", peer_path);
    assert_int_equal(altview_open(where, ALTVIEW_OPEN_HURRY, &h), -EBUSY);
    assert_non_null(strstr(altview_error(), "takes no callers"));
    while (count) {
        close(waiting[--count]);
    }
    /* These callers have gone, but they leave the queue only when the run accepts them. */
    while (poll(&(struct pollfd){.fd = peer_listener, .events = POLLIN}, 1, 0) > 0) {
        close(accept(peer_listener, NULL, NULL));
    }
}

static void refuse_all(struct peer *p)
{
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, -ENOSYS, NULL, 0);
    }
}

static void an_old_hypervisor_is_called_that(void **state)
{
    struct peer p;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, refuse_all, &h), 0);
    assert_int_equal(altview_pause(h, 0), -ENOSYS);
    assert_non_null(strstr(altview_error(), "older than the library"));
    altview_close(h);
    peer_join(&p);
}

static void refuse_strangely(struct peer *p)
{
    struct request r;

    greet(p);
    while (peer_receive(p, &r)) {
        peer_reply(p, &r, -4095, NULL, 0);
    }
}

static void an_error_without_a_name_has_a_text(void **state)
{
    struct peer p;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, refuse_strangely, &h), 0);
    assert_int_equal(altview_pause(h, 0), -4095);
    assert_non_null(strstr(altview_error(), "the domain refuses"));
    altview_close(h);
    peer_join(&p);
}

/* The script of a client that leaves: it finishes what it has begun. */
static void see_it_let_go(struct peer *p)
{
    static const struct altview_listen nothing;
    struct request r;

    greet(p);
    peer_expect(p, &r, ALTVIEW_LISTEN);
    peer_reply(p, &r, 0, NULL, 0);
    for (int i = 0; i < 3; i++) {
        peer_expect(p, &r, ALTVIEW_PAUSE);
        peer_reply(p, &r, 0, NULL, 0);
    }
    peer_expect(p, &r, ALTVIEW_UNPAUSE);
    peer_reply(p, &r, 0, NULL, 0);

    peer_expect(p, &r, ALTVIEW_LISTEN);
    CHECK(r.frame.length == sizeof(nothing) && !memcmp(r.payload, &nothing, sizeof(nothing)));
    peer_reply(p, &r, 0, NULL, 0);
    for (int i = 0; i < 2; i++) {
        peer_expect(p, &r, ALTVIEW_UNPAUSE);
        peer_reply(p, &r, 0, NULL, 0);
    }
    CHECK(!peer_receive(p, &r));
}

static void closing_ends_listening_and_pauses(void **state)
{
    const struct altview_listen listen = {.report = 1};
    struct peer p;
    altview *h;

    (void)state;
    assert_int_equal(open_handle(&p, see_it_let_go, &h), 0);
    assert_int_equal(altview_listen(h, &listen), 0);
    assert_int_equal(altview_pause(h, 0), 0);
    assert_int_equal(altview_pause(h, 0), 0);
    assert_int_equal(altview_pause(h, ALTVIEW_ALL_VCPUS), 0);
    assert_int_equal(altview_unpause(h, 0), 0);
    altview_close(h);
    peer_join(&p);
}

/* A list of gfns and accesses in the protocol's form: it fails at element 1000. */
static uint32_t elements_seen;

static void fail_at_1000(struct peer *p)
{
    struct request r;

    greet(p);
    elements_seen = 0;
    while (peer_receive(p, &r)) {
        const struct xen_hvm_altp2m_op *op = (const void *)r.payload;
        const struct xen_hvm_altp2m_set_mem_access_multi *set = &op->u.set_mem_access_multi;
        if (r.frame.type != ALTVIEW_HVMOP) {
            peer_reply(p, &r, -ENOSYS, NULL, 0); /* the client asks for the cause */
            continue;
        }
        CHECK(op->cmd == HVMOP_altp2m_set_mem_access_multi && set->opaque == 0);
        uint64_t first;
        memcpy(&first, r.payload + (uintptr_t)set->pfn_list.p, sizeof(first));
        CHECK(first == elements_seen && set->nr > 0);
        CHECK((uintptr_t)set->access_list.p + set->nr == r.frame.length);
        elements_seen += set->nr;
        peer_reply(p, &r, elements_seen > 1000 ? -EINVAL : 0, op, sizeof(*op));
    }
}

static void a_long_list_stops_where_it_fails(void **state)
{
    static uint64_t gfns[5000];
    static uint8_t accesses[5000];
    xc_interface *xch;
    struct peer p;

    (void)state;
    for (uint64_t i = 0; i < 5000; i++) {
        gfns[i] = i;
    }
    char where[80];
    snprintf(where, sizeof(where), "unix:%s", peer_path);
    setenv("ALTVIEW", where, 1);
    after_accept = fail_at_1000;
    peer_run(&p, -1, accept_first);
    xch = xc_interface_open(NULL, NULL, 0);
    assert_non_null(xch);
    errno = 0;
    assert_int_equal(xc_altp2m_set_mem_access_multi(xch, 1, 3, accesses, gfns, 5000), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(xc_interface_close(xch), 0);
    peer_join(&p);
    /* The client sent the pieces up to the bad element, and no further one. */
    assert_true(elements_seen > 1000 && elements_seen < 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_takes_a_proper_greeting),
        cmocka_unit_test(replies_of_the_wrong_size_are_refused),
        cmocka_unit_test(work_without_progress_ends),
        cmocka_unit_test(lists_that_cannot_be_are_refused),
        cmocka_unit_test(walks_that_cannot_be_are_refused),
        cmocka_unit_test(names_are_names),
        cmocka_unit_test(calls_that_go_on_end_in_time),
        cmocka_unit_test(nobody_waits_for_ever_to_be_let_in),
        cmocka_unit_test(an_old_hypervisor_is_called_that),
        cmocka_unit_test(an_error_without_a_name_has_a_text),
        cmocka_unit_test(closing_ends_listening_and_pauses),
        cmocka_unit_test(a_long_list_stops_where_it_fails),
    };

    return cmocka_run_group_tests(tests, peer_make_socket, peer_remove_socket);
}
