/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks that end the guest itself by a triple fault: the option "end=NAME" of its command line.
 */
#ifndef HOSTILE_ENDS_H
#define HOSTILE_ENDS_H

/* Does nothing without that option. */
void hostile_end(void);

#endif
