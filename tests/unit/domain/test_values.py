"""States, tables and small values of the domain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from pki_manager.domain import errors
from pki_manager.domain.algorithms import (
    KEY_TYPES,
    SIGNATURES,
    KeyFamily,
    Use,
    choose_signature,
    find_key_type,
    key_type,
    ocsp_signature,
    ocsp_signer_type,
    signature_algorithm,
    signing_key_types,
)
from pki_manager.domain.ca import CaState, CertificateAuthority
from pki_manager.domain.certificate import Certificate, CertificateKind, CertificateState, Validity, serial_hex
from pki_manager.domain.errors import Conflict, FieldError, InvalidInput, Malformed, NotFound, PkiError, tree
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints, NameKind
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.domain.request import KeyFacts, RequestFacts, ValidityRequest
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.domain.rights.actor import ANONYMOUS, ActorKind, Role, system
from pki_manager.domain.rights.token import Token

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ID = UUID(int=1)
VALIDITY = Validity(NOW - DAY, NOW + DAY)

CERTIFICATE = Certificate(
    id=ID,
    ca_id=ID,
    issuer_key_id=ID,
    subject_key_id=None,
    kind=CertificateKind.END_ENTITY,
    profile="tls-server",
    profile_version=1,
    serial=10,
    issuer_name_sha256=b"",
    subject="",
    sans=(),
    validity=VALIDITY,
    key_type="Ed25519",
    spki_sha256=b"",
    fingerprint_sha256=b"",
    der=b"",
    requested_by="token:1",
    owner_id=None,
    team_id=None,
    renews=None,
    plan_sha256=b"",
    lint_version="1",
    created_at=NOW,
)


def revoked(reason: RevocationReason) -> Revocation:
    return Revocation(ID, 10, ID, reason, NOW, None, NOW + DAY)


@pytest.mark.parametrize(
    ("reason", "moment", "state"),
    [
        (None, NOW, CertificateState.VALID),
        (None, NOW + DAY, CertificateState.VALID),
        (None, NOW + DAY + timedelta(seconds=1), CertificateState.EXPIRED),
        (RevocationReason.SUPERSEDED, NOW, CertificateState.REVOKED),
        (RevocationReason.SUPERSEDED, NOW + 2 * DAY, CertificateState.REVOKED),
        (RevocationReason.CERTIFICATE_HOLD, NOW, CertificateState.HELD),
    ],
)
def test_the_state_of_a_certificate_at_a_moment(reason, moment, state):
    certificate = replace(CERTIFICATE, revocation=revoked(reason) if reason else None)
    assert certificate.state(moment) is state


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (NOW - DAY, True),
        (NOW + DAY, True),
        (NOW - DAY - timedelta(seconds=1), False),
        (NOW + DAY + timedelta(seconds=1), False),
    ],
)
def test_both_ends_of_a_validity_count(moment, inside):
    assert VALIDITY.contains(moment) is inside


@pytest.mark.parametrize(("serial", "text"), [(1, "01"), (0xABC, "0abc"), (0x80FF, "80ff")])
def test_serial_numbers_are_lower_case_hex_of_whole_octets(serial, text):
    assert serial_hex(serial) == text


CA = CertificateAuthority(
    id=ID,
    name="Root CA",
    subject=DistinguishedName(),
    subject_der=b"",
    parent_id=None,
    state=CaState.ACTIVE,
    path_length=None,
    name_constraints=NameConstraints(),
    validity=VALIDITY,
    created_at=NOW,
    owner_id=None,
    team_id=None,
)


@pytest.mark.parametrize("state", CaState)
def test_a_ca_expires_with_its_certificate_unless_it_is_revoked(state):
    ca = replace(CA, state=state)
    assert ca.state_at(NOW + DAY) is state
    after = state if state in (CaState.REVOKED, CaState.EXTERNAL) else CaState.EXPIRED
    assert ca.state_at(NOW + DAY + timedelta(seconds=1)) is after


def test_a_ca_without_a_certificate_does_not_expire():
    assert replace(CA, state=CaState.PENDING, validity=None).state_at(NOW + 9999 * DAY) is CaState.PENDING


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unspecified", 0),
        ("keyCompromise", 1),
        ("cACompromise", 2),
        ("affiliationChanged", 3),
        ("superseded", 4),
        ("cessationOfOperation", 5),
        ("certificateHold", 6),
        ("privilegeWithdrawn", 9),
        ("aACompromise", 10),
    ],
)
def test_revocation_reasons_have_the_codes_of_rfc_5280(name, code):
    assert RevocationReason.parse(name).crl_code == code


@pytest.mark.parametrize("text", ["", "keycompromise", "removeFromCRL", "1"])
def test_other_revocation_reasons_are_refused(text):
    with pytest.raises(InvalidInput, match="must be one of"):
        RevocationReason.parse(text)


def test_every_key_type_signs_with_an_algorithm_of_its_family():
    assert {name: KEY_TYPES[name].signature.name for name in signing_key_types(Use.CA)} == {
        "RSA-2048": "RSA-SHA256",
        "RSA-3072": "RSA-SHA256",
        "RSA-4096": "RSA-SHA384",
        "ECDSA-P256": "ECDSA-SHA256",
        "ECDSA-P384": "ECDSA-SHA384",
        "ECDSA-P521": "ECDSA-SHA512",
        "Ed25519": "Ed25519",
        "Ed448": "Ed448",
        "ML-DSA-44": "ML-DSA-44",
        "ML-DSA-65": "ML-DSA-65",
        "ML-DSA-87": "ML-DSA-87",
    }
    assert all(one.family is row.family for row in KEY_TYPES.values() for one in row.signatures)


def test_a_key_encapsulation_key_is_a_leafs_and_signs_nothing():
    assert set(KEY_TYPES) - set(signing_key_types(Use.LEAF)) == {"ML-KEM-768", "ML-KEM-1024"}
    for name in ("ML-KEM-768", "ML-KEM-1024"):
        assert KEY_TYPES[name].uses == {Use.LEAF}
        with pytest.raises(InvalidInput):
            choose_signature(KEY_TYPES[name], None)


def test_a_signature_algorithm_is_chosen_among_those_of_the_key_type():
    assert choose_signature(KEY_TYPES["RSA-4096"], None).name == "RSA-SHA384"
    assert choose_signature(KEY_TYPES["RSA-2048"], "RSA-PSS-SHA512").name == "RSA-PSS-SHA512"
    for key, algorithm in (("ECDSA-P256", "ECDSA-SHA384"), ("Ed25519", "RSA-PSS-SHA256"), ("RSA-2048", "RSA-MD5")):
        with pytest.raises(InvalidInput) as caught:
            choose_signature(KEY_TYPES[key], algorithm)
        assert caught.value.errors[0].field == "signature_algorithm"


@pytest.mark.parametrize(
    ("issuer", "algorithm", "signer", "signs"),
    [
        ("RSA-4096", "RSA-SHA384", "RSA-2048", "RSA-SHA384"),
        ("RSA-4096", "RSA-PSS-SHA512", "RSA-2048", "RSA-PSS-SHA512"),
        ("ECDSA-P384", "ECDSA-SHA384", "ECDSA-P256", "ECDSA-SHA256"),
        ("Ed448", "Ed448", "Ed448", "Ed448"),
        ("ML-DSA-87", "ML-DSA-87", "ML-DSA-44", "ML-DSA-44"),
    ],
)
def test_an_ocsp_signer_is_of_its_issuers_family_and_signs_as_it_where_it_can(issuer, algorithm, signer, signs):
    row = ocsp_signer_type(KEY_TYPES[issuer])
    assert (row.name, ocsp_signature(SIGNATURES[algorithm], row).name) == (signer, signs)


def test_algorithms_are_found_by_their_exact_names():
    assert all(key_type(name) is row for name, row in KEY_TYPES.items())
    assert all(signature_algorithm(name) is row for name, row in SIGNATURES.items())


@pytest.mark.parametrize("name", ["", "rsa-2048", "RSA-1024", "ed25519"])
def test_other_algorithm_names_are_refused_by_field(name):
    with pytest.raises(InvalidInput) as caught:
        key_type(name, "key")
    assert caught.value.errors[0].field == "key"
    with pytest.raises(InvalidInput) as caught:
        signature_algorithm(name, "alg")
    assert caught.value.errors[0].field == "alg"


@pytest.mark.parametrize(
    ("family", "size", "curve", "name"),
    [
        (KeyFamily.RSA, 2048, None, "RSA-2048"),
        (KeyFamily.EC, 384, "secp384r1", "ECDSA-P384"),
        (KeyFamily.ED25519, 256, None, "Ed25519"),
        (KeyFamily.RSA, 1024, None, None),
        (KeyFamily.RSA, 2049, None, None),
        (KeyFamily.EC, 256, "brainpoolP256r1", None),
        (KeyFamily.EC, 256, None, None),
    ],
)
def test_a_key_that_was_met_is_a_type_of_ours_or_none(family, size, curve, name):
    row = find_key_type(family, size, curve)
    assert (row.name if row else None) == name


@pytest.mark.parametrize(
    ("expires", "revoked_at", "usable"),
    [(NOW + DAY, None, True), (NOW, None, False), (NOW + DAY, NOW, False)],
)
def test_a_token_is_usable_until_it_ends_or_is_revoked(expires, revoked_at, usable):
    token = Token(
        id=ID,
        name="t",
        prefix="pkim_x",
        role=Role.AUDITOR,
        owner_id="a",
        created_by="a",
        created_at=NOW - DAY,
        expires_at=expires,
        revoked_at=revoked_at,
        last_used_at=None,
    )
    assert token.usable(NOW) is usable


def test_the_product_itself_and_nobody_as_actors():
    assert (system("worker").kind, system("worker").id) == (ActorKind.SYSTEM, "system:worker")
    assert (ANONYMOUS.kind, ANONYMOUS.grants) == (ActorKind.ANONYMOUS, ())


def test_error_codes_are_unique_and_every_class_has_a_title():
    classes = tree()
    assert classes[0] is PkiError
    assert len({cls.code for cls in classes}) == len(classes)
    assert all(cls.title for cls in classes)
    declared = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, PkiError)}
    assert set(classes) == declared


def test_an_invalid_field_is_named():
    error = Malformed.of("csr", "csr.der", "is no DER")
    assert isinstance(error, Malformed)
    assert error.detail == "csr: is no DER"
    assert error.errors == (FieldError("csr", "csr.der", "is no DER"),)


def test_private_facts_stay_out_of_the_text():
    error = PkiError("public", secret="hush", retry_after=3)
    assert (str(error), error.facts, error.retry_after) == ("public", {"secret": "hush"}, 3)


def test_what_is_not_there_is_named():
    assert NotFound.of("profile", "x").detail == "Profile 'x' not found."


PLAN = CertificatePlan(
    ca_id=UUID(int=1),
    profile="tls-server",
    profile_version=1,
    kind=CertificateKind.END_ENTITY,
    subject=DistinguishedName.of(("CN", "a")),
    sans=(AlternativeName(NameKind.DNS, "a"),),
    key_type="Ed25519",
    spki_der=b"spki",
    validity=ValidityRequest(not_before=NOW, not_after=NOW + DAY),
    basic_constraints=BasicConstraints(ca=False),
    key_usage=("digitalSignature",),
    extended_key_usage=("1.3.6.1.5.5.7.3.1",),
    name_constraints=NameConstraints(),
    crl_url="http://a/",
    ocsp_url=None,
    issuer_url=None,
    ocsp_nocheck=False,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"ca_id": UUID(int=2)},
        {"profile": "tls-client"},
        {"profile_version": 2},
        {"kind": CertificateKind.ISSUED},
        {"subject": DistinguishedName.of(("CN", "b"))},
        {"sans": ()},
        {"key_type": "Ed448"},
        {"spki_der": b"other"},
        {"validity": ValidityRequest(not_before=NOW)},
        {"basic_constraints": None},
        {"basic_constraints": BasicConstraints(ca=True, path_length=0)},
        {"key_usage": ()},
        {"extended_key_usage": ()},
        {"name_constraints": NameConstraints((AlternativeName(NameKind.DNS, "a"),))},
        {"name_constraints": NameConstraints((), (AlternativeName(NameKind.DNS, "a"),))},
        {"crl_url": None},
        {"ocsp_url": "http://a/"},
        {"issuer_url": "http://a/"},
        {"ocsp_nocheck": True},
        {"notes": ("n",)},
    ],
    ids=str,
)
def test_the_hash_of_a_plan_covers_every_part_of_it(changes):
    assert replace(PLAN, **changes).sha256() != PLAN.sha256()
    assert replace(PLAN).sha256() == PLAN.sha256()


def test_a_key_of_our_own_asks_for_nothing_but_its_names():
    facts = KeyFacts(
        family=KeyFamily.ED25519, description="Ed25519", size=256, name="Ed25519", spki_der=b"s", spki_sha256=b"h"
    )
    request = RequestFacts.of_key(facts, DistinguishedName.of(("CN", "a")))
    assert (request.key, request.sans, request.other_names, request.requested_extensions) == (facts, (), (), ())
    assert request.signature_hash is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RevocationReason.CERTIFICATE_HOLD, RevocationReason.SUPERSEDED),
        (RevocationReason.SUPERSEDED, RevocationReason.KEY_COMPROMISE),
        (RevocationReason.UNSPECIFIED, RevocationReason.CA_COMPROMISE),
    ],
)
def test_rev_06_a_hold_becomes_final_and_a_key_proves_compromised(
    before: RevocationReason, after: RevocationReason
) -> None:
    assert revoked(before).superseded(after, None) == revoked(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RevocationReason.KEY_COMPROMISE, RevocationReason.KEY_COMPROMISE),
        (RevocationReason.KEY_COMPROMISE, RevocationReason.SUPERSEDED),
        (RevocationReason.SUPERSEDED, RevocationReason.CERTIFICATE_HOLD),
        (RevocationReason.CERTIFICATE_HOLD, RevocationReason.CERTIFICATE_HOLD),
    ],
)
def test_a_revocation_is_not_softened(before: RevocationReason, after: RevocationReason) -> None:
    with pytest.raises(Conflict):
        revoked(before).superseded(after, None)


@pytest.mark.parametrize(
    ("known", "told", "kept"),
    [(None, NOW, NOW), (NOW, None, NOW), (NOW, NOW - DAY, NOW - DAY), (NOW - DAY, NOW, NOW - DAY)],
)
def test_the_earlier_invalidity_date_is_kept(known, told, kept):
    before = replace(revoked(RevocationReason.SUPERSEDED), invalidity_date=known)
    assert before.superseded(RevocationReason.KEY_COMPROMISE, told).invalidity_date == kept
