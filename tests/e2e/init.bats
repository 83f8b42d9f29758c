#!/usr/bin/env bats
# From nothing: a Debian root without Nix, init brings one and a flake, lock evaluates it, apply installs, the tools answer; then
# update, after the flake's nixpkgs has moved. With the real Nix, without a network, on a stand-in for nixpkgs (tests/fixture/nixpkgs).
# shellcheck disable=SC2016,SC2154  # words for an inner shell; set by lib
load lib

setup_file() {
    need keys small next root:trixie chroot:bookworm chroot:trixie chroot:sid
    scratch
    export r=$S/r
    debian_root "$r"
    mkdir "$r/cache"
    cp -r "$F/caches/small-zstd/." "$F/caches/next-zstd/." "$r/cache"
    cp "$NIXGRAFT" "$r/usr/local/bin/nixgraft"
    stand_in "$S/small" small
    stand_in "$S/next" next
    cp -r "$S/small" "$r/nixpkgs"
}
teardown_file() { unscratch; }
teardown() { unserve; }
from_cache=(--cache file:///cache --trusted-key "$KEY")

# moved SET [DIR]: from now on the flake's nixpkgs, in the root, is that one.
moved() {
    rm -rf "${r:?}/${2-nixpkgs}"
    cp -r "$S/$1" "$r/${2-nixpkgs}"
}

# in_work WORDS...: nixgraft in the project's folder, inside the root.
in_work() {
    run --separate-stderr inside "$r" env HOME=/root USER=root sh -c 'mkdir -p /work && cd /work && exec nixgraft "$@"' nixgraft "$@"
}
# version TOOL: what the lock says.
version() { jq -r --arg t "$1" '.systems[].tools[$t].version' "$r/work/closure.lock"; }
older=$(jq -r .tools.jq.version "$F/closures/small.json") newer=$(jq -r .tools.jq.version "$F/closures/next.json")

@test "init brings a Nix where there is none, and what it says next makes the tools answer" {
    [ ! -e "$r/nix" ]
    in_work init "${from_cache[@]}" --nix "$(path small nix)" --nixpkgs path:/nixpkgs --tool jq --tool just
    exits 0 "flake.nix: written" "graft.nix: written" ".gitignore: written" "Nix 2.26" "pinned in closure.lock and installed" \
        "nixgraft lock" "nixgraft apply"
    silent_on "git add"
    [ "$(jq -c '.systems["x86_64-linux"] | [.nix.path, (.tools | length)]' "$r/work/closure.lock")" = "[\"$(path small nix)\",0]" ]
    run inside "$r" nix --version
    exits 0 "nix (Nix) 2.26"
    in_work lock
    exits 0 "closure.lock: written" "2 tools and Nix" "added    jq"
    [ "$(jq -r '.systems[].nix.path' "$r/work/closure.lock")" = "$(path small nix)" ]
    in_work apply
    exits 0 "generation 2"
    run inside "$r" sh -c 'echo "{\"a\": 7}" | jq .a; just --version'
    exits 0 7 "just 1."
    in_work verify
    exits 0
}

@test "init again changes nothing, and nothing that people wrote is overwritten" {
    local before
    before=$(cd "$r/work" && sha256sum flake.nix graft.nix .gitignore closure.lock)
    in_work init --nixpkgs path:/nixpkgs --tool jq --tool just
    exits 0 "flake.nix: unchanged" "Nix: /"
    in_work init
    exits 5 "flake.nix is there already" "move it away"
    in_work init --nixpkgs path:/nixpkgs --tool jq --tool just --nix "$(path next nix)" "${from_cache[@]}"
    exits 2 "closure.lock is there already, and has another Nix"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.nix graft.nix .gitignore closure.lock)" ]
}

@test "update with nothing newer changes no byte" {
    local before
    before=$(cd "$r/work" && sha256sum flake.lock closure.lock)
    in_work update
    exits 0 "flake.lock: nothing newer" "closure.lock: unchanged"
    in_work update jq
    exits 0 "closure.lock: unchanged"
    in_work update --check
    exits 0 "closure.lock: current"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.lock closure.lock)" ]
}

@test "update tells old and new versions, first with --check and --dry-run, which change nothing" {
    local before
    before=$(cd "$r/work" && sha256sum flake.lock closure.lock)
    moved next
    in_work update --check
    exits 1 "closure.lock: outdated" "changed  jq $older -> $newer" "there is something newer"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.lock closure.lock)" ]
    in_work update --dry-run
    exits 0 "closure.lock: would be written" "changed  jq $older -> $newer" "changed  nix"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.lock closure.lock)" ]
    in_work update jq
    exits 1 "just, nix would change too, by the flake's input nixpkgs; nothing was changed"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.lock closure.lock)" ]
}

