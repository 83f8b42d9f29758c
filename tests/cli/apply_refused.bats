# `nixgraft apply`: what is in its way, what it leaves alone, and what it refuses; refused means nothing has changed.
load ../lib

setup() {
    work_folder
    lock=$(lock_of small jq)
    tiny_root root
}

teardown() {
    unlocked "$BATS_TEST_TMPDIR"
    [ -z "${shared-}" ] || rm -rf "$shared"
}

apply() { graft apply --no-sync --lock "$lock" --root root "$@"; }

# refuses STATUS TEXT... -- ARG...: is apply refused so, with and without --dry-run, and is every byte as before?
refuses() {
    local -a texts=()
    local before dry
    while [ "$1" != -- ]; do texts+=("$1"); shift; done
    shift
    before=$(manifest -c root)
    for dry in --dry-run --no-sync; do
        apply "$@" "$dry"
        exits "${texts[@]}"
        same_manifest "$before" "$(manifest -c root)"
    done
}

@test "a foreign command in /usr/local/bin is named and not overwritten; --force moves it aside" {
    echo mine > root/usr/local/bin/jq
    refuses 5 "/usr/local/bin/jq is in the way" --force "/usr/local/bin/jq.before-nixgraft" --
    apply --force
    exits 0 "moved aside: /usr/local/bin/jq"
    [ "$(cat root/usr/local/bin/jq.before-nixgraft)" = mine ]
    [ "$(readlink root/usr/local/bin/jq)" = /nix/var/nix/profiles/nixgraft/bin/jq ]
    apply
    exits 0 "nothing to do"
    in_place root "$lock"
}

@test "a foreign link, folder and profile.d piece are in the way likewise; a folder also of --force" {
    ln -s /opt/jq/bin/jq root/usr/local/bin/jq
    refuses 5 "/usr/local/bin/jq is in the way" --
    rm root/usr/local/bin/jq
    mkdir root/usr/local/bin/jq
    refuses 5 "/usr/local/bin/jq is in the way and a directory" "by hand" --
    refuses 5 "/usr/local/bin/jq is in the way and a directory" "by hand" -- --force
    rmdir root/usr/local/bin/jq
    mkdir root/etc/profile.d
    echo : > root/etc/profile.d/nixgraft.sh
    refuses 5 "/etc/profile.d/nixgraft.sh is in the way" --
}

@test "a foreign nix.conf, registry and ~/.nix-profile are kept, and that is said" {
    mkdir -p root/etc/nix
    echo "max-jobs = 3" > root/etc/nix/nix.conf
    echo "{}" > root/etc/nix/registry.json
    ln -s /nix/var/nix/profiles/default root/root/.nix-profile
    before=$(manifest -c root/etc/nix; manifest -c root/root)
    lock=$(lock_of small nix)
    apply
    exits 0 "kept: /etc/nix/nix.conf (nixgraft did not make it)" "kept: /etc/nix/registry.json" "kept: /root/.nix-profile"
    same_manifest "$before" "$(manifest -c root/etc/nix; manifest -c root/root)"
    in_place root "$lock"
    apply
    exits 0 "nothing to do"
}

@test "a command of Debian that is now shadowed is reported" {
    touch root/usr/bin/jq
    apply --dry-run
    exits 0 "now come before: /usr/bin/jq"
    apply
    exits 0 "now come before: /usr/bin/jq"
    [ -e root/usr/bin/jq ]
}

