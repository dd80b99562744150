"""CRLs that each rule accepts and must refuse."""

from __future__ import annotations

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Case, Pair, case
from tests.unit.x509.lint.objects import CA, Crl

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
}
