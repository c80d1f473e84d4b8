/* SPDX-License-Identifier: BSD-2-Clause */
/* SEARCH finds bytes in RAM, in bounded pieces. MEMORY_MAP and MAXIMUM_GFN describe RAM. */
#include "control/port.h"

#define FRAME      4096
#define WORK       (256U * 1024)
#define MOST_FOUND ((ALTVIEW_CONTROL_MAX_PAYLOAD - sizeof(struct altview_list)) / 8)

struct asked {
    struct altview_search s;
    uint8_t bytes[ALTVIEW_SEARCH_MAX];
};

static const struct altview_list *list(const struct port *p)
{
    return (const void *)p->payload;
}

static uint64_t address(const struct port *p, unsigned int i)
{
    uint64_t found;

    assert_int_equal(p->reply.length, sizeof(struct altview_list) + list(p)->count * 8);
    assert_true(i < list(p)->count);
    memcpy(&found, p->payload + sizeof(struct altview_list) + i * 8, sizeof(found));
    return found;
}

static int search(struct port *p, uint16_t view, uint64_t first, uint64_t last, const void *bytes,
                  size_t size)
{
    struct asked a = {.s = {.first = first, .last = last, .view = view, .size = (uint16_t)size}};

    memcpy(a.bytes, bytes, size < sizeof(a.bytes) ? size : sizeof(a.bytes));
    return port_ask(p, ALTVIEW_SEARCH, &a, sizeof(a.s) + size);
}

/* In all RAM of the guest. */
static unsigned int found_in(struct port *p, uint16_t view, const char *text)
{
    assert_int_equal(search(p, view, RAM_BASE, RAM_BASE + RAM_SIZE - 1, text, strlen(text)), 0);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    return list(p)->count;
}

static void put(struct port *p, size_t at, const char *text)
{
    memcpy(p->ram + at, text, strlen(text));
}

static void test_found(void **state)
{
    struct port *p = *state;

    put(p, 0, "needle");
    put(p, 3 * FRAME - 2, "needle"); /* across a page end */
    put(p, RAM_SIZE - 6, "needle");
    put(p, 0x777, "needl");
    assert_int_equal(found_in(p, ALTVIEW_NO_VIEW, "needle"), 3);
    assert_true(address(p, 0) == RAM_BASE);
    assert_true(address(p, 1) == RAM_BASE + 3 * FRAME - 2);
    assert_true(address(p, 2) == RAM_BASE + RAM_SIZE - 6);
    assert_int_equal(found_in(p, ALTVIEW_NO_VIEW, "needles"), 0);
    put(p, 0x900, "aaaaa"); /* matches may overlap */
    assert_int_equal(found_in(p, 0, "aaa"), 3);
}

/* A match lies entirely within the range. */
static void test_range(void **state)
{
    struct port *p = *state;

    put(p, 0x100, "needle");
    assert_int_equal(search(p, 0, RAM_BASE + 0x100, RAM_BASE + 0x105, "needle", 6), 0);
    assert_int_equal(list(p)->count, 1);
    assert_int_equal(search(p, 0, RAM_BASE + 0x101, RAM_BASE + 0x200, "needle", 6), 0);
    assert_int_equal(list(p)->count, 0);
    assert_int_equal(search(p, 0, RAM_BASE, RAM_BASE + 0x104, "needle", 6), 0);
    assert_int_equal(list(p)->count, 0);
    assert_int_equal(search(p, 0, RAM_BASE + 0x100, RAM_BASE + 0x104, "needle", 6), 0);
    assert_int_equal(list(p)->count, 0);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
}

/* A match does not cross a hole, a device, or a page that the hypervisor shows. A page of a view's
 * own counts. */
