/* SPDX-License-Identifier: BSD-2-Clause */
/* For whoever starts the attacks. The list of them: an empty name ends it. */
#ifndef HOSTILE_NAMES_H
#define HOSTILE_NAMES_H

#define HOSTILE_NAME_SIZE   32
#define HOSTILE_ATTACKS_MAX 128

/* Attacks that whoever is outside takes part in, and this page, which views show the next one for.
 */
#define HOSTILE_THREE_SIDES "three-sides"
#define HOSTILE_VMFUNC      "VMFUNC-and-destroy"
#define HOSTILE_PAGE_GFN    0x2300

#endif
