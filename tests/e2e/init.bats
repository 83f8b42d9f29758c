#!/usr/bin/env bats
# From nothing: a Debian root without Nix, init brings one and a flake, lock evaluates it, apply installs, the tools answer; then
# update, after the flake's nixpkgs has moved. With the real Nix, without a network, on a stand-in for nixpkgs (tests/fixture/nixpkgs).
load lib

setup_file() {
    need keys small next root:trixie
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
from_cache=(--cache file:///cache --trusted-key "$KEY")

# stand_in DIR SET: a copy of the stand-in whose packages are that set's.
stand_in() {
    cp -r "$fixture/nixpkgs" "$1"
    jq '{(.system): .}' "$F/closures/$2.json" > "$1/fixture.json"
}

# moved SET [DIR]: from now on the flake's nixpkgs, in the root, is that one.
moved() {
    rm -rf "$r/${2-nixpkgs}"
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
