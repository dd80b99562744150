"""A CA under a parent that is not ours: request, answer, chains, limits, rotation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki_manager.authority.cas.ca_request import request_certificate
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.install_ca import InstallCertificate, install_certificate
from pki_manager.authority.cas.keys import list_keys
from pki_manager.authority.cas.revoke_ca import revoke_ca
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, rotate_ca
from pki_manager.authority.cas.views import CaView, show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.certificates.queries import get_certificate_chain
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status.publish_crl import publish
from pki_manager.authority.status.revoke import RevocationDetails
from pki_manager.domain.ca import CaState
from pki_manager.domain.errors import Conflict, Forbidden, InvalidInput, Malformed, NameTaken, PolicyRefused
from pki_manager.domain.revocation import RevocationReason
from pki_manager.domain.rights.actor import Role, build_system_actor
from pki_manager.ports.audit_trail import AuditFilter
from pki_manager.ports.unit_of_work import Claim
from pki_manager.worker.outbox import run_outbox
from pki_manager.x509 import export
from pki_manager.x509.asn1 import der, encode
from tests.fakes.clock import START, FrozenClock
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, as_role
from tests.support.outside import ROOT, ROOT_NAME, answer, builder_of, chain, root, sign

WORKER = build_system_actor("worker")


def prepare(ctx: Context, **more: object) -> CaView:
    command = CreateCa(
        name="Branch", subject="CN=Branch CA,O=Example", key_type="ECDSA-P256", external_parent=True, **more
    )
    return create_ca(ctx, ADMIN, command)[0]


def install(ctx: Context, text: str) -> CaView:
    return install_certificate(ctx, ADMIN, InstallCertificate(ca="Branch", chain=text))[0]


def request(ctx: Context) -> bytes:
    return request_certificate(ctx, ADMIN, "Branch")[0]


def actions(ctx: Context, count: int) -> list[str]:
    with ctx.ports.storage.read() as reader:
        page = reader.audit.page(AuditFilter(), None, count)
    return [event.body.decode().split('"action":"')[1].split('"')[0] for event in reversed(page.items)]


def rules(ctx: Context, text: str) -> set[str]:
    with pytest.raises(PolicyRefused) as caught:
        install(ctx, text)
    return {error.rule for error in caught.value.errors}


def test_a_ca_is_pending_until_the_answer_to_its_request_is_installed(ctx: Context) -> None:
    view = prepare(ctx)
    assert view.state is CaState.PENDING
    assert actions(ctx, 2) == ["key.created", "ca.prepared"]
    with pytest.raises(Conflict, match="The CA has no certificate yet"):
        enroll(ctx, ADMIN, Enroll(ca="Branch", profile="tls-server", csr=make_csr("www.example.com")))
    asked = request(ctx)
    assert actions(ctx, 2) == ["ca.request_intended", "ca.request_signed"]
    parsed = x509.load_der_x509_csr(asked)
    assert parsed.is_signature_valid
    assert parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    view = install(ctx, answer(asked))
    assert actions(ctx, 2) == ["ca.certificate_installed", "ca.created"]
    assert view.state is CaState.ACTIVE
    leaf, _ = enroll(ctx, ADMIN, Enroll(ca="Branch", profile="tls-server", csr=make_csr("www.example.com")))
    links = get_certificate_chain(ctx, ADMIN, leaf.id)
    assert [one.subject for one in links[1:]] == ["CN=Branch CA,O=Example", "CN=Offline Root"]
    above = show_ca(ctx, ADMIN, "Offline Root")
    assert above.state is CaState.EXTERNAL
    assert view.ca.parent_id == above.ca.id
    run_outbox(ctx, WORKER)
    assert ctx.ports.published.find_object(f"/crl/{view.ca.id}/k1.crl") is not None
    x509.load_der_x509_crl(publish(ctx, ADMIN, view.keys[0].key.id).der)
    assert ctx.ports.published.find_response(leaf.issuer_key_id, leaf.serial, "sha256") is not None
    assert "Offline Root" not in {one.ca.name for one in list_keys(ctx, ADMIN, None, None, 50).items}


def test_what_does_not_fit_is_refused_with_every_reason(ctx: Context) -> None:
    prepare(ctx)
    asked = request(ctx)
    other = ec.generate_private_key(ec.SECP256R1())
    foreign = sign(
        builder_of(ROOT_NAME, other.public_key()).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    )
    assert rules(ctx, answer(asked, ca=False)) == {"install.ca"}
    assert rules(ctx, answer(asked, subject="Someone Else")) == {"install.subject"}
    assert {"install.key", "install.subject"} <= rules(ctx, chain(foreign, ROOT))
    (alone,) = x509.load_pem_x509_certificates(answer(asked).encode())[:1]
    assert "install.root" in rules(ctx, chain(alone))
    assert rules(ctx, chain(alone, root(path_length=0))) == {"install.path_length"}
    assert rules(ctx, chain(alone, sign(builder_of(ROOT_NAME, other.public_key())))) & {
        "path.no_path",
        "path.signature",
    }
    for text in ("", "no PEM at all", chain(ROOT).replace("M", "?", 1)):
        with pytest.raises(InvalidInput, match="certificate_chain: is not"):
            install(ctx, text)
    assert show_ca(ctx, ADMIN, "Branch").state is CaState.PENDING


def test_the_constraints_that_the_parent_has_set_bind_what_is_issued(ctx: Context) -> None:
    prepare(ctx)
    install(ctx, answer(request(ctx), permitted="example.com"))
    enroll(ctx, ADMIN, Enroll(ca="Branch", profile="tls-server", csr=make_csr("www.example.com")))
    with pytest.raises(PolicyRefused) as caught:
        enroll(ctx, ADMIN, Enroll(ca="Branch", profile="tls-server", csr=make_csr("www.example.org")))
    assert caught.value.errors[0].rule == "name_constraints.permitted"
    below = CreateCa(name="Below", subject="CN=Below", key_type="ECDSA-P256", parent="Branch")
    with pytest.raises(PolicyRefused) as caught:
        create_ca(ctx, ADMIN, below)
    assert caught.value.errors[0].rule == "path_length.issuer"


def test_a_certificate_is_installed_once(ctx: Context) -> None:
    prepare(ctx)
    text = answer(request(ctx))
    install(ctx, text)
    with pytest.raises(Conflict, match="already installed"):
        install(ctx, text)
    assert install(ctx, answer(request(ctx))).state is CaState.ACTIVE


def test_only_a_ca_under_an_external_one_asks_outside(ctx: Context) -> None:
    for name in ("Root CA", "Issuing CA"):
        with pytest.raises(Conflict, match="gets its certificates here"):
            request_certificate(ctx, ADMIN, name)
    with pytest.raises(Forbidden, match="Requires the permission `ca:install`"):
        request_certificate(ctx, as_role(Role.REGISTRATION_AUTHORITY), "Root CA")


def test_the_wishes_of_a_prepared_ca_are_checked(ctx: Context) -> None:
    with pytest.raises(InvalidInput, match="parent: cannot be set together with `external_parent`"):
        prepare(ctx, parent="Root CA")
    with pytest.raises(InvalidInput, match="name_constraints: contains DNS:not a name"):
        prepare(ctx, permitted=("DNS:not a name",))
    prepare(ctx)
    with pytest.raises(NameTaken, match=r"A CA named .* already exists"):
        prepare(ctx)


def test_a_request_asked_for_twice_under_one_key_is_the_same(ctx: Context) -> None:
    prepare(ctx)
    claim = Claim("request_ca_certificate", "once", bytes(32))
    first = request_certificate(ctx, ADMIN, "Branch", claim)
    assert request_certificate(ctx, ADMIN, "Branch", claim) == (first[0], True)


def test_what_an_external_ca_issued_is_revoked_there(ctx: Context) -> None:
    prepare(ctx)
    install(ctx, answer(request(ctx)))
    with pytest.raises(Conflict, match="Revoke it there"):
        revoke_ca(ctx, ADMIN, "Branch", RevocationDetails(RevocationReason.CA_COMPROMISE))


def test_the_next_key_of_a_ca_under_an_external_one_waits_for_its_certificate(ctx: Context, clock: FrozenClock) -> None:
    prepare(ctx)
    install(ctx, answer(request(ctx)))
    first = show_ca(ctx, ADMIN, "Branch").keys[0].key
    claim = Claim("rotate_ca", "once", bytes(32))
    view, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Branch"), claim)
    assert rotate_ca(ctx, ADMIN, RotateCa(ca="Branch"), claim)[1]
    assert [one.key.state.value for one in view.keys] == ["current", "next"]
    clock.advance(timedelta(hours=1))
    assert advance_all(ctx, WORKER) == 0
    asked = request(ctx)
    assert (
        x509.load_der_x509_csr(asked).public_key()
        != x509.load_der_x509_certificate(view.keys[0].certificates[0].der).public_key()
    )
    install(ctx, answer(asked))
    assert advance_all(ctx, WORKER) == 1
    view = show_ca(ctx, ADMIN, "Branch")
    assert [(one.key.number, one.key.state.value) for one in view.keys] == [(2, "current"), (1, "draining")]
    assert view.keys[1].key.id == first.id


class Outsider:
    """Writes certificates that the library would not, signed with a key of its own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def certificate(
        self, issuer: bytes, subject: bytes, spki: bytes, *, serial: int = 7, extension: bytes = b""
    ) -> bytes:
        algorithm = der.encode_sequence(der.oid("1.2.840.10045.4.3.2"))
        moments = (encode.time(START - timedelta(days=1)), encode.time(START + timedelta(days=3650)))
        basic = encode.extension("2.5.29.19", b"\x30\x03\x01\x01\xff", critical=True)
        usage = encode.extension("2.5.29.15", b"\x03\x02\x01\x06", critical=True)
        key_id = encode.extension("2.5.29.14", der.encode(der.OCTET_STRING, spki[-20:]))
        fields = (b"\xa0\x03\x02\x01\x02", der.integer(serial), algorithm, issuer, der.encode_sequence(*moments))
        extensions = der.encode(0xA3, der.encode_sequence(basic, usage, key_id, extension))
        tbs = der.encode_sequence(*fields, subject, spki, extensions)
        signature = self.key.sign(tbs, ec.ECDSA(hashes.SHA256()))
        return der.encode_sequence(tbs, algorithm, der.bit_string(signature))


