/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview doctor`: how altview can be run on this computer, and what is missing for other ways. */
#include "commands.h"
#include "fields.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "toolstack/machine/emulator/choice.h"
#include "toolstack/machine/emulator/computer.h"
#include "toolstack/machine/facts.h"

static const char *const answers[] = {
    [ANSWER_NO] = "no", [ANSWER_YES] = "yes", [ANSWER_UNKNOWN] = "unknown"};

#define BIT(fact) (1U << (fact))
#define IMAGE     (BIT(FACT_GRUB_TOOLS) | BIT(FACT_GRUB_BIOS) | BIT(FACT_XORRISO))
#define CPU       (BIT(FACT_VTX) | BIT(FACT_EPT))

/* Ways to run altview, and the requirements of each. A CPU that KVM lends needs no more: KVM
 * provides the features that the CPU itself lacks. altview serves VMFUNC and #VE where the CPU has
 * none. */
static const struct {
    const char *name;
    unsigned int needs;
    bool client; /* a way to reach a guest, not to run one */
} ways[] = {
    {"altview run --machine bochs", BIT(FACT_BOCHS) | IMAGE, false},
    {"altview run --machine qemu --accel tcg", BIT(FACT_QEMU), false},
    {"altview run --machine qemu --accel kvm", BIT(FACT_QEMU) | BIT(FACT_KVM) | BIT(FACT_NESTED),
     false},
    {"altview iso, booted on this computer", CPU | IMAGE, false},
    {"altview xen-env, for programs built for Xen", BIT(FACT_XEN_LIBRARIES) | BIT(FACT_XENTOOLLOG),
     true},
};

static void find(const struct fact *fact, enum answer *answer, struct json_object *o)
{
    struct finding finding = {.remedy = fact->remedy};

    *answer = fact->find(&finding);
    field_text(o, "what", fact->title);
    field_text(o, "found", answers[*answer]);
    field_text(o, "detail", finding.detail);
    field_text(o, "remedy", *answer == ANSWER_YES ? NULL : finding.remedy);
}

/* The worst answer about its requirements. */
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

/* The way that `altview run` takes by itself, and any faster one. */
static void tell_choice(struct json_object *o)
{
    const struct wish wish = {.machine = MACHINE_AUTO};
    struct computer computer;
    enum way way;
    char why[CHOICE_WHY];
    bool found;

    computer_look(&computer);
    found = choose(&computer, &wish, &way);
    choice_explain(&computer, found, way, why);
    field_text(o, "machine", found ? way_machine(way) : NULL);
    field_text(o, "accel", found ? way_accel(way) : NULL);
    field_text(o, "because", why);
    field_text(o, "faster", obstacle_remedy(way_obstacle(&computer, WAY_KVM), computer.vendor));
}

static int diagnose(bool json)
{
    struct json_object *o = fields(), *chosen = field_fields(o, "auto");
    struct json_object *possible = field_list(o, "ways"), *all = field_list(o, "facts");
    enum answer found[FACTS];
    int status = EXIT_FAILED;

    tell_choice(chosen);
    for (int i = 0; i < FACTS; i++) {
        find(&facts[i], &found[i], list_fields(all));
    }
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct json_object *way = list_fields(possible);
        enum answer answer = judge(ways[i].needs, found);

        field_text(way, "way", ways[i].name);
        field_text(way, "possible", answers[answer]);
        if (answer == ANSWER_YES && !ways[i].client) {
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
        .about = "Tell what altview run takes by itself on this computer (auto), why, and what "
                 "would be\nfaster, with the command to type. Then which ways there are to run "
                 "altview here, what\nthey take, what of it is there, and what helps where "
                 "something is missing. Exit status 0\nif one way is possible.",
        .options = options,
    };
    int status = options_parse(&line, argc, argv);

    return status == OPTIONS_OK ? diagnose(common.json) : status;
}
