"""CAs with certificate policies of their own: from creation over rotations to the CAs below them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography import x509

from pki_manager.authority.cas.ca_request import request_certificate
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.cross_sign import CrossSign, cross_sign
from pki_manager.authority.cas.import_ca import ImportCa, import_ca
from pki_manager.authority.cas.install_ca import InstallCertificate, install_certificate
from pki_manager.authority.cas.rotate_ca import RotateCa, rotate_ca
from pki_manager.authority.cas.take_over_ca import KeySource, TakeOver, take_over
from pki_manager.authority.cas.views import CaView, show_ca
from pki_manager.authority.certificates import profiles
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.kernel.context import Context
from pki_manager.domain.errors import InvalidInput, PolicyRefused
from pki_manager.domain.profiles import codec
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.domain.rights.actor import OCSP_SIGNER, build_system_actor
from pki_manager.worker.outbox import run_outbox
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.foreign_ca import ForeignCa
from tests.support.outside import answer

WORKER = build_system_actor("worker")

CPS = "https://pki.example.com/cps"
ONE, TWO = PolicyInformation("1.3.6.1.4.1.99999.1", CPS), PolicyInformation("1.3.6.1.4.1.99999.2")
ANY = PolicyInformation("2.5.29.32.0")


def sub_ca(ctx: Context, name: str, *policies: PolicyInformation, parent: str | None = "Root CA") -> CaView:
    command = CreateCa(
        name=name,
        subject=f"CN={name},O=Example",
        key_type="ECDSA-P256",
        parent=parent,
        path_length=3,
        policies=policies,
    )
    return create_ca(ctx, ADMIN, command)[0]


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


def refused(ctx: Context, *policies: PolicyInformation, parent: str | None) -> set[tuple[str, str]]:
    with pytest.raises(PolicyRefused) as caught:
        sub_ca(ctx, "Refused", *policies, parent=parent)
    return {(one.field, one.rule) for one in caught.value.errors}


def test_the_certificate_has_them_the_database_keeps_them_and_a_rotation_too(ctx: Context) -> None:
    sub_ca(ctx, "Sub", ONE, TWO)
    view = show_ca(ctx, ADMIN, "Sub")
    assert view.ca.policies == (ONE, TWO)
    assert in_certificate(view.keys[0].certificates[0].der) == TOLD
    rotated, _ = rotate_ca(ctx, ADMIN, RotateCa(ca="Sub"))
    assert rotated.keys[0].key.number == 2
    assert rotated.ca.policies == (ONE, TWO)
    assert in_certificate(rotated.keys[0].certificates[0].der) == TOLD


def test_another_certificate_by_its_parent_has_them(ctx: Context) -> None:
    sub_ca(ctx, "Sub", ONE, TWO)
    certificate, _ = cross_sign(ctx, ADMIN, CrossSign(ca="Root CA", subject_ca="Sub"))
    assert in_certificate(certificate.der) == TOLD


def test_they_stand_in_the_place_of_the_profiles(ctx: Context) -> None:
    with_policies(ctx, "issuing-ca", TWO)
    assert in_certificate(sub_ca(ctx, "Own", ONE).keys[0].certificates[0].der) == [(ONE.oid, [CPS])]
    by_profile = sub_ca(ctx, "By profile")
    assert by_profile.ca.policies == ()
    assert in_certificate(by_profile.keys[0].certificates[0].der) == [(TWO.oid, None)]
    # What counts for a CA below is the certificate, wherever its policies came from.
    assert refused(ctx, ONE, parent="By profile") == {("policies", "policies.issuer")}
    assert sub_ca(ctx, "Below", TWO, parent="By profile").ca.policies == (TWO,)


def test_a_ca_below_has_those_of_every_ca_above_or_none(ctx: Context) -> None:
    sub_ca(ctx, "Sub", ONE, TWO)
    sub_ca(ctx, "Any", ANY, parent="Sub")
    sub_ca(ctx, "One", ONE, parent="Any")
    assert refused(ctx, TWO, parent="One") == {("policies", "policies.issuer")}
    assert refused(ctx, PolicyInformation("1.2.3"), parent="Any") == {("policies", "policies.issuer")}
    sub_ca(ctx, "None", parent="Sub")
    assert refused(ctx, ANY, parent="None") == {("policies", "policies.issuer")}


def test_a_root_has_none(ctx: Context) -> None:
    assert refused(ctx, ONE, parent=None) == {("policies", "policies.root")}


def with_policies(ctx: Context, name: str, *policies: PolicyInformation) -> None:
    with ctx.ports.storage.read() as reader:
        body = codec.to_dict(replace(reader.profiles.get(name), policies=policies))
    del body["version"]
    profiles.update(ctx, ADMIN, name, json.loads(json.dumps(body)))


def leaf(ctx: Context, ca: str) -> list[tuple[str, list[str] | None]]:
    return in_certificate(enroll(ctx, ADMIN, Enroll(ca=ca, profile="tls-server", csr=make_csr("a.example.com")))[0].der)


def leaf_refused(ctx: Context, ca: str) -> list[tuple[str, str]]:
    with pytest.raises(PolicyRefused) as caught:
        leaf(ctx, ca)
    return [(one.field, one.rule) for one in caught.value.errors]


VOID = [("profile", "profile.issuer_policies")]


def test_a_profile_with_policies_that_the_ca_leaves_out_issues_nothing_there(ctx: Context) -> None:
    sub_ca(ctx, "One", ONE)
    sub_ca(ctx, "Any", ANY)
    sub_ca(ctx, "Without")
    with_policies(ctx, "tls-server", TWO)
    assert leaf_refused(ctx, "One") == VOID
    assert leaf(ctx, "Without") == [(TWO.oid, None)]
    assert leaf(ctx, "Any") == [(TWO.oid, None)]
    with_policies(ctx, "tls-server", ONE)
    assert leaf(ctx, "One") == [(ONE.oid, [CPS])]
    with_policies(ctx, "issuing-ca", TWO)
    sub_ca(ctx, "Below", parent="Without")
    with pytest.raises(PolicyRefused) as caught:
        sub_ca(ctx, "Under", parent="One")
    assert [(one.field, one.rule) for one in caught.value.errors] == VOID


def test_a_ca_tells_the_status_whatever_policies_its_profile_has(ctx: Context) -> None:
    """That does not wait for somebody who could mend a profile."""
    sub_ca(ctx, "Without")
    with_policies(ctx, "ocsp-responder", TWO)
    run_outbox(ctx, WORKER)
    (key,) = show_ca(ctx, ADMIN, "Without").keys
    with ctx.ports.storage.read() as reader:
        signer = reader.certificates.find_newest(key.key.ca_id, "ocsp-responder", OCSP_SIGNER.id, key.key.id)
    assert signer is not None
    assert in_certificate(signer.der) == [(TWO.oid, None)]


def outside(ctx: Context, *policies: PolicyInformation) -> bytes:
    """The request of a new CA under an external parent."""
    command = CreateCa(name="Out", subject="CN=Out", key_type="ECDSA-P256", external_parent=True, policies=policies)
    create_ca(ctx, ADMIN, command)
    return request_certificate(ctx, ADMIN, "Out")[0]


def test_a_request_to_an_external_parent_asks_for_them(ctx: Context) -> None:
    asked = x509.load_der_x509_csr(outside(ctx, ONE, TWO))
    assert asked.is_signature_valid
    extension = asked.extensions.get_extension_for_class(x509.CertificatePolicies)
    assert not extension.critical
    assert [one.policy_identifier.dotted_string for one in extension.value] == [ONE.oid, TWO.oid]
    assert extension.value[0].policy_qualifiers == [CPS]
    with pytest.raises(InvalidInput) as caught:
        outside(ctx, ONE, ONE)
    assert [(one.field, one.rule) for one in caught.value.errors] == [("policies", "policies.form")]


@pytest.mark.parametrize("are_given", [True, False])
def test_what_the_external_parent_gave_counts(ctx: Context, *, are_given: bool) -> None:
    text = answer(outside(ctx, ONE), policies=are_given)
    view, _ = install_certificate(ctx, ADMIN, InstallCertificate(ca="Out", chain=text))
    assert view.ca.policies == ((ONE,) if are_given else ())
    with_policies(ctx, "tls-server", ONE)
    assert leaf(ctx, "Out") == [(ONE.oid, [CPS])]
    with_policies(ctx, "tls-server", TWO)
    if are_given:
        assert leaf_refused(ctx, "Out") == VOID
    else:
        assert leaf(ctx, "Out") == [(TWO.oid, None)]


def told(policy: PolicyInformation, *qualifiers: str | x509.UserNotice) -> x509.PolicyInformation:
    return x509.PolicyInformation(x509.ObjectIdentifier(policy.oid), qualifiers or None)


def test_those_of_an_imported_ca_are_read_and_are_limits(ctx: Context) -> None:
    """Those that are valid there: TWO is not. Of a practice statement what could not be written here is left out."""
    root = ForeignCa("Old Root", policies=[told(TWO)])
    middle = ForeignCa("Old Middle", parent=root, policies=[told(ONE, x509.UserNotice(None, "Hello"), "ldap://x", CPS)])
    ca = ForeignCa("Old CA", parent=middle, policies=[told(TWO), told(ONE, "ldap://x")])
    import_ca(ctx, ADMIN, ImportCa(name="Old", chain=ca.chain_pem))
    assert show_ca(ctx, ADMIN, "Old Root").ca.policies == ()
    assert show_ca(ctx, ADMIN, "Old Middle").ca.policies == (ONE,)
    assert show_ca(ctx, ADMIN, "Old").ca.policies == (PolicyInformation(ONE.oid),)
    take_over(ctx, ADMIN, TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8())))
    with_policies(ctx, "tls-server", ONE)
    assert leaf(ctx, "Old") == [(ONE.oid, [CPS])]
    with_policies(ctx, "tls-server", TWO)
    assert leaf_refused(ctx, "Old") == VOID


@pytest.mark.parametrize("certificates", [2, 9])
def test_a_ca_that_says_nothing_below_one_that_demands_a_policy_leaves_none(ctx: Context, certificates: int) -> None:
    root = ForeignCa("Old Root")
    middle = ForeignCa("Old Middle", parent=root, policies=[told(ONE)], explicit_policy=certificates)
    ca = ForeignCa("Old CA", parent=middle)
    import_ca(ctx, ADMIN, ImportCa(name="Old", chain=ca.chain_pem))
    take_over(ctx, ADMIN, TakeOver(ca="Old", source=KeySource(private_key=ca.pkcs8())))
    with_policies(ctx, "tls-server", ONE)
    if certificates == 2:
        assert leaf_refused(ctx, "Old") == VOID
    else:
        assert leaf(ctx, "Old") == [(ONE.oid, [CPS])]
