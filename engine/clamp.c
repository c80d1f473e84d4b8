/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine.h"

/*
 * The index itself if it is below `size`, else 0, without a branch to mispredict. A file of its
 * own, so that no compiler sees the check before it and drops the arithmetic. Xen:
 * array_index_nospec.
 */
size_t altp2m_clamp(size_t index, size_t size)
{
    ptrdiff_t in_range = ~(ptrdiff_t)(index | (size - 1 - index));
    return index & (size_t)(in_range >> (sizeof(size_t) * 8 - 1));
}
