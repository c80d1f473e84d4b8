/* SPDX-License-Identifier: BSD-2-Clause */
/* A segment register of the guest. */
#ifndef CORE_SEGMENT_H
#define CORE_SEGMENT_H

#include <stdint.h>

enum segment { ES, CS, SS, DS, FS, GS, LDTR, TR, SEGMENTS };

struct segment_state {
    uint64_t base;
    uint32_t limit, rights; /* rights as in SDM Vol. 3C 25.4.1 */
    uint16_t selector;
};

#define RIGHTS_DPL        (3U << 5)  /* of SS: the CPL */
#define RIGHTS_CONFORMING (1U << 2)  /* of a code segment */
#define RIGHTS_LONG       (1U << 13) /* CS.L */
#define RIGHTS_BIG        (1U << 14) /* CS.D */
#define RIGHTS_UNUSABLE   0x10000U
#define RIGHTS_LONG_CODE  0xa09bU
/* Rights of a vCPU's segments at its start. */
#define RIGHTS_FLAT_DATA 0xc093U
#define RIGHTS_BUSY_TSS  0x008bU

#endif