@test "an update whose tools no cache has leaves both locks as they were" {
    local before
    before=$(cd "$r/work" && sha256sum flake.lock closure.lock)
    mkdir -p "$r/empty"
    cp "$r/cache/nix-cache-info" "$r/empty"
    in_work update --cache file:///empty --trusted-key "$KEY"
    exits 3 "in none of the caches"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.lock closure.lock)" ]
}

@test "update moves flake.lock and closure.lock in one step, and apply follows" {
    in_work update --json
    exits 0
    json '.result == "written" and .changed == ["jq", "just", "nix"] and (.inputs | map(.name)) == ["nixpkgs"]'
    json '.systems[0].changes.tools[0] == {name: "jq", change: "changed", from: $from, to: $to}' --arg from "$older" --arg to "$newer"
    [ "$(version jq)" = "$newer" ]
    in_work lock --check --flake .
    exits 0 current
    in_work apply
    exits 0
    run inside "$r" sh -c 'jq --version; nix --version'
    exits 0 "nix (Nix) 2.34" "jq-1.8"
    moved small
    in_work update jq --with-others
    exits 0 "changed  jq $newer -> $older" "flake.lock: written"
    [ "$(version jq)" = "$older" ]
}

@test "the Nix that init brought goes when the flake names none; --only-nix brings one again, and no files" {
    local before
    sed -i 's/mkGraft { inherit pkgs tools; }/mkGraft { inherit pkgs tools; nix = null; }/' "$r/work/flake.nix"
    in_work lock
    exits 0 "2 tools, " "removed  nix"
    in_work apply
    exits 0
    before=$(cd "$r/work" && sha256sum flake.nix graft.nix .gitignore closure.lock)
    run ! inside "$r" sh -c 'command -v nix'

    in_work lock
    exits 2 "nixgraft init --only-nix"
    in_work init --only-nix "${from_cache[@]}" --nix "$(path small nix)"
    exits 0 "Nix 2.26" "pinned in nix.lock and installed" "links of the lock that was followed before went; \`nixgraft apply\`" \
        "  nixgraft lock --cache file:///cache --trusted-key $KEY"
    silent_on flake.nix
    in_work lock
    exits 0 "closure.lock: unchanged"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.nix graft.nix .gitignore closure.lock)" ]
    rm "$r/work/nix.lock"
    sed -i 's/ nix = null;//' "$r/work/flake.nix"
    in_work lock
    exits 0 "2 tools and Nix"
}

@test "a tool with an input of its own is updated alone; which input, nobody needs to say" {
    rm -rf "$r/work/two" && mkdir "$r/work/two"
    cp "$r/work/graft.nix" "$r/work/two"
    moved small fresh
    moved small
    cat > "$r/work/two/flake.nix" <<N
{
  inputs.nixpkgs.url = "path:/nixpkgs";
  inputs.fresh.url = "path:/fresh";
  outputs = { nixpkgs, fresh, ... }: {
    graft.x86_64-linux = (import ./graft.nix).mkGraft {
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      tools = pkgs: { git = pkgs.git; jq = pkgs.jq; just = fresh.legacyPackages.x86_64-linux.just; };
    };
  };
}
N
    two=(--flake two --lock two/closure.lock)
    in_work lock "${two[@]}" "${from_cache[@]}"
    exits 0 "3 tools and Nix"
    moved next fresh
    moved next
    in_work update "${two[@]}" just
    exits 0 "fresh" "changed  just"
    silent_on "changed  jq" "changed  git"
    [ "$(jq -c '[.systems[].tools[].path]' "$r/work/two/closure.lock")" = \
        "$(jq -nc '$ARGS.positional' --args "$(path small git)" "$(path small jq)" "$(path next just)")" ]
    in_work lock --check "${two[@]}"
    exits 0 current
    # Now only the other input has something newer, and just does not come from there.
    in_work update "${two[@]}" just
    exits 0 "two/closure.lock: unchanged" "nothing newer"
    in_work update "${two[@]}" --input nixpkgs --check
    exits 1 "changed  git" "changed  jq"
    in_work update "${two[@]}" --input nowhere
    exits 2 "has no input 'nowhere'; it has fresh, nixpkgs"
    in_work update "${two[@]}" uv
    exits 2 "has no tool 'uv'; it has git, jq, just, nix"
    in_work update "${two[@]}" git
    exits 1 "jq, nix would change too, by the flake's input nixpkgs"
    in_work update "${two[@]}" git --with-others
    exits 0 "changed  git" "changed  jq" "changed  nix"
}

