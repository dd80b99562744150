"""Holds our judgement of paths against x509-limbo, the collection of chains by the C2SP project.

    python -m tools.limbo limbo.json [--strict]

The file is the project's own (`limbo compile` makes it); it is not kept here. Every case whose expected result we do
not give has to be explained: by the lint rules, where the certificates or CRLs are not as RFC 5280 wants them made but
§6 asks no verifier to look; or by a sentence in `EXPLAINED`. A difference without one is named: exit status 1.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pki_manager.domain.errors import PkiError
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.x509 import path, pem
from pki_manager.x509.decode.oid_names import PURPOSES
from pki_manager.x509.lint import Finding, Severity, lint_certificate, lint_crl
from pki_manager.x509.lint.certificate import CertificateView
from pki_manager.x509.lint.der import DerError
from pki_manager.x509.lint.registry import certificate_rules
from pki_manager.x509.lint.rule import judge

_WEB = "a rule of the CA/Browser Forum for public CAs; private ones need not keep it"
_PURPOSE = "asked for a TLS server we want a keyUsage that fits one (RFC 5280 §4.2.1.12)"
EXPLAINED: Mapping[str, str] = {
    "pathlen::validation-ignores-pathlen-in-leaf": _PURPOSE,
    "rfc5280::ca-as-leaf": _PURPOSE,
    "pathlen::max-chain-depth-1-self-issued": "max_depth counts every certificate, self-issued ones too",
}
"""Cases that we answer otherwise, with the reason."""

WEB = "webpki::"
_MAX_SIZE = 1 << 20
_OIDS = {name: oid for oid, name in PURPOSES.items()}


def main() -> int:
    numbers, unexplained, strict = Counter[str](), 0, "--strict" in sys.argv[2:]
    for case in _cases(Path(sys.argv[1])):
        ours = _answer(case, strict=strict)
        if ours == case["expected_result"]:
            numbers["alike"] += 1
            continue
        why = None if strict else _explanation(case, ours)
        numbers["explained" if why else "unexplained"] += 1
        unexplained += not why
        sys.stdout.write(f"{case['id']}: wanted {case['expected_result']}, ours {ours}: {why or 'UNEXPLAINED'}\n")
    sys.stdout.write(f"{dict(numbers)}\n")
    return int(unexplained > 0 and not strict)


def _cases(file: Path) -> list[dict[str, Any]]:
    told = json.loads(file.read_text(encoding="utf-8"))
    cases: list[dict[str, Any]] = told["testcases"] if isinstance(told, dict) else told
    return [case for case in cases if (case["expected_peer_name"] or {}).get("kind") != "RFC822"]


def _answer(case: Mapping[str, Any], *, strict: bool = False) -> str:
    try:
        return "SUCCESS" if path.verify(_question(case, strict=strict)).valid else "FAILURE"
    except PkiError:
        return "FAILURE"


def _question(case: Mapping[str, Any], *, strict: bool) -> path.Question:
    name, depth, time = case["expected_peer_name"], case["max_chain_depth"], case["validation_time"]
    wanted = case["extended_key_usage"] or ["serverAuth" if case["validation_kind"] == "SERVER" else "clientAuth"]
    return path.Question(
        certificate=_certificate(case["peer_certificate"]),
        trust_anchors=tuple(map(_certificate, case["trusted_certs"])),
        intermediates=tuple(map(_certificate, case["untrusted_intermediates"])),
        crls=tuple(map(_crl, case["crls"])),
        time=datetime.fromisoformat(time) if time else datetime.now(UTC),  # noqa: TID251 - a tool has no clock of its own
        name=AlternativeName.of(NameKind(name["kind"]), name["value"]) if name else None,
        usage=_OIDS[wanted[0]],
        max_depth=10 if depth is None else depth + 2,
        strict=strict,
    )


def _explanation(case: Mapping[str, Any], ours: str) -> str | None:
    if case["id"] in EXPLAINED or ours == "FAILURE":
        return EXPLAINED.get(case["id"])
    if found := next(_broken(case), None):
        return f"lint says {found}"
    return _WEB if case["id"].startswith(WEB) else None


def _broken(case: Mapping[str, Any]) -> Iterator[str]:
    """Rules of RFC 5280's profile that something in the case breaks, ours or pkilint's.

    The chains are dated 1970, before any rule took effect, so ours are asked whatever the date.
    """
    timeless = [replace(rule, since=date.min) for rule in certificate_rules()]
    for text in (case["peer_certificate"], *case["untrusted_intermediates"], *case["trusted_certs"]):
        with suppress(DerError):
            yield from _errors(judge(timeless, CertificateView.read(_certificate(text), None)))
        yield from _errors(lint_certificate(_certificate(text), None, full=True))
    for text in case["crls"]:
        yield from _errors(lint_crl(_crl(text), None, full=True))


def _errors(findings: Iterable[Finding]) -> Iterator[str]:
    return (one.rule for one in findings if one.severity is Severity.ERROR)


def _certificate(text: str) -> bytes:
    return pem.read(text, (pem.CERTIFICATE,), "certificate", max_size=_MAX_SIZE)


def _crl(text: str) -> bytes:
    return pem.read(text, ("X509 CRL",), "crl", max_size=_MAX_SIZE)


if __name__ == "__main__":
    sys.exit(main())
