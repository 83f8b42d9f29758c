#!/usr/bin/env bats
# flake.nix, overlays/ and the template, evaluated by the real Nix of three suites (2.8, 2.26, the newest), without a network,
# against a stand-in for nixpkgs (tests/fixture/nixpkgs); then the fixture's packages as its packages, from `nix eval` to a
# command that answers.
load lib

suites=(bookworm trixie sid)
systems=(x86_64-linux aarch64-linux)

setup_file() {
    need keys small next arm64 root:trixie chroot:bookworm chroot:trixie chroot:sid
    scratch
    mkdir "$S/repo"
    (cd "$TOP" && cp -r flake.nix flake.lock overlays Makefile bootstrap docs "$S/repo")
    cp -r "$fixture/nixpkgs" "$S/nixpkgs"
    stand_in "$S/built" small arm64
    stand_in "$S/newer" next
}
teardown_file() { unscratch; }

# nix_of SUITE ARGUMENT...: that Nix, in the suite's chroot, where $S is visible.
nix_of() {
    run --separate-stderr env "ENTER_BIND=$S" "$fixture/enter" "$1" nix --offline \
        --extra-experimental-features "nix-command flakes" "${@:2}"
}
# The repository's flake on the stand-in.
with_inputs=(--no-write-lock-file)
inputs() { with_inputs=(--no-write-lock-file --override-input nixpkgs "path:$1" --override-input nixpkgs-fast "path:${2:-$1}"); }
setup() { inputs "$S/nixpkgs"; }
# eval_flake SUITE ATTRIBUTE [OPTION...]
eval_flake() { nix_of "$1" eval "${@:3}" "path:$S/repo#$2" "${with_inputs[@]}"; }
# mk_graft SUITE TOOLS [CONFIG]: the manifest of these tools.
mk_graft() {
    nix_of "$1" eval --impure --json --expr "(import $S/repo/overlays/template/graft.nix).mkGraft {
        pkgs = import $S/nixpkgs { system = \"x86_64-linux\"; config = { ${3-} }; };
        tools = pkgs: { $2 };
    }"
}

@test "flake.lock is what Nix itself writes" {
    local suite
    mkdir "$S/extra"
    echo '{ outputs = _: { }; }' > "$S/extra/flake.nix"
    for suite in trixie sid; do
        mkdir "$S/relock"
        cp "$S/repo/flake.lock" "$S/relock"
        # An input more, so that Nix writes the file; then without, so that it writes it as it should be.
        sed "s|^  inputs = {|&\n    extra.url = \"path:$S/extra\";|; s|      nixpkgs-fast,|&\n extra,|" "$S/repo/flake.nix" \
            > "$S/relock/flake.nix"
        nix_of "$suite" flake lock "path:$S/relock"
        exits 0
        differ "$S/repo/flake.lock" "$S/relock/flake.lock"
        cp "$S/repo/flake.nix" "$S/relock"
        nix_of "$suite" flake lock "path:$S/relock"
        exits 0
        cmp "$S/repo/flake.lock" "$S/relock/flake.lock"
        rm -r "$S/relock"
    done
}

@test "flake show and flake check like every output" {
    local suite
    for suite in "${suites[@]}"; do
        nix_of "$suite" flake show --json "path:$S/repo" "${with_inputs[@]}"
        exits 0
        json '.packages["x86_64-linux"] | keys == ["default", "nixgraft"]'
        json '(.checks["x86_64-linux"] | keys) == ["format", "manifest", "nixgraft"] and .templates.default.type == "template"'
        json '.overlays | keys == ["default", "fast-movers", "team"]'
        nix_of "$suite" flake check --no-build "path:$S/repo" "${with_inputs[@]}"
        exits 0
        nix_of "$suite" flake check --no-build "path:$S/nixpkgs"
        exits 0
    done
}

