# `nixgraft doctor`: each thing that can be wrong is made wrong for real, found, told with its remedy, and gone once that is followed.
# Programs run in throw-away roots by chroot, in a mount namespace of their own: there the root is "/".
load ../lib

setup_file() {
    export lock
    lock=$(lock_of small jq)
    good=$BATS_FILE_TMPDIR/good
    bare "$good"
    "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root "$good" > /dev/null
    cp "$lock" "$good/lock"
}

teardown_file() { unlocked "$BATS_FILE_TMPDIR"; }

setup() {
    work_folder
    cp -a "$BATS_FILE_TMPDIR/good" root
    variables=(USER=root HOME=/root PATH=/usr/local/bin:/usr/bin:/bin)
    mounts=:
    user=0
}

teardown() { unlocked "$BATS_TEST_TMPDIR"; }

# bare DIR: a root that nothing is wrong with, before any apply.
bare() {
    tiny_root "$1"
    mkdir -p "$1/etc/ssl/certs" "$1/proc"
    echo "a bundle" > "$1/etc/ssl/certs/ca-certificates.crt"
    echo dev:x:1000:1000:dev:/home/dev:/bin/bash >> "$1/etc/passwd"
    install -d -o 1000 -g 1000 "$1/home/dev"
    chmod 1777 "$1/tmp"
    cp "$NIXGRAFT" "$1/nixgraft"
}

# doctor ARG...: in the root, as $user, with $variables and nothing else, after the commands $mounts. The shell stays the parent.
doctor() {
    # shellcheck disable=SC2016
    run --separate-stderr unshare --mount --propagation private bash -c "$mounts"' || exit 99; "$@"; exit $?' - \
        env -i "${variables[@]}" "$(command -v chroot)" "--userspec=$user:$user" root /nixgraft doctor "$@"
}

# healthy [NOTE...]: nothing is wrong, and these checks, and no others, have something to note.
healthy() {
    doctor
    exits 0 "healthy: 0 problems, $# note"
    silent_on "problem: "
    doctor --quiet
    exits 0
    [ -z "$output" ] || fail "$output"
    doctor --json
    exits 0
    json '.result == "healthy" and [.findings[].check] == $checks and all(.findings[]; .severity == "note")' \
        --argjson checks "$(jq -nc '$ARGS.positional' --args "$@")"
}

# finds SEVERITY CHECK SUBJECT REASON REMEDY: this one problem or note, for people and for machines, and the root stays as it is.
finds() {
    local before status_wanted=0
    [ "$1" = note ] || status_wanted=1
    before=$(manifest -c root)
    doctor
    exits "$status_wanted" "$1: $3 $4"
    sed -n "/^$1: /{N;p}" <<< "$output" | grep -A 1 -F "$1: $3 $4" | grep -qxF "  remedy: $5" || fail "no remedy '$5':" "$output"
    doctor --json
    exits "$status_wanted"
    json '.result == (if $grade == "note" then "healthy" else "sick" end) and
        ([.findings[] | select(.severity == $grade)] == [{severity: $grade, check: $check, subject: $subject,
            reason: (.findings[] | select(.severity == $grade).reason), remedy: $remedy}]) and
        (.findings[] | select(.severity == $grade).reason | startswith($reason))' \
        --arg grade "$1" --arg check "$2" --arg subject "$3" --arg reason "$4" --arg remedy "$5"
    if [ "$1" = problem ]; then
        doctor --quiet
        exits 1 "problem: $3 " "nixgraft doctor: 1 problem in /"
        silent_on "note: "
    fi
    same_manifest "$before" "$(manifest -c root)"
}

# told SEVERITY CHECK SUBJECT: is it among what the last --json told?
told() { json 'any(.findings[]; .severity == $a and .check == $b and .subject == $c)' --arg a "$1" --arg b "$2" --arg c "$3"; }

apply() { "$NIXGRAFT" apply --quiet --no-sync --lock "$lock" --root root "$@" > /dev/null; }

