/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of an ELF file, by libelf: 32-bit and 64-bit, of any byte order. */
#include "say.h"
#include "symbols/symbols.h"

#include <gelf.h>
#include <libelf.h>

/* A symbol's type by its section. */
static bool is_placed(Elf *elf, const GElf_Sym *symbol, bool *code)
{
    Elf_Scn *section = symbol->st_shndx < SHN_LORESERVE || symbol->st_shndx == SHN_XINDEX
                           ? elf_getscn(elf, symbol->st_shndx)
                           : NULL;
    GElf_Shdr header;

    *code = false;
    if (!section || !gelf_getshdr(section, &header) || !(header.sh_flags & SHF_ALLOC)) {
        return false;
    }
    *code = header.sh_flags & SHF_EXECINSTR;
    return true;
}

static bool has_a_name(const GElf_Sym *symbol, const char *name)
{
    unsigned int type = GELF_ST_TYPE(symbol->st_info);

    return name && *name && symbol->st_shndx != SHN_UNDEF && type != STT_SECTION &&
           type != STT_FILE;
}

static bool add_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, struct symbols *to)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t count = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;

    for (size_t i = 0; i < count; i++) {
        struct symbol symbol;
        GElf_Sym entry;

        if (!gelf_getsym(data, (int)i, &entry)) {
            break;
        }
        symbol = (struct symbol){.address = entry.st_value, .size = entry.st_size};
        symbol.name = elf_strptr(elf, header->sh_link, entry.st_name);
        if (has_a_name(&entry, symbol.name)) {
            symbol.placed = is_placed(elf, &entry, &symbol.code);
            if (!symbols_add(to, &symbol)) {
                return false;
            }
        }
    }
    return true;
}

static int add_tables(const char *file, Elf *elf, struct symbols *to)
{
    Elf_Scn *section = NULL;

    while ((section = elf_nextscn(elf, section))) {
        GElf_Shdr header;

        if (gelf_getshdr(section, &header) && header.sh_type == SHT_SYMTAB &&
            !add_table(elf, section, &header, to)) {
            return fail("out of memory");
        }
    }
    return to->count ? 0
                     : fail("%s has no symbols (.symtab): it is stripped; give the file before "
                            "that, or System.map",
                            file);
}

int symbols_read_elf(const char *file, int descriptor, struct symbols *to)
{
    Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(descriptor, ELF_C_READ, NULL);
    int status;

    if (!elf || elf_kind(elf) != ELF_K_ELF) {
        status = fail("%s is no whole ELF file: %s", file, elf_errmsg(-1));
    } else {
        status = add_tables(file, elf, to);
    }
    elf_end(elf);
    return status;
}
