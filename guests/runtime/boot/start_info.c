/* SPDX-License-Identifier: BSD-2-Clause */
#include "start_info.h"

#include "string.h"

static const struct hvm_start_info *given;

void start_info_init(const struct hvm_start_info *info)
{
    given = info;
}

const struct hvm_start_info *start_info(void)
{
    return given;
}

const char *start_info_command_line(void)
{
    return given->cmdline_paddr ? start_info_pointer(given->cmdline_paddr) : "";
}

static void copy_word(char *to, size_t size, const char *from)
{
    while (*from && *from != ' ' && size > 1) {
        *to++ = *from++;
        size--;
    }
    *to = '\0';
}

bool start_info_option(const char *name, char *value, size_t size)
{
    const char *word = start_info_command_line();
    size_t length = strlen(name);

    while (*word) {
        if (strlen(word) > length && !memcmp(word, name, length) && word[length] == '=') {
            copy_word(value, size, word + length + 1);
            return true;
        }
        while (*word && *word != ' ')
            word++;
        while (*word == ' ')
            word++;
    }
    return false;
}

const struct hvm_memmap_table_entry *start_info_memory(uint32_t *count)
{
    *count = given->version >= 1 ? given->memmap_entries : 0;
    return *count ? start_info_pointer(given->memmap_paddr) : NULL;
}

const struct hvm_modlist_entry *start_info_modules(uint32_t *count)
{
    *count = given->nr_modules;
    return *count ? start_info_pointer(given->modlist_paddr) : NULL;
}
