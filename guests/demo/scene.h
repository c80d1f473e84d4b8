/* SPDX-License-Identifier: BSD-2-Clause */
/* The demo's pages and views, how the guest moves and looks around in them, and what it reports. */
#ifndef DEMO_SCENE_H
#define DEMO_SCENE_H

#include "trap.h"

#include <stdbool.h>
#include <stdint.h>

#define TEXT_REAL  "the real page"
#define TEXT_VAULT "the vault"
#define TEXT_NEW   "overwritten"
#define TEXT_SIZE  16

enum scene_view {
    VIEW_HOST,      /* 0: the guest's memory as it is */
    VIEW_VAULT,     /* page P shows the vault */
    VIEW_READ_ONLY, /* page P can't be written */
    VIEW_NO_ACCESS, /* page P can't be read */
    VIEW_UNUSED,    /* the first index that is no view */
};

struct scene {
    char *page;      /* P */
    char *vault;     /* what P shows in VIEW_VAULT */
    char *lifted;    /* restricted to r without #VE */
    char *converted; /* restricted to rx2rw without #VE */
};

void scene_init(struct scene *scene);

/* The result of one visit. Printing waits until the guest is back, because it is a VM exit. */
struct visit {
    struct trap vmfunc, access;
    char text[TEXT_SIZE];
};

/* Go to a view, read the page's text there, come back to view 0. */
struct visit scene_visit(const char *page, unsigned int view);
/* Go to a view, write the text to the page there, come back. */
struct visit scene_write(char *page, unsigned int view, const char *text);

/* In words: the text, or the exception. */
const char *visit_outcome(const struct visit *visit);

/* report.c: one line a step: the action, the expected result, the seen result. */
void report_chapter(const char *title);
/* Compares the texts; false if they differ. */
bool report_step(const char *what, const char *expected, const char *seen);
unsigned int report_steps(void);
unsigned int report_failures(void);

/* table.c: which views there are, whether VMFUNC reaches them, and what page P is in each. */
void table_print(const struct scene *scene);

#endif
