/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot loader's information, by both versions of the Multiboot specification. */
#include "pure/refusals.h"

#include "boot/multiboot.h"
#include "memory/map.h"

#include <stdlib.h>
#include <xen/arch-x86/hvm/start_info.h>

#define MAGIC_1 0x2badb002U
#define MAGIC_2 0x36d76289U
#define SIZE    0x4000
#define INFO    0x100 /* the address of the information */

/* Memory that a test builds: structures go to the end of the last one, and strings to the end. */
struct memory {
    unsigned char bytes[SIZE];
    uint32_t strings; /* next free */
};

static struct memory memory_new(void)
{
    return (struct memory){.strings = 0x2000};
}

static uint32_t put_string(struct memory *m, const char *string)
{
    uint32_t at = m->strings;

    memcpy(m->bytes + at, string, strlen(string) + 1);
    m->strings += (uint32_t)strlen(string) + 1;
    return at;
}

static void put(struct memory *m, uint32_t at, const void *what, size_t size)
{
    memcpy(m->bytes + at, what, size);
}

static void put32(struct memory *m, uint32_t at, uint32_t value)
{
    put(m, at, &value, sizeof(value));
}

static bool parse(const struct memory *m, uint32_t magic, uint32_t information,
                  struct boot_info *boot, struct refusal *why)
{
    /* A separate block: AddressSanitizer detects a read beyond it. */
    unsigned char *copy = malloc(SIZE);
    bool parsed;

    assert_non_null(copy);
    memcpy(copy, m->bytes, SIZE);
    memset(boot, 0, sizeof(*boot));
    parsed =
        multiboot_parse(boot, &(struct physical_memory){copy, SIZE, NULL}, magic, information, why);
    free(copy);
    return parsed;
}

/* Offsets in the Multiboot 1 information (0.6.96, section 3.3). */
enum {
    M1_FLAGS = 0,
    M1_CMDLINE = 16,
    M1_MODS_COUNT = 20,
    M1_MODS = 24,
    M1_MAP_SIZE = 44,
    M1_MAP = 48,
    M1_LOADER = 64
};

struct __attribute__((packed)) m1_range {
    uint32_t size;
    uint64_t start, length;
    uint32_t type;
};

static void put_m1_range(struct memory *m, unsigned int n, struct m1_range range)
{
    range.size = sizeof(range) - 4;
    put(m, 0x400 + n * (uint32_t)sizeof(range), &range, sizeof(range));
    put32(m, INFO + M1_MAP, 0x400);
    put32(m, INFO + M1_MAP_SIZE, (n + 1) * (uint32_t)sizeof(range));
}

static void put_m1_module(struct memory *m, unsigned int n, uint32_t start, uint32_t end,
                          const char *cmdline)
{
    uint32_t module[4] = {start, end, put_string(m, cmdline), 0};

    put(m, 0x800 + n * 16, module, sizeof(module));
    put32(m, INFO + M1_MODS, 0x800);
    put32(m, INFO + M1_MODS_COUNT, n + 1);
}

static struct memory good_1(const char *loader, const char *cmdline, const char *module_cmdline)
{
    struct memory m = memory_new();

    put32(&m, INFO + M1_FLAGS, 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9);
    put32(&m, INFO + M1_CMDLINE, put_string(&m, cmdline));
    put32(&m, INFO + M1_LOADER, put_string(&m, loader));
    put_m1_module(&m, 0, 0x3000, 0x3100, module_cmdline);
    put_m1_module(&m, 1, 0x3200, 0x3200, "");
    put_m1_range(&m, 0, (struct m1_range){0, 0, 0x9fc00, 1});
    put_m1_range(&m, 1, (struct m1_range){0, 0x100000, 0x700000, 1});
    put_m1_range(&m, 2, (struct m1_range){0, 0x9fc00, 0x400, 2});
    return m;
}

static void put_tag(struct memory *m, uint32_t *at, uint32_t type, const void *body, size_t size)
{
    uint32_t head[2] = {type, (uint32_t)size + 8};

    put(m, *at, head, sizeof(head));
    if (size)
        put(m, *at + 8, body, size);
    *at += ((uint32_t)size + 15) & ~7U;
    put32(m, INFO, *at - INFO);
}

struct m2_map {
    uint32_t entry_size, version;
    struct {
        uint64_t start, length;
        uint32_t type, reserved;
    } entries[3];
};

