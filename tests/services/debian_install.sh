#!/bin/bash
# Installs the package $1 over a copy of this system, in namespaces of its own, and takes it to its first certificate.
# Writes what it finds into the directory $2. Needs root.
set -euo pipefail
package=$1 results=$2
if [[ ${3:-} != inside ]]; then
  exec unshare --mount --net --pid --fork --kill-child bash "$0" "$package" "$results" inside
fi
ip link set lo up
layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" "$layer/root"
mount -t proc proc "$layer/root/proc"
mount --rbind /dev "$layer/root/dev"
cp "$package" "$layer/root/package.deb"
chroot "$layer/root" bash -euo pipefail <<'INSIDE'
cd "$(mktemp -d)"
unset PKIM_HOME
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mkdir -p /results
dpkg -i /package.deb > /results/install.txt 2>&1
pkim init --organization Example --key-type ECDSA-P256 --yes --output json > /results/init.json
stat -c '%U %a' /var/lib/pki-manager /var/lib/pki-manager/home > /results/owner.txt
openssl req -new -newkey rsa:3072 -nodes -keyout www.key -subj /CN=www.example.test \
  -addext subjectAltName=DNS:www.example.test 2>/dev/null |
  pkim cert issue --ca "Example Issuing CA" --profile tls-server --csr - --out - > /results/www.pem
pkim ca chain "Example Issuing CA" --out - > /results/chain.pem
openssl verify -CAfile /results/chain.pem /results/www.pem > /results/verify.txt
runuser -u pki-manager -- env PKIM_HOME=/var/lib/pki-manager/home /usr/lib/pki-manager/bin/pkim serve > /results/server.log 2>&1 &
for _ in $(seq 300); do curl -sf http://localhost:8081/healthz >/dev/null && break; sleep 0.2; done
curl -sf -H 'Accept: text/html' http://localhost:8080/ > /results/page.html
kill %1
wait %1 || true
systemd-analyze security --offline=true --threshold=20 /lib/systemd/system/pki-manager.service > /results/security.txt
systemd-analyze verify /lib/systemd/system/pki-manager.service > /results/unit.txt 2>&1
dpkg -i /package.deb >> /results/install.txt 2>&1
pkim ca list --output json > /results/after-upgrade.json
dpkg -r pki-manager >> /results/install.txt 2>&1
test -e /var/lib/pki-manager/home/keystore.db
test ! -e /usr/lib/pki-manager
dpkg -P pki-manager >> /results/install.txt 2>&1
{ ls -d /var/lib/pki-manager /etc/pki-manager /usr/lib/pki-manager 2>/dev/null || true; getent passwd pki-manager || true; } > /results/left.txt
INSIDE
cp "$layer/root/results/"* "$results/"
