"""For every rule an object that it accepts and those that it must refuse."""

from __future__ import annotations

from dataclasses import dataclass

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.objects import CA, LEAF, ROOT, SIGNER, Cert, Crl, Ocsp


@dataclass(frozen=True)
class Pair:
    """A certificate or CRL, and the issuer's certificate where the rule wants one."""

    item: Cert | Crl | Ocsp
    issuer: Cert | None = None


@dataclass(frozen=True)
class Case:
    good: Pair
    bad: tuple[Pair, ...]


def case(good: Cert | Crl | Ocsp, *bad: Cert | Crl | Ocsp, issuer: Cert | None = None) -> Case:
    """All under one issuer."""
    return Case(Pair(good, issuer), tuple(Pair(item, issuer) for item in bad))


def leaf_names(*names: tuple[int, str | bytes]) -> Cert:
    return LEAF.but(san=o.san(*names), subject=o.common_name("server"))


def dns(*texts: str) -> Cert:
    return leaf_names(*((o.DNS, text) for text in texts))


def leaf_subject(*attributes: tuple[str, str | bytes] | tuple[str, str | bytes, int]) -> Cert:
    return LEAF.but(subject=o.name(*attributes))


_SUB_CA = CA.but(
    issuer=CA.subject, subject=o.common_name("Sub CA"), key=o.LEAF_KEY, ski=o.ski(o.LEAF_ID), aki=o.aki(o.CA_ID)
)
_CONSTRAINED = CA.but(
    constraints=o.name_constraints(
        (o.tlv(o.DNS, b"example.com"), o.tlv(o.IP, b"\x0a\0\0\0\xff\0\0\0"), o.tlv(o.EMAIL, b"example.com")),
        (o.tlv(o.DNS, b"secret.example.com"),),
    )
)
_SAME_KEY_AS_CA = LEAF.but(key=o.CA_KEY)