static void test_pages(void **state)
{
    struct port *p = *state;
    const uint64_t mfn = ram_mfn(&p->scene->machine, p->ram);
    const struct altp2m_mapping shown = {
        .mfn = mfn + 5, .type = ALTP2M_TYPE_SPECIAL, .memtype = ALTP2M_MEMTYPE_WB};

    put(p, 5 * FRAME + 0x10, "needle");
    put(p, 5 * FRAME - 3, "needle");
    put(p, 6 * FRAME - 3, "needle");
    assert_int_equal(found_in(p, ALTVIEW_NO_VIEW, "needle"), 3);
    assert_int_equal(altp2m_host_map(p->d, RAM_GFN + 5, 1, shown), 0);
    assert_int_equal(found_in(p, ALTVIEW_NO_VIEW, "needle"), 0);
    assert_int_equal(altp2m_host_unmap(p->d, RAM_GFN + 5, 1), 0);
    assert_int_equal(found_in(p, ALTVIEW_NO_VIEW, "needle"), 0);
    assert_int_equal(altp2m_host_map(p->d, RAM_GFN + 5, 1, scene_ram(mfn + 5)), 0);
    assert_int_equal(altp2m_remap(p->d, 1, RAM_GFN + 5, RAM_GFN + 9, true), 0);
    assert_int_equal(found_in(p, 1, "needle"), 0); /* the view shows another page there */
    put(p, 9 * FRAME, "dle");
    put(p, 9 * FRAME + 0x20, "needle");
    put(p, 10 * FRAME - 3, "nee");
    assert_int_equal(found_in(p, 1, "needle"), 4);
    assert_true(address(p, 0) == RAM_BASE + 5 * FRAME - 3); /* across the end, into it */
    assert_true(address(p, 1) == RAM_BASE + 5 * FRAME + 0x20);
    assert_true(address(p, 2) == RAM_BASE + 6 * FRAME - 3); /* and out of it */
    assert_true(address(p, 3) == RAM_BASE + 9 * FRAME + 0x20);
}

/* After a page that a view showed has gone, the view has a hole, with RAM after it. */
static void test_hole_of_a_view(void **state)
{
    struct port *p = *state;
    const uint64_t start = (uint64_t)SCENE_LARGE << ALTP2M_PAGE_SHIFT;

    put(p, 2 * FRAME, "needle");
    assert_int_equal(altp2m_remap(p->d, 1, SCENE_LARGE, RAM_GFN + 9, true), 0);
    assert_int_equal(altp2m_remap(p->d, 1, SCENE_LARGE + 1, RAM_GFN + 2, true), 0);
    assert_int_equal(altp2m_host_unmap(p->d, RAM_GFN + 9, 1), 0);
    assert_int_equal(search(p, 1, start, start + 2 * FRAME - 1, "needle", 6), 0);
    assert_int_equal(list(p)->count, 1);
    assert_true(address(p, 0) == start + FRAME);
}

/* As many matches as a reply holds; the next request goes on after them, and none is lost or comes
 * twice. */
static void test_full_reply(void **state)
{
    struct port *p = *state;
    uint64_t from = RAM_BASE, count = 0;
    unsigned int pieces = 0;

    memset(p->ram, 'x', RAM_SIZE);
    do {
        assert_int_equal(search(p, 0, from, RAM_BASE + RAM_SIZE - 1, "xx", 2), 0);
        assert_true(list(p)->count <= MOST_FOUND);
        for (unsigned int i = 0; i < list(p)->count; i++)
            assert_true(address(p, i) == RAM_BASE + count++);
        from = list(p)->next;
        pieces++;
    } while (from != ALTVIEW_NO_GFN);
    assert_int_equal(count, RAM_SIZE - 1);
    assert_int_equal(pieces, (RAM_SIZE - 1 + MOST_FOUND - 1) / MOST_FOUND);
}

/* The most expensive search: partial matches nearly everywhere, and no full one. A request compares
 * a limited number of bytes. */
static void test_bound(void **state)
{
    struct port *p = *state;
    char text[ALTVIEW_SEARCH_MAX];
    uint64_t from = RAM_BASE;
    unsigned int pieces = 0;

    memset(p->ram, 'x', RAM_SIZE);
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = 'y';
    do {
        uint64_t before = from;

        assert_int_equal(search(p, 0, from, RAM_BASE + RAM_SIZE - 1, text, sizeof(text)), 0);
        assert_int_equal(list(p)->count, 0);
        from = list(p)->next;
        if (from != ALTVIEW_NO_GFN)
            assert_in_range(from - before, 1, WORK / (sizeof(text) - 1) + 1);
        pieces++;
    } while (from != ALTVIEW_NO_GFN);
    assert_in_range(pieces, RAM_SIZE / 1024 - 16, RAM_SIZE / 1024 + 16);
}

