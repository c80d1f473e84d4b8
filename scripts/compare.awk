# SPDX-License-Identifier: BSD-2-Clause
# Compare a guest's answers in two places, except listed differences.
# usage: awk -v name=NAME -v where=WHERE -v first=XEN -v second=ALTVIEW -f compare.awk
#            LIST ANSWERS ANSWERS
# name: of the test. first, second: what the two places are called. ANSWERS: "NAME VALUE" a line.
# LIST: "WHERE NAME VALUE VALUE REASON..." a line; WHERE is several with commas between them, or *
# for any. An unlisted difference is a failure, and so is a listed one that does not occur.

# Shell pattern, where only * is special, to regular expression.
function regexp(pattern) {
    gsub(/[][().+?^$|{}\\]/, "\\\\&", pattern)
    gsub(/\*/, ".*", pattern)
    return "^" pattern "$"
}

function fail(what, why) {
    printf "FAIL %s: %s (%s)\n", name, what, why
    failures++
}

function line_of(number) {
    return list ", line " number
}

function add_rule() {
    list = FILENAME
    sub(/.*\//, "", list)
    if ($1 != "*" && ("," $1 ",") !~ ("," where ","))
        return
    if (NF < 5) {
        fail(line_of(FNR), "it lacks a reason")
        return
    }
    rules++
    rule_line[rules] = FNR
    rule_text[rules] = $2
    rule_name[rules] = regexp($2)
    rule_first[rules] = regexp($3)
    rule_second[rules] = regexp($4)
}

# The same name a second time is another check.
function answer(into, names, value) {
    value = $0
    sub(/^[^ ]+ /, "", value)
    names[$1]++
    into[$1 (names[$1] > 1 ? "#" names[$1] : "")] = value
    return $1 (names[$1] > 1 ? "#" names[$1] : "")
}

/^#/ || NF == 0 { next }
FILENAME == ARGV[1] { add_rule() }
FILENAME == ARGV[2] { order[++count] = answer(firsts, first_names) }
FILENAME == ARGV[3] {
    check = answer(seconds, second_names)
    if (!(check in firsts))
        order[++count] = check
}

function is_listed(check, a, b, i) {
    for (i = 1; i <= rules; i++)
        if (check ~ rule_name[i] && a ~ rule_first[i] && b ~ rule_second[i]) {
            rule_used[i]++
            return 1
        }
    return 0
}

# "-" means that the check did not run there.
END {
    for (i = 1; i <= count; i++) {
        check = order[i]
        a = check in firsts ? firsts[check] : "-"
        b = check in seconds ? seconds[check] : "-"
        if (a == b)
            equal++
        else if (is_listed(check, a, b))
            listed++
        else
            fail(check, first " answers " a ", " second " " b)
    }
    for (i = 1; i <= rules; i++)
        if (!rule_used[i])
            fail(rule_text[i], line_of(rule_line[i]) ": there is no such difference")
    if (!equal)
        fail("answers", "none are equal")
    if (!failures)
        printf "ok %s (%d answers equal, %d differ as listed)\n", name, equal, listed
}
