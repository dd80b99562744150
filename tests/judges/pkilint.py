"""pkilint's own command line tools: the library of the product's full lint, but whole and put together by others."""

from __future__ import annotations

import json
from pathlib import Path

from tests.judges.excuses import CRL, OCSP, unexcused
from tests.judges.findings import JudgeFinding
from tests.judges.kinds import certificate_kind
from tests.judges.services import require, run

_SEVERITIES = {"FATAL": "error", "ERROR": "error", "WARNING": "warning"}


def certificate(path: Path, issuer: Path | None = None) -> list[JudgeFinding]:
    """What is not excused about a certificate (PEM), and about it under its issuer, signature included."""
    found = _lint("lint_pkix_cert", [path])
    if issuer is not None:
        found += _lint("lint_pkix_signer_signee_cert_chain", [issuer, path])
    return unexcused(found, certificate_kind(path))


def crl(path: Path, *, of_root: bool = False) -> list[JudgeFinding]:
    """What is not excused about a CRL (PEM); `of_root` where it lists CA certificates only."""
    return unexcused(_lint("lint_crl", ["-t", "ARL" if of_root else "CRL", "-p", "PKIX", path]), CRL)


def ocsp(path: Path) -> list[JudgeFinding]:
    """What is not excused about an OCSP response (DER)."""
    return unexcused(_lint("lint_ocsp_response", [path]), OCSP)


def _lint(command: str, arguments: list[str | Path]) -> list[JudgeFinding]:
    """The exit code is the number of findings, so it says nothing; no JSON means that the file could not be read."""
    done = run([require(command), "lint", "-s", "WARNING", "-f", "JSON", *arguments])
    try:
        results = json.loads(done.stdout)["results"]
    except (json.JSONDecodeError, KeyError):
        return [JudgeFinding("pkilint", "unreadable", "error", (done.stderr or done.stdout).strip())]
    return [
        JudgeFinding("pkilint", said["code"], _SEVERITIES[said["severity"]], said.get("message") or "")
        for result in results
        for said in result["finding_descriptions"]
        if said["severity"] in _SEVERITIES
    ]
