#!/usr/bin/env bats
# Two systems in one lock; an arm64 root made on another machine, its tools under qemu.
load lib

setup_file() {
    need small arm64
    scratch
    L=$S/lock
    export L
    "$NIXGRAFT" lock --quiet --lock "$L" --manifest "$F/closures/arm64.json" --cache "$(cache arm64)" --trusted-key "$KEY" > /dev/null
    cp "$L" "$S/arm64.lock"
    "$NIXGRAFT" lock --quiet --lock "$L" --manifest "$F/closures/small.json" --cache "$(cache small)" --cache "$(cache arm64)" \
        --trusted-key "$KEY" > /dev/null
}
teardown_file() { unscratch; }
setup() { r=$S/r; }
teardown() { rm -rf "$S/r"; }

# arm ROOT COMMAND...: under qemu in the root, by its path there.
arm() {
    cp "$(command -v qemu-aarch64-static)" "$1/tmp/qemu"
    inside "$1" /tmp/qemu "${@:2}"
}
tools_run() {
    local tool
    for tool in jq:jq-1. just:"just 1." bash:aarch64 sort:coreutils; do
        run arm "$r" "/usr/local/bin/${tool%%:*}" --version
        exits 0 "${tool#*:}"
        [[ $(readlink -m "$r/usr/local/bin/${tool%%:*}") == /nix/* ]]
    done
    run arm "$r" "/usr/local/bin/bash" -c 'echo $MACHTYPE'
    exits 0 aarch64
}

@test "adding a system to a lock keeps the other one as it was" {
    [ "$(jq -r '.systems | keys | join(" ")' "$L")" = "aarch64-linux x86_64-linux" ]
    diff <(jq '.systems["aarch64-linux"]' "$S/arm64.lock") <(jq '.systems["aarch64-linux"]' "$L")
}

@test "an arm64 root is recognised by its programs and gets the arm64 closure, which runs" {
    tiny_root "$r" aarch64
    graft apply --lock "$L" --root "$r"
    exits 0 "aarch64-linux"
    in_place "$r" "$L"
    [ "$(query "$r" 'select count(*) from ValidPaths')" -eq $(($(jq '.systems["aarch64-linux"].paths | length' "$L") + 1)) ]
    [ "$(query "$r" "select path from ValidPaths where path not like '%-nixgraft-environment' order by path")" = "$(cat "$F/closures/arm64.paths")" ]
    tools_run
}

@test "a root without programs takes the system that is asked for" {
    tiny_root "$r"
    rm "$r/bin/sh"
    graft apply --lock "$L" --root "$r" --system aarch64-linux
    exits 0 "aarch64-linux"
    tools_run
    graft apply --lock "$L" --root "$r" --system aarch64-linux
    exits 0 "nothing to do"
    graft verify --lock "$L" --root "$r" --system aarch64-linux
    exits 0
}

@test "the same lock makes an x86-64 root of an x86-64 base" {
    tiny_root "$r"
    graft apply --lock "$L" --root "$r"
    exits 0 "x86_64-linux"
    in_place "$r" "$L"
    run inside "$r" /usr/local/bin/jq --version
    exits 0 jq-1.
}

@test "a system that the root's programs are not is refused with 5" {
    tiny_root "$r"
    before=$(manifest -c "$r")
    graft apply --lock "$L" --root "$r" --system aarch64-linux
    exits 5 "the programs of this root are x86_64-linux"
    same_manifest "$before" "$(manifest -c "$r")"
}

@test "a system that the lock does not have is refused with 5, and how to add it is told" {
    tiny_root "$r"
    before=$(manifest -c "$r")
    graft apply --lock "$S/arm64.lock" --root "$r"
    exits 5 "this root is x86_64-linux, and the lock has aarch64-linux" "nixgraft lock --system x86_64-linux"
    same_manifest "$before" "$(manifest -c "$r")"
}

@test "the real Nix finds nothing wrong with the arm64 store" {
    need chroot:trixie
    tiny_root "$r" aarch64
    apply --lock "$L" --root "$r"
    run "$fixture/verdict" trixie "$r"
    exits 0 "verify --check-contents" "store verify"
    silent_on FAIL
}