CERTIFICATE: dict[str, Case] = {
    "version": case(LEAF, LEAF.but(version=b""), LEAF.but(version=o.tlv(0xA0, o.num(1)))),
    "serial_positive": case(
        LEAF, LEAF.but(serial=0), LEAF.but(serial=-(1 << 126)), LEAF.but(serial=b"\0\0" + b"\1" * 8)
    ),
    "serial_length": case(LEAF.but(serial=(1 << 159) - 1), LEAF.but(serial=1 << 159)),
    "serial_entropy": case(LEAF.but(serial=1 << 60), LEAF.but(serial=1 << 40)),
    "signature_algorithm_match": case(LEAF, LEAF.but(outer_algorithm=o.RSA_SHA256)),
    "signature_algorithm_strength": case(LEAF, LEAF.but(algorithm=o.RSA_SHA1)),
    "signature_algorithm_parameters": case(
        LEAF.but(algorithm=o.RSA_SHA256),
        LEAF.but(algorithm=o.RSA_SHA256_BARE),
        LEAF.but(algorithm=o.seq(o.oid("1.3.101.112"), o.NULL)),
    ),
    "issuer_not_empty": case(LEAF, LEAF.but(issuer=o.name())),
    "issuer_name_match": case(LEAF, LEAF.but(issuer=o.name(("2.5.4.3", "Issuing CA", o.PRINTABLE))), issuer=CA),
    "issuer_may_sign": Case(
        Pair(LEAF, CA),
        (Pair(LEAF, CA.but(basic=None)), Pair(LEAF, CA.but(usage=o.key_usage(6)))),
    ),
    "validity_form": case(
        LEAF,
        LEAF.but(not_before=o.utc("2601010000Z")),
        LEAF.but(not_after=o.generalized("20500101000000.5Z")),
        LEAF.but(not_after=o.utc("260401000000+0000")),
        LEAF.but(not_after=o.utc("261301000000Z")),
    ),
    "validity_type": case(
        LEAF.but(not_after=o.generalized("20500101000000Z")), LEAF.but(not_after=o.generalized("20491231235959Z"))
    ),
    "validity_order": case(LEAF, LEAF.but(not_before=o.utc("260401000001Z"))),
    "validity_nested": case(
        LEAF, LEAF.but(not_before=o.utc("251231235959Z")), LEAF.but(not_after=o.utc("360101000001Z")), issuer=CA
    ),
    "unique_ids": case(LEAF, LEAF.but(unique_id=o.tlv(0x81, b"\0\1"))),
    "subject_or_critical_san": case(
        LEAF.but(subject=o.name(), san=o.san((o.DNS, "a.example"), critical=True)),
        LEAF.but(subject=o.name()),
        LEAF.but(subject=o.name(), san=None),
    ),
    "subject_country": case(
        leaf_subject(("2.5.4.6", "FR", o.PRINTABLE)),
        leaf_subject(("2.5.4.6", "FR")),
        leaf_subject(("2.5.4.6", "FRA", o.PRINTABLE)),
        leaf_subject(("2.5.4.6", "fr", o.PRINTABLE)),
    ),
    "subject_attribute_length": case(leaf_subject(("2.5.4.3", "é" * 64)), leaf_subject(("2.5.4.3", "a" * 65))),
    "subject_attribute_not_empty": case(LEAF, leaf_subject(("2.5.4.10", "")), leaf_subject(("2.5.4.10", "  "))),
    "subject_string_type": case(
        leaf_subject(("2.5.4.3", "x", o.PRINTABLE), ("0.9.2342.19200300.100.1.25", "example", o.IA5)),
        leaf_subject(("2.5.4.3", "x", o.TELETEX)),
        leaf_subject(("2.5.4.3", "a*b", o.PRINTABLE)),
        leaf_subject(("2.5.4.3", b"\xff\xfe")),
        leaf_subject(("0.9.2342.19200300.100.1.25", "example")),
    ),
    "subject_control_characters": case(
        leaf_subject(("2.5.4.3", "Éva Kovács")),
        leaf_subject(("2.5.4.3", "good.example\0.evil.example")),
        leaf_subject(("2.5.4.10", "a\u202eb")),
        leaf_subject(("2.5.4.10", "a\u200bb")),
    ),
    "subject_email_in_san": case(
        leaf_subject(("1.2.840.113549.1.9.1", "a@example.com", o.IA5)).but(san=o.san((o.EMAIL, "a@example.com"))),
        leaf_subject(("1.2.840.113549.1.9.1", "a@example.com", o.IA5)),
    ),
    "public_key_rsa_modulus": case(
        LEAF.but(key=o.RSA_2048), LEAF.but(key=o.rsa_key((1 << 1023) + 1)), LEAF.but(key=o.rsa_key(1 << 2047))
    ),
    "public_key_rsa_exponent": case(
        LEAF.but(key=o.RSA_2048),
        LEAF.but(key=o.rsa_key((1 << 2047) + 1, 3)),
        LEAF.but(key=o.rsa_key((1 << 2047) + 1, 65538)),
        LEAF.but(key=o.rsa_key((1 << 2047) + 1, (1 << 256) + 1)),
    ),
    "public_key_rsa_parameters": case(
        LEAF.but(key=o.RSA_2048), LEAF.but(key=o.rsa_key((1 << 2047) + 1, parameters=b""))
    ),
    "public_key_named_curve": case(LEAF, LEAF.but(key=o.ec_key("x", "1.3.132.0.10"))),
    "public_key_ec_point": case(
        LEAF,
        LEAF.but(key=o.ec_key("x", size=31)),
        LEAF.but(
            key=o.seq(o.seq(o.oid("1.2.840.10045.2.1"), o.oid("1.2.840.10045.3.1.7")), o.bit_string(b"\2" + b"\1" * 32))
        ),
    ),
    "public_key_eddsa": case(
        LEAF.but(key=o.ED25519),
        LEAF.but(key=o.seq(o.seq(o.oid("1.3.101.112"), o.NULL), o.bit_string(b"\1" * 32))),
        LEAF.but(key=o.seq(o.seq(o.oid("1.3.101.112")), o.bit_string(b"\1" * 31))),
    ),
    "public_key_own": case(LEAF, _SAME_KEY_AS_CA, issuer=CA),
    "extension_encoding": case(
        LEAF,
        LEAF.but(usage=o.extension("2.5.29.15", o.octets(b"\0"), critical=True)),
        LEAF.but(san=o.extension("2.5.29.17", o.seq(o.tlv(0x0C, b"a.example")))),
        LEAF.but(aia=o.extension("1.3.6.1.5.5.7.1.1", b"\x30\x05\x30")),
    ),
    "extension_unique": case(LEAF, LEAF.but(again=o.san((o.DNS, "evil.example")))),
    "extension_critical_known": case(LEAF, LEAF.but(odd=o.extension("1.2.3.4", o.NULL, critical=True))),
    "extension_not_critical": case(
        LEAF,
        LEAF.but(ski=o.ski(o.LEAF_ID, critical=True)),
        LEAF.but(aia=o.extension("1.3.6.1.5.5.7.1.1", o.seq(), critical=True)),
    ),
    "extension_should_not_be_critical": case(LEAF, LEAF.but(san=o.san((o.DNS, "www.example.com"), critical=True))),
    "default_not_encoded": case(
        LEAF, LEAF.but(ski=o.ski(o.LEAF_ID, critical=False)), LEAF.but(basic=o.basic_constraints(o.FALSE))
    ),
    "basic_constraints_critical": case(CA, CA.but(basic=o.basic_constraints(o.TRUE, critical=None))),
    "path_length_only_for_ca": case(
        CA,
        CA.but(basic=o.basic_constraints(o.num(0))),
        CA.but(usage=o.key_usage(6)),
        CA.but(basic=o.basic_constraints(o.TRUE, o.num(-1))),
    ),
    "path_length_within_issuer": Case(
        Pair(_SUB_CA, CA.but(basic=o.basic_constraints(o.TRUE, o.num(1)))),
        (
            Pair(_SUB_CA, CA),
            Pair(_SUB_CA.but(basic=o.basic_constraints(o.TRUE)), CA.but(basic=o.basic_constraints(o.TRUE, o.num(2)))),
            Pair(
                _SUB_CA.but(basic=o.basic_constraints(o.TRUE, o.num(2))),
                CA.but(basic=o.basic_constraints(o.TRUE, o.num(2))),
            ),
        ),
    ),
    "ca_may_sign": case(CA, CA.but(usage=o.key_usage(6)), CA.but(usage=None)),
    "ca_subject": case(CA, CA.but(subject=o.name())),
    "ca_subject_key_identifier": case(CA, CA.but(ski=None), CA.but(ski=o.ski(b""))),
    "leaf_may_not_sign": case(LEAF, LEAF.but(usage=o.key_usage(0, 5))),
    "key_usage_present": case(LEAF, LEAF.but(usage=None)),
    "key_usage_not_empty": case(
        LEAF,
        LEAF.but(usage=o.key_usage()),
        LEAF.but(usage=o.extension("2.5.29.15", o.bit_string(b"\x80", 5), critical=True)),
    ),
    "key_usage_critical": case(LEAF, LEAF.but(usage=o.key_usage(0, critical=None))),
    "key_usage_fits_key": case(
        LEAF.but(usage=o.key_usage(0, 2), key=o.RSA_2048),
        LEAF.but(usage=o.key_usage(0, 2)),
        LEAF.but(usage=o.key_usage(0, 4), key=o.RSA_2048),
        LEAF.but(usage=o.key_usage(0, 4), key=o.ED25519),
    ),
    "key_usage_agreement_only": case(LEAF.but(usage=o.key_usage(4, 7)), LEAF.but(usage=o.key_usage(0, 8))),
    "extended_key_usage_not_empty": case(
        LEAF, LEAF.but(purposes=o.purposes()), LEAF.but(purposes=o.purposes(o.SERVER_AUTH, o.SERVER_AUTH))
    ),
    "extended_key_usage_any": case(LEAF, LEAF.but(purposes=o.purposes(o.SERVER_AUTH, o.ANY_PURPOSE))),
    "extended_key_usage_any_critical": case(
        LEAF.but(purposes=o.purposes(o.ANY_PURPOSE)), LEAF.but(purposes=o.purposes(o.ANY_PURPOSE, critical=True))
    ),
    "extended_key_usage_fits_key_usage": case(LEAF, LEAF.but(usage=o.key_usage(6))),
    "authority_key_identifier_present": case(LEAF, LEAF.but(aki=None), LEAF.but(aki=o.aki(None))),
    "authority_key_identifier_match": case(LEAF, LEAF.but(aki=o.aki(b"\1" * 20)), issuer=CA),
    "authority_key_identifier_pair": case(
        LEAF.but(aki=o.aki(o.CA_ID, o.tlv(0xA1, o.tlv(0xA4, CA.issuer)), o.tlv(0x82, b"\1"))),
        LEAF.but(aki=o.aki(o.CA_ID, o.tlv(0x82, b"\1"))),
    ),
    "self_signed_key_identifier": case(ROOT.but(aki=o.aki(o.CA_ID)), ROOT.but(aki=o.aki(o.LEAF_ID))),
    "name_constraints_place": case(
        _CONSTRAINED,
        CA.but(constraints=o.name_constraints((o.tlv(o.DNS, b"a.example"),), critical=None)),
        LEAF.but(constraints=o.name_constraints((o.tlv(o.DNS, b"a.example"),))),
    ),
    "name_constraints_not_empty": case(_CONSTRAINED, CA.but(constraints=o.name_constraints())),
    "name_constraints_subtree": case(
        _CONSTRAINED,
        CA.but(constraints=o.name_constraints((o.tlv(o.DNS, b"a.example") + o.tlv(0x80, b"\0"),))),
        CA.but(constraints=o.name_constraints((o.tlv(o.IP, b"\x0a\0\0\1"),))),
        CA.but(constraints=o.name_constraints((o.tlv(o.IP, b"\x0a\0\0\0\xff\0\xff\0"),))),
        CA.but(constraints=o.name_constraints((o.tlv(o.DNS, b".a.example"),))),
    ),
    "name_constraints_respected": case(
        leaf_names((o.DNS, "www.example.com"), (o.IP, b"\x0a\1\1\1"), (o.EMAIL, "a@example.com")),
        dns("www.example.org"),
        dns("evilexample.com"),
        dns("a.secret.example.com"),
        dns("*.example.com"),
        leaf_names((o.IP, b"\x0b\0\0\1")),
        leaf_names((o.IP, b"\0" * 16)),
        leaf_names((o.EMAIL, "a@mail.example.com")),
        issuer=_CONSTRAINED,
    ),
    "crl_distribution_point_uri": case(
        LEAF,
        LEAF.but(cdp=o.distribution_point("https://pki.example.com/a.crl")),
        LEAF.but(cdp=o.distribution_point("/a.crl")),
        LEAF.but(cdp=o.distribution_point("http:///a.crl")),
        LEAF.but(cdp=o.distribution_point("http://user@pki.example.com/a.crl")),
        LEAF.but(cdp=o.distribution_point("http://pki.example.com/a b.crl")),
        LEAF.but(cdp=o.extension("2.5.29.31", o.seq())),
    ),
    "authority_info_access_uri": case(
        LEAF,
        LEAF.but(aia=o.information_access("ldap://pki.example.com/")),
        LEAF.but(aia=o.information_access("http://pki.example.com/%zz")),
        LEAF.but(aia=o.extension("1.3.6.1.5.5.7.1.1", o.seq())),
    ),
    "ocsp_nocheck_place": case(
        SIGNER, LEAF.but(nocheck=o.NOCHECK), SIGNER.but(nocheck=o.extension("1.3.6.1.5.5.7.48.1.5", b""))
    ),
    "ocsp_signer": case(SIGNER, SIGNER.but(nocheck=None), SIGNER.but(usage=o.key_usage(1))),
    "san_not_empty": case(LEAF, leaf_names(), dns("")),
    "san_unique": case(LEAF, dns("a.example", "A.example")),
    "san_dns_syntax": case(
        dns("a.example", "*.a.example", "localhost"), dns("a_b.example"), dns("-a.example"), dns("a..example"), dns(" ")
    ),
    "san_dns_length": case(dns("a" * 63 + ".example"), dns("a" * 64 + ".example"), dns(".".join(["abcdefghi"] * 26))),
    "san_dns_trailing_dot": case(LEAF, dns("www.example.com.")),
    "san_dns_ip_address": case(dns("10-0-0-1.example"), dns("10.0.0.1"), dns("::1")),
    "san_dns_wildcard": case(dns("*.example.com"), dns("w*.example.com"), dns("*"), dns("www.*.com")),
    "san_dns_reserved_label": case(dns("xn--bcher-kva.example"), dns("ab--cd.example"), dns("xn--\x7f.example")),
    "san_ip_length": case(leaf_names((o.IP, b"\0" * 4), (o.IP, b"\0" * 16)), leaf_names((o.IP, b"\0" * 8))),
    "san_email_syntax": case(
        leaf_names((o.EMAIL, "o'brien+x@example.com")),
        leaf_names((o.EMAIL, "example.com")),
        leaf_names((o.EMAIL, "a@b@example.com")),
        leaf_names((o.EMAIL, "é@example.com")),
    ),
    "san_uri_syntax": case(
        leaf_names((o.URI, "spiffe://example.com/a"), (o.URI, "urn:uuid:1")),
        leaf_names((o.URI, "/a")),
        leaf_names((o.URI, "http:")),
        leaf_names((o.URI, "http://a b")),
    ),
    "common_name_in_san": case(
        LEAF, LEAF.but(subject=o.common_name("other.example.com")), LEAF.but(subject=o.common_name("10.0.0.2"))
    ),
}

