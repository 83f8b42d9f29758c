#!/usr/bin/env bats
# Whose it is: `apply --user`, by root for somebody else; what that user then can without root; --expose; --without-nix.
# shellcheck disable=SC2016  # expanded in the container
load ways

setup_file() {
    export lived
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
    lock_of next
    lock_of next nix git jq # without just
    lived=$(lived_in trixie)
}

teardown_file() { containers_gone; }

# As dev, in a login shell that knows what the container's environment said.
AS_DEV='dev() { su dev -c "export NIXGRAFT=$NIXGRAFT OLD=$OLD NEW=$NEW BIN=$BIN HOME=/home/dev USER=dev; $1"; }; '

@test "root applies for dev: all below /nix is dev's, the links are root's, dev's profile leads into it" {
    sh_in "$lived" '"$NIXGRAFT" apply --quiet --lock "$OLD" --user dev || exit
        echo "others: $(find /nix ! -user dev | wc -l)"
        stat -c "%U %n" /usr/local/bin/just /etc/profile.d/nixgraft.sh /etc/nix/nix.conf /home/dev/.nix-profile
        readlink /home/dev/.nix-profile; find / -xdev -user dev -newer "$BIN" ! -path "/nix*" ! -path "/proc/*" ! -path "/home/dev*"'
    exits 0
    [ "$output" = "others: 0
root /usr/local/bin/just
root /etc/profile.d/nixgraft.sh
root /etc/nix/nix.conf
dev /home/dev/.nix-profile
/nix/var/nix/profiles/per-user/dev/profile" ] || fail "$output"
}

@test "then dev applies and verifies without root, and root needs no --user any more" {
    sh_in "$lived" "$AS_DEV"'"$NIXGRAFT" apply --quiet --lock "$OLD" --user dev &&
        dev "just --version && \$NIXGRAFT apply --lock \$OLD && \$NIXGRAFT verify --lock \$OLD" && "$NIXGRAFT" apply --lock "$OLD" &&
        "$NIXGRAFT" apply --quiet --lock "$NEW" && echo "others: $(find /nix ! -user dev | wc -l)" && dev "just --version"'
    exits 0 "$(just_of small)" "nothing to do" "0 findings" "others: 0" "$(just_of next)"
}

# The lock's caches are not those of the nix.conf that root wrote: that stays, and must not stay unsaid.
@test "dev follows a newer lock that has the same commands, without root; what only root can change is named" {
    sh_in "$lived" "$AS_DEV"'"$NIXGRAFT" apply --quiet --lock "$OLD" --user dev && dev "\$NIXGRAFT apply --lock \$NEW" 2>&1
        echo "status $?"; just --version; dev "\$NIXGRAFT apply --lock \$NEW"'
    exits 0 $'status 0\n'"$(just_of next)" "generation 2" "nothing to do" /etc/nix/nix.conf
    silent_on "broken"
}

@test "Nix works as dev: queries, profiles, generations, garbage; the lock's tools survive it all" {
    sh_in "$lived" "$AS_DEV"'"$NIXGRAFT" apply --quiet --lock "$OLD" --user dev && dev "set -e
        nix-store --query --references $(readlink -f /usr/local/bin/git) | head -n 1
        for tool in jq git; do nix-env --install \$(readlink -f /usr/local/bin/\$tool | sed s,/bin/.*,,); done
        nix-env --list-generations
        nix --extra-experimental-features nix-command profile list || nix-env --query
        nix-env --rollback
        nix-env --delete-generations old
        nix-collect-garbage --delete-old
        just --version
        nix-store --verify --check-contents
        \$NIXGRAFT verify --lock \$OLD"'
    exits 0 /nix/store/ "(current)" jq "store paths deleted" "$(just_of small)" "0 findings"
    silent_on error:
}

@test "only root installs for somebody else; a user who is not there is named" {
    sh_in "$lived" --user dev '"$NIXGRAFT" apply --lock "$OLD" --user root --expose none'
    exits 5 "--user root: only root can install for somebody else"
    one_line
    sh_in "$lived" '"$NIXGRAFT" apply --lock "$OLD" --user nobody-here; echo "status $?"; ls -d /nix'
    exits 2 "nobody-here" "cannot access '/nix'"
    [[ $output == "status "[1-9] ]]
}

@test "for an uid without passwd entry, too: all is that uid's, who can apply without root" {
    container_start "$ME" "$lived" "${mounts[@]}" --volume "$BATS_FILE_TMPDIR:$BATS_FILE_TMPDIR:ro"
    in_container "$ME" "$NIXGRAFT" apply --quiet --lock "$(lock_of small)" --user 12345
    exits 0
    in_container "$ME" sh -c 'find /nix ! -user 12345 | wc -l'
    exits 0 0
    in_container --user 12345 "$ME" "$NIXGRAFT" apply --lock "$(lock_of small)"
    exits 0 "nothing to do"
    in_container --user 12345 --env HOME=/nowhere "$ME" sh -c 'just --version && nix-collect-garbage && nix-store --verify'
    exits 0 "$(just_of small)" "0 store paths deleted"
    container_stop "$ME"
}

@test "--expose: only these commands are links, the choice is kept, and --expose all takes it back" {
    sh_in "$lived" '"$NIXGRAFT" apply --quiet --lock "$OLD" --expose jq,just && find /usr/local/bin -type l | sort && git --version &&
        "$NIXGRAFT" apply --quiet --lock "$NEW" && find /usr/local/bin -type l | sort && "$NIXGRAFT" apply --lock "$NEW" &&
        "$NIXGRAFT" apply --quiet --lock "$NEW" --expose all && find /usr/local/bin -type l | wc -l &&
        "$NIXGRAFT" verify --lock "$NEW"'
    exits 0 "nothing to do" "0 findings"
    [ "$(grep -c ^/usr/local/bin/ <<< "$output")" = 4 ] || fail "$output"
    grep -qx "$(commands_of "$(lock_of next)" | wc -l)" <<< "$output" || fail "$output"
    sh_in "$lived" '"$NIXGRAFT" apply --lock "$OLD" --expose jq,nobody-has-it; echo "status $?"; ls -d /nix'
    exits 2 nobody-has-it "cannot access '/nix'"
    [[ $output == "status "[1-9] ]]
}

@test "--expose none: no link, no shadow; a login shell has the commands by PATH, others by nixgraft env" {
    sh_in "$lived" '"$NIXGRAFT" apply --quiet --lock "$OLD" --expose none && find /usr/local/bin -type l && git --exec-path &&
        bash -lc "command -v just" && eval "$("$NIXGRAFT" env)" && command -v just'
    exits 0
    [ "$output" = $'/usr/lib/git-core\n/nix/var/nix/profiles/nixgraft/bin/just\n/nix/var/nix/profiles/nixgraft/bin/just' ] || fail "$output"
}

@test "--without-nix: the tools alone, no database, nothing of Nix; a later --with-nix adds it" {
    sh_in "$lived" '"$NIXGRAFT" apply --quiet --lock "$OLD" --without-nix && just --version && ls -d /nix/var/nix/db/db.sqlite /etc/nix \
            /root/.nix-profile /usr/local/bin/nix /nix/store/*-nix-bin-*; "$NIXGRAFT" apply --lock "$OLD" &&
        "$NIXGRAFT" verify --lock "$OLD" && "$NIXGRAFT" apply --quiet --lock "$OLD" --with-nix && nix-store --verify --check-contents &&
        "$NIXGRAFT" verify --lock "$OLD" && ls -d /nix/var/nix/db/db.sqlite /etc/nix/nix.conf'
    exits 0 "$(just_of small)" "nothing to do" $'/etc/nix/nix.conf\n/nix/var/nix/db/db.sqlite'
    [ "$(grep -c "cannot access" <<< "$stderr")" = 5 ] || fail "$stderr"
    [ "$(grep -c "0 findings" <<< "$output")" = 2 ]
}

@test "a command that the next lock has no more vanishes; dev, who may not unlink it, is told, before anything is done" {
    sh_in "$lived" --env FEWER="$(lock_of next nix git jq)" "$AS_DEV"'"$NIXGRAFT" apply --quiet --lock "$NEW" --user dev
        "$NIXGRAFT" apply --lock "$FEWER" && ls /usr/local/bin/just'
    exits 2 "taken back:" /usr/local/bin/just "cannot access"
    sh_in "$lived" --env FEWER="$(lock_of next nix git jq)" "$AS_DEV"'"$NIXGRAFT" apply --quiet --lock "$NEW" --user dev
        before=$(find /nix | sha256sum)
        dev "\$NIXGRAFT apply --lock $FEWER"; echo "status $?"; just --version; [ "$before" = "$(find /nix | sha256sum)" ] && echo as before
        dev "\$NIXGRAFT verify --lock \$NEW"'
    exits 0 "status 5" "$(just_of next)" "as before" "0 findings" /usr/local/bin/just
    silent_on fetching
}
