# `nixgraft init`: the files that it writes, leaves and refuses to overwrite, and what it says comes next. (A Nix for a machine that has
# none: tests/e2e/init.bats.)
# shellcheck disable=SC2016  # what must not be expanded
load ../lib

setup() { work_folder; }

@test "it writes the template, made for editing, and the two commands that come next" {
    graft init --without-nix
    exits 0 "flake.nix: written" "graft.nix: written" ".gitignore: written"
    [ "$(sed -n '/^next:/,$p' <<< "$output" | tr -s ' ' | tr '\n' ,)" = "next:, nixgraft lock, nixgraft apply," ]
    for file in flake.nix graft.nix .gitignore; do
        cmp "$TOP/overlays/template/$file" "$file"
        [ "$(stat -c %a "$file")" = 644 ]
    done
    [ "$(find . -mindepth 1 | wc -l)" = 3 ]
}

@test "a second time changes nothing; what people wrote is not overwritten, and the file is named" {
    graft init --without-nix
    before=$(manifest -c .)
    graft init --without-nix
    exits 0 "flake.nix: unchanged" "graft.nix: unchanged" ".gitignore: unchanged"
    same_manifest "$before" "$(manifest -c .)"
    echo "# mine" >> flake.nix
    rm graft.nix .gitignore
    before=$(manifest -c .)
    graft init --without-nix
    exits 5 "flake.nix is there already, and nothing is overwritten" "move it away" "nixgraft lock"
    same_manifest "$before" "$(manifest -c .)"
    graft init --force
    exits 2 "unknown option '--force'"
}

@test "a folder is named and made; the commands go there" {
    graft init --without-nix --json "a folder's"
    exits 0
    json ".result == \"done\" and .folder == \"a folder's\" and .nix.installed == false"
    json '.next == ["cd '"'a folder'\\\\''s'"'", "nixgraft lock", "nixgraft apply"]'
    json '[.files[] | .name, .result] == ["flake.nix", "written", "graft.nix", "written", ".gitignore", "written"]'
    [ -e "a folder's/flake.nix" ]
    graft init --without-nix nowhere/deep
    exits 5 "nowhere/deep: the folder cannot be made"
    graft init one two
    exits 2 "name one folder"
    graft init ""
    exits 2 "'' is no folder"
}

@test "--dry-run tells and writes nothing, not even the folder" {
    graft init --dry-run --without-nix sub --json
    exits 0
    json '.result == "planned" and ([.files[].result] | unique) == ["would be written"]'
    [ -z "$(ls -A)" ]
    echo "*.o" > .gitignore
    graft init --dry-run --nix "$(path small nix)"
    exits 0 ".gitignore: would be added to" "would be pinned in closure.lock and installed"
    [ "$(ls -A)" = .gitignore ]
}

@test "begins with the tools and the nixpkgs that are named" {
    graft init --without-nix --tool just --tool black=python3Packages.black --tool 7z=_7zz --nixpkgs "git+https://git.example.org/nixpkgs?ref=stable"
    exits 0
    grep -qx '  inputs.nixpkgs.url = "git+https://git.example.org/nixpkgs?ref=stable";' flake.nix
    diff <(sed -n '/tools = pkgs: {/,/^      };/p' flake.nix) - <<'N'
      tools = pkgs: {
        "7z" = pkgs._7zz;
        black = pkgs.python3Packages.black;
        just = pkgs.just;
      };
N
    rm flake.nix
    for bad in "" "=jq" "jq=" 'a"b' 'a=${b}' "a..b=a..b" "x=a.b."; do
        graft init --without-nix --tool "$bad"
        exits 2 "--tool '$bad': must be NAME or NAME=ATTRIBUTE"
    done
    graft init --without-nix --tool jq --tool jq=jaq
    exits 2 "--tool: 'jq' is given twice"
    graft init --without-nix --nixpkgs 'path:/a b'
    exits 2 "--nixpkgs: 'path:/a b' is no URL"
    [ ! -e flake.nix ]
}

@test "an existing .gitignore keeps what it has and gets once what it lacks" {
    printf '*.o\nresult\n/closure.lock' > .gitignore
    graft init --without-nix
    exits 0 ".gitignore: added to" "closure.lock and flake.lock belong in it"
    [ "$(head -n 4 .gitignore | tr '\n' ' ')" = "*.o result /closure.lock /result-* " ]
    [ "$(grep -c result .gitignore)" = 2 ]
    graft init --without-nix
    exits 0 ".gitignore: unchanged"
}

