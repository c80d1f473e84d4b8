# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the scripts for Linux share. Sourced.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Made once by make-guest and kept: the debs, their contents, the kernel in both formats.
linux_cache=$out/linux
linux_scripts=$root/scripts/linux
export linux_cache linux_scripts
