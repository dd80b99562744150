"""The lint gate: which rules check an object before a CA key signs it, and which findings refuse it.

The built-in rules check every object. pkilint checks every certificate of a CA or an OCSP signer, and every certificate
of a profile with full lint. Of all other objects, it checks the first of each kind in a process, because objects of one
kind are built alike.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from pki_manager.domain.ca import Issuer
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.profiles.terms import LintDepth, ProfileKind
from pki_manager.x509 import lint
from pki_manager.x509.lint import Examination, Finding, Kind, KnownKinds, Severity

Lint = Callable[[bytes], tuple[Finding, ...]]


def make_certificate_lint(known: KnownKinds, profile: Profile, issuer: Issuer) -> Lint:
    """Return the lint function for a certificate, as deep as its profile says; in full for CA and OCSP certificates."""
    if profile.lint is LintDepth.FULL or profile.kind is not ProfileKind.END_ENTITY:
        return make_full_certificate_lint(profile, issuer)
    scope = ("certificate", profile.name, profile.version, issuer.key.id)
    return lambda der: _first_in_full(known, _examined(profile, issuer, der), scope, _accepted(profile))


def make_full_certificate_lint(profile: Profile, issuer: Issuer) -> Lint:
    """Return the lint function for a certificate with the built-in rules and pkilint, regardless of known kinds."""
    return lambda der: _kept(_examined(profile, issuer, der).all(), _accepted(profile))


def _examined(profile: Profile, issuer: Issuer, der: bytes) -> Examination:
    return lint.examine_certificate(der, issuer.certificate_der, public_tls=profile.public_tls)


def _accepted(profile: Profile) -> frozenset[str]:
    return frozenset(exception.rule for exception in profile.lint_exceptions)


def make_crl_lint(known: KnownKinds, issuer: Issuer) -> Lint:
    """Return the lint function for a CRL that this issuer's key signs."""
    scope = ("crl", issuer.key.id)
    return lambda der: _first_in_full(known, lint.examine_crl(der, issuer.certificate_der), scope)


def make_ocsp_lint(known: KnownKinds, issuer_key_id: UUID) -> Lint:
    """Return the lint function for an OCSP response about certificates of that issuer key."""
    scope = ("ocsp", issuer_key_id)
    return lambda der: _first_in_full(known, lint.examine_ocsp(der), scope)


def _first_in_full(
    known: KnownKinds, examined: Examination, scope: Kind, accepted: frozenset[str] = frozenset()
) -> tuple[Finding, ...]:
    """Return the findings of the built-in rules, and of pkilint if no object of that scope and kind has passed yet."""
    kind = None if examined.kind is None else (scope, examined.kind)
    if kind is not None and known.holds(kind):
        return _kept(examined.findings, accepted)
    found = _kept(examined.all(), accepted)
    if kind is not None and not any(finding.severity is Severity.ERROR for finding in found):
        known.add(kind)
    return found


def _kept(findings: tuple[Finding, ...], accepted: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.rule not in accepted)
