/* SPDX-License-Identifier: BSD-2-Clause */
/* The pair of 8259 interrupt controllers. */
#ifndef RUNTIME_PIC_H
#define RUNTIME_PIC_H

#include <stdint.h>

/* The lines of `lines`, a bit each, arrive at `vector` and those behind it; the others are masked.
 * Line 2 is how the second controller's come in. */
void pic_start(uint8_t vector, uint16_t lines);
/* All are masked, whatever was before. */
void pic_stop(void);
/* The interrupt of that line has been taken. */
void pic_eoi(unsigned int line);

#endif
