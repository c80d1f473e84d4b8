/* SPDX-License-Identifier: BSD-2-Clause */
/* Serial port 2 on a fake UART: the output to a line that takes no bytes for a while. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

/* In place of the CPU's, which base/serial.c would include. */
#define X86_X86_H

#define LINE_STATUS 0x2fd
#define SCRATCH_PAD 0x2ff
#define DATA_PORT   0x2f8
#define ROOM_IDLE   0x60
#define SECOND      UINT64_C(3000000000)
#define LOOK        300 /* ticks of a read of an emulator's port */
#define MOST        64
#define BARELY      5 /* seconds that the writer still waits */
#define FOR_EVER    1000

static struct fake {
    uint64_t tsc, free_at; /* the other end takes nothing before that time */
    unsigned int looks;
    uint8_t scratch;
    char taken[MOST];
    size_t count;
} fake;

static uint64_t rdtsc(void)
{
    return fake.tsc;
}

static uint8_t in8(uint16_t port)
{
    fake.tsc += LOOK;
    if (port == SCRATCH_PAD) {
        return fake.scratch;
    }
    assert_int_equal(port, LINE_STATUS);
    fake.looks++;
    return fake.tsc >= fake.free_at ? ROOM_IDLE : 0;
}

static void out8(uint16_t port, uint8_t value)
{
    if (port == SCRATCH_PAD) {
        fake.scratch = value;
    } else if (port == DATA_PORT && fake.count < MOST) {
        fake.taken[fake.count++] = (char)value;
    }
}

/* NOLINTNEXTLINE(bugprone-suspicious-include): with these */
#include "base/serial.c"

static int begin(void **state)
{
    (void)state;
    fake = (struct fake){.tsc = 0};
    stuck = false;
    patience = PATIENCE;
    serial_init();
    fake.count = fake.looks = 0;
    return 0;
}

/* The process that reads an emulator's line has not run for some seconds: no byte is lost. */
static void a_slow_reader_gets_all(void **state)
{
    (void)state;
    fake.free_at = BARELY * SECOND;
    serial_write("slow", 4);
    assert_int_equal(fake.count, 4);
    assert_memory_equal(fake.taken, "slow", 4);
}

static void one_that_never_reads_is_waited_for_once(void **state)
{
    unsigned int looks = 0;

    (void)state;
    fake.free_at = FOR_EVER * SECOND;
    serial_write("lost", 4);
    assert_int_equal(fake.count, 0);
    assert_true(fake.tsc < 10 * SECOND);
    looks = fake.looks;
    serial_write("lost", 4);
    assert_int_equal(fake.looks, looks + 1);
    assert_int_equal(fake.count, 0);
}

/* The writer gave the line up once: the control port must still work afterwards. */
static void one_that_reads_again_is_served(void **state)
{
    (void)state;
    fake.free_at = FOR_EVER * SECOND;
    serial_write("lost", 4);
    fake.tsc = fake.free_at;
    serial_write("again", 5);
    assert_int_equal(fake.count, 5);
    assert_int_equal(serial_send("more", 4), 4);
    assert_memory_equal(fake.taken, "againmore", 9);
    fake.free_at = fake.tsc + SECOND / 10;
    serial_write("!", 1); /* the writer waits, but not as long */
    assert_int_equal(fake.count, 10);
}

/* A reader that takes a byte now and then does not stop the guest for seconds each time. */
static void one_that_tarries_wears_patience_out(void **state)
{
    uint64_t waited = 0;

    (void)state;
    for (unsigned int i = 0; i < 1000; i++) {
        uint64_t start = fake.tsc;

        fake.free_at = start + FOR_EVER * SECOND;
        serial_write("x", 1);
        waited += fake.tsc - start;
        fake.tsc = fake.free_at;
        serial_write("y", 1);
    }
    assert_int_equal(fake.count, MOST);
    assert_true(waited < 10 * SECOND);
}

static void sending_never_waits(void **state)
{
    (void)state;
    fake.free_at = FOR_EVER * SECOND;
    assert_int_equal(serial_send("now", 3), 0);
    assert_int_equal(fake.looks, 1);
    fake.tsc = fake.free_at;
    assert_int_equal(serial_send("now", 3), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_slow_reader_gets_all, begin),
        cmocka_unit_test_setup(one_that_never_reads_is_waited_for_once, begin),
        cmocka_unit_test_setup(one_that_reads_again_is_served, begin),
        cmocka_unit_test_setup(one_that_tarries_wears_patience_out, begin),
        cmocka_unit_test_setup(sending_never_waits, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
