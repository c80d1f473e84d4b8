/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

int scene_setup(void **state)
{
    altview *h;

    fake_reset();
    assert_int_equal(altview_open("xen:5", 0, &h), 0);
    *state = h;
    return 0;
}

int scene_teardown(void **state)
{
    altview_close(*state);
    assert_int_equal(fake.buffers, 0);
    assert_int_equal(fake.handles, 0);
    assert_null(fake.fault);
    return 0;
}

void scene_saw(unsigned int hypercall, uint64_t command, size_t size,
               const struct fake_field *fields, size_t count)
{
    uint8_t expected[FAKE_ALTP2M] = {0};

    for (size_t i = 0; i < count && fields[i].size; i++) {
        fake_put(expected, fields[i]);
    }
    assert_int_equal(fake.last.hypercall, hypercall);
    assert_int_equal(fake.last.command, command);
    assert_int_equal(fake.last.size, size);
    assert_memory_equal(fake.last.bytes, expected, sizeof(expected));
}
