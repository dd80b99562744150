"""CAs that may only vouch for names of some directories: from creation to the OCSP signer below them."""

from __future__ import annotations

import pytest
from cryptography import x509

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.views import CaView, show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import ocsp_signer
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN


def sub_ca(ctx: Context, name: str = "Example Sub", **more: object) -> CaView:
    command = CreateCa(name=name, subject=f"CN={name},O=Example", key_type="ECDSA-P256", parent="Root CA", **more)
    return create_ca(ctx, ADMIN, command)[0]


def issue(ctx: Context, subject: str, ca: str = "Example Sub") -> None:
    order = Enroll(ca=ca, profile="tls-server", csr=make_csr("www.example.com"), subject=subject)
    enroll(ctx, ADMIN, order)


def refused(ctx: Context, subject: str) -> set[str]:
    with pytest.raises(PolicyRefused) as caught:
        issue(ctx, subject)
    return {one.rule for one in caught.value.errors}


LIMITS = {"permitted": ("dirName:O=Example",), "excluded": ("dirName:OU=Secret,O=Example",)}


def test_subjects_are_held_to_the_directories_and_excluded_beats_permitted(ctx: Context) -> None:
    view = sub_ca(ctx, **LIMITS)
    assert view.ca.name_constraints.to_json() == {name: list(bases) for name, bases in LIMITS.items()}
    issue(ctx, "CN=www.example.com,OU=Open,O=Example")
    issue(ctx, "CN=www.example.com,O=EXAMPLE")
    assert refused(ctx, "CN=www.example.com,O=Other") == {"name_constraints.permitted"}
    assert refused(ctx, "CN=www.example.com") == {"name_constraints.permitted"}
    assert refused(ctx, "CN=www.example.com,OU=Secret,O=Example") == {"name_constraints.excluded"}


def test_the_certificate_says_so_and_the_database_keeps_it(ctx: Context) -> None:
    sub_ca(ctx, **LIMITS)
    view = show_ca(ctx, ADMIN, "Example Sub")
    assert view.ca.name_constraints.to_json() == {name: list(bases) for name, bases in LIMITS.items()}
    certificate = x509.load_der_x509_certificate(view.keys[0].certificates[0].der)
    extension = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert extension.critical
    (permitted,) = extension.value.permitted_subtrees or ()
    assert permitted.value.rfc4514_string() == "O=Example"


def test_its_ocsp_signer_has_a_name_that_it_may_vouch_for(ctx: Context) -> None:
    view = sub_ca(ctx, permitted=("dirName:O=Example", "dirName:O=Other"))
    assert ocsp_signer.ensure(ctx, view.keys[0].key.id).subject.endswith(",O=Example")


def test_what_a_ca_below_permits_lies_within_what_its_issuer_permits(ctx: Context) -> None:
    sub_ca(ctx, permitted=("dirName:O=Example",), excluded=("dirName:OU=Secret,O=Example",), path_length=1)
    for base, rule in (
        ("dirName:O=Other", "name_constraints.issuer"),
        ("dirName:OU=Secret,O=Example", "name_constraints.issuer"),
    ):
        command = CreateCa(
            name="Below", subject="CN=Below,O=Example", key_type="ECDSA-P256", parent="Example Sub", permitted=(base,)
        )
        with pytest.raises(PolicyRefused) as caught:
            create_ca(ctx, ADMIN, command)
        assert rule in {one.rule for one in caught.value.errors}


@pytest.mark.parametrize("text", ["dirName:", "dirName:nonsense", "dirName:O=", "x400Address:x"])
def test_what_names_no_directory_is_refused(ctx: Context, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sub_ca(ctx, permitted=(text,))
    assert caught.value.errors[0].field == "name_constraints.permitted"