@test "a root that follows its lock is healthy, and so is one before its first apply" {
    before=$(manifest -c root)
    healthy
    same_manifest "$before" "$(manifest -c root)"
    graft doctor --root root
    exits 0 "healthy: 0 problems, 0 notes"
    unlocked root
    rm -rf root
    bare root
    before=$(manifest -c root)
    healthy lock nix
    exits 0 "is not here" "nixgraft lock, or name one with --lock FILE" \
        "is missing: nothing is installed yet" "nothing: \`nixgraft apply\` makes it"
    same_manifest "$before" "$(manifest -c root)"
    graft doctor --root root --lock "$lock" --json
    exits 0
    json '[.findings[].check] == ["nix"]'
    graft doctor --root root --lock nonesuch
    exits 6 "nonesuch: there is no such lock"
    graft doctor --root nonesuch
    exits 5 "--root nonesuch"
    graft doctor all
    exits 2 "'all' is not expected"
}

@test "a lock that is no lock, or has nothing for the root" {
    unlocked root
    rm -rf root
    bare root
    echo '{' > closure.lock
    graft doctor --root root --json
    exits 1
    told problem lock closure.lock
    jq '.systems = {"aarch64-linux": .systems["x86_64-linux"]}' "$lock" > closure.lock
    graft doctor --root root
    exits 1 "problem: closure.lock " "this root is x86_64-linux, and the lock has aarch64-linux" \
        "remedy: add it with \`nixgraft lock --system x86_64-linux\`"
    cp "$lock" closure.lock
    graft doctor --root root
    exits 0 "healthy: 0 problems, 1 note"
}

@test "--lock: every remedy that is an apply names it" {
    rm root/usr/local/bin/jq
    mkdir root/nix/var/nixgraft/spool
    touch root/nix/var/nixgraft/spool/x
    graft doctor --root root --lock "$lock" --json
    exits 1
    json '[.findings[] | {check, remedy}] == [{check: "spool", remedy: "nothing: the next `\($apply)` goes on with them"},
        {check: "files", remedy: $apply}]' --arg apply "nixgraft apply --root $PWD/root --lock $lock"
    chown -R 4711 root/nix
    graft doctor --root root --lock "$lock" --json
    json '[.findings[] | select(.check == "owner").remedy] == [$rechown]' --arg rechown "nixgraft rechown --root $PWD/root"
    unlocked root
    rm -rf root
    bare root
    cp "$lock" root/usr/lock
    printf '#!/bin/sh\n' > root/usr/local/bin/jq
    doctor --lock usr/lock
    exits 1 "remedy: nothing: \`nixgraft apply --lock usr/lock\` makes it" \
        "remedy: nixgraft apply --force --lock usr/lock, which moves it to /usr/local/bin/jq.before-nixgraft"
}

@test "--lock: that the root follows another lock is told once, and what differs by it is not told besides" {
    local other=$BATS_TEST_TMPDIR/other.lock
    follows_another() { # SUBJECT...: of the problems and notes besides
        graft doctor --root root --lock "$other" --json
        exits 1
        json '.findings[0] == {severity: "problem", check: "lock", subject: $other,
            reason: "is not the lock that this root follows: generation 1 has another",
            remedy: "nixgraft apply --root \($root) --lock \($other), which brings the root up to date with it"} and
            [.findings[1:][].subject] == $besides' --arg other "$other" --arg root "$PWD/root" \
            --argjson besides "$(jq -nc '$ARGS.positional' --args "$@")"
    }
    # The same links; more, with a Nix; others.
    jq -c . "$lock" > "$other"
    differ "$lock" "$other"
    follows_another
    cp "$(lock_of small jq just nix)" "$other"
    follows_another
    cp "$(lock_of small just)" "$other"
    follows_another
    # What does not stand as the one that is followed wants it is told, and what is in the way of the other.
    cp "$(lock_of small jq just)" "$other"
    rm root/usr/local/bin/jq
    printf '#!/bin/sh\n' > root/usr/local/bin/just
    follows_another /usr/local/bin/jq /usr/local/bin/just
    rm root/usr/local/bin/just
    # Its remedy works; without --lock, and for a killed apply's root, there is no such problem.
    graft doctor --root root
    exits 1 "problem: /usr/local/bin/jq is missing"
    silent_on "another"
    jq '.unfinished = true' root/nix/var/nixgraft/receipt.json > receipt
    cp receipt root/nix/var/nixgraft/receipt.json
    graft doctor --root root --lock "$other"
    exits 1 "did not come to its end"
    silent_on "generation 1 has another"
    lock=$other apply
    graft doctor --root root --lock "$other"
    exits 0 "healthy: 0 problems, 0 notes"
}

