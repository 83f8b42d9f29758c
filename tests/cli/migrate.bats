# `nixgraft migrate`: what it tells of a file, and the files that it writes. Nothing is run and nothing is fetched, so no root is needed
# but for --root.
load ../lib

setup() { work_folder; }

# lines TEXT...: one a line, into the file that stdin's redirection names.
lines() { printf '%s\n' "$@"; }

# lacks GREP-ARGUMENT...: is there no such line?
lacks() { if grep "$@"; then fail "there: $*"; fi; }

# small: a Containerfile with one of each verdict.
small() {
    lines "# the team's tools" \
        "FROM docker.io/library/debian:trixie-slim" \
        "" \
        "# what we work with" \
        "RUN apt-get update && apt-get install -y --no-install-recommends \\" \
        "        ca-certificates \\" \
        "        git \\" \
        "        jq \\" \
        "        libssl-dev \\" \
        "    && rm -rf /var/lib/apt/lists/*" \
        "RUN apt-get update && apt-get install -y frobnicate" \
        "CMD [\"bash\"]" > Containerfile
}

# software FILTER: of the software that --json tells of Containerfile.
told() {
    graft migrate --json "${@:2}" Containerfile
    exits 0
    json ".files[0].software | $1"
}

@test "the report tells each by verdict, with line and reason, then score and what is next" {
    small
    graft migrate
    exits 0 "Containerfile: how software comes in" "move to Nix: 2" "a guess by the name): 1" "keep: 2" "score: of 5 pinned 0 (0 %)" "verified 5 (100 %)" \
        "after the move both" "next: \`nixgraft migrate --write --dry-run Containerfile\`"
    silent_on "not counted"
    grep -qE '^ +7  git +apt +no +registry +git$' <<< "$output"
    grep -qE '^ +11  frobnicate +apt +no +registry' <<< "$output"
    [[ $output == *"frobnicate?"* ]]
    [ "$(awk 'length > 100' <<< "$output")" = "" ]
    lacks ' $' <<< "$output"
    [ -z "$stderr" ]
    graft migrate --quiet
    exits 0
    [ -z "$output" ]
}

@test "--json tells all of it as one document" {
    small
    told 'map(.name) == ["ca-certificates", "git", "jq", "libssl-dev", "frobnicate"]'
    json '.result == "movable" and (.architecture | IN("amd64", "arm64")) and .files[0].file == "Containerfile"'
    json '.files[0].kind == "containerfile" and .files[0].doubts == []'
    json '.files[0].score == {"all": 5, "pinned": 0, "verified": 5, "both": 0, "move": 2, "keep": 2, "open": 1, "after": 2}'
    json '.files[0].software[1] | .line == 7 and .stage == 0 and .way == "apt" and .key == "git" and .pinned == "no" and
        .verified == "registry" and .verdict == "move" and .attribute == "git" and .sureness == "sure" and .moves and (.locked | not)'
    json '.files[0].software[4] | .verdict == "review" and .sureness == "guess" and (.moves | not) and (.reason | contains("guess"))'
    json '.files[0].software[3] | .verdict == "keep" and (has("attribute") | not)'
}

@test "a file without software is settled" {
    lines "FROM scratch" "COPY a b" > Containerfile
    graft migrate
    exits 0 "Containerfile: nothing that brings software in was found"
    silent_on "score" "next"
    graft migrate --json --check
    exits 0
    json '.result == "settled" and .files[0].software == []'
}

@test "the usual files are found, each once" {
    lines "FROM scratch" > Containerfile
    ln -s Containerfile Dockerfile
    mkdir .devcontainer
    lines '{ // a comment' '"image": "debian" }' > .devcontainer/devcontainer.json
    graft migrate --json
    exits 0
    json '[.files[].file] == ["Containerfile", ".devcontainer/devcontainer.json"]'
    json '[.files[].kind] == ["containerfile", "devcontainer"]'
    rm -r Containerfile Dockerfile .devcontainer
    graft migrate
    exits 6 "there is no Containerfile, Dockerfile or .devcontainer/devcontainer.json here"
}

@test "standard input is read once, and is told by its first byte" {
    small
    run --separate-stderr "$NIXGRAFT" migrate --json - < Containerfile
    exits 0
    json '.files[0].file == "standard input" and .files[0].kind == "containerfile" and (.files[0].software | length) == 5'
    run --separate-stderr "$NIXGRAFT" migrate --json - <<< ' {"postCreateCommand": "sudo apt-get install -y git"}'
    exits 0
    json '.files[0].kind == "devcontainer" and .files[0].software[0].name == "git"'
    graft migrate - -
    exits 2 "standard input (-) can be read once only"
    graft migrate --write -
    exits 2 "--write: name a file"
}