def common_name(text: str) -> bytes:
    attribute = der.encode_sequence(der.oid("2.5.4.3"), der.encode(0x0C, text.encode()))
    return der.encode_sequence(der.encode(0x31, attribute))


def installed_under(ctx: Context, name: str, *, of_root: bool = True, **odd: object) -> str:
    """The name by which an external root is known; `odd` goes into its certificate, or into that of the CA."""
    prepare(ctx)
    asked = x509.load_der_x509_csr(request(ctx))
    spki = asked.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    outsider, issuer = Outsider(), common_name(name)
    own, others = (odd, {}) if of_root else ({}, odd)
    top = outsider.certificate(issuer, issuer, outsider.spki, **own)
    branch = outsider.certificate(issuer, asked.subject.public_bytes(), spki, **{"serial": 8, **others})
    view = install(ctx, export.encode_chain_pem([branch, top]))
    assert view.ca.parent_id is not None
    with ctx.ports.storage.read() as reader:
        return reader.cas.get(view.ca.parent_id).name


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Some Root", "Some Root"),
        ("Root CA", "Root CA ("),
        ("01a20d6d-5a00-7d8d-bf4a-d1bd747db496", "External CA "),
        (" ", "External CA "),
        ("R" * 200, "External CA "),
    ],
)
def test_an_external_ca_is_called_as_it_calls_itself_where_a_ca_may_be_called_so(
    ctx: Context, name: str, told: str
) -> None:
    assert installed_under(ctx, name).startswith(told)


