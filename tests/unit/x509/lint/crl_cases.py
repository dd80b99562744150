"""CRLs that each rule accepts and must refuse."""

from __future__ import annotations

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Case, Pair, case
from tests.unit.x509.lint.objects import CA, Crl

_CRL = Crl()
_DELTA = _CRL.but(delta=o.delta(6))
_ODD_CRITICAL = o.extension("1.2.3.4", o.NULL, critical=True)


def point(*fields: bytes) -> bytes:
    return o.extension("2.5.29.28", o.seq(*fields), critical=True)


def certificate_issuer(*, critical: bool | None = True) -> bytes:
    return o.extension("2.5.29.29", o.seq(o.tlv(0xA4, CA.issuer)), critical=critical)


def fresh(uri: str) -> bytes:
    return o.extension("2.5.29.46", o.seq(o.seq(o.tlv(0xA0, o.tlv(0xA0, o.tlv(o.URI, uri.encode()))))))


def access(method: str) -> bytes:
    return o.extension("1.3.6.1.5.5.7.1.1", o.seq(o.seq(o.oid(method), o.tlv(o.URI, b"http://a/ca.cer"))))


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
        _CRL,
        _CRL.but(number=None),
        _CRL.but(number=o.crl_number(-1)),
        _CRL.but(number=o.crl_number(7, critical=True)),
        also=(_CRL.but(number=o.crl_number(0)),),
    ),
    "number_length": case(_CRL.but(number=o.crl_number((1 << 159) - 1)), _CRL.but(number=o.crl_number(1 << 159))),
    "delta_base_number": case(_DELTA, _DELTA.but(delta=o.delta(7))),
    "authority_key_identifier_present": case(_CRL, _CRL.but(aki=None), _CRL.but(aki=o.aki(None))),
    "authority_key_identifier_match": case(_CRL, _CRL.but(aki=o.aki(b"\1" * 20)), issuer=CA),
    "revoked_not_empty": case(_CRL, _CRL.but(entries=())),
    "entry_serial_unique": case(
        _CRL,
        _CRL.but(entries=(o.entry(1 << 100), o.entry(1 << 100, o.reason(1)))),
        also=(_CRL.but(entries=(o.entry(1), o.entry(1, o.extension("2.5.29.29", o.seq(), critical=True)))),),
    ),
    "entry_serial_form": case(
        _CRL,
        _CRL.but(entries=(o.entry(0),)),
        _CRL.but(entries=(o.entry(-5),)),
        _CRL.but(entries=(o.entry(1 << 160),)),
        _CRL.but(entries=(o.entry(b"\0\1"),)),
        _CRL.but(entries=(o.entry(b""),)),
        also=(_CRL.but(entries=(o.entry(1), o.entry(128), o.entry((1 << 159) - 1), o.entry(0xFF << 144))),),
    ),
    "entry_time": case(
        _CRL,
        _CRL.but(entries=(o.entry(1, time=o.utc("260601000001Z")),)),
        _CRL.but(entries=(o.entry(1, time=o.utc("2605010000Z")),)),
        _CRL.but(entries=(o.entry(1, time=o.generalized("20260501000000Z")),)),
        also=(_CRL.but(entries=(o.entry(1, time=_CRL.this_update),)),),
    ),
    "entry_reason_not_unspecified": case(_CRL, _CRL.but(entries=(o.entry(1, o.reason(0)),))),
    "entry_reason_known": case(
        _CRL,
        _CRL.but(entries=(o.entry(1, o.reason(7)),)),
        also=(
            _CRL.but(entries=tuple(o.entry(code + 1, o.reason(code)) for code in (1, 2, 3, 4, 5, 6, 9, 10))),
            _DELTA.but(entries=(o.entry(1, o.reason(8)), o.entry(2, o.reason(0)))),
        ),
    ),
    "entry_reason_remove": case(
        _CRL, _CRL.but(entries=(o.entry(1, o.reason(8)),)), also=(_DELTA.but(entries=(o.entry(1, o.reason(8)),)),)
    ),
    "entry_invalidity_date": case(
        _CRL.but(entries=(o.entry(1, o.extension("2.5.29.24", o.generalized("20260101000000Z"))),)),
        _CRL.but(entries=(o.entry(1, o.extension("2.5.29.24", o.utc("260101000000Z"))),)),
        _CRL.but(entries=(o.entry(1, o.extension("2.5.29.24", o.generalized("202601010000Z"))),)),
    ),
    "extension_not_critical": case(
        _CRL,
        _CRL.but(aki=o.extension("2.5.29.35", o.seq(o.tlv(0x80, o.CA_ID)), critical=True)),
        _CRL.but(fresh=o.extension("2.5.29.46", o.seq(), critical=True)),
    ),
    "issuing_distribution_point": case(
        _CRL.but(idp=point(o.tlv(0xA0, o.tlv(0xA0, o.tlv(o.URI, b"http://a/1.crl"))), o.tlv(0x81, b"\xff"))),
        _CRL.but(idp=point()),
        _CRL.but(idp=point(o.tlv(0x81, b"\xff"), o.tlv(0x82, b"\xff"))),
        _CRL.but(idp=point(o.tlv(0x81, b"\0"))),
        _CRL.but(idp=point(o.tlv(0x81, b"\1"))),
        _CRL.but(idp=point(o.tlv(0xA0, o.tlv(0xA0, o.tlv(o.URI, b"/1.crl"))))),
        also=(_CRL.but(idp=point(o.tlv(0xA0, o.tlv(0xA1, b"")))), _CRL.but(idp=point(o.tlv(0x83, b"\6\x40")))),
    ),
    "entry_certificate_issuer": case(
        _CRL.but(idp=point(o.tlv(0x84, b"\xff")), entries=(o.entry(1, certificate_issuer()),)),
        _CRL.but(entries=(o.entry(1, certificate_issuer()),)),
        _CRL.but(idp=point(o.tlv(0x84, b"\xff")), entries=(o.entry(1, certificate_issuer(critical=None)),)),
    ),
    "freshest_crl": case(
        _CRL.but(fresh=fresh("http://a/delta.crl")),
        _CRL.but(fresh=fresh("/delta.crl")),
        _CRL.but(fresh=o.extension("2.5.29.46", o.seq())),
        _DELTA.but(fresh=fresh("http://a/delta.crl")),
    ),
    "authority_info_access": case(
        _CRL.but(aia=access("1.3.6.1.5.5.7.48.2")),
        _CRL.but(aia=access("1.3.6.1.5.5.7.48.1")),
        _CRL.but(aia=o.extension("1.3.6.1.5.5.7.1.1", o.seq())),
    ),
    "entry_extensions_not_empty": case(
        _CRL, _CRL.but(entries=(o.seq(o.num(1), o.utc("260501000000Z"), o.seq()),)), also=(_CRL.but(entries=None),)
    ),
    "signature_algorithm_fits_issuer": case(_CRL, _CRL.but(algorithm=o.RSA_SHA256), issuer=CA),
}
