"""What CMP clients ask for in general messages: the update of a root certificate, and the CRL (RFC 9483 §4.3)."""

from __future__ import annotations

import pytest

from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cmp.information import answer
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca, list_certificates_of_key
from pki_manager.authority.status.publish_crl import publish_due
from pki_manager.domain.errors import InvalidInput
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.x509 import parse
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp.bodies import Information
from pki_manager.x509.cmp.identifiers import CRL_STATUS_LIST, CRLS, CURRENT_CRL, ROOT_CA_CERT, ROOT_CA_KEY_UPDATE
from tests.support.factories import ADMIN


def root_of(ctx: Context) -> bytes:
    with ctx.ports.storage.read() as reader:
        root = find_ca(reader, "Root CA")
        return list_certificates_of_key(reader, reader.issuer_keys.get_current(root.id).id)[0].der


def ask(ctx: Context, root: bytes) -> tuple[str, bytes | None]:
    return ask_for(ctx, Information(ROOT_CA_CERT, root))


def ask_for(ctx: Context, wanted: Information) -> tuple[str, bytes | None]:
    with ctx.ports.storage.read() as reader:
        issuing = find_ca(reader, "Issuing CA")
        profile = reader.profiles.get("tls-server")
    ((kind, value),) = answer(ctx, issuing.id, profile, (wanted,))
    return kind, value


def test_after_rotation_a_client_gets_the_new_root_and_both_links(ctx: Context) -> None:
    old = root_of(ctx)
    rotate_ca(ctx, ADMIN, RotateCa(ca="Root CA", cross_certify=True))
    new = root_of(ctx)
    assert new != old
    kind, value = ask(ctx, old)
    first, new_with_old, old_with_new = der.read_children(value or b"")
    assert (kind, first) == (ROOT_CA_KEY_UPDATE, new)
    old_key, new_key = (parse.parse_certificate(one).key.spki_der for one in (old, new))
    assert parse.parse_certificate(der.read_content(new_with_old)).key.spki_der == new_key
    assert parse.parse_certificate(der.read_content(old_with_new)).key.spki_der == old_key
    assert ask(ctx, new) == (ROOT_CA_KEY_UPDATE, None)


def test_a_root_of_somebody_else_is_refused(ctx: Context) -> None:
    with pytest.raises(InvalidInput, match="is not a root certificate above this CA"):
        ask(ctx, b"\x30\x00")


@pytest.mark.parametrize("kind", [CURRENT_CRL, CRL_STATUS_LIST])
def test_a_client_gets_the_newest_crl(ctx: Context, kind: str) -> None:
    publish_due(ctx, build_system_actor("worker"))
    with ctx.ports.storage.read() as reader:
        found = reader.crls.find_current(reader.issuer_keys.get_current(find_ca(reader, "Issuing CA").id).id)
    assert found is not None
    expected = (CURRENT_CRL, found.der) if kind == CURRENT_CRL else (CRLS, der.encode_sequence(found.der))
    assert ask_for(ctx, Information(kind)) == expected
