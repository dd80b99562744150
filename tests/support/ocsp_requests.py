"""OCSP requests as the status listener has read them."""

from __future__ import annotations

from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.ca import IssuerKey
from pki_manager.x509.ocsp.request import CertId, OcspRequest
from pki_manager.x509.ocsp.response import encode_cert_id, encode_cert_id_prefix
from tests.support.factories import ADMIN


def key_of(ctx: Context, name: str = "Issuing CA") -> IssuerKey:
    return show_ca(ctx, ADMIN, name).keys[0].key


def request_for(key: IssuerKey, *serials: int, nonce: bytes | None = None) -> OcspRequest:
    prefix = encode_cert_id_prefix("sha1", key.name_hash_sha1, key.key_hash_sha1)
    ids = tuple(
        CertId("sha1", key.name_hash_sha1, key.key_hash_sha1, serial, encode_cert_id(prefix, serial))
        for serial in serials
    )
    return OcspRequest(ids, nonce)
