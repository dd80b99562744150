"""Recipes of platforms, databases, message brokers, and VPNs."""

from __future__ import annotations

import base64

from pki_manager.protocols.rest.recipes.clients import certbot_command, comment, deploy_hook
from pki_manager.protocols.rest.recipes.values import EMAIL, HMAC_PLACEHOLDER, ROOT_FILE, RecipeValues, lines


def proxmox(values: RecipeValues) -> str:
    """Return commands for a node of Proxmox VE, which renews the certificate itself."""
    return lines(
        f"pvenode acme account register pki {EMAIL} --directory {values.directory} \\",
        f"  --eab-kid {values.key_id} --eab-hmac-key {HMAC_PLACEHOLDER}",
        f"pvenode config set --acme account=pki,domains={values.host}",
        "pvenode acme cert order",
    )


def opnsense(values: RecipeValues) -> str:
    """Return values for the fields of os-acme-client, a plugin of OPNsense."""
    return lines(
        "# 1. System > Trust > Authorities: import the root certificate.",
        "# 2. Services > ACME Client > Accounts > Add:",
        "ACME CA: Custom CA URL",
        f"Custom CA: {values.directory}",
        f"EAB Key ID: {values.key_id}",
        f"EAB HMAC Key: {HMAC_PLACEHOLDER}",
        "# 3. Services > ACME Client > Challenge Types > Add: HTTP-01, OPNsense Web Service.",
        "# 4. Services > ACME Client > Certificates > Add:",
        f"Common Name: {values.host}",
    )


def cert_manager(values: RecipeValues) -> str:
    """Return Kubernetes resources of cert-manager: a Secret, a ClusterIssuer, and a Certificate."""
    bundle = base64.b64encode(values.root_pem.encode("ascii")).decode("ascii")
    return lines(
        "apiVersion: v1",
        "kind: Secret",
        "metadata: {name: pki-eab, namespace: cert-manager}",
        f'stringData: {{hmac: "{HMAC_PLACEHOLDER}"}}',
        "---",
        "apiVersion: cert-manager.io/v1",
        "kind: ClusterIssuer",
        "metadata: {name: pki}",
        "spec:",
        "  acme:",
        f'    server: "{values.directory}"',
        f"    caBundle: {bundle}",
        f"    email: {EMAIL}",
        "    privateKeySecretRef: {name: pki-account}",
        "    externalAccountBinding:",
        f'      keyID: "{values.key_id}"',
        "      keySecretRef: {name: pki-eab, key: hmac}",
        "    solvers:",
        "      - http01: {ingress: {ingressClassName: nginx}}",
        "---",
        "apiVersion: cert-manager.io/v1",
        "kind: Certificate",
        "metadata: {name: web, namespace: default}",
        "spec:",
        "  secretName: web-tls",
        f'  dnsNames: ["{values.host}"]',
        "  issuerRef: {kind: ClusterIssuer, name: pki}",
    )


def postgresql(values: RecipeValues) -> str:
    """Return commands for a PostgreSQL server, and a connection string for its clients."""
    hook = deploy_hook(
        "install -m 644 $RENEWED_LINEAGE/fullchain.pem /etc/postgresql/server.crt",
        "install -m 600 -o postgres $RENEWED_LINEAGE/privkey.pem /etc/postgresql/server.key",
        "systemctl try-reload-or-restart postgresql",
    )
    return lines(
        certbot_command(values, "--standalone", hook),
        "# In postgresql.conf:",
        "#   ssl = on",
        "#   ssl_cert_file = '/etc/postgresql/server.crt'",
        "#   ssl_key_file = '/etc/postgresql/server.key'",
        f'psql "host={values.host} sslmode=verify-full sslrootcert={ROOT_FILE}"',
    )


def mosquitto(values: RecipeValues) -> str:
    """Return a certbot command, configuration of a Mosquitto broker, and a command for its clients."""
    file = f"/etc/mosquitto/certs/{values.host}"
    hook = deploy_hook(
        f"install -m 644 $RENEWED_LINEAGE/fullchain.pem {file}.crt",
        f"install -m 600 -o mosquitto $RENEWED_LINEAGE/privkey.pem {file}.key",
        "systemctl try-reload-or-restart mosquitto",
    )
    return lines(
        *comment(certbot_command(values, "--standalone", hook)),
        "# /etc/mosquitto/conf.d/tls.conf",
        "listener 8883",
        f"certfile {file}.crt",
        f"keyfile {file}.key",
        f"# mosquitto_sub -h {values.host} -p 8883 --cafile {ROOT_FILE} -t test",
    )


def openvpn(values: RecipeValues) -> str:
    """Return a certbot command and configuration of an OpenVPN server.

    Its clients need certificates of a profile for TLS clients.
    """
    return lines(
        *comment(certbot_command(values, "--standalone", deploy_hook("systemctl try-restart openvpn-server@server"))),
        "# /etc/openvpn/server/server.conf",
        "port 1194",
        "proto udp",
        "dev tun",
        "topology subnet",
        "server 10.8.0.0 255.255.255.0",
        f"ca {ROOT_FILE}",
        f"cert /etc/letsencrypt/live/{values.host}/fullchain.pem",
        f"key /etc/letsencrypt/live/{values.host}/privkey.pem",
        "dh none",
        "remote-cert-tls client",
    )


def strongswan(values: RecipeValues) -> str:
    """Return a certbot command and a strongSwan connection for swanctl, whose users sign in with EAP."""
    hook = deploy_hook(
        f"cp $RENEWED_LINEAGE/cert.pem /etc/swanctl/x509/{values.host}.pem",
        f"cp $RENEWED_LINEAGE/chain.pem /etc/swanctl/x509ca/{values.host}.pem",
        f"cp $RENEWED_LINEAGE/privkey.pem /etc/swanctl/private/{values.host}.pem",
        "swanctl --load-all",
    )
    return lines(
        *comment(certbot_command(values, "--standalone", hook)),
        "# /etc/swanctl/conf.d/vpn.conf",
        "connections {",
        "    vpn {",
        "        version = 2",
        "        local {",
        "            auth = pubkey",
        f"            certs = {values.host}.pem",
        f"            id = {values.host}",
        "        }",
        "        remote {",
        "            auth = eap-mschapv2",
        "            eap_id = %any",
        "        }",
        "    }",
        "}",
    )
