#!/usr/bin/env bash
# Builds dist/ from src/ and from the generated client of the web UI, which is its only source.
set -euo pipefail
cd "$(dirname "$0")"
rm -rf build dist
mkdir build
cp -r ../../web/src/api/generated build/generated
rm -rf build/generated/@tanstack
cp src/*.ts build/
../../web/node_modules/.bin/tsc -p tsconfig.json
