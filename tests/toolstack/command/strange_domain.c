/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hostile or broken run: the name of its guest's file, and the names of its domain's views, have
 * characters with effects on a program that prints them.
 * usage: strange_domain NAME    Registers in the current directory, and serves clients one after
 * the other until a signal ends it.
 */
#include "tests/toolstack/lib/peer.h"

#include <altview/control.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* At most 15 bytes, like every name. */
static const char *const names[] = {
    "",
    "k$(touch pwned)",
    "k`touch pwned`",
    "a;touch pwned",
    "\033]0;owned\a", /* sets a terminal's title */
    "\xc2\x9b"
    "2J", /* C1, in UTF-8 */
    "raw\x9b"
    "2J\xff", /* C1, in invalid UTF-8 */
    "abc\xe2\x80\xae"
    "fed", /* the text from here on runs right to left */
    "two\nlines\there",
    "it's \"q\" \\t",
    "\xc3\xa9t\xc3\xa9", /* a harmless one */
};
#define VIEWS (sizeof(names) / sizeof(names[0]))

/* In JSON controls are \u escapes, and other characters are bytes. */
static const char record[] = "{\"guest\":\"/\\u001b]0;owned\\u0007 \xc2\x9b"
                             "2J raw\x9b"
                             "2J\xff abc\xe2\x80\xae"
                             "fed two\\nlines\\there it's \\\"q\\\" \\\\t \xc3\xa9t\xc3\xa9\","
                             "\"files\":\"/k$(touch pwned)\",\"started\":1}";

static void register_run(const char *name)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char path[64];
    int lock;
    FILE *to;

    snprintf(path, sizeof(path), "%s.lock", name);
    lock = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    CHECK(lock >= 0 && !fcntl(lock, F_SETLK, &whole));
    snprintf(path, sizeof(path), "%s.json", name);
    to = fopen(path, "wx");
    CHECK(to);
    fputs(record, to);
    CHECK(!fclose(to));
}

static void answer_hello(struct peer *p, const struct request *r)
{
    const struct altview_hello hello = {.version = ALTVIEW_CONTROL_VERSION,
                                        .domid = 1,
                                        .view_count = 16,
                                        .mode = 1,
                                        .vcpu_count = 1,
                                        .gfn_bits = 27,
                                        .max_payload = ALTVIEW_CONTROL_MAX_PAYLOAD};

    peer_reply(p, r, 0, &hello, sizeof(hello));
}

static void answer_views(struct peer *p, const struct request *r)
{
    static struct {
        struct altview_list list;
        struct altview_view views[VIEWS];
    } all;

    all.list = (struct altview_list){.next = ALTVIEW_NO_GFN, .count = VIEWS};
    for (size_t i = 0; i < VIEWS; i++) {
        all.views[i] =
            (struct altview_view){.view = (uint16_t)i, .default_access = 7, .visible = 1};
        strncpy(all.views[i].name, names[i], sizeof(all.views[i].name) - 1);
    }
    peer_reply(p, r, 0, &all, sizeof(all));
}

static void serve(struct peer *p)
{
    struct request r;

    while (peer_receive(p, &r)) {
        if (r.frame.type == ALTVIEW_HELLO) {
            answer_hello(p, &r);
        } else if (r.frame.type == ALTVIEW_VIEWS) {
            answer_views(p, &r);
        } else {
            peer_reply(p, &r, -EINVAL, NULL, 0);
        }
    }
}

int main(int argc, char **argv)
{
    char path[64];

    if (argc != 2) {
        return 64;
    }
    register_run(argv[1]);
    CHECK((size_t)snprintf(path, sizeof(path), "%s.sock", argv[1]) < sizeof(path));
    peer_serve(path, serve);
}
