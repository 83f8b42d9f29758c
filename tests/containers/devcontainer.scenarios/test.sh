#!/usr/bin/env bash
# trixie, root, default options.
source common.bash
tools jq just
check "root's" belongs_to root
check "verify" nixgraft verify --quiet
check "the environment is that of the Feature" test "$NIX_SSL_CERT_FILE" = /etc/ssl/certs/ca-certificates.crt
reportResults
