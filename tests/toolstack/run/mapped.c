/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run's guest memory in a client's process: the client maps the memory that the run describes,
 * can map none of altview's, learns of a remap, and reads much at once. After the end of the run
 * the client reads nothing.
 * usage: mapped RUN MIB OWN PID TERM|KILL
 *   OWN: the start of altview's own memory, at least 2 MiB; PID: of altview run, which gets that
 *   signal
 */
#include <altview/altview.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE      4096U
#define MIB       (1U << 20)
#define OWN_PAGES 512U
#define END_MS    60000
#define GFN       0x800U /* 8 MiB: the guest has nothing there */

static altview *h;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #condition, altview_error());           \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* By request, through a handle that has not asked for memory yet. */
static void read_by_request(const char *run, uint64_t address, void *to)
{
    altview *other;

    CHECK(!altview_open(run, 0, &other));
    CHECK(!altview_read(other, ALTVIEW_NO_VIEW, address, to, PAGE));
    altview_close(other);
}

static void check_coherence(const char *run)
{
    char seen[PAGE], text[] = "written by request";
    void *address;
    char *page;

    CHECK(!altview_map(h, ALTVIEW_NO_VIEW, GFN, 1, PROT_READ | PROT_WRITE, &address));
    page = address;
    CHECK(!altview_write(h, ALTVIEW_NO_VIEW, (uint64_t)GFN * PAGE, text, sizeof(text)));
    CHECK(!memcmp(page, text, sizeof(text)));
    strcpy(page, "stored through the mapping");
    read_by_request(run, (uint64_t)GFN * PAGE, seen);
    CHECK(!strcmp(seen, "stored through the mapping"));
    CHECK(!altview_unmap(h, page, 1));
}

static void check_remapped(unsigned int view, const char *other)
{
    char seen[64];
    void *page;

    CHECK(!altview_map(h, view, GFN, 1, PROT_READ, &page));
    CHECK(!strcmp(page, other));
    CHECK(!altview_read(h, view, (uint64_t)GFN * PAGE, seen, sizeof(seen)));
    CHECK(!strcmp(seen, other));
    CHECK(!altview_unmap(h, page, 1));
}

static void check_remap(void)
{
    const uint64_t *counter;
    unsigned int view;
    uint64_t before;
    char other[] = "the other page";

    CHECK(!altview_write(h, ALTVIEW_NO_VIEW, (uint64_t)(GFN + 1) * PAGE, other, sizeof(other)));
    CHECK(!altview_set_active(h, true));
    CHECK(!altview_create_view(h, 7, &view));
    CHECK(!altview_generation(h, &counter));
    before = __atomic_load_n(counter, __ATOMIC_SEQ_CST);
    CHECK(!altview_remap(h, view, GFN, GFN + 1));
    CHECK(__atomic_load_n(counter, __ATOMIC_SEQ_CST) != before);
    check_remapped(view, other);
    CHECK(!altview_set_active(h, false));
}

/* No client can map memory that the guest does not have: altview's own, from `own` on, and
 * holes. */
static void check_altviews_own(uint64_t own, uint64_t pages)
{
    uint64_t refused = 0;
    void *page;

    for (uint64_t gfn = own; gfn < own + OWN_PAGES; gfn++) {
        CHECK(altview_map(h, ALTVIEW_NO_VIEW, gfn, 1, PROT_READ, &page) == -EFAULT);
    }
    for (uint64_t gfn = 0; gfn < pages; gfn += 64) {
        int map = altview_map(h, ALTVIEW_NO_VIEW, gfn, 1, PROT_READ, &page);

        CHECK(map == -EFAULT || (!map && !altview_unmap(h, page, 1)));
        refused += map != 0;
    }
    printf("%llu of %llu pages tried are not the guest's\n", (unsigned long long)refused,
           (unsigned long long)pages / 64);
    CHECK(refused > 0 && refused < pages / 128);
}

/* From 1 MiB to the end of the guest's memory. */
static void check_much(size_t size)
{
    uint8_t *bytes = malloc(size);
    uint8_t *pages;
    void *address;
    double from;

    CHECK(bytes);
    memset(bytes, 1, size); /* leaves this process's own page faults out of the measurement */
    from = now();
    CHECK(!altview_read(h, ALTVIEW_NO_VIEW, MIB, bytes, size));
    printf("%zu MiB read in %.3f s\n", size / MIB, now() - from);
    CHECK(!altview_map(h, ALTVIEW_NO_VIEW, MIB / PAGE, size / PAGE, PROT_READ, &address));
    pages = address;
    CHECK(!memcmp(pages, bytes, size));
    CHECK(!altview_unmap(h, pages, size / PAGE));
    free(bytes);
}

/* The machine's memory exists as long as this process maps it. A run that is killed changes no
 * counter: reads fail all the same. */
static void check_end_by_kill(pid_t run)
{
    int rc = 0;
    char byte;

    CHECK(!kill(run, SIGKILL));
    for (int i = 0; !rc; i++) {
        CHECK(i < END_MS);
        poll(NULL, 0, 1);
        rc = altview_read(h, ALTVIEW_NO_VIEW, MIB, &byte, 1);
    }
    CHECK(rc == -ENOTCONN);
}

static void check_end(pid_t run)
{
    const uint64_t *counter;
    uint64_t before;
    char byte;

    CHECK(!altview_generation(h, &counter));
    before = __atomic_load_n(counter, __ATOMIC_SEQ_CST);
    CHECK(!kill(run, SIGTERM));
    for (int i = 0; __atomic_load_n(counter, __ATOMIC_SEQ_CST) == before; i++) {
        CHECK(i < END_MS);
        poll(NULL, 0, 1);
    }
    CHECK(altview_read(h, ALTVIEW_NO_VIEW, MIB, &byte, 1) == -ENOTCONN);
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        return 2;
    }
    CHECK(!altview_open(argv[1], 0, &h));
    check_coherence(argv[1]);
    check_remap();
    check_altviews_own(strtoull(argv[3], NULL, 16) / PAGE,
                       strtoull(argv[2], NULL, 10) * MIB / PAGE);
    check_much((size_t)256 * MIB);
    (strcmp(argv[5], "KILL") ? check_end : check_end_by_kill)((pid_t)strtol(argv[4], NULL, 10));
    altview_close(h);
    return 0;
}
