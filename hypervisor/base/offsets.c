/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/offsets.h"

#include "cpu/x86.h"

void offsets(void);

void offsets(void)
{
    NUMBER(ASM_PAGE_SIZE, PAGE_SIZE);
}