@test "beside a store that the real Nix made, its rows and objects stay as they are" {
    ENTER_BIND=$PWD/root "$TOP/tests/fixture/enter" trixie nix copy --quiet --from "$(cache small)" --to "local?root=$PWD/root" \
        --option trusted-public-keys "$KEY" "$(path small jq)"
    rows() { query root "select * from ValidPaths where path not like '%just%' and path not like '%-libgcc-%' and path not like
        '%-gcc-%' and path not like '%-nixgraft-environment' order by id"; }
    before=$(rows) objects=$(manifest -c root/nix/store | grep '/.*/')
    [ "$(wc -l <<< "$before")" = 4 ]
    lock=$(lock_of small jq just)
    apply --json
    exits 0
    json '.result == "applied" and .paths.present == 4 and .paths.fetched == .paths.total - 4'
    [ "$(rows)" = "$before" ]
    [ -z "$(comm -23 <(sort <<< "$objects") <(manifest -c root/nix/store | sort))" ]
    in_place root "$lock"
    "$TOP/tests/fixture/verdict" trixie root
}

@test "an object that stands unregistered is adopted when right, and replaced when wrong" {
    applied donor "$(lock_of small jq just)"
    mkdir -p root/nix/store
    chmod 755 root/nix root/nix/store
    cp -a "donor$(path small jq)" "donor$(path small just)" root/nix/store
    chmod u+w "root$(path small just)/bin/just"
    printf x >> "root$(path small just)/bin/just"
    chmod u-w "root$(path small just)/bin/just"
    touch -d @1 "root$(path small just)/bin/just"
    inode=$(stat -c %i "root$(path small jq)/bin/jq")
    lock=$(lock_of small jq just)
    apply --json
    exits 0
    json '.paths.adopted == 1 and .paths.fetched == .paths.total - 1'
    [ "$(stat -c %i "root$(path small jq)/bin/jq")" = "$inode" ]
    cmp "root$(path small just)/bin/just" "donor$(path small just)/bin/just"
    in_place root "$lock"
    same_manifest "$(manifest -n donor/nix/store)" "$(manifest -n root/nix/store)"
}

@test "what killed runs left half-made is swept away, and nothing else" {
    mkdir -p root/nix/store/.nixgraft-0123/deep root/nix/var/nixgraft/spool root/nix/var/nix/db
    echo x > root/nix/store/.nixgraft-0123/deep/file
    chmod 555 root/nix/store/.nixgraft-0123/deep
    ln -s /etc root/nix/store/.nixgraft-link
    echo x > root/nix/var/nixgraft/spool/leftover
    echo x > root/nix/var/nix/db/db.sqlite.nixgraft
    echo x > root/nix/store/tmp-of-nix
    apply
    exits 0 "generation 1"
    [ "$(find root/nix/store -mindepth 1 -maxdepth 1 -name '.*' -printf '%f\n')" = .links ]
    [ -e root/nix/store/tmp-of-nix ] && [ -e root/etc/passwd ]
    [ ! -e root/nix/var/nixgraft/spool ] && [ ! -e root/nix/var/nix/db/db.sqlite.nixgraft ]
    in_place root "$lock"
}

@test "a lock without the root's architecture is refused, and so is --system that contradicts its programs" {
    tiny_root arm aarch64
    graft apply --lock "$lock" --root arm
    exits 5 "this root is aarch64-linux, and the lock has x86_64-linux" "nixgraft lock --system aarch64-linux"
    [ ! -e arm/nix ]
    refuses 5 "--system aarch64-linux: the programs of this root are x86_64-linux" -- --system aarch64-linux
    rm root/bin/sh
    refuses 5 "this root is aarch64-linux" -- --system aarch64-linux
}

@test "an unknown database schema, a symlink for /nix and a root that is none are refused" {
    mkdir -p root/nix/var/nix/db
    sqlite3 root/nix/var/nix/db/db.sqlite 'create table ValidPaths (x)'
    printf 11 > root/nix/var/nix/db/schema
    refuses 5 "/nix/var/nix/db/schema says '11'" "only schema 10" --
    rm -r root/nix
    mkdir root/elsewhere
    for link in nix nix/store nix/var/nix; do
        mkdir -p "root/$(dirname $link)"
        ln -s /elsewhere "root/$link"
        refuses 5 "/$link is not a directory" --
        rm "root/$link"
    done
    graft apply --lock "$lock" --root root/etc/passwd
    exits 5 "root/etc/passwd"
    graft apply --lock "$lock" --root nowhere
    exits 5 "nowhere" "No such file or directory"
}

@test "a link in the root leads inside the root, never out of it" {
    mkdir outside
    rm -r root/usr/local/bin root/etc/passwd
    ln -s "$PWD/outside" root/usr/local/bin
    ln -s /etc/nowhere root/etc/profile.d
    apply
    [ -z "$(ls -A outside)" ]
    [ "$status" -ne 0 ] || [ -L "root$PWD/outside/jq" ]
}

@test "--offline uses file caches only, and says so when there is none" {
    sed "s,$(cache small),http://127.0.0.1:9/cache," "$lock" > far.lock
    near=$lock lock=far.lock
    refuses 2 "--offline, and no cache is a file:// one" "--cache file:///DIR" -- --offline
    apply --offline --cache "$(cache small)" --cache http://127.0.0.1:9
    exits 0 "generation 1"
    in_place root far.lock
    # The environment depends on tools only, so the near lock finds all in place.
    lock=$near
    apply --offline
    exits 0 "0 fetched"
}

@test "a file that is in no cache is told before anything is fetched or changed" {
    # shellcheck disable=SC2046
    copy_cache small cache $(closure "$lock")
    file=$(jq -r --arg p "$(path small jq)" '.systems[].paths[$p].url' "$lock")
    rm "cache/$file"
    refuses 3 "the file $file of $(path small jq) is in none of the caches (file://$PWD/cache)" "1 file missing" "--cache URL" \
        -- --cache "file://$PWD/cache"
    apply --cache "file://$PWD/cache" --cache "$(cache small)"
    exits 0 "4 fetched"
}

@test "a cache whose folder is not there is told to be so, not a file of it" {
    refuses 3 "cache file://$PWD/gone: there is no such folder" "files are in none of the caches" -- --offline --cache "file://$PWD/gone"
    apply --cache "file://$PWD/gone" --cache "$(cache small)"
    exits 0 "4 fetched"
}

@test "a user who may not make /nix gets the way out, and so does root on a read-only file system" {
    # A place that others can reach, unlike bats's own.
    shared=$(mktemp -d "${TMPDIR:-/tmp}/nixgraft-cli.XXXXXX")
    chmod 755 "$shared"
    cp "$NIXGRAFT" "$lock" "$shared"
    # shellcheck disable=SC2046
    copy_cache small "$shared/cache" $(closure "$lock")
    cp -a root "$shared/root"
    before=$(manifest -c "$shared/root")
    run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$shared/$(basename "$NIXGRAFT")" apply \
        --lock "$shared/$(basename "$lock")" --root "$shared/root" --cache "file://$shared/cache"
    exits 5 "cannot make /nix" "run as root" "install -d -o USER /nix" "mount a volume"
    same_manifest "$before" "$(manifest -c "$shared/root")"
    # With /nix his, the places of the links are what he lacks.
    install -d -o nobody "$shared/root/nix"
    before=$(manifest -c "$shared/root")
    run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs "$shared/$(basename "$NIXGRAFT")" apply \
        --lock "$shared/$(basename "$lock")" --root "$shared/root" --cache "file://$shared/cache"
    exits 5 "/usr/local/bin/jq cannot be made" "run as root" "--expose none"
    same_manifest "$before" "$(manifest -c "$shared/root")"
    # shellcheck disable=SC2016
    run --separate-stderr unshare --mount bash -c 'mount --bind root root && mount -o remount,ro,bind root && "$0" "$@"' \
        "$NIXGRAFT" apply --lock "$lock" --root root
    exits 5 "Read-only file system"
    [ ! -e root/nix ]
}

@test "a user who owns /nix and the places of the links needs not be root" {
    shared=$(mktemp -d "${TMPDIR:-/tmp}/nixgraft-cli.XXXXXX")
    chmod 755 "$shared"
    cp "$NIXGRAFT" "$shared/nixgraft"
    cp "$lock" "$shared/lock"
    # shellcheck disable=SC2046
    copy_cache small "$shared/cache" $(closure "$lock")
    tiny_root "$shared/root"
    mkdir -p "$shared/root"/{nix,etc/profile.d}
    chown nobody "$shared/root"/{nix,etc/profile.d,usr/local/bin}
    for verb in "apply --no-sync" verify; do
        # shellcheck disable=SC2086
        run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$shared/nixgraft" $verb \
            --lock "$shared/lock" --root "$shared/root" --cache "file://$shared/cache"
        exits 0
    done
    [ -z "$(find "$shared/root/nix" ! -user nobody)" ]
    [ -d "$shared/root/nix/var/nix/profiles/per-user/nobody" ]
}

@test "a tool that has not the command it exposes: the tool is named, and nothing is left in the store" {
    "$NIXGRAFT" lock --quiet --lock odd --cache "$(cache small)" --trusted-key "$KEY" --tool "jq=$(path small jq)" \
        --expose jq=jq,nonesuch > /dev/null
    lock=odd
    apply
    exits 6 "tool 'jq' exposes the command 'nonesuch'" "$(path small jq)/bin/nonesuch"
    [ "$(ls -A root/nix/store)" = .links ]
    [ ! -e root/nix/var/nix/db/db.sqlite ] && [ -z "$(ls -A root/usr/local/bin)" ]
    [ ! -e root/nix/var/nix/profiles/nixgraft ]
}
