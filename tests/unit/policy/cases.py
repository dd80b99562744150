"""Domain values that the policy tests judge: one good case of each, to be spoiled one field at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.ca import CaState, CertificateAuthority, Issuer, IssuerKey, KeyState, StatusUrls
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import PolicyRefused
from pki_manager.domain.known_key import KeyUsageHistory
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.request import KeyFacts, Purpose, RequestedContents, RequestFacts
from pki_manager.domain.rights.actor import Actor, ActorKind, Role
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.policy.decide import decide
from pki_manager.policy.reasons import RULES
from pki_manager.policy.roles import list_builtin_grants

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)
URLS = StatusUrls(
    crl="http://status.test/crl/ca/k1.crl",
    ocsp="http://status.test/ocsp",
    certificate="http://status.test/ca/ca/k1.cer",
)
ISSUER_VALIDITY = Validity(NOW - 30 * DAY, NOW + 3000 * DAY)
ISSUER_SUBJECT = DistinguishedName.of(("O", "Example"), ("CN", "Issuing CA"))


def san(text: str) -> AlternativeName:
    return AlternativeName.parse(text)


def sans(*texts: str) -> tuple[AlternativeName, ...]:
    return tuple(san(text) for text in texts)


def constraints(permitted: tuple[str, ...] = (), excluded: tuple[str, ...] = ()) -> NameConstraints:
    return NameConstraints(
        tuple(NameConstraints.subtree(text, "permitted") for text in permitted),
        tuple(NameConstraints.subtree(text, "excluded") for text in excluded),
    )


def actor(role: Role | None = Role.ADMINISTRATOR) -> Actor:
    return Actor(kind=ActorKind.TOKEN, id="token:1", name="one", via="rest", grants=list_builtin_grants(role))


def key(name: str | None = "ECDSA-P256", **changes: Any) -> KeyFacts:
    row = KEY_TYPES[name] if name else None
    facts = KeyFacts(
        family=row.family if row else None,
        description=name or "RSA key of 1024 bits",
        size=row.size if row else 1024,
        name=name,
        spki_der=b"the subject's key",
        spki_sha256=b"\x01" * 32,
    )
    if name and name.startswith("RSA"):
        facts = replace(facts, rsa_exponent=65537, rsa_close_primes=False, rsa_roca=False)
    return replace(facts, **changes)


def facts(
    subject: DistinguishedName | None = None, names: tuple[AlternativeName, ...] | None = None, **changes: Any
) -> RequestFacts:
    base = RequestFacts(
        subject=DistinguishedName() if subject is None else subject,
        sans=sans("DNS:www.example.com") if names is None else names,
        other_names=(),
        key=key(),
        requested_extensions=(),
        signature_hash="sha256",
    )
    return replace(base, **changes)


def issuer(state: CaState = CaState.ACTIVE, **changes: Any) -> Issuer:
    ca_id = UUID(int=1)
    ca = CertificateAuthority(
        id=ca_id,
        name="Issuing CA",
        subject=ISSUER_SUBJECT,
        subject_der=b"",
        parent_id=None,
        state=state,
        path_length=None,
        name_constraints=NameConstraints(),
        validity=ISSUER_VALIDITY,
        created_at=NOW - 30 * DAY,
        owner_id=None,
        team_id=None,
    )
    issuer_key = IssuerKey(
        id=UUID(int=2),
        ca_id=ca_id,
        number=1,
        backend="embedded",
        backend_key_id="k",
        key_type="ECDSA-P256",
        signature_algorithm="ECDSA-SHA256",
        state=KeyState.CURRENT,
        spki_der=b"the issuer's key",
        subject_key_identifier=b"\x02" * 20,
        urls=URLS,
        crl_number=0,
        created_at=NOW - 30 * DAY,
        name_hash_sha1=b"\x03" * 20,
        name_hash_sha256=b"\x03" * 32,
        key_hash_sha1=b"\x04" * 20,
        key_hash_sha256=b"\x04" * 32,
        ocsp_key_id="o",
    )
    base = Issuer(
        ca=ca,
        key=issuer_key,
        certificate_der=b"certificate",
        validity=ISSUER_VALIDITY,
        path_length=None,
        ancestors_constraints=(),
    )
    return replace(base, **changes)


def root_issuer(state: CaState = CaState.PENDING) -> Issuer:
    """A root that is about to certify itself."""
    base = issuer(state)
    return replace(base, certificate_der=None, self_signed=True, ca=replace(base.ca, validity=None))


def root_facts() -> RequestFacts:
    own = root_issuer()
    return RequestFacts.of_key(key(spki_der=own.key.spki_der), own.ca.subject)


def plan(
    request: RequestFacts | None = None,
    wanted: RequestedContents | None = None,
    profile: Profile = TLS_SERVER,
    by: Issuer | None = None,
    *,
    who: Actor | None = None,
    now: datetime = NOW,
    key_history: KeyUsageHistory | None = None,
    purpose: Purpose = Purpose.ENROL,
) -> CertificatePlan:
    return decide(
        request or facts(),
        wanted or RequestedContents(),
        profile,
        by or issuer(),
        who or actor(),
        now,
        key_history=key_history or KeyUsageHistory(),
        purpose=purpose,
    )


def refusals(*args: Any, **kwargs: Any) -> set[tuple[str, str]]:
    """The (field, rule) pairs for which `plan(...)` is refused; each reason must quote its source."""
    with pytest.raises(PolicyRefused) as caught:
        plan(*args, **kwargs)
    for error in caught.value.errors:
        assert error.message.endswith(f"({RULES[error.rule]})")
        assert error.message in caught.value.detail
    return {(error.field, error.rule) for error in caught.value.errors}