@test "graft has every member of every tool, for both systems, and the same from every Nix" {
    local suite system file
    for system in "${systems[@]}"; do
        for suite in "${suites[@]}"; do
            eval_flake "$suite" "graft.$system" --json
            exits 0
            file=$S/graft.$system.$suite
            jq -S . <<< "$output" > "$file"
            cmp "$S/graft.$system.bookworm" "$file"
        done
        json '.system == $s and (.tools | keys) == (["git", "curl", "gh", "just", "uv", "pre-commit", "ruff", "jq", "hadolint", "taplo",
            "shellcheck"] | sort)' --arg s "$system"
        json '[.tools[] | ["attribute", "pname", "version", "path", "outputs", "drvPath", "commands", "mainProgram", "licenses",
            "homepage", "description", "sources"] - keys] | flatten == []'
        json '[.tools[], .nix | .path, .drvPath, .outputs[]] | all(test("^/nix/store/[0-9a-z]{32}-[^/ ]+$"))'
        json '[.tools[] | select(.path as $p | .outputs | any(. == $p) | not)] == []'
        json '.nix.version == "2.34.8" and (.nix.outputs | keys) == ["man", "out"] and (.nix | has("commands") | not)'
    done
    differ "$S/graft.x86_64-linux.sid" "$S/graft.aarch64-linux.sid"
}

@test "what graft tells is what nixpkgs has, and what is not known is not there" {
    local attribute
    eval_flake sid graft.x86_64-linux --json
    exits 0
    json '.tools.git | .attribute == "git" and .pname == "git" and .version == "2.54.0" and .commands == ["git"]
        and .licenses == ["GPL-2.0"]
        and .homepage == "https://git-scm.com/" and .description == "Distributed version control system"
        and .cpe == "cpe:2.3:a:git-scm:git:2.54.0:*:*:*:*:*:*:*"
        and .patches == ["docbook2texi.patch", "expect-gui--askyesno-failure-in-t1517.patch"]
        and (.sources | length) == 1 and .sources[0].urls == ["https://www.kernel.org/pub/software/scm/git/git-2.54.0.tar.xz"]
        and .sources[0].mode == "flat" and (.sources[0].hash | startswith("sha256-AAAA")) and (.outputs | keys) == ["out"]
        and (has("purl") or has("knownVulnerabilities") | not)'
    json '.tools.curl | (.path | endswith("-curl-8.20.0-bin")) and (.outputs | keys) == ["bin", "man"] and .path == .outputs.bin
        and (.sources[0].urls | length) == 2'
    json '.tools.uv | .commands == ["uv", "uvx"] and .licenses == ["Apache-2.0 OR MIT"]
        and .purl == "pkg:github/astral-sh/uv@v0.11.8" and .sources[0].mode == "recursive" and (has("cpe") or has("patches") | not)'
    json '.tools.jq | .licenses == ["MIT", "CC0-1.0"] and .homepage == "https://jqlang.github.io/jq/"
        and .sources[0].hash == "sha256:0yxgmxpq3dqkf8hzi2n0a0hjwbkfsr1mvd6gdqyk1yi2ipbcg6cd"'
    # The paths are those that Nix has for the packages.
    cp "$S/graft.x86_64-linux.sid" "$BATS_TEST_TMPDIR/graft"
    for attribute in git curl.bin just.man jq.bin shellcheck.man; do
        nix_of sid eval --raw "path:$S/nixpkgs#legacyPackages.x86_64-linux.$attribute.outPath"
        exits 0
        jq -e --arg p "$output" '[.tools[].outputs[]] | index($p) != null' "$BATS_TEST_TMPDIR/graft"
        [ ! -e "$F/chroots/sid$output" ] # and nothing was built
    done
    nix_of sid eval --raw "path:$S/nixpkgs#legacyPackages.x86_64-linux.git.drvPath"
    [ "$output" = "$(jq -r .tools.git.drvPath "$BATS_TEST_TMPDIR/graft")" ]
}

