/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of shared_info and vcpu_info (<xen/xen.h>), which depends on the guest's width, and
 * the time in them. The guest may write all of it: altview reads it bit by bit, and does not depend
 * on it.
 */
#ifndef XEN_SHARED_INFO_H
#define XEN_SHARED_INFO_H

#include "core/domain.h"

#define VCPU_INFO_SIZE 64U
#define VCPU_INFOS     32U /* in shared_info; a vCPU beyond them has none until it registers one */

struct shared_layout {
    uint16_t pending, mask, wall_clock; /* in shared_info */
    uint8_t selector, word_bits;        /* in vcpu_info; of a word of `pending` */
};

const struct shared_layout *shared_layout(const struct domain *domain);

/* The page, with the time in it. At start. */
void shared_info_init(struct domain *domain, void *page);
/* The guest's width, from now on (Xen: hvm_latch_shinfo_size). */
void shared_info_latch(struct domain *domain, bool is_narrow);
/* The vCPU's part of the page; NULL if it has none. */
uint8_t *shared_info_of(const struct vcpu *vcpu);
/* Write the time into a vcpu_info. It stays valid, because no guest can change the TSC. */
void shared_info_tell_time(const struct domain *domain, uint8_t *info);

uint64_t shared_info_now(const struct domain *domain);
/* Converts nanoseconds since the guest began, as the guest computes them, to the TSC. They have a
 * sign, as in Xen (s_time_t): a time before the guest began counts as its beginning. */
uint64_t shared_info_tsc(const struct domain *domain, uint64_t ns);

#endif
