#!/usr/bin/env bats
# Beside Debian: its man, its shells' completions, its CA bundle and its locales serve the lock's tools, and none of its own
# programs behaves differently, though 24 tools, python3, perl, tar, sed and coreutils among them, now come first on PATH.
load ways
SUITES=(bookworm trixie)

# Who asks: options of podman exec, and what stands before the command.
askers() { printf '%s\n' "--user root|" "--user dev|" "--user 12345:678|" "--user dev|env -i"; }

# ask SUITE ASKER CMD...: `run` in the container.
ask() {
    local -a options before
    read -ra options <<< "${2%|*}"
    read -ra before <<< "${2#*|}"
    in_container "${options[@]}" "$ME-$1" "${before[@]}" "${@:3}"
}

# A tool as nixpkgs shapes it, which Debian does not know: a page, a completion of each shell; Nix itself adds and signs it.
make_greet() {
    local d=$work/greet
    mkdir -p "$d/bin" "$d/share/"{man/man1,bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
    printf '%s\n' '#!/bin/sh' 'echo hello' > "$d/bin/greet"
    chmod 755 "$d/bin/greet"
    printf '%s\n' '.TH GREET 1' '.SH NAME' 'greet \- says hello' > "$d/share/man/man1/greet.1"
    echo 'complete -W "--loud --soft" greet' > "$d/share/bash-completion/completions/greet"
    printf '%s\n' '#compdef greet' 'compadd -- --loud --soft' > "$d/share/zsh/site-functions/_greet"
    echo 'complete --command greet --long-option loud --description shout' > "$d/share/fish/vendor_completions.d/greet.fish"
    # shellcheck disable=SC2016  # for that shell
    ENTER_BIND=$work "$fixture/enter" trixie sh -euc 'nix() { command nix --extra-experimental-features nix-command "$@"; }
        p=$(nix store add --store "local?root=$1/store" --name greet "$1/greet")
        nix copy --quiet --from "local?root=$1/store" --to "file://$1/served?secret-key=$2" "$p"
        rm -rf "$1/store"; echo "$p"' sh "$work" "$F/keys/cache.sec"
}

make_lock() {
    jq --arg p "$greet" '.tools.greet = { attribute: "greet", pname: "greet", version: "1", outputs: { out: $p }, outPath: $p,
        mainProgram: "greet", commands: ["greet"] }' "$F/closures/tools.json" > "$work/tools.json"
    "$NIXGRAFT" lock --quiet --lock "$work/closure.lock" --cache "$(cache tools)" --cache "file://$work/served" \
        --trusted-key "$KEY" --manifest "$work/tools.json" > /dev/null
}

# What an https server of the company has: a repository and a cache.
make_served() {
    git -c init.defaultBranch=main init --quiet "$work/repository"
    git -C "$work/repository" -c user.name=x -c user.email=x@example.org commit --quiet --allow-empty --message first
    git clone --quiet --bare "$work/repository" "$work/served/r.git"
    git -C "$work/served/r.git" update-server-info
}

