# `nixgraft env`: each format evaluated by who reads it; exactly the variables that the tools want, and no more.
load ../lib

ca=/etc/ssl/certs/ca-certificates.crt
locales=/usr/lib/locale/locale-archive
bin=/nix/var/nix/profiles/nixgraft/bin

setup_file() {
    export lock
    lock=$(lock_of small jq)
    applied "$BATS_FILE_TMPDIR/good" "$lock"
}
teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }
setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR/good" root
    mkdir -p "root${ca%/*}"
    touch "root$ca"
}
teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# with_debian: the base has locales, too, not a CA bundle alone. unlinked: no command is linked.
with_debian() {
    mkdir -p "root${locales%/*}"
    touch "root$locales"
}
unlinked() { "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root root --expose none > /dev/null; }

say() {
    graft env --root root "$@"
    exits 0
    [ -z "$stderr" ]
}

# changes SHELL EVAL [PATH=...]: what of the environment EVAL, which reads the file `said`, changes in a clean SHELL; sorted.
changes() {
    local -a clean=(env -i HOME=/root TERM=dumb "${3-PATH=/usr/bin:/bin}")
    "${clean[@]}" "$(command -v "$1")" -c /usr/bin/env | grep -v '^\(_\|SHLVL\|PWD\|OLDPWD\)=' | sort > before
    "${clean[@]}" "$(command -v "$1")" -c "$2; /usr/bin/env" | grep -v '^\(_\|SHLVL\|PWD\|OLDPWD\)=' | sort > after
    comm -13 before after
}
# sets SHELL EVAL WANT...: these lines, sorted, and no more.
sets() {
    local is
    is=$(changes "$1" "$2")
    [ "$is" = "$(printf '%s\n' "${@:3}")" ] || fail "$1 sets: $is" "instead of: ${*:3}"
}

# reads SHELL: how it reads the file `said`.
reads() { if [ "$1" = fish ]; then echo 'source said'; else echo 'eval "$(cat said)"'; fi; }
format_of() { if [ "$1" = fish ]; then echo fish; else echo sh; fi; }

@test "every shell: the variables and no more" {
    local shell
    with_debian
    for shell in dash bash zsh fish; do
        say --format "$(format_of "$shell")"
        echo "$output" > said
        sets "$shell" "$(reads "$shell")" "LOCALE_ARCHIVE=$locales" "NIX_SSL_CERT_FILE=$ca"
    done
    # and as the manual says it
    run env -i PATH=/usr/bin:/bin dash -c "eval \"\$('$NIXGRAFT' env --root root)\"; echo \$NIX_SSL_CERT_FILE"
    exits 0 "$ca"
}

@test "every shell, when no command is linked: the profile's folder first on PATH, too" {
    local shell
    unlinked
    for shell in dash bash zsh fish; do
        say --format "$(format_of "$shell")"
        echo "$output" > said
        sets "$shell" "$(reads "$shell")" "NIX_SSL_CERT_FILE=$ca" "PATH=$bin:/usr/bin:/bin"
        # and not twice, wherever it stands
        sets "$shell" "$(reads "$shell"); $(reads "$shell")" "NIX_SSL_CERT_FILE=$ca" "PATH=$bin:/usr/bin:/bin"
        for on in "/usr/bin:/bin:$bin" "/usr/bin:$bin:/bin" "$bin:/usr/bin:/bin"; do
            [ "$(changes "$shell" "$(reads "$shell")" "PATH=$on")" = "NIX_SSL_CERT_FILE=$ca" ] || fail "$shell: $on"
        done
    done
    say
    echo "$output" > said
    [ "$(changes dash 'eval "$(/bin/cat said)"' PATH= | grep PATH)" = "PATH=$bin" ] # no colon behind it: that would be the current folder
    run env -i dash -uc '. ./said && echo "$PATH"' # nor is it there in every shell
    exits 0 "$bin"
}

@test "GITHUB_ENV: a line each, which the runner splits at the first equals sign" {
    local line
    with_debian
    say --format github
    [ "$output" = "$(printf '%s\n' "NIX_SSL_CERT_FILE=$ca" "LOCALE_ARCHIVE=$locales")" ]
    unlinked
    run env PATH=/a/b:/usr/bin "$NIXGRAFT" env --root root --format github
    [ "$output" = "$(printf '%s\n' "NIX_SSL_CERT_FILE=$ca" "LOCALE_ARCHIVE=$locales" "PATH=$bin:/a/b:/usr/bin")" ]
    while IFS= read -r line; do [[ $line =~ ^[A-Z_]+=[^[:cntrl:]]+$ ]]; done <<< "$output"
}

@test "Containerfile: ENV lines without anything that would be substituted or need quotes" {
    with_debian
    say --format containerfile
    [ "$output" = "$(printf '%s\n' "ENV NIX_SSL_CERT_FILE=$ca" "ENV LOCALE_ARCHIVE=$locales")" ]
    unlinked
    say --format containerfile
    [ "$(grep -v '^ENV [A-Z_]*=[A-Za-z0-9_./-]*$' <<< "$output")" = "ENV PATH=$bin:\$PATH" ]
    [ "$(wc -l <<< "$output")" = 3 ]
}

@test "devcontainer.json and JSON: members and no more" {
    with_debian
    say --format devcontainer
    json '. == {"containerEnv": {"NIX_SSL_CERT_FILE": $c, "LOCALE_ARCHIVE": $l}}' --arg c "$ca" --arg l "$locales"
    say --json
    json '. == {"variables": {"NIX_SSL_CERT_FILE": $c, "LOCALE_ARCHIVE": $l}, "path": []}' --arg c "$ca" --arg l "$locales"
    said=$output
    say --format json
    [ "$output" = "$said" ]
    unlinked
    say --format devcontainer
    json '.remoteEnv == {"PATH": ($b + ":${containerEnv:PATH}")} and (.containerEnv | has("PATH") | not)' --arg b "$bin"
    say --json
    json '.path == [$b] and (.variables | has("PATH") | not)' --arg b "$bin"
}

@test "without Debian's bundle the lock's own is named, with it Debian's; without locales none" {
    local own name
    own=$(closure "$lock" | grep libonig)
    name=${own#/nix/store/} name=${name:33}
    sed "s/$name/nss-cacert-3.98/g" "$lock" > own.lock
    differ own.lock "$lock"
    rm "root$ca"
    say --lock own.lock
    [ "$output" = "export NIX_SSL_CERT_FILE='${own%"$name"}nss-cacert-3.98/etc/ssl/certs/ca-bundle.crt'" ]
    touch "root$ca"
    say --lock own.lock
    [ "$output" = "export NIX_SSL_CERT_FILE='$ca'" ]
}

@test "with neither none is named, and what to install is told on standard error" {
    rm "root$ca"
    graft env --root root
    exits 0
    [ -z "$output" ]
    [ "$stderr" = "nixgraft: there is no $ca: https will not work, and NIX_SSL_CERT_FILE is left out; install ca-certificates" ]
    graft env --root root --quiet --format json
    json '. == {"variables": {}, "path": []}'
    [ -z "$stderr" ]
}

@test "some commands linked: PATH is as it was" {
    "$NIXGRAFT" apply --quiet --no-sync --lock "$(lock_of small jq just)" --root root --expose just > /dev/null
    say
    [ "$output" = "export NIX_SSL_CERT_FILE='$ca'" ]
}

@test "the lock is the root's own, else closure.lock, else there is none; nothing is written" {
    before=$(manifest -c root)
    say
    tiny_root bare
    graft env --root bare
    exits 6 "closure.lock: there is no such lock"
    cp "$lock" closure.lock
    mkdir -p "bare${ca%/*}"
    touch "bare$ca"
    graft env --root bare
    exits 0 NIX_SSL_CERT_FILE
    echo '{}' > closure.lock
    graft env --root bare
    exits 6 closure.lock
    say # not that one
    same_manifest "$before" "$(manifest -c root)"
}

@test "a format that there is not, and words too many" {
    graft env --root root --format csh
    exits 2 "--format: 'csh' is none of sh, bash, zsh, fish, containerfile, devcontainer, github, json"
    [ -z "$output" ]
    graft env --root root sh
    exits 2
}
