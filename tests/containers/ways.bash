# shellcheck shell=bash disable=SC2034,SC2154  # used by those who load this; set by bats
# For ways.bats, beside.bats, confined.bats, users.bats: a Debian that people live in, and nixgraft in it.
#
# The fixture's caches and the program are mounted into containers where they are outside: a lock's own file:// URLs hold.
load lib
NAMES=(git jq just nix) # what the sets small and next have; Debian's own git and jq are in the image too
mounts=(--volume "$F:$F:ro" --volume "$NIXGRAFT:$NIXGRAFT:ro")

# lived_in SUITE: names an image with all shells, man, cron, locales, Debian's own git, jq, curl, and the users root and dev.
# Is made once (apt: half a minute), and kept for later runs.
lived_in() {
    local context=$BATS_TEST_TMPDIR/lived-in
    base_image "$1" > /dev/null
    mkdir -p "$context"
    cat > "$context/Containerfile" <<-FILE
	FROM docker.io/library/debian:$1-slim
	RUN apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends \\
	    bash-completion ca-certificates cron curl fish git jq locales man-db openssl python3-venv zsh
	RUN useradd --create-home --shell /bin/bash dev && echo 'en_US.UTF-8 UTF-8' > /etc/locale.gen && locale-gen
	FILE
    BUILDER=podman build_image "localhost/lived-in:$1" "$context"
    echo "localhost/lived-in:$1"
}

# grafted TAG SUITE LOCK [COMMAND]: an image of the suite in which root applied the lock, after the shell COMMAND.
grafted() {
    local context=$BATS_FILE_TMPDIR/grafted
    mkdir -p "$context"
    cp "$NIXGRAFT" "$context/nixgraft"
    cp "$3" "$context/closure.lock"
    printf '%s\n' "FROM $(lived_in "$2")" \
        "RUN --mount=type=bind,target=/ctx ${4:-true} && /ctx/nixgraft apply --quiet --lock /ctx/closure.lock" > "$context/Containerfile"
    build_image "$1" "$context" --volume "$F:$F:ro"
}

# sh_in IMAGE [OPTION...] SCRIPT: `run` of a script in a new container with the mounts; there $NIXGRAFT is the program, $OLD the
# lock of the set small, $NEW that of next, $BIN the folder of the profile's commands.
sh_in() {
    local image=$1 script=${*: -1}
    local -a options=("${mounts[@]}" --volume "$BATS_FILE_TMPDIR:$BATS_FILE_TMPDIR:ro")
    options+=(--env NIXGRAFT="$NIXGRAFT" --env OLD="$(lock_of small)" --env NEW="$(lock_of next)")
    options+=(--env BIN=/nix/var/nix/profiles/nixgraft/bin)
    run --separate-stderr aside podman run --rm --pull=never "${options[@]}" "${@:2:$#-2}" "$image" sh -c "$script"
}

# just_of SET: what its `just` says of itself; small and next have different ones, Debian's image none.
just_of() { echo "just $(jq -r '.tools.just.version | sub("-.*"; "")' "$F/closures/$1.json")"; }

# one_line: was one line said on stderr?
one_line() { [ "$(wc -l <<< "$stderr")" = 1 ] || fail "not one line: $stderr"; }

# commands_of LOCK: a line for each exposed command: its name, the file that its store path has for it.
commands_of() {
    jq -r '.systems["x86_64-linux"] | (.tools[], .nix // empty) | .path as $p | .commands[] | "\(.) \($p)/bin/\(.)"' "$1"
}
