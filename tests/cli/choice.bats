# What a user chooses of a lock: which commands are linked, whether there is a Nix, whose the installation is; and that it stays chosen.
load ../lib

setup() {
    work_folder
    lock=$(lock_of small jq just)
    shared=''
}

teardown() {
    unlocked "$BATS_TEST_TMPDIR"
    [ -z "$shared" ] || { unlocked "$shared"; rm -rf "$shared"; }
}

apply() { graft apply --no-sync --lock "$lock" --root root "$@"; }
receipt() { jq -c "$1" "$root/nix/var/nixgraft/receipt.json"; }
linked() { (cd root/usr/local/bin && echo *); }

# settled: does a second run of the same have nothing to do, and change nothing, and is all as it should be?
settled() {
    local before
    before=$(manifest -c root)
    apply "$@"
    exits 0 "nothing to do"
    same_manifest "$before" "$(manifest -c root)"
    in_place root "$lock"
}

# ---- --expose ----

@test "--expose links the commands that are named, takes the others back, and the next apply and verify keep to it" {
    tiny_root root
    root=root
    apply --expose jq
    exits 0 "commands: jq"
    [ "$(linked)" = jq ]
    [ "$(cd root/nix/store/*-nixgraft-environment/bin && echo *)" = "jq just" ] # it is there for who looks
    [ "$(receipt .expose)" = '["jq"]' ]
    settled
    settled --expose jq
    apply --expose just,jq
    exits 0 "commands: jq just"
    [ "$(linked)" = "jq just" ]
    apply --expose just --json
    exits 0
    json '.removed == ["/usr/local/bin/jq"] and .made == [] and .generation == 1 and .paths.fetched == 0'
    [ "$(linked)" = just ]
    settled
    # Another lock: the choice is kept.
    lock=$(lock_of next jq just)
    apply
    exits 0 "generation 2"
    [ "$(linked)" = just ]
    settled
    apply --expose all
    exits 0
    [ "$(linked)" = "jq just" ]
    [ "$(receipt .expose)" = null ]
    settled
}

@test "--expose none links nothing, and the login shells find the profile itself" {
    tiny_root root
    root=root
    applied root "$lock"
    apply --expose none
    exits 0 "commands: none linked" "taken back: /usr/local/bin/jq /usr/local/bin/just"
    [ -z "$(ls -A root/usr/local/bin)" ]
    [ "$(receipt .expose)" = '[]' ]
    [ "$(env -i PATH=/usr/bin sh -euc '. root/etc/profile.d/nixgraft.sh; echo "$PATH"')" = /nix/var/nix/profiles/nixgraft/bin:/usr/bin ]
    settled
    apply --expose all
    exits 0
    [ "$(linked)" = "jq just" ]
    [ "$(env -i PATH=/usr/bin sh -euc '. root/etc/profile.d/nixgraft.sh; echo "$PATH"')" = /usr/local/bin:/usr/bin ]
    settled
}

@test "--expose of a command that the lock has not is a usage error, and nothing is changed" {
    tiny_root root
    before=$(manifest -c root)
    apply --expose jq,jello
    exits 2 "--expose: the lock has no command 'jello', but jq, just"
    silent_on "..."
    apply --expose jello --dry-run
    exits 2 "'jello'"
    same_manifest "$before" "$(manifest -c root)"
    applied root "$lock"
    before=$(manifest -c root)
    apply --expose jello
    exits 2 "'jello'"
    same_manifest "$before" "$(manifest -c root)"
    apply --expose
    exits 2 "option --expose needs a value"
    lock=$(lock_of small jq just nix)
    local -a names
    mapfile -t names < <(jq -r '.systems[] | .nix.commands[], .tools[].commands[]' "$lock" | sort)
    apply --expose jello
    exits 2 "but $(printf '%s, ' "${names[@]:0:10}")..."
    silent_on "${names[10]}"
}

# ---- --without-nix ----

