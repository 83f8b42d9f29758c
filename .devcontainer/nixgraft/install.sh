#!/bin/sh
# Puts nixgraft into the image and applies the lock, if there is one. Runs as root while the image is built; the options of
# devcontainer-feature.json come as variables. Needs /bin/sh and Debian's coreutils: no network, no package.
set -eu

fail() {
	echo "nixgraft Feature: $*" >&2
	exit 1
}

here=$(cd "$(dirname "$0")" && pwd)
machine=$(uname -m)
program=/usr/local/bin/nixgraft
store_user=${USER:-${_REMOTE_USER:-root}}

[ "$(id -u)" = 0 ] || fail "must run as root, not as $(id -un)"

install_program() {
	if [ -e "$here/nixgraft-$machine" ]; then
		cp "$here/nixgraft-$machine" "$program.new"
		chmod 755 "$program.new"
		mv -f "$program.new" "$program"
	elif [ ! -x "$program" ]; then
		fail "no program for $machine: make the Feature with \`make feature\`, or put nixgraft at $program of the image"
	fi
	"$program" --version > /dev/null 2>&1 || fail "$program does not run on this $machine"
}

# Who makes the Feature gives it a CA bundle, for bases that have none; ca-certificates, installed later, replaces it.
install_bundle() {
	bundle=/etc/ssl/certs/ca-certificates.crt
	if [ -e $bundle ] || [ ! -e "$here/ca-certificates.crt" ]; then return; fi
	mkdir -p /etc/ssl/certs
	cp "$here/ca-certificates.crt" $bundle
	chmod 644 $bundle
}

# The file to apply, or nothing.
find_lock() {
	case ${LOCK:-} in
	'') [ ! -e "$here/closure.lock" ] || echo "$here/closure.lock" ;;
	/*) echo "$LOCK" ;;
	*) echo "$here/$LOCK" ;;
	esac
}

apply() {
	[ -f "$1" ] || fail "option lock: there is no $1 here; COPY it into the image and name it from /, or lay it beside install.sh"
	set -- --no-sync --lock "$1"
	[ -z "${CACHE:-}" ] || set -- "$@" --cache "$CACHE"
	[ "${EXPOSE:-all}" = all ] || set -- "$@" --expose "$EXPOSE"
	[ "${NIX:-true}" = true ] || set -- "$@" --without-nix
	if [ -n "${USER:-}" ] || [ ! -e /nix/store ]; then set -- "$@" --user "$store_user"; fi
	"$program" apply "$@"
}

# Without a lock a hook applies it, as the remote user: he can, once /nix is his. A number that passwd does not know has group 0,
# as for `nixgraft apply`.
give_nix() {
	[ ! -e /nix ] || return 0
	mkdir -m 755 /nix
	chown "$store_user:$(id -g "$store_user" 2> /dev/null || echo 0)" /nix
	echo "nixgraft Feature: no lock here; let a hook of devcontainer.json run \`nixgraft apply\`"
}

# At each start, as the container's user: the store's user may have got another number (updateRemoteUserUID), and only root
# can give him the store again.
install_start() {
	mkdir -p /usr/local/share/nixgraft
	cat > /usr/local/share/nixgraft/at-start <<-'END'
	#!/bin/sh
	[ "$(id -u)" = 0 ] && [ "$(stat -c %U /nix/store 2> /dev/null)" = UNKNOWN ] || exit 0
	exec nixgraft rechown --quiet
	END
	chmod 755 /usr/local/share/nixgraft/at-start
}

install_program
install_bundle
install_start
lock=$(find_lock)
if [ -n "$lock" ]; then apply "$lock"; else give_nix; fi
