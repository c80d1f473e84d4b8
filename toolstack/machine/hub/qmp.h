/* SPDX-License-Identifier: BSD-2-Clause */
/* What we tell QEMU's monitor (QMP). It answers; serve.c lets the answers pass unread. */
#ifndef HUB_QMP_H
#define HUB_QMP_H

/* Once, before the rest. */
void qmp_begin(int qmp);

/* An NMI for each CPU whose LINT1 lets one through. */
void qmp_inject_nmi(int qmp);

#endif