@test "--without-nix makes the tools alone: no database, no configuration of Nix; and --with-nix adds all that without fetching the tools again" {
    tiny_root root
    root=root
    lock=$(lock_of small jq nix)
    apply --without-nix
    exits 0 "paths: 4, of them 4 fetched" "commands: jq"
    [ "$(linked)" = jq ]
    [ ! -e root/nix/var/nix/db/db.sqlite ]
    [ ! -e root/etc/nix ] && [ ! -L root/root/.nix-profile ]
    [ "$(find root/nix/store -maxdepth 1 -name '*-*' | wc -l)" -eq 5 ]
    [ ! -e "root$(path small nix)" ]
    [ "$(receipt .toolsOnly)" = true ]
    settled
    settled --without-nix
    total=$(closure "$lock" | wc -l)
    apply --with-nix --json
    exits 0
    json '.paths == {total: $n, present: 0, adopted: 4, fetched: ($n - 4)}' --argjson n "$total"
    [ "$(peek root 'select count(*) from ValidPaths')" -eq $((total + 1)) ]
    [ -f root/etc/nix/nix.conf ] && [ -L root/usr/local/bin/nix ]
    [ "$(receipt .toolsOnly)" = null ]
    settled
    settled --with-nix
    # It is the same as if it had been there from the beginning, but for the first generation.
    applied other "$lock"
    cmp <(cd other/nix/store && find . -maxdepth 1 ! -path "./$(basename "$(readlink ../../../root/nix/var/nix/profiles/nixgraft-1-link)")" | sort) \
        <(cd root/nix/store && find . -maxdepth 1 ! -path "./$(basename "$(readlink ../var/nix/profiles/nixgraft-1-link)")" | sort)
    same_manifest "$(manifest -n other/etc)" "$(manifest -n root/etc)"
}

@test "--without-nix: what is broken is found and repaired without a database" {
    tiny_root root
    lock=$(lock_of small jq nix)
    apply --without-nix
    exits 0
    victim=$(path small jq)
    chmod u+w "root$victim/bin/jq"
    echo changed >> "root$victim/bin/jq"
    graft verify --lock "$lock" --root root
    exits 4 "object $victim: " "1 finding;"
    graft verify --lock "$lock" --root root --repair --no-sync
    exits 0 "repaired"
    [ ! -e root/nix/var/nix/db/db.sqlite ]
    settled
}

@test "--without-nix is refused where a Nix has its database, and together with --with-nix" {
    lock=$(lock_of small jq nix)
    applied root "$lock"
    before=$(manifest -c root)
    apply --without-nix
    exits 5 "--without-nix: this root has the database of a Nix (/nix/var/nix/db/db.sqlite)" "--with-nix"
    same_manifest "$before" "$(manifest -c root)"
    apply --without-nix --with-nix
    exits 2 "--with-nix and --without-nix exclude each other"
    same_manifest "$before" "$(manifest -c root)"
    settled
}

# ---- --user ----

# share: a place that others can reach, unlike bats's own: a root with the users dev and other, a cache, the lock, the program.
share() {
    shared=$(mktemp -d "${TMPDIR:-/tmp}/nixgraft-cli.XXXXXX")
    chmod 755 "$shared"
    cd "$shared" || return
    cp "$NIXGRAFT" nixgraft
    cp "$lock" lock
    lock=lock
    # shellcheck disable=SC2046
    copy_cache small cache $(closure lock)
    sed -i "s|$(cache small)|file://$shared/cache|" lock
    tiny_root root
    root=$shared/root
    printf '%s\n' dev:x:4242:4243::/home/dev:/bin/sh other:x:4244:4244::/home/other:/bin/sh >> root/etc/passwd
    install -d -o 4242 -g 4243 root/home/dev
}
# as UID COMMAND...: without root.
as() { run --separate-stderr setpriv --reuid="$1" --regid=4243 --clear-groups --no-new-privs "${@:2}"; }
# strangers UID: what below /nix does not belong to him.
strangers() { find root/nix ! -uid "$1"; }

