"""OpenSSL's command line as a judge of paths, CRLs and OCSP. Its exit codes lie; what it prints does not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.judges.services import require, run

_FAULT = re.compile(r"^error \d+ at \d+ depth lookup: ?(.+)$", re.MULTILINE)


def verify(
    leaf: Path,
    intermediates: Sequence[Path],
    root: Path,
    crls: Sequence[Path],
    *,
    hostname: str | None = None,
    purpose: str = "sslserver",
    at: datetime | None = None,
) -> str:
    """`ok`, `revoked`, or OpenSSL's words for the first fault. All files are PEM; every CRL of the path is needed."""
    command: list[str | Path] = [require("openssl"), "verify", "-x509_strict", "-check_ss_sig", "-policy_check"]
    command += ["-crl_check_all", "-purpose", purpose, "-no-CApath", "-no-CAstore", "-CAfile", root]
    command += [word for path in intermediates for word in ("-untrusted", path)]
    command += [word for path in crls for word in ("-CRLfile", path)]
    command += ["-verify_hostname", hostname] if hostname else []
    command += ["-attime", str(int(at.timestamp()))] if at else []
    done = run([*command, leaf])
    fault = _FAULT.search(done.stdout + done.stderr)
    if fault:
        return "revoked" if fault[1] == "certificate revoked" else fault[1]
    if done.returncode == 0 and done.stdout.strip() == f"{leaf}: OK":
        return "ok"
    return (done.stderr or done.stdout).strip() or "nothing was said"


def crl(path: Path, issuer: Path) -> str:
    """`ok` when the CRL (PEM) carries the issuer's signature, else what OpenSSL says."""
    done = run([require("openssl"), "crl", "-in", path, "-CAfile", issuer, "-noout"])
    return "ok" if done.stderr.strip() == "verify OK" else done.stderr.strip() or "nothing was said"


@dataclass(frozen=True)
class OcspAnswer:
    """`status` is good, revoked or unknown from an answer that was verified; else what OpenSSL says is wrong."""

    status: str
    reason: str | None = None
    revoked_at: datetime | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None


def ocsp(leaf: Path, issuer: Path, root: Path, url: str, *, digest: str = "sha1", nonce: bool = True) -> OcspAnswer:
    """Ask the responder at `url` about the certificate and verify its answer. All files are PEM."""
    source = ["-url", url] if nonce else ["-url", url, "-no_nonce"]
    return _ocsp(leaf, issuer, root, source, digest, None)


def ocsp_response(
    leaf: Path, issuer: Path, root: Path, response: Path, *, digest: str = "sha1", at: datetime | None = None
) -> OcspAnswer:
    """The same of a stored response (DER)."""
    return _ocsp(leaf, issuer, root, ["-respin", response], digest, at)


def _ocsp(
    leaf: Path, issuer: Path, root: Path, source: Sequence[str | Path], digest: str, at: datetime | None
) -> OcspAnswer:
    # `openssl ocsp` has no -untrusted: the issuer gets into the signer's path by -verify_other.
    command: list[str | Path] = [require("openssl"), "ocsp", f"-{digest}", "-issuer", issuer, "-cert", leaf]
    done = run([*command, "-CAfile", root, "-verify_other", issuer, *source], at)
    status = re.search(rf"^{re.escape(str(leaf))}: (good|revoked|unknown)$", done.stdout, re.MULTILINE)
    if status is None or "Response verify OK" not in done.stderr:
        return OcspAnswer((done.stderr + done.stdout).strip() or "nothing was said")
    if "WARNING: Status times invalid" in done.stdout + done.stderr:
        return OcspAnswer("the status times are not of now")
    said = dict(re.findall(r"^\t([A-Za-z ]+): (.+)$", done.stdout, re.MULTILINE))
    times = (_time(said.get(key)) for key in ("Revocation Time", "This Update", "Next Update"))
    return OcspAnswer(status[1], said.get("Reason"), *times)


def _time(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%b %d %H:%M:%S %Y GMT").replace(tzinfo=UTC) if text else None
