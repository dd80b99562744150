"""Certificates that each rule accepts and must refuse."""

from __future__ import annotations

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Case, Pair, case
from tests.unit.x509.lint.objects import CA, LEAF, ROOT, SIGNER, Cert


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
_BOUNDS = (
    ("2.5.4.3", 64),
    ("2.5.4.4", 32768),
    ("2.5.4.5", 64),
    ("2.5.4.7", 128),
    ("2.5.4.8", 128),
    ("2.5.4.10", 64),
    ("2.5.4.11", 64),
    ("2.5.4.12", 64),
    ("2.5.4.65", 128),
    ("1.2.840.113549.1.9.1", 255),
)
_NAMED_ISSUER = LEAF.but(aia=o.information_access("pki.example.com", form=o.DNS, method=o.CA_ISSUERS))
_SAME_KEY_AS_CA = LEAF.but(key=o.CA_KEY)

CERTIFICATE: dict[str, Case] = {
    "version": case(LEAF, LEAF.but(version=b""), LEAF.but(version=o.tlv(0xA0, o.num(1)))),
    "serial_positive": case(
        LEAF,
        LEAF.but(serial=0),
        LEAF.but(serial=-(1 << 126)),
        LEAF.but(serial=b"\0\0" + b"\1" * 8),
        also=(LEAF.but(serial=1),),
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
    "validity_order": case(
        LEAF, LEAF.but(not_before=o.utc("260401000001Z")), also=(LEAF.but(not_before=LEAF.not_after),)
    ),
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
    "subject_attribute_length": case(
        leaf_subject(("2.5.4.3", "é" * 64)),
        *(leaf_subject((kind, "a" * (bound + 1))) for kind, bound in _BOUNDS),
        also=tuple(leaf_subject((kind, "a" * bound)) for kind, bound in _BOUNDS),
    ),
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
        also=(LEAF.but(key=o.seq(o.seq(o.oid("1.3.101.113")), o.bit_string(b"\1" * 57))),),
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
        also=(CA.but(basic=o.basic_constraints(o.TRUE), usage=None),),
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
        also=(
            Pair(_SUB_CA, CA.but(basic=o.basic_constraints(o.TRUE))),
            Pair(_SUB_CA, CA.but(basic=None)),
            Pair(LEAF, CA),
            Pair(CA.but(issuer=CA.subject), CA),
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
    "extended_key_usage_any": case(
        LEAF,
        LEAF.but(purposes=o.purposes(o.SERVER_AUTH, o.ANY_PURPOSE)),
        also=(LEAF.but(purposes=o.purposes(o.ANY_PURPOSE)),),
    ),
    "extended_key_usage_any_critical": case(
        LEAF.but(purposes=o.purposes(o.ANY_PURPOSE)), LEAF.but(purposes=o.purposes(o.ANY_PURPOSE, critical=True))
    ),
    "extended_key_usage_fits_key_usage": case(
        LEAF,
        LEAF.but(usage=o.key_usage(6)),
        also=(CA.but(purposes=o.purposes(o.SERVER_AUTH), usage=o.key_usage(5, 6)), LEAF.but(usage=None)),
    ),
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
        dns("www.example.org").but(subject=CA.subject),
        issuer=_CONSTRAINED,
        also=(CA.but(issuer=CA.subject, san=o.san((o.DNS, "www.example.org"))),),
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
        LEAF.but(aia=o.information_access("pki.example.com", form=o.DNS)),
        also=(_NAMED_ISSUER,),
    ),
    "authority_info_access_ca_issuers": case(
        LEAF, _NAMED_ISSUER, also=(LEAF.but(aia=o.information_access("http://a.example/", method=o.CA_ISSUERS)),)
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
    "san_dns_length": case(
        dns("a" * 63 + ".example"),
        dns("a" * 64 + ".example"),
        dns(".".join(["abcdefghi"] * 26)),
        also=(dns(".".join(("a" * 63, "b" * 63, "c" * 63, "d" * 61))),),
    ),
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
