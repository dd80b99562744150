"""TLS clients as judges of what a listener sends: OpenSSL, GnuTLS, and Java, each with the trust anchors of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.judges.services import require, run

_JAVA = Path(__file__).with_name("TlsJudge.java")


def openssl(port: int, anchors: Path) -> str:
    """`ok`, or what OpenSSL says of the certificate."""
    command = [require("openssl"), "s_client", "-connect", f"localhost:{port}", "-servername", "localhost"]
    options = ["-verify_hostname", "localhost", "-verify_return_error", "-no-CApath", "-no-CAstore", "-CAfile", anchors]
    done = run([*command, *options])
    return "ok" if "Verify return code: 0 (ok)" in done.stdout else done.stderr.strip()


def gnutls(port: int, anchors: Path) -> str:
    """`ok`, or what GnuTLS says of the certificate."""
    options = [f"--x509cafile={anchors}", "--verify-hostname=localhost", f"--port={port}", "localhost"]
    done = run([require("gnutls-cli"), *options])
    return "ok" if "Status: The certificate is trusted." in done.stdout else f"{done.stdout}\n{done.stderr}".strip()


def java(port: int, anchors: Path) -> str:
    """`ok`, or what Java says of the certificate."""
    done = run([require("java"), "-XX:TieredStopAtLevel=1", _JAVA, str(port), anchors])
    said = done.stdout.strip()
    return "ok" if said == "OK" else said or done.stderr.strip()


CLIENTS: Mapping[str, Callable[[int, Path], str]] = {"openssl": openssl, "gnutls": gnutls, "java": java}
