/* SPDX-License-Identifier: BSD-2-Clause */
/* What this computer has of what altview can use. */
#ifndef RUN_FACTS_H
#define RUN_FACTS_H

#include <stddef.h>

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

struct fact {
    const char *name;   /* one word, for machines */
    const char *title;  /* for people */
    const char *remedy; /* what helps if it is missing */
    /* May say more (a version, why it is not known) in `detail`, which is "" before. */
    enum answer (*find)(char *detail, size_t size);
};

/* In the order they are told. */
enum fact_number {
    FACT_VTX,
    FACT_EPT,
    FACT_VMFUNC,
    FACT_VE,
    FACT_NESTED,
    FACT_KVM,
    FACT_BOCHS,
    FACT_QEMU,
    FACT_GRUB_TOOLS,
    FACT_GRUB_BIOS,
    FACT_GRUB_UEFI,
    FACT_MTOOLS,
    FACT_XORRISO,
    FACTS
};
extern const struct fact facts[FACTS];

#define FACT_DETAIL 128

#endif