def names_with(text: bytes, tag: int) -> bytes:
    return der.encode_sequence(der.encode(tag, text))


@pytest.mark.parametrize("of_root", [True, False])
@pytest.mark.parametrize(
    ("rule", "odd"),
    [
        ("install.serial", {"serial": 1 << 159}),
        ("install.serial", {"serial": 1 << 1000}),
        ("install.characters", {"extension": encode.extension("2.5.29.17", names_with(b"good.com\0.evil.com", 0x82))}),
        (
            "install.characters",
            {
                "extension": encode.extension(
                    "2.5.29.30", der.encode_sequence(der.encode(0xA0, names_with(b"a\0b", 0x82))), critical=True
                )
            },
        ),
    ],
)
def test_nam_01_what_could_not_be_read_or_found_again_is_not_installed(
    ctx: Context, rule: str, odd: dict[str, object], *, of_root: bool
) -> None:
    with pytest.raises(PolicyRefused) as caught:
        installed_under(ctx, "Some Root", of_root=of_root, **odd)
    assert {error.rule for error in caught.value.errors} == {rule}


@pytest.mark.parametrize("name", ["Ro\0ot", "Ro\x1b[31mot", "Ro\u202eot", "Ro\u200bot"])
def test_nam_01_nam_02_an_external_ca_has_a_name_that_people_can_read(ctx: Context, name: str) -> None:
    with pytest.raises(PolicyRefused) as caught:
        installed_under(ctx, name)
    assert {error.rule for error in caught.value.errors} == {"install.characters"}


@pytest.mark.parametrize("of_root", [True, False])
def test_name_constraints_without_a_subtree_are_none(ctx: Context, *, of_root: bool) -> None:
    empty = encode.extension("2.5.29.30", b"\x30\x00", critical=True)
    with pytest.raises(Malformed, match="has nameConstraints without a subtree"):
        installed_under(ctx, "Some Root", of_root=of_root, extension=empty)
