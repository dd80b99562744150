"""Upload of a CRL that was signed elsewhere, for a CA whose key is not here, such as an offline root CA.

The CRL is checked against the CA's certificate and stored like CRLs that are signed here. So it is served at the CA's
CRL address on every host, and an operator is warned before it expires.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from pki_manager.authority.cas.import_ca import revoke_listed
from pki_manager.authority.kernel import guard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import list_certificates_of_keys
from pki_manager.authority.status.publish_crl import build_crl_paths, push
from pki_manager.domain.ca import CaState, CertificateAuthority, IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, FieldError, PolicyRefused
from pki_manager.domain.events.cas import CrlUploaded
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.revocations import CrlRecord
from pki_manager.ports.unit_of_work import Reader, UnitOfWork
from pki_manager.x509 import foreign, pem
from pki_manager.x509.foreign import ForeignCrl

FIELD = "crl"
_SKEW = timedelta(minutes=5)
"""Maximum time by which the clock of the machine that signed a CRL may be ahead."""


def upload_crl(ctx: Context, actor: Actor, ca: str, crl: str) -> CrlRecord:
    """Check, store, and publish a full CRL (PEM or Base64 DER) of an external CA. Return the stored CRL.

    A CRL that is published already is returned unchanged. Raises NotFound if the CA does not exist;
    FreshAuthenticationRequired; Conflict for a CA that signs its own CRLs here; Malformed or TooLarge if the CRL cannot
    be read; InvalidInput for the CRL of another CA, a wrong signature, and a CRL that lists only a part; PolicyRefused
    with each reason for its number, its dates, and its distribution point.
    """
    access.require_somewhere(actor, Permission.CRL_PUBLISH)
    access.require_fresh(actor)
    with ctx.ports.storage.read() as reader:
        found = guard.get_ca(reader, actor, Permission.CRL_PUBLISH, ca)
        key = _external_key(reader, found)
        published = reader.crls.find_current(key.id)
    der = pem.read(crl, (pem.CRL,), FIELD, max_size=2 * foreign.MAX_CRL_OCTETS)
    if published is not None and published.der == der:
        return published
    content = foreign.read_full_crl(der, found.subject_der, key.spki_der, FIELD)
    with ctx.ports.storage.begin(actor) as uow:
        record = _store(ctx, uow, found, uow.issuer_keys.get(key.id), der, content)
    push(ctx, key.id)
    return record


def _external_key(reader: Reader, ca: CertificateAuthority) -> IssuerKey:
    if ca.state is not CaState.EXTERNAL:
        raise Conflict(f"CA {ca.name!r} signs its CRLs in this installation. Publish one with `pkim crl publish`.")
    return reader.issuer_keys.list_by_ca(ca.id)[0]


def _store(
    ctx: Context, uow: UnitOfWork, ca: CertificateAuthority, key: IssuerKey, der: bytes, content: ForeignCrl
) -> CrlRecord:
    _external_key(uow, uow.cas.get(ca.id))
    now = ctx.ports.clock.now()
    before = uow.crls.find_current(key.id)
    faults = [*_faults_of_dates(content, before, now), *_faults_of_number(content, key)]
    faults += _faults_of_address(ctx, uow, key, content)
    if faults:
        errors = tuple(FieldError(FIELD, rule, message) for rule, message in faults)
        detail = "; ".join(f"it {error.message}" for error in errors)
        raise PolicyRefused(f"The CRL cannot be published: {detail}.", errors=errors)
    record = CrlRecord(
        id=ctx.new_id(),
        issuer_key_id=key.id,
        number=content.number or 0,
        this_update=content.this_update,
        next_update=content.next_update or content.this_update,
        entries=len(content.entries),
        der=der,
        created_at=now,
    )
    uow.crls.add(record)
    uow.issuer_keys.raise_crl_number(key.id, record.number)
    revoked = revoke_listed(uow, key, content.entries, _end_of(uow, key), now)
    uow.record(
        CrlUploaded(
            object_id=str(key.id),
            ca=str(ca.id),
            number=record.number,
            entries=record.entries,
            revocations=revoked,
            next_update=f"{record.next_update:%Y-%m-%dT%H:%M:%SZ}",
            crl_sha256=hashlib.sha256(der).hexdigest(),
        )
    )
    return record


def _faults_of_dates(content: ForeignCrl, before: CrlRecord | None, now: datetime) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with thisUpdate and nextUpdate (RFC 5280 §5.1.2.4, §5.1.2.5), as rule and message."""
    this_update, next_update = content.this_update, content.next_update
    if this_update > now + _SKEW:
        yield "crl.this_update", f"must not be from the future; its thisUpdate is {_shown(this_update)}"
    if before is not None and this_update < before.this_update:
        yield "crl.this_update", f"must not be older than the published CRL, which is of {_shown(before.this_update)}"
    if next_update is None:
        yield "crl.next_update", "must have a nextUpdate"
    elif next_update <= this_update:
        yield "crl.next_update", "must have a nextUpdate that is later than its thisUpdate"
    elif next_update <= now:
        yield "crl.next_update", f"must not be expired; its nextUpdate is {_shown(next_update)}"


def _faults_of_number(content: ForeignCrl, key: IssuerKey) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the CRL number, which must increase (RFC 5280 §5.2.3), as rule and message."""
    if content.number is None:
        yield "crl.number", "must have a CRL number (RFC 5280 §5.2.3)"
    elif content.number <= key.crl_number:
        last = key.crl_number
        yield "crl.number", f"must have a CRL number above {last}, that of the last CRL; it has {content.number}"


def _faults_of_address(ctx: Context, reader: Reader, key: IssuerKey, content: ForeignCrl) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the distribution point (RFC 5280 §5.2.5), as rule and message.

    A CRL that names its distribution point is valid only for certificates that name the same one.
    """
    if not content.distribution_points:
        return
    named = set(_served_urls(ctx, key))
    named |= {url for one in _certificates_by(reader, key) for url in foreign.list_status_urls(one.der)}
    if named.isdisjoint(content.distribution_points):
        shown = ", ".join(content.distribution_points)
        message = f"must name a distribution point of this CA in issuingDistributionPoint, or none; it names {shown}"
        yield "crl.distribution_point", message


def _served_urls(ctx: Context, key: IssuerKey) -> tuple[str, ...]:
    """Return the URLs at which the CRL of an external CA is served."""
    base = ctx.config.status_url.rstrip("/")
    return tuple(f"{base}{path}" for path in (build_crl_paths(key, None)[0], f"/crl/{key.ca_id}.crl"))


def _certificates_by(reader: Reader, key: IssuerKey) -> Iterator[Certificate]:
    """Yield the CA certificates that the key signed."""
    keys = [one.id for one in reader.issuer_keys.list_all()]
    for of_key in list_certificates_of_keys(reader, keys).values():
        yield from (one for one in of_key if one.issuer_key_id == key.id)


def _end_of(reader: Reader, key: IssuerKey) -> datetime:
    """Return the latest expiration of the CA's certificates."""
    return max(one.validity.not_after for one in reader.certificates.list_by_subject_key(key.id))


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