@test "who has a /nix of his own and may not write /usr/local/bin: what apply would be refused for is told before" {
    local remedy="nixgraft apply --expose none, or apply as root, on a writable file system"
    unlocked root
    rm -rf root
    bare root
    cp "$lock" root/closure.lock
    user=1000
    variables=(USER=dev HOME=/home/dev PATH=/usr/local/bin:/usr/bin)
    install -d -o 1000 -g 1000 root/nix
    finds problem files /usr/local/bin/jq "(and others) cannot be made by you: an apply would be refused" "$remedy"
    by_dev() { run --separate-stderr chroot --userspec=1000:1000 root /nixgraft "$@"; }
    by_dev apply --dry-run
    exits 5 "/usr/local/bin/jq cannot be made"
    # Root can, and he who may write there; a stranger could not apply anyway.
    user=0
    variables=(USER=root HOME=/root PATH=/usr/local/bin)
    healthy
    user=1000
    variables=(USER=dev HOME=/home/dev PATH=/usr/local/bin:/nix/var/nix/profiles/nixgraft/bin)
    chown 1000 root/usr/local/bin root/etc
    healthy
    chown 0 root/etc
    finds problem files /etc/profile.d/nixgraft.sh "cannot be made by you" "$remedy"
    chown 0 root/usr/local/bin
    # The remedy is remembered: then nothing is to be made there, for another lock neither.
    mkdir root/cache
    mounts="mount --bind '$F/caches/small-zstd' root/cache"
    run unshare --mount bash -c "$mounts && chroot --userspec=1000:1000 root /nixgraft apply -q --expose none --cache file:///cache"
    exits 0
    healthy
    cp "$(lock_of small just)" root/other.lock
    doctor --lock other.lock --json
    json '[.findings[].check] == ["lock"]'
    # Where root has linked, another lock takes root again; so does a link that is gone.
    mounts=:
    apply --user dev --expose all
    healthy
    doctor --lock other.lock --json
    json '.findings[1] == {severity: "problem", check: "files", subject: "/usr/local/bin/just",
        reason: "cannot be made by you: an apply would be refused",
        remedy: "as root, on a writable file system: nixgraft apply --lock other.lock"}'
    rm root/usr/local/bin/jq
    finds problem files /usr/local/bin/jq "is missing" "as root, on a writable file system: nixgraft apply"
}

@test "libraries of Nix for programs of Debian: in the environment, and in files" {
    for name in LD_LIBRARY_PATH LD_PRELOAD; do
        variables+=("$name=/nix/store/none/lib")
        finds problem linker $name "is /nix/store/none/lib: libraries of Nix kill" "unset $name"
        unset 'variables[-1]'
        healthy
        variables+=("$name=/opt/none/lib")
        finds note linker $name "is /opt/none/lib: " "unset $name"
        unset 'variables[-1]'
    done
    mkdir -p root/etc/ld.so.conf.d
    forced() {
        printf '# /nix/store LD_LIBRARY_PATH\n\n%s\n' "$2" > "root$1"
        finds problem linker-files "$1" "line 3 forces libraries of Nix on programs of Debian" "$3"
        sed -i 3d "root$1"
        healthy
        rm "root$1"
    }
    forced /etc/environment "LD_LIBRARY_PATH=/nix/store/x/lib" "take that line out"
    forced /etc/profile.d/x.sh "  export LD_PRELOAD=/nix/store/x/lib/y.so" "take that line out"
    forced /etc/ld.so.conf.d/nix.conf "/nix/var/nix/profiles/default/lib" "take that line out, and run ldconfig"
    forced /etc/ld.so.preload "/nix/store/x/lib/y.so" "take that line out, and run ldconfig"
    echo 'export NIX_SSL_CERT_FILE=/nix/store/x/ca.crt' > root/etc/profile.d/x.sh
    healthy
}

