"""The terms that, besides the request, decide what an operation signs: frozen for approval, compared on execution."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from pki_manager.authority.cas.issuer_key import KeyPlace, describe_key
from pki_manager.authority.certificates.profiles import hash_definition
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.algorithms import choose_signature, get_key_type
from pki_manager.domain.ca import Issuer, IssuerKey
from pki_manager.domain.errors import Conflict
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import Purpose, RequestedContents, RequestFacts
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy.decide import decide
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import UnitOfWork
from pki_manager.x509 import signer_key

_OF_THE_MOMENT = frozenset({"notes", "spki_sha256", "profile", "profile_version"})
_OF_A_NEW_KEY = frozenset({"ca", "crl_url", "ocsp_url", "issuer_url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningTerms:
    """The terms of a CA certificate to be signed: its profile, issuer, and constraints.

    `issuer` is None for a root CA, whose key does not exist yet. `planned` has the values of the plan, without the key.
    `also` are further profiles that the operation uses.
    """

    profile: Profile
    issuer: Issuer | None
    planned: dict[str, object]
    also: tuple[Profile, ...] = ()

    def body(self) -> dict[str, object]:
        """Return the terms as JSON values."""
        return {
            "profile": _profile(self.profile),
            "other_profiles": [_profile(one) for one in self.also],
            "issuer": None if self.issuer is None else _issuer(self.issuer),
            "planned": self.planned,
        }

    def require_unchanged(self, uow: UnitOfWork) -> None:
        """Raise Conflict if a profile or the issuer's current key has changed since the terms were computed."""
        for profile in (self.profile, *self.also):
            if _profile(uow.profiles.get(profile.name)) != _profile(profile):
                raise Conflict(f"Profile {profile.name!r} was changed. Send the request again.")
        if self.issuer is not None and uow.issuer_keys.get_current(self.issuer.ca.id).id != self.issuer.key.id:
            raise Conflict(f"The current key of CA {self.issuer.ca.name!r} has changed. Send the request again.")


def compute_signing_terms(
    actor: Actor,
    facts: RequestFacts,
    desired: RequestedContents,
    profile: Profile,
    issuer: Issuer,
    purpose: Purpose,
    now: datetime,
    also: tuple[Profile, ...] = (),
) -> SigningTerms:
    """Return the terms of the certificate that would be signed, as policy decides now. Errors as `policy.decide`."""
    plan = decide(facts, desired, profile, issuer, actor, now, key_history=KeyUsageHistory(), purpose=purpose)
    left_out = _OF_THE_MOMENT | (_OF_A_NEW_KEY if issuer.self_signed else frozenset())
    planned = {name: value for name, value in json.loads(plan.canonical()).items() if name not in left_out}
    return SigningTerms(profile=profile, issuer=None if issuer.self_signed else issuer, planned=planned, also=also)


def build_sample_key(
    ctx: Context, place: KeyPlace, type_name: str, algorithm_name: str | None, backend: str | None
) -> IssuerKey:
    """Return a throwaway key of that type, in no key backend, for decisions before the real key is generated."""
    row = get_key_type(type_name)
    algorithm = choose_signature(row, algorithm_name)
    spki = signer_key.encode_public_key(signer_key.get_throwaway_key(row))
    ref = KeyRef(backend or ctx.config.default_backend, "")
    key_id = ctx.new_id()
    return describe_key(ctx, place, key_id, ref, spki, type_name=row.name, algorithm_name=algorithm.name)


def _profile(profile: Profile) -> dict[str, object]:
    return {
        "name": profile.name,
        "version": profile.version,
        "sha256": hash_definition(profile),
        "state": profile.state.value,
        "validity": str(profile.validity.default),
    }


def _issuer(issuer: Issuer) -> dict[str, object]:
    return {
        "ca": str(issuer.ca.id),
        "name": issuer.ca.name,
        "key": str(issuer.key.id),
        "key_sha256": hashlib.sha256(issuer.key.spki_der).hexdigest(),
        "signature_algorithm": issuer.key.signature_algorithm,
        "not_after": issuer.validity.not_after.isoformat(),
    }
