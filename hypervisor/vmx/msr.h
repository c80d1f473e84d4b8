/* SPDX-License-Identifier: BSD-2-Clause */
/* The few model-specific registers the guest does not reach itself. */
#ifndef VMX_MSR_H
#define VMX_MSR_H

#include "core/feature.h"
#include "core/vcpu.h"

/* `bitmap` is a page: bits are set for what must leave the guest. */
void msr_fill_bitmap(const struct feature_face *face, uint8_t *bitmap);

exit_handler msr_handle_read, msr_handle_write;

#endif
