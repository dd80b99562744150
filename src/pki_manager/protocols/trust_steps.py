"""Instructions of the trust page: how to trust a root certificate on each operating system and program."""

from __future__ import annotations

from dataclasses import dataclass

_JAVA_STORE = "-cacerts -storepass changeit"


@dataclass(frozen=True, slots=True)
class Steps:
    """Instructions for one kind of system: paragraphs, then shell commands or a file to paste."""

    system: str
    text: tuple[str, ...]
    commands: str = ""


def list_steps(url: str, fingerprint: bytes) -> tuple[Steps, ...]:
    """Return the instructions for every system.

    `url` is the URL of the status listener, `fingerprint` the SHA-256 of the certificate, 32 octets.
    """
    digits = fingerprint.hex()
    alias = f"pki-manager-{digits[:16]}"
    return (*_servers(url, digits, alias), *_devices(url, digits, alias), *_programs(alias))


def _servers(url: str, digits: str, alias: str) -> tuple[Steps, ...]:
    fetch = fetch_command(url, digits)
    update = "These commands continue after the commands of 'Download and verify'."
    return (
        Steps(
            "Download and verify (Linux, macOS)",
            ("The last command writes root.pem only if the fingerprint matches.",),
            fetch,
        ),
        Steps(
            "Any Linux with pkim",
            ("pkim verifies the fingerprint before it writes the file. It finds the stores of this machine.",),
            f"pkim trust fetch --url {url} --fingerprint {digits} --out root.pem\nsudo pkim trust install root.pem",
        ),
        Steps(
            "Debian, Ubuntu",
            (update,),
            f"sudo install -m 644 root.pem /usr/local/share/ca-certificates/{alias}.crt\nsudo update-ca-certificates",
        ),
        Steps(
            "Fedora, Red Hat Enterprise Linux",
            (update,),
            f"sudo install -m 644 root.pem /etc/pki/ca-trust/source/anchors/{alias}.crt\nsudo update-ca-trust extract",
        ),
        Steps(
            "Arch Linux",
            (update,),
            f"sudo install -m 644 root.pem /etc/ca-certificates/trust-source/anchors/{alias}.crt\nsudo update-ca-trust",
        ),
    )


def fetch_command(url: str, digits: str) -> str:
    """Return shell commands that write root.pem if its fingerprint is `digits`, with curl, sha256sum, and OpenSSL."""
    return (
        f"curl -fsS {url}/roots/{digits}.cer -o root.cer &&\n"
        f'  echo "{digits}  root.cer" | sha256sum -c - &&\n'
        "  openssl x509 -inform DER -in root.cer -out root.pem"
    )


def _devices(url: str, digits: str, alias: str) -> tuple[Steps, ...]:
    return (
        Steps(
            "Windows",
            ("Run in PowerShell as administrator. The second command must print the fingerprint of this page.",),
            f"Invoke-WebRequest {url}/roots/{digits}.cer -OutFile {alias}.cer\n"
            f"(Get-FileHash {alias}.cer -Algorithm SHA256).Hash\n"
            f"Import-Certificate -FilePath {alias}.cer -CertStoreLocation Cert:\\LocalMachine\\Root",
        ),
        Steps(
            "macOS",
            ("Download and verify root.pem first. On macOS, use `shasum -a 256 -c -` in place of `sha256sum -c -`.",),
            "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain root.pem",
        ),
        Steps(
            "iPhone, iPad",
            (
                "1. In Safari, open this page and download the Apple profile.",
                "2. Open Settings, then 'Profile Downloaded', and install it.",
                "3. Open Settings > General > About > Certificate Trust Settings, and switch the root on.",
                "Compare the fingerprint under 'More Details' before you install.",
            ),
        ),
        Steps(
            "Android",
            (
                "1. Download the DER file.",
                "2. Open Settings > Security > Encryption & credentials > Install a certificate > CA certificate.",
                "3. Select the file. Names of menus differ between manufacturers.",
                "Browsers use the certificate. An app uses it only if its configuration allows user certificates.",
            ),
        ),
    )


def _programs(alias: str) -> tuple[Steps, ...]:
    return (
        Steps(
            "Firefox (policy for all users)",
            (
                "Install root.pem as /etc/firefox/policies/root.pem, and write /etc/firefox/policies/policies.json.",
                "On Windows and macOS, the policy ImportEnterpriseRoots makes Firefox use the roots of the system.",
            ),
            '{"policies": {"Certificates": {"ImportEnterpriseRoots": true,\n'
            '  "Install": ["/etc/firefox/policies/root.pem"]}}}',
        ),
        Steps(
            "Chromium on Linux (NSS)",
            ("Run as the user of the browser. On Debian, certutil is in the package libnss3-tools.",),
            f"certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n {alias} -i root.pem",
        ),
        Steps(
            "Java",
            ("Run as root for the truststore of the Java installation. The default password is changeit.",),
            f"keytool -importcert -noprompt {_JAVA_STORE} -alias {alias} -file root.pem",
        ),
    )
