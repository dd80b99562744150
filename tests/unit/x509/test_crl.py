"""CRLs written by hand, judged against pyca's builder."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from pki_manager.domain.algorithms import KEY_TYPES, Use, list_signing_key_types
from pki_manager.domain.errors import LintRefused, Malformed
from pki_manager.domain.revocation import RevocationReason, RevokedEntry
from pki_manager.x509 import crl, signer_key
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.prepare import Prepared
from tests.support.hierarchies import NOW, Context, make_root, no_lint

NEXT = NOW + timedelta(days=7)


@cache
def root() -> Context:
    return make_root(key_type="ECDSA-P256")


MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
ENTRIES = st.lists(
    st.builds(
        RevokedEntry,
        st.integers(1, (1 << 159) - 1),
        MOMENTS,
        st.sampled_from(list(RevocationReason)).map(str),
        st.none() | MOMENTS,
    ),
    max_size=5,
)


def encoded(*entries: RevokedEntry) -> bytes:
    return b"".join(map(crl.encode_entry, entries))


def prepare(entries: bytes, number: int = 1, this_update: datetime = NOW, next_update: datetime = NEXT) -> Prepared:
    content = crl.CrlContent(number, this_update, next_update, entries)
    return crl.prepare_crl(root().issuer, content, lint=no_lint)


def by_pyca(entries: Sequence[RevokedEntry], number: int, this_update: datetime, next_update: datetime) -> bytes:
    """The same list by pyca's builder, under a throwaway signature."""
    issuer = root().issuer
    builder = (
        x509.CertificateRevocationListBuilder(x509.Name.from_bytes(issuer.ca.subject_der))
        .last_update(this_update)
        .next_update(next_update)
        .add_extension(x509.AuthorityKeyIdentifier(issuer.key.subject_key_identifier, None, None), critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for entry in entries:
        revoked = x509.RevokedCertificateBuilder(entry.serial, entry.time)
        reason = x509.ReasonFlags(entry.reason)
        if reason is not x509.ReasonFlags.unspecified:
            revoked = revoked.add_extension(x509.CRLReason(reason), critical=False)
        if entry.invalidity_date is not None:
            revoked = revoked.add_extension(x509.InvalidityDate(entry.invalidity_date), critical=False)
        builder = builder.add_revoked_certificate(revoked.build())
    key = signer_key.get_throwaway_key(KEY_TYPES["ECDSA-P256"])
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return builder.sign(key, hashes.SHA256()).tbs_certlist_bytes


@given(ENTRIES, st.integers(0, 1 << 64), MOMENTS, st.integers(0, 10**9))
def test_the_bytes_are_those_that_pyca_writes(
    entries: list[RevokedEntry], number: int, this_update: datetime, seconds: int
) -> None:
    next_update = this_update + timedelta(seconds=seconds)
    prepared = prepare(encoded(*entries), number, this_update, next_update)
    assert prepared.tbs == by_pyca(entries, number, this_update, next_update)


def test_a_crl_reads_back() -> None:
    entries = [
        RevokedEntry(5, NOW, "keyCompromise", NOW - timedelta(days=1)),
        RevokedEntry((1 << 126) + 7, NOW, "unspecified", None),
    ]
    facts = crl.read_crl_facts(root().crl(entries, number=1_795_000_000))
    expected = crl.CrlFacts(
        number=1_795_000_000, base_number=None, this_update=NOW, next_update=NEXT, serials=(5, (1 << 126) + 7)
    )
    assert facts == expected
    assert crl.read_crl_facts(root().crl()).serials == ()


def test_rev_12_unspecified_is_left_out() -> None:
    loaded = x509.load_der_x509_crl(root().crl([RevokedEntry(5, NOW, "unspecified", None)]))
    assert list(loaded[0].extensions) == []


def test_a_full_crl_has_no_issuing_distribution_point() -> None:
    loaded = x509.load_der_x509_crl(root().crl())
    assert [e.oid.dotted_string for e in loaded.extensions] == ["2.5.29.35", "2.5.29.20"]
    assert not any(e.critical for e in loaded.extensions)


@pytest.mark.parametrize("key_type", list_signing_key_types(Use.CA))
def test_every_key_type_signs_crls(key_type: str) -> None:
    ctx = make_root(key_type=key_type)
    loaded = x509.load_der_x509_crl(ctx.crl([RevokedEntry(5, NOW, "superseded", None)]))
    assert loaded.is_signature_valid(ctx.key.public_key())
    assert loaded.signature_algorithm_oid.dotted_string == KEY_TYPES[key_type].signature.oid


def test_times_are_written_in_utc_to_the_second() -> None:
    elsewhere = NOW.replace(microsecond=999_999).astimezone(timezone(timedelta(hours=5)))
    prepared = prepare(encoded(RevokedEntry(5, elsewhere, "unspecified", elsewhere)), this_update=elsewhere)
    plain = prepare(encoded(RevokedEntry(5, NOW, "unspecified", NOW)))
    assert prepared.tbs == plain.tbs


def test_the_form_of_a_time_follows_its_year_in_utc() -> None:
    """Half past seven in the evening of 2049's last day, five hours west of Greenwich: 2050 in UTC."""
    late = datetime(2049, 12, 31, 19, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert b"\x18\x0f20500101003000Z" in crl.encode_entry(RevokedEntry(5, late, "unspecified", None))


def test_an_error_of_lint_stops_a_crl() -> None:
    found = (Finding("crl.example", Severity.ERROR, "RFC 5280 §5", "is wrong", "crlNumber"),)
    with pytest.raises(LintRefused) as caught:
        crl.prepare_crl(root().issuer, crl.CrlContent(1, NOW, NEXT, b""), lint=lambda _: found)
    assert caught.value.errors[0].field == "crlNumber"


def test_a_list_of_ten_times_the_entries_takes_at_most_ten_times_the_calls() -> None:
    def calls(count: int) -> int:
        entries = [RevokedEntry((1 << 126) + n, NOW, "keyCompromise", None) for n in range(count)]
        made = 0

        def seen(_: object, event: str, __: object) -> None:
            nonlocal made
            made += event in {"call", "c_call"}

        sys.setprofile(seen)
        try:
            prepare(encoded(*entries))
        finally:
            sys.setprofile(None)
        return made

    calls(1)
    assert 0 < calls(5_000) <= 10 * calls(500)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"text", b"\x30\x80\x00\x00"])
def test_what_is_no_crl_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed, match="crl: is not a certificate revocation list"):
        crl.read_crl_facts(data)


