#!/usr/bin/env bash
# Installs what the tests judge with. Whatever is there already is left alone; whatever cannot be had is named, and the
# tests that need it are skipped by name (in CI they fail instead).
set -euo pipefail

declare -A commands=(
  [gnutls-bin]=certtool [faketime]=faketime [strace]=strace [openssl]=openssl [curl]=curl [jq]=jq
  [postgresql-15]=/usr/lib/postgresql/15/bin/postgres
)
missing=()
for package in "${!commands[@]}"; do
  command -v "${commands[$package]}" >/dev/null || missing+=("$package")
done

if ((${#missing[@]})); then
  if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
      "${missing[@]}" >/dev/null
  else
    echo "not installed (needs root and apt): ${missing[*]}" >&2
  fi
fi

zlint_version=v3.7.3
if ! command -v zlint >/dev/null && command -v go >/dev/null && [[ ! -x $(go env GOPATH)/bin/zlint ]]; then
  GOFLAGS=-mod=mod go install "github.com/zmap/zlint/v3/cmd/zlint@$zlint_version" ||
    echo "zlint could not be installed" >&2
fi
