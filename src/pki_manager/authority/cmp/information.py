"""General messages of CMP (genm): CA certificates, root certificate update, CRL, and certificate template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca, list_certificates_of_key, load_issuer
from pki_manager.authority.signing.chains import find_chains
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.profiles.profile import Profile
from pki_manager.ports.unit_of_work import Reader
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp import identifiers
from pki_manager.x509.cmp.bodies import Information
from pki_manager.x509.cmp.information import encode_root_update, encode_template

Answer = tuple[str, bytes | None]


def answer(ctx: Context, ca_id: UUID, profile: Profile, requested: tuple[Information, ...]) -> tuple[Answer, ...]:
    """Return type and DER value of the response to each supported item of a general message (RFC 9483 §4.3).

    Raises InvalidInput with the rule `cmp.information` if no item is supported; NotFound if a CRL is requested before
    the first one is published.
    """
    with ctx.ports.storage.read() as reader:
        source = _Source(ctx, reader, ca_id, profile)
        found = [_ANSWERS[one.kind](source, one.value) for one in requested if one.kind in _ANSWERS]
    if not found:
        kinds = ", ".join(one.kind for one in requested) or "nothing"
        message = f"{kinds} is not supported; supported are {', '.join(_ANSWERS)}"
        raise InvalidInput.of("infoType", "cmp.information", message)
    return tuple(found)


class _Source:
    def __init__(self, ctx: Context, reader: Reader, ca_id: UUID, profile: Profile) -> None:
        self._ctx = ctx
        self._reader = reader
        self._ca_id = ca_id
        self._profile = profile

    def ca_certificates(self, _value: bytes | None) -> Answer:
        """Return the CA certificates above the client, the root included (RFC 9483 §4.3.1)."""
        return identifiers.CA_CERTS, der.encode_sequence(*(one.der for one in self._chain()))

    def root_update(self, value: bytes | None) -> Answer:
        """Return the current root after the root that the client has (RFC 9483 §4.3.2).

        There is no value if the client has the newest root.
        """
        old = self._root_of(value)
        key = self._reader.issuer_keys.get_current(self._reader.issuer_keys.get(old.issuer_key_id).ca_id)
        if key.id == old.issuer_key_id:
            return identifiers.ROOT_CA_KEY_UPDATE, None
        held = list_certificates_of_key(self._reader, key.id)
        new = next(one for one in held if one.is_self_signed())
        links = (
            next((one.der for one in held if one.issuer_key_id == old.issuer_key_id), None),
            next(
                (one.der for one in list_certificates_of_key(self._reader, old.issuer_key_id) if _is_by(one, key.id)),
                None,
            ),
        )
        return identifiers.ROOT_CA_KEY_UPDATE, encode_root_update(new.der, *links)

    def crl(self, _value: bytes | None) -> Answer:
        """Return the CRLs of the CA (RFC 9483 §4.3.4)."""
        return identifiers.CRLS, der.encode_sequence(self._crl())

    def current_crl(self, _value: bytes | None) -> Answer:
        """Return the current CRL of the CA (RFC 9810 §5.3.19.6)."""
        return identifiers.CURRENT_CRL, self._crl()

    def template(self, _value: bytes | None) -> Answer:
        """Return the template for requests with the profile (RFC 9483 §4.3.3)."""
        return identifiers.CERT_REQ_TEMPLATE, encode_template(self._profile)

    def _chain(self) -> tuple[Certificate, ...]:
        issuer = load_issuer(self._reader, find_ca(self._reader, str(self._ca_id)))
        own = list_certificates_of_key(self._reader, issuer.key.id)[0]
        return find_chains(self._reader, own, self._ctx.ports.clock.now()).usual

    def _root_of(self, value: bytes | None) -> Certificate:
        """Return the root certificate that the client named; without a name, the root above the CA.

        Raises InvalidInput if that is not a root above the CA.
        """
        roots = [one for one in self._chain() if one.is_self_signed()]
        if value is not None and roots:
            key_ids = self._reader.issuer_keys.list_by_ca(self._reader.issuer_keys.get(roots[0].issuer_key_id).ca_id)
            roots = [
                one for key in key_ids for one in list_certificates_of_key(self._reader, key.id) if one.der == value
            ]
        if not roots:
            raise InvalidInput.of("rootCaCert", "cmp.information", "is not a root certificate above this CA")
        return roots[0]

    def _crl(self) -> bytes:
        record = self._reader.crls.find_current(self._reader.issuer_keys.get_current(self._ca_id).id)
        if record is None:
            raise NotFound("The CA has not published a CRL yet.")
        return record.der


def _is_by(certificate: Certificate, issuer_key_id: UUID) -> bool:
    return certificate.issuer_key_id == issuer_key_id


_ANSWERS: Mapping[str, Callable[[_Source, bytes | None], Answer]] = {
    identifiers.CA_CERTS: _Source.ca_certificates,
    identifiers.ROOT_CA_CERT: _Source.root_update,
    identifiers.ROOT_CA_KEY_UPDATE: _Source.root_update,
    identifiers.CRL_STATUS_LIST: _Source.crl,
    identifiers.CURRENT_CRL: _Source.current_crl,
    identifiers.CERT_REQ_TEMPLATE: _Source.template,
}
"""The function that answers each infoType of the request."""