/* A hole of half of all addresses takes only a request or two, because its entries are large. */
static void test_holes(void **state)
{
    struct port *p = *state;
    uint64_t from = UINT64_C(1) << 40;
    unsigned int pieces = 0;

    do {
        assert_int_equal(search(p, ALTVIEW_NO_VIEW, from, UINT64_MAX, "x", 1), 0);
        from = list(p)->next;
        pieces++;
    } while (from != ALTVIEW_NO_GFN);
    assert_in_range(pieces, 1, 2);
}

static const struct altview_memory_range *range(const struct port *p, unsigned int i)
{
    assert_int_equal(p->reply.length, sizeof(struct altview_list) +
                                          list(p)->count * sizeof(struct altview_memory_range));
    assert_true(i < list(p)->count);
    return (const struct altview_memory_range *)(list(p) + 1) + i;
}

static void check_range(const struct port *p, unsigned int i, uint64_t gfn, uint64_t nr,
                        unsigned int type)
{
    assert_true(range(p, i)->gfn == gfn);
    assert_true(range(p, i)->nr == nr);
    assert_int_equal(range(p, i)->type, type);
}

static void ask_map(struct port *p, uint64_t first)
{
    assert_int_equal(PORT_ASK(p, ALTVIEW_MEMORY_MAP, altview_first, .first = first), 0);
}

static void test_map(void **state)
{
    struct port *p = *state;

    ask_map(p, 0);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    assert_int_equal(list(p)->count, 3);
    check_range(p, 0, 0, SCENE_SPECIAL, ALTVIEW_MEMORY_RAM); /* shared pages are not in it */
    check_range(p, 1, SCENE_DEVICE, 1, ALTVIEW_MEMORY_DEVICE);
    check_range(p, 2, SCENE_LARGE, 0x40000, ALTVIEW_MEMORY_RAM);
    ask_map(p, SCENE_LARGE + 0x123); /* from the middle of one */
    assert_int_equal(list(p)->count, 1);
    check_range(p, 0, SCENE_LARGE + 0x123, 0x40000 - 0x123, ALTVIEW_MEMORY_RAM);
    ask_map(p, SCENE_BEYOND);
    assert_int_equal(list(p)->count, 0);
    assert_true(list(p)->next == ALTVIEW_NO_GFN);
    ask_map(p, UINT64_MAX);
    assert_int_equal(list(p)->count, 0);
}

/* Every second page was given back: more ranges than a reply holds. */
static void test_map_in_pieces(void **state)
{
    struct port *p = *state;
    uint64_t from = SCENE_LARGE, gfn = SCENE_LARGE + 1;
    unsigned int pieces = 0;

    for (unsigned int i = 0; i < 2000; i += 2)
        assert_int_equal(altp2m_host_unmap(p->d, SCENE_LARGE + i, 1), 0);
    do {
        ask_map(p, from);
        for (unsigned int i = 0; i < list(p)->count && gfn < SCENE_LARGE + 1999; i++, gfn += 2)
            check_range(p, i, gfn, 1, ALTVIEW_MEMORY_RAM);
        from = list(p)->next;
        pieces++;
    } while (from != ALTVIEW_NO_GFN);
    assert_int_equal(gfn, SCENE_LARGE + 1999);
    assert_in_range(pieces, 2, 5);
}

static void test_maximum(void **state)
{
    struct port *p = *state;

    assert_int_equal(port_ask(p, ALTVIEW_MAXIMUM_GFN, NULL, 0), 0);
    assert_int_equal(p->reply.length, sizeof(struct altview_last_gfn));
    assert_true(((const struct altview_last_gfn *)p->payload)->gfn == PORT_LAST_GFN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, port_setup, port_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_found),         TEST(test_range),   TEST(test_pages), TEST(test_hole_of_a_view),
        TEST(test_full_reply),    TEST(test_bound),   TEST(test_holes), TEST(test_map),
        TEST(test_map_in_pieces), TEST(test_maximum),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
