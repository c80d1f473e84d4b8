/* SPDX-License-Identifier: BSD-2-Clause */
/* The owner of each frame, compared with the memory map, frame by frame. */
#include "pure/refusals.h"

#include "memory/frames.h"

#include <xen/arch-x86/hvm/start_info.h>

#define PAGE  4096
#define LIMIT 0x500

/* RAM with an odd end, two of the hypervisor's pieces in it, the page below 1 MiB, and three shown
 * pages. */
static void make_machine(struct boot_info *boot, struct extent *shown)
{
    memset(boot, 0, sizeof(*boot));
    boot->ranges[0] = (struct boot_range){0, 0x9fc00, XEN_HVM_MEMMAP_TYPE_RAM};
    boot->ranges[1] = (struct boot_range){0x9fc00, 0x400, XEN_HVM_MEMMAP_TYPE_RESERVED};
    boot->ranges[2] = (struct boot_range){0x100000, 0x300800, XEN_HVM_MEMMAP_TYPE_RAM};
    boot->range_count = 3;
    boot->trampoline = 0x9e000;
    boot->own.list[0] = (struct extent){0x200000, 0x40000};
    boot->own.list[1] = (struct extent){0x300000, 0x10000};
    boot->own.count = 2;
    *shown = (struct extent){0x205000, 3 * PAGE};
}

static enum frame_owner expected(uint64_t mfn)
{
    if (mfn == 0x9e || (mfn >= 0x200 && mfn < 0x240) || (mfn >= 0x300 && mfn < 0x310))
        return mfn >= 0x205 && mfn < 0x208 ? FRAME_SHOWN : FRAME_OURS;
    return mfn < 0x9f || (mfn >= 0x100 && mfn < 0x400) ? FRAME_GUEST : FRAME_DEVICE;
}

static void test_each_frame(void **state)
{
    static struct frames frames;
    static struct boot_info boot;
    struct extent shown;

    (void)state;
    make_machine(&boot, &shown);
    frames_fill(&frames, &boot, shown, LIMIT);
    for (uint64_t mfn = 0; mfn < LIMIT + 10; mfn++)
        if (frames_owner(&frames, mfn) != expected(mfn))
            fail_msg("frame %#llx is %s, should be %s", (unsigned long long)mfn,
                     frames_owner_name(frames_owner(&frames, mfn)),
                     frames_owner_name(expected(mfn)));
    assert_int_equal(frames_owner(&frames, UINT64_MAX), FRAME_DEVICE);
}

/* Each frame is in exactly one range, because the ranges make the host p2m. */
static void test_no_gaps(void **state)
{
    static struct frames frames;
    static struct boot_info boot;
    struct extent shown;
    uint64_t at = 0;

    (void)state;
    make_machine(&boot, &shown);
    frames_fill(&frames, &boot, shown, LIMIT);
    for (unsigned int i = 0; i < frames.count; i++) {
        assert_int_equal(frames.ranges[i].first, at);
        assert_true(frames.ranges[i].end > at);
        at = frames.ranges[i].end;
    }
    assert_int_equal(at, LIMIT);
}

/* The engine learns of all frames of the hypervisor, and of those that may be shown. */
static void test_kept(void **state)
{
    static struct frames frames;
    static struct boot_info boot;
    struct altp2m_frames kept[KEPT_MAX];
    struct extent shown;
    unsigned int count;

    (void)state;
    make_machine(&boot, &shown);
    frames_fill(&frames, &boot, shown, LIMIT);
    count = frames_kept(&frames, kept);
    for (uint64_t mfn = 0; mfn < LIMIT; mfn++) {
        enum frame_owner owner = FRAME_GUEST;

        for (unsigned int i = 0; i < count; i++)
            if (mfn >= kept[i].first && mfn < kept[i].end)
                owner = kept[i].shared ? FRAME_SHOWN : FRAME_OURS;
        assert_int_equal(owner == FRAME_GUEST, expected(mfn) < FRAME_OURS);
        assert_int_equal(owner == FRAME_SHOWN, expected(mfn) == FRAME_SHOWN);
    }
}

/* The maximal number of ranges and pieces: none is left out. */
static void test_most(void **state)
{
    static struct frames frames;
    static struct boot_info boot;
    struct altp2m_frames kept[KEPT_MAX];

    (void)state;
    memset(&boot, 0, sizeof(boot));
    for (; boot.range_count < BOOT_MAX_RANGES; boot.range_count++)
        boot.ranges[boot.range_count] = (struct boot_range){
            (2 * boot.range_count + 1) * UINT64_C(0x1000000), 0x1000000, XEN_HVM_MEMMAP_TYPE_RAM};
    for (; boot.own.count < OWN_PIECES_MAX; boot.own.count++)
        boot.own.list[boot.own.count] =
            (struct extent){(2 * boot.own.count + 1) * UINT64_C(0x1000000) + 0x200000, 0x200000};
    boot.trampoline = 0x9e000;
    frames_fill(&frames, &boot, (struct extent){0x1210000, 3 * PAGE}, UINT64_C(1) << 24);
    assert_true(frames.count <= FRAMES_MAX);
    assert_int_equal(frames_kept(&frames, kept), KEPT_MAX);
    assert_int_equal(frames_owner(&frames, 0x1211), FRAME_SHOWN);
    for (unsigned int i = 1; i < OWN_PIECES_MAX; i++)
        assert_int_equal(frames_owner(&frames, boot.own.list[i].start / PAGE), FRAME_OURS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_frame),
        cmocka_unit_test(test_no_gaps),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
