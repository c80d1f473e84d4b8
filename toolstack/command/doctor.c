/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview doctor`: how altview can be run on this computer, and what is missing for other ways. */
#include "commands.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/facts.h"

static const char *const answers[] = {
    [ANSWER_NO] = "no", [ANSWER_YES] = "yes", [ANSWER_UNKNOWN] = "unknown"};

#define BIT(fact) (1U << (fact))
#define IMAGE     (BIT(FACT_GRUB_TOOLS) | BIT(FACT_GRUB_BIOS) | BIT(FACT_XORRISO))
#define CPU       (BIT(FACT_VTX) | BIT(FACT_EPT) | BIT(FACT_VMFUNC) | BIT(FACT_VE))

/* Ways to run altview, and what each takes. */
static const struct {
    const char *name;
    unsigned int needs;
} ways[] = {
    {"altview run", BIT(FACT_BOCHS) | IMAGE},
    {"altview run --emulator qemu-kvm",
     BIT(FACT_QEMU) | BIT(FACT_KVM) | BIT(FACT_NESTED) | CPU | IMAGE},
    {"altview iso, booted on this computer", CPU | IMAGE},
};

static void find(const struct fact *fact, enum answer *answer, struct json_object *o)
{
    char detail[FACT_DETAIL] = "";

    *answer = fact->find(detail, sizeof(detail));
    field_text(o, "what", fact->title);
    field_text(o, "found", answers[*answer]);
    field_text(o, "detail", detail);
    field_text(o, "remedy", *answer == ANSWER_YES ? NULL : fact->remedy);
}

/* The worst answer to what it takes. */
static enum answer judge(unsigned int needs, const enum answer *found)
{
    enum answer worst = ANSWER_YES;

    for (int i = 0; i < FACTS; i++) {
        if (needs & BIT(i) && worst != ANSWER_NO && found[i] != ANSWER_YES) {
            worst = found[i];
        }
    }
    return worst;
}

static int diagnose(bool json)
{
    struct json_object *o = fields(), *possible = field_list(o, "ways");
    struct json_object *all = field_list(o, "facts");
    enum answer found[FACTS];
    int status = EXIT_FAILED;

    for (int i = 0; i < FACTS; i++) {
        find(&facts[i], &found[i], list_fields(all));
    }
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct json_object *way = list_fields(possible);
        enum answer answer = judge(ways[i].needs, found);

        field_text(way, "way", ways[i].name);
        field_text(way, "possible", answers[answer]);
        if (answer == ANSWER_YES) {
            status = 0;
        }
    }
    output(json, o);
    return status;
}

int cmd_doctor(int argc, char **argv)
{
    struct common common = {0};
    const struct option options[] = {OPTION_JSON(&common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about = "Tell which ways there are to run altview on this computer, what they take, what "
                 "of it\nis there, and what helps where something is missing. Exit status 0 if one "
                 "way is possible.",
        .options = options,
    };
    int status = options_parse(&line, argc, argv);

    return status == OPTIONS_OK ? diagnose(common.json) : status;
}