@test "a umask that shuts others out" {
    mounts='mount --rbind /proc root/proc && umask 077'
    finds note umask umask "is 0077: others cannot use what is made under it" \
        "umask 022, before anything is made that others are to use"
    mounts='mount --rbind /proc root/proc && umask 022'
    healthy
}

@test "USER, HOME and a user without a line in /etc/passwd" {
    variables=(HOME=/root PATH=/usr/local/bin)
    finds note user USER "is not set" "export USER=root"
    variables=(USER=root PATH=/usr/local/bin)
    finds note home HOME "is not set" "set HOME to a directory of your own"
    variables=(USER=root HOME=/nonesuch PATH=/usr/local/bin)
    finds note home HOME "is /nonesuch, which is not there" "set HOME to a directory of your own"
    variables=(USER=root HOME=/home/dev PATH=/usr/local/bin)
    finds note home HOME "is /home/dev, which belongs to user 1000" "set HOME to a directory of your own"
    user=4711
    variables=(USER=x HOME=/root PATH=/usr/local/bin)
    doctor --json
    exits 0
    told note user /etc/passwd
    told note home HOME
    told note caller /nix/store
    exits 0 "which you may not write" "has no user 4711" "tools work, but \`nix\` and \`nixgraft apply\` can change nothing"
    # What is closed to a stranger is no problem of the root; to its owner it is.
    chmod 700 root/root
    lock=$(lock_of small jq nix)
    apply
    doctor --json
    exits 0
    silent_on .nix-profile
    chmod 600 root/nix/var/nix/db/db.sqlite
    doctor --json
    exits 0
    told note database /nix/var/nix/db/db.sqlite
    user=0
    variables=(USER=root HOME=/root PATH=/usr/local/bin)
    healthy
}

@test "certificates: no bundle, a variable that leads nowhere, a bundle that is not Debian's" {
    bundle=/etc/ssl/certs/ca-certificates.crt
    mv "root$bundle" kept
    finds problem certificates $bundle "is not there: https will not work" "apt-get install ca-certificates"
    graft doctor --root root --json # a tree that is being built may get one later
    exits 0
    told note certificates $bundle
    variables+=(NIX_SSL_CERT_FILE=/nonesuch)
    finds problem certificates NIX_SSL_CERT_FILE "is /nonesuch, which cannot be read" \
        "apt-get install ca-certificates; export NIX_SSL_CERT_FILE=$bundle"
    mv kept "root$bundle"
    finds problem certificates NIX_SSL_CERT_FILE "is /nonesuch, which cannot be read" "export NIX_SSL_CERT_FILE=$bundle"
    variables[-1]=NIX_SSL_CERT_FILE=$bundle
    healthy
    cp "root$bundle" root/own.crt
    variables[-1]=NIX_SSL_CERT_FILE=/own.crt
    finds note certificates NIX_SSL_CERT_FILE "is /own.crt: certificates that update-ca-certificates adds do not count" \
        "export NIX_SSL_CERT_FILE=$bundle"
}

@test "a locale that is not there, in an archive or a folder; LOCALE_ARCHIVE" {
    for name in C POSIX C.UTF-8 C.utf8; do
        variables+=(LC_ALL=$name)
        healthy
    done
    variables+=(LC_ALL= LANG=en_US.UTF-8)
    finds note locale LANG "is en_US.UTF-8, a locale that is not there" \
        "use C.UTF-8, or apt-get install locales and make it with locale-gen"
    mkdir -p root/usr/lib/locale/en_US.utf8
    healthy
    variables+=(LOCALE_ARCHIVE=/nonesuch)
    finds note locale-archive LOCALE_ARCHIVE "is /nonesuch, which is not there" "unset LOCALE_ARCHIVE"
    unset 'variables[-1]'
    rmdir root/usr/lib/locale/en_US.utf8
    [ -e /usr/share/i18n/locales/en_US ] || skip "no sources of locales here"
    localedef -i en_US -f UTF-8 --prefix="$PWD/root" en_US.UTF-8
    finds note locale LOCALE_ARCHIVE "is not set: programs of the store do not find the locale en_US.UTF-8" \
        "eval \"\$(nixgraft env)\""
    eval "$("$NIXGRAFT" env --root root)"
    variables+=("LOCALE_ARCHIVE=$LOCALE_ARCHIVE")
    healthy
    variables+=(LANG=en_US)
    doctor
    exits 0 "LANG is en_US, a locale that is not there"
}

