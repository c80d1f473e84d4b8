/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/hypercall.h"

int copy_in_word(const struct hypercall *call, uint64_t *value, uint64_t array, uint64_t index)
{
    size_t size = call->abi->compat ? 4 : 8;

    *value = 0;
    return copy_in(call, value, array + index * size, size);
}