@test "options that do not go together are refused" {
    small
    graft migrate --dry-run
    exits 2 "--dry-run and --from go with --write"
    graft migrate --from x
    exits 2 "--dry-run and --from go with --write"
    for image in "" "a b" $'a\nRUN true'; do
        graft migrate --write --from "$image"
        exits 2 "must be the name of an image"
    done
    graft migrate --write --check
    exits 2 "--check and --write exclude each other"
    graft migrate --arch riscv64
    exits 2 "--arch 'riscv64': must be amd64 or arm64"
    graft migrate --only nowhere
    exits 2 "--only 'nowhere': nothing in the file is called so"
    graft migrate --only libssl-dev
    exits 2 "--only 'libssl-dev': no attribute is known for it"
    graft migrate --only ""
    exits 2 "--only ''"
}

@test "what is no file, no text or too long is refused, and named" {
    graft migrate nowhere
    exits 6 "nowhere: there is no such file"
    mkdir folder
    graft migrate folder
    exits 5 folder
    printf 'FROM a\0b\n' > nul
    graft migrate nul
    exits 6 "nul:"
    printf 'FROM \xff\n' > bytes
    graft migrate bytes
    exits 6 "bytes:"
    head -c 1100000 /dev/zero | tr '\0' '#' > long
    graft migrate long
    exits 6 long
    lines '{ "image": ' > devcontainer.json
    graft migrate devcontainer.json
    exits 6 "devcontainer.json"
    lines "RUN true" > Containerfile
    graft migrate --json
    exits 6
    json '.result == "failed" and .status == 6'
}

@test "names do not reach the terminal as they are" {
    local escape=$'\e' name=$'\e]0;title\a.Containerfile'
    lines "FROM debian" $'RUN apt-get install -y git \e[31mred \xc2\x9b2J' "RUN curl https://example.org/"$'\e'"[2Jx | sh" > "$name"
    graft migrate "$name"
    exits 0 "example.org/?[2Jx" "?]0;title?.Containerfile: how"
    silent_on "$escape" $'\xc2\x9b' $'\a'
    graft migrate --json "$name"
    exits 0
    silent_on "$escape"
    run env TERM=xterm script -qec "'$NIXGRAFT' migrate --write --dry-run --only git '$name'" /dev/null < /dev/null
    exits 0
    silent_on "$escape" $'\xc2\x9b' "mapAttrs"
    [[ $output == *"+++ b/graft.nix"*" lines, not shown on a terminal"* ]]
}

@test "--check is 1 while something could move" {
    small
    graft migrate --check
    exits 1 "2 pieces of software could move to Nix" "move to Nix: 2"
    graft migrate --check --json
    exits 1
    json '.result == "movable"'
    lines "FROM debian" "RUN apt-get install -y ca-certificates" > Containerfile
    graft migrate --check
    exits 0
}

@test "a table of one's own comes first" {
    small
    printf 'frob*\tfrob\tfrob,frobctl\tmove\tyes\tours\njq\t-\t-\tkeep\t-\tpinned by us\n' > ours.tsv
    told '.[4] | .verdict == "move" and .attribute == "frob" and .sureness == "likely" and .commands == ["frob", "frobctl"] and .reason == "ours"' \
        --map ours.tsv
    json '.files[0].software[2] | .verdict == "keep" and .reason == "pinned by us"'
    printf 'jq\t-\t-\tmove\t-\t-\n' > bad.tsv
    graft migrate --map bad.tsv
    exits 6 "bad.tsv:1: attribute '': move must have one"
    graft migrate --map nowhere.tsv
    exits 6 "--map nowhere.tsv: there is no such file"
}

@test "--root tells versions and programs, and what is essential" {
    tiny_root root
    mkdir -p root/var/lib/dpkg/info
    lines "Package: git" "Status: install ok installed" "Architecture: amd64" "Version: 1:2.47.3" "" \
        "Package: frobnicate" "Status: install ok installed" "Architecture: amd64" "Version: 2" "Priority: required" \
        > root/var/lib/dpkg/status
    lines /. /usr/bin/git /usr/bin/git-shell > root/var/lib/dpkg/info/git.list
    small
    told '.[1] | .installed == "1:2.47.3" and .commands == ["git"] and (.otherCommands | index("git-shell"))' --root root
    json '.files[0].software[4] | .verdict == "keep" and (.reason | contains("base system"))'
    mkdir empty
    graft migrate --root empty
    exits 0 "--root empty: there is no package database of Debian in it"
    graft migrate --root nowhere
    exits 5 "--root nowhere"
}

