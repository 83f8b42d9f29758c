# shellcheck shell=bash
# For the scripts here, which `devcontainer features test` runs in the containers. `expected` has a line a tool: name, store path.
# shellcheck source=/dev/null
source dev-container-features-test-lib

# tools NAME...: each is the store's, and runs.
tools() {
    local name
    for name; do
        check "$name is what the lock says" grep -qx "$name $(readlink -f "$(command -v "$name")" | cut -d / -f 1-4)" expected
        check "$name runs" "$name" --version
    done
}
belongs_to() { [ "$(stat -c %U /nix /nix/store /nix/var/nix/profiles/nixgraft-1-link | sort -u)" = "$1" ]; }
not() { ! "$@"; }
