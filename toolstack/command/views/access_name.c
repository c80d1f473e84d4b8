/* SPDX-License-Identifier: BSD-2-Clause */
#include "views/access_name.h"

#include <stddef.h>
#include <string.h>

/* The index is the xenmem_access_t, and up to "rwx" also the rights: Xen numbers them so. */
static const struct {
    const char *name, *dashed;
} accesses[] = {
    {"n", "---"},       {"r", "r--"},       {"w", "-w-"},           {"rw", "rw-"},
    {"x", "--x"},       {"rx", "r-x"},      {"wx", "-wx"},          {"rwx", "rwx"},
    {"rx2rw", "rx2rw"}, {"n2rwx", "n2rwx"}, {"default", "default"},
};
#define ACCESSES (sizeof(accesses) / sizeof(accesses[0]))

bool access_parse(const char *text, unsigned int *access)
{
    for (size_t i = 0; i < ACCESSES; i++) {
        if (!strcmp(text, accesses[i].name) || !strcmp(text, accesses[i].dashed)) {
            *access = (unsigned int)i;
            return true;
        }
    }
    return false;
}

const char *access_name(unsigned int access)
{
    return access < ACCESSES ? accesses[access].name : "?";
}

const char *rights_name(unsigned int rights)
{
    return access_name(rights & 7);
}