@test "--arch follows that architecture's branches" {
    # shellcheck disable=SC2016  # the file's own variables
    lines "FROM debian" "ARG TARGETARCH" \
        'RUN case "${TARGETARCH}" in amd64) p=git ;; arm64) p=jq ;; esac; apt-get install -y "$p"' > Containerfile
    told 'map(.name) == ["git"]' --arch amd64
    told 'map(.name) == ["jq"]' --arch arm64
}

@test "what the flake or the lock has already only has to go" {
    small
    lines '{' '  outputs = _: let' '  tools = pkgs: {' '    jq = pkgs.jq;' '  };' '  in { };' '}' > flake.nix
    told '.[2] | .locked and .moves and (.reason | contains("comes from Nix already"))'
    lines "{ }" > flake.nix
    told '.[2] | .locked | not'
    cp "$(lock_of small jq)" closure.lock
    told '.[2] | .locked and .moves'
    lines "no lock" > closure.lock
    graft migrate
    exits 6 closure.lock
}

# ---- --write ----

@test "--write --dry-run is a diff that patch takes, and changes nothing" {
    small
    before=$(manifest -c .)
    graft migrate --write --dry-run
    exits 0 "flake.nix would be written" "graft.nix would be written" "Containerfile would be written"
    same_manifest "$before" "$(manifest -c .)"
    mkdir patched applied written
    tee patched/Containerfile applied/Containerfile < Containerfile > written/Containerfile
    patch -s -p1 -F0 -d patched <<< "$output"
    (cd applied && git init -q && git apply <<< "$output" && rm -rf .git)
    (cd written && "$NIXGRAFT" migrate --quiet --write)
    diff -r patched written
    diff -r applied written
    differ Containerfile written/Containerfile
}

@test "--write takes out what moves, keeps every other byte, and a second run changes nothing" {
    small
    chmod 600 Containerfile
    cp Containerfile before
    graft migrate --write
    exits 0 "--- a/Containerfile" "+++ b/flake.nix" "nixgraft lock"
    [ "$(stat -c %a Containerfile)" = 600 ]
    lacks -wE '^[^#]*(git|jq)' Containerfile
    grep -q "^        ca-certificates " Containerfile
    grep -q "^        libssl-dev " Containerfile
    grep -q "^COPY --from=localhost/nixgraft /nixgraft /usr/local/bin/nixgraft$" Containerfile
    [ "$(grep -c "nixgraft apply" Containerfile)" = 1 ]
    # What was there and is not there any more: the two packages' lines alone.
    [ "$(diff before Containerfile | grep -c '^<')" = 2 ]
    grep -q "git = pkgs.git;" flake.nix
    grep -q "jq = pkgs.jq;" flake.nix
    lacks "just = pkgs.just;" flake.nix
    [ -s graft.nix ]
    before=$(manifest -c .)
    graft migrate --write
    exits 0 "nothing to move"
    same_manifest "$before" "$(manifest -c .)"
    graft migrate --check
    exits 0 "not counted: the tools of flake.nix and closure.lock"
    silent_on "after the move"
}

@test "--only moves one at a time, and grafts a stage once" {
    small
    graft migrate --write --only git
    exits 0
    grep -qw jq Containerfile
    lacks -w "pkgs.jq" flake.nix
    graft migrate --write --only jq
    exits 0
    [ "$(grep -c "nixgraft apply" Containerfile)" = 1 ]
    grep -q "git = pkgs.git;" flake.nix
    grep -q "jq = pkgs.jq;" flake.nix
    # What is to be decided moves when it is named.
    graft migrate --write --only frobnicate
    exits 0
    grep -q "frobnicate = pkgs.frobnicate;" flake.nix
}

@test "each stage that is changed is grafted, one that builds on it is not" {
    lines "FROM debian AS base" "RUN apt-get update && apt-get install -y git" "FROM base AS tools" \
        "RUN apt-get update && apt-get install -y jq" "FROM debian" "USER me" "RUN sudo apt-get update && sudo apt-get install -y jq" > Containerfile
    graft migrate --write --from registry.example.org/nixgraft:1
    exits 0
    [ "$(grep -c "nixgraft apply" Containerfile)" = 2 ]
    [ "$(grep -c "^COPY --from=registry.example.org/nixgraft:1 " Containerfile)" = 4 ]
    # By root.
    [[ $(grep -E '^USER|nixgraft apply' Containerfile | tail -n 2) == "RUN nixgraft apply"*$'\n'"USER me" ]]
}

