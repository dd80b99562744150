"""Alternate chains (RFC 8555 §7.4.2) after a root was rotated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from tests.conftest import MAC_KEY, lock_path, open_engine
from tests.protocols.acme.client import BASE, AcmeClient, Door, kind, new_client
from tests.protocols.acme.test_orders import finalized, name
from tests.protocols.rest.door import furnish
from tests.support.factories import ADMIN


@pytest.fixture
def rotated(tmp_path: Path, sqlcipher_url: str) -> Iterator[AcmeClient]:
    """A client of an installation whose root was rotated with cross-certification."""
    house = furnish(tmp_path, open_engine(sqlcipher_url), MAC_KEY, lock_path(sqlcipher_url))
    rotate_ca(house.ctx, ADMIN, RotateCa(ca="Root CA", cross_certify=True))
    yield new_client(Door(house.ctx))
    house.ctx.ports.storage.close()


def issuers(body: bytes) -> list[tuple[str, str]]:
    found = x509.load_pem_x509_certificates(body)
    return [(one.subject.rfc4514_string(), one.issuer.rfc4514_string()) for one in found[1:]]


def test_each_chain_links_to_the_others_and_none_has_a_root(rotated: AcmeClient) -> None:
    url = finalized(rotated, name()).json["certificate"]
    usual = rotated.post(url)
    both_roots = [("CN=Issuing CA", "CN=Root CA"), ("CN=Root CA", "CN=Root CA")]
    assert issuers(usual.body) == both_roots
    alternate = re.fullmatch(rf'<({BASE}/acme/certificates/[0-9a-f-]{{36}}/1)>;rel="alternate"', usual.headers["link"])
    assert alternate is not None
    other = rotated.post(alternate[1])
    assert other.headers["content-type"] == "application/pem-certificate-chain"
    assert issuers(other.body) == both_roots[:1]
    assert other.headers["link"] == f'<{url}>;rel="alternate"'
    for body in (usual.body, other.body):
        assert not any(is_root(one) for one in x509.load_pem_x509_certificates(body))


def is_root(certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError):
        return False
    return True


@pytest.mark.parametrize("number", ["0", "2", "01", "-1", "x", "99", "100", "%31%00", "१"])
def test_there_is_no_other_alternate(rotated: AcmeClient, number: str) -> None:
    url = finalized(rotated, name()).json["certificate"]
    reply = rotated.post(f"{url}/{number}") if number.isascii() else rotated.post(f"{url}/%E0%A5%A7")
    assert (reply.status, kind(reply)) == (404, "malformed")