@test "PATH: without the links, or with another command before them" {
    variables=(USER=root HOME=/root PATH=/usr/bin:/bin)
    finds problem path PATH "lacks /usr/local/bin, where the lock's commands are" "export PATH=\"/usr/local/bin:\$PATH\""
    variables[2]=PATH=/usr/bin:/usr/local/bin
    healthy
    printf '#!/bin/sh\n' > root/usr/bin/jq
    chmod 755 root/usr/bin/jq
    finds problem path jq "is found on PATH as /usr/bin/jq, before the lock's in /usr/local/bin" \
        "export PATH=\"/usr/local/bin:\$PATH\""
    variables[2]=PATH=/usr/local/bin:/usr/bin:/usr/local/bin
    healthy
    variables[2]=PATH=/nix/var/nix/profiles/nixgraft/bin:/usr/bin:/usr/local/bin
    healthy
    rm root/usr/bin/jq
    # Of a folder that hides several there is one finding, and nothing of Debian's is to be removed.
    lock=$(lock_of small)
    apply
    variables[2]=PATH=/usr/bin:/usr/local/bin
    hidden=(root/usr/local/bin/*)
    [ "${#hidden[@]}" -gt 1 ] || fail "only ${hidden[*]}"
    for command in "${hidden[@]##*/}"; do install -m 755 /dev/null "root/usr/bin/$command"; done
    named=$(printf '%s, ' "${hidden[@]##*/}" | cut -d , -f 1-5)
    finds problem path /usr/bin "comes before /usr/local/bin on PATH and hides ${#hidden[@]} commands of the lock: ${named%, }" \
        "export PATH=\"/usr/local/bin:\$PATH\""
    rm "${hidden[@]/local\/}"
    healthy
    # A single file elsewhere is named; it may be removed if no package owns it.
    mkdir -p root/opt/own root/var/lib/dpkg/info
    install -m 755 /dev/null root/opt/own/jq
    variables[2]=PATH=/opt/own:/usr/local/bin:/usr/bin
    finds problem path jq "is found on PATH as /opt/own/jq, before" "export PATH=\"/usr/local/bin:\$PATH\", or remove /opt/own/jq"
    printf 'Package: own\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n' > root/var/lib/dpkg/status
    printf '/.\n/opt\n/opt/own\n/opt/own/jq\n' > root/var/lib/dpkg/info/own.list
    finds problem path jq "is found on PATH as /opt/own/jq, before" "export PATH=\"/usr/local/bin:\$PATH\""
    : > root/var/lib/dpkg/info/own.list
    finds problem path jq "is found on PATH as /opt/own/jq, before" "export PATH=\"/usr/local/bin:\$PATH\", or remove /opt/own/jq"
    echo nonsense > root/var/lib/dpkg/status
    finds problem path jq "is found on PATH as /opt/own/jq, before" "export PATH=\"/usr/local/bin:\$PATH\""
    rm -r root/opt/own root/var/lib/dpkg
    # Not linked: then the profile must be on PATH.
    apply --expose none
    variables[2]=PATH=/usr/local/bin:/usr/bin
    finds problem path PATH "lacks /nix/var/nix/profiles/nixgraft/bin" "export PATH=\"/nix/var/nix/profiles/nixgraft/bin:\$PATH\""
    eval "$(PATH=/usr/bin "$NIXGRAFT" env --root root | grep PATH=)"
    variables[2]=PATH=$PATH
    healthy
}

