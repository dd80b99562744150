"""From a plan to a certificate: every field, and the one-use gate before the real key."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from pki_manager.domain.algorithms import KEY_TYPES, SIGNATURES, Use, list_signing_key_types
from pki_manager.domain.certificate import Validity
from pki_manager.domain.errors import Fault, InvalidInput, LintRefused
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.plan import BasicConstraints, CertificatePlan
from pki_manager.x509 import assemble, keys, lint, parse, signer_key
from pki_manager.x509.asn1 import der
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import Prepared, prepare_certificate
from tests.support.hierarchies import (
    NOW,
    Context,
    make_issuer,
    make_plan,
    make_root,
    make_subordinate,
    no_lint,
    private_key,
    spki,
)

SERIAL = (1 << 126) + 77
VALIDITY = Validity(NOW, NOW + timedelta(days=90))
NAME = DistinguishedName.of(("CN", "www.example.com"))


@cache
def root() -> Context:
    return make_root()


@cache
def issuing() -> Context:
    return make_subordinate(root())


@cache
def leaf_key() -> bytes:
    return spki(private_key("ECDSA-P256"))


def leaf_plan(**changes: object) -> CertificatePlan:
    return replace(make_plan(NAME, leaf_key()), **changes)


def issue(plan: CertificatePlan, validity: Validity = VALIDITY) -> x509.Certificate:
    return x509.load_der_x509_certificate(issuing().certify(plan, SERIAL, validity))


def extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> x509.Extension[x509.ExtensionType]:
    return certificate.extensions.get_extension_for_oid(oid)


def test_a_leaf_has_exactly_the_planned_fields() -> None:
    certificate = issue(leaf_plan(key_usage=("digitalSignature", "keyEncipherment")))
    assert certificate.version is x509.Version.v3
    assert certificate.serial_number == SERIAL
    assert (certificate.not_valid_before_utc, certificate.not_valid_after_utc) == (NOW, NOW + timedelta(days=90))
    assert {(e.oid.dotted_string, e.critical) for e in certificate.extensions} == {
        ("2.5.29.15", True),  # keyUsage
        ("2.5.29.37", False),  # extKeyUsage
        ("2.5.29.14", False),  # subjectKeyIdentifier
        ("2.5.29.17", False),  # subjectAltName
        ("2.5.29.35", False),  # authorityKeyIdentifier
        ("2.5.29.31", False),  # cRLDistributionPoints
        ("1.3.6.1.5.5.7.1.1", False),  # authorityInfoAccess
    }
    usage = extension(certificate, ExtensionOID.KEY_USAGE).value
    assert isinstance(usage, x509.KeyUsage)
    assert (usage.digital_signature, usage.key_encipherment, usage.key_cert_sign) == (True, True, False)


def test_status_pointers_are_those_of_the_plan() -> None:
    certificate = issue(leaf_plan())
    access = extension(certificate, ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    points = extension(certificate, ExtensionOID.CRL_DISTRIBUTION_POINTS).value
    assert isinstance(access, x509.AuthorityInformationAccess)
    assert isinstance(points, x509.CRLDistributionPoints)
    assert [(a.access_method, a.access_location.value) for a in access] == [
        (AuthorityInformationAccessOID.OCSP, "http://status.example.com/ocsp"),
        (AuthorityInformationAccessOID.CA_ISSUERS, "http://status.example.com/ca/1/k1.cer"),
    ]
    assert [point.full_name[0].value for point in points] == ["http://status.example.com/crl/1/k1.crl"]


def test_pointers_that_the_plan_leaves_out_are_left_out() -> None:
    certificate = issue(leaf_plan(crl_url=None, ocsp_url=None, issuer_url=None, ocsp_nocheck=True))
    oids = {e.oid for e in certificate.extensions}
    assert not oids & {ExtensionOID.AUTHORITY_INFORMATION_ACCESS, ExtensionOID.CRL_DISTRIBUTION_POINTS}
    assert ExtensionOID.OCSP_NO_CHECK in oids


def test_the_names_are_critical_where_they_are_the_only_name() -> None:
    """RFC 5280 §4.2.1.6."""
    nameless = issue(make_plan(DistinguishedName(), leaf_key()))
    assert extension(nameless, ExtensionOID.SUBJECT_ALTERNATIVE_NAME).critical
    assert not extension(issue(leaf_plan()), ExtensionOID.SUBJECT_ALTERNATIVE_NAME).critical


def test_every_kind_of_name_comes_back_as_it_was_planned() -> None:
    sans = tuple(
        map(
            AlternativeName.parse,
            (
                "DNS:*.example.com",
                "IP:192.0.2.1",
                "IP:2001:db8::1",
                "email:a@example.com",
                "URI:spiffe://example.com/a",
            ),
        )
    )
    assert parse.parse_certificate(issuing().certify(leaf_plan(sans=sans), SERIAL)).sans == sans


@pytest.mark.parametrize("name", ["DNS:exämple.com", "email:é@example.com"])
def test_a_name_that_cannot_be_encoded_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        issue(leaf_plan(sans=(AlternativeName.parse(name),)))
    assert caught.value.errors[0].field == "sans"


def test_a_subordinate_ca_has_its_constraints() -> None:
    constraints = NameConstraints(
        permitted=(
            NameConstraints.subtree("DNS:example.com", "permit"),
            NameConstraints.subtree("IP:10.0.0.0/8", "permit"),
            NameConstraints.subtree("email:example.com", "permit"),
        ),
        excluded=(
            NameConstraints.subtree("DNS:secret.example.com", "exclude"),
            NameConstraints.subtree("IP:2001:db8::/32", "exclude"),
            NameConstraints.subtree("URI:.example.net", "exclude"),
        ),
    )
    ctx = make_subordinate(root(), name_constraints=constraints)
    assert ctx.issuer.certificate_der is not None
    facts = parse.parse_certificate(ctx.issuer.certificate_der)
    assert (facts.is_ca, facts.path_length, facts.name_constraints) == (True, 0, constraints)
    certificate = x509.load_der_x509_certificate(ctx.issuer.certificate_der)
    for oid in (ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.NAME_CONSTRAINTS, ExtensionOID.KEY_USAGE):
        assert extension(certificate, oid).critical


def test_a_root_names_itself() -> None:
    assert root().issuer.certificate_der is not None
    certificate = x509.load_der_x509_certificate(root().issuer.certificate_der)
    certificate.verify_directly_issued_by(certificate)
    facts = parse.parse_certificate(root().issuer.certificate_der)
    assert facts.subject_der == facts.issuer_der == root().issuer.ca.subject_der
    assert (facts.is_ca, facts.path_length) == (True, None)


def test_iss_16_the_issuer_field_is_the_cas_subject_byte_for_byte() -> None:
    """A name that mixes UTF8String and PrintableString, as an imported CA may have it."""
    mixed = der.encode_sequence(
        *(
            der.encode(der.SET, der.encode_sequence(der.oid(oid), der.encode(tag, value)))
            for oid, tag, value in (
                ("2.5.4.6", 0x13, b"FR"),
                ("2.5.4.10", 0x13, b"Example"),
                ("2.5.4.11", 0x0C, b"Example"),
                ("2.5.4.3", 0x1E, "CA".encode("utf-16-be")),
            )
        )
    )
    key = private_key("ECDSA-P256")
    subject = DistinguishedName.of(("C", "FR"), ("O", "Example"), ("OU", "Example"), ("CN", "CA"))
    ctx = Context(make_issuer(subject, "ECDSA-P256", spki(key), subject_der=mixed), key)
    assert parse.parse_certificate(ctx.certify(leaf_plan(), SERIAL)).issuer_der == mixed
    crl = x509.load_der_x509_crl(ctx.crl())
    assert crl.issuer.public_bytes() == mixed


def test_iss_17_the_authority_key_identifier_is_the_issuers_own_even_if_not_sha_1() -> None:
    own = hashlib.sha256(b"whatever").digest()
    issuer = issuing().issuer
    ctx = Context(replace(issuer, key=replace(issuer.key, subject_key_identifier=own)), issuing().key)
    certificate = x509.load_der_x509_certificate(ctx.certify(leaf_plan(), SERIAL))
    value = extension(certificate, ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value
    assert value == x509.AuthorityKeyIdentifier(own, None, None)
    crl = x509.load_der_x509_crl(ctx.crl())
    assert crl.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_KEY_IDENTIFIER).value == value


def test_iss_11_the_times_are_those_given_to_the_second() -> None:
    ends = Validity(NOW, NOW + timedelta(seconds=7_776_000 - 1))
    facts = parse.parse_certificate(issuing().certify(leaf_plan(), SERIAL, ends))
    assert facts.validity == ends
    assert parse.parse_tbs_validity(facts.tbs_der) == ends


@pytest.mark.parametrize("year", [1950, 1999, 2000, 2049, 2050, 2099, 9999])
def test_times_are_read_on_both_sides_of_2050(year: int) -> None:
    end = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    facts = parse.parse_certificate(issuing().certify(leaf_plan(), SERIAL, Validity(end, end)))
    assert facts.validity == Validity(end, end)
    assert parse.parse_tbs_not_after(facts.tbs_der) == end


@pytest.mark.parametrize("key_type", list_signing_key_types(Use.CA))
def test_every_key_type_signs_and_is_certified(key_type: str) -> None:
    ctx = make_root(key_type=key_type)
    certificate_der = ctx.certify(leaf_plan(), SERIAL)
    certificate = x509.load_der_x509_certificate(certificate_der)
    assert ctx.issuer.certificate_der is not None
    certificate.verify_directly_issued_by(x509.load_der_x509_certificate(ctx.issuer.certificate_der))
    assert certificate.signature_algorithm_oid.dotted_string == KEY_TYPES[key_type].signature.oid
    assert parse.parse_certificate(ctx.issuer.certificate_der).key.name == key_type


def test_an_algorithm_that_the_key_cannot_make_is_refused() -> None:
    issuer = make_issuer(NAME, "ECDSA-P256", leaf_key(), signature_algorithm="RSA-SHA256")
    with pytest.raises(InvalidInput, match="must be a signature algorithm for ECDSA-P256 keys"):
        prepare_certificate(leaf_plan(), issuer, VALIDITY, SERIAL, lint=no_lint)


@pytest.mark.parametrize("name", SIGNATURES)
def test_what_is_assembled_is_what_pyca_would_have_written(name: str) -> None:
    """The outer SEQUENCE, AlgorithmIdentifier and BIT STRING, for each signature algorithm."""
    algorithm = SIGNATURES[name]
    key = signer_key.get_throwaway_key(next(row for row in KEY_TYPES.values() if algorithm in row.signatures))
    builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([])).serial_number(1)
    builder = builder.public_key(key.public_key()).not_valid_before(NOW).not_valid_after(NOW)
    certificate = signer_key.sign_builder(builder, key, algorithm)
    assembled = assemble.assemble_signed(certificate.tbs_certificate_bytes, algorithm, certificate.signature)
    assert assembled == certificate.public_bytes(Encoding.DER)


def finding(severity: Severity, rule: str = "certificate.example") -> Finding:
    return Finding(rule, severity, "RFC 5280 §4", "is wrong", "extensions.subjectAltName")


def test_iss_06_an_error_of_lint_stops_everything_and_names_the_rule() -> None:
    findings = (
        finding(Severity.WARNING),
        finding(Severity.ERROR, "certificate.one"),
        finding(Severity.ERROR, "certificate.two"),
    )
    with pytest.raises(LintRefused) as caught:
        prepare_certificate(leaf_plan(), issuing().issuer, VALIDITY, SERIAL, lint=lambda _: findings)
    assert [(error.field, error.rule, error.message) for error in caught.value.errors] == [
        ("extensions.subjectAltName", "certificate.one (RFC 5280 §4)", "is wrong"),
        ("extensions.subjectAltName", "certificate.two (RFC 5280 §4)", "is wrong"),
    ]


def test_warnings_are_kept_and_stop_nothing() -> None:
    findings = (finding(Severity.WARNING), finding(Severity.NOTICE))
    prepared = prepare_certificate(leaf_plan(), issuing().issuer, VALIDITY, SERIAL, lint=lambda _: findings)
    assert prepared.findings == findings
    assert prepared.lint_version == lint.LINT_VERSION


def test_the_linted_certificate_holds_the_very_bytes_that_will_be_signed() -> None:
    seen: list[bytes] = []

    def look(certificate_der: bytes) -> tuple[()]:
        seen.append(certificate_der)
        return ()

    prepared = prepare_certificate(leaf_plan(), issuing().issuer, VALIDITY, SERIAL, lint=look)
    (linted,) = seen
    assert parse.parse_certificate(linted).tbs_der == prepared.tbs
    assert prepared.algorithm is SIGNATURES[issuing().issuer.key.signature_algorithm]


def test_the_throwaway_signature_is_not_the_issuers() -> None:
    seen: list[bytes] = []
    prepare_certificate(leaf_plan(), issuing().issuer, VALIDITY, SERIAL, lint=lambda der: (seen.append(der), ())[1])
    assert issuing().issuer.certificate_der is not None
    with pytest.raises(InvalidSignature):
        x509.load_der_x509_certificate(seen[0]).verify_directly_issued_by(
            x509.load_der_x509_certificate(issuing().issuer.certificate_der)
        )


def prepared() -> Prepared:
    return prepare_certificate(leaf_plan(), issuing().issuer, VALIDITY, SERIAL, lint=no_lint)


def test_prepared_bytes_are_handed_out_once() -> None:
    once = prepared()
    assert once.take(issuing().issuer.key.spki_der) == once.tbs
    with pytest.raises(Fault, match="Prepared bytes can be signed only once"):
        once.take(issuing().issuer.key.spki_der)


def test_prepared_bytes_are_for_their_issuer_key_only() -> None:
    bound = prepared()
    with pytest.raises(Fault, match="The bytes were prepared for another key"):
        bound.take(leaf_key())
    assert bound.take(issuing().issuer.key.spki_der) == bound.tbs


def test_a_stored_intent_is_signable_once_again() -> None:
    stored = prepared()
    resumed = Prepared.resume(
        tbs=stored.tbs,
        algorithm=stored.algorithm,
        spki_der=stored.spki_der,
        lint_version=stored.lint_version,
    )
    assert resumed.take(issuing().issuer.key.spki_der) == stored.tbs
    with pytest.raises(Fault, match="Prepared bytes can be signed only once"):
        resumed.take(issuing().issuer.key.spki_der)


@pytest.mark.parametrize(
    "plan",
    [
        leaf_plan(basic_constraints=BasicConstraints(ca=False, path_length=1)),
        leaf_plan(key_usage=("encipherOnly",)),
        leaf_plan(spki_der=leaf_key()[:-1]),
    ],
    ids=["path length without CA", "encipherOnly alone", "broken key"],
)
def test_a_plan_that_makes_no_certificate_raises_nothing_foreign(plan: CertificatePlan) -> None:
    with pytest.raises((Fault, InvalidInput), match=r"cannot be encoded|a length beyond the end"):
        issue(plan)


def test_a_key_that_would_be_encoded_otherwise_than_planned_is_a_fault() -> None:
    algorithm, point = der.read_children(leaf_key())
    bits = keys.read_public_key_bits(leaf_key())
    compressed = der.bit_string(bytes((2 + (bits[-1] & 1),)) + bits[1:33])
    assert point != compressed
    with pytest.raises(Fault, match="planned"):
        issue(leaf_plan(spki_der=der.encode_sequence(algorithm, compressed)))


def test_iss_16_an_issuer_name_that_cannot_be_kept_byte_for_byte_is_a_fault() -> None:
    """A multi-valued RDN out of DER's order, as some old CA may have it: pyca refuses to read it."""
    pair = [
        der.encode_sequence(der.oid(oid), der.encode(0x0C, value))
        for oid, value in (("2.5.4.11", b"Example"), ("2.5.4.3", b"CA"))
    ]
    unsorted = der.encode_sequence(der.encode(der.SET, *sorted(pair, reverse=True)))
    issuer = make_issuer(NAME, "ECDSA-P256", leaf_key(), subject_der=unsorted)
    with pytest.raises(Fault, match="The plan cannot be encoded"):
        prepare_certificate(leaf_plan(), issuer, VALIDITY, SERIAL, lint=no_lint)


def test_backwards_validity_is_a_fault() -> None:
    with pytest.raises(Fault, match="The plan cannot be encoded"):
        issue(leaf_plan(), Validity(NOW, NOW - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("end", "tag", "text"),
    [
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), der.UTC_TIME, b"491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), der.GENERALIZED_TIME, b"20500101000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), der.GENERALIZED_TIME, b"99991231235959Z"),
    ],
    ids=["the last UTCTime", "the first GeneralizedTime", "no well-defined end"],
)
def test_iss_11_each_end_is_written_in_the_type_of_its_year_and_read_back(end: datetime, tag: int, text: bytes) -> None:
    """RFC 5280 §4.1.2.5."""
    facts = parse.parse_certificate(issuing().certify(leaf_plan(), SERIAL, Validity(NOW, end)))
    _, not_after = der.read_children(der.read_children(facts.tbs_der)[4])
    assert (not_after[0], der.read_content(not_after)) == (tag, text)
    assert facts.validity == Validity(NOW, end)
