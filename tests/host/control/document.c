/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/reference/control-protocol.md's example equals the server's output. Its tables, and those of
 * docs/reference/xen-compat.md, equal the headers'.
 * usage: document PROTOCOL XEN */
#include "control/port.h"

#include <altview/hvmop.h>

#include <stdlib.h>

#define MOST 1024

struct block {
    uint8_t bytes[MOST];
    size_t size;
};

static const char *path, *path_of_xen;

static void take_line(struct block *b, const char *line)
{
    unsigned int byte;

    for (int used; sscanf(line, "%2x%n", &byte, &used) == 1; line += used) {
        assert_true(b->size < MOST);
        b->bytes[b->size++] = (uint8_t)byte;
    }
}

/* The contents of the n-th block between ```hex and ```. */
static struct block read_block(unsigned int n)
{
    FILE *f = fopen(path, "r");
    struct block b = {.size = 0};
    bool inside = false;
    char line[512];

    if (!f)
        fail_msg("%s can't be read", path);
    while (fgets(line, sizeof(line), f)) {
        if (strcmp(line, "```hex\n") == 0)
            inside = n-- == 0;
        else if (line[0] == '`')
            inside = false;
        else if (inside)
            take_line(&b, line);
    }
    fclose(f);
    assert_true(b.size > 0);
    return b;
}

static void assert_same(const struct block *b, const void *bytes, size_t size)
{
    assert_int_equal(b->size, size);
    assert_memory_equal(b->bytes, bytes, size);
}

static void test_request(void **state)
{
    const struct altview_gfn of = {.gfn = PORT_GFN, .view = 1};
    struct block b = read_block(0);
    uint8_t frame[FRAME_MAX];

    (void)state;
    assert_same(&b, frame, port_frame(frame, ALTVIEW_GET_ACCESS, 0x2a17c0de, &of, sizeof(of)));
}

static void test_reply(void **state)
{
    struct port *p = *state;
    struct block request = read_block(0), reply = read_block(1);
    const void *bytes;
    size_t size;

    port_send(p, request.bytes, request.size);
    bytes = control_output(&p->c, &size);
    assert_same(&reply, bytes, size);
}

static void test_ping(void **state)
{
    struct block b = read_block(2);
    uint8_t frame[FRAME_MAX];

    (void)state;
    assert_same(&b, frame, port_frame(frame, ALTVIEW_PING, 0x2a17c0df, NULL, 0));
}

/* A line of the page begins with this text, or, without its end, equals it. */
static void assert_line(const char *page, const char *line, bool whole)
{
    size_t length = strlen(line);
    FILE *f = fopen(page, "r");
    char read[1024];
    bool found = false;

    assert_non_null(f);
    while (!found && fgets(read, sizeof(read), f)) {
        read[strcspn(read, "\n")] = 0;
        found = !strncmp(read, line, length) && (!whole || !read[length]);
    }
    fclose(f);
    if (!found)
        fail_msg("%s lacks the line: %s", page, line);
}

/* "| cell " for each, and " |"; "| " for an empty one. */
static void add_cell(char *line, size_t size, const char *cell)
{
    size_t used = strlen(line);

    snprintf(line + used, size - used, "| %s%s", cell, *cell ? " " : "");
}

/* The page has a row for each row of the tables in control.h, with the same contents. */
static void test_tables(void **state)
{
    static const struct {
        unsigned int number;
        const char *cells[6];
    } rows[] = {
#define WHO_ANY       "any"
#define WHO_LISTENERS "listeners"
#define WHO_OWNER     "the run's user"
#define WHO_ASKED     "the one asked"
#define REQUEST(number, name, payload, reply, who, since, text)                                    \
    {number, {"`" #name "`", payload, reply, WHO_##who, since, text}},
#define EVENT(number, name, command, sync, who, since, text)                                       \
    {number, {"`" #name "`", (sync) ? "yes" : "no", WHO_##who, since, text}},
        /* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): names are made of words */
        ALTVIEW_REQUEST_TABLE(REQUEST) ALTVIEW_EVENT_TABLE(EVENT)};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char line[512];

        snprintf(line, sizeof(line), "| %u ", rows[i].number);
        for (int cell = 0; cell < 6 && rows[i].cells[cell]; cell++)
            add_cell(line, sizeof(line), rows[i].cells[cell]);
        strcat(line, "|");
        assert_line(path, line, true);
    }
}

/* Their names without the prefix, which names the module. */
static void test_hvmops(void **state)
{
#define MIXED   "mixed"
#define LIMITED "mixed, limited"
#define ALWAYS  "yes"
#define ON      "no"
#define CELLS(number, name, structure, mode, state, back, since)                                   \
    {#number, #name, "` | `" #structure "` | " mode " | " state " | ", since},
    static const struct {
        const char *number, *name, *middle, *since;
    } rows[] = {ALTVIEW_HVMOP_TABLE(CELLS)};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = strchr(rows[i].name, '_') + 1;
        bool own = !strncmp(rows[i].name, "altview_", name - rows[i].name);
        char line[512];

        snprintf(line, sizeof(line), "| %s | `%s%s%s %s |", rows[i].number, name, rows[i].middle,
                 own ? "altview" : "Xen", rows[i].since);
        assert_line(path_of_xen, line, false);
    }
}

/* Each number has one use, and the events are in one row. The tables end where the enumerations
 * end. */
static void test_numbers(void **state)
{
/* NOLINTBEGIN(bugprone-macro-parentheses): terms of a sum */
#define REQUEST_BIT(number, ...) +(UINT64_C(1) << (number))
#define REQUEST_OR(number, ...)  | (UINT64_C(1) << (number))
#define EVENT_BIT(number, ...)   +(UINT64_C(1) << (number))
    /* NOLINTEND(bugprone-macro-parentheses) */
    (void)state;
    assert_int_equal(ALTVIEW_REQUEST_TABLE(REQUEST_BIT), 0 ALTVIEW_REQUEST_TABLE(REQUEST_OR));
    assert_int_equal(63 - __builtin_clzll(ALTVIEW_REQUEST_TABLE(REQUEST_BIT)),
                     ALTVIEW_REQUESTS - 1);
    assert_int_equal((ALTVIEW_EVENT_TABLE(EVENT_BIT)) | 1U << ALTVIEW_EVENT_PAUSE,
                     (UINT64_C(1) << ALTVIEW_EVENTS) - 1);
}

/* The numbers on the page. */
static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(ALTVIEW_EVENT_BRIEF_SIZE, 88);
    assert_int_equal(CONTROL_EVENT_BUFFER / (32 + sizeof(struct altview_event)), 29);
    assert_int_equal(CONTROL_EVENT_BUFFER / (32 + ALTVIEW_EVENT_BRIEF_SIZE), 68);
    assert_int_equal((ALTVIEW_CONTROL_MAX_PAYLOAD - sizeof(struct altview_access_list)) / 9, 908);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test_setup_teardown(test_reply, port_setup, port_teardown),
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_hvmops),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_sizes),
    };

    if (argc != 3)
        return EXIT_FAILURE;
    path = argv[1];
    path_of_xen = argv[2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
