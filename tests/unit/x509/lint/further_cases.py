"""Certificates for the rules about policies and pointers, and for those of the RFCs around RFC 5280."""

from __future__ import annotations

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Case, Pair, case
from tests.unit.x509.lint.objects import CA, LEAF, Cert

ANY_POLICY, CPS, NOTICE = "2.5.29.32.0", "1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"
VISIBLE = 0x1A


def policies(*items: bytes) -> bytes:
    return o.extension("2.5.29.32", o.seq(*items))


def policy(oid: str, *qualifiers: bytes) -> bytes:
    return o.seq(o.oid(oid), o.seq(*qualifiers) if qualifiers else b"")


def notice(*parts: bytes) -> bytes:
    return o.seq(o.oid(NOTICE), o.seq(*parts))


def says(text: str | bytes, tag: int = o.UTF8) -> Cert:
    value = text.encode() if isinstance(text, str) else text
    return LEAF.but(policies=policies(policy("1.2.3.4", notice(o.tlv(tag, value)))))


def mappings(*pairs: tuple[str, str], critical: bool | None = True) -> bytes:
    return o.extension("2.5.29.33", o.seq(*(o.seq(o.oid(a), o.oid(b)) for a, b in pairs)), critical=critical)


def policy_constraints(*fields: bytes, critical: bool | None = True) -> bytes:
    return o.extension("2.5.29.36", o.seq(*fields), critical=critical)


def inhibit(number: int, critical: bool | None = True) -> bytes:
    return o.extension("2.5.29.54", o.num(number), critical=critical)


def point(uri: str, oid: str) -> bytes:
    return o.extension(oid, o.seq(o.seq(o.tlv(0xA0, o.tlv(0xA0, o.tlv(o.URI, uri.encode()))))))


def key(oid: str, size: int, parameters: bytes = b"") -> bytes:
    return o.seq(o.seq(o.oid(oid), parameters), o.bit_string(b"\1" * size))


def pss(hashed: str, mask: str, salt: int, trailer: bytes = b"") -> bytes:
    digest = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2"}
    mgf = o.seq(o.oid("1.2.840.113549.1.1.8"), o.seq(o.oid(digest[mask]), o.NULL))
    fields = (o.tlv(0xA0, o.seq(o.oid(digest[hashed]), o.NULL)), o.tlv(0xA1, mgf), o.tlv(0xA2, o.num(salt)), trailer)
    return o.seq(o.oid("1.2.840.113549.1.1.10"), o.seq(*fields))


def other_name(oid: str, value: bytes) -> tuple[int, bytes]:
    return (0xA0, o.oid(oid) + o.tlv(0xA0, value))


def mailbox(text: str, tag: int = o.UTF8) -> Cert:
    return LEAF.but(san=o.san(other_name("1.3.6.1.5.5.7.8.9", o.tlv(tag, text.encode()))), subject=o.common_name("x"))


def named(*names: tuple[int, str]) -> Cert:
    return LEAF.but(san=o.san(*names), subject=o.common_name("x"))


def constrained(base: bytes) -> Cert:
    return CA.but(constraints=o.name_constraints((base,)))


ML_DSA_44, ML_KEM_512, X25519 = "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.4.1", "1.3.101.110"
DSA_LEAF = LEAF.but(key=key(ML_DSA_44, 1312))
KEM_LEAF = LEAF.but(
    key=key(ML_KEM_512, 800), usage=o.key_usage(2), not_before=o.utc("260302000000Z"), not_after=o.utc("260501000000Z")
)
NO_REV_AVAIL = o.extension("2.5.29.56", o.NULL)
UNPOINTED = LEAF.but(cdp=None, aia=None, no_rev=NO_REV_AVAIL)
TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
RSA_PSS = pss("sha256", "sha256", 32)

SID_TEXT = b"S-1-5-21-1004336348-1177238915-682003330-512"


def windows(oid: str, value: bytes) -> Cert:
    return LEAF.but(windows=o.extension(oid, value))


