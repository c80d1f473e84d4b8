/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/save.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void forget(struct save *save)
{
    if (save->file >= 0) {
        close(save->file);
    }
    save->file = -1;
}

/* QEMU writes from the file's present place on. */
static int make_file(int *file)
{
    *file = memfd_create("altview-snapshot", MFD_CLOEXEC);
    return *file < 0 || lseek(*file, SNAPSHOT_STATE, SEEK_SET) < 0 ? -errno : 0;
}

static int write_head(const struct save *save, const struct hub *h, const struct qmp *q)
{
    struct snapshot_head copy = save->head;

    hub_keep(h, &copy.hub);
    snprintf(copy.qemu, sizeof(copy.qemu), "%s", q->version);
    return pwrite(save->file, &copy, sizeof(copy), 0) == sizeof(copy) ? 0 : -EIO;
}

static void begin(struct save *save, struct hub *h, struct qmp *q)
{
    int error = make_file(&save->file);

    if (error) {
        hub_saved(h, error);
    } else {
        qmp_do(q, QMP_SAVE, save->file);
    }
}

static void finish(const struct save *save, struct hub *h, const struct qmp *q)
{
    if (q->state == QMP_FAILED) {
        hub_saved(h, -EIO);
    } else if (q->state == QMP_DONE) {
        hub_saved(h, write_head(save, h, q));
    }
}

void save_restore(const struct snapshot *from, struct hub *h, struct qmp *q)
{
    hub_resume(h, &from->head.hub);
    qmp_do(q, QMP_RESTORE, from->file);
}

bool save_is_restored(const struct qmp *q)
{
    return q->task == QMP_RESTORE && q->state == QMP_DONE;
}

void save_go_on(struct save *save, struct hub *h, struct qmp *q)
{
    if (h->snapshot.stage == HUB_SNAPSHOT_SAVES) {
        if (save->file < 0) {
            begin(save, h, q);
        } else {
            finish(save, h, q);
        }
    }
    if (h->snapshot.stage == HUB_SNAPSHOT_ENDS) {
        qmp_continue(q);
        forget(save);
        hub_goes_on(h);
    }
}
