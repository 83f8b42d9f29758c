# How format/shell reads scripts, beside those who read them, too: shfmt, dash and bash.
load ../lib

setup_file() {
    # bats' own variables are nothing for make.
    env -u MAKEFLAGS make -s --no-print-directory -C "$TOP" VARIANT=dev build/dev/oracle/shell
}

setup() {
    ours=$TOP/build/dev/oracle/shell
    scripts=$TOP/tests/data/shell
    work_folder
}

# What shfmt does not read as the shells do: "((a); (b))", an operator in two lines, and places in nested backquotes.
not_for_shfmt=(bash-subshells-not-arithmetic line-continuation-in-operator backquotes-in-backquotes)

# listed NAME NAME...: is the first among the others?
listed() {
    local name=$1 other
    shift
    for other; do [ "$other" != "$name" ] || return 0; done
    return 1
}

@test "commands, words, values, redirections, joins and blocks are shfmt's, each at the same bytes" {
    local compared=0
    for script in "$scripts"/good/*; do
        listed "${script##*/}" "${not_for_shfmt[@]}" && continue
        shfmt -ln bash --to-json < "$script" > json
        /usr/bin/python3 "$TOP/tests/oracle/shfmt.py" "$script" < json > theirs
        "$ours" "$script" > ours
        diff theirs ours > difference || fail "${script##*/}: " "$(cat difference)"
        compared=$((compared + 1))
    done
    [ "$compared" -ge 40 ]
    [ "$(wc -l < theirs)" -gt 0 ]
}

@test "a difference to shfmt would be seen" {
    printf 'a b | c\n' > script
    shfmt -ln bash --to-json < script > json
    /usr/bin/python3 "$TOP/tests/oracle/shfmt.py" script < json > theirs
    printf 'a b && c\n' > other
    "$ours" other > ours
    differ theirs ours
    "$ours" script | diff theirs -
}

@test "what is read as a script is one for dash and bash" {
    for script in "$scripts"/good/*; do
        "$ours" "$script" > /dev/null || fail "${script##*/}"
        bash -O extglob -n "$script" 2> said || fail "bash: ${script##*/}" "$(cat said)"
        [ ! -s said ] || fail "bash: ${script##*/}" "$(cat said)"
        [[ $script == */bash-* ]] || dash -n "$script" || fail "dash: ${script##*/}"
    done
}

# Both shells find these wrong only when they get there, or one of them reads over them.
runtime=(braces-empty braces-no-operator nul test-open for-no-name function-no-body)

@test "what is refused is no script for dash and bash either" {
    for script in "$scripts"/bad/*; do
        run --separate-stderr "$ours" "$script"
        exits 1 "$script:"
        listed "${script##*/}" "${runtime[@]}" && continue
        ! dash -n "$script" 2> said || fail "dash: ${script##*/}"
        ! bash -n "$script" 2> said || fail "bash: ${script##*/}"
    done
    for script in "${runtime[@]}"; do
        ! dash "$scripts/bad/$script" > said 2>&1 || ! bash "$scripts/bad/$script" > said 2>&1 || fail "$script"
    done
}

# bomb TEXT [TEXT]: a script of 1 MB of the first, then the second; read with a stack of 1 MB, in seconds.
bomb() {
    local count=$((1000000 / ${#1}))
    { yes "$1" 2> /dev/null || true; } | head -n "$count" | tr -d '\n' > bomb
    printf '%s' "${2-}" >> bomb
    run --separate-stderr bash -c 'ulimit -s 1024 && exec timeout 10 "$0" bomb > out' "$ours"
    [ "$status" -eq 1 ] || fail "$1: exit status $status" "$stderr"
    [[ $stderr == bomb:* ]] || fail "$1: $stderr"
}

@test "bombs end with a fault, soon and without much stack" {
    for text in '(' '$(' '`' '{ ' 'if ' '${x:-' '"$(' '((' '$((' '$(( (' 'a=(' '"${x:-' 'case x in (' 'f() ' '[[ ( ' 'a;' 'a ' \
        'for x in ' 'while ' '! ' '<(' 'a | ' 'a && ' '$x' 'a <<E ' 'a() { ' '@(' '$(( "' '$(#'; do
        bomb "$text"
    done
    bomb "'" "'"
    bomb '"' '"'
    bomb "\$'" "'"
}

@test "long scripts are read soon" {
    for text in '{a,' ' ' '#' $'\n' '\a' 'a\
' '""' "''" 'a#' '=' 'a=' '[[' '$(( ' '*'; do
        { yes "$text" 2> /dev/null || true; } | head -c 1000000 > long
        timeout 10 "$ours" long > out 2> said || [ $? -eq 1 ] || fail "$text" "$(cat said)"
    done
    { for _ in {1..20000}; do echo '$(( # it'"'"'s'; echo ' a) )'; done; } > quotes
    timeout 10 "$ours" quotes > out 2> said || [ $? -eq 1 ] || fail "$(cat said)"
}

@test "values do not grow without end" {
    { echo a=0123456789abcdef; for _ in {1..64}; do echo 'a=$a$a'; done; echo 'echo $a'; } > doubling
    "$ours" doubling values > out
    grep -q '? \$a' out
    { echo a=; for _ in {1..12}; do echo 'a="${a}0123456789abcdef"'; done; for _ in {1..60000}; do printf ' $a$a'; done; } > long
    run --separate-stderr timeout 10 "$ours" long
    exits 1 "the values of its words have more than 16777216 bytes"
}
