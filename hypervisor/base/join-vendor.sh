#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: join-vendor.sh SYMBOL OBJECT ARCHIVE...
# Joins the code compiled for one vendor to an object that exports only SYMBOL: the other vendor's
# object has the same names.
set -eu

symbol=$1
object=$2
shift 2
ld -r -o "$object" --whole-archive "$@"
objcopy --keep-global-symbol="$symbol" "$object"
