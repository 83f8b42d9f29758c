#!/usr/bin/env bats
# The first journey of a team with a flake: `nixgraft lock` runs the real Nix, here the one that apply has just installed in
# a Debian root, on a flake without inputs.
load lib

setup_file() {
    need small root:trixie
    scratch
    export r=$S/r
    debian_root "$r"
    apply --lock "$(lock_of small)" --root "$r"
    mkdir "$r/work" "$r/cache"
    cp "$NIXGRAFT" "$r/work/nixgraft"
    cp -r "$F/caches/small-zstd/." "$r/cache"
}
teardown_file() { unscratch; }
setup() {
    cat > "$r/work/flake.nix" <<EOF
{
  outputs = _: {
    graft.x86_64-linux = {
      system = "x86_64-linux";
      nix = "$(jq -r .nix "$F/closures/small.json")";
      tools.jq = { path = "$(path small jq)"; version = "1.7"; commands = [ "jq" ]; };
      tools.just = { outPath = "$(path small just)"; commands = [ "gone" ]; };
    };
  };
}
EOF
    rm -f "$r/work/closure.lock" "$r/work/flake.lock"
}

# in_work WORDS...: nixgraft in the flake's folder, inside the root.
in_work() {
    run --separate-stderr inside "$r" env HOME=/root USER=root sh -c 'cd /work && exec ./nixgraft "$@"' nixgraft "$@"
}
from_cache=(--cache file:///cache --trusted-key "$KEY")

@test "lock evaluates the flake with the Nix that apply installed" {
    in_work lock "${from_cache[@]}"
    exits 0 "closure.lock: written" "2 tools and Nix"
    [ "$(jq -r '.systems["x86_64-linux"].tools.jq | .path, .version, .origin' "$r/work/closure.lock" | tr '\n' ' ')" = \
        "$(path small jq) 1.7 evaluation " ]
}

@test "a set with an outPath comes out of nix eval as the bare path, and is a tool with its own name for a command" {
    in_work lock "${from_cache[@]}"
    exits 0
    [ "$(jq -r '.systems[].tools.just | .path, .commands[]' "$r/work/closure.lock" | tr '\n' ' ')" = "$(path small just) just " ]
}

@test "nix eval piped into lock --manifest - gives the same lock, and the root follows it" {
    in_work lock "${from_cache[@]}"
    exits 0
    run --separate-stderr inside "$r" env HOME=/root USER=root sh -c 'cd /work && nix eval --json .#graft.x86_64-linux |
        ./nixgraft lock --lock piped.lock --manifest - "$@"' sh "${from_cache[@]}"
    exits 0
    cmp "$r/work/closure.lock" "$r/work/piped.lock"
    in_work apply
    exits 0 "generation 2"
}

@test "a flake.lock that changed makes the lock stale" {
    echo '{"nodes": {"root": {}}, "root": "root", "version": 7}' > "$r/work/flake.lock"
    in_work lock "${from_cache[@]}"
    exits 0
    in_work lock --check
    exits 0 current
    echo '{"nodes": {"root": {}}, "root": "root", "version": 7 }' > "$r/work/flake.lock"
    in_work lock --check
    exits 1 "flake.lock has changed since"
}

@test "a flake without graft.SYSTEM is told by Nix, and nothing is written" {
    echo '{ outputs = _: { }; }' > "$r/work/flake.nix"
    in_work lock "${from_cache[@]}"
    [ "$status" -eq 6 ]
    [ ! -e "$r/work/closure.lock" ]
}
