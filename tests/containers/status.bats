#!/usr/bin/env bats
# `nixgraft status` on a Debian that has some of the tools by apt, too: its verdicts are those of the real apt and dpkg.
load lib

setup_file() {
    need keys tools
    mkdir "$BATS_FILE_TMPDIR/work" && cd "$BATS_FILE_TMPDIR/work" || return
    cp -p "$NIXGRAFT" nixgraft
    cp -p "$(lock_of tools)" closure.lock
    cat > inside <<'SCRIPT'
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt-get -q update
apt-get -qy install --no-install-recommends git git-lfs jq gawk less make xz-utils zstd
apt-mark auto less
apt-mark hold zstd
# A program by hand, and one of a package that nothing comes before.
install -m 755 /bin/true /usr/bin/ruff
cd /box
./nixgraft apply --quiet --no-sync --cache file:///cache --offline
./nixgraft status > status.txt
./nixgraft status --json > status.json
status() { # runs the rest, keeps its exit status
    local file=$1 code=0
    shift
    "$@" > "$file" 2>&1 < /dev/null || code=$?
    echo "$code" > "$file.code"
}
mkdir verdicts
find /usr/bin /usr/sbin -lname '/etc/alternatives/*' | sort > alternatives
sed -n '/"packages"/,$s/^ *"name": "\(.*\)",$/\1/p' status.json | while read -r name; do
    status "verdicts/$name.apt" apt-get -s purge -o APT::Get::AutomaticRemove=false "$name"
    status "verdicts/$name.dpkg" dpkg --dry-run --purge "$name"
    dpkg-query -L "$name" > "verdicts/$name.files"
done
SCRIPT
    podman run --rm --pull=never -v "$PWD:/box" -v "$F/caches/tools-zstd:/cache:ro" "$(base_image trixie)" bash /box/inside \
        > log 2>&1 < /dev/null || fail "$(tail -n 30 log)"
}
teardown_file() { containers_gone; }
setup() { cd "$BATS_FILE_TMPDIR/work" || return; }

of() { jq -er --arg p "$1" ".packages[] | select(.name == \$p) | $2" status.json; }
packages() { jq -r '.packages[].name' status.json; }
answer() { of "$1" .purge; }

@test "the cases are all there" {
    [ "$(answer jq)" = yes ]
    [ "$(answer make)" = yes ]
    [ "$(answer git)" = needed ]
    [ "$(of git '.neededBy | join(" ")')" = git-lfs ]
    [ "$(answer zstd)" = held ]
    [ "$(answer tar)" = essential ]
    [ "$(of less '.recommendedBy | join(" ")')" = git ]
    [ "$(jq -r '[.packages[].name] | index("git-lfs")' status.json)" = null ] # nothing comes before it
}

@test "what would go with a package is what apt would take" {
    local name mine apt
    for name in $(packages); do
        [ "$(answer "$name")" != essential ] || continue # apt counts what it would take along otherwise there
        mine=$(of "$name" '.name, .neededBy[], .alsoGoing[]' | sort)
        apt=$(sed -n 's/^Purg \([^ ]*\).*/\1/p; s/^Remv \([^ ]*\).*/\1/p' "verdicts/$name.apt" | sort)
        [ "$mine" = "$apt" ] || fail "$name: $mine" "but apt: $apt" "$(cat "verdicts/$name.apt")"
    done
}

@test "essential is what apt and dpkg refuse, and needed what dpkg refuses for others' sake" {
    local name
    for name in $(packages); do
        case $(answer "$name") in
        essential)
            [ "$(cat "verdicts/$name.apt.code")" != 0 ] || grep -q "essential packages will be removed" "verdicts/$name.apt" ||
                fail "$(cat "verdicts/$name.apt")"
            [ "$(cat "verdicts/$name.dpkg.code")" != 0 ] || fail "$(cat "verdicts/$name.dpkg")"
            ;;
        needed)
            [ "$(cat "verdicts/$name.dpkg.code")" = 1 ]
            grep -q "dependency problems prevent removal of $name" "verdicts/$name.dpkg" || fail "$(cat "verdicts/$name.dpkg")"
            ;;
        yes)
            [ "$(of "$name" '.alsoGoing | length')" != 0 ] || [ "$(cat "verdicts/$name.dpkg.code")" = 0 ] ||
                fail "$(cat "verdicts/$name.dpkg")"
            ;;
        held) grep -q "held packages will be changed" "verdicts/$name.apt" || fail "$(cat "verdicts/$name.apt")" ;;
        *) fail "$name: $(answer "$name")" ;;
        esac
    done
}

@test "commands that nothing replaces are those of the package that the lock does not link" {
    local name
    linked() { jq -r '.tools[].commands[] | select(.state == "linked") | "/usr/bin/" + .name' status.json | sort -u; }
    for name in jq make gawk less xz-utils; do
        sed -n 's|^\(/usr\)\{0,1\}\(/s\{0,1\}bin/.*\)|/usr\2|p' "verdicts/$name.files" | sort -u > shipped
        of "$name" '.unreplaced | .[]' | sort > mine || [ "$name" = jq ]
        comm -23 shipped <(linked) > expected
        diff expected <(comm -12 mine shipped)
        comm -23 mine shipped > besides # by update-alternatives
        comm -23 besides alternatives > neither
        [ ! -s neither ] || fail "$name: $(cat neither)"
    done
    [ "$(of jq '.unreplaced | length')" = 0 ]
    [ "$(of xz-utils '.unreplaced | index("/usr/bin/xzgrep") != null')" = true ]
    [ "$(of less '.unreplaced | index("/usr/bin/pager") != null')" = true ]
}

@test "the report tells the same to people, in a hundred columns" {
    run tr -s '\n ' ' ' < status.txt
    exits 0 "before /usr/bin/git of git" "needed by git-lfs" "which can be purged" "before /usr/bin/ruff of no Debian package" \
        "it is on hold" "commands that vanish with it: gmake"
    [ "$(awk 'length > 100' status.txt)" = "" ]
}
