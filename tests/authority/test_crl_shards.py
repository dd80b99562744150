"""A CRL in parts: which certificate is in which, how they are numbered, and what strangers make of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.cas.rotate_ca import RotateCa, advance_all, rotate_ca
from pki_manager.authority.cas.views import show_ca
from pki_manager.authority.certificates.enroll import Enroll, enroll
from pki_manager.authority.installation.dashboard import show_dashboard
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.signing.key_states import retire_drained
from pki_manager.authority.status import hold, publish_crl
from pki_manager.authority.status.crls import list_crls
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.ca import IssuerKey
from pki_manager.domain.certificate import Certificate
from pki_manager.domain.jobs import JobKind
from pki_manager.domain.revocation import RevocationReason
from pki_manager.storage.published import SqlitePublished
from pki_manager.x509 import export
from tests.fakes.clock import FrozenClock
from tests.judges import java_pkix, openssl, pkilint
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN, with_ports

SHARDS = 3
HOUR = timedelta(hours=1)
CA = "Sharded CA"
KEY_COMPROMISE = RevocationReason.KEY_COMPROMISE


@pytest.fixture
def sharded(ctx: Context) -> Context:
    config = replace(
        ctx.config,
        crl_shards=SHARDS,
        delta_crl_interval=HOUR,
        status_url="http://status.example.com",
        accepted_status_urls=frozenset({ctx.config.status_url}),
    )
    ctx = replace(ctx, config=config)
    create_ca(ctx, ADMIN, CreateCa(name=CA, subject=f"CN={CA}", key_type="ECDSA-P256", parent="Root CA"))
    publish_crl.publish_due(ctx, ADMIN)
    return ctx


def key_of(ctx: Context) -> IssuerKey:
    return show_ca(ctx, ADMIN, CA).keys[0].key


def issue(ctx: Context, name: str = "www.example.com") -> Certificate:
    return enroll(ctx, ADMIN, Enroll(ca=CA, profile="tls-server", csr=make_csr(name)))[0]


def issue_in(ctx: Context, *shards: int) -> list[Certificate]:
    """One certificate in each of these shards."""
    key, wanted, found = key_of(ctx), Counter(shards), []
    while wanted.total():
        leaf = issue(ctx)
        if wanted[key.shard_of(leaf.serial) or 0]:
            wanted[key.shard_of(leaf.serial) or 0] -= 1
            found.append(leaf)
    return found


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def published(ctx: Context, url: str) -> x509.CertificateRevocationList:
    found = ctx.ports.published.find_object(path_of(url))
    assert found is not None, url
    return x509.load_der_x509_crl(found.body)


def point_of(leaf: Certificate) -> str:
    points = x509.load_der_x509_certificate(leaf.der).extensions.get_extension_for_class(x509.CRLDistributionPoints)
    (point,) = points.value
    assert point.full_name is not None
    (name,) = point.full_name
    return str(name.value)


def scope(crl: x509.CertificateRevocationList) -> str:
    extension = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert extension.critical
    assert extension.value.full_name is not None
    (name,) = extension.value.full_name
    assert extension.value == x509.IssuingDistributionPoint(
        [name],
        None,
        only_contains_user_certs=False,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    return str(name.value)


def serials(crl: x509.CertificateRevocationList) -> set[int]:
    return {entry.serial_number for entry in crl}


def number(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def shard_urls(ctx: Context) -> list[str]:
    key = key_of(ctx)
    return [key.crl_url(shard) for shard in key.crl_parts if shard is not None]


def test_rev_22_each_certificate_is_in_the_shard_that_it_names_and_in_no_other(sharded: Context) -> None:
    leaves = [issue(sharded) for _ in range(9)]
    for leaf in leaves:
        revoke(sharded, ADMIN, leaf.id, KEY_COMPROMISE)
    publish_crl.publish_now(sharded, ADMIN, CA)
    crls = {url: published(sharded, url) for url in shard_urls(sharded)}
    assert all(scope(crl) == url for url, crl in crls.items())
    for leaf in leaves:
        assert [url for url, crl in crls.items() if leaf.serial in serials(crl)] == [point_of(leaf)]
    whole = published(sharded, key_of(sharded).urls.crl)
    assert set.union(*(serials(crl) for crl in crls.values())) == serials(whole) == {leaf.serial for leaf in leaves}
    with pytest.raises(x509.ExtensionNotFound, match="extension was found"):
        whole.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert {url.rsplit("/", 1)[1] for url in crls} == {"1.crl", "2.crl", "3.crl"}


def test_rev_22_a_revocation_makes_its_own_shard_anew(sharded: Context) -> None:
    (leaf,) = issue_in(sharded, 2)
    before = {url: number(published(sharded, url)) for url in shard_urls(sharded)}
    revoke(sharded, ADMIN, leaf.id, KEY_COMPROMISE)
    with sharded.ports.storage.read() as reader:
        jobs = [job for job in reader.jobs.page(None, None, 200).items if job.kind is JobKind.PUBLISH_CRL]
    assert [job.payload for job in jobs if "shard" in job.payload] == [
        {"issuer_key": str(leaf.issuer_key_id), "shard": "2"}
    ]
    publish_crl.publish_changes(sharded, ADMIN, leaf.issuer_key_id, 2)
    assert {url: number(published(sharded, url)) for url in shard_urls(sharded)} == before
    delta = published(sharded, key_of(sharded).delta_crl_url(2))
    assert serials(delta) == {leaf.serial}
    assert scope(delta) == point_of(leaf), "a delta has the scope of the CRL that it adds to"
    assert delta.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number == before[point_of(leaf)]
    (freshest,) = published(sharded, point_of(leaf)).extensions.get_extension_for_class(x509.FreshestCRL).value
    assert freshest.full_name is not None
    assert freshest.full_name[0].value == key_of(sharded).delta_crl_url(2)


def test_rev_22_a_delta_takes_back_a_hold_of_its_shard_only(sharded: Context, clock: FrozenClock) -> None:
    (leaf,) = issue_in(sharded, 1)
    hold.hold(sharded, ADMIN, leaf.id)
    publish_crl.publish_now(sharded, ADMIN, CA)
    clock.advance(HOUR)
    hold.release(sharded, ADMIN, leaf.id)
    for shard in (1, 2):
        publish_crl.publish_changes(sharded, ADMIN, leaf.issuer_key_id, shard)
    key = key_of(sharded)
    assert serials(published(sharded, key.delta_crl_url(1))) == {leaf.serial}
    assert serials(published(sharded, key.delta_crl_url(2))) == set()


def test_rev_09_rev_22_the_numbers_of_all_crls_of_a_key_rise_together(sharded: Context, clock: FrozenClock) -> None:
    seen = []
    for _ in range(3):
        publish_crl.publish_now(sharded, ADMIN, CA)
        urls = [*shard_urls(sharded), key_of(sharded).urls.crl]
        seen.append([number(published(sharded, url)) for url in urls])
        clock.advance(timedelta(seconds=1))
    numbers = [one for several in seen for one in several]
    assert numbers == sorted(set(numbers))
    newest = [record for record in list_crls(sharded, ADMIN, CA, None, 200).items if record.number in seen[-1]]
    assert {record.number: record.shard for record in newest} == dict(zip(seen[-1], (1, 2, 3, None), strict=True))


def test_rev_07_rev_22_an_entry_stays_until_both_its_lists_have_shown_it_past_expiry(
    sharded: Context, clock: FrozenClock
) -> None:
    (leaf,) = issue_in(sharded, 1)
    revoke(sharded, ADMIN, leaf.id, KEY_COMPROMISE)
    clock.set(leaf.validity.not_after + timedelta(minutes=2))
    whole, part = key_of(sharded).urls.crl, point_of(leaf)
    for shards, listed in (([None], True), ([None], True), ([1], True), ([2, 3], True), ([None, 1], False)):
        for shard in shards:
            publish_crl.publish(sharded, ADMIN, leaf.issuer_key_id, shard=shard)
        touched = part if 1 in shards else whole
        assert (leaf.serial in serials(published(sharded, touched))) is listed, shards
        clock.advance(timedelta(minutes=2))


def test_what_is_due_is_made_for_every_shard(sharded: Context, clock: FrozenClock) -> None:
    before = {url: number(published(sharded, url)) for url in shard_urls(sharded)}
    assert publish_crl.publish_due(sharded, ADMIN) == 0
    clock.advance(timedelta(days=1))
    publish_crl.publish_due(sharded, ADMIN)
    assert all(number(published(sharded, url)) > old for url, old in before.items())


def test_a_root_and_a_key_from_before_have_one_crl(sharded: Context) -> None:
    for name in ("Root CA", "Issuing CA"):
        assert show_ca(sharded, ADMIN, name).keys[0].key.crl_parts == (None,)
    rotate_ca(sharded, ADMIN, RotateCa(ca="Issuing CA"))
    keys = {one.key.number: one.key.crl_shards for one in show_ca(sharded, ADMIN, "Issuing CA").keys}
    assert keys == {1: 1, 2: SHARDS}, "the next key is divided as the settings say"


def test_a_drained_key_waits_for_the_last_crl_of_every_shard(sharded: Context, clock: FrozenClock) -> None:
    leaf = issue(sharded)
    rotate_ca(sharded, ADMIN, RotateCa(ca=CA, switch_at=sharded.ports.clock.now() + HOUR))
    clock.advance(HOUR)
    advance_all(sharded, ADMIN)
    clock.set(leaf.validity.not_after + timedelta(days=1))
    publish_crl.publish(sharded, ADMIN, leaf.issuer_key_id)
    assert not retire_drained(sharded, ADMIN, leaf.issuer_key_id)
    for shard in range(1, SHARDS + 1):
        publish_crl.publish(sharded, ADMIN, leaf.issuer_key_id, shard=shard)
    assert retire_drained(sharded, ADMIN, leaf.issuer_key_id)


def test_the_published_store_is_filled_again_with_every_shard(sharded: Context, tmp_path: Path) -> None:
    empty = SqlitePublished(tmp_path / "another" / "status.db")
    publish_crl.push_all(with_ports(sharded, published=empty), key_of(sharded).id)
    for url in (*shard_urls(sharded), key_of(sharded).urls.crl):
        assert empty.find_object(path_of(url)) == sharded.ports.published.find_object(path_of(url)) is not None
    empty.close()


def test_rev_22_openssl_pkilint_and_java_judge_by_the_shard(sharded: Context, tmp_path: Path) -> None:
    revoked, good = issue_in(sharded, 1, 1)
    (elsewhere,) = issue_in(sharded, 2)
    revoke(sharded, ADMIN, revoked.id, KEY_COMPROMISE)
    publish_crl.publish_now(sharded, ADMIN, CA)
    publish_crl.publish_now(sharded, ADMIN, "Root CA")

    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    def ca_pem(name: str) -> Path:
        return write(
            f"{name}.pem", export.encode_certificate_pem(show_ca(sharded, ADMIN, name).keys[0].certificates[0].der)
        )

    def crl_pem(name: str, url: str) -> Path:
        found = sharded.ports.published.find_object(path_of(url))
        assert found is not None
        return write(f"{name}.crl.pem", export.encode_crl_pem(found.body))

    root, issuing = ca_pem("Root CA"), ca_pem(CA)
    of_root = crl_pem("root", show_ca(sharded, ADMIN, "Root CA").keys[0].key.urls.crl)
    shard = crl_pem("shard", point_of(revoked))
    delta = key_of(sharded).delta_crl_url(1)
    files = {
        leaf: write(f"{leaf.serial}.pem", export.encode_certificate_pem(leaf.der))
        for leaf in (revoked, good, elsewhere)
    }
    at = sharded.ports.clock.now() + timedelta(seconds=1)

    def said(leaf: Certificate) -> str:
        return openssl.verify(files[leaf], [issuing], root, [of_root, shard], at=at)

    assert (said(revoked), said(good)) == ("revoked", "ok")
    told = [java_pkix.verify(files[leaf], [issuing], root, [of_root, shard], at=at) for leaf in (revoked, good)]
    assert told == ["revoked", "ok"]
    assert said(elsewhere) not in ("ok", "revoked"), "the list of another shard says nothing about it"
    publish_crl.publish_changes(sharded, ADMIN, revoked.issuer_key_id, 1)
    for path in (shard, crl_pem("delta", delta)):
        assert pkilint.crl(path) == []
        assert openssl.crl(path, issuing) == "ok"
    assert pkilint.certificate(files[good], issuing) == []


def test_the_overview_tells_when_the_first_of_all_its_crls_ends(sharded: Context, clock: FrozenClock) -> None:
    def told() -> datetime | None:
        return next(one.next_update for one in show_dashboard(sharded, ADMIN).cas if one.ca.name == CA)

    first = told()
    assert first == published(sharded, key_of(sharded).urls.crl).next_update_utc
    clock.advance(HOUR)
    key = key_of(sharded)
    for shard in (None, 1, 2):
        publish_crl.publish(sharded, ADMIN, key.id, shard=shard)
        assert told() == first
    publish_crl.publish(sharded, ADMIN, key.id, shard=3)
    assert told() == first + HOUR
