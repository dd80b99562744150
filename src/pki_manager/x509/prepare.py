"""Preparation of everything that a key signs: built once, linted under a throwaway signature, signed at most once.

Certificates, CRLs, OCSP responses, CA requests, and signed statements each become a `Prepared`, and
`authority.signing.sign` accepts nothing else, so an object that was not linted cannot be signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, SignatureAlgorithm, require_fit
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import Fault, FieldError, LintRefused
from pki_manager.domain.plan import CertificatePlan
from pki_manager.x509 import assemble, signer_key
from pki_manager.x509.build import build_tbs_certificate
from pki_manager.x509.lint import LINT_VERSION
from pki_manager.x509.lint.finding import Finding, Severity

Lint = Callable[[bytes], tuple[Finding, ...]]
"""A function that lints a whole signed object (DER).

The result omits findings that the profile accepts as lint exceptions.
"""


@dataclass(slots=True, kw_only=True)
class Prepared:
    """To-be-signed octets that passed lint, and the key (SubjectPublicKeyInfo, DER) that must sign them."""

    tbs: bytes
    algorithm: SignatureAlgorithm
    spki_der: bytes
    lint_version: str
    findings: tuple[Finding, ...] = ()
    _taken: bool = field(default=False, init=False, repr=False)

    def take(self, spki_der: bytes) -> bytes:
        """Return the octets, to be signed by that key. Raises Fault for another key, or if it was called before."""
        if spki_der != self.spki_der:
            raise Fault("The bytes were prepared for another key.")
        if self._taken:
            raise Fault("Prepared bytes can be signed only once.")
        self._taken = True
        return self.tbs

    @classmethod
    def resume(cls, *, tbs: bytes, algorithm: SignatureAlgorithm, spki_der: bytes, lint_version: str) -> Prepared:
        """Return a stored signing intent that can be signed again. Its octets were linted before they were stored."""
        return cls(tbs=tbs, algorithm=algorithm, spki_der=spki_der, lint_version=lint_version)


def prepare_certificate(
    plan: CertificatePlan, issuer: Issuer, validity: Validity, serial: int, *, lint: Lint
) -> Prepared:
    """Build and lint the certificate of a plan.

    `validity` is whole seconds UTC, `serial` is positive. Raises LintRefused with one FieldError for each error found,
    before any key is used. Raises the errors of `draft_certificate` too.
    """
    draft = draft_certificate(plan, issuer, validity, serial)
    return require_no_errors(draft.tbs, draft.algorithm, issuer.key.spki_der, lint(draft.der))


@dataclass(frozen=True, slots=True)
class CertificateDraft:
    """A certificate under a throwaway signature (DER), the bytes to be signed, and the algorithm of the issuer key."""

    tbs: bytes
    algorithm: SignatureAlgorithm
    der: bytes


def draft_certificate(plan: CertificatePlan, issuer: Issuer, validity: Validity, serial: int) -> CertificateDraft:
    """Build the certificate of a plan, to be linted or shown. A draft cannot be signed.

    Raises InvalidInput for a name that its encoding cannot contain; Fault for a plan that cannot be encoded.
    """
    algorithm = SIGNATURES[issuer.key.signature_algorithm]
    key_type = KEY_TYPES[issuer.key.key_type]
    require_fit(key_type, algorithm)
    try:
        tbs = build_tbs_certificate(plan, issuer, validity, serial, algorithm)
    except (ValueError, TypeError) as error:
        raise Fault("The plan cannot be encoded.", plan=plan.sha256().hex(), cause=str(error)) from error
    signature = signer_key.get_throwaway_signature(key_type, algorithm)
    return CertificateDraft(tbs, algorithm, assemble.assemble_signed(tbs, algorithm, signature))


def prepare_statement(body: bytes, algorithm: SignatureAlgorithm, spki_der: bytes) -> Prepared:
    """Prepare text for signing. Raises LintRefused for text that could be read as an X.509 object."""
    findings = (_LOOKS_LIKE_DER,) if body[:1] == b"\x30" else ()
    return require_no_errors(body, algorithm, spki_der, findings)


_LOOKS_LIKE_DER = Finding(
    "statement.no_der",
    Severity.ERROR,
    "RFC 5280 §4.1",
    "a statement must not begin as a DER SEQUENCE does",
    "statement",
)


def require_no_errors(
    tbs: bytes, algorithm: SignatureAlgorithm, spki_der: bytes, findings: Sequence[Finding]
) -> Prepared:
    """Return the octets as `Prepared` if lint found no error.

    Raises LintRefused with one FieldError for each error: `field` is the place of the error, `rule` is the lint rule
    with its citation.
    """
    errors = tuple(
        FieldError(finding.where, f"{finding.rule} ({finding.citation})", finding.message)
        for finding in findings
        if finding.severity is Severity.ERROR
    )
    if errors:
        messages = "; ".join(f"{error.field}: {error.message}" for error in errors)
        raise LintRefused(f"The object violates {len(errors)} lint rules: {messages}.", errors=errors)
    return Prepared(
        tbs=tbs, algorithm=algorithm, spki_der=spki_der, lint_version=LINT_VERSION, findings=tuple(findings)
    )
