/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include "memory.h"
#include "probe.h"
#include "string.h"

static char *text_page(const char *text)
{
    char *page = memory_pages(1);

    memcpy(page, text, strlen(text) + 1);
    return page;
}

void scene_init(struct scene *scene)
{
    scene->page = text_page(TEXT_REAL);
    scene->vault = text_page(TEXT_VAULT);
    scene->lifted = text_page(TEXT_REAL);
    scene->converted = text_page(TEXT_REAL);
}

struct copy {
    char *to;
    const char *from;
};

static void do_copy(void *argument)
{
    const struct copy *copy = argument;

    memcpy(copy->to, copy->from, TEXT_SIZE);
}

static void copy_in_view(struct visit *visit, unsigned int view, struct copy copy)
{
    visit->access.vector = TRAP_NONE;
    visit->vmfunc = probe_vmfunc(0, view);
    if (visit->vmfunc.vector != TRAP_NONE)
        return;
    visit->access = trap_try(do_copy, &copy);
    vmfunc(0, VIEW_HOST);
}

struct visit scene_visit(const char *page, unsigned int view)
{
    struct visit visit = {.text = ""};

    copy_in_view(&visit, view, (struct copy){visit.text, page});
    return visit;
}

struct visit scene_write(char *page, unsigned int view, const char *text)
{
    struct visit visit = {.text = ""};

    memcpy(visit.text, text, strlen(text) + 1);
    copy_in_view(&visit, view, (struct copy){page, visit.text});
    return visit;
}

const char *visit_outcome(const struct visit *visit)
{
    if (visit->vmfunc.vector != TRAP_NONE)
        return trap_name(visit->vmfunc.vector);
    return visit->access.vector == TRAP_NONE ? visit->text : trap_name(visit->access.vector);
}
