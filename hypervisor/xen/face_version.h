/* SPDX-License-Identifier: BSD-2-Clause */
/* The version of Xen whose interface altview speaks. */
#ifndef XEN_FACE_VERSION_H
#define XEN_FACE_VERSION_H

#define XEN_FACE_MAJOR 4U
#define XEN_FACE_MINOR 17U
#define XEN_FACE_EXTRA ".0-altview"

#endif
