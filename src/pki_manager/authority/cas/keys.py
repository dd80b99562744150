"""The key inventory: for each issuer key its key backend, its use, and when it should be replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import list_certificates_of_keys
from pki_manager.authority.status.publish_crl import find_earliest_next_updates
from pki_manager.authority.status.publish_ocsp import find_round_starts
from pki_manager.domain.ca import SERVING, CertificateAuthority, IssuerKey, KeyUse
from pki_manager.domain.certificate import Certificate, Validity
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import OCSP_SIGNER, Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependant:
    """A CA key that chains to another key: its certificate, and how many unexpired certificates depend on it.

    `has_alternative_path` is true if the key also has a certificate from a key that does not chain to that other key.
    """

    key: IssuerKey
    ca: CertificateAuthority
    certificate: Certificate
    use: KeyUse
    has_alternative_path: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerKeyView:
    """An issuer key with its state. `validity` is that of its preferred certificate; None before the first one.

    `ocsp_signer` is its OCSP signing certificate in force. `last_used` is when it last signed a certificate or CRL.
    `crl_next_update` is the earliest `nextUpdate` of its CRLs, partitions included; None while one is missing.
    `ocsp_next_update` is the earliest `nextUpdate` of its published OCSP responses; None before the first.
    `rotation_due` is after two thirds of its certificate's validity; None for a key that no longer signs. `use` has the
    numbers of objects that need the key, and `dependants` the CA keys that chain to it; both only if a single key is
    shown.
    """

    key: IssuerKey
    ca: CertificateAuthority
    validity: Validity | None
    ocsp_signer: Certificate | None
    last_used: datetime | None
    rotation_due: datetime | None
    crl_next_update: datetime | None
    ocsp_next_update: datetime | None
    use: KeyUse | None = None
    dependants: tuple[Dependant, ...] = ()


def list_keys(ctx: Context, actor: Actor, ca: str | None, cursor: str | None, limit: int) -> Page[IssuerKeyView]:
    """List issuer keys, oldest first: those of one CA, by ID or name, or all.

    Raises NotFound if the CA does not exist.
    """
    access.require(actor, Permission.KEY_READ)
    with ctx.ports.storage.read() as reader:
        page = reader.issuer_keys.page(guard.find_known_ca_id(reader, actor, ca), cursor, limit)
        return Page(_views(ctx, reader, page.items), page.next_cursor)


def show_key(ctx: Context, actor: Actor, key_id: UUID) -> IssuerKeyView:
    """Return an issuer key and the objects that need it. Raises NotFound if it does not exist."""
    access.require(actor, Permission.KEY_READ)
    with ctx.ports.storage.read() as reader:
        return get_key_view(ctx, reader, key_id)


def get_key_view(ctx: Context, reader: Reader, key_id: UUID) -> IssuerKeyView:
    """Return an issuer key and the objects that need it. Raises the errors of `IssuerKeys.get`."""
    key, now = reader.issuer_keys.get(key_id), ctx.ports.clock.now()
    (view,) = _views(ctx, reader, [key])
    return replace(view, use=reader.issuer_keys.use(key, now), dependants=_dependants(reader, key_id, now))


def _dependants(reader: Reader, key_id: UUID, now: datetime) -> tuple[Dependant, ...]:
    """Return the CA keys that chain to a key, nearest first, each once."""
    by: dict[UUID, Certificate] = {}
    waiting = [key_id]
    while waiting:
        for one in reader.certificates.list_authorities_signed_by(waiting.pop(0), now):
            if one.subject_key_id is not None and one.subject_key_id != key_id and one.subject_key_id not in by:
                by[one.subject_key_id] = one
                waiting.append(one.subject_key_id)
    there = {key_id, *by}
    return tuple(_dependant(reader, one, found, there, now) for one, found in by.items())


def _dependant(reader: Reader, key_id: UUID, certificate: Certificate, there: set[UUID], now: datetime) -> Dependant:
    key = reader.issuer_keys.get(key_id)
    held = reader.certificates.list_by_subject_key(key_id)
    others = [one for one in held if one.is_self_signed() or one.issuer_key_id not in there]
    return Dependant(
        key=key,
        ca=reader.cas.get(key.ca_id),
        certificate=certificate,
        use=reader.issuer_keys.use(key, now),
        has_alternative_path=any(one.revocation is None and one.validity.contains(now) for one in others),
    )


def _views(ctx: Context, reader: Reader, keys: Sequence[IssuerKey]) -> tuple[IssuerKeyView, ...]:
    """Return the views of several keys, with as many database statements as for one key."""
    ids = [key.id for key in keys]
    held = list_certificates_of_keys(reader, ids)
    signers = reader.certificates.find_newest_by_keys(ids, "ocsp-responder", OCSP_SIGNER.id)
    last_used = reader.issuer_keys.find_last_uses(ids)
    cas = reader.cas.find_many({key.ca_id for key in keys})
    serving = [key for key in keys if key.state in SERVING]
    ends, began = find_earliest_next_updates(reader, serving), find_round_starts(reader, serving)
    validities = {key_id: best.validity for key_id, (best, *_) in held.items()}
    return tuple(
        IssuerKeyView(
            key=key,
            ca=cas[key.ca_id],
            validity=validities.get(key.id),
            ocsp_signer=signers.get(key.id),
            last_used=last_used.get(key.id),
            rotation_due=_rotation_due(key, validities.get(key.id)),
            crl_next_update=ends.get(key.id),
            ocsp_next_update=_answers_hold(began.get(key.id), signers.get(key.id), ctx.config.ocsp_validity),
        )
        for key in keys
    )


def _rotation_due(key: IssuerKey, validity: Validity | None) -> datetime | None:
    if validity is None or key.state not in SERVING:
        return None
    return validity.not_after - (validity.not_after - validity.not_before) / 3


def _answers_hold(began: datetime | None, signer: Certificate | None, ocsp_validity: timedelta) -> datetime | None:
    """Return when the published OCSP responses expire: at the latest with the certificate of their signer.

    None if there is no response or no signer.
    """
    if began is None or signer is None:
        return None
    return min(began.replace(microsecond=0) + ocsp_validity, signer.validity.not_after)