@test "all inputs and one input are moved by the oldest Nix, whose words for it were others, and by newer ones" {
    local suite
    for suite in bookworm trixie sid; do
        rm -rf "$S/old" && mkdir "$S/old"
        cp -r "$S/small" "$S/old/fresh"
        cp -r "$S/small" "$S/old/nixpkgs"
        sed "s|path:/|path:$S/old/|" "$r/work/two/flake.nix" > "$S/old/flake.nix"
        cp "$TOP/overlays/template/graft.nix" "$NIXGRAFT" "$S/old"
        in_old() {
            run --separate-stderr env "ENTER_BIND=$S:$F" "$fixture/enter" "$suite" sh -c 'cd "$0" && exec ./nixgraft "$@"' "$S/old" "$@"
        }
        in_old lock --cache "$(cache small)" --cache "$(cache next)" --trusted-key "$KEY"
        exits 0 "3 tools and Nix"
        rm -r "$S/old/fresh" "$S/old/nixpkgs"
        cp -r "$S/next" "$S/old/fresh"
        cp -r "$S/next" "$S/old/nixpkgs"
        in_old update --input fresh
        exits 0 "changed  just" "flake.lock: written"
        silent_on "changed  jq"
        in_old update --json
        exits 0
        json '.changed == ["git", "jq", "nix"] and .inputs[0].name == "nixpkgs"'
        in_old update
        exits 0 "closure.lock: unchanged"
        # A folder whose name is no URL.
        odd="a b#c?d=ä%20"
        mkdir "$S/old/$odd"
        cp "$S/old/flake.nix" "$S/old/graft.nix" "$S/old/$odd"
        in_old lock --flake "$odd" --lock "$odd/closure.lock" --cache "$(cache next)" --trusted-key "$KEY"
        exits 0 "$odd/closure.lock: written"
        in_old update --flake "$odd" --lock "$odd/closure.lock" --input fresh
        exits 0 "$odd/closure.lock: unchanged"
        cmp <(jq .nodes.root "$S/old/flake.lock") <(jq .nodes.root "$S/old/$odd/flake.lock")
    done
}

@test "an update that is interrupted puts flake.lock back" {
    local before
    moved small
    in_work update
    exits 0
    before=$(cd "$r/work" && sha256sum flake.lock closure.lock)
    moved next
    # A cache that answers nothing: a listener that never accepts.
    python3 - "$S/port" 3>&- <<'P' &
import socket, sys, time
s = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1] + ".new", "w").write(str(s.getsockname()[1]))
import os; os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(60)
P
    listener=$!
    until_true test -s "$S/port"
    inside "$r" env HOME=/root USER=root sh -c 'cd /work && exec nixgraft update "$@"' sh --cache "http://127.0.0.1:$(cat "$S/port")" \
        --trusted-key "$KEY" > "$S/update.out" 2>&1 3>&- &
    updater=$!
    changed() { [ "$(cd "$r/work" && sha256sum flake.lock closure.lock)" != "$before" ]; }
    until_true changed
    until_true grep -q evaluating "$S/update.out"
    kill -TERM "$(pgrep -P "$updater" -x nixgraft || echo "$updater")"
    wait "$updater" || status=$?
    kill "$listener"
    [ "$status" -eq 143 ] || fail "it ended with $status" "$(cat "$S/update.out")"
    [ "$before" = "$(cd "$r/work" && sha256sum flake.lock closure.lock)" ]
}

@test "in a git work tree it says git add, and lock tells what git does not track" {
    local r=$S/day
    debian_root "$r"
    (cd "$BATS_TEST_TMPDIR" && apply --lock "$(lock_of small nix git)" --root "$r")
    cp "$NIXGRAFT" "$r/usr/local/bin/nixgraft"
    mkdir "$r/cache"
    cp -r "$F/caches/small-zstd/." "$r/cache"
    cp -r "$S/small" "$r/nixpkgs"
    run inside "$r" git init -q /work
    exits 0
    in_work init --tool jq --nixpkgs path:/nixpkgs "${from_cache[@]}"
    exits 0 "git add flake.nix graft.nix .gitignore" "nixgraft lock --cache file:///cache --trusted-key $KEY"
    in_work lock "${from_cache[@]}"
    exits 6 "git does not track flake.nix graft.nix, and Nix sees only what git tracks; run \`git add flake.nix graft.nix\`"
    run inside "$r" git -C /work add flake.nix
    in_work lock "${from_cache[@]}"
    exits 6 "git does not track graft.nix, and"
    run inside "$r" git -C /work add graft.nix .gitignore
    in_work lock "${from_cache[@]}"
    exits 0 "closure.lock: written" "1 tool and Nix"
    rm -rf "${r:?}/nixpkgs"
    cp -r "$S/next" "$r/nixpkgs"
    in_work update --dry-run --cache "file:///cache" --trusted-key "$KEY"
    exits 3
    cp -r "$F/caches/next-zstd/." "$r/cache"
    in_work update
    exits 0 "changed  jq"
    unlocked "$r/nix"
}

