"""One certificate of each standing profile for end entities, issued on real parts and judged by strangers' tools."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.crls import get_current_crl
from pki_manager.authority.status.publish_crl import publish_now
from pki_manager.domain.profiles.terms import ProfileKind
from pki_manager.policy.builtin_profiles import BUILTIN_PROFILES
from pki_manager.x509 import export
from tests.conftest import DATABASE_KEY, MAC_KEY
from tests.judges import openssl, pkilint, zlint
from tests.protocols.rest.door import make_house
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN

HOST = "www.example.com"
MAIL = "alice@example.com"
GUID = "1.3.6.1.4.1.311.25.1;DER:0410ac4b2906aad65d4fa99c4cbcb06a65d9"


@dataclass(frozen=True)
class Wish:
    """`purpose` is OpenSSL's word for what the certificate is for; 3.0 has none for code and documents."""

    subject: str
    sans: tuple[str, ...]
    purpose: str = "any"


WISHES = {
    "tls-server": Wish("", (f"DNS:{HOST}", "DNS:*.example.com", "IP:192.0.2.1"), "sslserver"),
    "tls-client": Wish("CN=alice,UID=alice,O=Example", (f"email:{MAIL}",), "sslclient"),
    "tls-mutual": Wish(f"CN={HOST}", (f"DNS:{HOST}", "URI:spiffe://example.com/shop"), "sslclient"),
    "code-signing": Wish("CN=Example Publisher,O=Example,C=FR", ()),
    "email": Wish(f"CN=Alice Martin,GN=Alice,SN=Martin,emailAddress={MAIL}", (f"email:{MAIL}",), "smimesign"),
    "timestamping": Wish("CN=Example TSA 1,O=Example,C=FR", (), "timestampsign"),
    "document-signing": Wish("CN=Alice Martin,O=Example,C=FR", (f"email:{MAIL}",)),
    "device": Wish("CN=sensor-17,serialNumber=0017", ("URI:urn:dev:mac:0024befffe804ff1",), "sslclient"),
    "802.1x-client": Wish("", (f"email:{MAIL}", "DNS:printer.example.com", "UPN:alice@corp.example"), "sslclient"),
    "domain-controller": Wish("CN=dc1.corp.example", ("DNS:dc1.corp.example", f"otherName:{GUID}"), "sslserver"),
    "short-lived": Wish(f"CN={HOST}", (f"DNS:{HOST}", "URI:spiffe://example.com/shop"), "sslserver"),
}


@dataclass(frozen=True)
class Judged:
    ctx: Context
    folder: Path
    root: Path
    issuing: Path
    crls: tuple[Path, ...]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, sqlcipher_template: Path) -> Iterator[Judged]:
    folder = tmp_path_factory.mktemp("profiles")
    shutil.copyfile(sqlcipher_template, folder / "pki.db")
    ctx = make_house(folder, folder / "pki.db", DATABASE_KEY, MAC_KEY).ctx
    files = {}
    for name in ("Root CA", "Issuing CA"):
        publish_now(ctx, ADMIN, name)
        files[name] = folder / f"{name}.crl"
        files[name].write_text(export.encode_crl_pem(get_current_crl(ctx, ADMIN, name).der))
        with ctx.ports.storage.read() as reader:
            ca = reader.cas.find(name)
            assert ca is not None
            (certificate,) = reader.certificates.list_by_subject_key(reader.issuer_keys.get_current(ca.id).id)
        (folder / f"{name}.pem").write_text(export.encode_certificate_pem(certificate.der))
    yield Judged(ctx, folder, folder / "Root CA.pem", folder / "Issuing CA.pem", tuple(files.values()))
    ctx.ports.storage.close()


def test_each_standing_profile_for_end_entities_is_judged() -> None:
    assert set(WISHES) == {profile.name for profile in BUILTIN_PROFILES if profile.kind is ProfileKind.END_ENTITY}


@pytest.mark.parametrize("family", ["EC", "RSA"])
@pytest.mark.parametrize("profile", WISHES)
def test_what_a_standing_profile_issues_is_accepted(judged: Judged, profile: str, family: str) -> None:
    wish = WISHES[profile]
    key = rsa.generate_private_key(65537, 2048) if family == "RSA" else None
    csr = make_csr("ignored", sans=(), key=key)
    request = Enroll(ca="Issuing CA", profile=profile, csr=csr, subject=wish.subject, sans=wish.sans)
    certificate, _ = enroll(judged.ctx, ADMIN, request)
    leaf = judged.folder / f"{profile}-{family}.pem"
    leaf.write_text(export.encode_certificate_pem(certificate.der))
    now = judged.ctx.ports.clock.now()
    assert openssl.verify(leaf, [judged.issuing], judged.root, judged.crls, purpose=wish.purpose, at=now) == "ok"
    assert pkilint.certificate(leaf, judged.issuing) == []
    assert zlint.certificate(leaf) == []


@pytest.mark.parametrize(
    ("profile", "purpose"), [("tls-client", "sslserver"), ("code-signing", "timestampsign"), ("email", "sslclient")]
)
def test_no_profile_is_good_for_what_it_is_not_for(judged: Judged, profile: str, purpose: str) -> None:
    wish = WISHES[profile]
    request = Enroll(
        ca="Issuing CA", profile=profile, csr=make_csr("ignored", sans=()), subject=wish.subject, sans=wish.sans
    )
    certificate, _ = enroll(judged.ctx, ADMIN, request)
    leaf = judged.folder / f"{profile}-{purpose}.pem"
    leaf.write_text(export.encode_certificate_pem(certificate.der))
    now = judged.ctx.ports.clock.now()
    found = openssl.verify(leaf, [judged.issuing], judged.root, judged.crls, purpose=purpose, at=now)
    assert "purpose" in found
