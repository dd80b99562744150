"""Compare the path validation with x509-limbo, the collection of chains by the C2SP project.

    python -m tools.limbo limbo.json [--strict]

The file is the project's own and is not kept here. `limbo compile` creates it, with the bettertls cases, which
decision 009 leaves out. With `--strict`, the cases that differ must be those of `limbo_differences.toml`, no more and
no fewer. Without it, each difference needs an explanation: a lint rule that the certificates or CRLs break, which §6
of RFC 5280 does not have a verifier check, or an entry of that file. Otherwise, the exit status is 1.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pki_manager.domain.errors import PkiError
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.x509 import path, pem
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.tlv import DerError
from pki_manager.x509.decode.oid_names import PURPOSES
from pki_manager.x509.lint import Finding, Severity, lint_certificate, lint_crl
from pki_manager.x509.lint.registry import load_certificate_rules
from pki_manager.x509.lint.rule import judge

_WEB = "a rule of the CA/Browser Forum for public CAs; private ones need not keep it"
LISTED = Path(__file__).with_name("limbo_differences.toml")
MOST_LISTED = 5

WEB = "webpki::"
_MAX_SIZE = 1 << 20
_OIDS = {name: oid for oid, name in PURPOSES.items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """A case whose expected result is not returned: `result` is returned instead, for a reason and by a clause."""

    id: str
    result: str
    clause: str
    reason: str


def main() -> int:
    is_strict, listed = "--strict" in sys.argv[2:], read_differences(LISTED)
    cases = _cases(Path(sys.argv[1]))
    results = {case["id"]: _answer(case, strict=is_strict) for case in cases}
    differing = {case["id"]: results[case["id"]] for case in cases if results[case["id"]] != case["expected_result"]}
    if is_strict:
        faults = find_faults(differing, listed)
    else:
        explanations = {
            case["id"]: _explanation(case, differing[case["id"]], listed) for case in cases if case["id"] in differing
        }
        faults = [
            f"{name}: returned {differing[name]}, unexplained" for name, why in explanations.items() if why is None
        ]
        sys.stdout.writelines(f"{name}: {differing[name]}: {why}\n" for name, why in explanations.items() if why)
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"cases: {len(cases)}, agree: {len(cases) - len(differing)}, differ: {len(differing)}\n")
    return int(bool(faults))


def read_differences(file: Path) -> tuple[Difference, ...]:
    """Return the listed differences. TypeError for an entry with a field missing or unknown."""
    entries = tomllib.loads(file.read_text(encoding="utf-8"))["difference"]
    return tuple(Difference(**entry) for entry in entries)


def find_faults(differing: Mapping[str, str], listed: Sequence[Difference]) -> list[str]:
    """Return how the results that differ, by case, deviate from the list."""
    expected = {entry.id: entry.result for entry in listed}
    faults = [f"{name}: returned {result}, not listed" for name, result in differing.items() if name not in expected]
    for name, result in expected.items():
        if name not in differing:
            faults.append(f"{name}: listed, but it agrees or is missing")
        elif differing[name] != result:
            faults.append(f"{name}: returned {differing[name]}, listed with {result}")
    if len(listed) > MOST_LISTED:
        faults.append(f"{len(listed)} cases are listed; at most {MOST_LISTED} can be")
    return faults


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


def _explanation(case: Mapping[str, Any], result: str, listed: Sequence[Difference]) -> str | None:
    if result == "FAILURE":
        return next((entry.reason for entry in listed if entry.id == case["id"] and entry.result == result), None)
    if found := next(_broken(case), None):
        return f"lint says {found}"
    return _WEB if case["id"].startswith(WEB) else None


def _broken(case: Mapping[str, Any]) -> Iterator[str]:
    """Return the rules of RFC 5280's profile that the case breaks: built-in ones and pkilint's.

    The chains are dated 1970, before any rule took effect, so the built-in rules run regardless of their dates.
    """
    timeless = [replace(rule, since=date.min) for rule in load_certificate_rules()]
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
