"""Certificates by their ACME renewal identifier (RFC 9773 §4.1), and the check of `replaces` in an order.

The identifier consists of the issuer's key identifier and the serial number.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pki_manager.authority.acme.order_status import get_order_status
from pki_manager.authority.certificates.predecessors import require_renewable
from pki_manager.domain.acme.orders import AcmeAccount, Identifier, OrderState
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import Conflict, FieldError, Forbidden, InvalidInput
from pki_manager.ports.unit_of_work import Reader, UnitOfWork


def find_certificate(reader: Reader, key_identifier: bytes, serial: int) -> Certificate | None:
    """Return the certificate with this key identifier of its issuer and this serial number.

    Certificates of all keys of this installation are searched. None if there is none.
    """
    for certificate in reader.certificates.find_many(reader.certificates.find_ids_by_serials([serial])):
        if reader.issuer_keys.get(certificate.issuer_key_id).subject_key_identifier == key_identifier:
            return certificate
    return None


class PredecessorName(NamedTuple):
    """The renewal identifier of a certificate: its issuer's key identifier and its serial number (RFC 9773 §4.1)."""

    key_identifier: bytes
    serial: int


def get_predecessor_name(reader: Reader, certificate_id: UUID) -> PredecessorName:
    """Return the renewal identifier of a certificate."""
    certificate = reader.certificates.get(certificate_id)
    return PredecessorName(reader.issuer_keys.get(certificate.issuer_key_id).subject_key_identifier, certificate.serial)


def require_predecessor(
    uow: UnitOfWork,
    account: AcmeAccount,
    named: tuple[bytes, int],
    identifiers: Collection[Identifier],
    now: datetime,
) -> Certificate:
    """Return the certificate that an order of this account can replace (RFC 9773 §5).

    Raises InvalidInput with the rule `acme.replaces` unless this installation issued it and it shares a name with the
    order; Forbidden unless an order of this account requested it; Conflict with the rule `acme.already_replaced` if
    another order replaces it.
    """
    certificate = find_certificate(uow, *named)
    if certificate is None or not {one.san() for one in identifiers} & set(certificate.sans):
        raise InvalidInput.of(
            "replaces",
            "acme.replaces",
            "must be a certificate issued by this installation that has a name of this order",
        )
    order = uow.acme.orders.find_by_serial(certificate.issuer_key_id, certificate.serial)
    if order is None or order.account_id != account.id:
        raise Forbidden("The certificate to replace belongs to another account.")
    require_renewable(certificate)
    for other in uow.acme.orders.list_replacing(certificate.id):
        if get_order_status(uow, other, now).state is not OrderState.INVALID:
            message = "The certificate is already replaced by another order."
            raise Conflict(message, errors=(FieldError("replaces", "acme.already_replaced", message),))
    return certificate