_CRL = Crl()
_DELTA = _CRL.but(delta=o.delta(6))
_ODD_CRITICAL = o.extension("1.2.3.4", o.NULL, critical=True)

CRL: dict[str, Case] = {
    "version": case(_CRL, _CRL.but(version=b""), _CRL.but(version=o.num(0))),
    "signature_algorithm_match": case(_CRL, _CRL.but(outer_algorithm=o.RSA_SHA256)),
    "signature_algorithm_strength": case(_CRL, _CRL.but(algorithm=o.RSA_SHA1)),
    "signature_algorithm_parameters": case(_CRL, _CRL.but(algorithm=o.RSA_SHA256_BARE)),
    "issuer_not_empty": case(_CRL, _CRL.but(issuer=o.name())),
    "issuer_name_match": case(_CRL, _CRL.but(issuer=o.name(("2.5.4.3", "Issuing CA", o.PRINTABLE))), issuer=CA),
    "issuer_may_sign": Case(Pair(_CRL, CA), (Pair(_CRL, CA.but(usage=o.key_usage(5))),)),
    "update_form": case(_CRL, _CRL.but(this_update=o.utc("2606010000Z")), _CRL.but(next_update=o.utc("260608000000z"))),
    "update_type": case(_CRL, _CRL.but(next_update=o.generalized("20260608000000Z"))),
    "next_update_present": case(_CRL, _CRL.but(next_update=b"")),
    "update_order": case(_CRL, _CRL.but(next_update=o.utc("260601000000Z"))),
    "extension_unique": case(
        _CRL, _CRL.but(again=o.crl_number(8)), _CRL.but(entries=(o.entry(1 << 100, o.reason(1), o.reason(4)),))
    ),
    "extension_critical_known": case(_CRL, _CRL.but(odd=_ODD_CRITICAL)),
    "entry_extension_critical_known": case(_CRL, _CRL.but(entries=(o.entry(1 << 100, _ODD_CRITICAL),))),
    "extension_must_be_critical": case(
        _CRL.but(idp=o.extension("2.5.29.28", o.seq(o.tlv(0x81, b"\xff")), critical=True)),
        _CRL.but(idp=o.extension("2.5.29.28", o.seq(o.tlv(0x81, b"\xff")))),
    ),
    "default_not_encoded": case(_CRL, _CRL.but(number=o.crl_number(7, critical=False))),
    "number_present": case(
        _CRL, _CRL.but(number=None), _CRL.but(number=o.crl_number(-1)), _CRL.but(number=o.crl_number(7, critical=True))
    ),
    "number_length": case(_CRL.but(number=o.crl_number((1 << 159) - 1)), _CRL.but(number=o.crl_number(1 << 159))),
    "delta_base_number": case(_DELTA, _DELTA.but(delta=o.delta(7))),
    "authority_key_identifier_present": case(_CRL, _CRL.but(aki=None), _CRL.but(aki=o.aki(None))),
    "authority_key_identifier_match": case(_CRL, _CRL.but(aki=o.aki(b"\1" * 20)), issuer=CA),
    "revoked_not_empty": case(_CRL, _CRL.but(entries=())),
    "entry_serial_unique": case(_CRL, _CRL.but(entries=(o.entry(1 << 100), o.entry(1 << 100, o.reason(1))))),
    "entry_serial_form": case(
        _CRL,
        _CRL.but(entries=(o.entry(0),)),
        _CRL.but(entries=(o.entry(-5),)),
        _CRL.but(entries=(o.entry(1 << 160),)),
        _CRL.but(entries=(o.entry(b"\0\1"),)),
        _CRL.but(entries=(o.entry(b""),)),
    ),
    "entry_time": case(
        _CRL,
        _CRL.but(entries=(o.entry(1, time=o.utc("260601000001Z")),)),
        _CRL.but(entries=(o.entry(1, time=o.utc("2605010000Z")),)),
        _CRL.but(entries=(o.entry(1, time=o.generalized("20260501000000Z")),)),
    ),
    "entry_reason_not_unspecified": case(_CRL, _CRL.but(entries=(o.entry(1, o.reason(0)),))),
    "entry_reason_known": case(_CRL, _CRL.but(entries=(o.entry(1, o.reason(7)),))),
    "entry_reason_remove": case(_CRL, _CRL.but(entries=(o.entry(1, o.reason(8)),))),
    "entry_invalidity_date": case(
        _CRL.but(entries=(o.entry(1, o.extension("2.5.29.24", o.generalized("20260101000000Z"))),)),
        _CRL.but(entries=(o.entry(1, o.extension("2.5.29.24", o.utc("260101000000Z"))),)),
        _CRL.but(entries=(o.entry(1, o.extension("2.5.29.24", o.generalized("202601010000Z"))),)),
    ),
}

