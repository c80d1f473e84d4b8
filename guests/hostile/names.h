/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of attacks, for whoever starts them. An empty name ends it. */
#ifndef HOSTILE_NAMES_H
#define HOSTILE_NAMES_H

#define HOSTILE_NAME_SIZE   32
#define HOSTILE_ATTACKS_MAX 128

#endif
