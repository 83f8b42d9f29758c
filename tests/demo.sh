#!/usr/bin/env bash
# tests/demo.sh : a tour of nixgraft, on a throw-away Debian root. What it runs is shown; it ends with 0 only if all of it
# was as it should be. Needs root and what `make deps` installs; leaves nothing behind but build/.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin
unset SOURCE_DATE_EPOCH

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
die() { echo "demo: $*" >&2; exit 1; }
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
show() { # PROMPT CMD...: as one would type it, a long one option by option
    local prompt=$1 word line=
    shift
    for word; do
        [[ $word != *[\ \$]* ]] || word="'$word'"
        line+=" $word"
    done
    [ ${#line} -le 120 ] || line=${line// --/$' \\\n    --'}
    printf '%s%s%s%s\n' "$bold" "$prompt" "$line" "$plain"
}
run() { # shown, then run
    show '$' "$@"
    "$@"
}
inside() { # likewise, in the throw-away root
    show 'debian#' "$@"
    "$top/tests/fixture/chroot" debian "$@"
}

top=$PWD
[ "$(id -u)" = 0 ] || die "must be root, for the throw-away Debian root: sudo make demo"
build=$(realpath -m "${NIXGRAFT_BUILD:-build}")
F=$build/fixture
began=$SECONDS
[ -x build/static/nixgraft ] || make --no-print-directory static
step "A binary cache and a Debian root to play with: real packages, built, signed and copied by the real Nix"
run tests/fixture/make small keys root:trixie

work=$(mktemp -d "$build/demo.XXXXXX")
trap 'cd "$top"; rm -rf --one-file-system "$work"' EXIT
mkdir "$work/bin"
ln -s "$top/build/static/nixgraft" "$work/bin/nixgraft"
PATH=$work/bin:$PATH
tests/fixture/root trixie "$work/debian" 2> /dev/null
cd "$work"
for c in git jq just nix; do
    [ -z "$("$top/tests/fixture/chroot" debian sh -c "command -v $c")" ] || die "the root has $c already"
done
echo "Debian $(cat debian/etc/debian_version) in debian/, without git, jq, just and nix"

cat > Containerfile << 'END'
FROM docker.io/library/debian:trixie-slim

# what everybody needs
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates \
        git \
        jq \
    && rm -rf /var/lib/apt/lists/*
RUN curl -fsSL https://just.systems/install.sh | bash -s -- --to /usr/local/bin
END

step "1. Lock: pin the tools and all they need"
manifest=$F/closures/small.json
args=(--nix "$(jq -r .nix "$manifest")")
for c in git jq just; do args+=(--tool "$c=$(jq -r ".tools.$c.outPath" "$manifest")"); done
run nixgraft lock --cache "file://$F/caches/small-zstd" --trusted-key "$(cat "$F/keys/cache.pub")" "${args[@]}"

step "2. Apply: fetch, check every byte, register with Nix, link into /usr/local/bin"
run nixgraft apply --root debian

step "The tools, inside that root"
while read -r c want; do
    inside "$c" --version | tee said
    [ -s said ] || die "$c says nothing"
    inside sh -c "readlink -f \"\$(command -v $c)\"" | tee said
    [ "$(tail -n 1 said)" = "$want/bin/$c" ] || die "$c is not the lock's: $want"
done < <(jq -r '.systems[] | (.tools | to_entries[] | "\(.key) \(.value.path)"), "nix \(.nix.path)"' closure.lock)

step "What the real Nix says of this store: the one just installed, by itself ..."
inside nix-store --verify --check-contents 2>&1 | tee said
! grep -qE 'modified|disappeared|missing|not valid|error' said || die "Nix finds faults"
inside nix path-info --recursive "$(jq -r '.systems[].tools.jq.path' closure.lock)"
step "... and one from outside, with every signature"
run "$top/tests/fixture/verdict" trixie debian

step "3. Verify, and apply again: nothing to do"
run nixgraft verify --root debian
run nixgraft apply --root debian | tee said
grep -q '^nothing to do' said || die "the second apply found something to do"

step "4. What tests may expect of the image, from the lock alone, and whether it is so"
run nixgraft versions
run nixgraft versions --check --root debian

step "5. Where a team begins: a Containerfile with apt, what of it can move, and the new file"
run cat Containerfile
run nixgraft migrate Containerfile
run nixgraft migrate --write --dry-run Containerfile 2> /dev/null | sed '/^--- .*flake.nix\|^--- .dev.null/,$d' | tee said
grep -q '^-        git ' said || die "git has not moved"

echo
echo "It works ($((SECONDS - began)) s): a Debian root follows closure.lock, and Nix agrees."
echo "Go on with: build/static/nixgraft migrate, in the folder of a Containerfile of yours, which changes nothing; nixgraft init, for tools"
echo "of nixpkgs; docs/migrate.md, docs/flake.md; build/static/nixgraft --help."