@test "another Nix: on PATH, a daemon" {
    printf '#!/bin/sh\n' > root/usr/bin/nix
    chmod 755 root/usr/bin/nix
    finds note other-nix /usr/bin/nix "is a Nix that no lock pins" \
        "nothing, if it is meant; else remove it"
    rm root/usr/bin/nix
    mkdir root/nix/var/nix/daemon-socket
    mkfifo root/nix/var/nix/daemon-socket/socket
    finds note daemon /nix/var/nix/daemon-socket/socket "belongs to a multi-user Nix" \
        "stop the daemon before nixgraft changes anything, or let it go"
}

@test "NIX_REMOTE beside a single-user Nix of the lock" {
    variables+=(NIX_REMOTE=daemon)
    healthy # there is no Nix yet
    lock=$(lock_of small jq nix)
    apply
    for remote in daemon ssh-ng://builder; do
        variables[-1]=NIX_REMOTE=$remote
        finds problem nix-remote NIX_REMOTE "is $remote: the lock's Nix is single-user" "unset NIX_REMOTE"
    done
    for remote in "" auto local; do
        variables[-1]=NIX_REMOTE=$remote
        healthy
    done
}

@test "/nix: a symlink, or missing where it cannot be made" {
    mv root/nix root/elsewhere
    ln -s elsewhere root/nix
    finds problem nix /nix "is not a directory (Nix allows no symlink here)" "move it away or mount a real directory there"
    rm root/nix
    mv root/elsewhere root/nix
    healthy
    unlocked root
    rm -rf root
    bare root
    user=1000
    variables=(USER=dev HOME=/home/dev PATH=/usr/local/bin)
    finds problem nix /nix "is missing, and you may not make it" \
        "apply as root, or let root make it: install -d -o USER /nix, or mount a volume there"
    install -d -o 1000 root/nix
    healthy lock
}

@test "a volume over /nix: empty, older, completed by apply" {
    mounts='mount -t tmpfs tmpfs root/nix'
    finds problem volume /usr/local/bin/jq "leads into a profile that is not there: the volume over /nix hides it" "nixgraft apply"
    doctor
    exits 1 "note: /nix is a mount of its own" "remedy: nixgraft apply, at every start: it completes what the volume lacks"
    # shellcheck disable=SC2089
    mounts="$mounts && '$NIXGRAFT' apply --quiet --no-sync --lock '$lock' --root root >&2"
    healthy nix
    # The store of an image with another tool.
    applied old "$(lock_of small just)"
    mounts='mount --bind old/nix root/nix'
    doctor --json
    exits 1 "leads into a profile that has no such command"
    told problem volume /usr/local/bin/jq
    mounts="$mounts && '$NIXGRAFT' apply --quiet --no-sync --lock '$lock' --root root >&2"
    healthy
}

@test "mounted noexec, or read-only" {
    mounts='mount --bind root/nix root/nix && mount -o remount,bind,noexec root/nix'
    finds problem mount /nix/store "is mounted noexec: no program of the store can run" \
        "mount -o remount,exec, or leave noexec out of the volume's options"
    mounts="$mounts && mount -o remount,bind,exec root/nix"
    healthy
    mounts='mount --bind root/nix root/nix && mount -o remount,bind,ro root/nix'
    finds note mount /nix/store "is mounted read-only: an apply can change nothing" \
        "nothing, if it is meant; else mount it writable before an apply"
    mounts='mount --bind root/tmp root/tmp && mount -o remount,bind,noexec root/tmp'
    finds note tmp /tmp "is mounted noexec" "mount -o remount,exec /tmp, or set TMPDIR"
    mounts=:
    rmdir root/tmp
    finds note tmp /tmp "is not there" "install -d -m 1777 /tmp"
    install -d -m 755 root/tmp
    user=1000
    doctor --json
    told note tmp /tmp
    install -d -m 1777 root/tmp
    doctor
    silent_on "/tmp"
}