static struct memory good_2(const char *loader, const char *cmdline, const char *module_cmdline)
{
    static const struct m2_map map = {
        24, 0, {{0, 0x9fc00, 1, 0}, {0x100000, 0x700000, 1, 0}, {0x9fc00, 0x400, 2, 0}}};
    struct memory m = memory_new();
    uint32_t at = INFO + 8;
    char module[128] = {0};

    memcpy(module, (uint32_t[2]){0x3000, 0x3100}, 8);
    strcpy(module + 8, module_cmdline);
    put_tag(&m, &at, 1, cmdline, strlen(cmdline) + 1);
    put_tag(&m, &at, 2, loader, strlen(loader) + 1);
    put_tag(&m, &at, 3, module, 8 + strlen(module_cmdline) + 1);
    put_tag(&m, &at, 3, (uint32_t[3]){0x3200, 0x3200, 0}, 9);
    put_tag(&m, &at, 99, "unknown", 5);
    put_tag(&m, &at, 6, &map, sizeof(map));
    put_tag(&m, &at, 0, NULL, 0);
    return m;
}

static void check_good(const char *name, const struct boot_info *boot)
{
    if (boot->module_count != 2 || boot->modules[0].start != 0x3000 ||
        boot->modules[0].size != 0x100 || boot->modules[1].size != 0)
        fail_msg("%s: modules", name);
    if (strcmp(boot->modules[0].cmdline, "one two") || *boot->modules[1].cmdline)
        fail_msg("%s: module arguments '%s'", name, boot->modules[0].cmdline);
    if (boot->options.view_count != 7 || boot->options.mode != ALTP2M_MODE_EXTERNAL)
        fail_msg("%s: options", name);
    /* RAM shrinks to whole pages, and other types grow. */
    if (boot->range_count != 3 || boot->ranges[0].size != 0x9f000 ||
        boot->ranges[1].type != XEN_HVM_MEMMAP_TYPE_RESERVED || boot->ranges[1].size != 0x1000 ||
        map_ram_size(boot) != 0x79f000)
        fail_msg("%s: memory map of %u ranges", name, boot->range_count);
}

static void both_versions_say_the_same(void **state)
{
    static const char cmdline[] = "altp2m=external  altp2m_count=7";
    struct memory m = good_1("GRUB 2.06", cmdline, "one two");
    struct boot_info boot;
    struct refusal why;

    (void)state;
    assert_true(parse(&m, MAGIC_1, INFO, &boot, &why));
    check_good("version 1", &boot);
    m = good_2("GRUB 2.06", cmdline, "one two");
    assert_true(parse(&m, MAGIC_2, INFO, &boot, &why));
    check_good("version 2", &boot);
    /* QEMU's -kernel puts file names in front. */
    m = good_1("qemu", "altview.elf altp2m=external altp2m_count=7", "guest.elf one two");
    assert_true(parse(&m, MAGIC_1, INFO, &boot, &why));
    check_good("version 1 by QEMU", &boot);
}

struct damage {
    const char *name;
    uint32_t at, value; /* 32 bits of a good version 1 image */
    enum status status;
    const char *cause;
};

