"""What a certificate would be: decided, built and linted as any other, under a throwaway signature.

Nothing is signed by a CA, written or kept. It is no second road to a certificate: the object that lint sees stays here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pki_manager.authority.signing.lint_gate import full_certificate_lint
from pki_manager.domain.ca import Issuer
from pki_manager.domain.errors import FieldError, Refused
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts
from pki_manager.domain.rights.actor import system
from pki_manager.policy import validity
from pki_manager.policy.decide import decide
from pki_manager.x509.decode import Decoded, decode_objects
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import draft_certificate

SERIAL = (1 << 126) + 1
"""Stands for a serial number."""

_ACTOR = system("preview")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`certificate` is what would be signed, without serial number and fingerprints; None where policy refuses it.

    `refusals` say why it would be refused. `notes` say what was changed or ignored, `findings` are all of lint's.
    """

    certificate: Decoded | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    refusals: tuple[FieldError, ...] = ()

    def is_sound(self) -> bool:
        """Whether it could be signed."""
        return not self.refusals and all(finding.severity is not Severity.ERROR for finding in self.findings)


def preview(
    facts: RequestFacts, requested: RequestedContents, profile: Profile, issuer: Issuer, now: datetime, purpose: Purpose
) -> Preview:
    """What policy and lint say. Whether the caller may have it, and what is known of the key, is not asked here.

    InvalidInput for a validity or a name that cannot be meant; Conflict where the issuer does not issue.
    """
    try:
        plan = decide(facts, requested, profile, issuer, _ACTOR, now, key_history=KeyUsageHistory(), purpose=purpose)
        period = validity.decide_validity(plan.validity, profile.validity, issuer, now)
        draft = draft_certificate(plan, issuer, period, SERIAL)
    except Refused as refusal:
        return Preview(refusals=refusal.errors)
    findings = full_certificate_lint(profile, issuer)(draft.der)
    return Preview(certificate=_shown(draft.der), notes=plan.notes, findings=findings)


def _shown(der: bytes) -> Decoded:
    (found,) = decode_objects(der)
    return replace(found, serial_number=None, fingerprint_sha256=None, fingerprint_sha1=None)
