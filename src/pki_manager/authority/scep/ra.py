"""The SCEP registration authority (RA) of each CA: a certificate that the CA issues, with a key of its own.

Clients encrypt to that key, and key backends only sign, so the key is always in the embedded keystore. Each certificate
has a new key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.enroll import issue_own
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.authority.kernel.issuers import load_issuer
from pki_manager.domain.ca import CaState, Issuer
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, NotFound, PkiError
from pki_manager.domain.events.cas import ScepRaRenewed
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import SCEP_RA
from pki_manager.policy.constraints import find_common_directory
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import parse
from pki_manager.x509.cms.content import IssuerAndSerial

PROFILE = "scep-ra"
OWNER = SCEP_RA


@dataclass(frozen=True, slots=True)
class RegistrationAuthority:
    """A valid RA certificate, the issuer and serial number that messages name it by, and its public key."""

    certificate: Certificate
    named: IssuerAndSerial
    spki_der: bytes


def build_ra_key_prefix(issuer_key_id: UUID) -> str:
    """Return the prefix of the IDs of all RA keys whose certificates an issuer key has signed."""
    return f"scep-ra-{issuer_key_id}-"


def ensure_ra(ctx: Context, ca_id: UUID) -> Certificate:
    """Return the RA certificate of a CA's current key. A new one is issued in the last third of its validity.

    The first one is issued if there is none. Raises Conflict if the CA cannot issue; BackendUnavailable if its key is
    unavailable.
    """
    with ctx.ports.storage.read() as reader:
        issuer = load_issuer(reader, reader.cas.get(ca_id))
        held = reader.certificates.find_newest(ca_id, PROFILE, OWNER.id, issuer.key.id)
        profile = reader.profiles.get(PROFILE)
    if held is not None and not _is_ageing(held, ctx.ports.clock.now()):
        return held
    # By the certificate before it, so that an attempt that failed is repeated with the same key.
    spki = ctx.ports.ra_keys.generate(f"{build_ra_key_prefix(issuer.key.id)}{held.id if held else 'first'}")
    contents = RequestedContents(subject=_subject(issuer))
    certificate = issue_own(ctx, OWNER, build_local_key_facts(spki), contents, Terms(profile, issuer))
    with ctx.ports.storage.begin(OWNER) as uow:
        uow.record(ScepRaRenewed(object_id=str(ca_id), certificate=str(certificate.id)))
    return certificate


def renew_all(ctx: Context) -> None:
    """Renew the RA certificates of all CAs that have one and can issue. The first failure is raised at the end."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        able = [ca.id for ca in reader.cas.list_all() if ca.state_at(now) is CaState.ACTIVE]
        having_one = [ca_id for ca_id in able if reader.certificates.find_newest(ca_id, PROFILE, OWNER.id) is not None]
    failure: PkiError | None = None
    for ca_id in having_one:
        try:
            ensure_ra(ctx, ca_id)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure


def get_current_ra(ctx: Context, ca_id: UUID) -> RegistrationAuthority:
    """Return the newest valid RA certificate of a CA. Raises Conflict if there is none."""
    with ctx.ports.storage.read() as reader:
        held = reader.certificates.find_newest(ca_id, PROFILE, OWNER.id)
    if held is None or not _is_in_force(held, ctx.ports.clock.now()):
        raise Conflict("The CA has no SCEP registration authority certificate in force.")
    return _authority_of(held)


def get_named_ra(ctx: Context, ca_id: UUID, named: IssuerAndSerial) -> RegistrationAuthority:
    """Return the RA whose valid certificate a message is encrypted to; after a renewal it can be an older one.

    Raises NotFound if there is none.
    """
    with ctx.ports.storage.read() as reader:
        for held in _of_serial(reader, named.serial):
            is_one = held.ca_id == ca_id and held.profile == PROFILE and held.requested_by == OWNER.id
            if is_one and _is_in_force(held, ctx.ports.clock.now()) and (found := _authority_of(held)).named == named:
                return found
    raise NotFound("The message is encrypted to a certificate that is not in force.")


def _of_serial(reader: Reader, serial: int) -> tuple[Certificate, ...]:
    return tuple(reader.certificates.find_many(reader.certificates.find_ids_by_serials([serial])))


def _authority_of(held: Certificate) -> RegistrationAuthority:
    facts = parse.parse_certificate(held.der)
    return RegistrationAuthority(held, IssuerAndSerial(facts.issuer_der, facts.serial), facts.key.spki_der)


def _subject(issuer: Issuer) -> DistinguishedName:
    below = find_common_directory(issuer.ancestors_constraints)
    name = f"SCEP RA {issuer.ca.id} k{issuer.key.number}"
    return DistinguishedName((*below.rdns, *DistinguishedName.of(("CN", name)).rdns))


def _is_in_force(held: Certificate, now: datetime) -> bool:
    return held.revocation is None and held.validity.contains(now)


def _is_ageing(held: Certificate, now: datetime) -> bool:
    life = held.validity.not_after - held.validity.not_before
    return held.revocation is not None or now > held.validity.not_after - life / 3