@test "without --nix it asks for the Nix that is known for this machine, and writes nothing when it cannot be had" {
    mkdir "$S/none" "$S/project"
    cp "$F/caches/small-zstd/nix-cache-info" "$S/none"
    serve "$S/none"
    rm -rf "$S/bare" && debian_root "$S/bare"
    cp "$NIXGRAFT" "$S/bare/usr/local/bin/nixgraft"
    run --separate-stderr inside "$S/bare" env HOME=/root sh -c 'mkdir /work && cd /work && exec nixgraft init "$@"' sh \
        --cache "$url" --trusted-key "$KEY"
    exits 3 "x30lnlgk1s16rynrfslbf8phr6h6rqf2-nix-2.31.2" "nothing was written" "--without-nix"
    grep -q 'GET /x30lnlgk1s16rynrfslbf8phr6h6rqf2.narinfo' "$log"
    [ -z "$(ls -A "$S/bare/work")" ] && [ ! -e "$S/bare/nix" ]
}

@test "who is not root and has a /nix of his own needs no root, and lock finds the Nix that is not on PATH" {
    local r=$S/bare
    mkdir "$r/cache"
    cp -r "$F/caches/small-zstd/." "$r/cache"
    cp -r "$S/small" "$r/nixpkgs"
    install -d -o 65534 -g 65534 "$r/nix" "$r/home/dev"
    as_dev() {
        run --separate-stderr inside "$r" setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/home/dev USER=nobody \
            sh -c 'cd /home/dev && exec "$@"' sh "$@"
    }
    as_dev nixgraft init "${from_cache[@]}" --nix "$(path small nix)" --nixpkgs path:/nixpkgs --tool just
    exits 0 "installed" 'eval "$(nixgraft env)"'
    as_dev sh -c 'command -v nix || echo none'
    exits 0 none
    as_dev nixgraft lock
    exits 0 "1 tool and Nix"
    as_dev nixgraft apply
    exits 0
    as_dev sh -c 'eval "$(nixgraft env)" && just --version'
    exits 0 "just 1."
    unlocked "$r/nix"
    rm -rf "${r:?}/nix"
}

@test "init takes up what was cut short: files as they are, the Nix of the lock that is there" {
    local r=$S/bare before
    in_work init "${from_cache[@]}" --nix "$(path small nix)"
    exits 0 "flake.nix: written" "installed"
    before=$(cd "$r/work" && manifest -c .)
    run inside "$r" sh -c 'cd /work && nixgraft remove --purge-nix'
    exits 0
    [ ! -e "$r/nix" ]
    in_work init --json
    exits 0
    json '[.files[].result] == ["unchanged", "unchanged", "unchanged"] and .nix.installed and .nix.path == $p' --arg p "$(path small nix)"
    same_manifest "$before" "$(cd "$r/work" && manifest -c .)"
    run inside "$r" nix --version
    exits 0 "nix (Nix) 2.26"
    run inside "$r" sh -c 'cd /work && nixgraft remove --purge-nix'
    exits 0
    # A machine that was told to do without Nix gets one all the same.
    cp "$(lock_of small nix jq)" "$r/work/tools.lock"
    in_work apply --without-nix --lock tools.lock --cache file:///cache
    exits 0
    in_work init --only-nix --nix "$(path small nix)" "${from_cache[@]}"
    exits 0 "installed" "1 link of the lock"
    run inside "$r" nix --version
    exits 0 "nix (Nix) 2.26"
    run inside "$r" sh -c 'cd /work && nixgraft remove --purge-nix'
    exits 0
}

@test "migrate writes a flake without a Nix, and what it, init and lock say next leads to one" {
    local r=$S/bare
    rm -rf "$r/work"
    mkdir "$r/work"
    printf 'FROM debian:13\nRUN apt-get install -y jq\n' > "$r/work/Containerfile"
    in_work migrate --write
    exits 0 "next: \`nixgraft init --only-nix\` (there is no Nix here), \`nixgraft lock\`, then build the image"
    in_work init
    exits 5 "flake.nix is there already" "if there is no Nix here: \`nixgraft init --only-nix\`"
    in_work lock
    exits 2 "there is no Nix here" "nixgraft init --only-nix"
    in_work init --without-nix other
    exits 0 "Nix: there is none" "\`nixgraft init --only-nix\` brings one"
}

@test "who is not root and has no /nix is told what to do" {
    run --separate-stderr inside "$S/bare" setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp \
        sh -c 'cd /tmp && exec nixgraft init "$@"' sh "${from_cache[@]}"
    exits 5 "there is no Nix here to evaluate the flake with" "cannot make /nix (run as root" "--without-nix"
    [ ! -e "$S/bare/tmp/flake.nix" ]
}
