# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Completion of altview for bash: altview itself says what there is. Where it has nothing to offer,
# bash offers files.

_altview() {
    local written words line candidate part
    # bash splits words at ":" and "=" too. altview is asked about whole words; of its answers only
    # what bash takes for the last word goes back.
    written=${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$written"
    [[ $written != *[[:blank:]] ]] || words+=("")
    part=${COMP_WORDS[COMP_CWORD]}
    [[ $part != [:=] ]] || part=
    part=${words[-1]%"$part"}
    COMPREPLY=()
    while IFS= read -r line; do
        candidate=${line%%$'\t'*}
        # It becomes a word of a command line: a name such as $(...) must not be more than that.
        printf -v candidate %q "${candidate#"$part"}"
        COMPREPLY+=("$candidate")
    done < <(altview complete "${words[@]:1}" 2>/dev/null)
    # What ends so wants more.
    [[ ${COMPREPLY[0]-} != *: ]] || compopt -o nospace 2>/dev/null
}

complete -o default -F _altview altview
