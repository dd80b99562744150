"""Recipes of web servers and proxies."""

from __future__ import annotations

from pki_manager.protocols.rest.recipes.clients import certbot_command, comment, deploy_hook
from pki_manager.protocols.rest.recipes.values import EMAIL, HMAC_PLACEHOLDER, ROOT_FILE, RecipeValues, lines


def caddy(values: RecipeValues) -> str:
    """Return a Caddyfile. Caddy requests and renews the certificate itself."""
    return lines(
        "{",
        f"    email {EMAIL}",
        f"    acme_ca {values.directory}",
        f"    acme_ca_root {ROOT_FILE}",
        "    acme_eab {",
        f"        key_id {values.key_id}",
        f"        mac_key {HMAC_PLACEHOLDER}",
        "    }",
        "}",
        "",
        f"{values.host} {{",
        '    respond "It works"',
        "}",
    )


def traefik(values: RecipeValues) -> str:
    """Return static configuration of Traefik. A router uses the resolver with `tls.certResolver: pki`."""
    return lines(
        "entryPoints:",
        "  web:",
        '    address: ":80"',
        "  websecure:",
        '    address: ":443"',
        "certificatesResolvers:",
        "  pki:",
        "    acme:",
        f'      caServer: "{values.directory}"',
        f'      caCertificates: ["{ROOT_FILE}"]',
        f"      email: {EMAIL}",
        "      storage: /etc/traefik/acme.json",
        "      eab:",
        f'        kid: "{values.key_id}"',
        f'        hmacEncoded: "{HMAC_PLACEHOLDER}"',
        "      httpChallenge:",
        "        entryPoint: web",
    )


def nginx(values: RecipeValues) -> str:
    """Return a certbot command and an nginx server block. certbot renews the certificate and reloads nginx."""
    live = f"/etc/letsencrypt/live/{values.host}"
    return lines(
        *comment(certbot_command(values, "--webroot -w /var/www/html", deploy_hook("systemctl reload nginx"))),
        "server {",
        "    listen 443 ssl;",
        f"    server_name {values.host};",
        f"    ssl_certificate {live}/fullchain.pem;",
        f"    ssl_certificate_key {live}/privkey.pem;",
        "    root /var/www/html;",
        "}",
    )


def apache(values: RecipeValues) -> str:
    """Return Apache configuration for mod_md, which requests and renews the certificate itself."""
    return lines(
        "# a2enmod md ssl",
        "# Apache uses a new certificate after a reload. Run this command every day: systemctl reload apache2",
        f"MDomain {values.host}",
        "MDCertificateAgreement accepted",
        f"MDContactEmail {EMAIL}",
        f"MDCertificateAuthority {values.directory}",
        f"MDCACertificateFile {ROOT_FILE}",
        f"MDExternalAccountBinding {values.key_id} {HMAC_PLACEHOLDER}",
        "<VirtualHost *:443>",
        f"    ServerName {values.host}",
        "    SSLEngine on",
        "    DocumentRoot /var/www/html",
        "</VirtualHost>",
    )


def haproxy(values: RecipeValues) -> str:
    """Return a certbot command and a frontend of HAProxy. certbot renews the certificate and reloads HAProxy."""
    file = f"/etc/haproxy/certs/{values.host}.pem"
    hook = deploy_hook(
        "mkdir -p /etc/haproxy/certs",
        "umask 077",
        f"cat $RENEWED_LINEAGE/fullchain.pem $RENEWED_LINEAGE/privkey.pem > {file}",
        "systemctl try-reload-or-restart haproxy",
    )
    return lines(
        *comment(certbot_command(values, "--standalone", hook)),
        "frontend https",
        "    mode http",
        f"    bind :443 ssl crt {file}",
        "    default_backend web",
        "backend web",
        "    mode http",
        "    server web1 127.0.0.1:8000",
    )
