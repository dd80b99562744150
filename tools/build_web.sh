#!/usr/bin/env bash
# web/dist, from nothing: what the wheel carries and the server serves.
set -euo pipefail
cd "$(dirname "$0")"
./npm.sh ci --ignore-scripts
./npm.sh run build
