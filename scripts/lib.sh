# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What all scripts share. Sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
build_clang=$root/build-clang
out=$root/out
export root build build_clang out

readonly EXIT_USAGE=64
readonly EXIT_NO_END=70
readonly EXIT_LIMIT=124

# Progress and messages go to stderr: stdout belongs to the guest.
say() {
    printf 'run: %s\n' "$*" >&2
}

# die STATUS MESSAGE...
die() {
    local status=$1
    shift
    say "$@"
    exit "$status"
}

usage_error() {
    die $EXIT_USAGE "$@" "(./run --help lists all options)"
}

export EXIT_USAGE EXIT_NO_END EXIT_LIMIT