@test "an attribute within a set, another output, chosen commands, a package that was changed" {
    local suite
    for suite in "${suites[@]}"; do
        mk_graft "$suite" 'black = pkgs.python3Packages.black; rg = pkgs.ripgrep; dev = pkgs.curl.dev; ca = pkgs.cacert;
            doc = { package = pkgs.jq; commands = [ ]; outputs = [ "doc" "bin" ]; };
            slim = pkgs.curlMinimal.override { scpSupport = false; };
            mute = pkgs.jq // { meta = { description = null; homepage = null; license = null; }; };'
        exits 0
        json '.tools.black | .attribute == "python3Packages.black" and .commands == ["black"]'
        json '.tools.rg | .attribute == "ripgrep" and .commands == ["rg"] and .mainProgram == "rg"'
        json '.tools.dev | (.outputs | keys) == ["dev"] and .path == .outputs.dev'
        json '.tools.doc | (.outputs | keys) == ["bin", "doc"] and .path == .outputs.bin and .commands == []'
        json '.tools.slim | has("attribute") | not'
        json '.tools.mute | has("description") or has("homepage") or has("licenses") | not'
        json '.tools.ca | .pname == "nss-cacert" and (has("commands") or has("mainProgram") or has("homepage") | not)'
    done
}

@test "a tool that nixpkgs refuses is named, with the reason and what would accept it" {
    local suite
    for suite in "${suites[@]}"; do
        mk_graft "$suite" 'tf = pkgs.terraform;'
        exits 1 "tool 'tf': nixpkgs' terraform-1.15.1 has an unfree licence (BUSL-1.1)" '[ "terraform" ]'
        mk_graft "$suite" 'old = pkgs.python27;'
        exits 1 "tool 'old': nixpkgs' python-2.7.18.12 is known to be vulnerable (Python 2.7" permittedInsecurePackages
        mk_graft "$suite" 'store = pkgs.mas;'
        exits 1 "tool 'store': nixpkgs' mas-6.0.1 does not exist for x86_64-linux"
        mk_graft "$suite" 'lib = pkgs.lib;'
        exits 1 "tool 'lib': "
        mk_graft "$suite" 'jq = { package = pkgs.jq; cmds = [ ]; };'
        exits 1 "tool 'jq': has cmds"
        mk_graft "$suite" 'jq = { package = pkgs.jq; outputs = [ "info" ]; };'
        exits 1 "tool 'jq': has no output info; there are bin, doc, man, dev, out"
        mk_graft "$suite" 'jp = pkgs.jp;'
        exits 1 "attribute 'jp' missing"
        # accepted, it is a tool as any other, and its vulnerabilities are known
        mk_graft "$suite" 'old = pkgs.python27; tf = pkgs.terraform;' 'permittedInsecurePackages = [ "python-2.7.18.12" ];
            allowUnfreePredicate = package: package.pname == "terraform";'
        exits 0
        json '.tools.old.knownVulnerabilities[0] | startswith("Python 2.7 has reached its end of life")'
    done
}

@test "packages.nixgraft evaluates, static, from the files that its build reads" {
    local suite system source
    for suite in "${suites[@]}"; do
        for system in "${systems[@]}"; do
            eval_flake "$suite" "packages.$system.nixgraft.drvPath" --raw
            exits 0 "-nixgraft-static-${system%-linux}-unknown-linux-musl-$(sed -n 's/^VERSION := //p' "$TOP/Makefile").drv"
        done
        eval_flake "$suite" packages.x86_64-linux.default.meta --json
        exits 0
        json '.mainProgram == "nixgraft" and .license.spdxId == "MIT" and .available and (.platforms | length) == 2'
        eval_flake "$suite" packages.x86_64-linux.nixgraft.src --raw
        exits 0
        source=$F/chroots/$suite$output
        diff -r "$TOP/bootstrap" "$source/bootstrap"
        cmp "$TOP/Makefile" "$source/Makefile"
        diff -r "$TOP/overlays/template" "$source/overlays/template"
        [ "$(cd "$source" && printf '%s ' * docs/*)" = "Makefile bootstrap docs overlays docs/nixgraft.1 " ]
    done
}

@test "the shell has the packages that the image has" {
    local suite
    for suite in "${suites[@]}"; do
        eval_flake "$suite" devShells.x86_64-linux.default.nativeBuildInputs --json
        exits 0
        diff <(jq -r '.[]' <<< "$output" | sort) <(jq -r '.tools[].path' "$S/graft.x86_64-linux.sid" | sort)
        eval_flake "$suite" devShells.aarch64-linux.default.drvPath --raw
        exits 0
    done
}

