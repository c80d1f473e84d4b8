/* SPDX-License-Identifier: BSD-2-Clause */
#include "guestmem/code.h"

#include "base/string.h"
#include "core/state.h"
#include "guestmem/path.h"
#include "x86/x86.h"

/* L counts in long mode only (SDM Vol. 3A 5.2.1). */
static unsigned int code_bits(const struct vcpu *vcpu)
{
    uint64_t rights = guest_get(vcpu, GUEST_CS_RIGHTS);

    if (rights & RIGHTS_LONG && guest_get(vcpu, GUEST_EFER) & EFER_LMA) {
        return 64;
    }
    return rights & RIGHTS_BIG ? 32 : 16;
}

/* Outside of 64-bit mode linear addresses have 32 bits (SDM Vol. 3A 3.4). */
uint64_t guest_code_address(const struct vcpu *vcpu, unsigned int offset)
{
    uint64_t at = guest_get(vcpu, GUEST_RIP) + offset;

    return code_bits(vcpu) == 64 ? at : (uint32_t)(at + guest_get(vcpu, GUEST_CS_BASE));
}

uint64_t guest_rip(const struct vcpu *vcpu)
{
    return guest_code_address(vcpu, 0);
}

/* By the walk of an earlier fetch from it, if that is still valid. */
static const uint8_t *fetched(struct vcpu *vcpu, uint64_t page)
{
    struct guest_path *path = guest_code_path_of(vcpu, page);

    return guest_path_serves(vcpu, path, page, ALTP2M_X) ? path->host
                                                         : guest_page_fetch(vcpu, page, path);
}

/* The page, if the view lets the guest execute or read it, or if `anyhow`. */
static const uint8_t *page_at(struct vcpu *vcpu, uint64_t linear, bool anyhow)
{
    uint64_t page = linear & ~(uint64_t)(ALTP2M_PAGE_SIZE - 1);
    const uint8_t *executable = anyhow ? NULL : fetched(vcpu, page);

    return executable ? executable : guest_page_seen(vcpu, page, anyhow ? 0 : ALTP2M_R);
}

/* Copy the guest's bytes up to the end of a page; returns how many. */
static unsigned int fetch(struct vcpu *vcpu, uint8_t *to, uint64_t from, unsigned int most,
                          bool anyhow)
{
    unsigned int offset = from % ALTP2M_PAGE_SIZE, rest = ALTP2M_PAGE_SIZE - offset;
    unsigned int count = most < rest ? most : rest;
    const uint8_t *page = page_at(vcpu, from, anyhow);

    if (!page) {
        return 0;
    }
    memcpy(to, page + offset, count);
    return count;
}

/* From RIP on. */
static unsigned int fetch_all(struct vcpu *vcpu, uint8_t *to, unsigned int most, bool anyhow)
{
    unsigned int count = 0, more = most;

    while (count < most && more) {
        more = fetch(vcpu, to + count, guest_code_address(vcpu, count), most - count, anyhow);
        count += more;
    }
    return count;
}

unsigned int guest_code(struct vcpu *vcpu, uint8_t *to, unsigned int most, uint64_t *linear,
                        unsigned int *bits)
{
    *bits = code_bits(vcpu);
    *linear = guest_rip(vcpu);
    return fetch_all(vcpu, to, most, false);
}

unsigned int guest_code_anyhow(struct vcpu *vcpu, uint8_t *to, unsigned int most,
                               unsigned int *bits)
{
    *bits = code_bits(vcpu);
    return fetch_all(vcpu, to, most, true);
}