# A wheel is a zip with three files about itself.
make_wheel() {
    /usr/bin/python3 - "$work/hello-1-py3-none-any.whl" <<-'PY'
	import sys, zipfile
	with zipfile.ZipFile(sys.argv[1], "w") as z:
	    z.writestr("hello.py", "import ssl, sys\ndef main(): print('hello from', sys.prefix, ssl.OPENSSL_VERSION)\n")
	    z.writestr("hello-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1\n")
	    z.writestr("hello-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
	    z.writestr("hello-1.dist-info/entry_points.txt", "[console_scripts]\nhello = hello:main\n")
	    z.writestr("hello-1.dist-info/RECORD", "")
	PY
}

# Programs of Debian, by their own names: what they say, and how they exit.
measure() {
    podman exec --interactive "$ME-$1" /bin/sh -s "$work" <<-'SH'
	try() { echo "# $*"; "$@" 2>&1; echo "= $?"; }
	echo "LD_LIBRARY_PATH: ${LD_LIBRARY_PATH-unset}"
	try /usr/sbin/ldconfig -p
	try /usr/bin/sha256sum /etc/ld.so.cache /etc/ssl/certs/ca-certificates.crt /etc/environment
	try /usr/bin/apt-get -s install hello
	try /usr/bin/dpkg --audit
	try /usr/bin/perl -V
	for program in apt-get bash curl git jq openssl perl python3 zsh; do
	    echo "# ldd $program"; /usr/bin/ldd "/usr/bin/$program" | /usr/bin/sed 's/(0x.*//'
	done
	try /usr/bin/openssl version -d
	try /usr/bin/git --exec-path
	try /usr/bin/curl --version
	try /usr/bin/env -i /usr/bin/python3 -c 'import sys, ssl; print(sys.path, ssl.get_default_verify_paths())'
	rm -rf /venv
	try /usr/bin/python3 -m venv /venv
	try /venv/bin/pip install --quiet --no-index --disable-pip-version-check "$1/hello-1-py3-none-any.whl"
	try /venv/bin/hello
	SH
}

# The environment of several ways in, and of both users. Debian's shells, since the lock's sh is a bash; its dircolors knows
# more colours.
environments() {
    local user way
    for user in root dev; do
        while read -r way; do
            echo "# $user: $way"
            # shellcheck disable=SC2086  # words
            podman exec --user $user "$ME-$1" $way /usr/bin/env 2> /dev/null | grep -v -e '^_=' -e '^LS_COLORS=' | sort
        done <<< $'\n/bin/sh -c\n/bin/bash -c\n/bin/bash -lc\n/bin/bash -ic\nzsh -lc\nfish -lc\nenv -i /bin/sh -c'
        echo "# $user: su -"
        podman exec "$ME-$1" su - $user -c /usr/bin/env | grep -v -e '^_=' -e '^LS_COLORS=' | sort
    done < /dev/null
}

prepare() {
    local box=$ME-$1
    container_start "$box" "$(lived_in "$1")" "${mounts[@]}" --volume "$work:$work:ro"
    measure "$1" > "$work/before.$1"
    environments "$1" > "$work/environment.before.$1"
    podman exec "$box" "$NIXGRAFT" apply --quiet --lock "$work/closure.lock"
    measure "$1" > "$work/after.$1"
    environments "$1" > "$work/environment.after.$1"
}

setup_file() {
    need tools tls chroot:trixie
    export work=$BATS_FILE_TMPDIR/work greet nginx url suite
    mkdir -p "$work/served"
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    greet=$(make_greet)
    make_lock
    make_served
    make_wheel
    serve "$work/served" --tls
    for suite in "${SUITES[@]}"; do prepare "$suite"; done
}

teardown_file() {
    unserve
    containers_gone
}

@test "man finds and shows the pages of exposed tools, whoever asks" {
    local suite asker
    for suite in "${SUITES[@]}"; do
        while read -r asker; do
            ask "$suite" "$asker" man -w greet jq git-rebase
            exits 0 "$greet/share/man/man1/greet.1" "$(path tools jq)/share/man/man1/jq.1.gz" \
                "$(path tools git)/share/man/man1/git-rebase.1.gz"
            ask "$suite" "$asker" man -P cat greet
            exits 0 "greet - says hello"
        done < <(askers)
    done
}

# The loader looks beside itself, in Debian's own folder, before /usr/local from 2.12 on: there Debian's completion of a
# program that it has, too, comes first (trixie's git). It completes the lock's program well enough.
@test "bash-completion loads the completions of exposed tools, and completes, whoever asks" {
    local suite asker
    for suite in "${SUITES[@]}"; do
        while read -r asker; do
            ask "$suite" "$asker" /bin/bash -ic '. /usr/share/bash-completion/bash_completion
                load=$(declare -F _comp_load || declare -F __load_completion)
                $load greet && complete -p greet; $load gh && complete -p gh; $load git; shopt -s extdebug; declare -F __git_main
                COMP_WORDS=(git che) COMP_CWORD=1 COMP_LINE="git che" COMP_POINT=7; __git_wrap__git_main; echo "${COMPREPLY[@]}"'
            exits 0 "complete -W '--loud --soft' greet" "__start_gh gh" "checkout" "cherry-pick"
            [ "$suite" = trixie ] || exits 0 "/usr/local/share/bash-completion/completions/git"
        done < <(askers)
    done
}

@test "zsh finds the completion functions of exposed tools, whoever asks" {
    local suite asker
    for suite in "${SUITES[@]}"; do
        while read -r asker; do
            ask "$suite" "$asker" zsh -ic 'autoload -Uz compinit; compinit -D; print $_comps[greet]; print -l ${^fpath}/_greet(N)'
            exits 0 _greet /usr/local/share/zsh/site-functions/_greet
        done < <(askers)
    done
}

@test "fish completes exposed tools, whoever asks" {
    local suite asker
    for suite in "${SUITES[@]}"; do
        while read -r asker; do
            ask "$suite" "$asker" fish -c 'set -gx PATH /usr/local/bin $PATH; complete -C "greet --l"'
            exits 0 "--loud"$'\t'shout
        done < <(askers)
    done
}

# locked_over_tls SUITE [ENV...]: what the tools say to the company's server.
locked_over_tls() {
    in_container "$ME-$1" /usr/bin/env "${@:2}" "$NIXGRAFT" lock --quiet --lock /tmp/closure.lock --cache "$url" --trusted-key "$KEY" \
        --tool "greet=$greet"
}
over_tls() {
    local bundle=/etc/ssl/certs/ca-certificates.crt
    in_container "$ME-$1" /usr/bin/curl -sS -o /dev/null "$url/nix-cache-info"
    echo "Debian's curl $status"
    in_container "$ME-$1" python3 -c "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])" "$url/nix-cache-info"
    echo "python $status"
    in_container "$ME-$1" nix --extra-experimental-features nix-command store info --store "$url?priority=1"
    echo "nix $status"
    locked_over_tls "$1"
    echo "nixgraft $status"
    # The fixture's curl and git bring a bundle of their own, and want to be told of another.
    in_container --env "SSL_CERT_FILE=$bundle" "$ME-$1" curl -sS -o /dev/null "$url/nix-cache-info"
    echo "curl $status"
    in_container --env "SSL_CERT_FILE=$bundle" "$ME-$1" git ls-remote "$url/r.git"
    echo "git $status"
}

@test "TLS: nobody believes the company's server; with its CA in Debian's bundle everybody does" {
    local suite
    for suite in "${SUITES[@]}"; do
        run over_tls "$suite"
        [ "$output" = "$(printf '%s\n' "Debian's curl 60" "python 1" "nix 1" "nixgraft 3" "curl 60" "git 128")" ] || fail "$suite" "$output"
        locked_over_tls "$suite"
        exits 3 certificate
        podman exec --interactive "$ME-$suite" sh -c 'cat > /usr/local/share/ca-certificates/company.crt' < "$F/tls/ca.pem"
        in_container "$ME-$suite" update-ca-certificates
        exits 0 "1 added"
        run over_tls "$suite"
        [ "$output" = "$(printf '%s 0\n' "Debian's curl" python nix nixgraft curl git)" ] || fail "$suite" "$output"
        # The variable of `nixgraft env` leads to the same bundle, and where it leads elsewhere, it counts.
        locked_over_tls "$suite" NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
        exits 0
        podman exec "$ME-$suite" /bin/cp /etc/ssl/certs/Certainly_Root_R1.pem /tmp/other.pem
        locked_over_tls "$suite" NIX_SSL_CERT_FILE=/tmp/other.pem
        exits 3 certificate
    done
}

# LOCALE_ARCHIVE, which a glibc of nixpkgs wants, leads to the archive that the fixture's, Debian's own, reads anyway.
@test "a UTF-8 locale works, C.UTF-8 and one of locale-gen, without a warning" {
    local suite asker lang
    for suite in "${SUITES[@]}"; do
        for lang in C.UTF-8 en_US.UTF-8; do
            for asker in root dev 12345:678; do
                in_container --user "$asker" --env LANG=$lang --env LOCALE_ARCHIVE=/usr/lib/locale/locale-archive "$ME-$suite" sh -c \
                    'printf "\303\244b\n" | grep -o "^." && printf "\303\244b\n" | wc -m && locale && jq -rn "\"\\u00e4\" | length" &&
                    perl -e "print qq{perl\n}" && python3 -c "import locale; print(locale.setlocale(locale.LC_ALL, str()))"'
                exits 0
                [[ $output == $'ä\n3\n'*$'\n1\nperl\n'$lang ]] || fail "$suite, $lang: $output"
                [ -z "$stderr" ] || fail "$suite, $lang: $stderr"
            done
        done
        in_container --env LANG=xx_XX.UTF-8 "$ME-$suite" perl -e 'print "perl\n"'
        exits 0 "Setting locale failed"
    done
}

@test "no program of Debian behaves differently" {
    local suite
    for suite in "${SUITES[@]}"; do
        grep -qx "hello from /venv .*" "$work/before.$suite"
        grep -q "Inst hello" "$work/before.$suite"
        diff "$work/before.$suite" "$work/after.$suite" || fail "$suite"
    done
}

# nested: what Debian's podman in the container says as root and as dev, whose setuid newuidmap it must find; and runs a tree of dash.
nested() {
    podman exec --interactive "$ME-podman" su - "$1" -c 'sh -eu' <<-'SH' 2>&1
	export PODMAN_IGNORE_CGROUPSV1_WARNING=1 XDG_RUNTIME_DIR="$HOME/run"
	mkdir -p -m 700 "$HOME/run"
	for file in /bin/dash $(ldd /bin/dash | grep -o '/[^ ]*'); do install -D "$file" "$HOME/tree/$file"; done
	command -v podman
	podman --version
	podman info --format '{{.Host.OCIRuntime.Path}} {{.Store.GraphDriverName}} {{.Host.Security.Rootless}}'
	if [ "$USER" = dev ]; then podman unshare cat /proc/self/uid_map; fi
	podman run --rm --network none --cgroups disabled --rootfs "$HOME/tree" /bin/dash -c 'echo "a container of $0"' "$USER"
	SH
}

@test "Debian's podman in the container does what it did, for root and rootless" {
    local user
    container_start "$ME-podman" "$(lived_in trixie)" "${mounts[@]}" --volume "$work:$work:ro" --privileged
    in_container "$ME-podman" sh -c 'mount --make-rshared / && mkdir -p /etc/containers && cd /etc/containers &&
        printf "[storage]\ndriver = \"vfs\"\nrunroot = \"/run/podman\"\ngraphroot = \"/var/lib/podman\"\n" > storage.conf &&
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends crun podman uidmap'
    exits 0
    for user in root dev; do nested $user > "$work/podman.$user" || fail "$(cat "$work/podman.$user")"; done
    in_container "$ME-podman" "$NIXGRAFT" apply --quiet --lock "$work/closure.lock"
    exits 0
    for user in root dev; do
        grep -qx "a container of $user" "$work/podman.$user" || fail "$(cat "$work/podman.$user")"
        nested $user | diff "$work/podman.$user" - || fail "$user"
    done
    container_stop "$ME-podman"
}

@test "apt updates and installs, though dpkg's helpers on PATH are the lock's" {
    local suite
    for suite in "${SUITES[@]}"; do
        in_container "$ME-$suite" sh -c 'readlink -f "$(command -v tar)" && /usr/bin/apt-get -qq update &&
            DEBIAN_FRONTEND=noninteractive /usr/bin/apt-get -qy install --no-install-recommends hello && hello && dpkg --audit'
        exits 0 "$(path tools gnutar)/bin/tar" "Setting up hello" "Hello, world!"
    done
}

# expected_change: of `environments`, what nixgraft adds: to login shells, and to nobody else.
expected_change() {
    local user
    for user in root dev; do
        printf '%s\n' "# $user: /bin/bash -lc" "> LOCALE_ARCHIVE=/usr/lib/locale/locale-archive" \
            "> NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" "> PATH and .nix-profile/bin"
        printf '%s\n' "# $user: su -" "> LOCALE_ARCHIVE=/usr/lib/locale/locale-archive" \
            "> NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" "> PATH and .nix-profile/bin"
    done
}

@test "the environment is what it was but for what \`nixgraft env\` tells, in login shells" {
    local suite
    for suite in "${SUITES[@]}"; do
        # Each changed line below the way that it is of; the end of PATH may grow.
        diff --unchanged-line-format='= %L' --old-line-format='< %L' --new-line-format='> %L' \
            "$work/environment.before.$suite" "$work/environment.after.$suite" | awk '
            /^= # / { way = substr($0, 3); next }
            /^= / { next }
            /^< PATH=/ { old = substr($0, 3); next }
            way { print way; way = "" }
            /^> PATH=/ && old != "" && index(substr($0, 3), old) == 1 { sub(/.*\//, "", $0); print "> PATH and .nix-profile/bin"; old = ""; next }
            { print }' > "$BATS_TEST_TMPDIR/change"
        diff "$BATS_TEST_TMPDIR/change" <(expected_change) || fail "$suite"
        in_container "$ME-$suite" "$NIXGRAFT" env --format json
        exits 0
        json 'tostring | [scan("[A-Z_]{4,}(?=\":)")] | sort == ["LOCALE_ARCHIVE", "NIX_SSL_CERT_FILE"]'
    done
}
