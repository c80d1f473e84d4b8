/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/terminal/show.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* The size of one write: small, so that a slow reader shows that it reads. */
#define PIECE 4096

/* The descriptor may be one that does not block: another program set it so. */
static void put(void *context, const void *text, size_t size)
{
    struct show *s = context;
    const char *bytes = text;

    while (size && !s->broken) {
        ssize_t done = write(s->to, bytes, size);

        if (done >= 0) {
            bytes += done;
            size -= (size_t)done;
        } else if (errno == EAGAIN) {
            poll(&(struct pollfd){.fd = s->to, .events = POLLOUT}, 1, -1);
        } else if (errno != EINTR) {
            s->broken = true;
        }
    }
}

/* Whole lines of the log: what the guest prints comes between them, not into one. */
static void put_line(struct show *s)
{
    pthread_mutex_lock(&s->terminal->lock);
    screen_log(&s->terminal->screen, s->line, s->line_size);
    pthread_mutex_unlock(&s->terminal->lock);
    s->line_size = 0;
}

static void put_log(void *context, const void *text, size_t size)
{
    struct show *s = context;

    if (!s->terminal) {
        put(s, text, size);
        return;
    }
    for (const char *byte = text; size; byte++, size--) {
        s->line[s->line_size++] = *byte;
        if (*byte == '\n' || s->line_size == sizeof(s->line)) {
            put_line(s);
        }
    }
}

static void put_output(struct show *s, const char *bytes, size_t size)
{
    if (!s->terminal) {
        put(s, bytes, size);
        return;
    }
    pthread_mutex_lock(&s->terminal->lock);
    screen_guest(&s->terminal->screen, bytes, size);
    pthread_mutex_unlock(&s->terminal->lock);
}

void show_terminal_init(struct show_terminal *terminal, struct show *to)
{
    pthread_mutex_init(&terminal->lock, NULL);
    screen_init(&terminal->screen, put, to);
}

static void tell(int event)
{
    (void)eventfd_write(event, 1); /* it fails only if the event is set already */
}

/* False: there is nothing more in the file now. */
static bool show_piece(struct show *s)
{
    char bytes[PIECE];
    ssize_t got = pread(s->from, bytes, sizeof(bytes), (off_t)s->shown);

    if (got <= 0) {
        return false;
    }
    if (s->code) {
        log_code_feed(s->code, bytes, (size_t)got);
    } else {
        put_output(s, bytes, (size_t)got);
    }
    s->shown += (uint64_t)got;
    tell(s->news);
    return true;
}

static void *run(void *context)
{
    struct show *s = context;
    eventfd_t count;
    bool last = false;

    while (!s->broken && !last) {
        last = s->last; /* before the file is looked at, so that later growth is not missed */
        while (!s->broken && show_piece(s)) {
        }
        if (!last && !s->broken) {
            (void)eventfd_read(s->more, &count);
        }
    }
    if (s->line_size) {
        put_line(s);
    }
    s->done = true;
    tell(s->news);
    return NULL;
}

int show_begin(struct show *s, int from, int to, struct log_code *code,
               struct show_terminal *terminal)
{
    pthread_t thread;
    int error;

    *s = (struct show){.from = from, .to = to, .code = code, .terminal = terminal};
    if (code) {
        *code = (struct log_code){.put = put_log, .context = s};
    }
    s->more = eventfd(0, EFD_CLOEXEC);
    s->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->more < 0 || s->news < 0) {
        return -errno;
    }
    error = pthread_create(&thread, NULL, run, s);
    if (!error) {
        pthread_detach(thread);
    }
    return -error;
}

void show_more(struct show *s)
{
    tell(s->more);
}

bool show_wait(struct show *s, uint64_t size, int signals, int patience)
{
    struct pollfd polled[] = {{.fd = s->news, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    eventfd_t count;

    while (!s->done && s->shown < size) {
        if (!poll(polled, 2, patience) || polled[1].revents) {
            return false;
        }
        (void)eventfd_read(s->news, &count);
    }
    return true;
}

bool show_end(struct show *s, int signals, int patience)
{
    s->last = true;
    tell(s->more);
    return show_wait(s, UINT64_MAX, signals, patience);
}
