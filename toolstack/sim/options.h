/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows `sim:`. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <altview/altp2m.h>
#include <stdbool.h>

struct sim_options {
    unsigned int views;  /* slots: 1 to ALTP2M_MAX_VIEWS; 10 as Xen 4.17 */
    unsigned int memory; /* MiB of RAM, 1 to 65536; 16 */
    unsigned int vcpus;  /* 1 to CONTROL_VCPUS_MAX; 1 */
    enum altp2m_mode mode;
    bool access_required;
};

/* "" or NAME=VALUE,... Returns 0, or -EINVAL with altview_error's text set. */
int sim_options_parse(const char *text, struct sim_options *options);

#endif
