"""CAs with certificate policies of their own: from creation over rotations to the CAs below them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography import x509

from pki_manager.authority import profiles
from pki_manager.authority.context import Authority
from pki_manager.authority.create_ca import CreateCa, create_ca
from pki_manager.authority.cross_sign import CrossSign, cross_sign
from pki_manager.authority.queries import CaView, show_ca
from pki_manager.authority.rotate_ca import RotateCa, rotate_ca
from pki_manager.domain import profile_codec
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.profile_terms import PolicyInformation
from pki_manager.policy.standing import ISSUING_CA
from tests.factories import ADMIN

CPS = "https://pki.example.com/cps"
ONE, TWO = PolicyInformation("1.3.6.1.4.1.99999.1", CPS), PolicyInformation("1.3.6.1.4.1.99999.2")
ANY = PolicyInformation("2.5.29.32.0")


def sub_ca(authority: Authority, name: str, *policies: PolicyInformation, parent: str | None = "Root CA") -> CaView:
    command = CreateCa(
        name=name,
        subject=f"CN={name},O=Example",
        key_type="ECDSA-P256",
        parent=parent,
        path_length=3,
        policies=policies,
    )
    return create_ca(authority, ADMIN, command)[0]


def in_certificate(der: bytes) -> list[tuple[str, list[str] | None]]:
    try:
        extension = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.CertificatePolicies)
    except x509.ExtensionNotFound:
        return []
    return [
        (one.policy_identifier.dotted_string, None if one.policy_qualifiers is None else list(one.policy_qualifiers))
        for one in extension.value
    ]


TOLD = [(ONE.oid, [CPS]), (TWO.oid, None)]


def refused(authority: Authority, *policies: PolicyInformation, parent: str | None) -> set[tuple[str, str]]:
    with pytest.raises(PolicyRefused) as caught:
        sub_ca(authority, "Refused", *policies, parent=parent)
    return {(one.field, one.rule) for one in caught.value.errors}


def test_the_certificate_has_them_the_database_keeps_them_and_a_rotation_too(authority: Authority) -> None:
    sub_ca(authority, "Sub", ONE, TWO)
    view = show_ca(authority, ADMIN, "Sub")
    assert view.ca.policies == (ONE, TWO)
    assert in_certificate(view.keys[0].certificates[0].der) == TOLD
    rotated, _ = rotate_ca(authority, ADMIN, RotateCa(ca="Sub"))
    assert rotated.keys[0].key.number == 2
    assert rotated.ca.policies == (ONE, TWO)
    assert in_certificate(rotated.keys[0].certificates[0].der) == TOLD


def test_another_certificate_by_its_parent_has_them(authority: Authority) -> None:
    sub_ca(authority, "Sub", ONE, TWO)
    certificate, _ = cross_sign(authority, ADMIN, CrossSign(ca="Root CA", subject_ca="Sub"))
    assert in_certificate(certificate.der) == TOLD


def test_they_stand_in_the_place_of_the_profiles(authority: Authority) -> None:
    body = profile_codec.to_dict(replace(ISSUING_CA, policies=(TWO,)))
    del body["version"]
    profiles.update(authority, ADMIN, "issuing-ca", json.loads(json.dumps(body)))
    assert in_certificate(sub_ca(authority, "Own", ONE).keys[0].certificates[0].der) == [(ONE.oid, [CPS])]
    by_profile = sub_ca(authority, "By profile")
    assert by_profile.ca.policies == ()
    assert in_certificate(by_profile.keys[0].certificates[0].der) == [(TWO.oid, None)]
    # What counts for a CA below is the certificate, wherever its policies came from.
    assert refused(authority, ONE, parent="By profile") == {("policies", "policies.issuer")}
    assert sub_ca(authority, "Below", TWO, parent="By profile").ca.policies == (TWO,)


def test_a_ca_below_has_those_of_every_ca_above_or_none(authority: Authority) -> None:
    sub_ca(authority, "Sub", ONE, TWO)
    sub_ca(authority, "Any", ANY, parent="Sub")
    sub_ca(authority, "One", ONE, parent="Any")
    assert refused(authority, TWO, parent="One") == {("policies", "policies.issuer")}
    assert refused(authority, PolicyInformation("1.2.3"), parent="Any") == {("policies", "policies.issuer")}
    sub_ca(authority, "None", parent="Sub")
    assert refused(authority, ANY, parent="None") == {("policies", "policies.issuer")}


def test_a_root_and_a_ca_under_an_external_parent_are_refused(authority: Authority) -> None:
    assert refused(authority, ONE, parent=None) == {("policies", "policies.root")}
    command = CreateCa(name="Out", subject="CN=Out", key_type="ECDSA-P256", external_parent=True, policies=(ONE,))
    with pytest.raises(InvalidInput) as caught:
        create_ca(authority, ADMIN, command)
    assert [(one.field, one.rule) for one in caught.value.errors] == [("policies", "ca.external")]
