/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract between the runtime and a guest. */
#ifndef RUNTIME_RUNTIME_H
#define RUNTIME_RUNTIME_H

/* A guest's body, on the boot CPU with interrupts off. It returns the SHUTDOWN_* reason. */
unsigned int guest_main(void);

#endif
