"""ZLint as a judge of certificates, CRLs and OCSP responses. It exits with 0 whatever it finds: its JSON counts."""

from __future__ import annotations

import json
from pathlib import Path

from tests.judges.excuses import CRL, OCSP, unexcused
from tests.judges.findings import JudgeFinding
from tests.judges.kinds import certificate_kind
from tests.judges.services import require, run

_NOT_OURS = "CABF_EV,ETSI_ESI,CABF_SMIME_BR,Apple,Mozilla"
"""Rule books for extended validation, qualified certificates, S/MIME and two root programmes."""

_SEVERITIES = {"fatal": "error", "error": "error", "warn": "warning"}


def certificate(path: Path) -> list[JudgeFinding]:
    """What is not excused about a certificate (PEM)."""
    return unexcused(_lint(path, "pem"), certificate_kind(path))


def crl(path: Path) -> list[JudgeFinding]:
    """What is not excused about a CRL (PEM)."""
    return unexcused(_lint(path, "pem"), CRL)


def ocsp(path: Path) -> list[JudgeFinding]:
    """What is not excused about an OCSP response (DER)."""
    return unexcused(_lint(path, "der"), OCSP)


def _lint(path: Path, encoding: str) -> list[JudgeFinding]:
    done = run([require("zlint"), "-excludeSources", _NOT_OURS, "-format", encoding, path])
    try:
        results = json.loads(done.stdout)
    except json.JSONDecodeError:
        return [JudgeFinding("zlint", "unreadable", "error", (done.stderr or done.stdout).strip())]
    ran = [answer for answer in results.values() if answer["result"] not in ("NA", "NE")]
    if not ran:
        return [JudgeFinding("zlint", "nothing_judged", "error", "no lint applied to the object")]
    return [
        JudgeFinding("zlint", lint, _SEVERITIES[answer["result"]], answer.get("details", ""))
        for lint, answer in results.items()
        if answer["result"] in _SEVERITIES
    ]
