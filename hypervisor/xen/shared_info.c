/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/shared_info.h"

#include "base/string.h"
#include "x86/x86.h"

#include <stddef.h>
#include <xen/xen.h>

#define SECOND UINT64_C(1000000000)

#define PENDING_SIZE(word) (8 * (word) * (word)) /* as many words as a word has bits */

/* vcpu_info: two bytes, the selector, x86's part, and the time. */
#define TIME_OFFSET 32

#define FACTOR_SHIFT 30 /* of ticks to a nanosecond: good for 17 GHz */

_Static_assert(sizeof(struct vcpu_info) == VCPU_INFO_SIZE, "either width");
_Static_assert(offsetof(struct vcpu_info, time) == TIME_OFFSET, "either width");
_Static_assert(sizeof(((struct shared_info *)0)->vcpu_info) == VCPU_INFOS * VCPU_INFO_SIZE, "");

#define BITMAPS (VCPU_INFOS * VCPU_INFO_SIZE)

static const struct shared_layout wide = {BITMAPS, BITMAPS + PENDING_SIZE(8),
                                          BITMAPS + 2 * PENDING_SIZE(8), 8, 64};
static const struct shared_layout narrow = {BITMAPS, BITMAPS + PENDING_SIZE(4),
                                            BITMAPS + 2 * PENDING_SIZE(4), 4, 32};

_Static_assert(offsetof(struct shared_info, evtchn_mask) == BITMAPS + PENDING_SIZE(8), "");
_Static_assert(offsetof(struct shared_info, wc_version) == BITMAPS + 2 * PENDING_SIZE(8), "");

const struct shared_layout *shared_layout(const struct domain *domain)
{
    return domain->xen.narrow ? &narrow : &wide;
}

uint8_t *shared_info_of(const struct vcpu *vcpu)
{
    size_t id = vcpu->altp2m->id;

    return id < VCPU_INFOS ? vcpu->domain->xen.shared_info + id * VCPU_INFO_SIZE : NULL;
}

/* ns = (ticks shifted) * mul >> 32 */
static void find_scale(uint64_t hz, uint32_t *mul, int8_t *shift)
{
    *shift = 0;
    for (; hz > 2 * SECOND; hz >>= 1) {
        --*shift;
    }
    for (; hz <= SECOND; hz <<= 1) {
        ++*shift;
    }
    *mul = (uint32_t)((SECOND << 32) / hz);
}

void shared_info_tell_time(const struct domain *domain, uint8_t *info)
{
    struct vcpu_time_info time = {.version = 2, .tsc_timestamp = domain->xen.began};

    find_scale(domain->boot->tsc_hz, &time.tsc_to_system_mul, &time.tsc_shift);
    memcpy(info + TIME_OFFSET, &time, sizeof(time));
}

uint64_t shared_info_now(const struct domain *domain)
{
    uint64_t ticks = rdtsc() - domain->xen.began;
    uint32_t mul;
    int8_t shift;

    find_scale(domain->boot->tsc_hz, &mul, &shift);
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return (uint64_t)((unsigned __int128)ticks * mul >> 32);
}

uint64_t shared_info_tsc(const struct domain *domain, uint64_t ns)
{
    uint64_t factor = (domain->boot->tsc_hz << FACTOR_SHIFT) / SECOND;
    unsigned __int128 ticks = ns > INT64_MAX ? 0 : (unsigned __int128)ns * factor >> FACTOR_SHIFT;

    return ticks < UINT64_MAX - domain->xen.began ? domain->xen.began + (uint64_t)ticks
                                                  : UINT64_MAX;
}

void shared_info_init(struct domain *domain, void *page)
{
    domain->xen.shared_info = page;
    domain->xen.began = rdtsc();
    for (unsigned int i = 0; i < VCPU_INFOS; i++) {
        shared_info_tell_time(domain, domain->xen.shared_info + (size_t)i * VCPU_INFO_SIZE);
    }
}

void shared_info_latch(struct domain *domain, bool is_narrow)
{
    domain->xen.narrow = is_narrow;
}