@test "an existing .gitignore keeps its bytes, its owner and its mode" {
    printf 'a\0b\nlast' > .gitignore
    chmod 640 .gitignore
    [ "$(id -u)" != 0 ] || chown 65534:65534 .gitignore
    owner=$(stat -c %u:%g .gitignore)
    graft init --without-nix
    exits 0 ".gitignore: added to"
    cmp <(head -c 8 .gitignore) <(printf 'a\0b\nlast')
    [ "$(tail -c +9 .gitignore | head -n 2 | tr '\n' ,)" = ",," ]
    [ "$(stat -c '%a %u:%g' .gitignore)" = "640 $owner" ]
    [ "$(stat -c '%a %u' flake.nix)" = "644 $(id -u)" ]
}

@test "links are followed; one that leads nowhere is no free place" {
    echo mine > common
    mkdir sub
    ln -s ../common sub/.gitignore
    graft init --without-nix sub
    exits 0
    [ -L sub/.gitignore ]
    grep -q result common
    for name in flake.nix graft.nix .gitignore; do
        rm -rf other && mkdir other
        ln -s gone "other/$name"
        graft init --without-nix other
        exits 5 "other/$name: is a link that leads to no file"
        [ "$(ls -A other)" = "$name" ] && [ "$(readlink "other/$name")" = gone ]
    done
}

@test "a folder whose name cd takes for something else" {
    graft init --without-nix --json -- --x
    exits 0
    json '.next[0] == "cd ./--x"'
    graft init --without-nix --json -
    json '.next[0] == "cd ./-"'
}

@test "in a git work tree, also deep in it, git add comes first" {
    mkdir -p .git deep/er
    graft init --without-nix deep/er
    exits 0 "  cd deep/er" "  git add flake.nix graft.nix .gitignore   # Nix sees only what git tracks"
}

@test "the cache that is named is named again for lock" {
    graft init --without-nix --json --cache "$(cache small)" --trusted-key "$KEY"
    exits 0
    json '.next[0] == $c' --arg c "nixgraft lock --cache $(cache small) --trusted-key $KEY"
}

@test "a Nix that cannot be had leaves nothing behind, and the ways are named" {
    copy_cache small empty
    graft init --nix "$(path small nix)" --cache "file://$PWD/empty" --trusted-key "$KEY" project
    exits 3 "nothing was written" "$(path small nix)" "--without-nix"
    graft init --nix "$(path small nix)" --cache "$(cache small)" --trusted-key "$OTHER_KEY" project
    exits 4 "nothing was written"
    graft init --nix "$(path small nix)" --cache "$(cache small)" project
    exits 2 "give its public key with --trusted-key"
    graft init --nix /usr/bin/nix project
    exits 2 "--nix: '/usr/bin/nix' must be a store path"
    graft init --nix "$(path small nix)" --without-nix project
    exits 2 "--without-nix excludes --nix and --only-nix"
    graft init --only-nix --without-nix project
    exits 2 "--without-nix excludes --nix and --only-nix"
    graft init --only-nix --tool jq
    exits 2 "--only-nix writes no files"
    graft init --only-nix --nix "$(path small nix)" --cache "file://$PWD/empty" --trusted-key "$KEY"
    exits 3 "nothing was written"
    graft init --only-nix --dry-run --nix "$(path small nix)"
    exits 0 "would be pinned in nix.lock and installed" "nixgraft lock"
    silent_on flake.nix
    [ "$(ls -A)" = empty ]
    [ ! -e project ]
}

@test "a closure.lock that is there is not written over" {
    cp "$(lock_of small jq)" closure.lock
    graft init --nix "$(path small nix)" --cache "$(cache small)" --trusted-key "$KEY"
    exits 2 "closure.lock is there already, and has no Nix for x86_64-linux" "--without-nix"
    [ "$(ls -A)" = closure.lock ]
    graft init --without-nix
    exits 0
    cmp closure.lock "$(lock_of small jq)"
}

@test "update says what it needs, and changes nothing without" {
    graft update
    exits 2 "./flake.nix: there is no such flake to update" "nixgraft init"
    graft update --flake nowhere
    exits 2 "nowhere/flake.nix: there is no such flake"
    echo '{ }' > flake.nix
    graft update jq
    exits 6 "closure.lock: there is no such lock"
    cp "$(lock_of small jq)" closure.lock
    graft update git jq
    exits 2 "closure.lock has no tool 'git'; it has jq"
    rm closure.lock
    graft update ""
    exits 2 "'' is no tool"
    graft update --lock -
    exits 2 "--lock: name a file"
    [ "$(ls -A)" = flake.nix ]
}
