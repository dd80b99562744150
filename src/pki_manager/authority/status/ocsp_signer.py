"""The OCSP signing certificate of each issuer key: issued by that key, renewed early, with its own key."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pki_manager.authority.certificates.enroll import issue_own
from pki_manager.authority.certificates.local_keys import build_local_key_facts
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.directory import Terms
from pki_manager.authority.kernel.issuers import load_issuer_of_key
from pki_manager.authority.signing.sign import SigningKey
from pki_manager.domain.algorithms import (
    choose_ocsp_signature,
    choose_ocsp_signer_type,
    get_key_type,
    get_signature_algorithm,
)
from pki_manager.domain.ca import CaState, Issuer, IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import BackendUnavailable, PkiError
from pki_manager.domain.events.cas import OcspSignerRenewed
from pki_manager.domain.names import DistinguishedName
from pki_manager.domain.request import RequestedContents
from pki_manager.domain.rights.actor import OCSP_SIGNER
from pki_manager.policy.constraints import find_common_directory
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import keys, parse
from pki_manager.x509.ocsp.facts import find_delegation_fault
from pki_manager.x509.ocsp.response import OcspSigner

_log = logging.getLogger(__name__)

PROFILE = "ocsp-responder"
OWNER = OCSP_SIGNER


@dataclass(frozen=True, slots=True)
class ResponderKey:
    """The key that signs OCSP responses about an issuer key, and the values that responses contain about it."""

    ref: KeyRef
    signer: OcspSigner
    not_after: datetime

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.ref, self.signer.spki_der)


def ensure(ctx: Context, issuer_key_id: UUID) -> Certificate:
    """Return the OCSP signing certificate of an issuer key.

    A new one is issued if it is missing, unsuitable, or in the last third of its validity. Raises Conflict if the CA
    cannot issue; BackendUnavailable if its key is unavailable.
    """
    with ctx.ports.storage.read() as reader:
        issuer = load_issuer_of_key(reader, issuer_key_id)
        certificate = _newest(reader, issuer)
        profile = reader.profiles.get(PROFILE)
    if certificate is not None and not _ageing(certificate, ctx.ports.clock.now()):
        fault = find_delegation_fault(certificate.der, issuer)
        if fault is None:
            return certificate
        _log.error("OCSP signing certificate refused", extra={"certificate": str(certificate.id), "reason": fault})
    request = build_local_key_facts(_public_key(ctx, issuer))
    name = f"OCSP responder {issuer.ca.id} k{issuer.key.number}"
    below = find_common_directory(issuer.ancestors_constraints)
    requested = RequestedContents(subject=DistinguishedName((*below.rdns, *DistinguishedName.of(("CN", name)).rdns)))
    renewed = issue_own(ctx, OWNER, request, requested, Terms(profile, issuer))
    with ctx.ports.storage.begin(OWNER) as uow:
        uow.record(OcspSignerRenewed(object_id=str(issuer_key_id), certificate=str(renewed.id)))
    return renewed


def load(ctx: Context, issuer_key_id: UUID) -> ResponderKey:
    """Return the OCSP signing key of an issuer key. Raises BackendUnavailable if it has no valid certificate."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        issuer = load_issuer_of_key(reader, issuer_key_id)
        certificate = _newest(reader, issuer)
    # In its last second nothing can be signed that holds for one.
    if certificate is None or certificate.revocation is not None or not _holds_beyond(certificate, now):
        raise BackendUnavailable(
            "The issuer key has no valid OCSP signing certificate.", retry_after=5, issuer_key=issuer_key_id
        )
    fault = find_delegation_fault(certificate.der, issuer)
    if fault is not None:
        raise BackendUnavailable(f"The OCSP signing certificate is refused: {fault}.", issuer_key=issuer_key_id)
    spki = parse.parse_certificate(certificate.der).key.spki_der
    algorithm = choose_ocsp_signature(
        get_signature_algorithm(issuer.key.signature_algorithm), get_key_type(certificate.key_type)
    )
    return ResponderKey(
        ref=KeyRef(issuer.key.backend, issuer.key.ocsp_key_id),
        signer=OcspSigner(algorithm, spki, keys.compute_subject_key_identifier(spki), certificate.der),
        not_after=certificate.validity.not_after,
    )


def ensure_all(ctx: Context) -> None:
    """Run `ensure` for every key whose CA can renew. The first failure is raised after all have been tried."""
    now = ctx.ports.clock.now()
    with ctx.ports.storage.read() as reader:
        keys = [key.id for key in reader.issuer_keys.list_serving() if can_renew(reader, key, now)]
    failure: PkiError | None = None
    for key_id in keys:
        try:
            ensure(ctx, key_id)
        except PkiError as error:
            failure = failure or error
    if failure is not None:
        raise failure


def can_renew(reader: Reader, key: IssuerKey, now: datetime) -> bool:
    """Return whether an OCSP signer of that key can be issued: its certificate is valid, its CA not revoked."""
    living = (one for one in reader.certificates.list_by_subject_key(key.id) if now <= one.validity.not_after)
    over = (CaState.EXPIRED, CaState.REVOKED)
    return any(living) and reader.cas.get(key.ca_id).state_at(now) not in over


def _holds_beyond(certificate: Certificate, now: datetime) -> bool:
    return certificate.validity.contains(now) and now.replace(microsecond=0) < certificate.validity.not_after


def _newest(reader: Reader, issuer: Issuer) -> Certificate | None:
    return reader.certificates.find_newest(issuer.ca.id, PROFILE, OWNER.id, issuer.key.id)


def _ageing(certificate: Certificate, now: datetime) -> bool:
    life = certificate.validity.not_after - certificate.validity.not_before
    return certificate.revocation is not None or now > certificate.validity.not_after - life / 3


def _public_key(ctx: Context, issuer: Issuer) -> bytes:
    """Return the public key of the OCSP signer, which is generated in the CA's backend if it does not exist.

    Its ID was fixed with the CA's key, so this can be repeated.
    """
    signer = ctx.ports.signers.get(issuer.key.backend)
    ref = signer.generate(choose_ocsp_signer_type(get_key_type(issuer.key.key_type)), issuer.key.ocsp_key_id)
    return signer.get_public_key(ref)
