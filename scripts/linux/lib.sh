# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Shared by the scripts for Linux. Sourced.

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Made once by make-guest and kept: the debs, their contents, the kernel in both formats.
linux_cache=$out/linux
linux_scripts=$root/scripts/linux
export linux_cache linux_scripts
# A guest's output is bytes.
export LC_ALL=C

# Options that save an emulated machine's time. reboot=triple: a panic ends the run.
linux_options=('console=ttyS0,115200' quiet loglevel=4 nokaslr norandmaps mitigations=off
    no_timer_check tsc=reliable random.trust_cpu=on 8250.nr_uarts=1 lsm=
    audit=0 cgroup_disable=memory ipv6.disable=1 panic=-1 reboot=triple)

# prepare_linux OPTION-OF-RUN...
prepare_linux() {
    [[ -n ${ALTVIEW_BUILT-} ]] || {
        "$scripts/install-packages" linux
        "$scripts/build" linux
    }
    "$linux_scripts/make-guest"
    local machine
    machine=$("$altview" run --show-machine --json "$@") || exit $?
    # The rate at which Bochs counts, which differs from that of the emulated CPU. Without it
    # Linux's seconds are too long.
    [[ $machine != *'"bochs"'* ]] || linux_options+=(tsc_early_khz=50000)
}

# A story: Linux in external mode runs a program of its /bin, and a script on the host reaches into
# it with "$altview" meanwhile. The script calls start_linux, then wait_for_line and step any number
# of times, then end_linux and story_ends.

# start_linux NAME "PROGRAM [KERNEL-OPTION...]" [OPTION-OF-RUN...]: in the background. Sets `story`,
# the directory of its files, with guest.txt, the guest's output, and log.txt.
start_linux() {
    local name=$1 program=$2
    shift 2
    prepare_linux "$@"
    story=$(new_directory)
    export ALTVIEW=$name
    guest_lines=0
    : >"$story/guest.txt"
    ALTVIEW_RUNS=$story "$altview" run "$linux_cache/vmlinux" --initrd "$linux_cache/initrd" \
        --append "${linux_options[*]} do=$program" --name "$name" --mode external --limit 1200 "$@" \
        >"$story/guest.txt" 2>"$story/log.txt" </dev/null &
    linux_process=$!
    trap stop_linux EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# The machine ends with the script, whatever ends the script.
# shellcheck disable=SC2317  # called by the trap
stop_linux() {
    [[ -z $linux_process ]] || kill "$linux_process" 2>/dev/null || true
}

# find_line REGEXP: see wait_for_line; fails if there is no such line yet.
find_line() {
    # A line ends with \r\n. A line without it is not complete.
    local whole="^($1)"$'\r$' next
    next=$(grep -anE -m 1 -- "$whole" \
        < <(tail -n "+$((guest_lines + 1))" "$story/guest.txt" | tr -d '\0')) || return 1
    [[ ${next#*:} =~ $whole ]] || return 1
    # shellcheck disable=SC2034  # for scripts that source this
    found=("${BASH_REMATCH[@]:2}")
    guest_lines=$((guest_lines + ${next%%:*}))
}

# wait_for_line REGEXP SECONDS: the next complete line of the guest's that matches, after the one
# found last. `found` is the match of the parentheses. A script may use no other text of the
# guest's: the guest may be hostile, and bash executes a $(...) in a value that it reads as a
# number.
wait_for_line() {
    local end=$((SECONDS + $2)) runs=yes
    while [[ $runs ]] && ((SECONDS < end)); do
        kill -0 "$linux_process" 2>/dev/null || runs= # but its output until then counts
        ! find_line "$1" || return 0
        sleep 0.1
    done
    say "the guest did not print /$1/ within $2 s, or has ended. Its last lines:"
    tail -n 5 "$story/guest.txt" "$story/log.txt" | harmless >&2
    die $EXIT_NO_END "all of them: $story"
}

# Wait for the end of the machine: the status of its run.
end_linux() {
    local status=0
    wait "$linux_process" || status=$?
    linux_process=
    return $status
}

steps_passed=0
steps_failed=0

# heading TEXT: of the steps that follow.
heading() {
    printf '\n%-42s %-14s %s\n' "$1" expected seen
}

# step TEXT EXPECTED SEEN: a line of the story.
step() {
    local verdict=ok
    [[ $3 == "$2" ]] || verdict=FAIL
    printf '%-42s %-14s %-14s %s\n' "$1" "$2" "$3" "$verdict"
    case $verdict in
    ok) steps_passed=$((steps_passed + 1)) ;;
    FAIL) steps_failed=$((steps_failed + 1)) ;;
    esac
}

# story_ends NAME: the last line, and the script's exit status.
story_ends() {
    printf '%s: %d passed, %d failed\n' "$1" "$steps_passed" "$steps_failed"
    ((steps_passed > 0 && steps_failed == 0)) || exit 1
}