_OCSP = Ocsp()


def answers(*responses: bytes) -> Ocsp:
    return _OCSP.but(responses=responses)


def nonce(value: bytes) -> bytes:
    return o.extension("1.3.6.1.5.5.7.48.1.2", o.octets(value))


OCSP: dict[str, Case] = {
    "response_present": case(_OCSP, Ocsp(basic=False), _OCSP.but(status=1)),
    "status_defined": case(_OCSP, Ocsp(basic=False, status=4)),
    "response_type": case(_OCSP, _OCSP.but(kind="1.3.6.1.5.5.7.48.1.9")),
    "default_not_encoded": case(
        _OCSP,
        _OCSP.but(version=o.tlv(0xA0, o.num(0))),
        _OCSP.but(extensions=o.extension("1.2.3.4", o.NULL, critical=False)),
    ),
    "responder_by_key": case(
        _OCSP, _OCSP.but(responder=o.tlv(0xA1, SIGNER.subject)), _OCSP.but(responder=o.tlv(0xA2, o.octets(b"\1" * 32)))
    ),
    "responses_not_empty": case(_OCSP, answers(), answers(o.single(), o.single())),
    "cert_id_hash_length": case(
        answers(o.single(certificate=o.cert_id(1, "2.16.840.1.101.3.4.2.1", 32))),
        answers(o.single(certificate=o.cert_id(1, "2.16.840.1.101.3.4.2.1", 20))),
        answers(o.single(certificate=o.cert_id(1, "1.2.840.113549.2.5", 16))),
    ),
    "time_form": case(
        _OCSP, _OCSP.but(produced_at=o.generalized("20260301000000.1Z")), answers(o.single(this_update="202603010000Z"))
    ),
    "produced_at": case(_OCSP, _OCSP.but(produced_at=o.generalized("20260228235959Z"))),
    "next_update_present": case(_OCSP, answers(o.single(next_update=None))),
    "update_order": case(_OCSP, answers(o.single(next_update="20260301000000Z"))),
    "revocation_time": case(_OCSP, answers(o.single(status=o.revoked("20260301000001Z")))),
    "revocation_reason": case(
        _OCSP,
        answers(o.single(status=o.revoked("20260201000000Z", 0))),
        answers(o.single(status=o.revoked("20260201000000Z", 8))),
    ),
    "extension_unique": case(_OCSP, _OCSP.but(extensions=nonce(b"1") + nonce(b"2"))),
    "extension_not_critical": case(
        _OCSP, _OCSP.but(extensions=_ODD_CRITICAL), answers(o.single(extensions=_ODD_CRITICAL))
    ),
    "nonce_length": case(
        _OCSP.but(extensions=nonce(b"\1" * 32)),
        _OCSP.but(extensions=nonce(b"")),
        _OCSP.but(extensions=nonce(b"\1" * 129)),
    ),
    "signature_algorithm_strength": case(_OCSP, _OCSP.but(algorithm=o.RSA_SHA1)),
    "signature_algorithm_parameters": case(_OCSP, _OCSP.but(algorithm=o.RSA_SHA256_BARE)),
    "signer_included": case(_OCSP, _OCSP.but(certificates=(LEAF.der(),)), _OCSP.but(certificates=())),
    "signer_purpose": case(
        _OCSP,
        _OCSP.but(certificates=(SIGNER.but(purposes=o.purposes(o.SERVER_AUTH)).der(),)),
        _OCSP.but(certificates=(SIGNER.but(nocheck=None).der(),)),
    ),
    "signer_valid": case(
        _OCSP,
        _OCSP.but(certificates=(SIGNER.but(not_after=o.utc("260201000000Z")).der(),)),
        _OCSP.but(certificates=(SIGNER.but(not_before=o.utc("260302000000Z")).der(),)),
    ),
}
