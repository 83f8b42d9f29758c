#!/usr/bin/env bats
# Every way into a container: whoever comes in and however, an exposed command is the lock's, and runs. Debian's own git and
# jq, other versions, are in the image, too. One table, one loop; `devcontainer exec` has a file of its own.
load ways

# Who comes in: a name, options of podman, what then stands before the command.
users() {
    cat <<-'TABLE'
	root      | --user root      |
	dev       | --user dev       |
	12345:678 | --user 12345:678 |
	unset     | --user dev       | env -u HOME -u USER -u LOGNAME
	TABLE
}

# How: whose command is found there, the words before a script. `exec` has no shell, `command:` is compose's (podman run IMAGE
# CMD), `RUN` is a Containerfile's, after the one of `nixgraft apply`.
# "debian": the way has a PATH without /usr/local/bin, or one in which Debian's folders are first; no link can change that. What
# helps is the absolute path, /usr/local/bin/git, which is tried there.
ways() {
    cat <<-'TABLE'
	lock   | exec
	lock   | command:
	lock   | RUN
	lock   | sh -c
	lock   | sh -lc
	lock   | dash -c
	lock   | bash -c
	lock   | bash -lc
	lock   | bash -ic
	lock   | zsh -c
	lock   | zsh -lc
	lock   | zsh -ic
	lock   | fish -c
	lock   | fish -lc
	lock   | fish -ic
	lock   | su -
	lock   | env -i sh -c
	lock   | env -i bash -c
	lock   | env -i bash -lc
	debian | env -i zsh -c
	debian | env -i fish -c
	debian | env -i PATH=/usr/bin:/bin sh -c
	debian | env -i PATH=/usr/bin:/bin zsh -lc
	debian | env -i PATH=/usr/bin:/bin fish -lc
	lock   | env -i PATH=/usr/bin:/bin bash -lc
	TABLE
}

# Cells that are different, or mean nothing ("none"), and why.
exceptions() {
    cat <<-'TABLE'
	none   | 12345:678 | su -                               | there is nobody to become without a passwd entry
	none   | unset     | RUN                                | a build step is as its USER is
	debian | dev       | env -i bash -lc                    | no HOME: Debian's ~/.profile puts $HOME/bin, here /bin, first
	debian | dev       | env -i PATH=/usr/bin:/bin bash -lc | likewise
	debian | unset     | bash -lc                           | likewise
	debian | unset     | env -i bash -lc                    | likewise
	debian | unset     | env -i PATH=/usr/bin:/bin bash -lc | likewise
	TABLE
}

# A script in words that every shell knows, fish too: which files the commands are, and the tools run. script [FOLDER/]
script() {
    local name
    printf 'readlink -f'
    while read -r name _; do printf ' "$(command -v %s)"' "$name"; done < "$commands"
    echo
    for name in "${NAMES[@]}"; do echo "$1$name --version"; done
}

# Runs a script in every way that it reads, one a line, after the words of its argument: one exec of podman for many cells.
driver() {
    cat <<-'SH'
	while read -r kind way; do
	    echo "== $way"
	    $1 $way "$(cat "/script.$kind")" < /dev/null 2> /dev/null
	done
	SH
}

living_image() {
    local suite=$1 step
    {
        printf '%s\n' "FROM $(lived_in "$suite")" "COPY script.lock script.debian driver /" \
            "RUN --mount=type=bind,target=/ctx /ctx/nixgraft apply --quiet --lock /ctx/closure.lock && mkdir -m 1777 /seen"
        for step in root dev 12345:678; do printf '%s\n' "USER $step" "RUN . /script.lock > /seen/${step%:*}; true"; done
        echo "USER root"
    } > "$work/Containerfile"
    build_image "$ME-$suite" "$work" --volume "$F:$F:ro"
}

# Real cron: its own two kinds of tables, with what each finds written to /cron.*. It looks at the turn of a minute.
start_cron() {
    podman exec --interactive "$ME-$1" sh -e <<-'SH'
	mkdir -m 1777 /cron
	echo '* * * * * (echo "$PATH"; command -v git; /usr/local/bin/git --version) > /cron/user 2>&1' | crontab -u dev -
	printf '%s\n' 'PATH=/usr/local/bin:/usr/bin:/bin' '* * * * * dev (command -v git; git --version) > /cron/path 2>&1' > /etc/cron.d/x
	env -i PATH=/usr/bin:/bin /usr/sbin/cron
	SH
}

prepare() {
    local suite=$1 name
    living_image "$suite"
    container_start "$ME-$suite" "$ME-$suite"
    start_cron "$suite"
    cut -d ' ' -f 2 "$commands" | podman exec -i "$ME-$suite" xargs readlink -f > "$work/resolved.$suite"
    for name in "${NAMES[@]}"; do
        podman exec "$ME-$suite" "$(path next "$name")/bin/$name" --version
    done > "$work/versions"
}

