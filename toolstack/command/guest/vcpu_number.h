/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_VCPU_NUMBER_H
#define COMMAND_VCPU_NUMBER_H

/* The number of a vCPU: 0, or EXIT_USAGE after having said why not. */
int vcpu_parse(const char *text, unsigned int *vcpu);

#endif
