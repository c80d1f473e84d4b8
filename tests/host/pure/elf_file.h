/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest valid PVH guests, 64-bit and 32-bit, for tests to use and to spoil. */
#ifndef PURE_ELF_FILE_H
#define PURE_ELF_FILE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/elfnote.h>

#define TEXT 20 /* so many that the structures end without padding */

/* A 64-bit file with one segment to load and one with Xen's note. */
struct file64 {
    Elf64_Ehdr header;
    Elf64_Phdr load, notes;
    struct {
        Elf64_Nhdr head;
        char name[4];
        uint32_t value;
    } note;
    char text[TEXT];
};

struct file32 {
    Elf32_Ehdr header;
    Elf32_Phdr load, notes;
    struct {
        Elf32_Nhdr head;
        char name[4];
        uint32_t value;
    } note;
    char text[TEXT];
};

#define ADDRESS 0x100000
#define ENTRY   0x100004

#define GOOD(bits, machine)                                                                        \
    {                                                                                              \
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS##bits, ELFDATA2LSB, EV_CURRENT},      \
                   .e_type = ET_EXEC,                                                              \
                   .e_machine = (machine),                                                         \
                   .e_version = EV_CURRENT,                                                        \
                   .e_phoff = sizeof(Elf##bits##_Ehdr),                                            \
                   .e_ehsize = sizeof(Elf##bits##_Ehdr),                                           \
                   .e_phentsize = sizeof(Elf##bits##_Phdr),                                        \
                   .e_phnum = 2},                                                                  \
        .load = {.p_type = PT_LOAD,                                                                \
                 .p_offset = offsetof(struct file##bits, text),                                    \
                 .p_vaddr = 0x80000000,                                                            \
                 .p_paddr = ADDRESS,                                                               \
                 .p_filesz = TEXT,                                                                 \
                 .p_memsz = 0x1000},                                                               \
        .notes = {.p_type = PT_NOTE,                                                               \
                  .p_offset = offsetof(struct file##bits, note),                                   \
                  .p_filesz = 20},                                                                 \
        .note = {.head = {.n_namesz = 4, .n_descsz = 4, .n_type = XEN_ELFNOTE_PHYS32_ENTRY},       \
                 .name = "Xen",                                                                    \
                 .value = ENTRY},                                                                  \
    }

static const struct file64 good64 = GOOD(64, EM_X86_64);
static const struct file32 good32 = GOOD(32, EM_386);

#endif
