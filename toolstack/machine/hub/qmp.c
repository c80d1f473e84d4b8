/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/qmp.h"

#include "toolstack/machine/descriptor.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A task's commands have it, and so have their answers. */
#define ID               "\"id\":\"task\""
#define CAPABILITY(name) "{\"capability\":\"" name "\",\"state\":true}"
#define CAPABILITIES                                                                               \
    "\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":[" CAPABILITY(                   \
        "x-ignore-shared") "," CAPABILITY("events") "]}"

#define STEPS 5

/* "%d" is the file's number. */
static const char *const steps[][STEPS] = {
    [QMP_SAVE] = {"\"stop\"", CAPABILITIES, "\"getfd\",\"arguments\":{\"fdname\":\"snapshot\"}",
                  "\"migrate\",\"arguments\":{\"uri\":\"fd:snapshot\"}"},
    [QMP_RESTORE] = {CAPABILITIES, "\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:%d\"}"},
};
#define STEP_WITH_FILE 2 /* of QMP_SAVE: QEMU takes the descriptor that comes with it */

/* If there is no room, QEMU has stopped or ended, and the command has no use. */
static void say(const struct qmp *q, const char *command)
{
    if (q->fd >= 0) {
        (void)!send(q->fd, command, strlen(command), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

static void take_step(const struct qmp *q)
{
    const char *form = q->step < STEPS ? steps[q->task][q->step] : NULL;
    char arguments[256], command[320];

    if (!form) {
        return; /* QEMU is at work */
    }
    snprintf(arguments, sizeof(arguments), form, q->file);
    snprintf(command, sizeof(command), "{" ID ",\"execute\":%s}\n", arguments);
    if (q->task == QMP_SAVE && q->step == STEP_WITH_FILE) {
        (void)!descriptor_send(q->fd, command, strlen(command), q->file, MSG_DONTWAIT);
    } else {
        say(q, command);
    }
}

/* {"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "..."}, ...}} */
static void take_greeting(struct qmp *q)
{
    const char *version = strstr(q->line, "\"qemu\": {");
    const char *package = strstr(q->line, "\"package\": \"");
    unsigned int micro, minor, major;

    if (!version || !package ||
        sscanf(version, "\"qemu\": {\"micro\": %u, \"minor\": %u, \"major\": %u}", &micro, &minor,
               &major) != 3) {
        return;
    }
    package += strlen("\"package\": \"");
    snprintf(q->version, sizeof(q->version), *package == '"' ? "%u.%u.%u" : "%u.%u.%u (%.*s)",
             major, minor, micro, (int)strcspn(package, "\""), package);
}

static void take_answer(struct qmp *q)
{
    if (strstr(q->line, "\"error\"")) {
        q->state = QMP_FAILED;
    } else {
        q->step++;
        take_step(q);
    }
}

static void take_event(struct qmp *q)
{
    if (strstr(q->line, "\"status\": \"completed\"")) {
        q->state = QMP_DONE;
    } else if (strstr(q->line, "\"status\": \"failed\"")) {
        q->state = QMP_FAILED;
    }
}

static void take_line(struct qmp *q)
{
    if (!strncmp(q->line, "{\"QMP\"", 6)) {
        take_greeting(q);
    } else if (q->task == QMP_NONE || q->state != QMP_UNDER_WAY) {
        return;
    } else if (strstr(q->line, "\"id\": \"task\"")) {
        take_answer(q);
    } else if (strstr(q->line, "\"event\": \"MIGRATION\"")) {
        take_event(q);
    }
}

void qmp_take(struct qmp *q, const char *bytes, size_t size)
{
    for (; size; bytes++, size--) {
        if (*bytes == '\n') {
            q->line[q->used] = 0;
            take_line(q);
            q->used = 0;
        } else if (q->used + 1 < sizeof(q->line)) {
            q->line[q->used++] = *bytes;
        }
    }
}

void qmp_begin(struct qmp *q, int fd)
{
    *q = (struct qmp){.fd = fd, .file = -1};
    say(q, "{\"execute\":\"qmp_capabilities\"}\n");
}

void qmp_inject_nmi(const struct qmp *q)
{
    say(q, "{\"execute\":\"inject-nmi\"}\n");
}

void qmp_do(struct qmp *q, enum qmp_task task, int file)
{
    q->task = task;
    q->step = 0;
    q->file = file;
    q->state = q->fd < 0 ? QMP_FAILED : QMP_UNDER_WAY;
    take_step(q);
}

void qmp_continue(const struct qmp *q)
{
    say(q, "{\"execute\":\"cont\"}\n");
}
