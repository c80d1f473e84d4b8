# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Shared by all scripts. Sourced.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build
build_clang=$root/build-clang
out=$root/out
scripts=$root/scripts
altview=$build/toolstack/command/altview
export root build build_clang out scripts altview

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

# Shows a text of another program, such as a guest: control characters, and bytes that are not
# ASCII, become visible signs without effect on a terminal.
harmless() {
    LC_ALL=C cat -v
}

# check_number OPTION VALUE LOW HIGH
check_number() {
    if [[ ! $2 =~ ^[0-9]{1,9}$ ]] || ((10#$2 < $3 || 10#$2 > $4)); then
        usage_error "$1 $2: give a whole number from $3 to $4"
    fi
}

# check_file WHAT PATH
check_file() {
    [[ -e $2 ]] || usage_error "$1 $2: no such file"
    [[ -f $2 && -r $2 ]] || usage_error "$1 $2: not a readable file"
}

# Set `memory` to the MiB of a SIZE such as 256, 256M or 1G.
parse_memory() {
    case $1 in
    *[0-9]G | *[0-9]g) check_number --memory "${1%?}" 1 4 && memory=$((10#${1%?} * 1024)) ;;
    *[0-9]M | *[0-9]m) memory=${1%?} ;;
    *) memory=$1 ;;
    esac
    check_number --memory "$memory" 4 4096
    memory=$((10#$memory))
}

# Make a directory for this run. Tests set ALTVIEW_RUNS to keep theirs separate.
new_directory() {
    local runs=${ALTVIEW_RUNS:-$out} directory
    mkdir -p "$runs"
    directory=$(mktemp -d "$runs/$(date +%Y%m%d-%H%M%S)-XXXX")
    chmod 755 "$directory"
    # It does not remove a user's file of that name.
    [[ -e $runs/last && ! -L $runs/last ]] || ln -sfn "$(basename "$directory")" "$runs/last"
    echo "$directory"
}

export EXIT_USAGE EXIT_NO_END EXIT_LIMIT
