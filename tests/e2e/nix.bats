#!/usr/bin/env bats
# A real Debian root after apply, and after an update: what its own Nix, just installed there, says and does; do the tools
# run for everybody, in every sort of shell. One root for the whole file: each test takes it as the one before left it.
load lib

setup_file() {
    need small next root:trixie
    scratch
    local nginx url log
    serve "$F/caches/small-zstd"
    echo "$nginx" > "$S/nginx"
    echo "$log" > "$S/log"
    lock=$S/small.lock next=$S/next.lock r=$S/r
    sed "s|$(cache small)|$url|" "$(lock_of small)" > "$lock"
    sed "s|$(cache next)|$url|" "$(lock_of next)" > "$next"
    export lock next r
    debian_root "$r"
    inside "$r" useradd -m -s /bin/bash ada
    apply --lock "$lock" --root "$r"
}
teardown_file() {
    [ ! -e "$S/nginx" ] || "$fixture/serve" stop "$(cat "$S/nginx")"
    unscratch
}
setup() { log=$(cat "$S/log"); }

# nix_run CMD...: in the root.
nix_run() { run --separate-stderr inside "$r" env HOME=/root USER=root "$@"; }
contents_right() {
    nix_run nix-store --verify --check-contents
    exits 0
    silent_on modified disappeared missing "not valid" error
}
tools_run() { # VERSION-OF-NIX SHELL...
    run --separate-stderr inside "$r" "${@:2}" -c 'for c in git jq just nix; do $c --version && readlink -f "$(command -v $c)"; done'
    exits 0 "git version" "jq-1." "just 1." "nix (Nix) $1"
}
# as_locked LOCK: the commands lead to the lock's store paths.
leads_to() {
    local command want
    while read -r command want; do
        run inside "$r" sh -c "readlink -f \"\$(command -v $command)\""
        exits 0
        [[ $output == "$want"/* ]] || fail "$command is $output instead of one of $want"
    done < <(jq -r '.systems[] | (.tools[] | .path as $p | .commands[] | "\(.) \($p)"), "nix \(.nix.path)", "nix-store \(.nix.path)"' "$1")
}

@test "its own Nix verifies the store with all contents" {
    contents_right
    # and would tell
    local file=$r$(path small jq)/bin/jq
    cp -p "$file" "$S/jq"
    printf '\377' | dd of="$file" conv=notrunc status=none
    nix_run nix-store --verify --check-contents
    exits 1 "modified"
    cp -p "$S/jq" "$file"
}

@test "each path has a signature that the nix.conf we made trusts" {
    mapfile -t roots < <(roots_of small)
    nix_run nix store verify --recursive "${roots[@]}"
    exits 0
    silent_on untrusted
    nix_run nix store verify --recursive --trusted-public-keys "$OTHER_KEY" "${roots[@]}"
    exits 2 "is untrusted"
}

@test "nix path-info tells what the lock tells" {
    mapfile -t roots < <(roots_of small)
    nix_run nix path-info --recursive --json "${roots[@]}"
    exits 0
    jq -S 'map_values({narHash, narSize, ca, deriver, references: (.references | sort), signatures: (.signatures | sort)})' \
        <<< "$output" > "$S/got"
    jq -S '.systems[].paths | map_values({narHash, narSize, ca, deriver, references: (.references | sort), signatures: (.signatures | sort)})' \
        "$lock" > "$S/want"
    [ "$(jq length "$S/want")" -gt 60 ]
    diff "$S/want" "$S/got"
}

@test "paths that are there are realised without a request; one that is not makes one" {
    local -a here elsewhere=(--option substituters "$(jq -r '.caches[0].url' "$lock")")
    mapfile -t here < <(closure "$lock")
    : > "$log"
    nix_run nix-store --realise "${here[@]}" "${elsewhere[@]}"
    exits 0
    [ ! -s "$log" ] || fail "$(cat "$log")"
    nix_run nix-store --realise "$(path next jq)" "${elsewhere[@]}"
    exits 1
    grep -q "^GET /$(hash_part "$(path next jq)").narinfo 404" "$log"
}

@test "nix-build builds" {
    mkdir -p "$r/tmp/build"
    cat > "$r/tmp/build/default.nix" << 'N'
derivation { name = "greeting"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo hello > $out" ]; }
N
    nix_run nix-build --no-out-link /tmp/build
    exits 0 -greeting
    [ "$(cat "$r$output")" = hello ]
}

@test "nix profile install of a local flake works beside us" {
    local shell
    shell=$(grep -E '^/nix/store/.{32}-bash-' "$F/closures/small.paths")
    mkdir -p "$r/tmp/flake"
    # Not chmod last: bash would exec it, it closes stderr before it exits, and Nix kills a builder that has closed stderr.
    cat > "$r/tmp/flake/flake.nix" << N
{
  outputs = _: {
    packages.x86_64-linux.default = derivation {
      name = "beside-1.0";
      system = "x86_64-linux";
      builder = "\${builtins.storePath $shell}/bin/bash";
      PATH = "/usr/bin:/bin";
      args = [ "-c" "mkdir -p \$out/bin; printf '#!$shell/bin/bash\necho works beside\n' > \$out/bin/beside; chmod +x \$out/bin/beside; exit 0" ];
    };
  };
}
N
    nix_run nix profile install --impure path:/tmp/flake
    exits 0
    nix_run bash -lc 'beside; jq --version; type -p beside jq'
    exits 0 "works beside" /root/.nix-profile/bin/beside /usr/local/bin/jq
    in_place "$r" "$lock"
}

@test "the tools run for root and an ordinary user, in login shells, plain shells and without an environment" {
    tools_run 2.26.3 bash -l
    tools_run 2.26.3 sh
    tools_run 2.26.3 env -i /bin/sh
    tools_run 2.26.3 su - ada
    tools_run 2.26.3 setpriv --reuid=ada --regid=ada --clear-groups sh
    leads_to "$lock"
    run inside "$r" setpriv --reuid=ada --regid=ada --clear-groups sh -c 'echo x > /nix/store/x'
    exits 2 "Permission denied"
}

@test "git does real work as an ordinary user" {
    run inside "$r" su - ada -c 'cd && git init -q t && cd t && git config user.email a@example.org && git config user.name ada &&
        echo 1 > a && git add a && git commit -qm first && git log --format=%s && echo "{\"a\":[1,2]}" | jq -c .a'
    exits 0 first "[1,2]"
}

@test "after an update the tools are the new ones, and the old closure is still whole" {
    run "$NIXGRAFT" apply --lock "$next" --cache "$(cache next)" --root "$r"
    exits 0 "generation 2"
    leads_to "$next"
    in_place "$r" "$next"
    contents_right
    mapfile -t roots < <(roots_of small; roots_of next)
    nix_run nix store verify --recursive "${roots[@]}"
    exits 0
}

@test "the collector frees nothing of ours: both generations stay" {
    closure "$lock" > "$S/small"
    closure "$next" > "$S/next"
    nix_run nix-store --gc --print-roots
    exits 0 /nix/var/nix/profiles/nixgraft-1-link /nix/var/nix/profiles/nixgraft-2-link
    nix_run nix-store --gc
    exits 0
    query "$r" 'select path from ValidPaths' | sort > "$S/valid"
    [ -z "$(sort -u "$S/small" "$S/next" | comm -23 - "$S/valid")" ]
    [ -z "$(grep -- '-greeting' "$S/valid")" ] || fail "nothing was collected"
    in_place "$r" "$next"
    nix_run bash -lc beside
    exits 0 "works beside"
}

# -d removes every old generation of every profile, Nix's own and ours alike: a rollback is then not possible, by request.
@test "nix-collect-garbage -d keeps the current generation whole, and takes the old one" {
    nix_run nix-collect-garbage -d
    exits 0
    [ ! -L "$r/nix/var/nix/profiles/nixgraft-1-link" ]
    query "$r" 'select path from ValidPaths' | sort > "$S/valid"
    [ -z "$(comm -23 "$S/next" "$S/valid")" ]
    [ ! -e "$r$(path small jq)" ]
    in_place "$r" "$next"
    leads_to "$next"
    contents_right
    run "$NIXGRAFT" apply --lock "$next" --root "$r"
    exits 0 "nothing to do"
}

@test "back to the first lock: what was collected is fetched again, a third generation" {
    run "$NIXGRAFT" apply --lock "$lock" --root "$r"
    exits 0 "generation 3"
    leads_to "$lock"
    in_place "$r" "$lock"
    contents_right
}
