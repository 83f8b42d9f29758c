# shellcheck shell=bash
# What the tamper tests share: two roots to be attacked, a cache and a lock to be changed, and what must be so afterwards.
load ../lib

setup_file() {
    # Two roots to be attacked: one that is fresh, one that follows an earlier lock.
    export lock
    lock=$(lock_of small jq)
    tiny_root "$BATS_FILE_TMPDIR/fresh"
    applied "$BATS_FILE_TMPDIR/lived" "$(lock_of next just)"
}

teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }

setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR"/{fresh,lived} .
    cp "$lock" lock
    victim=$(path small jq)
    # shellcheck disable=SC2046
    copy_cache small cache $(closure "$lock")
    url=$(fact url)
}

teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# fact KEY: what the lock says of the victim. edit FILTER: changes the lock; $p is the victim's name.
fact() { jq -r --arg p "$victim" --arg k "$1" '.systems[].paths[$p][$k]' lock; }
edit() {
    cp lock lock.before
    jq --arg p "$victim" --arg key "$OTHER_KEY" "$1" lock.before > lock
    differ lock lock.before
}

# flip FILE OFFSET: the lowest bit of the byte there is turned.
flip() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# repack: puts the file ./nar into the cache in the victim's place, and the hash and size of that file into the lock.
repack() {
    zstd -q -f nar -o "cache/$url"
    edit ".systems[].paths[\$p] |= (.fileHash = \"sha256-$(openssl dgst -sha256 -binary "cache/$url" | base64)\" |
        .fileSize = $(stat -c %s "cache/$url"))"
}

# What is to be seen of a root: objects, rows, generations, links.
state() {
    find "$1/nix/store" -mindepth 1 -maxdepth 1 ! -name .links 2> /dev/null | sort
    [ ! -e "$1/nix/var/nix/db/db.sqlite" ] || peek "$1" .dump
    [ ! -d "$1/nix/store" ] || manifest -c "$1/nix/store" | grep '/.*/' || true
    find "$1/nix/var/nix/profiles" -name 'nixgraft*' -printf '%p %l %C@\n' 2> /dev/null | sort
    find "$1/usr/local/bin" "$1/etc" "$1/root" -printf '%p %l %C@\n' | sort
}

# refused STATUS TEXT...: does apply end so on both roots, and leave no trace? Does verify still find the lived-in one right?
refused() {
    local root before
    for root in fresh lived; do
        before=$(state "$root")
        graft apply --no-sync --lock lock --root "$root" --cache "file://$PWD/cache"
        exits "$@"
        same_manifest "$before" "$(state "$root")"
    done
    [ ! -e fresh/nix/var/nix/db/db.sqlite ]
    in_place lived "$(lock_of next just)"
}

# unread STATUS TEXT...: likewise, and not a byte of either root was touched: nothing was fetched at all.
unread() {
    local before
    before=$(manifest -c fresh; manifest -c lived)
    refused "$@"
    same_manifest "$before" "$(manifest -c fresh; manifest -c lived)"
}

# Once the right file is back, the next run does all that is left to do.
mended() {
    cp "$F/caches/small-zstd/$url" "cache/$url"
    cp "$lock" lock
    graft apply --no-sync --lock lock --root fresh --cache "file://$PWD/cache"
    exits 0 "4 paths"
    in_place fresh lock
}
