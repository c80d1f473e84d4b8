#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: join-vendor.sh SYMBOL OBJECT ARCHIVE...
# Joins what is compiled for one vendor to an object of which others see SYMBOL alone: the same names
# are in the other vendor's.
set -eu

symbol=$1
object=$2
shift 2
ld -r -o "$object" --whole-archive "$@"
objcopy --keep-global-symbol="$symbol" "$object"
