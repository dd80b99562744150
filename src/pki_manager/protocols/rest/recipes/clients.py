"""Recipes of ACME clients, which request and renew certificates."""

from __future__ import annotations

from pki_manager.protocols.rest.recipes.values import EMAIL, HMAC_PLACEHOLDER, RecipeValues, lines


def certbot(values: RecipeValues) -> str:
    """Return a certbot command, whose HTTP challenge uses port 80 of the machine."""
    return lines(certbot_command(values, "--standalone"))


def certbot_command(values: RecipeValues, *options: str) -> str:
    """Return the certbot command that requests the first certificate. The timer of certbot renews it."""
    return " \\\n  ".join(
        (
            f"sudo certbot certonly -n --agree-tos -m {EMAIL}",
            f"--server {values.directory}",
            f"--eab-kid {values.key_id} --eab-hmac-key={HMAC_PLACEHOLDER}",
            *options,
            f"-d {values.host}",
        )
    )


def deploy_hook(*commands: str) -> str:
    """Return the certbot option with shell commands for this certificate.

    certbot runs them after it issues and after it renews the certificate. `$RENEWED_LINEAGE` is the folder of its
    files.
    The first word must be a program: certbot checks that it exists, and a shell builtin is none.
    """
    return f"--deploy-hook '{' && '.join(commands)}'"


def comment(text: str) -> tuple[str, ...]:
    """Return the lines of a text as comments of a configuration file."""
    return tuple(f"# {line}" for line in text.splitlines())


def lego(values: RecipeValues) -> str:
    """Return two lego commands that use port 80 of the machine. The second one renews and must run every day."""
    common = (
        f"sudo lego --accept-tos --email {EMAIL} --path /etc/lego \\\n"
        f"  --server {values.directory} \\\n"
        f"  --eab --kid {values.key_id} --hmac {HMAC_PLACEHOLDER} \\\n"
        f"  --http --domains {values.host}"
    )
    return lines(f"{common} run", "# Renew: run this every day.", f"{common} renew --days 30")


def acme_sh(values: RecipeValues) -> str:
    """Return acme.sh commands that use port 80 of the machine."""
    server = f"--server {values.directory}"
    return lines(
        f"acme.sh --register-account {server} \\",
        f"  --eab-kid {values.key_id} --eab-hmac-key {HMAC_PLACEHOLDER}",
        f"acme.sh --issue --standalone {server} -d {values.host}",
        f"acme.sh --install-cert -d {values.host} \\",
        f"  --key-file /etc/ssl/private/{values.host}.key --fullchain-file /etc/ssl/{values.host}.pem",
    )


def win_acme(values: RecipeValues) -> str:
    """Return a win-acme command for an administrator's prompt. win-acme creates the renewal task."""
    return lines(
        f"wacs.exe --baseuri {values.directory} ^",
        f"  --accepttos --emailaddress {EMAIL} ^",
        f"  --eab-key-identifier {values.key_id} --eab-key {HMAC_PLACEHOLDER} ^",
        f"  --source manual --host {values.host} --validation selfhosting --store certificatestore",
    )


def ansible(values: RecipeValues) -> str:
    """Return Ansible tasks with the collection community.crypto, for a web server whose root is /var/www/html."""
    challenge = f"order.challenge_data['{values.host}']['http-01']"
    certificate = (
        "      community.crypto.acme_certificate:",
        f"        csr: /etc/ssl/{values.host}.csr",
        f"        fullchain_dest: /etc/ssl/{values.host}.pem",
        "        challenge: http-01",
    )
    return lines(
        "- hosts: localhost",
        "  module_defaults:",
        "    group/community.crypto.acme:",
        f'      acme_directory: "{values.directory}"',
        "      acme_version: 2",
        "      account_key_src: /etc/ssl/private/acme-account.key",
        "  tasks:",
        "    - name: Register the account",
        "      community.crypto.acme_account:",
        "        state: present",
        "        terms_agreed: true",
        f'        contact: ["mailto:{EMAIL}"]',
        "        external_account_binding:",
        f'          kid: "{values.key_id}"',
        "          alg: HS256",
        f'          key: "{HMAC_PLACEHOLDER}"',
        "    - name: Order the certificate",
        *certificate,
        "      register: order",
        "    - name: Publish the challenge",
        "      ansible.builtin.copy:",
        f'        dest: "/var/www/html/{{{{ {challenge}.resource }}}}"',
        f'        content: "{{{{ {challenge}.resource_value }}}}"',
        "      when: order is changed",
        "    - name: Download the certificate",
        *certificate,
        '        data: "{{ order }}"',
        "      when: order is changed",
    )