def test_a_damaged_crl_raises_nothing_but_our_errors() -> None:
    whole = root().crl([RevokedEntry(5, NOW, "keyCompromise", NOW)])
    read = 0
    for at in range(len(whole)):
        try:
            crl.read_crl_facts(whole[:at] + bytes((whole[at] ^ 0x21,)) + whole[at + 1 :])
        except Malformed:
            continue
        read += 1
    assert 0 < read < len(whole)


def test_rev_12_a_delta_names_its_base_and_takes_holds_back() -> None:
    entries = encoded(RevokedEntry(5, NOW, "keyCompromise", None)) + crl.encode_removal(7, NOW)
    content = crl.CrlContent(12, NOW, NEXT, entries, base_number=10, delta_url="http://pki.example/delta.crl")
    loaded = x509.load_der_x509_crl(root().sign_crl(content))
    assert [(e.oid.dotted_string, e.critical) for e in loaded.extensions] == [
        ("2.5.29.35", False),
        ("2.5.29.20", False),
        ("2.5.29.27", True),
    ]
    assert loaded.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number == 10
    assert loaded[1].extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.remove_from_crl
    facts = crl.read_crl_facts(root().sign_crl(content))
    assert (facts.number, facts.base_number) == (12, 10)


def test_a_full_crl_says_where_its_deltas_are() -> None:
    content = crl.CrlContent(12, NOW, NEXT, b"", delta_url="http://pki.example/delta.crl")
    freshest = x509.load_der_x509_crl(root().sign_crl(content)).extensions.get_extension_for_class(x509.FreshestCRL)
    assert not freshest.critical
    assert [name.value for point in freshest.value for name in point.full_name or ()] == [
        "http://pki.example/delta.crl"
    ]
