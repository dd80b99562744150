"""The read-only part of a self-check: whether keys, certificates, and CRLs of an installation belong together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import IssuerKey, KeyState
from pki_manager.domain.errors import BackendUnavailable, PkiError
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.signer import KeyRef
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509 import foreign

_WITHOUT_KEY = (KeyState.EXTERNAL, KeyState.DESTROYED)


@dataclass(frozen=True, slots=True)
class StoredFault:
    """A fault of a stored key, certificate, or CRL.

    `is_known` is False if a key backend is unavailable, so that its keys cannot be compared.
    """

    subject: str
    message: str
    is_known: bool = True


def check_stored(ctx: Context, actor: Actor) -> tuple[StoredFault, ...]:
    """Return the faults found by comparing every issuer key with its key backend, certificates, and newest CRL.

    Raises Forbidden if the actor lacks the permission to read keys.
    """
    access.require(actor, Permission.KEY_READ)
    with ctx.ports.storage.read() as reader:
        cas = {ca.id: ca for ca in reader.cas.list_all()}
        keys = {key.id: key for key in reader.issuer_keys.list_all()}
        found: list[StoredFault] = []
        for key in keys.values():
            subject = f"{cas[key.ca_id].name}, key {key.number}"
            found += [] if key.state in _WITHOUT_KEY else _check_backend(ctx, subject, key)
            found += _check_signed(reader, subject, key, keys, cas[key.ca_id].subject_der)
    return tuple(found)


def _check_backend(ctx: Context, subject: str, key: IssuerKey) -> list[StoredFault]:
    try:
        held = ctx.ports.signers.get(key.backend).get_public_key(KeyRef(key.backend, key.backend_key_id))
    except BackendUnavailable as error:
        return [StoredFault(subject, error.detail, is_known=False)]
    except PkiError as error:
        return [StoredFault(subject, error.detail)]
    return [] if held == key.spki_der else [StoredFault(subject, "the key backend holds another key")]


def _check_signed(
    reader: Reader, subject: str, key: IssuerKey, keys: Mapping[UUID, IssuerKey], name_der: bytes
) -> Iterator[StoredFault]:
    for certificate in reader.certificates.list_by_subject_key(key.id):
        try:
            foreign.require_certificate_by(certificate.der, keys[certificate.issuer_key_id].spki_der, "certificate")
        except PkiError:
            yield StoredFault(subject, f"certificate {certificate.id} was not signed by its issuer")
    crl = None if key.state is KeyState.EXTERNAL else reader.crls.find_current(key.id)
    if crl is not None:
        try:
            foreign.read_full_crl(crl.der, name_der, key.spki_der)
        except PkiError as error:
            yield StoredFault(subject, f"CRL {crl.number} does not hold: {error.detail}")
