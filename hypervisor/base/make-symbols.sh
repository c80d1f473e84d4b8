#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: make-symbols.sh IMAGE ASSEMBLY
# Writes the table that base/symbols.h describes, as assembly: functions from nm, frames from the
# call frame information in the debugging information. Addresses differ only in their last seven
# digits.
set -eu

image=$1
table=$2
{
    nm -n "$image" | sed -n 's/^ffffffff8\(.......\) [tT] \(.*\)/function \1 \2/p'
    nm "$image" | sed -n 's/^ffffffff8\(.......\) . image_start$/start \1/p'
    readelf --debug-dump=frames-interp "$image" 2>/dev/null | sed -n \
        -e 's/^.* FDE .* pc=ffffffff8\(.......\)\.\..*/frames \1/p' \
        -e 's/^ffffffff8\(.......\) rsp+\([0-9]*\) .*/row \1 \2/p' \
        -e 's/^ffffffff8\(.......\) .*/row \1 0/p'
} | awk '
    BEGIN { count = 0 }
    function number(hex, i, n) {
        for (i = n = 0; i++ < length(hex);)
            n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
        return n
    }
    # Frames count in words. A frame that does not fit a byte is "not known".
    function words(bytes) { return bytes / 8 < 256 ? bytes / 8 : 0 }
    $1 == "function" {
        at = number($2)
        if (!count || at != start[count - 1]) {
            start[count] = at
            name[count++] = $3
        }
    }
    $1 == "start" { image = number($2) }
    $1 == "frames" { entry = number($2); first[entry] = 1; rows[entry] = 0 }
    $1 == "row" && number($2) == entry { first[entry] = words($3) }
    $1 == "row" && number($2) > entry {
        row_at[entry, rows[entry]] = number($2)
        row_words[entry, rows[entry]++] = words($3)
    }
    END {
        print "/* Generated. */\n.section .symbols, \"a\", @progbits"
        print ".globl symbol_table\nsymbol_table:"
        last = image
        for (f = 0; f < count; f++) {
            at = start[f]
            printf ".2byte %d\n.byte %d\n.asciz \"%s\"\n", at - last, first[at], name[f]
            last = at
            frame = first[at]
            for (r = 0; r < rows[last]; r++) {
                for (; row_at[last, r] - at > 255; at += 255)
                    printf ".byte 255, %d\n", frame
                frame = row_words[last, r]
                printf ".byte %d, %d\n", row_at[last, r] - at, frame
                at = row_at[last, r]
            }
            print ".byte 0"
        }
        print ".2byte 0xffff\n.section .note.GNU-stack, \"\", @progbits"
    }' >"$table"
