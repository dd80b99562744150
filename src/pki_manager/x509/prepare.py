"""Prepare, then sign: bytes are built once, linted under a throwaway signature, and only those can be signed.

`Prepared` is what the road to a real key accepts, and `gate` makes it from findings alone: an object that was signed
but never linted cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, SignatureAlgorithm, require_fit
from pki_manager.domain.ca import Issuer
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import Fault, FieldError, LintRefused
from pki_manager.domain.plan import CertificatePlan
from pki_manager.x509 import assemble, signer_key
from pki_manager.x509.build import tbs_certificate
from pki_manager.x509.lint import LINT_VERSION
from pki_manager.x509.lint.finding import Finding, Severity

Lint = Callable[[bytes], tuple[Finding, ...]]
"""Judges a whole signed object (DER); findings that the profile excuses are already left out."""


@dataclass(slots=True, kw_only=True)
class Prepared:
    """To-be-signed bytes (DER) that passed lint. They are handed out once, for the issuer key they were made for."""

    tbs: bytes
    algorithm: SignatureAlgorithm
    issuer_key_id: UUID
    lint_version: str
    findings: tuple[Finding, ...] = ()
    _taken: bool = field(default=False, init=False, repr=False)

    def take(self, issuer_key_id: UUID) -> bytes:
        """The bytes, for signing: Fault for another issuer key than theirs, and the second time."""
        if issuer_key_id != self.issuer_key_id:
            raise Fault("prepared for another issuer key", prepared=str(self.issuer_key_id), asked=str(issuer_key_id))
        if self._taken:
            raise Fault("prepared bytes are signed once only", issuer_key=str(issuer_key_id))
        self._taken = True
        return self.tbs

    @classmethod
    def resume(cls, *, tbs: bytes, algorithm: SignatureAlgorithm, issuer_key_id: UUID, lint_version: str) -> Prepared:
        """A stored intent, made signable again: its bytes were linted before they were stored."""
        return cls(tbs=tbs, algorithm=algorithm, issuer_key_id=issuer_key_id, lint_version=lint_version)


def prepare_certificate(
    plan: CertificatePlan, issuer: Issuer, validity: Validity, serial: int, *, lint: Lint
) -> Prepared:
    """Build and lint the certificate of a plan. LintRefused, with one FieldError a finding, before any key is used.

    `validity` is whole seconds UTC, `serial` positive. InvalidInput for a name that its encoding cannot hold; Fault
    for a plan that makes no certificate.
    """
    algorithm = SIGNATURES[issuer.key.signature_algorithm]
    key_type = KEY_TYPES[issuer.key.key_type]
    require_fit(key_type, algorithm)
    try:
        tbs = tbs_certificate(plan, issuer, validity, serial, algorithm)
    except (ValueError, TypeError) as error:
        raise Fault("the plan is none that can be encoded", plan=plan.sha256().hex(), cause=str(error)) from error
    signature = signer_key.throwaway_signature(key_type, algorithm)
    return gate(tbs, algorithm, issuer, lint(assemble.signed(tbs, algorithm, signature)))


def gate(tbs: bytes, algorithm: SignatureAlgorithm, issuer: Issuer, findings: tuple[Finding, ...]) -> Prepared:
    """Only what was found free of errors can be signed: LintRefused with one FieldError a finding otherwise.

    `field` is where the finding points, `rule` the lint rule with its citation.
    """
    errors = tuple(
        FieldError(finding.where, f"{finding.rule} ({finding.citation})", finding.message)
        for finding in findings
        if finding.severity is Severity.ERROR
    )
    if errors:
        told = "; ".join(f"{error.field}: {error.message}" for error in errors)
        raise LintRefused(f"breaks {len(errors)} rule(s): {told}", errors=errors)
    return Prepared(
        tbs=tbs,
        algorithm=algorithm,
        issuer_key_id=issuer.key.id,
        lint_version=LINT_VERSION,
        findings=findings,
    )
