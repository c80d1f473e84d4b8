/* SPDX-License-Identifier: BSD-2-Clause */
#include "image/image.h"

bool image_bad(struct image_fault *fault, const char *cause, const char *remedy)
{
    *fault = (struct image_fault){cause, remedy};
    return false;
}