def security_identifier(text: bytes, type_id: str = "1.3.6.1.4.1.311.25.2.1") -> bytes:
    return o.seq(o.tlv(0xA0, o.oid(type_id), o.tlv(0xA0, o.octets(text))))


CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
SID, TEMPLATE, TEMPLATE_NAME = "1.3.6.1.4.1.311.25.2", "1.3.6.1.4.1.311.21.7", "1.3.6.1.4.1.311.20.2"

FURTHER: dict[str, Case] = {
    "extended_key_usage_ca_tls": case(
        CA.but(purposes=o.purposes(o.SERVER_AUTH, CLIENT_AUTH)),
        CA.but(purposes=o.purposes(o.SERVER_AUTH)),
        CA.but(purposes=o.purposes(CLIENT_AUTH, "1.3.6.1.5.5.7.3.4")),
        also=(
            CA,
            CA.but(purposes=o.purposes("1.3.6.1.5.5.7.3.3")),
            CA.but(purposes=o.purposes(o.SERVER_AUTH, o.ANY_PURPOSE)),
            LEAF.but(purposes=o.purposes(o.SERVER_AUTH)),
        ),
    ),
    "windows_extensions": case(
        windows(SID, security_identifier(SID_TEXT)),
        windows(SID, o.octets(SID_TEXT)),
        windows(SID, security_identifier(SID_TEXT, "1.3.6.1.4.1.311.25.2")),
        windows(SID, security_identifier(b"alice")),
        windows(SID, security_identifier(SID_TEXT) + o.NULL),
        windows(TEMPLATE, o.oid("1.2.3")),
        windows(TEMPLATE, o.seq(o.oid("1.2.3"), o.num(-1))),
        windows(TEMPLATE, o.seq(o.oid("1.2.3"), o.num(1), o.num(2), o.num(3))),
        windows(TEMPLATE_NAME, o.tlv(o.UTF8, b"DomainController")),
        also=(
            windows(TEMPLATE, o.seq(o.oid("1.2.3"), o.num(100), o.num(5))),
            windows(TEMPLATE, o.seq(o.oid("1.2.3"), o.num(100))),
            windows(TEMPLATE_NAME, o.tlv(0x1E, "DomainController".encode("utf-16-be"))),
        ),
    ),
    "policy_constraints": case(
        CA.but(constraints=policy_constraints(o.tlv(0x80, b"\0"))),
        CA.but(constraints=policy_constraints()),
        CA.but(constraints=policy_constraints(o.tlv(0x81, b"\xff"))),
        CA.but(constraints=policy_constraints(o.tlv(0x80, b"\0"), critical=None)),
        LEAF.but(constraints=policy_constraints(o.tlv(0x80, b"\0"))),
    ),
    "inhibit_any_policy": case(
        CA.but(inhibit=inhibit(0)),
        CA.but(inhibit=inhibit(-1)),
        CA.but(inhibit=inhibit(0, None)),
        LEAF.but(i=inhibit(0)),
    ),
    "policy_mappings": case(
        CA.but(mappings=mappings(("1.2.3", "1.2.4"))),
        CA.but(mappings=mappings()),
        CA.but(mappings=mappings((ANY_POLICY, "1.2.4"))),
        CA.but(mappings=mappings(("1.2.3", ANY_POLICY))),
        LEAF.but(mappings=mappings(("1.2.3", "1.2.4"))),
    ),
    "policy_mappings_critical": case(
        CA.but(mappings=mappings(("1.2.3", "1.2.4")), policies=policies(policy("1.2.3"))),
        CA.but(mappings=mappings(("1.2.3", "1.2.4"), critical=None), policies=policies(policy("1.2.3"))),
        CA.but(mappings=mappings(("1.2.3", "1.2.4")), policies=policies(policy("1.2.4"))),
    ),
    "policies_unique": case(
        LEAF.but(policies=policies(policy("1.2.3"), policy("1.2.4"))),
        LEAF.but(policies=policies()),
        LEAF.but(policies=policies(policy("1.2.3"), policy("1.2.3"))),
    ),
    "policies_qualifiers": case(
        LEAF.but(policies=policies(policy(ANY_POLICY, o.seq(o.oid(CPS), o.tlv(o.IA5, b"http://a/"))))),
        LEAF.but(policies=policies(policy(ANY_POLICY, o.seq(o.oid("1.2.3.5"), o.NULL)))),
    ),
    "policies_text": case(
        says("é" * 200),
        says("x" * 201),
        says(""),
        says(b"\xe9", VISIBLE),
        says("x", o.IA5),
        also=(says("x", VISIBLE), says(b"\0x", 0x1E)),
    ),
    "policies_text_form": case(
        says("Only for tests."),
        says("x", VISIBLE),
        says("a\nb"),
        says("e\u0301"),
        LEAF.but(policies=policies(policy("1.2.3", notice(o.seq(o.tlv(o.UTF8, b"x"), o.seq(o.num(1))))))),
    ),
    "distribution_point_complete": case(
        LEAF,
        LEAF.but(cdp=o.extension("2.5.29.31", o.seq(o.seq(o.tlv(0x81, b"\1\x40"))))),
        LEAF.but(fresh=o.extension("2.5.29.46", o.seq(o.seq()))),
    ),
    "freshest_crl_uri": case(
        LEAF.but(fresh=point("http://a/delta.crl", "2.5.29.46")),
        LEAF.but(fresh=point("https://a/delta.crl", "2.5.29.46")),
        LEAF.but(fresh=o.extension("2.5.29.46", o.seq())),
    ),
    "no_revocation_available": case(
        UNPOINTED,
        LEAF.but(no_rev=NO_REV_AVAIL),
        UNPOINTED.but(no_rev=o.extension("2.5.29.56", b"")),
        UNPOINTED.but(aia=LEAF.extensions["aia"]),
        UNPOINTED.but(fresh=point("http://a/delta.crl", "2.5.29.46")),
        CA.but(no_rev=NO_REV_AVAIL),
    ),
    "time_stamping": case(
        LEAF.but(purposes=o.purposes(TIME_STAMPING, critical=True)),
        LEAF.but(purposes=o.purposes(TIME_STAMPING)),
        LEAF.but(purposes=o.purposes(TIME_STAMPING, o.SERVER_AUTH, critical=True)),
    ),
    "public_key_dsa": case(LEAF, LEAF.but(key=key("1.2.840.10040.4.1", 128))),
    "public_key_ml_dsa": case(DSA_LEAF, LEAF.but(key=key(ML_DSA_44, 1311)), LEAF.but(key=key(ML_DSA_44, 1312, o.NULL))),
    "public_key_ml_kem": case(
        KEM_LEAF, KEM_LEAF.but(key=key(ML_KEM_512, 799)), KEM_LEAF.but(key=key(ML_KEM_512, 800, o.NULL))
    ),
    "key_usage_needed": case(
        DSA_LEAF,
        DSA_LEAF.but(usage=o.key_usage(2)),
        KEM_LEAF.but(usage=o.key_usage(0)),
        LEAF.but(key=key(X25519, 32)),
        LEAF.but(key=o.ED25519, usage=o.key_usage(2)),
        also=(KEM_LEAF, LEAF.but(key=key(X25519, 32), usage=o.key_usage(4)), LEAF),
    ),
    "key_usage_ca_enciphers": case(CA, CA.but(usage=o.key_usage(2, 5)), CA.but(usage=o.key_usage(3, 6)), also=(LEAF,)),
    "signature_algorithm_fits_issuer": Case(
        Pair(LEAF, CA),
        (
            Pair(LEAF.but(algorithm=o.RSA_SHA256), CA),
            Pair(LEAF, CA.but(key=o.RSA_2048)),
            Pair(LEAF.but(algorithm=o.seq(o.oid(ML_DSA_44))), CA),
        ),
        also=(Pair(LEAF.but(algorithm=RSA_PSS), CA.but(key=o.RSA_2048)),),
    ),
    "subject_whitespace": case(
        LEAF,
        LEAF.but(subject=o.common_name(" a")),
        LEAF.but(subject=o.common_name("a ")),
        also=(LEAF.but(subject=o.common_name("a b")),),
    ),
    "name_constraints_forms": case(
        constrained(o.tlv(o.DNS, b"a.example")),
        constrained(o.tlv(0x88, b"\x2a\3")),
        constrained(o.tlv(0xA3)),
        constrained(o.tlv(0xA5)),
    ),
    "issuer_alt_name": case(
        LEAF.but(ian=o.extension("2.5.29.18", o.seq(o.tlv(o.URI, b"http://a/"), o.tlv(o.EMAIL, b"a@b.example")))),
        LEAF.but(ian=o.extension("2.5.29.18", o.seq())),
        LEAF.but(ian=o.extension("2.5.29.18", o.seq(o.tlv(o.DNS, b"")))),
        LEAF.but(ian=o.extension("2.5.29.18", o.seq(o.tlv(o.URI, b"/a")))),
        LEAF.but(ian=o.extension("2.5.29.18", o.seq(o.tlv(o.EMAIL, b"<a@b.example>")))),
    ),
    "san_host_reserved_label": case(
        named((o.EMAIL, "a@xn--bcher-kva.example"), (o.URI, "http://xn--bcher-kva.example/")),
        named((o.EMAIL, "a@ab--cd.example")),
        named((o.URI, "http://xn--a.example/")),
    ),
    "san_smtp_utf8_mailbox": case(
        mailbox("bücher@example.com"),
        mailbox("books@example.com"),
        mailbox("bücher@bücher.example"),
        mailbox("bücher@xn--a.example"),
        mailbox("\ufeffbücher@example.com"),
        mailbox("bücher@example.com", o.TELETEX),
        also=(LEAF, LEAF.but(san=o.san(other_name("1.3.6.1.4.1.311.20.2.3", o.tlv(o.UTF8, b"user@example"))))),
    ),
}

