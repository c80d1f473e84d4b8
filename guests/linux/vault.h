/* SPDX-License-Identifier: BSD-2-Clause */
/* A program with a secret in one of its pages. scripts/linux/vault runs its story. */
#ifndef LINUX_VAULT_H
#define LINUX_VAULT_H

/* The monitor makes these views first, in this order. */
#define VIEW_CLOSED 1
#define VIEW_VAULT  2

/* Four pages in a row. The inside is executed where the door is. */
#define VAULT_DOOR      0
#define VAULT_INSIDE    1
#define VAULT_SECRET    2
#define VAULT_ORDERS    3
#define VAULT_PAGES     4
#define VAULT_PAGE_SIZE 4096

#ifndef __ASSEMBLER__

#include <stdint.h>

struct vault {
    uint8_t *pages;
    uint64_t gfns[VAULT_PAGES];
    uint64_t checksum; /* of the secret */
};

uint64_t vault_checksum(const uint8_t *page);

/* The checksum by way of the door; `interrupted` counts the attempts it took beyond one. */
uint64_t vault_cross(const struct vault *v, uint64_t *interrupted);

/* The result of a try that returns: or a negative errno value. */
enum { TRY_SUCCEEDS, TRY_READS_ZEROS, TRY_READS_OTHER };

/* A way to the secret, tried in a separate process. */
struct
try {
    char order;
    const char *name;
    int (*function)(const struct vault *v);
};
extern const struct try tries[];
extern const unsigned int try_count;

#endif

#endif
