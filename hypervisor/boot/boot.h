/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of the boot code, independent of Multiboot 1 or 2. */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "memory/extent.h"
#include "memory/mtrr.h"
#include "x86/capabilities.h"

#include <altview/altp2m.h>
#include <stdbool.h>
#include <stdint.h>

#define BOOT_MAX_RANGES  128
#define BOOT_MAX_MODULES 8
#define BOOT_STRINGS     4096 /* bytes for all command lines */
#define POWER_PORTS      2
#define BOOT_RSDP_SIZE   36   /* ACPI 2.0's; 20 bytes in ACPI 1.0 */
#define BOOT_MAX_CPUS    64   /* that the guest can have */
#define BOOT_MAX_LISTED  1024 /* that altview remembers of the machine's table */
#define BOOT_MAX_IOAPICS 8

#define BOOT_POOL_ALL (~0U) /* default: as many as there are */

/* The hypervisor's command line. */
struct boot_options {
    enum altp2m_mode mode;   /* altp2m=mixed|external|limited|disabled, default mixed */
    unsigned int view_count; /* altp2m_count=1..512, default 10 as in Xen */
    bool access_required;    /* access_required: a violation without a listener stops the guest */
    unsigned int pool;       /* pool=0..1000000: pages for tables while the guest runs, at most */
    unsigned int cpus;       /* cpus=1..64, default 64: the guest's, at most; the rest is parked */
    unsigned int reach; /* reach=32..52, default 52: device memory has such addresses, at most */
    bool vmfunc_in_software; /* vmfunc=software, not auto: for any CPU (run/vmfunc.h) */
    bool ring; /* ring=on, not off: the control port has rings in memory too (port/line.c) */
    bool watch_silent; /* silent-cpus=watch, not refuse: see run/cpus.h */
    /* Who rings at the control port: run/bell.h. */
    enum boot_bell {
        BOOT_BELL_AUTO, /* default: a timer of the machine, if the CPU has none for it */
        BOOT_BELL_HUB,  /* bell=hub: altview run, through the emulator */
        BOOT_BELL_OFF,  /* bell=off */
    } bell;
    /* Is the guest shown that it runs on Xen? */
    enum boot_face {
        BOOT_FACE_AUTO, /* default: unless it is Linux */
        BOOT_FACE_ON,   /* xen-face=on */
        BOOT_FACE_OFF,  /* xen-face=off */
    } xen_face;
    enum boot_end {
        BOOT_END_HALT,  /* default: cli; hlt */
        BOOT_END_BOCHS, /* end=bochs: port 0x8900 */
        BOOT_END_QEMU,  /* end=qemu: isa-debug-exit, port 0xf4 */
        BOOT_END_RESET, /* end=reset: port 0xcf9 */
    } end;
};

/* Guest physical memory map, types as in <xen/arch-x86/hvm/start_info.h> (e820 types). */
struct boot_range {
    uint64_t start, size;
    uint32_t type;
};

struct boot_module {
    uint64_t start, size; /* physical, inside the hypervisor's reach until the guest runs */
    const char *cmdline;  /* arguments only, without the file's name; never NULL */
};

/* UEFI's tables. The memory map is where the boot loader has put it. */
struct boot_efi {
    uint64_t system_table; /* of 64-bit firmware; 0: there is none */
    struct extent map;     /* size 0: there is none */
    uint32_t descriptor_size, descriptor_version;
};

/* The screen as the boot loader leaves it. */
struct boot_screen {
    enum boot_screen_kind {
        BOOT_SCREEN_UNKNOWN,
        BOOT_SCREEN_RGB,  /* a framebuffer of direct colours */
        BOOT_SCREEN_TEXT, /* a VGA's: width and height count characters */
    } kind;
    uint64_t address;
    uint32_t pitch, width, height; /* bytes, pixels, pixels */
    uint8_t bits;                  /* of a pixel */
    struct boot_colour {
        uint8_t position, size; /* bits */
    } colours[3];               /* red, green, blue */
};

struct boot_info {
    struct boot_options options;
    struct cpu_capabilities cpu;               /* checked: it has all required features */
    struct mtrrs mtrrs;                        /* of all CPUs: firmware makes them alike */
    uint64_t tsc_hz;                           /* ticks of the TSC in a second */
    struct boot_range ranges[BOOT_MAX_RANGES]; /* ascending, with altview's memory already
                                                * reserved */
    unsigned int range_count;
    struct boot_module modules[BOOT_MAX_MODULES]; /* [0] is the guest image */
    unsigned int module_count;
    /*
     * The hypervisor's own memory: ascending pieces that don't touch, in whole 2 MiB. The image is
     * in one below 4 GiB. The trampoline is not among them.
     */
    struct extents own;
    uint64_t image;              /* where it lies */
    uint64_t rsdp;               /* where the ACPI RSDP lies, 0 if none was found */
    unsigned int rsdp_copy_size; /* or, from the boot loader, a copy of it: 0 if there is none */
    uint8_t rsdp_copy[BOOT_RSDP_SIZE];
    struct boot_efi efi;
    struct boot_screen screen;
    bool has_madt;                      /* it lists the CPUs and the I/O APICs */
    uint32_t apic_ids[BOOT_MAX_LISTED]; /* of the machine's CPUs, the one that boots first */
    unsigned int listed_count;
    unsigned int cpu_count;     /* how many of those are the guest's, from the first on */
    unsigned int cpus_unlisted; /* CPUs for which there was no room */
    unsigned int cpus_to_come;  /* are off now; ACPI may switch them on */
    uint64_t ioapics[BOOT_MAX_IOAPICS];
    uint32_t ioapic_gsis[BOOT_MAX_IOAPICS]; /* of the first pin of each: ACPI's number for it */
    unsigned int ioapic_count;
    uint16_t power_ports[POWER_PORTS]; /* PM1a and PM1b control; 0: there is none */
    uint16_t pm_timer;                 /* ACPI's timer; 0: there is none */
    uint64_t hpet;                     /* 0: there is none */
    uint64_t trampoline;        /* a page below 1 MiB where other CPUs start; 0: there is none */
    char strings[BOOT_STRINGS]; /* where the command lines live */
    unsigned int strings_used;
};

#endif
