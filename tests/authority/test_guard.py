"""Every verb, asked by who may not: for somebody without rights, for an object out of reach, for names out of scope."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from cryptography import x509

from pki_manager.authority.cas import views
from pki_manager.authority.cas.create_ca import CreateCa, create_ca
from pki_manager.authority.certificates import profiles, queries
from pki_manager.authority.certificates.enroll import enroll
from pki_manager.authority.certificates.enroll_with_key import EnrollWithKey, enroll_with_key
from pki_manager.authority.certificates.rekey import Rekey, rekey
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.status import publish_crl
from pki_manager.authority.status.revoke import revoke
from pki_manager.domain.certificate import Certificate, format_serial
from pki_manager.domain.errors import Forbidden, FreshAuthenticationRequired, NotFound
from pki_manager.domain.names import AlternativeName, NameKind
from pki_manager.domain.profiles import codec
from pki_manager.domain.rights.actor import Actor, Grant, Reach, Role, Scope
from pki_manager.policy.access import Permission
from pki_manager.policy.builtin_profiles import TLS_SERVER
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.x509 import parse
from tests.support.csrs import make_csr
from tests.support.factories import ADMIN
from tests.support.verbs import (
    ALICE,
    BLUE,
    BOB,
    CARLA,
    EVERY,
    KEY,
    NOWHERE,
    ON_A_CA,
    ON_A_CERTIFICATE,
    ON_A_PROFILE,
    VERBS,
    WHY,
    House,
    csr_with,
    everything,
    issue,
    order,
    person,
)


@pytest.fixture
def house(ctx: Context) -> House:
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    return House(ctx, issue(ctx))


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "by serial number"])
def test_aut_01_somebody_without_rights_is_refused_by_the_use_case_itself(ctx: Context, verb: str) -> None:
    nothing = House(ctx, issue(ctx))
    publish_crl.publish_now(ctx, ADMIN, "Issuing CA")
    with pytest.raises(Forbidden) as refused:
        VERBS[verb](nothing, person("nobody"))
    assert refused.value.rule == "access.permission"


@pytest.mark.parametrize("verb", ON_A_CERTIFICATE)
def test_aut_01_what_belongs_to_others_is_not_there(house: House, verb: str) -> None:
    mine_only = person("bob", everything(reach=Reach.TEAM), team=BLUE)
    with pytest.raises(NotFound) as hidden:
        ON_A_CERTIFICATE[verb](house, mine_only)
    absent = House(house.ctx, _unknown(house.certificate))
    with pytest.raises(NotFound) as missing:
        ON_A_CERTIFICATE[verb](absent, mine_only)
    assert _without_name(hidden.value.detail, house) == _without_name(missing.value.detail, absent)


def _unknown(certificate: Certificate) -> Certificate:
    return replace(certificate, id=NOWHERE, serial=certificate.serial + 1, spki_sha256=bytes(32))


def _without_name(detail: str, house: House) -> str:
    return detail.replace(str(house.certificate.id), "").replace(format_serial(house.certificate.serial), "")


@pytest.mark.parametrize("verb", ON_A_CERTIFICATE)
@pytest.mark.parametrize(
    "scope",
    [
        {"cas": frozenset({NOWHERE})},
        {"profiles": frozenset({"tls-client"})},
        {"names": frozenset({AlternativeName(NameKind.DNS, "example.org")})},
    ],
    ids=["ca", "profile", "names"],
)
def test_nam_09_a_certificate_outside_of_the_scope_is_not_there(
    house: House, verb: str, scope: dict[str, object]
) -> None:
    with pytest.raises(NotFound, match=r"Certificate .* not found|no unexpired certificate"):
        ON_A_CERTIFICATE[verb](house, person("limited", everything(**scope)))


@pytest.mark.parametrize("verb", ON_A_CA)
def test_a_ca_outside_of_the_scope_is_not_there(house: House, verb: str) -> None:
    with pytest.raises(NotFound, match=r"(CA|CRL|Certificate authority) .* not found"):
        ON_A_CA[verb](house, person("limited", everything(cas=frozenset({NOWHERE}))))


@pytest.mark.parametrize("verb", ON_A_PROFILE)
def test_a_profile_outside_of_the_scope_is_not_there(house: House, verb: str) -> None:
    with pytest.raises(NotFound, match="Profile 'tls-client' not found"):
        ON_A_PROFILE[verb](house, person("limited", everything(profiles=frozenset({"tls-server"}))))


def test_a_profile_of_another_name_is_not_for_who_is_limited_to_some(house: House) -> None:
    body = codec.to_dict(TLS_SERVER) | {"name": "other", "version": 1}
    with pytest.raises(Forbidden, match="Requires the permission `profile:create`"):
        profiles.create(house.ctx, person("limited", everything(profiles=frozenset({"tls-server"}))), body)


@pytest.mark.parametrize("external", [False, True], ids=["root", "under an external one"])
def test_who_is_limited_to_a_ca_makes_none_but_below_it_and_learns_no_names(house: House, external: bool) -> None:
    """He is refused before a name is told as taken, and before a key is asked for: of a backend that is not there."""
    who = person("limited", everything(cas=frozenset({house.certificate.ca_id})))
    for name in ("New CA", "Root CA"):
        wanted = CreateCa(
            name=name, subject="CN=New", key_type="ECDSA-P256", external_parent=external, backend="nowhere"
        )
        with pytest.raises(Forbidden, match="Requires the permission `ca:create`"):
            create_ca(house.ctx, who, wanted)


@pytest.mark.parametrize(
    "verb",
    [
        "renew",
        "foresee renewal",
        "rekey",
        "revoke",
        "revoke by key",
        "hold",
        "release",
        "delete",
        "show",
        "chain and export",
    ],
)
def test_what_one_may_read_and_not_do_is_forbidden(house: House, verb: str) -> None:
    reader = Grant(role="reader", permissions=frozenset({Permission.CERTIFICATE_READ}))
    owner = Grant(role="owner", permissions=EVERY, scope=Scope(reach=Reach.OWN))
    if verb in ("show", "chain and export"):
        VERBS[verb](house, person("bob", reader, owner))
        return
    with pytest.raises(Forbidden) as refused:
        VERBS[verb](house, person("bob", reader, owner))
    assert refused.value.rule == "access.reach"


def listed(house: House, who: Actor, query: str | None = None) -> tuple[Certificate, ...]:
    where = queries.CertificateQuery(query=query)
    return queries.list_certificates(house.ctx, who, where, None, 50).items


def test_a_requester_sees_own_and_the_teams_certificates_and_no_others(house: House) -> None:
    theirs = issue(house.ctx, person("dave", *list_builtin_grants(Role.ADMINISTRATOR), team=BLUE), "other.example.com")
    lists = {who.name: [one.id for one in listed(house, who)] for who in (CARLA, BOB)}
    assert lists == {"carla": [house.certificate.id], "bob": [theirs.id]}
    assert queries.show_certificate(house.ctx, CARLA, house.certificate.id) == house.certificate
    assert listed(house, CARLA, query="other.example.com") == ()
    assert [one.id for one in listed(house, BOB, query="other.example.com")] == [theirs.id]
    revoke(house.ctx, BOB, theirs.id, WHY.reason)
    with pytest.raises(NotFound, match=r"Certificate .* not found"):
        revoke(house.ctx, CARLA, theirs.id, WHY.reason)


def test_lists_of_cas_and_profiles_show_what_the_scope_holds(house: House) -> None:
    issuing = house.certificate.ca_id
    who = person("limited", everything(cas=frozenset({issuing}), profiles=frozenset({"tls-client", "nothing"})))
    assert [view.ca.id for view in views.list_cas(house.ctx, who, None, 50).items] == [issuing]
    assert [one.name for one in queries.list_profiles(house.ctx, who, None, 50).items] == ["tls-client"]


TEN = {"names": frozenset({AlternativeName(NameKind.IP, "10.0.0.0/8"), AlternativeName(NameKind.DNS, "example.com")})}


@pytest.mark.parametrize(
    ("csr", "sans", "outside"),
    [
        (csr_with(x509.DNSName("a.example.com"), x509.IPAddress(ipaddress.ip_address("10.1.2.3"))), None, 0),
        (csr_with(x509.DNSName("a.example.com"), x509.IPAddress(ipaddress.ip_address("11.1.2.3"))), None, 1),
        (csr_with(x509.IPAddress(ipaddress.ip_address("2001:db8::1"))), None, 1),
        (csr_with(x509.DNSName("a.example.org"), x509.DNSName("aexample.com")), None, 2),
        (csr_with(x509.DNSName("a.example.com")), ("IP:11.0.0.1",), 1),
    ],
)
def test_nam_09_names_of_the_csr_and_of_the_wish_must_lie_in_the_scope(
    house: House, csr: str, sans: tuple[str, ...] | None, outside: int
) -> None:
    who = person("limited", everything(**TEN))
    if not outside:
        made = enroll(house.ctx, who, order(csr, sans=sans))[0]
        assert str(made.sans[0]) == "DNS:a.example.com"
        return
    with pytest.raises(Forbidden) as refused:
        enroll(house.ctx, who, order(csr, sans=sans))
    assert [(one.field, one.rule) for one in refused.value.errors] == [("sans", "access.names")] * outside
    wish = sans or tuple(str(name) for name in parse.parse_csr(csr).sans)
    with_key = EnrollWithKey(ca="Issuing CA", profile="tls-server", key=KEY, sans=wish)
    with pytest.raises(Forbidden, match="Requires the permission `certificate:issue`"):
        enroll_with_key(house.ctx, who, with_key)


def test_nam_09_lists_show_what_lies_in_the_scope_of_names(house: House) -> None:
    """The database filters as policy decides: address blocks on each engine's own way."""
    asked = [
        ("DNS:example.com",),
        ("DNS:a.example.com", "IP:10.200.0.1"),
        ("DNS:a.example.com", "IP:11.0.0.1"),
        ("IP:10.0.0.9",),
        ("DNS:badexample.com",),
        ("IP:2001:db8::7",),
    ]
    orders = [order(make_csr("x.test"), sans=sans, subject="") for sans in asked]
    made = [enroll(house.ctx, ALICE, one)[0] for one in orders]
    who = person("limited", everything(**TEN))
    shown = listed(house, who)
    assert {one.id for one in shown} == {made[0].id, made[1].id, made[3].id, house.certificate.id}
    for one in made:
        if one in shown:
            assert queries.show_certificate(house.ctx, who, one.id).id == one.id
        else:
            with pytest.raises(NotFound, match=r"Certificate .* not found"):
                queries.show_certificate(house.ctx, who, one.id)


