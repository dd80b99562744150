#!/usr/bin/env bash
# Builds a Cosmian KMS server for the tests, from the crates registry, into the cache: bin/cosmian_kms and VERSION there.
# Nothing is done where that very build is; two at once wait for each other. It takes a quarter of an hour on two cores,
# at the lowest priority, and 4 GB of disk meanwhile.
#   tools/install_kms.sh [FOLDER]
# What keeps it from being built is left in FOLDER/why-not, for the tests that are skipped to tell.
set -euo pipefail

version=5.28.0
# OpenSSL is compiled in: the one of Debian 12 knows no ML-DSA.
features=non-fips,openssl-sys/vendored
stamp="cosmian_kms $version $features"

cache="${1:-${XDG_CACHE_HOME:-$HOME/.cache}/pki-manager/kms}"
program="$cache/bin/cosmian_kms"
mkdir -p "$cache"
# The tests wait for this lock, and nobody who takes it while we build gets it.
exec 9>"$cache/.lock"
flock 9

is_built() { [[ -x $program && $(cat "$cache/VERSION" 2>/dev/null) == "$stamp" ]]; }
give_up() {
  echo "$1" | tee "$cache/why-not" >&2
  exit 1
}

if is_built; then
  exit 0
fi
rm -f "$cache/why-not"
renice -n 19 $$ >/dev/null

command -v cargo >/dev/null || give_up "cargo is missing"
lacking=()
for tool in gcc make perl; do
  command -v "$tool" >/dev/null || lacking+=("$tool")
done
# OpenSSL's own build asks perl for more than Debian's perl-base has.
perl -MFindBin -MIPC::Cmd -MTime::Piece -e 1 2>/dev/null || lacking+=("perl modules")
if ((${#lacking[@]})); then
  [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null || give_up "not installed (needs root and apt): ${lacking[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y build-essential perl >/dev/null ||
    give_up "apt could not install: ${lacking[*]}"
fi

build="$cache/build"
mkdir -p "$build"
(($(df --output=avail -m "$build" | tail -n 1) >= 4000)) || give_up "$build needs 4 GB of disk"

# `cargo install` cannot build this version with these features (one of them names a dependency for development only);
# in its own source tree cargo can.
crates() { find "${CARGO_HOME:-$HOME/.cargo}/registry/src" -maxdepth 2 -name "cosmian_kms_server-$version" 2>/dev/null; }
if [[ -z $(crates) ]]; then
  (cd "$build" && cargo info --quiet "cosmian_kms_server@$version" >/dev/null) || true
fi
source=$(crates | head -n 1)
[[ -n $source ]] || give_up "the crate cosmian_kms_server $version could not be fetched"
rm -rf "$build/source"
cp -r "$source" "$build/source"

# A folder that looks like OpenSSL's keeps one of the build scripts from downloading another copy of it.
mkdir -p "$build/openssl/ssl" "$build/openssl/lib/ossl-modules"
: >"$build/openssl/ssl/openssl.cnf"

(
  cd "$build/source"
  unset OPENSSL_NO_VENDOR OPENSSL_STATIC OPENSSL_LIB_DIR OPENSSL_INCLUDE_DIR
  export OPENSSL_DIR="$build/openssl" CARGO_TARGET_DIR="$build/target" CARGO_INCREMENTAL=0 CARGO_NET_RETRY=5
  export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_DEBUG=0
  export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_STRIP=symbols
  cargo build --release --locked --features "$features" --bin cosmian_kms
) >"$cache/build.log" 2>&1 || give_up "the build failed: $(tail -n 1 "$cache/build.log")"

mkdir -p "$cache/bin"
install -m 755 "$build/target/release/cosmian_kms" "$program.new"
mv "$program.new" "$program"
rm -rf "$build"
echo "$stamp" >"$cache/VERSION"
