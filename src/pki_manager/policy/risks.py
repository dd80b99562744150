"""Risks of a certificate that approvers should know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.names import AlternativeName
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profiles.extensions import list_field_values
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.queue import Risk, Weight
from pki_manager.domain.request import ValidityRequest
from pki_manager.policy import covered
from pki_manager.policy.approval import is_free_identity

_STRONG = 128
"""Security strength in bits that SP 800-57 part 1 (table 4) requires beyond 2030."""

_MAX_NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Facts of the installation from which the risks of a plan are derived.

    `known` are the names of the plan that were certified before; `duplicates` are IDs of valid certificates with the
    same names and profile; `renews` is whether the certificate replaces a local one.
    """

    key_history: KeyUsageHistory
    known: frozenset[AlternativeName]
    duplicates: tuple[str, ...]
    renews: bool


def list_risks(plan: CertificatePlan, profile: Profile, around: Circumstances, now: datetime) -> tuple[Risk, ...]:
    """Return the risks of a plan, warnings first."""
    own = (*_of_names(plan, around), *_of_key(plan, around))
    found = (*own, *_of_validity(plan, profile, now), *_of_identity(plan, profile))
    return tuple(sorted(found, key=lambda risk: risk.weight is not Weight.WARNING))


ABOUT_OTHERS = frozenset({"name.new", "certificate.duplicate", "key.reused"})
"""Codes of risks that reveal objects of other users. Only approvers see these risks."""


def build_duplicates_risk(ids: tuple[str, ...]) -> Risk:
    """Return the risk that these valid certificates have the same names and profile as the request."""
    message = f"Valid certificates with these names and this profile exist: {', '.join(ids)}"
    return Risk("certificate.duplicate", Weight.WARNING, "sans", message, ids)


def _of_names(plan: CertificatePlan, around: Circumstances) -> Iterator[Risk]:
    new = [str(san) for san in plan.sans if san not in around.known]
    if new:
        shown = ", ".join(new[:_MAX_NAMES_SHOWN]) + (" and more" if len(new) > _MAX_NAMES_SHOWN else "")
        yield Risk("name.new", Weight.NOTICE, "sans", f"No certificate has contained these names before: {shown}")
    wild = [str(san) for san in plan.sans if "*" in san.value]
    if wild:
        yield Risk(
            "name.wildcard", Weight.WARNING, "sans", f"Wildcard names cover every host below them: {', '.join(wild)}"
        )
    if around.duplicates and not around.renews:
        yield build_duplicates_risk(around.duplicates)


def _of_key(plan: CertificatePlan, around: Circumstances) -> Iterator[Risk]:
    strength = KEY_TYPES[plan.key_type].strength
    if strength < _STRONG:
        message = (
            f"{plan.key_type} has {strength} bits of strength. {_STRONG} are recommended after 2030 (SP 800-57 part 1)"
        )
        yield Risk("key.weak", Weight.WARNING, "key", message)
    if around.key_history.owners and not around.renews:
        yield Risk("key.reused", Weight.WARNING, "key", "The key already has a certificate")


def _of_validity(plan: CertificatePlan, profile: Profile, now: datetime) -> Iterator[Risk]:
    if not _is_usual(plan.validity, profile, now):
        message = f"Longer than the usual validity of the profile, {profile.validity.default}"
        yield Risk("validity.long", Weight.WARNING, "validity", message)


def _is_usual(requested: ValidityRequest, profile: Profile, now: datetime) -> bool:
    usual = profile.validity.default
    if requested.duration is not None:
        return requested.duration.never_exceeds(usual)
    return requested.not_after is None or requested.not_after <= usual.after(requested.not_before or now)


def _of_identity(plan: CertificatePlan, profile: Profile) -> Iterator[Risk]:
    claims = covered.list_field_claims(list_field_values(plan.extensions))
    if is_free_identity(profile, (*plan.subject.attributes(), *claims)):
        message = "The certificate lets its holder sign in as a client under names that the requester chose"
        yield Risk("identity.chosen", Weight.WARNING, "subject", message)
