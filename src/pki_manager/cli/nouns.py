"""The nouns of the command line. Each is a module in `cli.commands` with its commands in `app`."""

from __future__ import annotations

from collections.abc import Mapping

NOUNS: Mapping[str, str] = {
    "ca": "Certificate authorities",
    "cert": "Certificates",
    "request": "Certificate requests in the queue",
    "approval": "Operations that wait for approval",
    "crl": "Certificate revocation lists",
    "profile": "Certificate profiles",
    "key": "CA keys, blocked keys, and the master key",
    "backend": "Key backends",
    "context": "Servers that you have signed in to",
    "trust": "Root certificates on this machine",
    "tools": "Decoding, linting, and verifying",
    "job": "Background jobs",
    "audit": "Audit log",
    "user": "Users",
    "role": "Custom roles",
    "team": "Teams",
    "service-account": "Service accounts",
    "session": "Sessions of users",
    "token": "API tokens",
    "credential": "Enrollment credentials",
    "acme": "EAB keys and accounts",
    "clock": "Clock that signatures rely on",
    "config": "Settings",
    "db": "Database",
    "backup": "Encrypted backups of the installation",
    "recover": "Changes that are missing after a restore",
}
"""The nouns with their help texts. They are here so that `pkim --help` imports none of the modules."""
