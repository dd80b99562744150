#!/bin/bash
# The products that the bench measures beside us, outside the repository. Needs Go; apt packages when root.
set -uo pipefail
BIN=${XDG_CACHE_HOME:-$HOME/.cache}/pki-manager-bench/bin
mkdir -p "$BIN"

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  missing=()
  for package in wrk sqlite3 time; do
    command -v "$package" >/dev/null || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
  fi
fi

program() { # name, toolchain, cgo, module
  [ -x "$BIN/$1" ] || GOBIN=$BIN GOTOOLCHAIN=$2 CGO_ENABLED=$3 go install "$4" || echo "not built, so not measured: $1" >&2
}

program step-ca local 0 github.com/smallstep/certificates/cmd/step-ca@v0.30.2
program step local 0 github.com/smallstep/cli/cmd/step@v0.21.0
program cfssl go1.27.3 1 github.com/cloudflare/cfssl/cmd/cfssl@v1.7.1 # cgo: its SQLite store
