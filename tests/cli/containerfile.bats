# The parser of Containerfiles beside BuildKit's own: the same instructions, words, flags, lines and here-documents.
load ../lib

setup_file() {
    local hash
    hash=$(sha256sum < "$TOP/tests/oracle/buildkit.go")
    export BUILDKIT=$F/buildkit/${hash:0:12} OURS=$TOP/build/san/oracle/containerfile
    [ -x "$BUILDKIT/oracle" ] || fail "no oracle: run tests/fixture/make buildkit"
    make --no-print-directory -s -C "$TOP" SAN=1 oracle-programs >&2
}
setup() { work_folder; }

# both WHAT FILE...: what either says, in theirs and ours; it must be the same.
both() {
    "$BUILDKIT/oracle" "$@" > theirs 2> their_reasons
    "$OURS" "$@" > ours 2> our_reasons
    [ -s theirs ] && [ -s ours ] || fail "nothing was said"
    diff theirs ours > difference || fail "$(head -n 20 difference)" "$(head -n 5 our_reasons)"
}
# unescaped: characters beyond ASCII as themselves.
unescaped() {
    python3 -c 'import re, sys
for line in sys.stdin:
    sys.stdout.write(re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), line))'
}
refusals() { grep -cx refused ours || true; }

@test "BuildKit's test files: the same, and what BuildKit expects" {
    local dir
    both parse "$BUILDKIT"/dockerfile/parser/testfiles/*/Dockerfile "$BUILDKIT"/dockerfile/parser/testfile-line/Dockerfile
    [ "$(refusals)" -eq 0 ]
    [ "$(grep -c '^== ' ours)" -ge 30 ]
    for dir in "$BUILDKIT"/dockerfile/parser/testfiles/*; do
        "$OURS" parse "$dir/Dockerfile" | grep '^(' | unescaped > said
        diff said "$dir/result" || fail "${dir##*/}"
    done
}

@test "BuildKit's bad files: refused" {
    local files=("$BUILDKIT"/dockerfile/parser/testfiles-negative/*/Dockerfile)
    both parse "${files[@]}"
    [ "$(refusals)" -eq "${#files[@]}" ] && [ "${#files[@]}" -ge 4 ]
}

@test "the samples: the same, and none refused" {
    both parse "$TOP"/tests/data/containerfile/good/*
    [ "$(refusals)" -eq 0 ]
    grep -q '^	here ' ours
}

@test "the bad samples: refused, as by BuildKit but for limits and bytes" {
    local file more=0
    "$BUILDKIT/oracle" parse "$TOP"/tests/data/containerfile/bad/* > theirs
    "$OURS" parse "$TOP"/tests/data/containerfile/bad/* > ours 2> our_reasons
    [ "$(refusals)" -eq "$(grep -c '^== ' ours)" ]
    for file in "$TOP"/tests/data/containerfile/bad/*; do
        case ${file##*/} in nul|utf8*|*-deep) more=$((more + 1));; esac
    done
    [ "$(grep -cx refused theirs)" -eq "$(($(refusals) - more))" ]
}

@test "the samples of migrate: the same" {
    local files
    shopt -s nullglob
    files=("$TOP"/tests/data/migrate/*/Containerfile*)
    [ "${#files[@]}" -gt 0 ] || skip "there are none"
    both parse "${files[@]}"
    [ "$(refusals)" -eq 0 ]
}

@test "Containerfiles of this repository: the same" {
    local files
    mapfile -t files < <(find "$TOP" \( -path "$TOP/build" -o -path "$TOP/tests/data" -o -name .git \) -prune -o -type f \
        \( -name 'Containerfile*' -o -name 'Dockerfile*' \) -print)
    [ "${#files[@]}" -gt 0 ]
    both parse "${files[@]}"
    [ "$(refusals)" -eq 0 ]
}

@test "5,000 changed files: the same, refused or not" {
    mkdir mutants
    "$TOP/tests/oracle/mutants.py" mutants 5000 "${SEED:-1}" "$TOP"/tests/data/containerfile/good/* \
        "$BUILDKIT"/dockerfile/parser/testfiles*/*/Dockerfile
    both parse mutants/*
    [ "$(refusals)" -gt 100 ] && [ "$(refusals)" -lt 4000 ]
}

@test "BuildKit's words: the same, and what BuildKit expects" {
    # Its tests take blanks off; the columns are: system, word, result.
    sed -n 's/^[AU]|//p' "$BUILDKIT/dockerfile/shell/envVarTest" > table
    sed 's/|.*//; s/^ *//; s/ *$//' table > words
    sed 's/^[^|]*|//; s/^ *//; s/ *$//; s/^error$/refused/' table > expected
    both expand words
    [ "$(wc -l < words)" -ge 200 ]
    # What is ASCII and has nothing to escape can be compared as it is.
    sed 's/^"\([^"]*\)".*/\1/; s/\\\\/\\/g' ours | paste -d '\t' expected - words > rows
    awk -F '\t' '$1 !~ /[^ -~]|"/ && $2 !~ /"/ { n++; if ($1 != $2) { print; bad = 1 } } END { exit bad || n < 150 }' rows
    sed 's/ *|.*//' "$BUILDKIT/dockerfile/shell/wordsTest" > words
    both expand words
}

@test "20,000 changed words: the same, refused or not" {
    sed -n 's/^[AU]|\([^|]*\)|.*/\1/p' "$BUILDKIT/dockerfile/shell/envVarTest" > from
    sed 's/ *|.*//' "$BUILDKIT/dockerfile/shell/wordsTest" >> from
    "$TOP/tests/oracle/mutants.py" --words . 20000 "${SEED:-1}" from
    both expand words
    [ "$(refusals)" -gt 1000 ] && [ "$(refusals)" -lt 15000 ]
}

@test "a difference is seen" {
    printf 'FROM a\nRUN b\n' > file
    printf '#!/bin/sh\n"%s" "$@" | sed s/run/ran/\n' "$OURS" > liar
    chmod +x liar
    both parse file
    OURS=./liar run both parse file
    [ "$status" -ne 0 ]
    [[ $output == *'(ran "b")'* ]]
}
