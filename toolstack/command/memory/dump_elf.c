/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of an ELF core, in the form of QEMU's dump-guest-memory: gdb reads the notes CORE, and
 * crash those of QEMU as well. Virtual addresses are physical ones, for gdb. */
#include "memory/dump_file.h"
#include "range.h"
#include "say.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 8     /* of a note, with what aligns it */
#define MOST_LOAD 65000 /* of program headers: from 0xffff on their number would not fit */

/* struct elf_prstatus of Linux on x86-64; readers use these fields. */
struct core_status {
    uint8_t pad1[32];
    uint32_t thread; /* from 1 on */
    uint8_t pad2[76];
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip,
        cs, rflags, rsp, ss, fs_base, gs_base, ds, es, fs, gs;
    uint8_t pad3[8];
};
_Static_assert(sizeof(struct core_status) == 336, "as Linux has it");

/* QEMU: target/i386/arch_dump.c, QEMUCPUState. */
struct qemu_segment {
    uint32_t selector, limit;
    uint32_t flags; /* the second word of its descriptor, without base and limit */
    uint32_t pad;
    uint64_t base;
};
struct qemu_state {
    uint32_t version, size;
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rsp, rbp, high[8]; /* r8 to r15 */
    uint64_t rip, rflags;
    struct qemu_segment cs, ds, es, fs, gs, ss, ldt, tr, gdt, idt;
    uint64_t cr[5], kernel_gs_base;
};
_Static_assert(sizeof(struct qemu_state) == 440, "as QEMU has it");

struct core_note {
    Elf64_Nhdr head;
    char name[NAME_SIZE];
    struct core_status status;
} __attribute__((packed, aligned(4)));
struct qemu_note {
    Elf64_Nhdr head;
    char name[NAME_SIZE];
    struct qemu_state state;
} __attribute__((packed, aligned(4)));

/* In the order of instructions' register numbers. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

static struct core_note core_note(const struct altview_registers *r, uint32_t vcpu)
{
    const uint64_t *gpr = r->general.gpr;
    const struct altview_segment *s = r->segments;

    return (struct core_note){.head = {.n_namesz = sizeof("CORE"),
                                       .n_descsz = sizeof(struct core_status),
                                       .n_type = NT_PRSTATUS},
                              .name = "CORE",
                              .status = {
                                  .thread = vcpu + 1,
                                  .r15 = gpr[R15],
                                  .r14 = gpr[R14],
                                  .r13 = gpr[R13],
                                  .r12 = gpr[R12],
                                  .rbp = gpr[RBP],
                                  .rbx = gpr[RBX],
                                  .r11 = gpr[R11],
                                  .r10 = gpr[R10],
                                  .r9 = gpr[R9],
                                  .r8 = gpr[R8],
                                  .rax = gpr[RAX],
                                  .rcx = gpr[RCX],
                                  .rdx = gpr[RDX],
                                  .rsi = gpr[RSI],
                                  .rdi = gpr[RDI],
                                  .orig_rax = UINT64_MAX,
                                  .rip = r->general.rip,
                                  .rflags = r->general.rflags,
                                  .rsp = gpr[RSP],
                                  .cs = s[ALTVIEW_CS].selector,
                                  .ss = s[ALTVIEW_SS].selector,
                                  .fs_base = s[ALTVIEW_FS].base,
                                  .gs_base = s[ALTVIEW_GS].base,
                                  .ds = s[ALTVIEW_DS].selector,
                                  .es = s[ALTVIEW_ES].selector,
                                  .fs = s[ALTVIEW_FS].selector,
                                  .gs = s[ALTVIEW_GS].selector,
                              }};
}

/* Rights are bits 15:8 and 23:20 of a descriptor's second word (SDM Vol. 3C 25.4.1). */
static struct qemu_segment segment(const struct altview_segment *s)
{
    return (struct qemu_segment){.selector = s->selector,
                                 .limit = s->limit,
                                 .flags = (uint32_t)s->rights << 8 & 0xf0ff00,
                                 .base = s->base};
}