setup_file() {
    export work=$BATS_FILE_TMPDIR/work commands=$BATS_FILE_TMPDIR/work/commands
    mkdir "$work"
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    cp "$NIXGRAFT" "$work/nixgraft"
    cp "$(lock_of next)" "$work/closure.lock"
    commands_of "$work/closure.lock" > "$commands"
    script > "$work/script.lock"
    script /usr/local/bin/ > "$work/script.debian"
    driver > "$work/driver"
    prepare bookworm
    prepare trixie
}

teardown_file() { containers_gone; }

# rows TABLE: its rows, fields separated by one "|".
rows() { "$1" | sed 's/ *| */|/g'; }

# cells_of USER: kind and way of each cell, the exceptions applied.
cells_of() {
    awk -F '|' -v user="$1" 'FNR == NR { if ($2 == user) except[$3] = $1; next }
        { kind = $2 in except ? except[$2] : $1 } kind != "none" { print kind, $2 }' <(rows exceptions) <(rows ways)
}

# say SUITE USER OPTIONS BEFORE: all that this user sees, "== WAY" before each.
say() {
    local box=$ME-$1 user=$2 name
    local -a options before
    read -ra options <<< "$3"
    read -ra before <<< "$4"
    echo "== exec"
    cat "$work/resolved.$1"
    for name in "${NAMES[@]}"; do podman exec "${options[@]}" "$box" "${before[@]}" "$name" --version; done
    echo "== command:"
    podman run --rm "${options[@]}" "$box" "${before[@]}" sh -c "$(script)"
    echo "== RUN"
    podman exec "$box" cat "/seen/${user%:*}"
    echo "== su -"
    podman exec "$box" "${before[@]}" su - "${options[1]}" -c "$(script)"
    cells_of "$user" | grep ' -[a-z]*c$' | podman exec --interactive "${options[@]}" "$box" sh /driver "$4"
}

# right KIND SUITE FILE: does the file say what a cell of the kind says? Whether Nix runs without a home is a test of its own.
right() {
    case $1 in
    lock) diff <(grep -v "^nix (" "$3") <(cat "$work/resolved.$2" "$work/versions" | grep -v "^nix (") ;;
    debian)
        diff <(head -n 2 "$3") <(printf '%s\n' /usr/bin/git /usr/bin/jq) &&
            diff <(grep -v -e "^nix (" -e "^/" "$3") <(grep -v "^nix (" "$work/versions")
        ;;
    esac
}

# Tries all cells of a suite; names those that are wrong.
try_all() {
    local suite=$1 user options before kind way said=$BATS_TEST_TMPDIR/said wrong=0 cells=0
    while IFS='|' read -r user options before <&4; do
        say "$suite" "$user" "$options" "$before" > "$said.all" 2> "$said.err" 3>&- || true
        while read -r kind way <&5; do
            awk -v way="== $way" '/^== / { on = $0 == way; next } on' "$said.all" > "$said"
            cells=$((cells + 1))
            right "$kind" "$suite" "$said" > "$said.diff" && continue
            wrong=$((wrong + 1))
            fail "-- $suite, $user, $way (should be $kind's):" "$(head -n 6 "$said.diff")" || true
        done 5< <(cells_of "$user")
    done 4< <(rows users)
    [ "$wrong" = 0 ] || fail "$wrong of $cells cells are wrong"
    [ "$cells" -ge 95 ]
}

# Were they of one version, nothing would tell whose command ran without a shell.
@test "Debian's own git and jq are in the image, and of other versions than the lock's" {
    local suite name
    for suite in bookworm trixie; do
        for name in git jq; do
            [[ $(podman exec "$ME-$suite" "/usr/bin/$name" --version) != "$(podman exec "$ME-$suite" "/usr/local/bin/$name" --version)" ]]
        done
    done
}

@test "bookworm: every user, by every way, gets the lock's commands" { try_all bookworm; }

@test "trixie: every user, by every way, gets the lock's commands" { try_all trixie; }

@test "Nix runs for an uid without passwd entry that has a HOME of its own, or one that is not there" {
    local suite home
    for suite in bookworm trixie; do
        in_container --user 12345:678 "$ME-$suite" nix --version
        exits 1 "cannot determine user's home directory"
        for home in /nowhere /tmp/own; do
            in_container --user 12345:678 --env HOME=$home "$ME-$suite" sh -c 'mkdir -p /tmp/own; nix --version'
            exits 0 "$(grep "^nix (" "$work/versions")"
        done
        in_container --user dev "$ME-$suite" env -i /usr/local/bin/nix --version
        exits 0 "$(grep "^nix (" "$work/versions")"
    done
}

@test "cron finds Debian's command with its own PATH; an absolute path or a PATH= line finds the lock's" {
    local suite git
    git=$(head -n 1 "$work/versions")
    for suite in bookworm trixie; do
        until_true podman exec "$ME-$suite" test -s /cron/user -a -s /cron/path
        in_container "$ME-$suite" cat /cron/user
        exits 0
        [ "$output" = "/usr/bin:/bin"$'\n'"/usr/bin/git"$'\n'"$git" ] || fail "$suite: $output"
        in_container "$ME-$suite" cat /cron/path
        [ "$output" = "/usr/local/bin/git"$'\n'"$git" ] || fail "$suite: $output"
    done
}
