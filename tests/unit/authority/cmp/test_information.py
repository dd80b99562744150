"""General messages of CMP."""

from __future__ import annotations

from pki_manager.authority.cmp.information import answer
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.issuers import find_ca
from pki_manager.authority.status.publish_crl import publish_due
from pki_manager.domain.ca import CertificateAuthority
from pki_manager.domain.errors import InvalidInput, NotFound
from pki_manager.domain.profiles.profile import Profile
from pki_manager.domain.rights.actor import build_system_actor
from pki_manager.x509 import parse
from pki_manager.x509.asn1 import der
from pki_manager.x509.cmp.bodies import Information
from pki_manager.x509.cmp.identifiers import CA_CERTS, CERT_REQ_TEMPLATE, CURRENT_CRL, ROOT_CA_CERT, ROOT_CA_KEY_UPDATE
from tests.support.memory.events import refuses


def terms(ctx: Context) -> tuple[CertificateAuthority, Profile]:
    with ctx.ports.storage.read() as reader:
        return find_ca(reader, "Issuing CA"), reader.profiles.get("tls-server")


def test_all_certificates_above_the_client_are_returned_with_the_root(ctx: Context) -> None:
    ca, profile = terms(ctx)
    ((kind, value),) = answer(ctx, ca.id, profile, (Information(CA_CERTS),))
    issuing, root = (parse.parse_certificate(one) for one in der.read_children(value or b""))
    assert (kind, issuing.issuer_der, root.subject_der) == (CA_CERTS, root.subject_der, root.issuer_der)


def test_several_items_are_answered_and_unsupported_ones_are_left_out(ctx: Context) -> None:
    ca, profile = terms(ctx)
    wanted = (Information(CERT_REQ_TEMPLATE), Information("1.2.3.4"), Information(ROOT_CA_CERT))
    (template, update) = answer(ctx, ca.id, profile, wanted)
    assert (template[0], update) == (CERT_REQ_TEMPLATE, (ROOT_CA_KEY_UPDATE, None))


def test_information_that_is_not_supported_or_not_there_is_refused(ctx: Context) -> None:
    ca, profile = terms(ctx)
    with refuses(ctx, InvalidInput, "cmp.information"):
        answer(ctx, ca.id, profile, (Information("1.2.3.4"),))
    with refuses(ctx, InvalidInput, "is not a root certificate above this CA"):
        answer(ctx, ca.id, profile, (Information(ROOT_CA_CERT, b"\x30\x00"),))
    with refuses(ctx, NotFound, "has not published a CRL yet"):
        answer(ctx, ca.id, profile, (Information(CURRENT_CRL),))


def test_the_current_crl_is_returned(ctx: Context) -> None:
    ca, profile = terms(ctx)
    publish_due(ctx, build_system_actor("worker"))
    with ctx.ports.storage.read() as reader:
        published = reader.crls.find_current(reader.issuer_keys.get_current(ca.id).id)
    assert published is not None
    assert answer(ctx, ca.id, profile, (Information(CURRENT_CRL),)) == ((CURRENT_CRL, published.der),)