@test "--user: root makes an installation that is a user's: all below /nix, and nothing of the rest but ~/.nix-profile" {
    lock=$(lock_of small jq nix)
    share
    apply --user dev
    exits 0 "generation 1"
    [ -z "$(strangers 4242)" ] || fail "not his: $(strangers 4242)"
    [ -z "$(find root/nix ! -gid 4243)" ]
    for file in receipt.json lock locks/1.lock; do [ -f "root/nix/var/nixgraft/$file" ]; done
    [ "$(find root/etc root/usr root/root root/bin -user 4242)" = "" ]
    [ "$(readlink root/home/dev/.nix-profile)" = /nix/var/nix/profiles/per-user/dev/profile ]
    [ "$(stat -c %u root/home/dev/.nix-profile)" = 4242 ]
    [ -d root/nix/var/nix/profiles/per-user/dev ]
    [ "$(receipt .user)" = '"dev"' ]
    [ -z "$(find root/nix/store/*-* ! -type l ! -perm 444 ! -perm 555)" ]
    [ -z "$(find root/nix/store/*-* -newermt '1970-01-01 00:00:01 UTC')" ]
    settled --user dev
    settled --user 4242
    # Without the option it stays his.
    settled
    as 4242 ./nixgraft apply --no-sync --lock lock --root root
    exits 0 "nothing to do"
    as 4242 ./nixgraft verify --lock lock --root root
    exits 0 "right"
    # And of the numbers that it has in a database made by him there is no difference.
    applied plain lock
    cmp plain/nix/var/nix/db/db.sqlite root/nix/var/nix/db/db.sqlite
}

@test "--user by number, of somebody that the root does not know" {
    share
    apply --user 4711
    exits 0
    [ -z "$(strangers 4711)" ] || fail "not his: $(strangers 4711)"
    [ "$(receipt .user)" = '"4711"' ]
    settled --user 4711
    settled
    as 4711 ./nixgraft apply --no-sync --lock lock --root root
    exits 0 "nothing to do"
}

@test "--user: he goes on without root where no link must change, and is told where one must" {
    share
    touch root/usr/bin/man
    apply --user dev
    exits 0
    cp "$(lock_of next jq just)" newer
    # shellcheck disable=SC2046
    copy_cache next newcache $(closure newer)
    sed -i "s|$(cache next)|file://$shared/newcache|" newer
    outside=$(manifest -c root/usr; manifest -c root/etc)
    as 4242 ./nixgraft apply --no-sync --lock newer --root root
    exits 0 "generation 2"
    [ -z "$(strangers 4242)" ] || fail "not his: $(strangers 4242)"
    same_manifest "$outside" "$(manifest -c root/usr; manifest -c root/etc)"
    [ "$(readlink "root$(readlink root/nix/var/nix/profiles/nixgraft-2-link)/bin/jq")" = "$(path next jq)/bin/jq" ]
    as 4242 ./nixgraft verify --lock newer --root root
    exits 0
    as 4242 ./nixgraft apply --no-sync --lock newer --root root
    exits 0 "nothing to do"
    # One command less: its link is not his to take away.
    before=$(manifest -c root)
    as 4242 ./nixgraft apply --no-sync --lock newer --root root --expose jq
    exits 5 "/usr/local/bin/just cannot be taken back (run as root"
    same_manifest "$before" "$(manifest -c root)"
    lock=newer
    apply --expose none
    exits 0
    [ -z "$(strangers 4242)" ]
    # Without links on PATH, the commands are his business; a page that leads nowhere then is left, and told to be ours.
    sed "s|$(cache small)|file://$shared/cache|" "$(lock_of small jq)" > less
    as 4242 ./nixgraft apply --no-sync --lock less --root root
    exits 0 "generation 3"
    [ -L root/usr/local/share/man/man1/just.1.gz ]
    [ "$(receipt '[.wires[].path] | index("/usr/local/share/man/man1/just.1.gz") != null')" = true ]
    as 4242 ./nixgraft verify --lock less --root root
    exits 0
    as 4242 ./nixgraft apply --no-sync --lock less --root root
    exits 0 "nothing to do"
    lock=less
    apply --expose jq
    exits 0
    [ ! -L root/usr/local/share/man/man1/just.1.gz ] && [ -L root/usr/local/share/man/man1/jq.1.gz ]
}