def test_aut_04_a_private_key_is_handed_out_to_who_has_that_right_on_that_certificate(house: House) -> None:
    issuing = Grant(role="issuing", permissions=EVERY - {Permission.CERTIFICATE_EXPORT_KEY})
    elsewhere = Grant(
        role="elsewhere",
        permissions=frozenset({Permission.CERTIFICATE_EXPORT_KEY}),
        scope=Scope(cas=frozenset({NOWHERE})),
    )
    name = ("DNS:key.example.com",)
    order_here = EnrollWithKey(ca="Issuing CA", profile="tls-server", key=KEY, sans=name)
    for grants in ((issuing,), (issuing, elsewhere)):
        who = person("without", *grants)
        with pytest.raises(Forbidden, match="Requires the permission `certificate:export-key`"):
            enroll_with_key(house.ctx, who, order_here)
        with pytest.raises(Forbidden, match="Requires the permission `certificate:export-key`"):
            rekey(house.ctx, who, house.certificate.id, Rekey(key=KEY))
        assert enroll(house.ctx, who, order(make_csr("own-key.example.com")))[0]
    assert enroll_with_key(house.ctx, ALICE, order_here)[0].key_file


def test_aut_04_a_private_key_is_handed_out_on_a_fresh_proof(house: House) -> None:
    stale = replace(ALICE, is_fresh=False)
    wanted = EnrollWithKey(ca="Issuing CA", profile="tls-server", key=KEY, sans=("DNS:key.example.com",))
    for verb in (
        lambda: enroll_with_key(house.ctx, stale, wanted),
        lambda: rekey(house.ctx, stale, house.certificate.id, Rekey(key=KEY)),
    ):
        with pytest.raises(FreshAuthenticationRequired, match="This operation requires recent authentication"):
            verb()
    assert rekey(house.ctx, stale, house.certificate.id, Rekey(key=make_csr("x.example.com")))[0]
