"""External account bindings (RFC 8555 §7.3.4): a MAC with an EAB key over an account's public key."""

from __future__ import annotations

from pki_manager.authority.acme.accounts import Binding
from pki_manager.domain.errors import Malformed
from pki_manager.protocols.acme import jws
from pki_manager.protocols.acme.account_key import AccountKey, read_key
from pki_manager.protocols.acme.jws import MACS
from pki_manager.protocols.strict_json import read_json

_NAME = "externalAccountBinding"


def read_binding(document: object, url: str, key: AccountKey) -> Binding:
    """Return the external account binding of a newAccount request.

    It must be a JWS with the request's `url` and the account key `key`. Raises Malformed otherwise; InvalidInput if its
    signature algorithm is not a MAC.
    """
    signed = jws.read(document, MACS, _NAME)
    if signed.key_id is None or signed.nonce is not None or signed.url != url:
        raise Malformed.of(_NAME, "acme.binding", "must have a kid, the url of the request, and no nonce")
    if read_key(read_json(signed.payload), _NAME).thumbprint != key.thumbprint:
        raise Malformed.of(_NAME, "acme.binding", "must be for the key of the account")
    return Binding(signed.key_id, signed.is_mac_of)