@test "--user: with --expose none he needs no root but for /nix" {
    share
    install -d -o 4242 root/nix
    before=$(manifest -c root/usr; manifest -c root/etc)
    as 4242 ./nixgraft apply --no-sync --lock lock --root root --expose none
    exits 0 "none linked" "not made: /etc/profile.d/nixgraft.sh (no right to write there; \`nixgraft apply\` by root makes it)"
    [ -z "$(strangers 4242)" ]
    same_manifest "$before" "$(manifest -c root/usr; manifest -c root/etc)"
    as 4242 ./nixgraft apply --no-sync --lock lock --root root
    exits 0 "nothing to do"
    as 4242 ./nixgraft verify --lock lock --root root
    exits 0
    # Root's apply follows who owns the store, and does what he could not.
    apply
    exits 0
    [ -z "$(strangers 4242)" ]
    [ -f root/etc/profile.d/nixgraft.sh ]
    [ "$(receipt .user)" = '"dev"' ]
    settled
}

# not_writable UID: can he, whose all of it was, change no program any more, nor by another name that he gave it?
not_writable() {
    as "$1" sh -c 'for file in root/nix/store/*/bin/*; do chmod u+w "$file" || echo x >> "$file" || continue; echo "wrote $file"; done'
    silent_on wrote
    [ ! -e elsewhere/name ] || { as "$1" chmod u+w elsewhere/name; exits 1 "Operation not permitted"; }
}

