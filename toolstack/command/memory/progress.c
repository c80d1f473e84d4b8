/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH    30  /* of the bar */
#define EVERY_MS 200 /* the least time between two updates */
#define LINE     160

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* "64 MiB", "3.2 MiB": one digit after the point below 10. */
static void print_size(char *text, size_t size, double bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    unsigned int unit = 0;

    while (bytes >= 1024 && unit < sizeof(units) / sizeof(units[0]) - 1) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, "%.*f %s", unit && bytes < 10 ? 1 : 0, bytes, units[unit]);
}

/* The line: "[#####.....]  50% of 64 MiB, 3.2 MiB/s, 0:10 left". */
static void progress_line(char *text, size_t size, uint64_t done, uint64_t all,
                          int64_t milliseconds)
{
    char bar[WIDTH + 1], total[32], speed[32];
    double part = all ? (double)done / (double)all : 1;
    double seconds = milliseconds > 0 ? (double)milliseconds / 1000 : 0;
    long left = done ? (long)(seconds / part - seconds) : 0;

    for (unsigned int i = 0; i < WIDTH; i++) {
        bar[i] = (double)i < part * WIDTH ? '#' : '.';
    }
    bar[WIDTH] = 0;
    print_size(total, sizeof(total), (double)all);
    print_size(speed, sizeof(speed), seconds > 0 ? (double)done / seconds : 0);
    snprintf(text, size, "[%s] %3.0f%% of %s, %s/s, %ld:%02ld left", bar, part * 100, total, speed,
             left / 60, left % 60);
}

void progress_begin(struct progress *p, uint64_t all)
{
    *p = (struct progress){.all = all, .on = isatty(STDERR_FILENO)};
    p->begun = p->shown = now();
}

void progress_show(struct progress *p, uint64_t done)
{
    int64_t time = p->on ? now() : 0;
    char text[LINE];

    if (!p->on || time - p->shown < EVERY_MS) {
        return;
    }
    progress_line(text, sizeof(text), done, p->all, time - p->begun);
    fprintf(stderr, "\r%s\x1b[K", text);
    p->shown = time;
    p->drawn = true;
}

void progress_end(struct progress *p)
{
    if (p->drawn) {
        fputs("\r\x1b[K", stderr);
    }
}
