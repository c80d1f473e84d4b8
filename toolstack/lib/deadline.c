/* SPDX-License-Identifier: BSD-2-Clause */
#include "deadline.h"

#include "clock.h"

static _Thread_local struct {
    bool under_way;
    unsigned int milliseconds;
    int64_t at;
} call;

bool deadline_begin(unsigned int milliseconds)
{
    if (call.under_way) {
        return false;
    }
    call.under_way = true;
    call.milliseconds = milliseconds;
    deadline_renew();
    return true;
}

void deadline_end(bool outermost)
{
    call.under_way = call.under_way && !outermost;
}

void deadline_renew(void)
{
    call.at = now_ms() + call.milliseconds;
}

int64_t deadline_of_call(void)
{
    return call.under_way ? call.at : NEVER;
}
