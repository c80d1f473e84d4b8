# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Shared by the scripts for real Xen. Sourced.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Made once by make-machine and kept: the debs, their contents, and the three files GRUB loads.
xen_cache=$out/xen
xen_scripts=$root/scripts/xen
export xen_cache xen_scripts
