/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions that altview does not have, for a program that looks them up by name. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

static const struct {
    const char *library, *name;
    bool pointer; /* what it returns */
} functions[] = {
    {"libxenctrl.so", "xc_sched_id", false},
    {"libxenctrl.so.4.17", "xc_gnttab_map_grant_ref", true},
    {"libxenstore.so", "xs_restrict", true},
    {"libxendevicemodel.so.1", "xendevicemodel_open", true},
};

typedef int number_function(void);
typedef void *pointer_function(void);

static bool fails(void *function, bool pointer)
{
    errno = 0;
    bool failed =
        pointer ? !((pointer_function *)function)() : ((number_function *)function)() == -1;

    return failed && errno == ENOSYS;
}

int main(void)
{
    int bad = 0;

    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        void *library = dlopen(functions[i].library, RTLD_NOW | RTLD_GLOBAL);
        void *function = library ? dlsym(library, functions[i].name) : NULL;

        for (int call = 0; call < 2; call++) {
            if (!function || !fails(function, functions[i].pointer)) {
                printf("%s: %s\n", functions[i].name, function ? "did not fail" : dlerror());
                bad = 1;
            }
        }
    }
    return bad;
}