@test "a default ACL: Nix does not build under it; nixgraft copes" {
    for folder in /tmp /nix /nix/store; do
        setfacl -d -m u:65534:rwx "root$folder" || skip "no ACLs here"
        finds problem acl $folder "has a default ACL: Nix rejects what it builds there (NixOS/nix #6680); nixgraft itself copes" \
            "setfacl -k $folder"
        setfacl -k "root$folder"
        healthy
    done
}

@test "owned by somebody else than whose Nix it is: rechown" {
    for path in /nix/store /nix/var/nix/db/db.sqlite /nix/var/nixgraft; do
        chown 1000:1000 "root$path"
        finds problem owner $path "belongs to user 1000, and the store was made for root (0), whose Nix cannot change it" "nixgraft rechown"
        graft doctor --root root
        exits 1 "remedy: nixgraft rechown --root $(realpath root)"
        "$NIXGRAFT" rechown --quiet --root root
        healthy
    done
    # The image's user gets another number.
    apply --user dev
    user=1000
    variables=(USER=dev HOME=/home/dev PATH=/usr/local/bin)
    healthy
    sed -i 's/^dev:x:1000:1000/dev:x:1001:1001/' root/etc/passwd
    chown 1001:1001 root/home/dev
    user=1001
    doctor --json
    exits 1
    told problem owner /nix/store
    told note caller /nix/store
    "$NIXGRAFT" rechown --quiet --root root
    healthy
    sed -i /^dev/d root/etc/passwd
    user=0
    variables=(USER=root HOME=/root PATH=/usr/local/bin)
    finds problem owner dev "is whom the store was made for, and /etc/passwd has no such user" "nixgraft rechown --user USER"
}

@test "too little room for the lock, or for the next" {
    unlocked root
    rm -rf root
    bare root
    mkdir root/nix
    cp "$lock" root/closure.lock
    mounts='mount -t tmpfs -o size=8m tmpfs root/nix'
    remedy="make room, or mount a larger volume at /nix; \`nix-collect-garbage -d\` drops old generations"
    finds problem space /nix/store "has 8 MB free, and an apply of the lock needs " "$remedy"
    mounts='mount -t tmpfs -o size=100m tmpfs root/nix'
    healthy nix space
    exits 0 "has 104 MB free"
    mounts='mount -t tmpfs -o size=1g,nr_inodes=100 tmpfs root/nix'
    doctor
    exits 0 "inodes free"
    mounts='mount -t tmpfs -o size=1g,nr_inodes=50000 tmpfs root/nix'
    healthy nix
}

@test "programs of another machine, with and without an emulator" {
    unlocked root
    rm -rf root
    bare root
    mkdir root/nix
    tiny_root root aarch64
    remedy="register an emulator (apt-get install qemu-user-static), or take an image for this machine"
    graft doctor --root root --json
    told note emulation /bin/sh
    exits 0 "nothing, if the root is meant for another machine"
    doctor --json
    exits 0 "whether that is emulated cannot be told here"
    mkdir -p root/proc/sys/fs/binfmt_misc
    touch root/proc/sys/fs/binfmt_misc/{register,status,qemu-arm}
    finds problem emulation /bin/sh "is a program of aarch64-linux on x86_64-linux, and no emulator is registered" "$remedy"
    touch root/proc/sys/fs/binfmt_misc/qemu-aarch64
    healthy lock
}

@test "a store of another machine than the root's programs" {
    tiny_root root aarch64
    doctor --json
    exits 1 "is of x86_64-linux, and this root's programs are aarch64-linux: exec format error"
    told problem architecture /nix/var/nix/profiles/nixgraft/bin/jq
    tiny_root root
    healthy
}