static void damaged_version_1(void **state)
{
    static const struct damage damages[] = {
        {"modules out of reach", INFO + M1_MODS, SIZE - 8, STATUS_PANIC, "list of modules"},
        {"too many modules to reach", INFO + M1_MODS_COUNT, UINT32_MAX, STATUS_PANIC,
         "list of modules"},
        {"more than 8 modules", INFO + M1_MODS_COUNT, 200, STATUS_BAD_OPTION, "more than 8"},
        {"module out of reach", 0x800, SIZE, STATUS_PANIC, "a module that is out of reach"},
        {"module ends before it begins", 0x804, 0x2fff, STATUS_PANIC, "a module that is out"},
        {"map out of reach", INFO + M1_MAP, SIZE, STATUS_PANIC, "memory map is out of reach"},
        {"no map", INFO + M1_FLAGS, 1 << 3, STATUS_PANIC, "no memory map"},
        {"an empty map", INFO + M1_MAP_SIZE, 0, STATUS_PANIC, "no memory map"},
        {"bad options", INFO + M1_CMDLINE, INFO + 0x80, STATUS_BAD_OPTION, "no such option"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        const struct damage *d = &damages[i];
        struct memory m = good_1("GRUB 2.06", "", "");
        struct boot_info boot;
        struct refusal why = {.status = 0};

        put(&m, INFO + 0x80, "nonsense", 9);
        put32(&m, d->at, d->value);
        if (parse(&m, MAGIC_1, INFO, &boot, &why))
            fail_msg("accepted: %s", d->name);
        check_refusal(d->name, &why, d->status, d->cause);
    }
}

/* A string without an end does not count; the other fields still count. */
static void strings_without_end(void **state)
{
    struct memory m = good_1("GRUB 2.06", "", "");
    struct boot_info boot;
    struct refusal why;

    (void)state;
    memset(m.bytes + SIZE - 16, 'a', 16);
    put32(&m, INFO + M1_CMDLINE, SIZE - 16);
    put32(&m, INFO + M1_LOADER, UINT32_MAX);
    assert_true(parse(&m, MAGIC_1, INFO, &boot, &why));
    assert_int_equal(boot.options.view_count, 10);
}

static void damaged_version_2(void **state)
{
    static const struct damage damages[] = {
        {"size out of reach", INFO, SIZE, STATUS_PANIC, "out of reach"},
        {"tag without a head", INFO + 12, 7, STATUS_PANIC, "tag's size"},
        {"tag of size 0", INFO + 12, 0, STATUS_PANIC, "tag's size"},
        {"tag longer than all", INFO + 12, 0x3000, STATUS_PANIC, "tag's size"},
        {"nothing but an end", INFO + 8, 0, STATUS_PANIC, "no memory map"},
        {"module tag too short", INFO + 8, 3, STATUS_PANIC, "too short"},
        {"map tag too short", INFO + 8, 6, STATUS_PANIC, "too short"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        const struct damage *d = &damages[i];
        struct memory m = good_2("GRUB 2.06", "", "");
        struct boot_info boot;
        struct refusal why = {.status = 0};

        put32(&m, d->at, d->value);
        if (parse(&m, MAGIC_2, INFO, &boot, &why))
            fail_msg("accepted: %s", d->name);
        check_refusal(d->name, &why, d->status, d->cause);
    }
}

/* Entries of a later specification are longer, never shorter. A length of 0 would be an endless
 * loop. */
static void map_entry_sizes(void **state)
{
    static const struct {
        uint32_t entry_size;
        bool accepted;
    } sizes[] = {{0, false}, {1, false}, {23, false}, {24, true}, {32, true}, {UINT32_MAX, true}};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct m2_map map = {sizes[i].entry_size, 0, {{0x100000, 0x100000, 1, 0}}};
        struct memory m = memory_new();
        struct boot_info boot;
        struct refusal why;
        uint32_t at = INFO + 8;

        put_tag(&m, &at, 6, &map, sizeof(map));
        if (parse(&m, MAGIC_2, INFO, &boot, &why) != sizes[i].accepted)
            fail_msg("map entries of %u bytes", sizes[i].entry_size);
    }
}

static void strangers(void **state)
{
    struct memory m = good_1("GRUB 2.06", "end=bochs", "");
    struct boot_info boot;
    struct refusal why;

    (void)state;
    assert_false(parse(&m, 0, INFO, &boot, &why));
    check_refusal("no magic number", &why, STATUS_PANIC, "neither version");
    assert_false(parse(&m, MAGIC_1, SIZE - 10, &boot, &why));
    check_refusal("information out of reach", &why, STATUS_PANIC, "out of reach");
    assert_false(parse(&m, MAGIC_2, UINT32_MAX, &boot, &why));
    check_refusal("information out of reach", &why, STATUS_PANIC, "out of reach");
    /* A refusal ends the machine in the way that end= selects. */
    put32(&m, INFO + M1_MAP_SIZE, 0);
    assert_false(parse(&m, MAGIC_1, INFO, &boot, &why));
    assert_int_equal(boot.options.end, BOOT_END_BOCHS);
}

struct __attribute__((packed)) screen {
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t bits, type;
    uint8_t rest[8];
};

static const struct screen rgb = {0x4012345000, 8192, 1920, 1080, 32, 1, {0, 0, 16, 8, 8, 8, 0, 8}};

static void check_rgb(const struct boot_screen *screen)
{
    assert_int_equal(screen->kind, BOOT_SCREEN_RGB);
    assert_int_equal(screen->address, rgb.address);
    assert_int_equal(screen->pitch, 8192);
    assert_int_equal(screen->width, 1920);
    assert_int_equal(screen->height, 1080);
    assert_int_equal(screen->bits, 32);
    assert_memory_equal(screen->colours, rgb.rest + 2, 6);
}

static struct memory with_ram_2(uint32_t *at)
{
    static const struct m2_map map = {24, 0, {{0, 0x9f000, 1, 0}}};
    struct memory m = memory_new();

    *at = INFO + 8;
    put_tag(&m, at, 6, &map, sizeof(map));
    return m;
}

static struct memory with_screen_2(const struct screen *screen, size_t size)
{
    uint32_t at;
    struct memory m = with_ram_2(&at);

    put_tag(&m, &at, 8, screen, size);
    put_tag(&m, &at, 0, NULL, 0);
    return m;
}

static struct memory with_screen_1(const struct screen *screen)
{
    struct memory m = memory_new();

    put32(&m, INFO + M1_FLAGS, 1 << 12 | 1 << 6);
    put_m1_range(&m, 0, (struct m1_range){0, 0, 0x9f000, 1});
    put(&m, INFO + 88, screen, 22);
    put(&m, INFO + 110, screen->rest + 2, 6);
    return m;
}

/* A machine without a VGA has only this. */
static void screens(void **state)
{
    static const struct {
        const char *name;
        struct screen screen;
        size_t size;
        enum boot_screen_kind kind;
    } screens[] = {
        {"text", {0xb8000, 160, 80, 25, 16, 2, {0}}, 24, BOOT_SCREEN_TEXT},
        {"text, without colours", {0xb8000, 160, 80, 25, 16, 2, {0}}, 22, BOOT_SCREEN_TEXT},
        {"a palette", {0xe0000000, 640, 640, 480, 8, 0, {0}}, 30, BOOT_SCREEN_UNKNOWN},
        {"a kind of tomorrow", {0xe0000000, 640, 640, 480, 8, 3, {0}}, 30, BOOT_SCREEN_UNKNOWN},
        {"too wide for Linux", {0xe0000000, 262144, 65536, 1, 32, 1, {0}}, 30, BOOT_SCREEN_UNKNOWN},
        {"of no height", {0xe0000000, 640, 640, 0, 8, 1, {0}}, 30, BOOT_SCREEN_UNKNOWN},
        {"cut off", {0xb8000, 160, 80, 25, 16, 2, {0}}, 21, BOOT_SCREEN_UNKNOWN},
    };
    static struct boot_info boot;
    struct refusal why;
    struct memory m = with_screen_2(&rgb, sizeof(rgb));

    (void)state;
    assert_true(parse(&m, MAGIC_2, INFO, &boot, &why));
    check_rgb(&boot.screen);
    m = with_screen_1(&rgb);
    assert_true(parse(&m, MAGIC_1, INFO, &boot, &why));
    check_rgb(&boot.screen);
    for (size_t i = 0; i < COUNT(screens); i++) {
        m = with_screen_2(&screens[i].screen, screens[i].size);
        assert_true(parse(&m, MAGIC_2, INFO, &boot, &why));
        if (boot.screen.kind != screens[i].kind)
            fail_msg("%s: kind %d", screens[i].name, boot.screen.kind);
    }
}

/* Two descriptors of 48 bytes, and an incomplete one. */
static void efi(void **state)
{
    static const struct {
        const char *name;
        uint32_t descriptor_size;
        uint64_t want;
    } maps[] = {{"good", 48, 96}, {"too small", 39, 0}, {"too large", 1025, 0}, {"nothing", 0, 0}};
    static struct boot_info boot;
    struct refusal why;

    (void)state;
    for (size_t i = 0; i < COUNT(maps); i++) {
        uint32_t at, map, body[27] = {maps[i].descriptor_size, 1};
        struct memory m = with_ram_2(&at);

        put_tag(&m, &at, 12, &(uint64_t){0x123456789a}, 8);
        map = at + 16;
        put_tag(&m, &at, 17, body, sizeof(body));
        put_tag(&m, &at, 0, NULL, 0);
        assert_true(parse(&m, MAGIC_2, INFO, &boot, &why));
        assert_int_equal(boot.efi.system_table, 0x123456789a);
        if (boot.efi.map.size != maps[i].want)
            fail_msg("%s: %lu bytes", maps[i].name, (unsigned long)boot.efi.map.size);
        assert_int_equal(boot.efi.map.start, maps[i].want ? map : 0);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_say_the_same),
        cmocka_unit_test(damaged_version_1),
        cmocka_unit_test(strings_without_end),
        cmocka_unit_test(damaged_version_2),
        cmocka_unit_test(map_entry_sizes),
        cmocka_unit_test(strangers),
        cmocka_unit_test(screens),
        cmocka_unit_test(efi),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
