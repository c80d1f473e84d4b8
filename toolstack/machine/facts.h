/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of this computer that altview can use. */
#ifndef RUN_FACTS_H
#define RUN_FACTS_H

#include <stddef.h>

enum answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

#define FACT_DETAIL 128

/* Details of the answer. */
struct finding {
    char detail[FACT_DETAIL]; /* a version, the cause if it is unknown, or "" */
    const char *remedy;       /* the remedy, if that depends on the computer */
};

struct fact {
    const char *name;                             /* one word, for machines */
    const char *title;                            /* for people */
    const char *remedy;                           /* the remedy if it is missing */
    enum answer (*find)(struct finding *finding); /* which is empty before */
};

/* In the order of the output. */
enum fact_number {
    FACT_VTX,
    FACT_EPT,
    FACT_VMFUNC,
    FACT_VE,
    FACT_AMD_V,
    FACT_NPT,
    FACT_NESTED,
    FACT_KVM,
    FACT_BOCHS,
    FACT_QEMU,
    FACT_GRUB_TOOLS,
    FACT_GRUB_BIOS,
    FACT_GRUB_UEFI,
    FACT_MTOOLS,
    FACT_XORRISO,
    FACT_XEN_LIBRARIES,
    FACT_XENTOOLLOG,
    FACTS
};
extern const struct fact facts[FACTS];

#endif
