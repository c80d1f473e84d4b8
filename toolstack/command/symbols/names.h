/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symbols and the guest that runs: options, the offset between the two, and names for addresses.
 * The offset (KASLR's) is given, or found: an address that the guest's CPU holds, of SYSCALL's
 * entry or of an exception's, less that of the kernel's symbol for it.
 */
#ifndef COMMAND_NAMES_H
#define COMMAND_NAMES_H

#include "options.h"
#include "session.h"
#include "symbols/symbols.h"

struct names {
    const char *file; /* NULL: none */
    bool has_offset;
    uint64_t offset;
};

int option_offset(const struct option *option, const char *value); /* to: struct names */

#define OPTIONS_NAMES(names)                                                                       \
    OPTION_TEXT(                                                                                   \
        "symbols", "FILE", &(names)->file,                                                         \
        "addresses may be symbols of that file: vmlinux or any ELF file, System.map, or a\n"       \
        "copy of /proc/kallsyms"),                                                                 \
        OPTION_BY(option_offset, "kaslr-offset", "N", (names),                                     \
                  "what the guest's addresses are above those of the file (default: found out)")

/* The guest's address of a symbol, by the registers of that vCPU. 0, or EXIT_FAILED after a message
 * with the cause. */
int names_find(struct session *s, const struct names *names, unsigned int vcpu, const char *name,
               uint64_t *address);

/* From now on names_of knows the names of the file; none, if no file is given. */
int names_use(struct session *s, const struct names *names, unsigned int vcpu);
bool names_are_used(void);
/* "sys_getpid+0x4", until the next call; NULL: no symbol. */
const char *names_of(uint64_t address);

#endif
