#!/usr/bin/env bash
# Of the remote user, who is not root; one command exposed.
source common.bash
check "we are dev" test "$(id -un)" = dev
tools jq
check "just is not exposed" not command -v just
check "dev's" belongs_to dev
check "verify" nixgraft verify --quiet
reportResults
