"""Which findings stop a signature: the gate between what was prepared and the real key."""

from __future__ import annotations

from collections.abc import Callable

from pki_manager.domain.authority import Issuer
from pki_manager.domain.profile import LintDepth, Profile, ProfileKind
from pki_manager.x509 import lint
from pki_manager.x509.lint.finding import Finding

Lint = Callable[[bytes], tuple[Finding, ...]]


def certificate_lint(profile: Profile, issuer: Issuer) -> Lint:
    """The lint of a certificate by its profile: pkilint always for CA and OCSP signer certificates, else as it says."""
    full = profile.lint is LintDepth.FULL or profile.kind is not ProfileKind.END_ENTITY
    excused = {excuse.rule for excuse in profile.excuses}

    def run(der: bytes) -> tuple[Finding, ...]:
        found = lint.lint_certificate(der, issuer.certificate_der, full=full)
        return tuple(finding for finding in found if finding.rule not in excused)

    return run


def crl_lint(issuer: Issuer) -> Lint:
    def run(der: bytes) -> tuple[Finding, ...]:
        return lint.lint_crl(der, issuer.certificate_der, full=True)

    return run


def ocsp_lint(*, full: bool) -> Lint:
    def run(der: bytes) -> tuple[Finding, ...]:
        return lint.lint_ocsp(der, full=full)

    return run
