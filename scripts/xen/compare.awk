# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -v mode=MODE -f compare.awk DIFFERENCES XEN ALTVIEW
# XEN and ALTVIEW: "NAME VALUE" a line. DIFFERENCES: "MODES NAME XEN ALTVIEW REASON..." a line; see
# its head. A difference that is not listed and a listed one that is not there are failures.

# Shell pattern, where only * is special, to regular expression.
function regexp(pattern) {
    gsub(/[][().+?^$|{}\\]/, "\\\\&", pattern)
    gsub(/\*/, ".*", pattern)
    return "^" pattern "$"
}

function fail(name, why) {
    printf "FAIL compare-%s: %s (%s)\n", mode, name, why
    failures++
}

function add_rule() {
    if ($1 != "*" && ("," $1 ",") !~ ("," mode ","))
        return
    if (NF < 5) {
        fail("differences, line " FNR, "it lacks a reason")
        return
    }
    rules++
    rule_line[rules] = FNR
    rule_text[rules] = $2
    rule_name[rules] = regexp($2)
    rule_xen[rules] = regexp($3)
    rule_altview[rules] = regexp($4)
}

# The same name again is another check.
function answer(into, names, value) {
    value = $0
    sub(/^[^ ]+ /, "", value)
    names[$1]++
    into[$1 (names[$1] > 1 ? "#" names[$1] : "")] = value
    return $1 (names[$1] > 1 ? "#" names[$1] : "")
}

/^#/ || NF == 0 { next }
FILENAME == ARGV[1] { add_rule() }
FILENAME == ARGV[2] { order[++count] = answer(xen, xen_names) }
FILENAME == ARGV[3] {
    name = answer(altview, altview_names)
    if (!(name in xen))
        order[++count] = name
}

function is_listed(name, x, a, i) {
    for (i = 1; i <= rules; i++)
        if (name ~ rule_name[i] && x ~ rule_xen[i] && a ~ rule_altview[i]) {
            rule_used[i]++
            return 1
        }
    return 0
}

# "-" stands for a check that was not made there.
END {
    for (i = 1; i <= count; i++) {
        name = order[i]
        x = name in xen ? xen[name] : "-"
        a = name in altview ? altview[name] : "-"
        if (x == a)
            equal++
        else if (is_listed(name, x, a))
            listed++
        else
            fail(name, "Xen answers " x ", altview " a)
    }
    for (i = 1; i <= rules; i++)
        if (!rule_used[i])
            fail(rule_text[i], "differences, line " rule_line[i] ": there is no such difference")
    if (!equal)
        fail("answers", "none are equal")
    if (!failures)
        printf "ok compare-%s (%d answers equal, %d differ as listed)\n", mode, equal, listed
}