static struct qemu_note qemu_note(const struct altview_registers *r)
{
    const uint64_t *gpr = r->general.gpr;
    const struct altview_segment *s = r->segments;
    struct qemu_note note = {
        .head = {.n_namesz = sizeof("QEMU"), .n_descsz = sizeof(struct qemu_state)},
        .name = "QEMU",
        .state = {
            .version = 1,
            .size = sizeof(struct qemu_state),
            .rax = gpr[RAX],
            .rbx = gpr[RBX],
            .rcx = gpr[RCX],
            .rdx = gpr[RDX],
            .rsi = gpr[RSI],
            .rdi = gpr[RDI],
            .rsp = gpr[RSP],
            .rbp = gpr[RBP],
            .rip = r->general.rip,
            .rflags = r->general.rflags,
            .cs = segment(&s[ALTVIEW_CS]),
            .ds = segment(&s[ALTVIEW_DS]),
            .es = segment(&s[ALTVIEW_ES]),
            .fs = segment(&s[ALTVIEW_FS]),
            .gs = segment(&s[ALTVIEW_GS]),
            .ss = segment(&s[ALTVIEW_SS]),
            .ldt = segment(&s[ALTVIEW_LDTR]),
            .tr = segment(&s[ALTVIEW_TR]),
            .gdt = {.limit = r->gdtr_limit, .base = r->gdtr_base},
            .idt = {.limit = r->idtr_limit, .base = r->idtr_base},
            .cr = {r->cr0, 0, r->cr2, r->cr3, r->cr4},
            .kernel_gs_base = r->kernel_gs_base,
        }};

    memcpy(note.state.high, gpr + R8, sizeof(note.state.high));
    return note;
}

/* The notes CORE, one for each vCPU, and then those of QEMU. */
static void put_notes(uint8_t *to, const struct dump_contents *contents)
{
    for (size_t i = 0; i < contents->vcpus; i++) {
        struct core_note core = core_note(&contents->registers[i], (uint32_t)i);
        struct qemu_note qemu = qemu_note(&contents->registers[i]);

        memcpy(to + i * sizeof(core), &core, sizeof(core));
        memcpy(to + contents->vcpus * sizeof(core) + i * sizeof(qemu), &qemu, sizeof(qemu));
    }
}

static Elf64_Phdr load_header(const struct altview_memory_range *range, uint64_t offset)
{
    uint64_t address = range->gfn * RANGE_PAGE, size = range->nr * RANGE_PAGE;

    return (Elf64_Phdr){.p_type = PT_LOAD,
                        .p_flags = PF_R | PF_W | PF_X,
                        .p_offset = offset,
                        .p_vaddr = address,
                        .p_paddr = address,
                        .p_filesz = size,
                        .p_memsz = size};
}

static Elf64_Ehdr file_header(size_t ranges)
{
    return (Elf64_Ehdr){
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(Elf64_Ehdr),
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = (Elf64_Half)(1 + ranges)};
}

void *dump_elf_head(const struct dump_contents *contents, size_t *size)
{
    size_t headers = sizeof(Elf64_Ehdr) + (1 + contents->count) * sizeof(Elf64_Phdr);
    size_t notes = contents->vcpus * (sizeof(struct core_note) + sizeof(struct qemu_note));
    Elf64_Phdr note = {
        .p_type = PT_NOTE, .p_offset = headers, .p_filesz = notes, .p_memsz = notes, .p_align = 4};
    Elf64_Ehdr file = file_header(contents->count);
    uint64_t offset = (headers + notes + RANGE_PAGE - 1) / RANGE_PAGE * RANGE_PAGE;
    uint8_t *head;

    if (contents->count > MOST_LOAD) {
        fail("RAM is in more pieces than an ELF file can have: take --format lime or raw");
        return NULL;
    }
    head = calloc(1, offset);
    if (!head) {
        fail("out of memory");
        return NULL;
    }
    *size = offset;
    memcpy(head, &file, sizeof(file));
    memcpy(head + sizeof(file), &note, sizeof(note));
    for (size_t i = 0; i < contents->count; i++) {
        Elf64_Phdr load = load_header(&contents->ranges[i], offset);

        memcpy(head + sizeof(file) + (1 + i) * sizeof(load), &load, sizeof(load));
        offset += load.p_filesz;
    }
    put_notes(head + headers, contents);
    return head;
}