@test "the fast movers come from the second pin, all else from the first" {
    inputs "$S/built" "$S/newer"
    eval_flake trixie graft.x86_64-linux --json
    exits 0
    json '.tools.just.path == $just and .tools.git.path == $git and .nix.path == $nix' \
        --arg just "$(path next just)" --arg git "$(path small git)" --arg nix "$(path small nix)"
}

@test "overlays.default adds nixgraft to somebody's packages" {
    local suite
    for suite in "${suites[@]}"; do
        nix_of "$suite" eval --impure --raw --expr "
            (import $S/nixpkgs { system = \"aarch64-linux\"; overlays = [ (import $S/repo/overlays/nixgraft.nix) ]; }).nixgraft.pname"
        exits 0
        [ "$output" = nixgraft ]
    done
}

@test "nix flake init gives the template, which evaluates and has tools that programs can edit" {
    local suite file
    for suite in "${suites[@]}"; do
        mkdir "$S/team"
        run --separate-stderr env "ENTER_BIND=$S" "$fixture/enter" "$suite" sh -c "cd $S/team && exec nix --offline \
            --extra-experimental-features 'nix-command flakes' flake init -t path:$S/repo"
        exits 0
        diff -r "$TOP/overlays/template" "$S/team"
        nix_of "$suite" flake lock "path:$S/team" --override-input nixpkgs "path:$S/nixpkgs"
        exits 0
        nix_of "$suite" eval --json "path:$S/team#graft.aarch64-linux"
        exits 0
        json '.system == "aarch64-linux" and (.tools | keys) == ["git", "jq"]'
        nix_of "$suite" flake check --no-build "path:$S/team"
        exits 0
        nix_of "$suite" eval --raw "path:$S/team#devShells.x86_64-linux.default.drvPath"
        exits 0
        rm -r "$S/team"
    done
    for file in flake.nix overlays/template/flake.nix; do
        # From the line that opens the block to the one that closes it as far from the margin: names and attributes.
        awk '!open && /^ *tools = pkgs: \{$/ { open = match($0, /[^ ]/) }
            open && /^ *\};$/ && match($0, /[^ ]/) == open { closed = 1; exit }
            open && /^ *[a-z-]+ = pkgs\.[A-Za-z0-9._-]+;$/ { tools++ }
            END { exit !(closed && tools >= 2) }' "$TOP/$file" || fail "$file has no block of tools"
    done
}

@test "the devenv module makes the same manifest of packages and languages" {
    local suite
    cat > "$S/devenv.nix" << N
import ./nixpkgs/devenv.nix {
  system = "x86_64-linux";
  modules = [
    ./repo/overlays/devenv.nix
    ({ pkgs, ... }: {
      packages = [ pkgs.git pkgs.jq pkgs.jq pkgs.cacert ];
      languages.python.enable = true;
      graft.commands.jq = [ "jq" ];
      graft.tools.uv = { package = pkgs.uv; commands = [ "uv" "uvx" ]; };
    })
    (import ./more.nix)
  ];
}
N
    for suite in "${suites[@]}"; do
        echo '_: { }' > "$S/more.nix"
        nix_of "$suite" eval --impure --json --expr "let d = import $S/devenv.nix; in
            { inherit (d.graft) manifest skipped; drv = d.outputs.graft.drvPath; }"
        exits 0
        json '.skipped == ["devenv-helper", "nss-cacert"] and (.drv | endswith("-graft.json.drv"))'
        json '.manifest | .system == "x86_64-linux" and .nix.pname == "nix" and
            (.tools | map_values(.commands)) == {git: ["git"], jq: ["jq"], python3: ["python3"], uv: ["uv", "uvx"]}'
        json '.manifest.tools | .git == ($g[0].tools.git | del(.attribute)) and .uv == ($g[0].tools.uv | del(.attribute))' \
            --slurpfile g "$S/graft.x86_64-linux.sid"
        echo '{ pkgs, ... }: { graft.exclude = [ "python3" ]; graft.nix = null; }' > "$S/more.nix"
        nix_of "$suite" eval --impure --json --expr "(import $S/devenv.nix).graft.manifest"
        exits 0
        json '.nix == null and (.tools | keys) == ["git", "jq", "uv"]'
        echo '{ pkgs, ... }: { packages = [ (pkgs.jq.overrideAttrs { version = "2.0"; }) ]; }' > "$S/more.nix"
        nix_of "$suite" eval --impure --json --expr "(import $S/devenv.nix).graft.manifest"
        exits 1 "graft: there are several packages 'jq': jq-1.8.1, jq-2.0"
    done
}

@test "the Nix files parse, without tabs, blanks at line ends, and code beyond column 100" {
    local file
    while read -r file; do
        nix_of sid eval --impure --expr "builtins.isAttrs { x = import $S/repo/${file#"$TOP/"}; }"
        exits 0
        [ -z "$(grep -nP '\t|\s$' "$file")" ] || fail "$file has blanks"
        # Comments and texts may be longer: a formatter does not break them.
        [ -z "$(grep -nP '^.{101}' "$file" | grep -vP '^\d+: *#|"|^\d+: +[A-Z]|\\\\$')" ] || fail "$(grep -nP '^.{101}' "$file")"
    done < <(find "$TOP/flake.nix" "$TOP/overlays" -name '*.nix')
}

# ---- end to end ----

@test "from nix eval to commands that answer, for two systems in one lock" {
    local system
    mkdir "$S/two"
    cat > "$S/two/flake.nix" << N
{
  inputs.nixpkgs.url = "path:$S/built";
  outputs = { nixpkgs, ... }: {
    graft = nixpkgs.lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (system: (import ./graft.nix).mkGraft {
      pkgs = nixpkgs.legacyPackages.\${system};
      nix = if system == "x86_64-linux" then (pkgs: pkgs.nix) else null;
      tools = pkgs: { jq = pkgs.jq; just = pkgs.just; };
    });
  };
}
N
    cp "$TOP/overlays/template/graft.nix" "$S/two"
    for system in "${systems[@]}"; do
        nix_of bookworm eval --json "path:$S/two#graft.$system"
        exits 0
        echo "$output" > "$S/two/$system.json"
    done
    [ -s "$S/two/flake.lock" ]
    cd "$S/two"
    graft lock --manifest x86_64-linux.json --manifest aarch64-linux.json --cache "$(cache small)" --cache "$(cache arm64)" \
        --trusted-key "$KEY"
    exits 0
    [ "$(jq -r '.systems[] | .tools.jq.path' closure.lock)" = "$(path arm64 jq)"$'\n'"$(path small jq)" ]
    [ "$(jq -r '.systems["x86_64-linux"] | .nix.path, .tools.just.attribute' closure.lock)" = "$(path small nix)"$'\n'just ]
    # What nixpkgs knows comes along, of Nix too.
    run jq '.systems["x86_64-linux"] | [.nix, .tools.jq, .tools.just] | map(.package)' closure.lock
    exits 0
    json '.[0].licenses == ["LGPL-2.1-or-later"] and .[0].homepage == "https://nixos.org/"'
    json '.[1] | .pname == "jq" and .licenses == ["CC0-1.0", "MIT"] and (.sources[0].hash | startswith("sha256-"))
        and (.derivation | test("^(/nix/store/)?[0-9a-z]{32}-jq-.*\\.drv$"))'
    json '.[2] | .purl == "pkg:github/casey/just@v1.51.0" and .description == "Stand-in for just"'
    debian_root "$S/two/r"
    apply --root "$S/two/r"
    run inside "$S/two/r" sh -c 'echo "{\"a\": 7}" | jq .a; just --version; nix --version; readlink -f "$(command -v jq)"'
    exits 0 7 "just 1." "nix (Nix) 2.26" "$(path small jq)/bin/jq"
    unlocked "$S/two/r/nix"
}

@test "a team's first day: init from the template, lock with the Nix in the image, apply, a command more" {
    local r=$S/day
    debian_root "$r"
    (cd "$BATS_TEST_TMPDIR" && apply --lock "$(lock_of small nix jq)" --root "$r")
    mkdir "$r/work" "$r/cache"
    cp -r "$F/caches/small-zstd/." "$r/cache"
    cp -r "$S/built" "$r/nixpkgs"
    cp -r "$TOP/overlays/template/." "$r/work"
    cp "$NIXGRAFT" "$r/work/nixgraft"
    sed -i 's|github:NixOS/nixpkgs/nixos-26.05|path:/nixpkgs|' "$r/work/flake.nix"
    in_work() { run --separate-stderr inside "$r" env HOME=/root USER=root sh -c 'cd /work && exec ./nixgraft "$@"' nixgraft "$@"; }
    in_work lock --cache file:///cache --trusted-key "$KEY"
    exits 0 "2 tools and Nix"
    [ "$(jq -r '.systems["x86_64-linux"].tools | keys[]' "$r/work/closure.lock" | tr '\n' ' ')" = "git jq " ]
    in_work apply
    exits 0
    run inside "$r" git --version
    exits 0 "git version 2."
    # a line more in the list of tools
    sed -i 's|^\( *\)jq = pkgs.jq;|&\n\1just = pkgs.just;|' "$r/work/flake.nix"
    in_work lock --check --flake .
    exits 1 just
    in_work lock
    exits 0 "3 tools and Nix"
    in_work lock --check --flake .
    exits 0 current
    in_work apply
    exits 0
    run inside "$r" just --version
    exits 0 "just 1."
    unlocked "$r/nix"
}

@test "as docs/examples/closure-lock.yml does it: Nix alone from the lock, for an ordinary user, who locks anew" {
    local r=$S/runner install
    debian_root "$r"
    inside "$r" useradd -m -s /bin/bash ada
    mkdir "$r/cache"
    cp -r "$F/caches/small-zstd/." "$r/cache"
    cp -r "$S/built" "$r/nixpkgs"
    cp -r "$TOP/overlays/template" "$r/home/ada/team"
    sed "s|$(cache small)|file:///cache|" "$(cd "$BATS_TEST_TMPDIR" && lock_of small nix jq)" > "$r/home/ada/team/closure.lock"
    sed -i 's|github:NixOS/nixpkgs/nixos-26.05|path:/nixpkgs|' "$r/home/ada/team/flake.nix"
    cp "$NIXGRAFT" "$r/usr/local/bin/nixgraft"
    inside "$r" chown -R ada: /home/ada/team
    # The command of the workflow, as it stands there.
    install=$(sed -n 's/^ *sudo \(nixgraft apply .*\)$/\1/p' "$TOP/docs/examples/closure-lock.yml" | sort -u)
    run --separate-stderr inside "$r" env USER=ada sh -c "cd /home/ada/team && $install"
    exits 0
    [ "$(cd "$r/usr/local/bin" && echo *)" = "nix nixgraft" ]
    run --separate-stderr inside "$r" su - ada -c 'cd team && nixgraft lock'
    exits 0 "2 tools and Nix"
    run --separate-stderr inside "$r" su - ada -c 'cd team && nixgraft lock --check --flake .'
    exits 0 current
    [ "$(jq -r '.systems[].tools.git.path' "$r/home/ada/team/closure.lock")" = "$(path small git)" ]
    unlocked "$r/nix"
}

@test "docs/examples/devbox-manifest.jq makes a manifest of a devbox.lock" {
    work_folder
    jq -n --arg jq "$(path small jq)" --arg git "$(path small git)" '
        def at($p): {systems: {"x86_64-linux": {outputs: [{name: "out", path: $p, default: true},
            {name: "dev", path: ($p + "-dev")}], store_path: $p}}};
        {lockfile_version: "1", packages: {"jq@1.7": (at($jq) + {version: "1.7.1"}), "ripgrep@latest": (at($git) + {version: "15"}),
            "github:NixOS/nixpkgs/nixpkgs-unstable": {resolved: "github:NixOS/nixpkgs/x"}}}' > devbox.lock
    jq --arg system x86_64-linux -f "$TOP/docs/examples/devbox-manifest.jq" devbox.lock > manifest.json
    graft lock --manifest manifest.json --cache "$(cache small)" --trusted-key "$KEY"
    exits 0
    run jq -c '.systems["x86_64-linux"].tools | map_values([.version, .path, .commands[], (.outputs | keys[])])' closure.lock
    json '. == {jq: ["1.7.1", $jq, "jq", "out"], ripgrep: ["15", $git, "rg", "out"]}' --arg jq "$(path small jq)" --arg git "$(path small git)"
}
