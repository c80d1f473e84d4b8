# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Shared by the test suites, which source it.
#
# A suite is a program in tests/suites. `SUITE list` prints the names of its tests, one a line.
# After a name it prints the test's set if that is not `normal` (run-tests has the sets). `SUITE run
# NAME` runs one test. A test prints a line "ok NAME", "FAIL NAME (why)" or "skip NAME (why)" for
# each check. Other lines are for the reader of its log. A test that prints none of these three has
# failed.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

tests=$root/tests
results=${ALTVIEW_RESULTS:-$out/tests/by-hand}
guests=$build/guests
vendor=${ALTVIEW_VENDOR:-intel} # whose CPU the machine has: intel or amd
export tests results guests vendor

# The same machine on every computer.
export ALTVIEW_MACHINE=${ALTVIEW_MACHINE:-bochs}

pass() {
    printf 'ok %s\n' "$1"
}

# skip NAME WHY...: the test can't run here.
skip() {
    local name=$1
    shift
    printf 'skip %s (%s)\n' "$name" "$*"
}

# fail NAME WHY...
fail() {
    local name=$1
    shift
    printf 'FAIL %s (%s)\n' "$name" "$*"
}

# verdict NAME WHY COMMAND...: pass if the command succeeds, else fail for the reason given.
verdict() {
    local name=$1 why=$2
    shift 2
    if "$@"; then
        pass "$name"
    else
        fail "$name" "$why"
    fi
}

# The tracked files that match the patterns, or all files where there is no git checkout.
source_files() {
    (cd "$root" && {
        git ls-files -- "$@" 2>/dev/null ||
            find . -path './build*' -prune -o -path ./out -prune -o -type f -print | sed 's,^\./,,'
    })
}

scratch_path() {
    echo "${results:?}/${ALTVIEW_ON:+$ALTVIEW_ON-}$1"
}

# scratch NAME: an empty directory for a test's files. The same test may run on another machine
# (on-machine) at the same time.
scratch() {
    local directory
    directory=$(scratch_path "$1")
    rm -rf "$directory"
    mkdir -p "$directory"
    echo "$directory"
}

# A separate directory for the sockets of this test's runs, so that tests do not find each other's
# runs. Names of sockets must be short.
own_sockets() {
    XDG_RUNTIME_DIR=$(mktemp -d -p "${XDG_RUNTIME_DIR:-/tmp}")
    export XDG_RUNTIME_DIR
}

# From here on Bochs has a quicker serial line. Stories with wide windows for races do not call
# this: the windows' length fits the usual line.
quick_line() {
    export PATH=$tests/quick-line:$PATH
}

# machine_rows KIND: the rows "machine", "test" or "erratum" of tests/machines, without comments and
# that word: FIELD|FIELD|...
machine_rows() {
    sed -nE -e 's/ *\| */|/g' -e "s/^$1 +//p" "$tests/machines"
}

# machine_choose NAME: from here on ./run boots that machine.
machine_choose() {
    local percent
    IFS='|' read -r ALTVIEW_MACHINE ALTVIEW_ACCEL ALTVIEW_CPU ALTVIEW_VENDOR percent \
        < <(machine_rows machine | sed -n "s/^$1|//p")
    export ALTVIEW_ON=$1 ALTVIEW_MACHINE ALTVIEW_ACCEL ALTVIEW_CPU ALTVIEW_VENDOR
    [[ -z $percent || -n ${ALTVIEW_LONG-} ]] || export ALTVIEW_PERCENT=${ALTVIEW_PERCENT:-$percent}
}

# suite_main list|run [NAME]: the suite defines list_tests and run_test.
suite_main() {
    case $1 in
    list) list_tests ;;
    run) run_test "$2" ;;
    esac
}