@test "--write --json tells the diff, and what is left to do by hand" {
    small
    graft migrate --write --dry-run --json
    exits 0
    json '.result == "planned" and [.changes[].file] == ["Containerfile", "flake.nix", "graft.nix"] and [.changes[].new] == [false, true, true]'
    json '.changes[0] | .removed >= 2 and .added > 0 and (.diff | startswith("--- a/Containerfile\n+++ b/Containerfile\n@@ "))'
    [ ! -e flake.nix ]
    lines '{"postCreateCommand": "sudo apt-get install -y git"}' > devcontainer.json
    graft migrate --write --json devcontainer.json
    exits 0
    json '.result == "written" and [.changes[].file] == ["flake.nix", "graft.nix"] and (.byHand[0] | startswith("devcontainer.json:1: take out git by hand"))'
    rm flake.nix
    graft migrate --write devcontainer.json
    exits 0 "then \`nixgraft apply\` in a hook of devcontainer.json"
    silent_on "build the image"
}

@test "of every sample: the new file is one, and a second run changes nothing" {
    local sample file
    for sample in "$TOP"/tests/data/migrate/*/; do
        rm -rf sample
        cp -r "$sample" sample
        for file in sample/Containerfile sample/devcontainer.json; do
            [ -e "$file" ] || continue
            graft migrate --write --arch amd64 --flake sample "$file"
            exits 0
            before=$(manifest -c sample)
            graft migrate --write --arch amd64 --flake sample "$file"
            exits 0
            same_manifest "$before" "$(manifest -c sample)" || fail "$file"
            graft migrate --json --arch arm64 --flake sample "$file"
            exits 0
            json '.files | length == 1'
        done
    done
}

@test "a flake that is there is edited, or its lines are told" {
    small
    mkdir sub
    lines '{' '  outputs = _: let' '  # ours' '  tools = pkgs: {' '    ack = pkgs.ack;' '    zsh = pkgs.zsh; # last' '  };' '  in { };' '}' > sub/flake.nix
    graft migrate --write --flake sub
    exits 0
    [ "$(sed -n '5,8p' sub/flake.nix)" = "$(lines '    ack = pkgs.ack;' '    git = pkgs.git;' '    jq = pkgs.jq;' '    zsh = pkgs.zsh; # last')" ]
    [ ! -e flake.nix ] && [ ! -e sub/graft.nix ]
    small
    lines "{ }" > flake.nix
    graft migrate --write
    exits 0 "add to the tools of your flake" "git = pkgs.git;" "jq = pkgs.jq;"
    [ "$(cat flake.nix)" = "{ }" ]
}

@test "a tool whose programs are not just its name has them all" {
    small
    printf 'git\tgit\tgit scalar\tmove\tyes\t-\n' > ours.tsv
    graft migrate --write --map ours.tsv
    exits 0
    grep -qE '^ +git = \{ package = pkgs.git; commands = \[ "git" "scalar" \]; \};$' flake.nix
    grep -qE '^ +jq = pkgs.jq;$' flake.nix
    graft migrate --write
    exits 0 "nothing to move"
    printf 'fa\tfx\tfa\tmove\tyes\t-\nfb\tfx\tfb\tmove\tyes\t-\nrg\tripgrep\trg\tmove\tyes\t-\n' > three.tsv
    lines "FROM debian" "RUN apt-get install -y fa fb rg" > Containerfile
    graft migrate --write --map three.tsv
    exits 0
    grep -qE '^ +fx = \{ package = pkgs.fx; commands = \[ "fa" "fb" \]; \};$' flake.nix
    grep -qE '^ +ripgrep = \{ package = pkgs.ripgrep; commands = \[ "rg" \]; \};$' flake.nix
    lines "{ }" > flake.nix
    lines "FROM debian" "RUN apt-get install -y git" > Dockerfile
    graft migrate --write --map ours.tsv Dockerfile
    exits 0 'git = { package = pkgs.git; commands = [ "git" "scalar" ]; };'
}

@test "a link stays one: what it leads to is written" {
    small
    mkdir docker
    mv Containerfile docker
    ln -s docker/Containerfile Containerfile
    graft migrate --write
    exits 0
    [ -L Containerfile ]
    grep -q "nixgraft apply" docker/Containerfile
}

@test "what is called as Debian alone has it, by name or by path, is not taken out" {
    lines "FROM docker.io/library/debian:trixie-slim" \
        "RUN apt-get update && apt-get install -y bat fd-find jq ripgrep" \
        "RUN fdfind . /etc && /usr/bin/rg -V && jq --version" \
        "RUN ln -s /usr/bin/batcat /usr/local/bin/bat" > Containerfile
    told 'map(select(.byHand | not) | .name) == ["jq"]'
    told 'map(select(.byHand) | .byHand) == ["line 4 needs /usr/bin/batcat", "line 3 needs fdfind", "line 3 needs /usr/bin/rg"]'
    sed -i 's/fdfind/fd/; s:/usr/bin/rg:rg:; /batcat/d' Containerfile
    told 'length == 4 and all(.moves and (.byHand | not))'
}