@test "links and files that are gone, changed, replaced, in the way, kept" {
    rm root/usr/local/bin/jq
    finds problem files /usr/local/bin/jq "is missing" "nixgraft apply"
    apply
    healthy
    echo >> root/etc/profile.d/nixgraft.sh
    finds problem files /etc/profile.d/nixgraft.sh "is not what nixgraft made there: it was changed or replaced" \
        "nixgraft apply --force, which moves it to /etc/profile.d/nixgraft.sh.before-nixgraft"
    apply --force
    healthy
    # Before the first apply.
    unlocked root
    rm -rf root
    bare root
    cp "$lock" root/closure.lock
    printf '#!/bin/sh\n' > root/usr/local/bin/jq
    finds problem files /usr/local/bin/jq "is somebody else's, and in the way of an apply" \
        "nixgraft apply --force, which moves it to /usr/local/bin/jq.before-nixgraft"
    mv root/usr/local/bin/jq file
    mkdir root/usr/local/bin/jq
    finds problem files /usr/local/bin/jq "is somebody else's, and in the way of an apply" "move that directory away by hand"
    rmdir root/usr/local/bin/jq
    mv file root/usr/local/bin/jq
    apply --force
    healthy
    ln -s /nix/var/nix/profiles/nixgraft/bin/jq root/usr/local/bin/jq2
    doctor --json
    told note files /usr/local/bin/jq2
}

@test "a Nix configuration of somebody else is kept, and told" {
    mkdir -p root/etc/nix
    echo "# mine" > root/etc/nix/nix.conf
    lock=$(lock_of small jq nix)
    apply
    finds note files /etc/nix/nix.conf "is somebody else's, and is kept" \
        "nixgraft apply --force, which moves it to /etc/nix/nix.conf.before-nixgraft"
}

@test "the receipt: broken, missing, of an apply that was killed; what that had fetched" {
    receipt=/nix/var/nixgraft/receipt.json
    cp "root$receipt" kept
    echo '{' > "root$receipt"
    doctor
    exits 1 "problem: $receipt line 2" "remedy: remove it, and apply again"
    doctor --json
    told problem receipt $receipt
    rm "root$receipt"
    finds problem receipt $receipt "is missing, and /nix/var/nix/profiles/nixgraft is there" "nixgraft apply"
    apply
    healthy
    jq '.unfinished = true' kept > "root$receipt"
    finds problem receipt $receipt "is that of an apply that did not come to its end" "nixgraft apply"
    apply
    healthy
    mkdir root/nix/var/nixgraft/spool
    touch root/nix/var/nixgraft/spool/x
    finds note spool /nix/var/nixgraft/spool "has 1 files that an interrupted apply had fetched" \
        "nothing: the next \`nixgraft apply\` goes on with them"
}

@test "the generation in force: gone, or its object is" {
    environment=$(echo root/nix/store/*-nixgraft-environment)
    mv "$environment" kept
    doctor --json
    exits 1 "which is not there"
    told problem generation /nix/var/nix/profiles/nixgraft
    mv kept "$environment"
    healthy
    rm root/nix/var/nix/profiles/nixgraft
    doctor --json
    exits 1 "does not lead to a generation"
    told problem generation /nix/var/nix/profiles/nixgraft
    told problem volume /usr/local/bin/jq
    apply
    healthy
}

@test "the database: missing, no database, of another schema" {
    db=/nix/var/nix/db/db.sqlite
    mv "root$db" kept
    finds problem database $db "is missing: to Nix the store is empty" "nixgraft apply"
    apply
    healthy
    head -c 8192 /dev/urandom > "root$db"
    finds problem database $db "" "move it away and apply again, which makes it anew for what the lock has"
    mv "root$db" away
    apply
    healthy
    [ "$(peek root 'select count(*) from ValidPaths')" = "$(($(closure "$lock" | wc -l) + 1))" ]
    printf 9 > root/nix/var/nix/db/schema
    doctor
    exits 1 "says '9', and only schema 10" "remedy: let that Nix upgrade its own database, or start from an empty /nix"
    printf 10 > root/nix/var/nix/db/schema
    healthy
}

@test "names of strangers do not steer a terminal" {
    printf 'LD_PRELOAD=/nix/x\n' > root/etc/profile.d/$'a\e[31m\nb.sh'
    doctor
    exits 1 "problem: /etc/profile.d/a?[31m?b.sh line 1 forces"
    doctor --json
    told problem linker-files '/etc/profile.d/a?[31m?b.sh'
}
