"""A preview of a certificate: decided, built, and linted, under a throwaway signature.

Nothing is signed by a CA or stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pki_manager.authority.signing.lint_gate import make_full_certificate_lint
from pki_manager.domain.ca import Issuer
from pki_manager.domain.errors import FieldError, Refused
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.policy import validity
from pki_manager.policy.decide import decide
from pki_manager.x509.decode import Decoded, decode_objects
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import draft_certificate

SERIAL = (1 << 126) + 1
"""Placeholder for the serial number in previews."""

_ACTOR = build_system_actor("preview")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The result of a preview. `certificate` is None if policy refuses the request.

    The certificate has no serial number and no fingerprints. `refusals` are the reasons of policy, `notes` say what was
    changed or ignored, and `findings` are all findings of lint.
    """

    certificate: Decoded | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusals: tuple[FieldError, ...] = ()

    def is_sound(self) -> bool:
        """Return whether the certificate could be issued."""
        return not self.refusals and all(finding.severity is not Severity.ERROR for finding in self.findings)


def preview(
    facts: RequestFacts, requested: RequestedContents, profile: Profile, issuer: Issuer, now: datetime, purpose: Purpose
) -> Preview:
    """Return a preview: the decision of policy, the certificate, and the findings of lint.

    The actor's permissions and the history of the key are not checked. Raises InvalidInput for an invalid validity or
    name; Conflict if the issuer cannot issue.
    """
    try:
        plan = decide(facts, requested, profile, issuer, _ACTOR, now, key_history=KeyUsageHistory(), purpose=purpose)
        period = validity.decide_validity(plan.validity, profile.validity, issuer, now)
        draft = draft_certificate(plan, issuer, period, SERIAL)
    except Refused as refusal:
        return Preview(refusals=refusal.errors)
    findings = make_full_certificate_lint(profile, issuer)(draft.der)
    return Preview(certificate=_shown(draft.der), notes=plan.notes, findings=findings)


def _shown(der: bytes) -> Decoded:
    (found,) = decode_objects(der)
    return replace(found, serial_number=None, fingerprint_sha256=None, fingerprint_sha1=None)
