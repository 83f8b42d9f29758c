#!/usr/bin/env bats
# A store that belongs to a user whose number changes: after rechown his own Nix adds, collects and verifies; old generations go
# by Nix's hand, and nixgraft knows. One root for the whole file: each test takes it as the one before left it.
load lib

setup_file() {
    need small root:trixie
    scratch
    r=$S/r
    lock=$(lock_of small)
    less=$(lock_of small nix git jq)
    export r lock less
    debian_root "$r"
    inside "$r" useradd -m -s /bin/bash ada
    apply --lock "$lock" --root "$r" --user ada
    apply --lock "$less" --root "$r"
    inside "$r" usermod -u 5252 ada # gives him his home, and leaves the rest
}
teardown_file() { unscratch; }

as_ada() { run --separate-stderr inside "$r" su - ada -c "$1"; }

@test "before rechown his Nix cannot work, after it it can: add, collect, verify" {
    as_ada 'nix-store --add /etc/hostname'
    [ "$status" -ne 0 ] || fail "$output"
    graft rechown --root "$r"
    exits 0 "given to ada (5252:"
    as_ada 'nix-store --add /etc/hostname'
    exits 0 -hostname
    added=$output
    [ -e "$r$added" ]
    as_ada 'nix-store --gc'
    exits 0 "1 store paths deleted"
    [ ! -e "$r$added" ]
    as_ada 'nix-store --verify --check-contents'
    exits 0
    silent_on modified disappeared missing "not valid" error
    in_place "$r" "$less"
}

@test "a generation that Nix deletes is gone for nixgraft, what only it needed is collected, objects of root's making, too" {
    local just
    just=$(path small just)
    graft generations --root "$r" --json
    json '[.generations[].generation] == [1, 2]'
    as_ada 'nix-env -p /nix/var/nix/profiles/nixgraft --delete-generations old && nix-store --gc'
    exits 0 "store paths deleted"
    [ ! -e "$r$just" ]
    graft generations --root "$r" --json
    json '[.generations[].generation] == [2]'
    graft rollback --root "$r"
    exits 1 "no generation before"
    in_place "$r" "$less"
    # The next change forgets its lock.
    [ -e "$r/nix/var/nixgraft/locks/1.lock" ]
    apply --lock "$lock" --root "$r"
    [ "$(cd "$r/nix/var/nixgraft/locks" && echo *)" = "2.lock 3.lock" ]
    [ -z "$(find "$r/nix" -type d ! -user 5252)" ]
    as_ada 'just --version && nix-store --verify --check-contents'
    exits 0 "just 1."
}

@test "after a rollback the collector keeps both generations" {
    graft rollback --root "$r"
    exits 0 "generation 2 is in force again, after 3" "commands that vanish: just"
    as_ada 'nix-store --gc; command -v just; git --version'
    exits 0 "git version"
    silent_on /usr/local/bin/just
    [ -e "$r$(path small just)" ]
    in_place "$r" "$less"
}