@test "--user: it can be given to another, and root takes it back: with all files, since the one before may have changed them" {
    share
    apply --user dev
    exits 0
    silent_on "the store was that of"
    install -d -o 4242 elsewhere
    as 4242 ln "root$(path small jq)/bin/jq" elsewhere/name
    as 4242 ln root/nix/var/nix/db/schema elsewhere/schema
    apply --user other --json
    exits 0 "the store was that of dev (4242), who may have changed what is in it: look at it with \`nixgraft verify\`"
    json '.paths.fetched == 0 and .generation == 1'
    [ -z "$(strangers 4244)" ] || fail "not other's: $(strangers 4244)"
    not_writable 4242
    settled
    apply --user root
    exits 0 "the store was that of other (4244)"
    [ -z "$(strangers 0)" ] || fail "not root's: $(strangers 0)"
    not_writable 4244
    settled
    settled --user root
    # Of what is root's, a single-user Nix needs the directories; but what has a second name may be a stranger's.
    rm elsewhere/*
    apply --user dev
    exits 0
    silent_on "the store was that of"
    [ -z "$(find root/nix -type d ! -user 4242)" ] && [ -z "$(find root/nix/var ! -user 4242)" ]
    [ -z "$(find root/nix/store -type f ! -user 0)" ]
    apply --user root --quiet
    exits 0
    [ -z "$output$stderr" ]
    [ -z "$(strangers 0)" ] || fail "not root's: $(strangers 0)"
}

@test "--user: of a new number the files stay as they are; but a receipt cannot say that he is somebody else" {
    share
    apply --user dev
    exits 0
    sed -i 's/^dev:x:4242:/dev:x:5252:/' root/etc/passwd
    apply
    exits 0
    silent_on "the store was that of"
    [ -z "$(find root/nix -type d ! -user 5252)" ] && [ -z "$(find root/nix/store/*-* -type f ! -user 4242)" ]
    for user in root other; do
        sed -i "s/\"user\": \"[^\"]*\"/\"user\": \"$user\"/" root/nix/var/nixgraft/receipt.json
        [ "$(receipt .user)" = "\"$user\"" ]
        apply --user "$user"
        exits 0 "the store was that of dev (5252)"
        [ -z "$(find root/nix -user 5252)" ]
        apply --user dev
    done
}

@test "--user: somebody unknown is a usage error, and only root works for others" {
    share
    before=$(manifest -c root)
    apply --user nobodyhere
    exits 2 "there is no user 'nobodyhere' in /etc/passwd of this root"
    as 4242 ./nixgraft apply --no-sync --lock lock --root root --user other
    exits 5 "--user other: only root can install for somebody else"
    same_manifest "$before" "$(manifest -c root)"
    apply --user dev
    exits 0
    before=$(manifest -c root)
    as 4244 ./nixgraft apply --no-sync --lock lock --root root --expose none
    exits 5 "/nix/store belongs to dev (4242), and you are 4244" "nixgraft rechown --user 4244"
    same_manifest "$before" "$(manifest -c root)"
}

@test "whoever uses a store of root's: apply has nothing to do and verify finds it right, though root's home is closed to him" {
    lock=$(lock_of small jq nix)
    share
    apply
    exits 0
    chmod 700 root/root
    before=$(manifest -c root)
    as 4244 ./nixgraft apply --no-sync --lock lock --root root
    exits 0 "nothing to do"
    as 4244 ./nixgraft verify --lock lock --root root
    exits 0 "0 findings"
    same_manifest "$before" "$(manifest -c root)"
}

# ---- who owns the store writes what root reads ----

# forge FILTER: the receipt as its owner may change it.
forge() {
    jq "$1" "$root/nix/var/nixgraft/receipt.json" > forged
    cat forged > "$root/nix/var/nixgraft/receipt.json"
}

@test "a forged receipt makes nobody else's file nixgraft's own" {
    share
    apply --user dev
    exits 0
    mkdir -p root/home/other root/usr/local/share/man/x root/opt/a
    ln -s /home/other/profile root/home/other/.nix-profile
    ln -s /opt/a root/usr/local/share/man/x/a
    forge '.wires += [{path: "/home/other/.nix-profile", target: "/home/other/profile"},
        {path: "/usr/local/share/man/x/a", target: "/opt/a"}, {path: "/etc/passwd", sha256: .lock}]'
    sed -i 's/"version": "1/"version": "0/' lock
    apply
    exits 0
    silent_on /home/other /opt
    graft remove --root root
    [ -L root/home/other/.nix-profile ] && [ -L root/usr/local/share/man/x/a ] && [ -e root/etc/passwd ]
    apply --user dev
    forge '.wires += [{path: "/usr/local/bin/\u001b[31mX", target: "/nix/var/nix/profiles/x"}]'
    graft remove --root root
    exits 6 printable
    silent_on $'\e'
}

# An administrator's own files, in places of nixgraft's; anybody can read them and so knows their digests.
@test "a forged receipt with their digests makes files of an administrator's nobody's but his" {
    local file
    local -a files=(usr/local/bin/backup usr/local/share/man/man1/admin.1 etc/nix/nix.conf etc/nix/registry.json home/other/.nix-profile)
    share
    for file in "${files[@]}"; do
        mkdir -p "root/${file%/*}"
        echo "an administrator's" > "root/$file"
    done
    apply --user dev
    exits 0
    cp -a root/usr usr
    for file in "${files[@]}"; do
        forge ".wires += [{path: \"/$file\", sha256: \"sha256-$(openssl dgst -sha256 -binary "root/$file" | base64)\"}]"
    done
    lock=$(lock_of small jq)
    apply
    exits 0
    verify_left() { for file in "${files[@]}"; do [ "$(cat "root/$file")" = "an administrator's" ] || fail "$1: $file"; done; }
    verify_left apply
    graft rollback --root root
    verify_left rollback
    graft remove --purge-nix --root root
    exits 0
    verify_left remove
}

@test "a forged receipt's folders get no other time" {
    share
    apply --user dev
    mkdir root/opt
    touch root/opt/new root/etc/new
    forge '.folders += ["/etc/passwd", "/opt/new", "/opt", "/home/dev/x"] | .wires += [{path: "/etc/new", target: "/nix/var/nix/profiles/x"}]'
    lock=$(lock_of small jq)
    touch root/etc/passwd root/opt/new root/etc/new root/opt
    SOURCE_DATE_EPOCH=5 apply
    exits 0
    [ "$(stat -c %Y root/usr/local/bin)" = 5 ]
    ! stat -c %Y root/etc/passwd root/opt/new root/opt root/etc/new root/home/dev | grep -x 5
}

@test "what --force moved aside returns as soon as nothing of nixgraft stands there any more" {
    tiny_root root
    root=root
    echo mine > root/usr/local/bin/jq
    apply --force
    exits 0 "moved aside: /usr/local/bin/jq"
    apply --expose just --dry-run
    exits 0
    apply --expose just --json
    exits 0
    json '.movedBack == ["/usr/local/bin/jq"]'
    [ "$(cat root/usr/local/bin/jq)" = mine ]
    [ ! -e root/usr/local/bin/jq.before-nixgraft ]
    [ "$(receipt '.movedAside // []')" = "[]" ]
    settled
}

@test "a folder of Nix's state that is a link is refused: root writes nothing elsewhere" {
    local folder
    share
    apply --user dev
    mkdir victim
    for folder in nixgraft/locks nix/profiles nix/gcroots nix/profiles/per-user nix/gcroots/per-user; do
        mv "root/nix/var/$folder" aside
        ln -s "$shared/victim" "root/nix/var/$folder"
        apply --force
        exits 5 "/nix/var/$folder is not a directory"
        rm "root/nix/var/$folder"
        mv aside "root/nix/var/$folder"
        [ -z "$(ls victim)" ]
    done
}

@test "a lock file that is a link or has a second name is refused: root writes nothing through it, and makes nothing" {
    local file how
    share
    apply --user dev
    cp root/etc/passwd passwd
    lock=$(lock_of small jq)
    for file in nix/profiles/nixgraft.lock nixgraft/lock nix/gc.lock nix/db/big-lock; do
        for how in "-s /etc/passwd" "-s /etc/nologin" "root/etc/passwd"; do
            rm -f "root/nix/var/$file"
            # shellcheck disable=SC2086
            ln $how "root/nix/var/$file"
            apply
            exits 5 "/nix/var/$file: a lock file must be a regular file of one name, and no link; move it away"
            cmp passwd root/etc/passwd
            [ ! -e root/etc/nologin ]
            rm "root/nix/var/$file"
        done
    done
    apply
    exits 0
    in_place root "$lock"
}

# ---- interrupted ----

# kill_at FOLDER CALL N ARG...: a run that is killed when it makes CALL in FOLDER for the N-th time.
kill_at() {
    run strace -f -qq -o /dev/null -P "$PWD/root$1" -e "trace=$2" -e "inject=$2:signal=KILL:when=$3" \
        "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root root "${@:4}"
    [ "$status" -eq 137 ] || fail "it was not killed, but ended with $status: $output"
}

@test "an apply that was killed between its links is completed, and knows what it had made and chosen" {
    tiny_root root
    tiny_root plain
    root=root
    touch root/usr/bin/man plain/usr/bin/man
    graft apply --no-sync --lock "$lock" --root plain --expose just,jq
    exits 0
    kill_at /usr/local/bin renameat 2 --expose just,jq
    [ -L root/usr/local/bin/jq ] && [ ! -L root/usr/local/bin/just ]
    [ "$(receipt .unfinished)" = true ]
    graft verify --lock "$lock" --root root
    exits 4 "/usr/local/bin/just"
    apply
    exits 0 "generation 1" "0 fetched"
    [ "$(receipt .unfinished)" = null ]
    [ "$(receipt .expose)" = '["jq","just"]' ]
    settled
    same_manifest "$(manifest -n plain)" "$(manifest -n root)"
}

@test "an apply for a user that was killed while the state is given is completed" {
    share
    for file in "" /receipt.json; do
        kill_at "/nix/var/nixgraft$file" fchownat 1 --user dev
        [ -n "$(strangers 4242)" ]
        apply --user dev
        exits 0
        # Of objects that a killed run left and nobody had been given, a single-user Nix needs the directories.
        [ -z "$(find root/nix -type d ! -user 4242)" ] && [ -z "$(find root/nix/var ! -user 4242)" ]
        settled
        unlocked root/nix
        rm -rf root/nix
    done
}

@test "root takes a store from a user, and is killed: the store directory is still the user's, or all is root's" {
    share
    apply --user dev
    for place in /nix/var "/nix/store/$(basename "$(path small jq)")" /nix/store; do
        kill_at "$place" fchownat 1 --user root
        [ "$(stat -c %u root/nix/store)" = 4242 ]
        [ -n "$(strangers 0)" ]
        apply --user root
        exits 0 "the store was that of dev (4242)"
        [ -z "$(strangers 0)" ] || fail "not root's: $(strangers 0)"
        settled
        apply --user dev
    done
}

# ---- pages and completions ----

# links_below DIR: what nixgraft linked there, as the names below /usr/local/share.
links_below() { [ ! -d "root/usr/local/share$1" ] || (cd root/usr/local/share && find ".$1" -type l -printf '%P\n' | LC_ALL=C sort); }

@test "pages and completions are linked where somebody reads them, also when he comes later" {
    tiny_root root
    apply
    exits 0
    [ ! -e root/usr/local/share ]
    settled
    touch root/usr/bin/man
    apply
    exits 0
    [ "$(links_below /man)" = $'man1/jq.1.gz\nman1/just.1.gz' ]
    [ "$(readlink root/usr/local/share/man/man1/jq.1.gz)" = /nix/var/nix/profiles/nixgraft/share/man/man1/jq.1.gz ]
    [ "$(ls root/usr/local/share)" = man ]
    settled
    mkdir -p root/usr/share/bash-completion
    touch root/usr/share/bash-completion/bash_completion root/usr/bin/fish root/usr/bin/zsh
    apply
    exits 0
    [ "$(links_below /bash-completion)" = completions/just ]
    [ "$(readlink root/etc/fish/completions/just.fish)" = /nix/var/nix/profiles/nixgraft/share/fish/vendor_completions.d/just.fish ]
    settled
    # They follow the environment: what it has no more goes, and what nobody reads goes.
    lock=$(lock_of small jq)
    rm root/usr/bin/fish
    apply
    exits 0
    [ "$(links_below "")" = man/man1/jq.1.gz ]
    [ ! -L root/etc/fish/completions/just.fish ]
    settled
}

@test "all of them at once on a fresh root, and none without a reader" {
    tiny_root root
    mkdir -p root/usr/share/bash-completion
    touch root/usr/bin/{man,zsh,fish} root/usr/share/bash-completion/bash_completion
    apply
    exits 0
    cmp <(cd root/nix/store/*-nixgraft-environment/share && find . -type l -printf '%P\n' | sort) \
        <({ links_below "" && cd root/etc/fish/completions && find . -type l -printf 'fish/vendor_completions.d/%P\n'; } | sort)
    settled
}

@test "reports name files and commands, and count pages and completions; those for machines have them all" {
    tiny_root root
    mkdir -p root/usr/share/bash-completion
    touch root/usr/bin/{man,fish} root/usr/share/bash-completion/bash_completion
    lock=$(lock_of small jq just nix)
    apply
    exits 0
    lock=$(lock_of small jq nix)
    apply
    exits 0 "  taken back: /usr/local/bin/just and 3 manual pages and completions"
    silent_on just.1.gz just.fish
    graft remove --root root --dry-run
    exits 0 "  taken back: /usr/local/bin/jq and 1 manual page or completion"
    silent_on jq.1.gz
    graft remove --root root --json
    exits 0
    json '.removed | index("/usr/local/share/man/man1/jq.1.gz")'
}

@test "somebody else's page is kept and told, and ours comes when it goes" {
    tiny_root root
    root=root
    mkdir -p root/usr/local/share/man/man1
    echo own > root/usr/local/share/man/man1/jq.1.gz
    touch root/usr/bin/man
    apply
    exits 0 "kept: 1 manual page or completion (nixgraft did not make it)"
    [ "$(cat root/usr/local/share/man/man1/jq.1.gz)" = own ]
    [ "$(receipt .kept)" = '["/usr/local/share/man/man1/jq.1.gz"]' ]
    settled
    rm root/usr/local/share/man/man1/jq.1.gz
    apply
    exits 0
    [ -L root/usr/local/share/man/man1/jq.1.gz ]
    [ "$(receipt .kept)" = '[]' ]
    settled
}

@test "a user who may not write there does without the pages" {
    share
    touch root/usr/bin/man
    install -d -o 4242 root/nix
    as 4242 ./nixgraft apply --no-sync --lock lock --root root --expose none
    exits 0
    [ ! -e root/usr/local/share ]
    as 4242 ./nixgraft apply --no-sync --lock lock --root root
    exits 0 "nothing to do"
}
