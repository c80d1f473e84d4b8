/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/physical.h"

#include "boot/window.h"
#include "memory/image.h"
#include "memory/pages.h"
#include "x86/capabilities.h"
#include "x86/x86.h"

#define ROOT_SLOT    511 /* of the boot page tables (entry.S): the image's last 512 GiB */
#define LEVEL_3_SLOT 509 /* slots that are free: the image is in 510 */
#define WINDOW       (-(UINT64_C(3) << 30)) /* the content of these two slots */

static struct window window;

static void put_window(void)
{
    const uint64_t *root = virt_of(read_cr3() & ADDRESS);
    uint64_t *level_3 = virt_of(root[ROOT_SLOT] & ADDRESS);

    level_3[LEVEL_3_SLOT] = phys_of(window.entries) | PRESENT;
}

static const void *show(uint64_t address, uint64_t size)
{
    uint64_t at = window_show(&window, address, size, UINT64_C(1) << capabilities_physical_bits());

    return at == WINDOW_NONE ? NULL : (const void *)(WINDOW + at);
}

struct physical_memory reach_memory(void)
{
    put_window();
    return (struct physical_memory){virt_of(0), 4 * PAGE_SIZE1G, show};
}