MORE_BAD: dict[str, tuple[Cert, ...]] = {
    "signature_algorithm_parameters": (
        LEAF.but(algorithm=pss("sha1", "sha1", 20)),
        LEAF.but(algorithm=pss("sha256", "sha384", 32)),
        LEAF.but(algorithm=pss("sha256", "sha256", 20)),
        LEAF.but(algorithm=pss("sha256", "sha256", 32, o.tlv(0xA3, o.num(1)))),
        LEAF.but(algorithm=o.seq(o.oid("1.2.840.113549.1.1.10"), o.seq())),
        LEAF.but(algorithm=o.seq(o.oid("1.2.840.113549.1.1.10"))),
        LEAF.but(algorithm=o.seq(o.oid(ML_DSA_44), o.NULL)),
    ),
    "key_usage_fits_key": (
        DSA_LEAF.but(usage=o.key_usage(0, 2)),
        KEM_LEAF.but(usage=o.key_usage(0, 2)),
        LEAF.but(key=key(X25519, 32), usage=o.key_usage(0, 4)),
        LEAF.but(key=o.seq(o.seq(o.oid("1.2.840.113549.1.1.10")), o.bit_string(b"\1")), usage=o.key_usage(0, 2)),
    ),
    "name_constraints_subtree": (
        constrained(o.tlv(o.URI, b"http://a.example/")),
        constrained(o.tlv(o.EMAIL, b"a@@b")),
    ),
    "san_dns_reserved_label": (named((o.DNS, "xn--e-xbb.example")), named((o.DNS, "xn--bcher-.example"))),
    "extended_key_usage_fits_key_usage": (LEAF.but(purposes=o.purposes("1.3.6.1.5.5.7.3.36"), usage=o.key_usage(4)),),
    "extension_not_critical": (
        UNPOINTED.but(no_rev=o.extension("2.5.29.56", o.NULL, critical=True)),
        LEAF.but(attributes=o.extension("2.5.29.9", o.seq(), critical=True)),
    ),
    "extension_encoding": (
        LEAF.but(policies=o.extension("2.5.29.32", b"\x04\0")),
        CA.but(inhibit=o.extension("2.5.29.54", b"\x04\0")),
        CA.but(mappings=o.extension("2.5.29.33", o.seq(o.seq()))),
    ),
}
"""More that must be refused, by rules whose accepted object stands elsewhere."""
