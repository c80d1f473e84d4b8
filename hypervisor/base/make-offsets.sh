#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: make-offsets.sh HEADER COMPILER [ARGUMENT...]
# Turns the output of OFFSET() and NUMBER() in the compiler's assembly into #defines.
set -eu

header=$1
shift
"$@" -S -o "$header.s"
{
    echo "/* SPDX-License-Identifier: BSD-2-Clause */"
    echo "/* Generated from offsets.c. */"
    sed -n 's/.*OFFSET \([A-Za-z0-9_]*\) \$*\(-*[0-9]*\) END.*/#define \1 \2/p' "$header.s"
} >"$header"
